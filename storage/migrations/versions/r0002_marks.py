"""Marks: what people decide about the clauses of an indicator system, with their history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.models import Utc

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table of marks."""
    op.create_table(
        "mark",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("portal", sa.String(length=100), nullable=False),
        sa.Column("system", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=20), nullable=False),
        sa.Column("node", sa.String(length=60), nullable=False),
        sa.Column("points", sa.Double(), nullable=True),
        sa.Column("word", sa.String(length=20), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["portal"], ["portal.id"], name=op.f("fk_mark_portal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mark")),
    )
    op.create_index(op.f("ix_mark_portal"), "mark", ["portal"], unique=False)

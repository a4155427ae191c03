"""Notices issued to units: their numbers, what they said, and what they speak of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.models import Json, Utc

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the two tables of notices."""
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("tone", sa.String(length=20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("content", Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("tone", "year", "serial", name=op.f("uq_notice_tone")),
    )
    op.create_index(op.f("ix_notice_at"), "notice", ["at"], unique=False)
    op.create_table(
        "notice_item",
        sa.Column("notice", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("finding", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["notice"], ["notice.id"], name=op.f("fk_notice_item_notice")),
        sa.ForeignKeyConstraint(["finding"], ["finding.fingerprint"], name=op.f("fk_notice_item_finding")),
        sa.PrimaryKeyConstraint("notice", "place", name=op.f("pk_notice_item")),
    )
    op.create_index(op.f("ix_notice_item_subject"), "notice_item", ["subject"], unique=False)
    op.create_index(op.f("ix_notice_item_finding"), "notice_item", ["finding"], unique=False)

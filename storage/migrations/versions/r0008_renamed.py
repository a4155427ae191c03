"""Ids portals once had, so that what was written down under them stays understood."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.models import Utc

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table of former ids."""
    op.create_table(
        "renamed",
        sa.Column("old", sa.String(length=100), nullable=False),
        sa.Column("portal", sa.String(length=100), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["portal"], ["portal.id"], name=op.f("fk_renamed_portal")),
        sa.PrimaryKeyConstraint("old", name=op.f("pk_renamed")),
    )
    op.create_index(op.f("ix_renamed_portal"), "renamed", ["portal"], unique=False)

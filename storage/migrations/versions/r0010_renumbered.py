"""Numbers given out under ids portals once had."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table of former numbers."""
    op.create_table(
        "renumbered",
        sa.Column("old", sa.String(length=100), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("finding", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["finding"], ["finding.fingerprint"], name=op.f("fk_renumbered_finding")),
        sa.PrimaryKeyConstraint("old", "number", name=op.f("pk_renumbered")),
    )
    op.create_index(op.f("ix_renumbered_finding"), "renumbered", ["finding"], unique=False)

"""Links to other sites that were found good, shared between portals and audits for some days."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.models import Json, Utc

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table of good links."""
    op.create_table(
        "good_link",
        sa.Column("network", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("attempt", Json(), nullable=False),
        sa.PrimaryKeyConstraint("network", "key", name=op.f("pk_good_link")),
    )
    op.create_index(op.f("ix_good_link_at"), "good_link", ["at"], unique=False)

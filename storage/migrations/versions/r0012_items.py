"""When items of lists were first seen, and how far back each list reached.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.models import Utc

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the tables of items and of readings of lists."""
    op.create_table(
        "item",
        sa.Column("portal", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("first_seen", Utc(), nullable=False),
        sa.Column("last_seen", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["portal"], ["portal.id"], name=op.f("fk_item_portal")),
        sa.PrimaryKeyConstraint("portal", "key", name=op.f("pk_item")),
    )
    op.create_table(
        "list_reading",
        sa.Column("portal", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("since", Utc(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("until_seen", Utc(), nullable=False),
        sa.Column("oldest", sa.Date(), nullable=False),
        sa.Column("newest", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["portal"], ["portal.id"], name=op.f("fk_list_reading_portal")),
        sa.PrimaryKeyConstraint("portal", "key", "since", name=op.f("pk_list_reading")),
    )

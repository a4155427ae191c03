"""Probes of home pages: what availability is judged by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.models import Utc

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table of probes."""
    op.create_table(
        "probe",
        sa.Column("portal", sa.String(length=100), nullable=False),
        sa.Column("slot", Utc(), nullable=False),
        sa.Column("vantage", sa.String(length=60), nullable=False),
        sa.Column("family", sa.Integer(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=True),
        sa.Column("platform", sa.String(length=255), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("own_line", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("portal", "slot", "vantage", "family", name=op.f("pk_probe")),
    )
    op.create_index(op.f("ix_probe_at"), "probe", ["at"], unique=False)

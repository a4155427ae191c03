"""The ledger: what people do with findings, excuses, what they hand in, and who answers for a column."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.models import Json, Utc

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the tables of the ledger; the human state, so far the same for every finding, is now their fold."""
    op.create_table(
        "ledger_event",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("finding", sa.String(length=64), nullable=False),
        sa.Column("deed", sa.String(length=20), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("data", Json(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["finding"], ["finding.fingerprint"], name=op.f("fk_ledger_event_finding")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_event")),
    )
    op.create_index(op.f("ix_ledger_event_finding"), "ledger_event", ["finding"], unique=False)
    op.create_table(
        "excuse",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("portal", sa.String(length=100), nullable=False),
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("evidence", Json(), nullable=False),
        sa.Column("begins", Utc(), nullable=False),
        sa.Column("ends", Utc(), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("withdraws", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["portal"], ["portal.id"], name=op.f("fk_excuse_portal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_excuse")),
    )
    op.create_index(op.f("ix_excuse_portal"), "excuse", ["portal"], unique=False)
    op.create_table(
        "ledger_proof",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_ledger_proof")),
    )
    op.add_column("portal", sa.Column("owners", Json(), nullable=False, server_default="[]"))
    op.drop_column("finding", "human")

"""Looks at single findings: why, by what, what they came to, pictures before and after.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.models import Utc

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the table of re-checks."""
    op.create_table(
        "recheck",
        sa.Column("audit", sa.String(length=200), nullable=False),
        sa.Column("finding", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("sight", sa.String(length=20), nullable=False),
        sa.Column("state_before", sa.String(length=20), nullable=False),
        sa.Column("state_after", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("picture_before", sa.String(length=64), nullable=False),
        sa.Column("picture_after", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["audit"], ["audit.id"], name=op.f("fk_recheck_audit")),
        sa.ForeignKeyConstraint(["finding"], ["finding.fingerprint"], name=op.f("fk_recheck_finding")),
        sa.PrimaryKeyConstraint("audit", "finding", name=op.f("pk_recheck")),
    )
    op.create_index(op.f("ix_recheck_finding"), "recheck", ["finding"], unique=False)

"""When proof and bundles were removed by a rule of retention; their rows, with the hashes, stay."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.models import Utc

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the times and rules of removal."""
    op.add_column("evidence", sa.Column("expired", Utc(), nullable=True))
    op.add_column("evidence", sa.Column("expiry_rule", sa.String(length=60), nullable=True))
    op.add_column("audit", sa.Column("swept", Utc(), nullable=True))
    op.add_column("audit", sa.Column("swept_rule", sa.String(length=60), nullable=True))

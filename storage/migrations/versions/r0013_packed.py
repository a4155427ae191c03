"""What audits found good is packed: older programs would read nothing in it.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.models import PACKED_FROM, Packed

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Packs what is there, audit by audit: all of it together may be gigabytes."""
    result = sa.table("result", sa.column("audit"), sa.column("check_id"), sa.column("passed", Packed()))
    connection, long = op.get_bind(), sa.func.length(result.c.passed) >= PACKED_FROM
    these = (result.c.audit == sa.bindparam("of"), result.c.check_id == sa.bindparam("by"))
    packs = sa.update(result).where(*these).values(passed=sa.bindparam("text"))
    for audit in connection.scalars(sa.select(result.c.audit).where(long).distinct()).all():
        rows = connection.execute(sa.select(result.c.check_id, result.c.passed).where(result.c.audit == audit, long))
        connection.execute(packs, [{"of": audit, "by": check, "text": passed} for check, passed in rows])

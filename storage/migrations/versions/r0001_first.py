"""The first schema: portals, audits, results, findings and their observations and transitions, index of evidence."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.models import Json, Utc

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates every table."""
    op.create_table(
        "portal",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("home", sa.Text(), nullable=False),
        sa.Column("site_code", sa.String(length=40), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("numbers", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("portal", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("started", Utc(), nullable=False),
        sa.Column("ended", Utc(), nullable=False),
        sa.Column("degraded", sa.Text(), nullable=False),
        sa.Column("summary", Json(), nullable=False),
        sa.Column("versions", Json(), nullable=False),
        sa.Column("bundle", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["portal"], ["portal.id"], name=op.f("fk_audit_portal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_portal"), "audit", ["portal"], unique=False)
    op.create_table(
        "finding",
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("portal", sa.String(length=100), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("check_id", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("human", sa.String(length=20), nullable=False),
        sa.Column("first_seen", Utc(), nullable=False),
        sa.Column("last_seen", Utc(), nullable=False),
        sa.Column("confirmations", sa.Integer(), nullable=False),
        sa.Column("regressions", sa.Integer(), nullable=False),
        sa.Column("closed", Utc(), nullable=True),
        sa.Column("newest", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["portal"], ["portal.id"], name=op.f("fk_finding_portal")),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_finding")),
        sa.UniqueConstraint("portal", "number", name=op.f("uq_finding_portal")),
    )
    op.create_index(op.f("ix_finding_portal"), "finding", ["portal"], unique=False)
    op.create_index(op.f("ix_finding_state"), "finding", ["state"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("audit", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["audit"], ["audit.id"], name=op.f("fk_evidence_audit")),
        sa.PrimaryKeyConstraint("sha256", "audit", name=op.f("pk_evidence")),
    )
    op.create_index(op.f("ix_evidence_audit"), "evidence", ["audit"], unique=False)
    op.create_table(
        "observation",
        sa.Column("audit", sa.String(length=200), nullable=False),
        sa.Column("finding", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("severity", sa.String(length=20), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("column_path", sa.Text(), nullable=False),
        sa.Column("page_level", sa.String(length=20), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("facts", Json(), nullable=False),
        sa.Column("occurrences", Json(), nullable=False),
        sa.Column("occurrence_count", sa.Integer(), nullable=False),
        sa.Column("evidence", Json(), nullable=False),
        sa.Column("confirmations", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["audit"], ["audit.id"], name=op.f("fk_observation_audit")),
        sa.ForeignKeyConstraint(["finding"], ["finding.fingerprint"], name=op.f("fk_observation_finding")),
        sa.PrimaryKeyConstraint("audit", "finding", name=op.f("pk_observation")),
    )
    op.create_index(op.f("ix_observation_finding"), "observation", ["finding"], unique=False)
    op.create_table(
        "result",
        sa.Column("audit", sa.String(length=200), nullable=False),
        sa.Column("check_id", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("metrics", Json(), nullable=False),
        sa.Column("coverage", Json(), nullable=False),
        sa.Column("passed", sa.Text(), nullable=False),
        sa.Column("draws", Json(), nullable=False),
        sa.Column("sheet_rows", Json(), nullable=False),
        sa.Column("warnings", Json(), nullable=False),
        sa.ForeignKeyConstraint(["audit"], ["audit.id"], name=op.f("fk_result_audit")),
        sa.PrimaryKeyConstraint("audit", "check_id", name=op.f("pk_result")),
    )
    op.create_table(
        "transition",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("finding", sa.String(length=64), nullable=False),
        sa.Column("before", sa.String(length=20), nullable=False),
        sa.Column("after", sa.String(length=20), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("audit", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["audit"], ["audit.id"], name=op.f("fk_transition_audit")),
        sa.ForeignKeyConstraint(["finding"], ["finding.fingerprint"], name=op.f("fk_transition_finding")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transition")),
    )
    op.create_index(op.f("ix_transition_audit"), "transition", ["audit"], unique=False)
    op.create_index(op.f("ix_transition_finding"), "transition", ["finding"], unique=False)

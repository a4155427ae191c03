"""Bundles and results databases, on SQLite and on PostgreSQL: commits, lifecycle, ledger, evidence, migrations."""

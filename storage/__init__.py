"""Remembers: the bundle of one audit, the results database, one commit, the life of findings, and evidence.

The bundle (`storage.bundle`) is the journal of an audit and is the only part the crawler may see. Results reach the
database in one idempotent transaction (`storage.commit`). Nothing is ever deleted: every transition is a row with
who, when and why. This package imports `checks` and `portal` for their types, never `crawler`, `reports` or `mingcha`.
"""

"""Alembic revisions of the results database; run by `storage.database.upgrade`, never by hand."""

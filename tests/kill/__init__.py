"""Audits that are killed at chosen events and started again; `python -m tests.kill.many 50` does it fifty times."""

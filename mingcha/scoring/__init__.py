"""Scores: systems applied to audits, the marks people give, rankings."""

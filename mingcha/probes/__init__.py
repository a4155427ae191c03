"""Availability: which home pages are asked when, and what comes of it."""

"""Nights over several portals: what is planned, what processes do, what a kill costs."""

"""Nights: who is due, audits as processes side by side, the canary, and what a night tells."""

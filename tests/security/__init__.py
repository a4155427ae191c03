"""Proof of docs/security.md: what is let in, what gets out, what a portal can make the program do."""

"""Proof: verified, swept, handed out; digests sent."""

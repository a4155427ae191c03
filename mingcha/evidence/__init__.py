"""Proof at the front door: verified, shown, handed out, swept by rule."""

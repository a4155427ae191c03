"""Texts of pages on their way into a terminal."""

from __future__ import annotations

import re

# Control characters but tab and line feed, and those that turn the direction of writing.
_MOVING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Returns the text without characters that a terminal obeys instead of showing."""
    return _MOVING.sub("", text)

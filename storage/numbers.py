"""问题编号: what people call a finding by."""

from __future__ import annotations


def number(portal: str, count: int) -> str:
    """Returns the 问题编号 of a finding: portal id and a number that is given once and never used again."""
    return f"{portal}-{count:04d}"

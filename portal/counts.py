"""Numbers as pages tell them: how many pages and items there are, how wide a cell is."""

from __future__ import annotations

MOST = 999_999_999  # nothing on a page is counted higher: what says so says it of nothing


def number_of(digits: str) -> int:
    """Returns the number that digits of any script tell, at most `MOST`: pages may write thousands of digits, which
    neither Python reads nor a record holds. Raises ValueError where it is none."""
    if len(digits) > 4000:  # Python reads no more than 4300 of them
        digits = digits.lstrip("0０")[:10] or "0"
    return min(int(digits), MOST)

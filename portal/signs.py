"""Signs that a page of another site is no longer what was linked: lost, for sale, taken over."""

from __future__ import annotations


def signs_in(text: str, title: str = "") -> tuple[str, ...]:
    """Returns the ids of the vocabulary signs found in the visible text and title, in the order of the vocabulary."""
    return ()

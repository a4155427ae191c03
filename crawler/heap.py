"""Memory between two parts of the work: what the one has freed is given back before the other asks for more.

The C library keeps what lies free between pieces in use, some ten megabytes at the end of a crawl, and takes new pieces
from the system where they do not fit into the gaps.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable


def _trim() -> Callable[[int], int] | None:
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # glibc alone has it
        return None
    return trim


_TRIM = _trim()


def give_back() -> None:
    """Gives free memory back to the system, where the C library can. Takes some milliseconds."""
    if _TRIM is not None:
        _TRIM(0)

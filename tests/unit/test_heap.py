"""What is free goes back to the system."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import pytest

from crawler import heap


def resident() -> int:
    """Returns the bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="says what Linux says of itself")
@pytest.mark.skipif(heap._TRIM is None, reason="the C library has nothing of the kind")
def test_what_lies_free_between_pieces_in_use_is_given_back() -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.malloc.argtypes = [ctypes.c_size_t]
    libc.free.argtypes = [ctypes.c_void_p]
    size = 60_000  # below what has a mapping of its own
    pieces = [libc.malloc(size) for _ in range(800)]
    for piece in pieces:
        ctypes.memset(piece, 1, size)
    for number, piece in enumerate(pieces):
        if number % 20:
            libc.free(piece)
    full = resident()
    heap.give_back()
    assert resident() < full - 30_000_000
    for piece in pieces[::20]:
        libc.free(piece)


def test_where_the_library_has_none_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert heap._trim() is None
    monkeypatch.setattr(heap, "_TRIM", None)
    heap.give_back()

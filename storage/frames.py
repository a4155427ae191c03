"""Pieces of data packed several together, for pages of a portal repeat each other: a frame holds some five to eight.

Packed one by one they would take twice the space, and most of the time would go into filling the processor's cache with
the packer's tables again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

import zstandard

SIZE = 128 * 1024  # bytes of a frame before it is packed; a larger piece has one of its own
_READ = 8  # frames that are kept unpacked: what is read one after another lies together
# Beside level 3 it costs a fifth of the CPU and 2 % of the space, and its tables leave the processor's cache to others.
_LEVEL = 1

Spans = dict[str, tuple[int, int]]  # piece -> where in its frame it lies: from, how many bytes
K = TypeVar("K")


class Press:
    """Packs data, one thread at a time. One serves a whole bundle: it takes a megabyte and long to make."""

    def __init__(self) -> None:
        self._press = zstandard.ZstdCompressor(level=_LEVEL)

    def pack(self, data: bytes) -> bytes:
        """Returns data as a zstd frame."""
        return self._press.compress(data)

    def pack_to_keep(self, data: bytes) -> bytes:
        """Returns data as a zstd frame that takes no more memory than it has bytes.

        What the library returns keeps the room the worst case would have taken, which is that of the data.
        """
        return bytes(memoryview(self._press.compress(data)))


class Packer:
    """Pieces that wait until a frame is full, which `write` is then given. Where it raises, they go on waiting."""

    def __init__(self, write: Callable[[bytes, Spans], None], press: Press) -> None:
        self._write = write
        self._press = press
        self._waiting: dict[str, bytes] = {}
        self._size = 0

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, key: str, data: bytes) -> None:
        """Takes a piece, in place of one under the same key that waits."""
        self._size -= len(self._waiting.pop(key, b""))
        if self._size + len(data) > SIZE:
            self.pack()
        self._waiting[key] = data
        self._size += len(data)
        if self._size >= SIZE:
            self.pack()

    def get(self, key: str) -> bytes | None:
        """Returns a piece that waits, None for any other."""
        return self._waiting.get(key)

    def pack(self) -> None:
        """Makes a frame of what waits."""
        if not self._waiting:
            return
        spans, start = {}, 0
        for key, data in self._waiting.items():
            spans[key] = (start, len(data))
            start += len(data)
        self._write(self._press.pack(b"".join(self._waiting.values())), spans)
        self.clear()

    def clear(self) -> None:
        """Forgets what waits."""
        self._waiting.clear()
        self._size = 0


class Unpacker(Generic[K]):
    """Frames by any key; those read last are kept. `read` returns a frame as it was written."""

    def __init__(self, read: Callable[[K], bytes]) -> None:
        self._read = read
        self._frames: OrderedDict[K, bytes] = OrderedDict()

    def piece(self, frame: K, start: int, length: int) -> bytes:
        """Returns a piece of a frame. Raises ZstdError or MemoryError where it is damaged, and what `read` raises."""
        data = self._frames.get(frame)
        if data is None:
            data = zstandard.decompress(self._read(frame))
            if len(data) <= SIZE:
                self._frames[frame] = data
                if len(self._frames) > _READ:
                    self._frames.popitem(last=False)
        else:
            self._frames.move_to_end(frame)
        return data[start : start + length]

    def clear(self) -> None:
        """Forgets the frames that are kept."""
        self._frames.clear()

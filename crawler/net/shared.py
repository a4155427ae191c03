"""The pace audits share that run side by side: when a politeness group may be asked next, and how many ask it now.

One small file holds a record for every group, found by a hash of its name; locks on single bytes of it say who has a
group's turn and its places. The kernel gives back the locks of whoever dies. Groups whose hashes meet share a record
and are visited a little slower than they had to be, never faster.

    byte 0 of a record   held while what several may write is changed, for microseconds
    byte 1               the turn: whoever has it decides when its request starts, one process at a time
    byte 2 + n           the n-th of the group's places: a request is under way

Times are those of the machine's monotonic clock; a record from before its last start is emptied when it is first met.
Locks are those of open files (Linux): processes on one machine share a pace, machines do not.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import logging
import math
import os
import struct
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

log = logging.getLogger(__name__)

RECORDS = 65536
PLACES = 64  # of one group; targets.toml allows no more
_SIZE = 128  # bytes of a record; the file is sparse
_BOOT = 16  # bytes: a digest of the machine's start
_NEXT = struct.Struct("<d")  # written by whoever has the turn
_REST = struct.Struct("<ddI")  # paid_until, not_before, refusals: written while byte 0 is held
_FIELDS = struct.Struct("<dddI")
_FLOCK = struct.Struct("hhqqi4x")  # struct flock on 64-bit Linux
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Pace(Struct, frozen=True):
    """What is known of a group: no start before `next_start` or `not_before`; refusals (429, 503) in a row."""

    next_start: float = -math.inf
    not_before: float = -math.inf
    refusals: int = 0


class SharedGroup:
    """One group's record in an open file."""

    def __init__(self, file: int, number: int, boot: bytes) -> None:
        self.number = number
        self._file = file
        self._at = number * _SIZE
        self._asks: dict[int, bytes] = {}  # a struct flock by byte
        self._frees: dict[int, bytes] = {}
        self._mine: set[int] = set()  # places held here: a lock never conflicts with its own holder
        with self._changing():
            if os.pread(file, _BOOT, self._at) != boot:
                self._write(0, boot + _FIELDS.pack(-math.inf, -math.inf, -math.inf, 0))

    def take_turn(self) -> bool:
        """Returns whether the group's turn was free and is this object's now."""
        return self._lock(1)

    def end_turn(self) -> None:
        """Gives the turn back."""
        self._free(1)

    def take_place(self, most: int) -> int | None:
        """Returns the number of a place that was free and is this object's now, None while all `most` are taken."""
        for place in range(min(most, PLACES)):
            if place not in self._mine and self._lock(2 + place):
                self._mine.add(place)
                return place
        return None

    def free_place(self, place: int) -> None:
        """Gives a place back."""
        self._mine.discard(place)
        self._free(2 + place)

    def pace(self) -> Pace:
        """Returns what is known of the group now."""
        next_start, paid_until, not_before, refusals = self._fields()
        return Pace(max(next_start, paid_until), not_before, refusals)

    def started(self, next_start: float) -> None:
        """Notes that a request starts and when the next may; the caller has the turn."""
        self._write(_BOOT, _NEXT.pack(next_start))

    def charged(self, now: float, seconds: float) -> None:
        """Notes that something was sent out of turn: the next start is that much later."""
        with self._changing():
            next_start, paid_until, not_before, refusals = self._fields()
            self._write_rest(max(next_start, paid_until, now) + seconds, not_before, refusals)

    def answered(self, refusals: int, not_before: float) -> None:
        """Notes refusals in a row, and a time until which the group asked to be left alone."""
        with self._changing():
            _, paid_until, before, _ = self._fields()
            self._write_rest(paid_until, max(before, not_before), refusals)

    def _fields(self) -> tuple[float, float, float, int]:
        data = os.pread(self._file, _FIELDS.size, self._at + _BOOT)
        if len(data) < _FIELDS.size:  # the disk was full when the record was made
            return -math.inf, -math.inf, -math.inf, 0
        next_start, paid_until, not_before, refusals = _FIELDS.unpack(data)
        return next_start, paid_until, not_before, refusals

    def _write_rest(self, paid_until: float, not_before: float, refusals: int) -> None:
        self._write(_BOOT + _NEXT.size, _REST.pack(paid_until, not_before, refusals))

    def _write(self, offset: int, data: bytes) -> None:
        with contextlib.suppress(OSError):  # a full disk: this audit still keeps its own pace
            os.pwrite(self._file, data, self._at + offset)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        with contextlib.suppress(OSError):
            fcntl.fcntl(self._file, fcntl.F_OFD_SETLKW, self._ask(0))
        try:
            yield
        finally:
            self._free(0)

    def _lock(self, byte: int) -> bool:
        try:
            fcntl.fcntl(self._file, fcntl.F_OFD_SETLK, self._asks.get(byte) or self._ask(byte))
        except (BlockingIOError, PermissionError):
            return False
        except OSError:
            pass  # a file system without locks
        return True

    def _ask(self, byte: int) -> bytes:
        self._asks[byte] = _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, self._at + byte, 1, 0)
        self._frees[byte] = _FLOCK.pack(fcntl.F_UNLCK, os.SEEK_SET, self._at + byte, 1, 0)
        return self._asks[byte]

    def _free(self, byte: int) -> None:
        with contextlib.suppress(OSError):
            fcntl.fcntl(self._file, fcntl.F_OFD_SETLK, self._frees[byte])


class SharedPace:
    """The open file. All is best effort: on a file system without locks every audit keeps its pace by itself."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._boot = _boot()
        self._groups: dict[int, SharedGroup] = {}

    @classmethod
    def open(cls, path: Path) -> SharedPace | None:
        """Returns the file at `path`, made where it is not there; None where it cannot be used."""
        if not hasattr(fcntl, "F_OFD_SETLK"):
            log.warning("this system has no locks of open files: audits side by side keep their pace each by itself")
            return None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return cls(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644))
        except OSError as error:
            log.warning("pace not shared, %s: %s", path, error.strerror or error)
            return None

    def group(self, name: str) -> SharedGroup:
        """Returns a group's record; names whose hashes meet get the same one."""
        number = int.from_bytes(hashlib.sha256(name.encode("utf-8", "replace")).digest()[:4], "big") % RECORDS
        group = self._groups.get(number)
        if group is None:
            group = self._groups[number] = SharedGroup(self._file, number, self._boot)
        return group

    def close(self) -> None:
        """Closes the file and gives everything back. May be called twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _boot() -> bytes:
    try:
        text = _BOOT_ID.read_text()
    except OSError:
        text = ""
    return hashlib.sha256(text.encode()).digest()[:_BOOT]

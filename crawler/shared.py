"""The pace audits share that run side by side: when a politeness group may be asked next, and how many ask it now.

One small file holds a record for every group, found by a hash of its name; locks on single bytes of it say who has a
group's turn and its places. The kernel gives back the locks of whoever dies. Groups whose hashes meet share a record
and are visited a little slower than they had to be, never faster.

    byte 0 of a record   held while the record is changed, for microseconds
    byte 1               the turn: whoever has it decides when its request starts, one process at a time
    byte 2 + n           the n-th of the group's places: a request is under way

Times are those of the machine's monotonic clock; a record from before its last start counts as empty. Locks are those
of open files (Linux): processes on one machine share a pace, machines do not.
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
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

RECORDS = 65536
PLACES = 64  # of one group; targets.toml allows no more
_SIZE = 128  # bytes of a record; the file is sparse
_RECORD = struct.Struct("<16sddI")
_FLOCK = struct.Struct("hhqqi4x")  # struct flock on 64-bit Linux
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Pace:
    """What is known of a group: no start before `next_start` or `not_before`; refusals (429, 503) in a row."""

    next_start: float = -math.inf
    not_before: float = -math.inf
    refusals: int = 0


class SharedPace:
    """The open file. All is best effort: on a file system without locks every audit keeps its pace by itself."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._boot = _boot()
        self._mine: set[int] = set()  # places this object holds: a lock never conflicts with its own holder

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

    def record(self, group: str) -> int:
        """Returns the number of a group's record; groups with the same number are one group."""
        return int.from_bytes(hashlib.sha256(group.encode()).digest()[:4], "big") % RECORDS

    def take_turn(self, record: int) -> bool:
        """Returns whether the turn of a group was free and is this object's now."""
        return self._lock(record * _SIZE + 1)

    def end_turn(self, record: int) -> None:
        """Gives the turn back."""
        self._unlock(record * _SIZE + 1)

    def take_place(self, record: int, most: int) -> int | None:
        """Returns the number of a place that was free and is this object's now, None while all `most` are taken."""
        for place in range(min(most, PLACES)):
            at = record * _SIZE + 2 + place
            if at not in self._mine and self._lock(at):
                self._mine.add(at)
                return place
        return None

    def free_place(self, record: int, place: int) -> None:
        """Gives a place back."""
        at = record * _SIZE + 2 + place
        self._mine.discard(at)
        self._unlock(at)

    def pace(self, record: int) -> Pace:
        """Returns what is known of a group now."""
        data = os.pread(self._file, _RECORD.size, record * _SIZE)
        if len(data) < _RECORD.size:
            return Pace()
        boot, next_start, not_before, refusals = _RECORD.unpack(data)
        return Pace(next_start, not_before, refusals) if boot == self._boot else Pace()

    def started(self, record: int, next_start: float) -> None:
        """Notes that a request starts; the caller has the turn."""
        with self.changing(record) as known:
            self._write(record, Pace(max(next_start, known.next_start), known.not_before, known.refusals))

    def charged(self, record: int, now: float, seconds: float) -> None:
        """Notes that something was sent out of turn: the next start is that much later."""
        with self.changing(record) as known:
            self._write(record, Pace(max(known.next_start, now) + seconds, known.not_before, known.refusals))

    def answered(self, record: int, refusals: int, not_before: float) -> None:
        """Notes refusals in a row, and a time until which the group asked to be left alone."""
        with self.changing(record) as known:
            self._write(record, Pace(known.next_start, max(known.not_before, not_before), refusals))

    @contextlib.contextmanager
    def changing(self, record: int) -> Iterator[Pace]:
        """Yields what is known of a group while nobody else changes it."""
        at = record * _SIZE
        with contextlib.suppress(OSError):
            fcntl.fcntl(self._file, fcntl.F_OFD_SETLKW, _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, at, 1, 0))
        try:
            yield self.pace(record)
        finally:
            self._unlock(at)

    def close(self) -> None:
        """Closes the file and gives everything back. May be called twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _write(self, record: int, pace: Pace) -> None:
        data = _RECORD.pack(self._boot, pace.next_start, pace.not_before, pace.refusals)
        with contextlib.suppress(OSError):  # a full disk: this audit still keeps its own pace
            os.pwrite(self._file, data, record * _SIZE)

    def _lock(self, at: int) -> bool:
        try:
            fcntl.fcntl(self._file, fcntl.F_OFD_SETLK, _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, at, 1, 0))
        except (BlockingIOError, PermissionError):
            return False
        except OSError:
            pass  # a file system without locks
        return True

    def _unlock(self, at: int) -> None:
        with contextlib.suppress(OSError):
            fcntl.fcntl(self._file, fcntl.F_OFD_SETLK, _FLOCK.pack(fcntl.F_UNLCK, os.SEEK_SET, at, 1, 0))


def _boot() -> bytes:
    try:
        text = _BOOT_ID.read_text()
    except OSError:
        text = ""
    return hashlib.sha256(text.encode()).digest()[:16]

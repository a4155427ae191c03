"""The log of requests: one JSON line for every request that left the machine, whoever sent it.

Lines are only ever added, each written as a whole when its request is over: whatever kills the process, the file holds
every request that had ended, and an audit that goes on adds to it. Several audits may share one file. Questions to name
servers are not requests in this sense; everything else is.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
from pathlib import Path

import msgspec
from msgspec import Struct

from portal.artifacts import FetchOutcome

log = logging.getLogger(__name__)


class RequestLine(Struct, frozen=True):
    """One line. Times are UTC, `seconds` from start to end of the answer, `bytes` those received on the wire."""

    at: dt.datetime
    seconds: float
    audit: str
    portal: str
    method: str  # GET, HEAD, POST, OPTIONS ...; TLS: a connection made to see certificates, nothing asked
    url: str
    purpose: str  # page, home, link, probe, robots, confirm, certificate ...; browser-TYPE of what a browser asked for
    status: int
    bytes: int
    address: str
    group: str  # politeness group
    outcome: FetchOutcome
    via: str  # get, get4, get6, head, range, browser


class RequestLog:
    """Writes the lines of one audit to a file. A disk that refuses ends the log, never the audit; audit.log says so."""

    def __init__(self, path: Path, *, audit: str = "", portal: str = "") -> None:
        self.path = path
        self._names = (audit, portal)
        self._encode = msgspec.json.Encoder().encode
        self._file = -1
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            size = os.fstat(self._file).st_size
            if size and os.pread(self._file, 1, size - 1) != b"\n":
                os.write(self._file, b"\n")  # the end of a line a full disk cut short
        except OSError as error:
            self._give_up(error)

    def note(
        self,
        at: dt.datetime,
        seconds: float,
        *,
        method: str,
        url: str,
        purpose: str,
        group: str,
        outcome: FetchOutcome,
        status: int = 0,
        size: int = 0,
        address: str = "",
        via: str = "",
    ) -> None:
        """Adds one request that began at `at` (aware) and is over."""
        if self._file < 0:
            return
        line = RequestLine(
            at.astimezone(dt.UTC),
            round(seconds, 6),
            *self._names,
            method,
            url,
            purpose,
            status,
            size,
            address,
            group,
            outcome,
            via or method.lower(),
        )
        try:
            os.write(self._file, self._encode(line) + b"\n")
        except OSError as error:
            self._give_up(error)

    def close(self) -> None:
        """Closes the file. May be called twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _give_up(self, error: OSError) -> None:
        log.warning("requests are no longer listed in %s: %s", self.path, error.strerror or error)
        self.close()


def read_log(path: Path) -> list[RequestLine]:
    """Returns the lines of a log in the order their requests ended. Raises OSError; what is no line is left out."""
    lines = []
    for text in path.read_bytes().splitlines():
        try:
            lines.append(msgspec.json.decode(text, type=RequestLine))
        except msgspec.MsgspecError:
            continue  # cut short
    return lines

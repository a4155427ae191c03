"""The frame of an application, which is the answer to every one of its pages: no server learns a route behind a `#`."""

from __future__ import annotations

import datetime as dt

from msgspec.structs import replace

from crawler.net.message import Fetched, FetchRequest
from portal.urls import routed

_PURPOSES = frozenset({"page", "link"})  # second looks and probes ask for themselves
_MOST_BYTES = 1024 * 1024  # of a frame that is remembered
_MINUTES = 10  # a frame is taken for the answer to other pages


class Frames:
    """Remembers the last frame that came."""

    def __init__(self) -> None:
        self._last: tuple[FetchRequest, Fetched] | None = None

    def answer(self, request: FetchRequest) -> Fetched | None:
        """Returns what another page of the same application was answered some minutes ago as the answer to this one,
        None where none was."""
        if self._last is None or request.purpose not in _PURPOSES or not routed(request.url):
            return None
        asked, fetched = self._last
        since = dt.datetime.now(dt.UTC) - fetched.attempt.at
        if asked != _as_sent(request) or not dt.timedelta(0) <= since <= dt.timedelta(minutes=_MINUTES):
            return None
        return replace(fetched, attempt=replace(fetched.attempt, final_url=request.url))

    def remember(self, request: FetchRequest, fetched: Fetched) -> None:
        """Takes note of an answer, where it is the frame of an application and came whole from the address asked."""
        attempt = fetched.attempt
        if request.purpose not in _PURPOSES or attempt.status != 200 or not routed(request.url):
            return
        whole = not fetched.truncated and not attempt.error and len(fetched.body) <= _MOST_BYTES
        if whole and attempt.final_url == request.url:
            self._last = _as_sent(request), fetched


def _as_sent(request: FetchRequest) -> FetchRequest:
    """Returns what of a request reaches the server."""
    return replace(request, url=request.url.partition("#")[0], referer="")

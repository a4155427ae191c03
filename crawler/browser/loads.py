"""What the page in a tab or window asks for: the answers of its main document, what is loading, what failed.

Told by the network events of the browser itself (CDP), of the page and all its frames. Playwright tells the same with
an object for each request and each answer in two processes, at three times the cost.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from crawler.browser.deeds import HELD
from crawler.browser.rendered import FailedRequest
from portal.urls import LONGEST_ADDRESS

if TYPE_CHECKING:
    from playwright.async_api import CDPSession

FAILED = 20  # failed requests that are remembered
STALE = 5.0  # seconds after which an unanswered script request (long polling) no longer counts as loading
BRIEF = 0.2  # a request that took less (a heartbeat of the page) does not make it restless

_WATCHED = frozenset({"XHR", "Fetch", "Script", "Document"})


class Answer(Struct, frozen=True):
    """One answer of the main document: a redirect, or the last one."""

    url: str
    status: int
    content_type: str
    location: str

    @property
    def final(self) -> bool:
        """Returns whether this is no redirect."""
        return not 300 <= self.status < 400


class _Open(Struct, frozen=True):
    begun: float
    url: str
    kind: str
    main: bool


class Loads:
    """Listens to one CDP session whose network events are on. `frame` is the id of the page's main frame."""

    def __init__(self, session: CDPSession, frame: str) -> None:
        self._frame = frame
        self._loading: dict[str, _Open] = {}
        self.answers: list[Answer] = []
        self.failed: list[FailedRequest] = []
        self.sent = 0  # documents and script requests so far
        self.held = False  # whether the main document was held back from a deed
        self.answered = 0.0  # when the main document was answered first, by time.monotonic
        self._ended = 0.0
        session.on("Network.requestWillBeSent", self._on_request)
        session.on("Network.responseReceived", self._on_response)
        session.on("Network.loadingFinished", self._on_finished)
        session.on("Network.loadingFailed", self._on_failed)

    def begin(self) -> None:
        """Forgets what was before: the tab goes to another page."""
        self._loading.clear()
        self.answers.clear()
        self.failed.clear()
        self.held = False
        self.answered = self._ended = 0.0

    @property
    def status(self) -> int:
        """Returns the status of the latest main document, 0 when none came."""
        return next((answer.status for answer in reversed(self.answers) if answer.final), 0)

    def rested(self, moment: float) -> float:
        """Returns since when nothing is loading, `moment` where something is; both by time.monotonic."""
        return moment if any(moment - each.begun < STALE for each in self._loading.values()) else self._ended

    def _on_request(self, event: dict[str, Any]) -> None:
        kind, key = event.get("type", ""), event["requestId"]
        url = event["request"]["url"][:LONGEST_ADDRESS]
        if kind not in _WATCHED or url.startswith("data:"):
            return
        main = kind == "Document" and event.get("frameId") == self._frame
        if (redirect := event.get("redirectResponse")) is not None and main:
            self._answer(redirect)
        self.sent += 1
        self._loading[key] = _Open(time.monotonic(), url, kind, main)

    def _on_response(self, event: dict[str, Any]) -> None:
        known = self._loading.get(event["requestId"])
        if known is None:
            return
        answer = event["response"]
        if known.main:
            self._answer(answer)
        elif (status := int(answer["status"])) >= 400:
            self._fail(FailedRequest(answer["url"][:LONGEST_ADDRESS], known.kind.lower(), status))

    def _on_finished(self, event: dict[str, Any]) -> None:
        self._end(event)

    def _end(self, event: dict[str, Any]) -> _Open | None:
        known = self._loading.pop(event["requestId"], None)
        if known is not None and (moment := time.monotonic()) - known.begun >= BRIEF:
            self._ended = moment
        return known

    def _on_failed(self, event: dict[str, Any]) -> None:
        known = self._end(event)
        why = event.get("errorText") or event.get("blockedReason") or ""
        if known is None:
            return
        if HELD in why:
            self.held |= known.main
        # A page that aborts its own requests, or was left, is no failure of the server.
        elif not known.main and "ERR_ABORTED" not in why:
            self._fail(FailedRequest(known.url, known.kind.lower(), 0, why))

    def _answer(self, response: dict[str, Any]) -> None:
        self.answered = self.answered or time.monotonic()
        headers = {name.lower(): value for name, value in response.get("headers", {}).items()}
        self.answers.append(
            Answer(
                response["url"][:LONGEST_ADDRESS],
                int(response["status"]),
                headers.get("content-type", "")[:200],
                headers.get("location", "")[:LONGEST_ADDRESS],
            )
        )

    def _fail(self, failed: FailedRequest) -> None:
        if len(self.failed) < FAILED and failed not in self.failed:
            self.failed.append(failed)

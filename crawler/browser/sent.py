"""What the scripts of a page, and of the windows it opens, ask for while a question is put to a search.

Told by Playwright, which knows of the requests of a window from its first one on; the network events a visit listens to
(`crawler.browser.loads`) begin when the window is already loading.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from crawler.browser import driver

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page, Request

MOST = 200  # requests of one question that are remembered
BODY = 4000  # bytes of what one of them sends that are remembered

_KINDS = frozenset({"xhr", "fetch", "script"})


class Sent(Struct):
    """A request of a script: its address, the beginning of what it sends, and whether it still waits for its answer."""

    url: str
    body: str
    element: bool  # of a script element: JSONP, but counters, too
    waits: bool = True


class Watch:
    """Keeps the requests of scripts, and of pages that are left, as long as it is entered."""

    def __init__(self, context: BrowserContext) -> None:
        self._context = context
        self._sent: dict[Request, tuple[Page, Sent]] = {}
        self._leaving: dict[Page, Request] = {}  # the last document each page asked for, without an answer so far
        self._heard: dict[str, Callable[[Any], None]] = {
            "request": self._begun,
            "requestfinished": self._ended,
            "requestfailed": self._ended,
            "response": lambda response: self._came(response.request),
        }

    def __enter__(self) -> Watch:
        for event, heard in self._heard.items():
            _listening(self._context.on, event, heard)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for event, heard in self._heard.items():
            _listening(self._context.remove_listener, event, heard)

    def of(self, page: Page) -> list[Sent]:
        """Returns the requests of one page, in order."""
        return [sent for whose, sent in self._sent.values() if whose is page]

    def waits_to_leave(self, page: Page) -> bool:
        """Returns whether a page asked for another document and not a byte of it came."""
        return page in self._leaving

    def _begun(self, request: Request) -> None:
        with contextlib.suppress(driver.Error):
            if request.is_navigation_request() and request.frame.parent_frame is None:
                self._leaving[request.frame.page] = request
        if request.resource_type not in _KINDS or len(self._sent) >= MOST:
            return
        try:
            page, body = request.frame.page, request.post_data_buffer or b""
        except driver.Error:  # of a worker, or of a frame that is gone
            return
        sent = Sent(request.url, body[:BODY].decode("utf-8", "replace"), request.resource_type == "script")
        self._sent[request] = page, sent

    def _came(self, request: Request) -> None:
        for page, asked in list(self._leaving.items()):
            if asked is request:
                del self._leaving[page]

    def _ended(self, request: Request) -> None:
        self._came(request)
        if request in self._sent:
            self._sent[request][1].waits = False


def _listening(change: Callable[..., Any], event: str, heard: Callable[[Any], None]) -> None:
    change(event, heard)

"""What the browser sends by itself: paid for at the limiter, and listed in the log of requests where one is kept.

A visit is admitted by the limiter as one request; the scripts, styles, pictures and data its page asks for are not
known before, so they are counted as they leave and charged to their politeness group (`Politeness.charge`). A page
that goes on asking is left after `MOST_SENT` of them: a few lines of script send a hundred a second to whom they like.

For the log the browser's own word is taken (playwright's events, for frames and workers too; preflights and WebSockets
by its own network events), corrected by what the gateway knows: what was served from the cache, blocked, or never got
past the gateway did not leave. A request withdrawn by its page is listed as `aborted`: it left, or was about to.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from crawler.browser import driver
from crawler.browser.deeds import HELD
from crawler.browser.gateway import Passage
from crawler.browser.rendered import outcome_of_error, outcome_of_status
from crawler.browser.tab import Chores
from crawler.net.politeness import Politeness
from crawler.net.requestlog import RequestLog
from portal.artifacts import FetchOutcome

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, CDPSession, Request, Response

Handler = Callable[[dict[str, Any]], None]

MOST_SENT = 1000  # requests of one visit; pages of portals with all their pictures stay below a third of that
SETTLE_SECONDS = 1.0  # what is being noted gets this long before a tab is closed
_SCHEMES = frozenset({"http", "https", "ws", "wss"})
_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
# Failures by which a request is ended inside the browser, before anything is sent.
_INSIDE = (
    HELD,
    "ERR_BLOCKED_BY_CLIENT",
    "ERR_BLOCKED_BY_ADMIN",
    "ERR_BLOCKED_BY_CSP",
    "ERR_UNSAFE_PORT",
    "ERR_UNKNOWN_URL",
)
_AT_THE_GATEWAY = ("ERR_SOCKS", "ERR_PROXY", "ERR_TUNNEL", "ERR_NAME_NOT")
_ATTACH = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": False}
_TRIED = frozenset({FetchOutcome.REFUSED, FetchOutcome.TIMEOUT, FetchOutcome.RESET, FetchOutcome.OK})


class _Open(Struct):
    """A request under way, by the browser's word."""

    at: float  # seconds since the epoch
    method: str
    url: str
    kind: str
    status: int = 0


class Traffic:
    """The traffic of one browser. `group` names the politeness group of an address, `passage` what a connection met."""

    def __init__(
        self,
        politeness: Politeness,
        group: Callable[[str], Awaitable[str]],
        passage: Callable[[str, int], Passage | None],
        log: RequestLog | None,
    ) -> None:
        self._politeness = politeness
        self._group = group
        self._passage = passage
        self._log = log
        self.sent = 0  # requests so far, as far as the tabs themselves sent them
        self._groups: dict[str, str] = {}
        self._open: dict[Request, _Open] = {}
        self._unseen: list[_Unseen] = []
        self._chores: set[asyncio.Task[None]] = set()

    def watch(self, context: BrowserContext) -> None:
        """Lists what the pages of a context ask for. Without a log nothing is watched, at no cost."""
        if self._log is not None:
            context.on("request", self._on_request)
            context.on("response", self._on_response)
            context.on("requestfinished", self._on_finished)
            context.on("requestfailed", self._on_failed)

    async def tab(self, session: CDPSession, flood: Callable[[], object]) -> Callable[[], None]:
        """Turns on the network events of a tab or window, and counts what it sends; calls `flood` when one visit sent
        too much.

        Returns what to call before a request the limiter admitted. Raises playwright's Error when the tab is gone.
        """
        prepaid: list[bool] = []
        of_visit = 0

        def sent(event: dict[str, Any]) -> None:
            nonlocal of_visit
            self.sent += 1
            of_visit += 1
            if of_visit == MOST_SENT:
                flood()
            if prepaid:
                prepaid.clear()
            elif host := _host(event.get("headers", {})):
                self._charge(host)

        def first() -> None:
            nonlocal of_visit
            of_visit = 0
            prepaid.append(True)

        session.on("Network.requestWillBeSentExtraInfo", sent)
        session.on("Network.webSocketWillSendHandshakeRequest", lambda event: sent(event["request"]))
        await session.send("Network.enable")
        if self._log is not None:
            self._unseen.append(_Unseen(self._note))
            await self._unseen[-1].watch(session)
        return first

    async def settled(self) -> None:
        """Waits until the requests that are over have been noted, SETTLE_SECONDS at most."""
        if self._chores:
            await asyncio.wait(self._chores, timeout=SETTLE_SECONDS)

    async def close(self) -> None:
        """Notes what was still under way when its page was closed."""
        for request in list(self._open):
            self._end(request, FetchOutcome.ABORTED)
        for unseen in self._unseen:
            unseen.close()
        self._unseen.clear()
        await self.settled()

    # paid for

    def _charge(self, host: str) -> None:
        group = self._groups.get(host)
        if group is not None:
            self._politeness.charge(group)
        else:
            self._do(self._charge_new(host))

    async def _charge_new(self, host: str) -> None:
        self._politeness.charge(await self._group_of(host))

    async def _group_of(self, host: str) -> str:
        group = self._groups.get(host)
        if group is None:
            group = self._groups[host] = await self._group(f"http://{host}/")
        return group

    # listed

    def _on_request(self, request: Request) -> None:
        if request.url.partition(":")[0] in _SCHEMES:
            self._open[request] = _Open(time.time(), request.method, request.url, request.resource_type)

    def _on_response(self, response: Response) -> None:
        if (known := self._open.get(response.request)) is not None:
            known.status = response.status

    def _on_finished(self, request: Request) -> None:
        if (known := self._open.pop(request, None)) is not None:
            self._do(self._measure(request, known, time.time() - known.at))

    def _on_failed(self, request: Request) -> None:
        self._end(request, None)

    def _end(self, request: Request, outcome: FetchOutcome | None) -> None:
        known = self._open.pop(request, None)
        if known is None:
            return
        outcome = outcome or self._failure(request.failure or "", known)
        if outcome is not None:
            self._note(known, time.time() - known.at, outcome)

    def _failure(self, why: str, known: _Open) -> FetchOutcome | None:
        """Returns how a request failed, None where it never left."""
        if known.status:
            return FetchOutcome.ABORTED if "ERR_ABORTED" in why else outcome_of_error(why)
        if not why.startswith("net::") or any(word in why for word in _INSIDE):
            return None
        parts = urlsplit(known.url)
        passage = self._passage(parts.hostname or "", parts.port or _PORTS[parts.scheme])
        if passage is not None and passage.outcome not in _TRIED:
            return None
        if any(word in why for word in _AT_THE_GATEWAY):
            return passage.outcome if passage is not None and passage.outcome is not FetchOutcome.OK else None
        return FetchOutcome.ABORTED if "ERR_ABORTED" in why else outcome_of_error(why)

    async def _measure(self, request: Request, known: _Open, seconds: float) -> None:
        size = 0
        try:
            sizes = await request.sizes()
            head, body = sizes["responseHeadersSize"], sizes["responseBodySize"]
            if body < 0 and head + body == 0:
                return  # from the cache: nothing was transferred
            size = max(head, head + body)
        except driver.Error:
            pass  # the page is gone; that it asked is certain
        await self._write(known, seconds, outcome_of_status(known.status), size)

    def _note(self, known: _Open, seconds: float, outcome: FetchOutcome, size: int = 0) -> None:
        self._do(self._write(known, seconds, outcome, size))

    async def _write(self, known: _Open, seconds: float, outcome: FetchOutcome, size: int) -> None:
        parts = urlsplit(known.url)
        group = await self._group_of(parts.netloc.rpartition("@")[2])
        passage = self._passage(parts.hostname or "", parts.port or _PORTS[parts.scheme])
        if self._log is not None:
            self._log.note(
                dt.datetime.fromtimestamp(known.at, dt.UTC),
                seconds,
                method=known.method,
                url=known.url,
                purpose=f"browser-{known.kind}",
                group=group,
                outcome=outcome,
                status=known.status,
                size=size,
                address=passage.address if passage is not None else "",
                via="browser",
            )

    def _do(self, chore: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(chore)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)


class _Unseen:
    """What playwright does not tell of a tab and its workers: preflights of their requests, and WebSockets."""

    def __init__(self, note: Callable[[_Open, float, FetchOutcome, int], None]) -> None:
        self._note = note
        self._open: dict[str, _Open] = {}

    async def watch(self, session: CDPSession) -> None:
        """Listens to the network events of a tab, which are on, and of its workers."""
        events = self._events()
        for name, handler in events.items():
            session.on(name, handler)
        _Workers(session, events).watch()
        await session.send("Target.setAutoAttach", _ATTACH)

    def _events(self) -> dict[str, Handler]:
        return {
            "Network.requestWillBeSent": self._on_request,
            "Network.responseReceived": self._on_response,
            "Network.loadingFinished": self._on_end,
            "Network.loadingFailed": self._on_end,
            "Network.webSocketWillSendHandshakeRequest": self._on_handshake,
            "Network.webSocketCreated": self._on_socket,
            "Network.webSocketHandshakeResponseReceived": self._on_answer,
            "Network.webSocketClosed": self._on_end,
        }

    def close(self) -> None:
        """Notes what was still under way when its tab was closed."""
        for request in list(self._open):
            self._on_end({"requestId": request})

    def _on_request(self, event: dict[str, Any]) -> None:
        if event.get("initiator", {}).get("type") == "preflight":
            self._open[event["requestId"]] = _Open(time.time(), "OPTIONS", event["request"]["url"], "preflight")

    def _on_socket(self, event: dict[str, Any]) -> None:
        self._open[event["requestId"]] = _Open(0.0, "GET", event["url"], "websocket")

    def _on_handshake(self, event: dict[str, Any]) -> None:
        if (known := self._open.get(event["requestId"])) is not None:
            known.at = time.time()

    def _on_response(self, event: dict[str, Any]) -> None:
        if (known := self._open.get(event["requestId"])) is not None:
            known.status = int(event["response"]["status"])

    def _on_answer(self, event: dict[str, Any]) -> None:
        self._on_response(event)
        self._on_end(event)  # what goes over the socket from here on is no request

    def _on_end(self, event: dict[str, Any]) -> None:
        known = self._open.pop(event["requestId"], None)
        if known is not None and known.at:  # a socket that never sent its handshake did not get past the gateway
            outcome = outcome_of_status(known.status) if known.status != 101 else FetchOutcome.OK
            self._note(known, time.time() - known.at, outcome, int(event.get("encodedDataLength", 0)))


class _Workers:
    """The workers of a tab, and theirs: each held at its start until its network events are on.

    Playwright gives a session for tabs only. So messages go through the tab's, one packed into another.
    """

    def __init__(self, session: CDPSession, events: dict[str, Handler]) -> None:
        self._session = session
        self._events = events
        self._number = itertools.count(1)
        self._chores = Chores()

    def watch(self) -> None:
        """Listens to the tab's session; `_ATTACH` must be sent there."""
        self._session.on("Target.attachedToTarget", lambda event: self._on_attached((), event))
        self._session.on("Target.receivedMessageFromTarget", lambda event: self._on_message((), event))

    def _on_attached(self, way: tuple[str, ...], event: dict[str, Any]) -> None:
        inner = (*way, event["sessionId"])
        for method, params in (
            ("Network.enable", {}),
            ("Target.setAutoAttach", _ATTACH),
            ("Runtime.runIfWaitingForDebugger", {}),
        ):
            self._send(inner, method, params)

    def _on_message(self, way: tuple[str, ...], event: dict[str, Any]) -> None:
        message = msgspec.json.decode(event["message"])
        method, params = message.get("method", ""), message.get("params", {})
        inner = (*way, event["sessionId"])
        if method == "Target.attachedToTarget":
            self._on_attached(inner, params)
        elif method == "Target.receivedMessageFromTarget":
            self._on_message(inner, params)
        elif (handler := self._events.get(method)) is not None:
            handler(params)

    def _send(self, way: tuple[str, ...], method: str, params: Mapping[str, Any]) -> None:
        for session in reversed(way):
            text = msgspec.json.encode({"id": next(self._number), "method": method, "params": params}).decode()
            method, params = "Target.sendMessageToTarget", {"sessionId": session, "message": text}
        self._chores.do(self._session.send(method, dict(params)))


def _host(headers: dict[str, str]) -> str:
    """Returns the host (and port) a request was sent to, by its own headers."""
    for name, value in headers.items():
        if name.lower() in ("host", ":authority"):
            return value
    return ""

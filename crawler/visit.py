"""One visit of one page in a browser tab: going there, waiting until it stands still, taking it down as a value.

A page may do what it likes: ring alerts, open windows, never go idle, start a download, navigate by itself. A visit
dismisses, closes, caps and refuses, and its result says so. Only a lost browser raises.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import ada_url
from playwright.async_api import Dialog, Frame, Page, Request, Response
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from crawler.gateway import Passage
from crawler.politeness import PolitenessError, Slot
from crawler.privacy import masked
from crawler.rendered import (
    Cookie,
    FailedRequest,
    Rendered,
    now,
    outcome_of_error,
    outcome_of_status,
    storable,
)
from portal.artifacts import FetchOutcome, Hop

HTML_LIMIT = 4_000_000  # characters of a serialised page that are kept
ELEMENTS = 150_000  # of a page that is taken down; browsers themselves grow slow long before
FRAMES = 12  # frames of a page that are taken down
FAILED = 20  # failed requests that are remembered
DIALOGS = 20
STALE = 5.0  # seconds after which an unanswered script request (long polling) no longer counts as loading
POLL = 0.2
SHOT_SECONDS = 8.0
EVALUATE_SECONDS = 8.0  # a busy page answers late or never
FRAME_SECONDS = 2.0  # of them for one of its frames

_WATCHED = frozenset({"xhr", "fetch", "script", "document"})

# Counts, not a MutationObserver: clocks and sliders change attributes and digits all the time, lists add elements.
_STATE = """() => {
  const look = (page, depth) => {
    let sum = page.getElementsByTagName('*').length * 7 + (page.body ? page.body.textContent.length : 0);
    if (depth) for (const frame of page.querySelectorAll('iframe,frame')) {
      try { if (frame.contentDocument) sum += look(frame.contentDocument, depth - 1); } catch (foreign) {}
    }
    return sum;
  };
  return [document.readyState, location.href, look(document, 2)];
}"""

# A typed or default text lives in a property, not in the source; frames get a marker that their content replaces.
# What is too large is not even copied: it would be copied four times before it arrived here.
_SERIALISE = """([inner, limit, elements]) => {
  if (document.getElementsByTagName('*').length > elements) throw new Error('mingcha: too many elements');
  const root = document.documentElement.cloneNode(true);
  const copies = root.querySelectorAll('input');
  document.querySelectorAll('input').forEach((field, i) => {
    if (copies[i] && field.value && !['password', 'file', 'image'].includes(field.type))
      copies[i].setAttribute('value', field.value);
  });
  if (inner) {
    for (const name of ['href', 'src', 'action']) {
      const live = document.querySelectorAll('[' + name + ']');
      root.querySelectorAll('[' + name + ']').forEach((element, i) => {
        const address = live[i] && live[i][name];
        if (typeof address === 'string' && /^https?:/.test(address)) element.setAttribute(name, address);
      });
    }
  }
  root.querySelectorAll('iframe,frame').forEach((frame, i) =>
    frame.after(document.createComment('mingcha-frame ' + i + ' ')));
  const set = root.querySelector('frameset');
  if (set) {
    const body = document.createElement('body');
    body.append(...set.childNodes);
    set.replaceWith(body);
  }
  return (inner ? (root.querySelector('body') || root).innerHTML : root.outerHTML).slice(0, limit);
}"""
_FRAME_INDEX = "element => [...element.ownerDocument.querySelectorAll('iframe,frame')].indexOf(element)"


@dataclass(frozen=True, slots=True)
class Wait:
    """How long to wait for a page: still for `quiet` seconds and nothing loading, at most `cap` seconds."""

    quiet: float = 0.4
    cap: float = 8.0


class Visit:
    """A tab while it shows one page. Made by `BrowserService.visit`; not to be kept longer."""

    def __init__(
        self,
        page: Page,
        *,
        slot: Callable[[str], Awaitable[Slot]],
        passage: Callable[[str, int], Passage | None],
        user_agent: str,
        popups: int = 0,
        seconds: float = 45.0,
    ) -> None:
        self.page = page
        self.url = ""
        self.at = now()
        self.popups: list[Page] = []  # windows that were wanted and are open
        self.opened = 0  # windows the page tried to open
        self.dialogs: list[str] = []
        self.requests = 0  # documents and script requests so far, of this page and its wanted windows
        self.gone = asyncio.Event()  # the renderer crashed or the browser went away
        self.error = ""
        self._allowed = popups
        self._slot = slot
        self._passage = passage
        self._user_agent = user_agent
        self._seconds = seconds
        self._outcome: FetchOutcome | None = None
        self._settled = True
        self._started = time.monotonic()
        self._elapsed = 0.0
        self._answered = 0.0  # seconds the first main document took to arrive
        self._answers: dict[Page, list[tuple[str, int, str, str]]] = {}
        self._loading: dict[Request, float] = {}
        self._failed: list[FailedRequest] = []
        self._chores: set[asyncio.Task[None]] = set()
        self._handlers: list[tuple[Page, str, Callable[[Any], None]]] = []
        self._watch(page)

    @property
    def lost(self) -> bool:
        """Returns whether the tab is lost: its renderer crashed or the browser went away."""
        return self.gone.is_set()

    # going there

    async def goto(self, url: str, wait: Wait | None = None, *, referer: str = "") -> FetchOutcome:
        """Returns how the page answered, after it stood still. The target's failures are outcomes, never exceptions.

        Raises playwright's Error only when the browser or the tab is lost.
        """
        self.url, self.at, self._started = url, now(), time.monotonic()
        self._outcome, self.error, self._answered = None, "", 0.0
        self._answers.clear()
        self._failed.clear()
        if urlsplit(url).scheme.lower() not in {"http", "https"}:
            self._outcome, self.error = FetchOutcome.SCHEME, "not an http address"
            return self._outcome
        try:
            async with await self._slot(url) as slot:
                self._started = time.monotonic()
                await self._request(url, referer)
                slot.done(self.outcome, status=self.status(self.page), seconds=self._answered or None)
        except PolitenessError as error:
            self._outcome, self.error = error.outcome, str(error)
        if self._outcome is None:
            self._settled = await self.settle(wait or Wait())
        self._elapsed = time.monotonic() - self._started
        return self.outcome

    async def turn(self) -> None:
        """Waits for the page's politeness group: before anything that makes the page ask its server again.

        Raises PolitenessError where nothing may be sent.
        """
        async with await self._slot(self.url):
            return

    @property
    def outcome(self) -> FetchOutcome:
        """Returns how the main document came out so far."""
        if self._outcome is not None:
            return self._outcome
        return outcome_of_status(self.status(self.page))

    def status(self, page: Page) -> int:
        """Returns the status of the latest main document of a page or wanted window, 0 when none came."""
        finals = [answer for answer in self._answers.get(page, ()) if not 300 <= answer[1] < 400]
        return finals[-1][1] if finals else 0

    async def settle(self, wait: Wait, page: Page | None = None) -> bool:
        """Returns whether the page came to stand still (no new content, nothing loading) before the cap."""
        target = page or self.page
        end = time.monotonic() + wait.cap
        last: object = None
        since = time.monotonic()
        while True:
            state = await self._state(target)
            moment = time.monotonic()
            busy = any(moment - begun < STALE for begun in self._loading.values())
            if state is None or state != last or busy or state[0] == "loading":
                last, since = state, moment
            elif moment - since >= wait.quiet:
                return True
            if moment >= end:
                return False
            await asyncio.sleep(POLL)

    # taking it down

    async def snapshot(self, page: Page | None = None, *, picture: bool = False) -> Rendered:
        """Returns the page (or a wanted window) as it stands. Raises playwright's Error only when the tab is lost."""
        target = page or self.page
        if target is not self.page and not self._answers.get(target):
            await self._ask_status(target)
        html = title = ""
        cookies: tuple[Cookie, ...] = ()
        outcome = self.outcome if target is self.page else outcome_of_status(self.status(target))
        unreached = self._outcome is not None and target is self.page
        if not unreached:
            html = await self._serialise_page(target)
            with contextlib.suppress(PlaywrightError, TimeoutError):
                async with asyncio.timeout(EVALUATE_SECONDS):
                    title = await target.title()
        with contextlib.suppress(PlaywrightError):
            cookies = tuple(
                Cookie(c["name"], c["value"], c["domain"], c["path"]) for c in await target.context.cookies()
            )
        answers = self._answers.get(target, [])
        final = "" if unreached else target.url
        passage = self._passage(*_endpoint(final or self.url))
        return Rendered(
            url=self.url,
            at=self.at,
            outcome=outcome,
            final_url=final,
            status=self.status(target),
            html=storable(html),
            title=storable(title),
            elapsed=round(self._elapsed or time.monotonic() - self._started, 3),
            address=passage.address if passage else "",
            family=passage.family if passage else 0,
            content_type=next((kind for _, status, kind, _ in reversed(answers) if not 300 <= status < 400), ""),
            hops=tuple(Hop(url, status, where) for url, status, _, where in answers if 300 <= status < 400),
            cookies=cookies,
            user_agent=self._user_agent,
            failed=tuple(self._failed),
            dialogs=tuple(map(storable, self.dialogs)),
            popups=self.opened,
            settled=self._settled,
            error=self.error,
            screenshot=await self.picture(target) if picture and html else b"",
        )

    async def picture(self, page: Page | None = None, *, clip_height: int = 0) -> bytes:
        """Returns a JPEG of the first screen (or, with `clip_height`, of that many pixels), b"" when there is none.

        Personal data in the text is masked while the picture is taken.
        """
        target = page or self.page
        try:
            async with asyncio.timeout(SHOT_SECONDS + 2), masked(target):
                options: dict[str, Any] = {}
                if clip_height:
                    height = await target.evaluate("() => document.documentElement.scrollHeight")
                    width = await target.evaluate("() => innerWidth")
                    clip = {"x": 0, "y": 0, "width": width, "height": max(200, min(int(height), clip_height))}
                    options = {"full_page": True, "clip": clip}
                return await target.screenshot(
                    type="jpeg", quality=70, timeout=SHOT_SECONDS * 1000, animations="disabled", **options
                )
        except (PlaywrightError, TimeoutError) as error:
            self.error = self.error or f"no screenshot: {_brief(error)}"
            return b""

    @property
    def tidy(self) -> bool:
        """Returns whether the tab may serve another page: this one did nothing that could still be going on."""
        return self._settled and not (self.lost or self.opened or self.dialogs or self.error or self.page.is_closed())

    async def leave(self) -> None:
        """Closes the windows of the page and what was still being done about it; the tab stays as it is."""
        for task in list(self._chores):
            task.cancel()
        for page, event, handler in self._handlers:
            page.remove_listener(event, handler)
        self._handlers.clear()
        for page in self.popups:
            await shut(page)

    # inside

    async def _request(self, url: str, referer: str) -> None:
        try:
            await self.page.goto(
                url, wait_until="domcontentloaded", timeout=self._seconds * 500, referer=referer or None
            )
        except PlaywrightTimeoutError:
            # A slow script holds DOMContentLoaded back; what is there may still be read.
            if not self._answers.get(self.page):
                self._outcome, self.error = self._refusal() or (FetchOutcome.TIMEOUT, "no answer in time")
        except PlaywrightError as error:
            self._raise_if_lost(error)
            self._judge(error)

    def _watch(self, page: Page) -> None:
        self._answers.setdefault(page, [])
        handlers: dict[str, Callable[[Any], None]] = {
            "request": self._on_request,
            "requestfinished": self._on_finished,
            "requestfailed": self._on_failed,
            "response": lambda response: self._on_response(page, response),
            "dialog": self._on_dialog,
            "popup": self._on_popup,
            "crash": lambda _: self._on_crash(),
        }
        for event, handler in handlers.items():
            page.on(event, handler)  # type: ignore[call-overload]  # playwright types each event by itself
            self._handlers.append((page, event, handler))

    def _on_request(self, request: Request) -> None:
        if request.resource_type in _WATCHED:
            self.requests += 1
            self._loading[request] = time.monotonic()

    def _on_finished(self, request: Request) -> None:
        self._loading.pop(request, None)

    def _on_failed(self, request: Request) -> None:
        self._loading.pop(request, None)
        why = request.failure or ""
        # A page that aborts its own requests, or was left, is no failure of the server.
        if request.resource_type in _WATCHED and "ERR_ABORTED" not in why and not _is_main(request):
            self._remember(FailedRequest(request.url, request.resource_type, 0, why))

    def _on_response(self, page: Page, response: Response) -> None:
        request = response.request
        if _is_main(request):
            self._answered = self._answered or time.monotonic() - self._started
            headers = response.headers
            kind = headers.get("content-type", "")
            self._answers.setdefault(page, []).append(
                (response.url, response.status, kind, headers.get("location", ""))
            )
        elif response.status >= 400 and request.resource_type in _WATCHED:
            self._remember(FailedRequest(response.url, request.resource_type, response.status))

    def _remember(self, failed: FailedRequest) -> None:
        if len(self._failed) < FAILED and failed not in self._failed:
            self._failed.append(failed)

    def _on_dialog(self, dialog: Dialog) -> None:
        if len(self.dialogs) < DIALOGS:
            self.dialogs.append(dialog.message[:200])
        self._do(dialog.dismiss())

    def _on_popup(self, popup: Page) -> None:
        self.opened += 1
        if len(self.popups) < self._allowed:
            self.popups.append(popup)
            self._watch(popup)
        else:
            self._do(popup.close())

    def _on_crash(self) -> None:
        self.gone.set()

    def _do(self, chore: Coroutine[Any, Any, None]) -> None:
        async def quietly() -> None:
            with contextlib.suppress(PlaywrightError):
                await chore

        task = asyncio.ensure_future(quietly())
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)

    def _raise_if_lost(self, error: PlaywrightError) -> None:
        if self.lost or self.page.is_closed() or "crashed" in error.message or "has been closed" in error.message:
            self.gone.set()
            raise error

    def _judge(self, error: PlaywrightError) -> None:
        message = error.message
        if "interrupted by another navigation" in message and "chrome-error" not in message:
            return  # the page went on by itself; settle() follows it
        if "Download is starting" in message or ("ERR_ABORTED" in message and self.status(self.page)):
            # The server answered with a file or with no content: that is its answer.
            self._outcome = outcome_of_status(self.status(self.page))
            self.error = "a download, refused"
            return
        self._outcome, self.error = outcome_of_error(message), _brief(error)
        if (refusal := self._refusal()) is not None and self._outcome is not FetchOutcome.TLS:
            self._outcome, self.error = refusal

    def _refusal(self) -> tuple[FetchOutcome, str] | None:
        """Returns what the gateway knows about the host that could not be reached."""
        answers = self._answers.get(self.page, [])
        last = answers[-1][3] if answers and answers[-1][3].startswith("http") else self.url
        passage = self._passage(*_endpoint(last))
        if passage is None or passage.outcome is FetchOutcome.OK:
            return None
        return passage.outcome, passage.why

    async def _ask_status(self, page: Page) -> None:
        # A window's first answer comes before the window is known here; its own record of it stays.
        with contextlib.suppress(PlaywrightError, TimeoutError):
            async with asyncio.timeout(EVALUATE_SECONDS):
                status = await page.evaluate(
                    "() => (performance.getEntriesByType('navigation')[0] || {}).responseStatus || 0"
                )
                if status:
                    self._answers.setdefault(page, []).append((page.url, int(status), "text/html", ""))

    async def _state(self, page: Page) -> list[Any] | None:
        try:
            async with asyncio.timeout(EVALUATE_SECONDS):
                state: list[Any] = await page.evaluate(_STATE)
                return state
        except TimeoutError:
            return None  # too busy to answer: not still
        except PlaywrightError as error:
            if page is self.page:
                self._raise_if_lost(error)
            return None  # on its way to another page

    async def _serialise_page(self, page: Page) -> str:
        for _ in range(3):
            try:
                async with asyncio.timeout(EVALUATE_SECONDS):
                    budget = [FRAMES]
                    return (await _serialise(page.main_frame, budget, inner=False))[:HTML_LIMIT]
            except TimeoutError:
                self.error = self.error or "the page was too busy to be read"
                return ""
            except PlaywrightError as error:
                if "mingcha: too many elements" in error.message:
                    self.error = self.error or f"the page has more than {ELEMENTS} elements"
                    return ""
                if page is self.page:
                    self._raise_if_lost(error)
                with contextlib.suppress(PlaywrightError):
                    await page.wait_for_load_state("domcontentloaded", timeout=3000)
        return ""


async def shut(page: Page) -> None:
    """Closes a tab or window, as far as the browser does so within a moment."""
    with contextlib.suppress(PlaywrightError, TimeoutError):
        async with asyncio.timeout(5):
            await page.close()


async def _serialise(frame: Frame, budget: list[int], *, inner: bool) -> str:
    html = await frame.evaluate(_SERIALISE, [inner, HTML_LIMIT, ELEMENTS])
    if not isinstance(html, str):  # the page has functions of its own where browsers have theirs
        return ""
    for child in frame.child_frames:
        if budget[0] <= 0 or child.is_detached():
            continue
        budget[0] -= 1
        try:
            async with asyncio.timeout(FRAME_SECONDS):
                element = await child.frame_element()
                index = await element.evaluate(_FRAME_INDEX)
                content = await _serialise(child, budget, inner=True)
        except (PlaywrightError, TimeoutError):
            continue  # the frame went away, shows an error page, or never comes to be (an object that is refused)
        marked = f'<div data-mingcha-frame="{child.url.replace(chr(34), "%22")}">{content}</div>'
        html = html.replace(f"<!--mingcha-frame {index} -->", marked, 1)
    return html


def _is_main(request: Request) -> bool:
    try:
        return request.is_navigation_request() and request.frame.parent_frame is None
    except PlaywrightError:
        return False  # a request without a page of its own, or of a page just being made


def _endpoint(url: str) -> tuple[str, int]:
    """Host and port as the browser asks the gateway for them: 2130706433 is 127.0.0.1 to it."""
    try:
        parsed = ada_url.URL(url)
    except ValueError:
        return "", 0
    return str(parsed.hostname), int(parsed.port or (443 if parsed.protocol == "https:" else 80))


def _brief(error: BaseException) -> str:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return text.removeprefix("Page.goto: ")[:200]

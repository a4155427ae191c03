"""The process one audit runs in: everything that needs a network, told by the bundle's header, journalled in it.

It prints one JSON object a line on stdout, {"event": "progress" | "stage" | "phase" | "log" | "window" | "done" |
"failed", ...}. The parent shows and logs them, enforces the deadline and judges what the bundle holds afterwards,
whatever happened here. SIGINT and SIGTERM end it in good order; so do the end of its standard input, which is the end
of its parent, and the end of the hours in which the portal may be asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import logging
import os
import signal
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from checks.base import CheckResult, Finding, Outcome, Severity
from crawler.gather import GatherOptions, gather
from crawler.net.window import Window
from crawler.phases import Phase, Phases, Watcher
from crawler.sitting import Sitting
from mingcha.garbage import collect_seldom
from mingcha.profile import Sampler, write_stacks
from portal.artifacts import Shot
from storage.bundle import Bundle, BundleError

# Screenshots are the dearest part of an audit: the most severe findings come first, the rest stay without.
SHOTS = 60


def main(words: list[str]) -> int:
    """Runs the audit of the bundle named by the first argument; the second is a JSON object about this sitting.

    It names files: see `Sitting`, and `profile`, where stacks go. Returns 0, 2 when nothing could be gathered, 130 when
    it was stopped before all was done.
    """
    folder = Path(words[0])
    named = {name: Path(path) for name, path in (json.loads(words[1]) if words[1:] else {}).items()}
    sitting = Sitting(
        requests=named.get("requests"),
        pace=named.get("pace"),
        known=named.get("known"),
        earlier=named.get("earlier"),
        accused=named.get("accused"),
    )
    form = "%(asctime)s %(name)s %(message)s"
    logging.basicConfig(filename=folder / "audit.log", level=logging.WARNING, format=form, force=True)
    logging.getLogger().addHandler(_ToParent())
    _end_with_parent()
    collect_seldom()
    sampler = Sampler("start") if "profile" in named else None
    try:
        with sampler or contextlib.nullcontext(), Bundle.open(folder) as bundle:
            asyncio.run(run(bundle, sitting, Telling(sampler)))
    except BundleError as error:
        emit("failed", why=str(error))
        return 2
    except (asyncio.CancelledError, KeyboardInterrupt):
        return 130
    finally:
        if sampler is not None:
            with contextlib.suppress(OSError):
                write_stacks(named["profile"], sampler.stacks())
    emit("done")
    return 0


def emit(event: str, **facts: Any) -> None:
    """Prints one event for the parent. Nobody left to read it is no failure: the parent's end stops us by itself."""
    with contextlib.suppress(OSError, ValueError):
        print(json.dumps({"event": event, **facts}, ensure_ascii=False, default=str), flush=True)


def _end_with_parent() -> None:
    """Stops in good order when standard input ends: it is a pipe of the parent, which never writes into it."""
    if not stat.S_ISFIFO(os.fstat(0).st_mode):
        return

    def watch() -> None:
        while os.read(0, 64):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def stop_at_closing(window: str, now: dt.datetime, call_later: Callable[[float, Callable[[], None]], object]) -> None:
    """Has this process stop in good order when the portal's hours end; from then on the limiter lets nothing out."""

    def stop() -> None:
        emit("window", window=window)
        os.kill(os.getpid(), signal.SIGTERM)

    if window:
        call_later(Window(window).closes_in(now), stop)


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """SIGINT and SIGTERM cancel what is done inside, where asyncio does not do so already."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, task.cancel)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


class Reporter:
    """Passes the crawler's progress on to the parent."""

    def __call__(self, **facts: Any) -> None:
        emit("progress", **facts)


class Telling:
    """Passes on what each phase took, and tells the sampler where it is."""

    def __init__(self, sampler: Sampler | None) -> None:
        self._sampler = sampler

    def began(self, name: str) -> None:
        """Has samples counted under the phase."""
        if self._sampler is not None:
            self._sampler.phase = name

    def over(self, phase: Phase) -> None:
        """Tells the parent."""
        emit("phase", **asdict(phase))


class _ToParent(logging.Handler):
    """Passes warnings on to the parent, which writes them into the log of events."""

    def emit(self, record: logging.LogRecord) -> None:
        emit("log", level=record.levelname.lower(), logger=record.name, message=record.getMessage()[:2000])


async def run(bundle: Bundle, sitting: Sitting, watcher: Watcher) -> None:
    """Gathers, looks again at suspects where that was asked for, and takes the screenshots."""
    options = bundle.header.options
    stop_at_closing(bundle.header.portal.window, dt.datetime.now(dt.UTC), asyncio.get_running_loop().call_later)
    only = frozenset(filter(None, options.get("only", "").split(",")))
    browser = options.get("browser") != "no"
    spacing = tuple(float(word) for word in options.get("spacing", "2,10,60").split(","))
    summary = await gather(
        bundle.header.portal,
        bundle.header.network,
        bundle,
        as_of=bundle.header.as_of,
        options=GatherOptions(
            use_browser=browser,
            rolling="rolling" in options,
            home_retries=spacing[:2],
            sitting=sitting,
            watcher=watcher,
        ),
        progress=Reporter(),
    )
    if summary.stopped_by in {"interrupted", "deadline"}:
        return
    with _stopped_by_signals():
        # A second look asks for itself.
        again = replace(sitting, known=None)
        phases = Phases(again.counts, watcher)
        await look_closer(bundle, only, spacing, browser=browser, sitting=again, phases=phases)


async def look_closer(
    bundle: Bundle,
    only: frozenset[str],
    spacing: tuple[float, ...],
    *,
    browser: bool,
    sitting: Sitting,
    phases: Phases,
) -> None:
    """Looks again at suspects where that was asked for, and takes the screenshots that are missing."""
    stages = bundle.stages()
    confirming = bundle.header.options.get("confirm") == "now" and "confirm" not in stages
    if not confirming and ("proof" in stages or not browser):
        return
    bundle.complete_links()
    from mingcha.judging import judge_bundle
    from mingcha.rechecks.second_look import note_unseen, open_accused, take_screenshots, try_again

    if confirming:
        emit("stage", name="confirm")
        over = phases.begin("confirm")
        with bundle.together():  # half a second look, and another whole one later, would count as more than two
            found = judge_bundle(bundle, only=only or None)
            await try_again(bundle, found, spacing, browser=browser, sitting=sitting)
            bundle.mark("confirm", dt.datetime.now(dt.UTC))
        over()
    if "proof" not in stages and browser:
        emit("stage", name="proof")
        over = phases.begin("proof")
        found = judge_bundle(bundle, only=only or None)
        opened, unseen = await open_accused(bundle, found, sitting), await note_unseen(bundle, found, sitting)
        if opened or unseen:
            found = judge_bundle(bundle, only=only or None)
        wanted = [f for f in worst_first(found.results)[:SHOTS] if bundle.get(Shot, f.fingerprint) is None]
        await take_screenshots(bundle, wanted, sitting)
        bundle.mark("proof", dt.datetime.now(dt.UTC))
        over()


def worst_first(results: tuple[CheckResult, ...]) -> list[Finding]:
    """Returns all findings, the most severe and certain first."""
    rank = {Severity.VETO: 0, Severity.DEDUCT: 1, Severity.NOTICE: 2}
    findings = [finding for result in results for finding in result.findings]
    return sorted(findings, key=lambda f: (rank[f.severity], f.outcome is not Outcome.FAIL, f.fingerprint))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

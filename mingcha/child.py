"""The process one audit runs in: everything that needs a network, told by the bundle's header, journalled in it.

It prints one JSON object a line on stdout: {"event": "progress" | "stage" | "done" | "failed", ...}. The parent shows
them, enforces the deadline and judges what the bundle holds afterwards, whatever happened here.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import sys
from pathlib import Path
from typing import Any

from checks.base import CheckResult, Finding, Outcome, Severity
from crawler.gather import GatherOptions, gather
from mingcha.judging import judge_bundle
from storage.bundle import Bundle, BundleError

# Screenshots are the dearest part of an audit: the most severe findings come first, the rest stay without.
SHOTS = 60


def main(words: list[str]) -> int:
    """Runs the audit of the bundle named by the only argument. Returns 0, or 2 when nothing could be gathered."""
    folder = Path(words[0])
    logging.basicConfig(filename=folder / "audit.log", level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    try:
        with Bundle.open(folder) as bundle:
            asyncio.run(run(bundle))
    except BundleError as error:
        emit("failed", why=str(error))
        return 2
    emit("done")
    return 0


def emit(event: str, **facts: Any) -> None:
    """Prints one event for the parent."""
    print(json.dumps({"event": event, **facts}, ensure_ascii=False, default=str), flush=True)


class Reporter:
    """Passes the crawler's progress on to the parent."""

    def __call__(self, **facts: Any) -> None:
        emit("progress", **facts)


async def run(bundle: Bundle) -> None:
    """Gathers, looks again at suspects where that was asked for, and takes the screenshots."""
    options = bundle.header.options
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
            home_retries=spacing[:2],
            requests_log=Path(options["requests"]) if options.get("requests") else None,
        ),
        progress=Reporter(),
    )
    if summary.stopped_by in {"interrupted", "deadline"}:
        return
    from mingcha.second_look import take_screenshots, try_again

    stages = bundle.stages()
    if options.get("confirm") == "now" and "confirm" not in stages:
        emit("stage", name="confirm")
        await try_again(bundle, judge_bundle(bundle, only=only or None), spacing, browser=browser)
        bundle.mark("confirm", dt.datetime.now(dt.UTC))
    if "proof" not in stages and browser:
        emit("stage", name="proof")
        results = judge_bundle(bundle, only=only or None).results
        await take_screenshots(bundle, worst_first(results)[:SHOTS])
        bundle.mark("proof", dt.datetime.now(dt.UTC))


def worst_first(results: tuple[CheckResult, ...]) -> list[Finding]:
    """Returns all findings, the most severe and certain first."""
    rank = {Severity.VETO: 0, Severity.DEDUCT: 1, Severity.NOTICE: 2}
    findings = [finding for result in results for finding in result.findings]
    return sorted(findings, key=lambda f: (rank[f.severity], f.outcome is not Outcome.FAIL, f.fingerprint))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

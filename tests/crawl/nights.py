"""Nights over one portal that changes between them: pages with validators of every sort, and two audits to compare."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Callable
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from checks.base import Finding
from crawler.gather import GatherOptions, gather
from crawler.progress import silent
from crawler.sitting import Sitting
from mingcha.judging import judge_bundle
from portal.artifacts import Attempt, ColumnRecord, GatherSummary, LinkRecord, PageRecord
from portal.model import Portal
from storage.bundle import Bundle, Header
from tests.crawl.site import Page, Site, portal

LONG_AGO = dt.datetime(2026, 2, 1, 8, tzinfo=dt.UTC)
EPOCH = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
FIRST = dt.date(2026, 3, 2)


def page(body: str, sort: str, modified: dt.datetime = LONG_AGO) -> Page:
    """Returns a page that answers as a server of that sort.

    Sorts: etag, weak, modified, both, neither; restless (an ETag of its own for every answer); liar (304 to whatever
    has a condition); confused (304 with another version's ETag); mute (304 to everything but a no-cache request).
    """
    tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:16]}"'
    stamp = format_datetime(modified, usegmt=True)
    asked = [0]

    def answer(request: web.Request) -> web.Response:
        asked[0] += 1
        etag = {"etag": tag, "weak": f"W/{tag}", "both": tag, "liar": '"1"', "confused": tag}.get(sort, "")
        if sort == "restless":
            etag = f'"{asked[0]}"'
        headers = {"ETag": etag} if etag else {}
        if sort in {"modified", "both"}:
            headers["Last-Modified"] = stamp
        given, since = request.headers.get("If-None-Match", ""), request.headers.get("If-Modified-Since", "")
        same = bool(given and given == etag) or bool(not given and since and since == headers.get("Last-Modified"))
        if sort == "confused" and given:
            return web.Response(status=304, headers={"ETag": '"of another version"'})
        if same or (sort == "mute" and "no-cache" not in request.headers.get("Cache-Control", "")):
            return web.Response(status=304, headers=headers)
        return web.Response(text=body, content_type="text/html", charset="utf-8", headers=headers)

    return answer


async def night(
    site: Site,
    folder: Path,
    day: int,
    *,
    earlier: Path | None = None,
    accused: Path | None = None,
    entry: Portal | None = None,
    **options: Any,
) -> GatherSummary:
    """Gathers the site into a bundle as the audit of the `day`-th day, and closes it as one that was told."""
    entry = entry or portal(concurrency=1)
    as_of = FIRST + dt.timedelta(days=day)
    started = dt.datetime.combine(as_of, dt.time(1), dt.UTC)
    if (folder / "bundle.sqlite").exists():
        bundle = Bundle.open(folder)
    else:
        bundle = Bundle.create(folder, Header(f"shilou-{day}", entry, site.network(), as_of, started, "seed", "test"))
    with bundle:
        summary = await gather(
            entry,
            site.network(),
            bundle,
            as_of=as_of,
            options=GatherOptions(
                use_browser=False, home_retries=(), sitting=Sitting(earlier=earlier, accused=accused), **options
            ),
            progress=silent,
        )
        bundle.mark("told", started)
    return summary


def records(folder: Path) -> dict[str, Any]:
    """Returns what was gathered, without what two audits of the same thing may differ in: times and proofs."""
    with Bundle.open(folder, write=False) as bundle:
        pages = {record.url: _page(record) for record in bundle.all(PageRecord)}
        links = {record.url: _link(record) for record in bundle.all(LinkRecord)}
        columns = {record.url: record for record in bundle.all(ColumnRecord)}
        kept = {url: bundle.links_of(url) for url in pages}
    return {"pages": pages, "links": links, "columns": columns, "links of pages": kept}


def verdicts(folder: Path) -> list[Any]:
    """Returns what the checks say, without proofs and times of the day."""
    with Bundle.open(folder) as bundle:
        results = judge_bundle(bundle).results
    return [dataclasses.replace(one, rows=(), findings=tuple(map(_finding, one.findings))) for one in results]


def _finding(finding: Finding) -> Finding:
    facts = {name: value for name, value in finding.facts.items() if name not in ("history", "attempts")}
    return dataclasses.replace(finding, evidence=(), message="", facts=facts)


def evidence(folder: Path, use: Callable[[PageRecord, bytes], None]) -> int:
    """Shows the proof of every page that has one; returns how many there are."""
    count = 0
    with Bundle.open(folder, write=False) as bundle:
        for record in bundle.all(PageRecord):
            if record.fetch.evidence:
                use(record, bundle.blob(record.fetch.evidence))
                count += 1
    return count


def _page(record: PageRecord) -> PageRecord:
    copy = record.copy and msgspec.structs.replace(record.copy, received=EPOCH, times=0, etag="")
    return msgspec.structs.replace(record, fetch=_attempt(record.fetch), copy=copy)


def _link(record: LinkRecord) -> LinkRecord:
    return msgspec.structs.replace(record, attempts=tuple(_attempt(attempt) for attempt in record.attempts))


def _attempt(attempt: Attempt) -> Attempt:
    status = 200 if attempt.status == 304 else attempt.status
    return msgspec.structs.replace(
        attempt, at=EPOCH, elapsed=0.0, evidence="", status=status, unchanged_since=None, known=False
    )

"""The crawl's own reading has a limit of computing time: one page does not keep the others waiting."""

from __future__ import annotations

import datetime as dt
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from crawler import reading
from crawler.crawl import answers, crawl
from crawler.crawl.frontier import Rank, Visit
from crawler.crawl.scope import Scope
from crawler.net.message import Fetched
from crawler.net.sniff import sniff
from crawler.reading import in_time
from portal.artifacts import Absence, Attempt, FetchOutcome, Level, PageRecord
from portal.facts import PageFacts
from portal.html import Document
from portal.page import read_document
from tests.crawl.drive import whole
from tests.crawl.site import HOST, portal, serve, small_portal

AT = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)


def endless(doc: Document, **said: Any) -> PageFacts:
    """Reads a page; of one, never comes to an end."""
    while doc.url.endswith("/tzgg/4.html"):
        sum(range(1000))
    return read_document(doc, **said)


async def test_a_page_that_takes_too_long_to_read_is_there_and_not_read_and_the_others_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serve(small_portal()) as site:
        monkeypatch.setattr(crawl, "in_time", partial(in_time, 1.0))
        monkeypatch.setattr(answers, "read_document", endless)
        with await whole(site, tmp_path / "b") as bundle:
            pages = {page.url: page for page in bundle.all(PageRecord)}
    slow = pages.pop(f"http://{HOST}/tzgg/4.html")
    assert (slow.fetch.outcome, slow.facts, slow.skipped) == (FetchOutcome.OK, None, Absence.ERROR)
    assert "not read" in slow.fetch.error
    assert {url for url, page in pages.items() if page.facts is None} == {f"http://{HOST}/gone.html"}


def test_a_page_that_breaks_its_reader_is_known_without_being_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_: Fetched) -> Attempt:
        raise RecursionError("deep")

    attempt = Attempt(AT, "get", FetchOutcome.OK, 200, f"http://{HOST}/")
    assert reading.described(Fetched(attempt, b"<html>")) == attempt
    monkeypatch.setattr(reading, "describe", breaks)
    assert reading.described(Fetched(attempt)).outcome is FetchOutcome.OK
    assert reading.described(Fetched(attempt)).error == "not read: RecursionError"


@pytest.mark.parametrize(
    ("outcome", "status", "body", "sign"),
    [
        (FetchOutcome.SERVER_ERROR, 503, "<html><p>网站正在维护，请稍后访问", "working:words"),
        (FetchOutcome.OK, 200, '{"code":500,"msg":"系统繁忙，请稍后再试"}', "working:busy"),
    ],
)
def test_what_the_portal_itself_says_will_be_over_is_read_of_any_answer(
    outcome: FetchOutcome, status: int, body: str, sign: str
) -> None:
    url, data = f"http://{HOST}/a.html", body.encode()
    attempt = Attempt(AT, "get", outcome, status, final_url=url, sniffed=sniff(data))
    visit = Visit(url, url, Rank.ITEM, Level.OTHER)
    _, described = answers.facts_of(visit, Fetched(attempt, data), Scope(portal()), AT.date())
    assert described.signs == (sign,)

"""The crawl's own reading has a limit of computing time: one page does not keep the others waiting."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from crawler import crawl
from crawler.reading import in_time
from portal.artifacts import Absence, FetchOutcome, PageRecord
from tests.crawl.drive import whole
from tests.crawl.site import HOST, html, serve, small_portal

SLOW = html("专题专栏", "<h1>专题专栏</h1>" + "<i style='display:none'>x</i>" * 20_000)


async def test_a_page_that_takes_too_long_to_read_is_there_and_not_read_and_the_others_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serve(small_portal()) as site:
        monkeypatch.setattr(crawl, "in_time", partial(in_time, 1.0))
        site.pages["/tzgg/4.html"] = SLOW
        with await whole(site, tmp_path / "b") as bundle:
            pages = {page.url: page for page in bundle.all(PageRecord)}
    slow = pages.pop(f"http://{HOST}/tzgg/4.html")
    assert (slow.fetch.outcome, slow.facts, slow.skipped) == (FetchOutcome.OK, None, Absence.ERROR)
    assert "not read" in slow.fetch.error
    assert {url for url, page in pages.items() if page.facts is None} == {f"http://{HOST}/gone.html"}

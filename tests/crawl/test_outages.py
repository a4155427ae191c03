"""Outages of a portal: what was lost in one is asked for again, what is broken by itself is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web

from crawler import outages
from crawler.frontier import Rank, Visit
from crawler.outages import LEAST, PAUSES, Outages
from portal.artifacts import FetchOutcome, Level, PageRecord
from tests.crawl.drive import whole
from tests.crawl.site import HOST, Page, Site, serve, small_portal


def visit(number: int, rank: Rank = Rank.ITEM) -> Visit:
    return Visit(f"http://a.cn/{number}", f"http://a.cn/{number}", rank, Level.SECOND, branch=f"{number % 2}")


def test_several_in_a_row_are_an_outage_and_asked_for_again_once() -> None:
    seen = Outages()
    for number in range(LEAST):
        seen.lost(visit(number))
    assert seen.over(visit(99)) == [visit(number) for number in range(LEAST)]
    for number in range(LEAST + 1):
        seen.lost(visit(number))
    assert seen.over(visit(99)) == [visit(LEAST)]
    assert seen.over(visit(99)) == []


def test_fewer_are_pages_that_fail_by_themselves() -> None:
    seen = Outages()
    for number in range(10):
        seen.lost(visit(number))
        if number % (LEAST - 1):
            assert seen.over(visit(99)) == []


def test_what_comes_by_one_way_fails_by_itself() -> None:
    seen = Outages()
    for number in range(0, 20, 2):
        seen.lost(visit(number))
    assert seen.look() is None
    assert seen.over(visit(99)) == []


def test_asking_again_in_vain_comes_to_an_end() -> None:
    seen = Outages()
    for number in range(LEAST):
        assert not seen.hopeless
        seen.lost(visit(number, Rank.LOST))
    assert seen.hopeless
    assert seen.look() is None
    seen.over(visit(99))
    assert seen.hopeless  # other pages never were in question
    seen.over(visit(LEAST, Rank.LOST))
    assert not seen.hopeless


def test_whether_it_is_over_is_looked_at_a_few_times_by_one_page() -> None:
    seen = Outages()
    assert seen.look() is None
    for number in range(LEAST):
        seen.lost(visit(number))
    assert [seen.look() for _ in PAUSES] == [(visit(0), pause) for pause in PAUSES]
    assert seen.look() is None


def out_of_order(site: Site, failing: Callable[[int], bool]) -> None:
    """Makes the site fail requests, by their numbers (robots.txt does not count and is always answered)."""

    def gated(page: Page) -> Page:
        def answer(_: web.Request) -> Page:
            number = sum(path != "/robots.txt" for _, path in site.requests)
            return web.Response(status=500, text="错误") if failing(number) else page

        return answer  # type: ignore[return-value]  # no page of this portal is a function

    site.pages = {path: gated(page) for path, page in site.pages.items()}


def broken(bundle_pages: list[PageRecord]) -> list[str]:
    return sorted(page.url for page in bundle_pages if page.fetch.outcome is FetchOutcome.SERVER_ERROR)


@pytest.mark.parametrize("last", [15, 0], ids=["in the middle", "up to the end"])
async def test_pages_lost_in_an_outage_are_read_after_it(
    last: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outages, "PAUSES", (0.0, 0.0))
    async with serve(small_portal()) as site:
        with await whole(site, tmp_path / "peace") as bundle:
            peace = {page.url for page in bundle.all(PageRecord)}
        site.requests.clear()
        out_of_order(site, lambda n: 6 <= n < last if last else n >= 20 and max(site.gets().values()) < 2)
        with await whole(site, tmp_path / "outage") as bundle:
            pages = list(bundle.all(PageRecord))
            assert broken(pages) == []
            assert {page.url for page in pages} == peace
        assert max(site.gets().values()) == 2


async def test_a_page_that_is_broken_by_itself_is_asked_for_once(tmp_path: Path) -> None:
    async with serve(small_portal()) as site:
        site.pages["/tzgg/4.html"] = lambda _: web.Response(status=500, text="错误")
        with await whole(site, tmp_path / "b") as bundle:
            assert broken(list(bundle.all(PageRecord))) == [f"http://{HOST}/tzgg/4.html"]
        assert site.gets()["/tzgg/4.html"] == 1


async def test_pages_that_only_seem_lost_in_an_outage_are_not_all_asked_for_again(tmp_path: Path) -> None:
    async with serve(small_portal()) as site:
        names = [f"/{folder}/{number}.html" for folder in ("tzgg", "zcwj") for number in range(3, 11)]
        site.pages |= {name: lambda _: web.Response(status=500, text="错误") for name in names}
        with await whole(site, tmp_path / "b") as bundle:
            assert broken(list(bundle.all(PageRecord))) == sorted(f"http://{HOST}{name}" for name in names)
        again = sum(site.gets()[name] - 1 for name in names)
        assert LEAST <= again <= LEAST + 8 < len(names)  # those under way when it became clear


async def test_an_outage_without_end_costs_a_few_requests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outages, "PAUSES", (0.0, 0.0))
    async with serve(small_portal()) as site:
        out_of_order(site, lambda n: n >= 20)
        with await whole(site, tmp_path / "b") as bundle:
            failed = broken(list(bundle.all(PageRecord)))
        asked = site.gets()
        assert sum(asked[url.removeprefix(f"http://{HOST}")] - 1 for url in failed) <= len(PAUSES) + 3

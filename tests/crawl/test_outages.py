"""Outages of a portal: what was lost in one is asked for again, what is broken by itself is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web

from crawler.crawl import outages
from crawler.crawl.census import Entry, Fate
from crawler.crawl.crawl import Crawl
from crawler.crawl.frontier import Rank, Visit
from crawler.crawl.outages import LEAST, PAUSES, Outages
from crawler.crawl.passes import run_pass
from crawler.net.message import Fetched, FetchRequest
from portal.artifacts import FetchOutcome, Level, LinkRecord, PageRecord
from storage.bundle import Bundle
from tests.crawl.drive import opened, whole
from tests.crawl.site import HOST, Answer, Page, Site, article, serve, small_portal


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
    assert seen.look(Visit) is None
    assert seen.over(visit(99)) == []


def test_asking_again_in_vain_comes_to_an_end() -> None:
    seen = Outages()
    for number in range(LEAST):
        assert not seen.hopeless
        seen.lost(visit(number, Rank.LOST))
    assert seen.hopeless
    assert seen.look(Visit) is None
    seen.over(visit(99))
    assert seen.hopeless  # other pages never were in question
    seen.over(visit(LEAST, Rank.LOST))
    assert not seen.hopeless


def test_whether_it_is_over_is_looked_at_a_few_times_by_one_page() -> None:
    seen = Outages()
    assert seen.look(Visit) is None
    for number in range(LEAST):
        seen.lost(visit(number))
    assert [seen.look(Visit) for _ in PAUSES] == [(visit(0), pause) for pause in PAUSES]
    assert seen.look(Visit) is None


def file(number: int) -> Entry:
    url = f"http://a.cn/{number}.pdf"
    return Entry(url, url, True, Fate.VERIFY, Level.SECOND, page=f"http://a.cn/{number % 2}")


def test_links_are_lost_and_asked_for_again_like_pages() -> None:
    seen = Outages()
    lost: list[Visit | Entry] = [visit(0), file(1), file(2)]
    for one in lost:
        seen.lost(one)
    assert seen.look(Entry) == (lost[1], PAUSES[0])
    assert seen.over(file(1)) == [lost[0], lost[2]]
    assert not seen.given_up(file(2))
    for number in range(LEAST):
        seen.lost(visit(number + 10, Rank.LOST))
    assert seen.given_up(file(2)) and not seen.given_up(file(2))


def test_whoever_goes_on_knows_what_was_lost() -> None:
    seen, again = Outages(), Outages()
    for number in range(LEAST):
        seen.lost(file(number))
    seen.over(file(99))
    for number in range(LEAST):
        seen.lost(visit(number))
    state = json.loads(json.dumps(seen.state()))
    visits, files = {one.key: one for one in map(visit, range(LEAST))}, {one.key: one for one in map(file, range(9))}
    assert again.restore(state, visits, files.get) == [files[file(number).key] for number in range(LEAST)]
    again.lost(files[file(0).key])
    assert again.over(visit(99)) == list(visits.values())


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


async def test_pages_lost_in_an_outage_are_read_by_whoever_goes_on_after_a_kill(tmp_path: Path) -> None:
    async with serve(small_portal()) as site:
        pages = dict(site.pages)
        out_of_order(site, lambda n: n >= 8)
        async with opened(site, tmp_path / "b") as crawl:
            await crawl_until(crawl, lambda: len(site.requests) >= 16)
        with Bundle.open(tmp_path / "b") as bundle:
            assert len(broken(list(bundle.all(PageRecord)))) >= LEAST
        site.pages = pages
        with await whole(site, tmp_path / "b") as bundle:
            assert broken(list(bundle.all(PageRecord))) == []


async def crawl_until(crawl: Crawl, enough: Callable[[], bool]) -> None:
    """Reads pages until that many are asked for, and writes them down; what is under way comes to its end."""
    ask = crawl.fetcher.fetch

    async def fetch(request: FetchRequest) -> Fetched:
        if enough():
            crawl.stop("interrupted")
        return await ask(request)

    crawl.fetcher.fetch = fetch  # type: ignore[method-assign]  # stops, and changes nothing else
    await run_pass(crawl)
    await crawl.links.stop(0.0)
    crawl.flush()


FILES = 8


def with_files() -> dict[str, Page]:
    """Returns the small portal with a file of its own on some of its pages."""
    pages = small_portal()
    for number in range(1, FILES + 1):
        pages[f"/tzgg/{number}.html"] = article(number, f"<a href='/files/{number}.pdf'>附件：登记表{number}.pdf</a>")
        pages[f"/files/{number}.pdf"] = b"%PDF-1.4 " + b"0" * 600
    return pages


async def pages_first(crawl: Crawl) -> None:
    """Reads all pages before the first link is asked for: none tells then that the portal is well."""
    waiting: list[Entry] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crawl.links, "submit", waiting.append)
        await run_pass(crawl)
    for link in waiting:
        crawl.links.submit(link)


@pytest.mark.parametrize("lasting", [FILES - 2, FILES], ids=["in the middle", "up to the end"])
async def test_files_lost_in_an_outage_are_asked_for_after_it(
    lasting: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outages, "PAUSES", (0.0, 0.0))
    async with serve(with_files()) as site:
        failed: set[str] = set()

        def gated(path: str, data: Page) -> Page:
            def answer(_: web.Request) -> Answer:
                if len(failed) < lasting:
                    failed.add(path)
                    return web.Response(status=500, text="错误")
                return web.Response(body=data, content_type="application/pdf")

            return answer

        names = [f"/files/{number}.pdf" for number in range(1, FILES + 1)]
        site.pages |= {name: gated(name, site.pages[name]) for name in names}
        async with opened(site, tmp_path / "b") as crawl:
            await pages_first(crawl)
            await crawl.links.drain()
            await crawl.linking.see_through()
            crawl.flush()
        with Bundle.open(tmp_path / "b") as bundle:
            for name in names:
                link = bundle.get(LinkRecord, f"http://{HOST}{name}")
                assert link is not None and link.attempts[-1].outcome is FetchOutcome.OK
                assert (link.attempts[0].outcome is FetchOutcome.OK) == (name not in failed)


async def test_files_that_are_broken_by_themselves_are_asked_for_again_a_few_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outages, "PAUSES", (0.0, 0.0))
    async with serve(with_files()) as site:
        names = [f"/files/{number}.pdf" for number in range(1, FILES + 1)]
        site.pages |= {name: lambda _: web.Response(status=500, text="错误") for name in names}
        async with opened(site, tmp_path / "b") as crawl:
            await pages_first(crawl)
            await crawl.links.drain()
            await crawl.linking.see_through()
            crawl.flush()
        with Bundle.open(tmp_path / "b") as bundle:
            links = [bundle.get(LinkRecord, f"http://{HOST}{name}") for name in names]
            assert all(link and link.attempts[-1].outcome is FetchOutcome.SERVER_ERROR for link in links)
        again = sum(site.count(name) - 2 for name in names)  # a range, then the whole
        assert again <= 2 * (LEAST + len(PAUSES) + 4)

"""A rolling audit asks for what has its turn: all of it in n nights; the rest is dated; findings come first."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from aiohttp import web

from checks.base import CheckResult, Outcome
from mingcha.judging import judge_bundle
from portal.artifacts import FetchOutcome, GatherSummary, LinkRecord, PageRecord
from storage.bundle import Bundle
from tests.crawl.nights import EPOCH, FIRST, night, page, records, verdicts
from tests.crawl.site import HOST, Page, Site, article, portal, serve, small_portal

NIGHTS = 4
ENTRY = portal(concurrency=1, census_nights=NIGHTS)
EVERY = {"/", "/xwzx/", "/tzgg/", "/zcwj/", *(f"/xwzx/{n}.html" for n in range(1, 5))}  # second level: on the home page


def validated(pages: dict[str, Page]) -> dict[str, Page]:
    return {path: page(body, "both") if isinstance(body, str) else body for path, body in pages.items()}


async def nights(site: Site, folder: Path, days: range) -> dict[int, set[str]]:
    """Gathers night after night, each on the one before; returns what was asked for."""
    asked: dict[int, set[str]] = {}
    for day in days:
        before = len(site.requests)
        earlier = folder / str(day - 1) if day > days.start else None
        await night(site, folder / str(day), day, earlier=earlier, entry=ENTRY, rolling=True)
        asked[day] = {path for _, path in site.requests[before:]}
    return asked


def address(path: str) -> str:
    return f"http://{HOST}{path}"


def read(folder: Path) -> tuple[dict[str, PageRecord], dict[str, LinkRecord], GatherSummary, tuple[CheckResult, ...]]:
    with Bundle.open(folder) as bundle:
        summary = bundle.get(GatherSummary, "summary")
        assert summary is not None
        pages = {one.url: one for one in bundle.all(PageRecord)}
        links = {one.url: one for one in bundle.all(LinkRecord)}
        return pages, links, summary, judge_bundle(bundle).results


def broken(results: tuple[CheckResult, ...]) -> CheckResult:
    return next(one for one in results if one.check == "broken_links")


async def test_every_page_and_link_has_its_turn_within_the_round(tmp_path: Path) -> None:
    async with serve(validated(small_portal())) as site:
        asked = await nights(site, tmp_path, range(2 * NIGHTS))
        everything = {path for path in site.pages if path not in {"/", "/out"}} | {"/gone.html", "/out"}
    probes = {"/", "/robots.txt"}
    assert everything <= asked[0]
    for day in range(1, 2 * NIGHTS):
        assert asked[day] >= EVERY
        assert len(asked[day] & everything) < 0.75 * len(everything)
    for start in (1, 2, NIGHTS):
        seen = set().union(*(asked[day] for day in range(start, start + NIGHTS)))
        assert everything - seen - probes == set()


async def test_what_had_no_turn_is_dated_and_neither_accuses_nor_clears(tmp_path: Path) -> None:
    async with serve(validated(small_portal())) as site:
        await nights(site, tmp_path, range(3))
    whole, before, _, full = read(tmp_path / "0")
    for day in (1, 2):
        pages, links, summary, results = read(tmp_path / str(day))
        assert pages.keys() == whole.keys()
        assert links.keys() == before.keys()
        assert {url: link.count for url, link in links.items()} == {url: link.count for url, link in before.items()}
        carried = {url for url, one in pages.items() if one.carried}
        assert len(carried) == summary.carried_pages > 15
        for url in carried:
            record = pages[url]
            assert record.carried is not None and record.carried < FIRST + dt.timedelta(days=day)
            assert record.fetch.known and record.fetch.at <= whole[url].fetch.at + dt.timedelta(days=1)
            assert record.columns == whole[url].columns
        verdict, said = broken(results), broken(full)
        assert verdict.coverage.skipped["carried"] == verdict.metrics["carried"] > 15
        assert 0 < verdict.metrics["carried_days"] <= day
        assert verdict.coverage.intended == said.coverage.intended
        assert verdict.coverage.measured + verdict.coverage.skipped["carried"] == said.coverage.measured
        passed = {key.rpartition(" ")[2] for key in verdict.coverage.passed}
        assert not passed & {url for url, link in links.items() if link.carried}
        for name in ("links", "checked", "checked_home", "checked_other", "broken_share", "suspect"):
            assert verdict.metrics[name] == said.metrics[name], name
        assert {one.subject for one in verdict.findings} == {one.subject for one in said.findings}


async def test_what_broke_out_of_turn_is_found_when_its_turn_comes_and_not_before(tmp_path: Path) -> None:
    gone = ("/tzgg/9.html", "/zcwj/11.html", "/xwzx/12.html")
    async with serve(validated(small_portal())) as site:
        await nights(site, tmp_path, range(1))
        for path in gone:
            del site.pages[path]
        found: Counter[str] = Counter()
        for day in range(1, NIGHTS + 1):
            before = len(site.requests)
            await night(site, tmp_path / str(day), day, earlier=tmp_path / str(day - 1), entry=ENTRY, rolling=True)
            asked = {path for _, path in site.requests[before:]}
            _, links, _, results = read(tmp_path / str(day))
            for path in gone:
                link = links[address(path)]
                failed = any(one.subject == link.url for one in broken(results).findings)
                assert failed == (path in asked) == (link.attempts[-1].outcome is FetchOutcome.NOT_FOUND)
                found[path] += failed
    assert set(found) == set(gone)
    assert all(found[path] >= 1 for path in gone)


async def test_what_was_not_good_is_asked_every_night(tmp_path: Path) -> None:
    async with serve(validated(small_portal())) as site:
        del site.pages["/tzgg/9.html"]
        asked = await nights(site, tmp_path, range(NIGHTS))
    assert all("/tzgg/9.html" in each and "/gone.html" in each for each in asked.values())


async def test_new_pages_and_lists_that_moved_on_are_read_at_once(tmp_path: Path) -> None:
    pages = small_portal()
    async with serve(validated(pages)) as site:
        await nights(site, tmp_path, range(1))
        column = pages["/tzgg/"]
        assert isinstance(column, str)
        body = column.replace(
            "<ul class='news'>", "<ul class='news'><li><a href='/tzgg/77.html'>新印发的通知事项</a></li>"
        )
        site.pages["/tzgg/"] = page(body, "both", dt.datetime(2026, 3, 1, tzinfo=dt.UTC))
        site.pages["/tzgg/77.html"] = page(article(77), "both")
        before = len(site.requests)
        await night(site, tmp_path / "1", 1, earlier=tmp_path / "0", entry=ENTRY, rolling=True)
        asked = [path for _, path in site.requests[before:]]
    assert {"/tzgg/", "/tzgg/77.html", "/tzgg/index_2.html"} <= set(asked)


async def test_findings_come_first_and_what_is_left_is_owed_and_comes_first_the_next_night(tmp_path: Path) -> None:
    accused = [address("/zcwj/10.html"), address("/tzgg/8.html")]
    (tmp_path / "accused.json").write_text(json.dumps(accused))
    async with serve(validated(small_portal())) as site:
        await nights(site, tmp_path, range(1))
        before = len(site.requests)
        summary = await night(
            site,
            tmp_path / "1",
            1,
            earlier=tmp_path / "0",
            accused=tmp_path / "accused.json",
            entry=ENTRY,
            rolling=True,
            max_requests=10,
        )
        asked = [path for _, path in site.requests[before:] if path.endswith((".html", "/"))]
        assert summary.stopped_by == "budget_requests"
        assert asked[:3] == ["/", "/zcwj/10.html", "/tzgg/8.html"]
        pages, links, _, results = read(tmp_path / "1")
        owed = {url for url, one in pages.items() if one.owed} | {url for url, one in links.items() if one.owed}
        assert {address("/xwzx/4.html")} <= owed
        # What was never good has nothing to be carried over; it is said to be over the budget.
        assert {link.url for link in links.values() if not link.attempts} <= {
            address("/user/logout.do"),
            address("/gone.html"),
        }
        assert broken(results).outcome is not Outcome.ERROR
        before = len(site.requests)
        await night(site, tmp_path / "2", 2, earlier=tmp_path / "1", entry=ENTRY, rolling=True)
        asked = [path for _, path in site.requests[before:]]
    assert {url.removeprefix(f"http://{HOST}") for url in owed if HOST in url} <= set(asked)


async def test_without_an_audit_before_a_rolling_one_is_whole(tmp_path: Path) -> None:
    async with serve(small_portal()) as site:
        await night(site, tmp_path / "whole", 0)
        summary = await night(site, tmp_path / "rolling", 0, rolling=True)
    assert records(tmp_path / "whole") == records(tmp_path / "rolling")
    assert (summary.carried_pages, summary.carried_links, summary.carried_since) == (0, 0, None)


async def test_a_link_that_fails_is_charged_to_no_page_that_was_not_looked_at(tmp_path: Path) -> None:
    """The page was repaired together with the file's removal: whichever has its turn first, nobody is accused."""
    path, file = "/zcwj/9.html", "/files/annex.pdf"
    async with serve(validated(small_portal())) as site:
        site.pages[path] = page(article(9, f"<a href='{file}'>附件</a>"), "both")
        site.pages[file] = b"%PDF-1.4" + b"0" * 5000
        await nights(site, tmp_path, range(1))
        site.pages[path] = page(article(9), "both", dt.datetime(2026, 3, 1, tzinfo=dt.UTC))
        del site.pages[file]
        gone = False
        for day in range(1, NIGHTS + 1):
            before = len(site.requests)
            await night(site, tmp_path / str(day), day, earlier=tmp_path / str(day - 1), entry=ENTRY, rolling=True)
            asked = {asked for _, asked in site.requests[before:]}
            _, every, _, results = read(tmp_path / str(day))
            links = {url: link for url, link in every.items() if link.count}
            assert address(file) not in {one.subject for one in broken(results).findings}
            assert file not in asked or path in asked
            link = links.get(address(file))
            gone = gone or path in asked
            assert link is None if gone else (link is not None and link.carried is not None)
        assert gone


@pytest.mark.parametrize("at", [2, 7, 13, 19, 25])
async def test_a_killed_rolling_night_goes_on_to_the_same_end(
    tmp_path: Path, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies on the disk when the `at`-th request arrives is what a kill at that moment leaves."""
    monkeypatch.setattr("crawler.crawl.keeping.FLUSH_SECONDS", 0.0)
    async with serve(validated(small_portal())) as site:
        await nights(site, tmp_path, range(1))
        site.pages["/tzgg/5.html"] = page(article(55, "<a href='/gone2.html'>旧</a>"), "both", EPOCH)
        del site.pages["/zcwj/8.html"]
        await night(site, tmp_path / "whole", 1, earlier=tmp_path / "0", entry=ENTRY, rolling=True)
        begun, answer = len(site.requests), site.answer

        async def copying(request: web.Request) -> web.StreamResponse:
            if len(site.requests) - begun == at:
                shutil.copytree(tmp_path / "1", tmp_path / "killed")
            return await answer(request)

        site.hook = copying
        await night(site, tmp_path / "1", 1, earlier=tmp_path / "0", entry=ENTRY, rolling=True)
        site.hook = None
        await night(site, tmp_path / "killed", 1, earlier=tmp_path / "0", entry=ENTRY, rolling=True)
    whole = records(tmp_path / "whole")
    assert any(one.carried for one in whole["pages"].values())
    assert records(tmp_path / "1") == whole
    assert records(tmp_path / "killed") == whole
    assert verdicts(tmp_path / "killed") == verdicts(tmp_path / "whole")

"""The second night takes over what did not change, and comes to the same records and findings as a whole one."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import shutil
import sqlite3
from pathlib import Path

import msgspec
import pytest
from aiohttp import web

from crawler.crawl.renewal_order import Night, Seen
from portal.artifacts import FetchOutcome, LinkRecord, PageRecord
from portal.model import Portal
from storage.bundle import Bundle
from tests.crawl.nights import FIRST, evidence, night, page, records, verdicts
from tests.crawl.site import HOST, Page, article, html, items, portal, serve, small_portal

SORTS = ("etag", "weak", "modified", "both", "neither", "restless")


def validated(pages: dict[str, Page]) -> dict[str, Page]:
    """Returns the pages, each answering as a server of one of the common sorts."""
    made: dict[str, Page] = {}
    for number, (path, body) in enumerate(sorted(pages.items())):
        made[path] = page(body, SORTS[number % len(SORTS)]) if isinstance(body, str) else body
    return made


def first_night() -> dict[str, Page]:
    return small_portal() | {"/tzgg/7.html": html("空", "<h1>关于开展第7号工作的通知</h1><div class='content'></div>")}


def second_night() -> dict[str, Page]:
    """Returns the portal a day later: a list, an article and the home page changed, one added, one gone, one broken."""
    pages = first_night()
    more = items(7, "/tzgg").replace("/tzgg/7.html", "/tzgg/99.html")
    old = pages["/tzgg/"]
    assert isinstance(old, str)
    pages["/tzgg/"] = old.replace(items(6, "/tzgg"), more)
    pages["/tzgg/99.html"] = article(99, "<a href='/files/gone.pdf'>附件</a>")
    pages["/xwzx/3.html"] = article(3, "<a href='/zcwj/2.html'>政策原文</a><a href='http://www.elsewhere.cn/x'>外</a>")
    del pages["/zcwj/4.html"]
    home = pages["/"]
    assert isinstance(home, str)
    pages["/"] = home.replace("规划", "新规划")
    return pages


async def test_night_two_is_equal_to_a_whole_one_and_costs_what_changed(tmp_path: Path) -> None:
    async with serve(validated(first_night())) as site:
        await night(site, tmp_path / "one", 0)
        before = records(tmp_path / "one")
        site.pages = validated(second_night())
        renewed = await night(site, tmp_path / "renewed", 1, earlier=tmp_path / "one")
        site.pages = validated(second_night())
        whole = await night(site, tmp_path / "whole", 1)
    assert records(tmp_path / "renewed") == records(tmp_path / "whole") != before
    assert verdicts(tmp_path / "renewed") == verdicts(tmp_path / "whole")
    assert renewed.unchanged > 30
    assert renewed.requests == whole.requests
    assert renewed.bytes < 0.7 * whole.bytes
    with Bundle.open(tmp_path / "renewed") as bundle:
        assert bundle.damaged() == frozenset()
        kept = {one.url.removeprefix(f"http://{HOST}"): one for one in bundle.all(PageRecord)}
    told = {path for path, one in kept.items() if one.fetch.status == 304}
    assert {"/", "/xwzx/", "/tzgg/", "/zcwj/", "/xwzx/3.html", "/tzgg/99.html", "/zcwj/4.html"} & told == set()
    assert len(told) >= 15
    for path in told:
        since = kept[path].fetch.unchanged_since
        assert since is not None and since < kept[path].fetch.at
        assert kept[path].fetch.outcome is FetchOutcome.OK
    assert kept["/zcwj/4.html"].fetch.outcome is FetchOutcome.NOT_FOUND


async def test_the_proof_of_a_page_taken_over_is_what_was_received_when_it_came(tmp_path: Path) -> None:
    async with serve(validated(first_night())) as site:
        await night(site, tmp_path / "one", 0)
        await night(site, tmp_path / "two", 1, earlier=tmp_path / "one")
    shown: list[str] = []

    def look(record: PageRecord, proof: bytes) -> None:
        if record.fetch.status == 304:
            assert record.fetch.unchanged_since is not None
            received = record.fetch.unchanged_since.isoformat(timespec="milliseconds")
            assert f"X-Mingcha-At: {received}".encode() in proof
            shown.append(record.url)

    assert evidence(tmp_path / "two", look) > 40
    assert len(shown) >= 15


@pytest.mark.parametrize("sort", ["liar", "confused", "mute"])
async def test_servers_that_answer_304_wrongly(tmp_path: Path, sort: str) -> None:
    """A lie lasts as long as renewal.toml says and no longer; what contradicts itself is asked again at once."""
    path = "/tzgg/3.html"
    url = f"http://{HOST}{path}"
    async with serve(first_night() | {path: page(article(3), sort)}) as site:
        await night(site, tmp_path / "0", 0)
        site.pages[path] = page(article(33), sort)
        titles = []
        for day in range(1, 8):
            await night(site, tmp_path / str(day), day, earlier=tmp_path / str(day - 1))
            with Bundle.open(tmp_path / str(day), write=False) as bundle:
                record = bundle.get(PageRecord, url)
            assert record is not None and record.facts is not None
            titles.append("第33号" in record.facts.title)
    assert titles == ([False] * 6 + [True] if sort == "liar" else [True] * 7)


async def test_a_304_nobody_asked_for_says_nothing_about_the_target(tmp_path: Path) -> None:
    def stubborn(_: web.Request) -> web.Response:
        return web.Response(status=304)

    pages: dict[str, Page] = {"/tzgg/3.html": stubborn, "/files/plan.pdf": stubborn}
    async with serve(first_night() | pages) as site:
        await night(site, tmp_path / "one", 0)
    with Bundle.open(tmp_path / "one") as bundle:
        record = bundle.get(PageRecord, f"http://{HOST}/tzgg/3.html")
        file = bundle.get(LinkRecord, f"http://{HOST}/files/plan.pdf")
    assert record is not None and record.facts is None and record.fetch.outcome is FetchOutcome.BLOCKED
    assert file is not None and file.attempts[-1].outcome is FetchOutcome.BLOCKED


async def test_a_date_without_its_year_is_read_anew_when_its_day_has_come(tmp_path: Path) -> None:
    more = {"/zcwj/index_2.html": without_years()}
    async with serve(first_night() | more) as site:
        await night(site, tmp_path / "0", 0)
        await night(site, tmp_path / "1", 1, earlier=tmp_path / "0")
        await night(site, tmp_path / "2", 2, earlier=tmp_path / "1")
    dates = []
    for day in ("0", "1", "2"):
        with Bundle.open(tmp_path / day, write=False) as bundle:
            record = bundle.get(PageRecord, f"http://{HOST}/zcwj/index_2.html")
        assert record is not None and record.facts is not None
        dates.append((record.facts.items[0].date, record.fetch.status))
    assert dates == [(dt.date(2025, 3, 3), 200), (dt.date(2026, 3, 3), 200), (dt.date(2026, 3, 3), 304)]


async def test_what_cannot_be_used_costs_one_warning_and_a_whole_audit(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serve(validated(first_night())) as site:
        await night(site, tmp_path / "one", 0)
        whole = records(tmp_path / "one")["pages"]
        other = portal(concurrency=1, id="another")
        for name in ("gone", "unfinished", "other", "foreign", "led", "opened", "damaged"):
            spoil(tmp_path / "one", tmp_path / name, name, other)
            caplog.clear()
            summary = await night(site, tmp_path / f"after-{name}", 0, earlier=tmp_path / name)
            said = [one.getMessage() for one in caplog.records if "taken over from the last audit" in one.getMessage()]
            assert len(said) == 1, (name, said)
            assert summary.stopped_by == ""
            assert records(tmp_path / f"after-{name}")["pages"] == whole, name


async def test_a_bundle_another_process_is_writing_into_can_be_taken_over_from(tmp_path: Path) -> None:
    async with serve(validated(first_night())) as site:
        await night(site, tmp_path / "one", 0)
        writer = sqlite3.connect(tmp_path / "one" / "bundle.sqlite", isolation_level=None)
        with contextlib.closing(writer):
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("DELETE FROM record")
            summary = await night(site, tmp_path / "two", 1, earlier=tmp_path / "one")
            writer.execute("ROLLBACK")
    assert summary.unchanged > 30


def spoil(good: Path, folder: Path, how: str, other: Portal) -> None:
    """Makes a bundle nothing can be taken over from."""
    if how == "gone":
        return
    shutil.copytree(good, folder)
    if how == "damaged":
        file = folder / "bundle.sqlite"
        data = bytearray(file.read_bytes())
        for place in range(3 * 4096, len(data), 4096):  # header and schema stay: it opens, and breaks while it is read
            data[place : place + 200] = b"\xff" * 200
        file.write_bytes(bytes(data))
        return
    with Bundle.open(folder) as bundle:
        if how == "unfinished":
            bundle.unmark("told")
        elif how == "other":
            bundle.note("reader", "of another version")
        elif how == "foreign":
            bundle.header = msgspec.structs.replace(bundle.header, portal=other)
            bundle.readdress(bundle.header.network)
        elif how == "led":
            hosts = {**bundle.header.network.hosts, "inside.lan": ("10.0.0.1",)}
            bundle.readdress(dataclasses.replace(bundle.header.network, hosts=hosts))
        elif how == "opened":
            bundle.readdress(dataclasses.replace(bundle.header.network, allow_private=("10.0.0.0/8",)))


async def test_a_page_carried_over_is_as_old_as_its_measurement(tmp_path: Path) -> None:
    """A date without its year whose day came round while its page had no turn: the page is read when its turn comes."""
    url = f"http://{HOST}/zcwj/index_2.html"
    day_after = FIRST + dt.timedelta(days=1)
    nights = next(n for n in range(3, 9) if not Night(day_after, n).turn(url, Seen(FIRST)))
    entry = portal(concurrency=1, census_nights=nights)
    async with serve(first_night() | {"/zcwj/index_2.html": without_years()}) as site:
        await night(site, tmp_path / "0", 0, entry=entry)
        for day in range(1, nights + 1):
            earlier = tmp_path / str(day - 1)
            await night(site, tmp_path / str(day), day, earlier=earlier, entry=entry, rolling=True)
    seen = [item_date(tmp_path / str(day), url) for day in range(1, nights + 1)]
    assert seen[0] == (FIRST, dt.date(2025, 3, 3))
    turn = next(number for number, (carried, _) in enumerate(seen) if carried is None)
    assert {date for _, date in seen[:turn]} == {dt.date(2025, 3, 3)}
    assert {date for _, date in seen[turn:]} == {dt.date(2026, 3, 3)}


def without_years() -> Page:
    """Returns a list whose dates have no years, one of them the day after the first night."""
    listed = "".join(
        f"<li><a href='/zcwj/{n}.html'>关于第{n}号文件的通知事项</a><span>{day}</span></li>"
        for n, day in ((1, "03-03"), (2, "02-20"), (3, "02-11"), (4, "01-15"))
    )
    return page(html("政策文件", f"<div class='box'><ul>{listed}</ul></div>"), "etag")


def item_date(folder: Path, url: str) -> tuple[dt.date | None, dt.date | None]:
    """Returns since when a page is carried over, and the date of its first item."""
    with Bundle.open(folder, write=False) as bundle:
        record = bundle.get(PageRecord, url)
    assert record is not None and record.facts is not None
    return record.carried, record.facts.items[0].date

"""Attacks by pages that lead on and on: links without number, calendars without end, circles of refreshes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from portal.artifacts import Absence
from tests.crawl.site import html
from tests.hostile import wire
from tests.hostile.drive import Audited, audit, survived
from tests.hostile.site import HOME, HOST, NEIGHBOUR, Attack, HostileServer, answer, links_to, neighbour, peaceful
from tests.net.servers import Asked

pytestmark = pytest.mark.slow

Running = dict[str, "asyncio.Task[Audited]"]
PAGES = 120  # budget of the audit of many links; the peaceful portal has 43
MORE_PAGES = 300  # of the one of parts without end
LINKS = "".join(
    f"<a href='/link/{n}.html'>第{n}条</a><a href='http://h{n}.example.cn/'>外{n}</a>" for n in range(500_000)
)


def words(seed: str) -> str:
    """Returns a text no other page has."""
    return " ".join(hashlib.sha256(f"{seed}{n}".encode()).hexdigest() for n in range(40))


def calendar(asked: Asked) -> str:
    """Returns a month of a calendar of events, with links to its days and to the months around it."""
    number = int(parse_qs(urlsplit(asked.path).query).get("month", ["0"])[0])
    days = "".join(f"<td><a href='/rl/?month={number}&day={day}'>{day}</a></td>" for day in range(1, 29))
    around = f"<a href='/rl/?month={number - 1}'>上月</a> <a href='/rl/?month={number + 1}'>下月</a>"
    return html(
        "活动日历", f"<h1>活动日历</h1><p>第{number}月，共有活动若干。</p><table><tr>{days}</tr></table>{around}"
    )


def months(asked: Asked) -> str:
    """Returns a month of a calendar in the path, every one with a text of its own."""
    number = int(asked.path.strip("/").rpartition("/")[2] or 0)
    return html("日程", f"<h1>日程</h1><p>{words(asked.path)}</p><a href='/month/{number + 1}'>下月</a>")


def deeper(asked: Asked) -> str:
    """Returns a page whose relative link leads a folder deeper."""
    return html("目录", f"<h1>目录</h1><p>{words(asked.path)}</p><a href='xia/'>下一级</a>")


def sorted_and_filtered(asked: Asked) -> str:
    """Returns a page that can be sorted and filtered, in any order, on top of what it is already."""
    query = urlsplit(asked.path).query
    more = "".join(f"<a href='/shaixuan/?{query}&{key}={n}'>{key}{n}</a>" for key in "abc" for n in range(3))
    return html("筛选", f"<h1>筛选</h1><p>{words(query)}</p>{more}")


def invented(asked: Asked) -> str:
    """Returns a page of a site without end: every page another, every link new."""
    seed = hashlib.sha256(asked.path.encode()).hexdigest()
    links = "".join(f"<a href='/wuxian/{seed[n : n + 8]}.html'>第{n}条</a>" for n in range(0, 40, 4))
    return html(seed, f"<h1>{seed}</h1><p>{words(seed)}</p>{links}")


def columns(asked: Asked) -> str:
    """Returns a column of a portal without end: columns around and below it, a list, all of it invented."""
    root, seed = asked.path.split("/")[1], hashlib.sha256(asked.path.encode()).hexdigest()
    names = [seed[n : n + 8] for n in range(0, 64, 8)]
    trail = "".join(f" &gt; <a href='/{root}/{name}/'>栏目{name}</a>" for name in names[:2])
    menu = "".join(f"<li><a href='/{root}/{name}/'>栏目{name}</a></li>" for name in names[2:])
    items = "".join(
        f"<li><a href='/{root}/{name}/{n}.html'>关于{name}第{n}号工作安排的通知</a><span>2026-01-{n + 1:02}</span></li>"
        for n, name in enumerate(names)
    )
    onward = f"<div class='page'><a href='/{root}/{seed[:8]}/index_2.html'>下一页</a></div>"
    return html(
        f"栏目{seed[:8]}_石楼县人民政府",
        f"<div>当前位置：<a href='/'>首页</a>{trail}</div><div class='left-nav'><ul>{menu}</ul></div>"
        f"<div class='box'><ul class='news'>{items}</ul></div>{onward}",
    )


def refreshed(target: str) -> str:
    """Returns a page that goes on to another after no time at all."""
    return html("跳转", "<p>正在跳转</p>", f"<meta http-equiv='refresh' content='0;url={target}'>")


def jumping(target: str) -> str:
    """Returns a page whose script goes on to another."""
    return html("跳转", f"<script>window.location.href = '{target}'</script>")


def counting(path: str) -> Attack:
    """Returns pages that refresh to themselves with a number that grows."""

    async def give(asked: Asked, writer: asyncio.StreamWriter) -> bool:
        number = int(asked.path.partition("?")[2] or 0) + 1
        return await answer(refreshed(f"{path}?{number}"))(asked, writer)

    return give


CIRCLES: dict[str, Attack] = {
    "/circle/self.html": answer(refreshed("/circle/self.html")),
    "/circle/a.html": answer(refreshed("/circle/b.html")),
    "/circle/b.html": answer(refreshed("/circle/a.html")),
    "/circle/count.html": counting("/circle/count.html"),
    "/circle/script.html": answer(jumping("/circle/back.html")),
    "/circle/back.html": answer(jumping("/circle/script.html")),
    "/circle/frame.html": answer(html("框架", "<iframe src='/circle/frame.html?x'></iframe>")),
    "/circle/onward.html": wire.onward,
}


def without_end(asked: Asked) -> Attack | None:
    """Answers what belongs to one of the endless parts of the portal."""
    for folder, page in (
        ("/rl/", calendar), ("/month/", months), ("/mulu/", deeper), ("/shaixuan/", sorted_and_filtered),
        ("/wuxian/", invented), ("/lanmu/", columns), ("/fenlan/", columns),
    ):  # fmt: skip
        if asked.path.startswith(folder):
            return answer(page(asked))
    return None


@pytest.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """The audits of this file, all at once."""
    works = {"links": links, "endless": endless, "circles": circles, "cookies": cookies}
    tasks = {name: asyncio.ensure_future(work(tmp_path_factory.mktemp(name))) for name, work in works.items()}
    yield tasks
    await asyncio.gather(*tasks.values(), return_exceptions=True)


async def attack(folder: Path, server: HostileServer, *links: str, **keys: Any) -> Audited:
    """Returns the audit of the peaceful portal with links to an attack."""
    server.pages = peaceful(links_to(*links))
    async with server, HostileServer(pages=neighbour()) as other:
        hosts = {HOST: server.endpoint, NEIGHBOUR: other.endpoint}
        return await audit(folder, f"{HOME}/", hosts, **{"max_minutes": 2, **keys})


async def links(folder: Path) -> Audited:
    """Audits a portal with a million links on a page, within a small budget."""
    attacks = {"/x/links.html": answer(html("专题专栏", LINKS))}
    return await attack(folder, HostileServer(attacks=attacks), *attacks, max_pages=PAGES, max_requests=600)


async def endless(folder: Path) -> Audited:
    """Audits a portal with calendars and other parts without end."""
    starts = ("/rl/?month=0", "/month/1", "/mulu/", "/shaixuan/?a=0", "/wuxian/0.html", "/lanmu/0/", "/fenlan/0/")
    return await attack(folder, HostileServer(gate=without_end), *starts, max_pages=MORE_PAGES)


async def circles(folder: Path) -> Audited:
    """Audits a portal with pages that lead in circles."""
    return await attack(folder, HostileServer(attacks=CIRCLES), *CIRCLES)


async def cookies(folder: Path) -> Audited:
    """Audits a portal that sets cookies by the thousand."""
    many = {f"/x/{n}.html": wire.cookies(45, 1000) for n in range(120)}
    return await attack(folder, HostileServer(attacks=many), *many)


async def test_a_million_links_on_a_page_keep_nobody_from_being_audited(running: Running, peace: Audited) -> None:
    audited = await running["links"]
    survived(audited, peace)
    assert audited.summary.stopped_by.startswith("budget_")
    assert audited.summary.requests <= 600
    left = {link.skipped for link in audited.links.values() if not link.attempts}
    assert left == {Absence.BUDGET}


async def test_calendars_and_queries_without_end_end_with_the_budget_after_everything_else(
    running: Running, peace: Audited
) -> None:
    audited = await running["endless"]
    survived(audited, peace)
    assert audited.summary.pages <= MORE_PAGES
    assert audited.accused() == set()


async def test_circles_of_refreshes_scripts_and_frames_are_left_after_a_few_rounds(
    running: Running, peace: Audited
) -> None:
    audited = await running["circles"]
    survived(audited, peace)
    assert audited.summary.stopped_by == ""
    assert audited.summary.pages < len(peace.pages) + 3 * len(CIRCLES)
    assert {kind for kind, _, _ in audited.accused()} <= {"redirect_loop"}


async def test_cookies_by_the_thousand_change_nothing(running: Running, peace: Audited) -> None:
    audited = await running["cookies"]
    survived(audited, peace)
    assert audited.summary.stopped_by == ""
    assert audited.accused() == set()

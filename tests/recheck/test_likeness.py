"""A link that is broken for being like what its host says to nonsense is good when it was compared with that again."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import time_machine
from aiohttp import web

from mingcha.rechecks.due import recheck_due
from portal.zone import CHINA
from storage.bundle import Bundle
from tests.recheck.owed import HOSTS, audit, conclusions, fill, finding, options, say_fixed
from tests.recheck.site import Site, html, running, write_targets

HOST = HOSTS["one"]
SHELL = html("某县人民政府", "<h1>某县人民政府</h1><p>欢迎来到某县人民政府网站，请从首页进入各栏目。</p>")
OTHER = html("某县人民政府", "<p>全新改版的政府网站已经上线，更多内容尽在其中，敬请广大网民朋友关注使用。</p>")
LOST = "/gg/9.html"
NONSENSE = re.compile(r"/[0-9a-f]{8}/[0-9a-f]{12}\.(?:html|pdf)")


def says(text: str) -> Callable[[web.Request], web.StreamResponse]:
    return lambda request: web.Response(text=text, content_type="text/html")


class Everything(dict[tuple[str, str], object]):
    """Pages of a portal that answers whatever it does not have with one page."""

    shell = SHELL

    def get(self, key: tuple[str, str], default: object = None) -> object:
        """Returns the page, or that one."""
        return super().get(key, says(self.shell))


async def broken(folder: Path, site: Site) -> Everything:
    """Audits a portal with one soft 404 that no word gives away, and returns its pages."""
    fill(site, HOST)
    home = site.pages[HOST, "/"]
    assert isinstance(home, str)
    site.pages[HOST, "/"] = home.replace("<ul>", f'<p><a href="{LOST}">某县关于第九号事项的公告</a></p><ul>', 1)
    site.pages[HOST, "/fj/biao.pdf"] = b"%PDF-1.4\n" + b"0" * 2000
    pages = Everything(site.pages)
    site.pages = pages  # type: ignore[assignment]  # what it holds is what a site answers by
    write_targets(folder, site, {"one": HOST})
    ran = await audit(folder, "one", "--confirm", "now")
    assert ran.code == 0, ran.err + ran.out
    assert (finding(folder).kind, finding(folder).state) == ("soft_404", "open")
    return pages


def as_another_version_read_it(folder: Path) -> None:
    """Turns over half the bits of every fingerprint of the audit, as another way to count them would."""
    with Bundle.open(folder / "a-one" / "bundle") as bundle:
        text = bundle._db.execute("SELECT type, key, json FROM record").fetchall()
        turned = [(re.sub(rb'"sketch":(\d+)', _turned, json), kind, key) for kind, key, json in text]
        bundle._db.executemany("UPDATE record SET json = ? WHERE type = ? AND key = ?", turned)
        bundle.note("reader", "another")


def _turned(match: re.Match[bytes]) -> bytes:
    return b'"sketch":%d' % (int(match[1]) ^ 0x2AAAAAAAAAAAAAAA if int(match[1]) else 0)


async def test_it_is_closed_only_when_it_was_compared(tmp_path: Path) -> None:
    with running() as site:
        pages = await broken(tmp_path, site)
        first = finding(tmp_path).last_seen.astimezone(CHINA).date()

        async def recheck(days: int) -> list[tuple[str, str]]:
            """Returns what a claim comes to so many days later."""
            at = dt.datetime.combine(first + dt.timedelta(days=days), dt.time(9), CHINA)
            say_fixed(tmp_path, "one-0001", at - dt.timedelta(hours=1))
            with time_machine.travel(at):
                return conclusions(await asyncio.to_thread(recheck_due, options(tmp_path)))

        pages.shell = OTHER
        assert await recheck(1) == [("one-0001", "退回")], "it is still what nonsense gets, which is another page now"
        site.cut = lambda path: bool(NONSENSE.fullmatch(path))
        assert await recheck(2) == [("one-0001", "未能复查")], "nobody says what nonsense gets"
        site.cut = lambda path: False
        pages.shell = SHELL
        as_another_version_read_it(tmp_path)
        site.asked.clear()
        assert await recheck(3) == [("one-0001", "退回")], "how others look is asked anew, too"
        assert len([path for _, path in site.asked if NONSENSE.fullmatch(path)]) == 2
        assert finding(tmp_path).state == "open"
        there = dict(pages)
        for host, path in there:
            if path not in ("/", "/robots.txt"):
                del pages[host, path]
        assert await recheck(4) == [("one-0001", "未能复查")], "now everything looks like that: a shell may be filled"
        pages.update(there)
        pages[HOST, LOST] = pages[HOST, "/gg/8.html"]
        assert await recheck(5) == [("one-0001", "销号")]

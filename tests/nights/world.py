"""Portals on shared platforms, each with defects that come and go from night to night, and what must become of them.

A defect's timeline is a word such as BGB: bad, good, bad on nights 1, 2, 3. The expected states are written down here,
one by one, not computed from the program's own rules.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from tests.loopback import listening

# What three nights make of a defect: the machine state after each, "" while nothing is known of it.
LINK: Mapping[str, tuple[str, str, str]] = {  # a dead link: suspected first, open when it fails again on another day
    "BBB": ("suspect", "open", "open"),
    "BBG": ("suspect", "open", "fixed"),
    "BGB": ("suspect", "cleared", "suspect"),
    "BGG": ("suspect", "cleared", "cleared"),
    "GBB": ("", "suspect", "open"),
    "GBG": ("", "suspect", "cleared"),
    "GGB": ("", "", "suspect"),
}
SEEN: Mapping[str, tuple[str, str, str]] = {  # a column gone stale, a document not linked: certain when seen
    "BBB": ("open", "open", "open"),
    "BBG": ("open", "open", "fixed"),
    "BGB": ("open", "fixed", "regressed"),
    "BGG": ("open", "fixed", "fixed"),
    "GBB": ("", "open", "open"),
    "GBG": ("", "open", "fixed"),
    "GGB": ("", "", "open"),
}
TIMELINES = tuple(LINK)
FILES = 40  # files of a flooded portal that all go at once in the third night


@dataclass(frozen=True)
class Portal:
    """One portal: the timeline of each of its three defects, and what befalls it as a whole in one night."""

    number: int
    platform: int
    link: str
    stale: str
    unlinked: str
    event: str = ""  # "", down, captcha (in the second night), flood (in the third)

    @property
    def id(self) -> str:
        """Returns its id in targets.toml."""
        return f"p{self.number:03}"

    @property
    def host(self) -> str:
        """Returns its name in DNS."""
        return f"www.{self.id}.gov.cn"

    def expected(self, night: int) -> dict[str, str]:
        """Returns the state of every finding there must be after a night (1, 2, 3), by "check path"."""
        seen = [self.link, self.stale, self.unlinked]
        if self.event in ("down", "captcha") and night >= 2:
            # The second night saw nothing of it: as if it had been skipped.
            rules = [_without_second(table, word, night) for table, word in zip((LINK, SEEN, SEEN), seen, strict=True)]
        elif self.event == "flood" and night == 3:
            # An audit out of its band closes nothing and confirms no suspicion; what it saw for certain counts.
            rules = [_doubted(table, word) for table, word in zip((LINK, SEEN, SEEN), seen, strict=True)]
        else:
            rules = [table[word][night - 1] for table, word in zip((LINK, SEEN, SEEN), seen, strict=True)]
        names = ("broken_links /xzzx/biao.pdf", "update_freshness /gzdt/", "policy_linkage /zcjd/1.html")
        found = {name: state for name, state in zip(names, rules, strict=True) if state}
        if self.event == "flood" and night == 3:
            found |= {f"broken_links /xzzx/f{number}.pdf": "suspect" for number in range(FILES)}
        return found

    def result(self, night: int) -> str:
        """Returns what the night must say of it."""
        if night == 2 and self.event in ("down", "captcha"):
            return "impossible"
        return "degraded" if night == 3 and self.event == "flood" else "done"


def _without_second(table: Mapping[str, tuple[str, str, str]], word: str, night: int) -> str:
    if night == 2:
        return table[word][0]
    first, third = word[0], word[2]
    if table is LINK:
        return {"BB": "open", "BG": "cleared", "GB": "suspect", "GG": ""}[first + third]
    return {"BB": "open", "BG": "fixed", "GB": "open", "GG": ""}[first + third]


def _doubted(table: Mapping[str, tuple[str, str, str]], word: str) -> str:
    before = table[word][1]
    if word[2] == "G":
        return before
    if table is LINK:
        return {"": "suspect", "cleared": "suspect"}.get(before, before)
    return {"": "open", "fixed": "regressed"}.get(before, before)


def portals(count: int, platforms: int) -> list[Portal]:
    """Returns portals over platforms; every timeline is had by each kind of defect, three portals have an event."""
    events = {3: "down", 5: "captcha", 6: "flood"}
    made = []
    for number in range(count):
        link, stale, unlinked = (TIMELINES[(number * step + shift) % 7] for step, shift in ((1, 0), (2, 3), (3, 5)))
        made.append(Portal(number, number % platforms, link, stale, unlinked, events.get(number, "")))
    return made


@dataclass
class World:
    """The portals as they are in one night, what was asked of them, and in which order."""

    all: list[Portal]
    night: int = 1
    first: dt.date = field(default_factory=dt.date.today)  # of the first night; what is old is dated from here
    port: int = 0
    asked: list[str] = field(default_factory=list)  # portal ids, in order
    bytes: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    usual: int = 0  # requests of an undisturbed night
    at_request: dict[int, asyncio.Event] = field(default_factory=dict)  # set when so many were asked

    def targets(self, **defaults: object) -> str:
        """Returns a targets.toml of all portals."""
        ends = {one.host: f"{address(one.platform)}:{self.port}" for one in self.all}
        hosts = ", ".join(f'"{host}" = ["{end}"]' for host, end in ends.items())
        lines = ["[network]", "sealed = true", f"hosts = {{ {hosts} }}", "[defaults]", "rate = 1000", "systems = []"]
        lines += [f"{key} = {value!r}" for key, value in defaults.items()]
        for one in self.all:
            lines += [
                "[[portal]]",
                f'id = "{one.id}"',
                f'name = "第{one.number}县人民政府"',
                f'home = "http://{one.host}/"',
            ]
            lines += [f'unit = "第{one.number}县政务公开办"']
        return "\n".join(lines) + "\n"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answers as the portal named does in this night."""
        name = request.host.removeprefix("www.").partition(".")[0]
        portal = next(one for one in self.all if one.id == name)
        self.asked.append(name)
        if event := self.at_request.get(len(self.asked)):
            event.set()
        answer = self._answer(portal, request.path)
        if answer.status == 200 and request.headers.get("If-None-Match") == answer.headers.get("ETag", "-"):
            answer = web.Response(status=304, headers={"ETag": answer.headers["ETag"]})
        self.bytes += len(answer.body) if isinstance(answer.body, bytes) else 0
        self.answers[answer.status] += 1
        return answer

    def _answer(self, portal: Portal, path: str) -> web.Response:
        if self.night == 2 and portal.event == "down":
            return web.Response(status=503, text="系统维护")
        if self.night == 2 and portal.event == "captcha":
            return _page("<p>请输入验证码</p><input name='captcha'><img src='/captcha.jpg'>", "安全验证", status=403)
        bad = {"link": portal.link, "stale": portal.stale, "unlinked": portal.unlinked}
        bad_now = {name: word[self.night - 1] == "B" for name, word in bad.items()}
        flooded = portal.event == "flood" and self.night == 3
        if path.startswith("/xzzx/") and path.endswith(".pdf"):
            gone = bad_now["link"] if path == "/xzzx/biao.pdf" else flooded
            if gone:
                return web.Response(status=404, text="not here")
            return _tagged(web.Response(body=b"%PDF-1.4\n" + b"0" * 2000, content_type="application/pdf"))
        return next((made for at, made in self._pages(portal, bad_now) if at == path), web.Response(status=404))

    def _pages(self, portal: Portal, bad: Mapping[str, bool]) -> Iterator[tuple[str, web.Response]]:
        name = f"第{portal.number}县人民政府"
        news_day = self.first - dt.timedelta(days=300 if bad["stale"] else 3)
        first = self.first - dt.timedelta(days=20)
        lists = {
            "/tzgg/": [
                (f"/tzgg/{n}.html", f"关于第{n}号事项的通知", first + dt.timedelta(days=2 * n)) for n in range(1, 9)
            ],
            "/gzdt/": [
                (f"/gzdt/{n}.html", f"第{n}项工作推进会召开", news_day - dt.timedelta(days=n)) for n in range(1, 9)
            ],
            "/zcwj/": [("/zcwj/1.html", f"{name}关于印发《农村道路养护实施办法》的通知", first)],
            "/zcjd/": [("/zcjd/1.html", "《农村道路养护实施办法》解读", first)],
        }
        titles = {
            "/tzgg/": "通知公告",
            "/gzdt/": "工作动态",
            "/zcwj/": "政策文件",
            "/zcjd/": "政策解读",
            "/xzzx/": "下载中心",
        }
        nav = "".join(f"<li><a href='{path}'>{title}</a></li>" for path, title in titles.items())
        head = f"<div class='nav'><ul><li><a href='/'>首页</a></li>{nav}</ul></div>"

        def listed(rows: list[tuple[str, str, dt.date]]) -> str:
            return "<ul>" + "".join(f"<li><a href='{p}'>{t}</a><span>{d}</span></li>" for p, t, d in rows) + "</ul>"

        files = [f"f{number}" for number in range(FILES)] if portal.event == "flood" else ["f0", "f1"]
        downloads = "".join(f"<p><a href='/xzzx/{file}.pdf'>{file}号表格</a></p>" for file in ("biao", *files))
        news = listed([*lists["/tzgg/"], *lists["/zcjd/"]])
        yield "/", _page(head + news + downloads[: downloads.index("</p>") + 4], name)
        yield "/xzzx/", _page(head + _crumb("下载中心") + downloads, f"下载中心_{name}")
        for path, rows in lists.items():
            yield path, _page(head + _crumb(titles[path]) + listed(rows), f"{titles[path]}_{name}")
            for at, title, day in rows:
                body = "<p>有关情况如下，请认真贯彻执行，并做好宣传工作。</p>" * 6
                if path == "/zcwj/":
                    body = f"<p>县政发〔{day.year}〕{portal.number + 1}号</p>" + body
                if at == "/zcwj/1.html":
                    body += "<p><a href='/zcjd/1.html'>相关解读：《农村道路养护实施办法》解读</a></p>"
                if at == "/zcjd/1.html" and not bad["unlinked"]:
                    body += f"<p><a href='/zcwj/1.html'>{lists['/zcwj/'][0][1]}</a></p>"
                info = f"<h1>{title}</h1><div class='info'>发布时间：{day} 来源：办公室</div>"
                yield at, _page(head + _crumb(titles[path]) + info + f"<div class='content'>{body}</div>", title)


def address(platform: int) -> str:
    """Returns the loopback address of a platform."""
    return f"127.0.1.{platform + 1}"


@asynccontextmanager
async def serving(all_portals: list[Portal]) -> AsyncIterator[World]:
    """Yields the world being served, every platform on an address of its own."""
    world = World(all_portals)
    async with listening(world.answer, *map(address, sorted({one.platform for one in all_portals}))) as world.port:
        yield world


def _crumb(column: str) -> str:
    return f"<div class='position'>当前位置：<a href='/'>首页</a> &gt; {column}</div>"


def _page(body: str, title: str, status: int = 200) -> web.Response:
    text = f"<!doctype html><html><head><meta charset=utf-8><title>{title}</title></head><body>{body}</body></html>"
    return _tagged(web.Response(text=text, content_type="text/html", status=status))


def _tagged(answer: web.Response) -> web.Response:
    body = answer.body if isinstance(answer.body, bytes) else b""
    answer.headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    return answer

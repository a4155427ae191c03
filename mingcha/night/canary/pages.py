"""The pages of the canary, made for a day: `expected.toml` lists what is wrong with them. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qs

HOST = "www.zhili.example"
NAME = "知理县人民政府"
_HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Page:
    """What a path answers."""

    body: bytes
    kind: str = _HTML
    status: int = 200


@dataclass(frozen=True, slots=True)
class _Item:
    path: str
    title: str
    day: dt.date
    body: str


_COLUMNS: Mapping[str, str] = {
    "/gzdt/": "工作动态",
    "/tzgg/": "通知公告",
    "/zcwj/": "政策文件",
    "/zcjd/": "政策解读",
    "/rsxx/": "招考录用",
    "/xzzx/": "下载中心",
}
_SUBJECTS = ("农村道路养护", "城区供水管理", "校园食品安全", "中小企业用工", "河道清淤整治", "社区养老服务")
_PARAGRAPH = "各有关单位要明确责任分工，细化工作措施，按时完成各项任务，并及时报送工作进展情况。"
_LOST = "<div class='main'><h2>页面不存在</h2><p>您访问的页面不存在或者已被删除。</p><a href='/'>返回首页</a></div>"


class Canary:
    """The site as it is on one day."""

    def __init__(self, as_of: dt.date) -> None:
        self._as_of = as_of
        self._columns = {path: self._items(path) for path in _COLUMNS}
        self._pages = {"/": self._home()} | {path: self._column(path) for path in _COLUMNS}
        for path, items in self._columns.items():
            self._pages |= {item.path: self._article(path, item) for item in items}
        self._pages["/xzzx/fj/shuoming.pdf"] = Page(b"%PDF-1.4\n" + b"%" * 3000 + b"\n%%EOF\n", "application/pdf")

    def answer(self, path: str, query: str = "") -> Page:
        """Returns what a GET of a path answers; of what is not there, 200 and words (soft 404) below /lsgg/."""
        if path == "/search":
            return self._search(parse_qs(query).get("q", [""])[0])
        if path in self._pages:
            return self._pages[path]
        return Page(_frame("页面不存在", _LOST), status=200 if path.startswith("/lsgg/") else 404)

    def _items(self, path: str) -> Sequence[_Item]:
        def several(first: int, step: int, title: str, count: int = 6) -> list[_Item]:
            return [
                _Item(
                    f"{path}{n + 1}.html",
                    title.format(_SUBJECTS[n]),
                    self._as_of - dt.timedelta(days=first + n * step),
                    f"<p>{_SUBJECTS[n]}工作有关情况如下。</p>" + f"<p>{_PARAGRAPH}</p>" * 4,
                )
                for n in range(count)
            ]

        match path:
            case "/gzdt/":
                return several(200, 9, "全县{}工作推进会召开")
            case "/tzgg/":
                items = several(3, 11, "关于开展{}工作的公告")
                items[2] = _Item(items[2].path, items[2].title, items[2].day, "")
                return items
            case "/zcwj/":
                return [
                    _Item(
                        each.path,
                        each.title,
                        each.day,
                        f"<p>知政发〔{each.day.year}〕{n + 11}号</p>{each.body}"
                        f"<p><a href='/zcjd/{n + 1}.html'>相关解读：《知理县{_SUBJECTS[n]}实施办法》解读</a></p>",
                    )
                    for n, each in enumerate(several(20, 15, "知理县人民政府关于印发《知理县{}实施办法》的通知", 3))
                ]
            case "/zcjd/":
                policies = self._items("/zcwj/")
                return [
                    _Item(
                        f"/zcjd/{n + 1}.html",
                        f"《知理县{_SUBJECTS[n]}实施办法》解读",
                        policy.day,
                        f"<p>现就《知理县{_SUBJECTS[n]}实施办法》解读如下。</p>"
                        + f"<p>{_PARAGRAPH}</p>" * 4
                        # The second says nothing of the document it explains.
                        + ("" if n == 1 else f"<p>政策原文：<a href='{policy.path}'>{policy.title}</a></p>"),
                    )
                    for n, policy in enumerate(policies)
                ]
            case "/xzzx/":
                return [
                    _Item(each.path, each.title, each.day, f"{each.body}<p><a href='{file}'>{name}</a></p>")
                    for each, (file, name) in zip(
                        several(30, 20, "{}申请表下载", 2),
                        (("fj/shuoming.pdf", "填表说明.pdf"), ("fj/biaoge.pdf", "申请表格.pdf")),
                        strict=True,
                    )
                ]
        return []

    def _home(self) -> Page:
        news = _listed([item for path in ("/tzgg/", "/zcwj/", "/xzzx/") for item in self._columns[path]])
        old = "<p><a href='/lsgg/2019.html'>2019年历史公告汇编</a></p>"
        return Page(_frame(NAME, f"<div class='main'><h2>最新信息</h2>{news}{old}</div>"))

    def _column(self, path: str) -> Page:
        name = _COLUMNS[path]
        crumb = f"<div class='position'>当前位置：<a href='/'>首页</a> &gt; <a href='{path}'>{name}</a></div>"
        body = f"{crumb}<div class='main'><h2>{name}</h2>{_listed(self._columns[path])}</div>"
        return Page(_frame(f"{name}_{NAME}", body))

    def _article(self, path: str, item: _Item) -> Page:
        name = _COLUMNS[path]
        crumb = f"<div class='position'>当前位置：<a href='/'>首页</a> &gt; <a href='{path}'>{name}</a> &gt; 正文</div>"
        body = (
            f"{crumb}<div class='article'><h1>{escape(item.title)}</h1>"
            f"<div class='info'>发布时间：{item.day} 来源：{NAME}办公室</div>"
            f"<div class='content'>{item.body}</div></div>"
        )
        return Page(_frame(f"{item.title}_{NAME}", body))

    def _search(self, words: str) -> Page:
        found = [item for items in self._columns.values() for item in items if words and words in item.title]
        hits = "".join(
            f"<div class='result'><h3><a href='{item.path}'>{escape(item.title)}</a></h3>"
            f"<p>{item.title}</p><span>{item.day}</span></div>"
            for item in found
        )
        body = f"<div class='main results'><p>共找到 {len(found)} 条结果</p>{hits}</div>"
        return Page(_frame(f"搜索结果_{NAME}", body, words))


def _listed(items: Sequence[_Item]) -> str:
    rows = "".join(f"<li><a href='{one.path}'>{escape(one.title)}</a><span>{one.day}</span></li>" for one in items)
    return f"<ul class='list'>{rows}</ul>"


def _frame(title: str, body: str, words: str = "") -> bytes:
    nav = "".join(f"<li><a href='{path}'>{name}</a></li>" for path, name in _COLUMNS.items())
    html = (
        f"<!doctype html><html><head><meta charset='utf-8'><title>{escape(title)}</title></head><body>"
        f"<div class='header'><h1>{NAME}</h1><form action='/search' method='get'>"
        f"<input type='text' name='q' value='{escape(words)}' placeholder='请输入关键词'>"
        f"<button type='submit'>搜索</button></form></div>"
        f"<div class='nav'><ul><li><a href='/'>首页</a></li>{nav}</ul></div>{body}"
        f"<div class='footer'><p>主办：{NAME}办公室　网站标识码：0000000001</p></div></body></html>"
    )
    return html.encode()

"""The portal audits are killed over: a few hundred small pages on loopback with defects of most kinds.

Every answer is a function of the address alone, so that two audits of it must say the same, however often and wherever
one of them was killed. `script` adds a column only a browser can read, and a search.
"""

from __future__ import annotations

import hashlib
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from tests.crawl.site import Page, html

HOST = "www.shilou.gov.cn"
OTHER = "www.elsewhere.cn"
DEAD = "www.gone-for-ever.cn"  # in targets.toml at a port nobody listens on
AS_OF = "2026-03-02"

FOLDERS = {
    "xwzx": "新闻中心",
    "tzgg": "通知公告",
    "zcwj": "政策文件",
    "zcjd": "政策解读",
    "ghjh": "规划计划",
    "tjsj": "统计数据",
    "rsxx": "人事信息",
    "yjgl": "应急管理",
}
_STALE = frozenset({"ghjh", "rsxx"})  # their items are years old
_PDF = b"%PDF-1.4\n" + b"0" * 3000
_PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


def portal(items: int = 12, lists: int = 3, *, script: bool = False) -> dict[str, Page]:
    """Returns the pages: eight columns of `lists` list pages with `items` items each, and what is wrong with them."""
    pages: dict[str, Page] = {
        "/": html("石楼县人民政府", _nav(script) + _front(items) + _search(script) + _foot()),
        "/logo.png": _PNG,
        "/style.css": web_text("body{}", "text/css"),
        "/files/plan.pdf": _PDF,
        "/files/fake.pdf": html("错误", "<p>您访问的文件不存在</p>"),
        "/files/empty.doc": b"",
        "/kong/": html("空白栏目_石楼县人民政府", _nav(script) + _crumb("kong", "空白栏目") + "<ul class='news'></ul>"),
        "/jianshe/": html(
            "建设中_石楼县人民政府", _nav(script) + _crumb("jianshe", "建设中") + "<p>栏目正在建设中</p>"
        ),
        "/soft/1.html": html("提示", "<div class='content'><p>抱歉，您访问的页面不存在或已被删除！</p></div>"),
        "/out": html("外部网站", "<p>外部网站的内容。</p>"),
        "/frame.html": html("日程", "<h1>领导日程</h1><p>本周召开全县重点工作推进会议。</p>"),
        "/jump/": html("跳转", "<script>location.href='/xwzx/'</script>"),
        "/error.html": _status(500),
        "/loop.html": _moved("/loop.html"),
        "/old/1.html": _moved("/tzgg/1.html"),
        "/old/2.html": _moved("/moved/2.html"),
        "/moved/2.html": _article("tzgg", 0),
        "/old/3.html": _moved("/"),
    }
    for folder, name in FOLDERS.items():
        for page in range(1, lists + 1):
            path = f"/{folder}/" if page == 1 else f"/{folder}/index_{page}.html"
            onward = f"<div class='page'><a href='/{folder}/index_{page + 1}.html'>下一页</a></div>"
            body = _crumb(folder, name) + _items(folder, items, page) + (onward if page < lists else "")
            pages[path] = html(f"{name}_石楼县人民政府", _nav(script) + body + _foot())
        for number in range(1, items * lists + 1):
            pages[f"/{folder}/{number}.html"] = _article(folder, number)
    if script:
        pages["/jiaoben/"] = html(
            "脚本栏目_石楼县人民政府",
            _nav(script) + _crumb("jiaoben", "脚本栏目") + "<ul class='news' id='list'></ul>" + _DRAWN,
        )
        pages["/jiaoben/list.json"] = web_text(
            "[" + ",".join(f'{{"u":"/jiaoben/{n}.html","d":"2026-02-{n:02d}"}}' for n in range(1, 6)) + "]",
            "application/json",
        )
        for number in range(1, 6):
            pages[f"/jiaoben/{number}.html"] = _article("jiaoben", number)
    return pages


def answer(path: str, page: Page | None, pages: dict[str, Page]) -> Page | None:
    """Returns the page of an address that is no fixed page: results of the search."""
    parts = urlsplit(path)
    if page is not None or parts.path != "/search":
        return page
    word = parse_qs(parts.query).get("q", [""])[0]
    hits = [
        f"<li><a href='{found}'>{word}</a><span>2026-01-01</span></li>"
        for found, text in pages.items()
        if word and isinstance(text, str) and found.endswith(".html") and f"<h1>{word}</h1>" in text
    ]
    # Every third title is not to be found: a fact about the title, not about who asks first.
    if int(hashlib.sha256(word.encode()).hexdigest(), 16) % 3 == 0:
        hits = []
    found = f"<p>共找到{len(hits)}条结果</p><ul class='result'>{''.join(hits[:10])}</ul>"
    return html("站内搜索", f"<form action='/search'><input name='q' value='{word}'></form>{found}")


def web_text(text: str, media_type: str) -> Page:
    """Returns an answer of another type than HTML."""
    return lambda _: web.Response(text=text, content_type=media_type)


def _nav(script: bool) -> str:
    names = FOLDERS | {"kong": "空白栏目", "jianshe": "建设中"} | ({"jiaoben": "脚本栏目"} if script else {})
    links = "".join(f"<li><a href='/{folder}/'>{name}</a></li>" for folder, name in names.items())
    return f"<div class='nav'><ul><li><a href='/'>首页</a></li>{links}</ul></div>"


def _front(items: int) -> str:
    return (
        _items("xwzx", min(items, 6), 1)
        + "<img src='/logo.png'><a href='/files/plan.pdf'>规划</a><a href='/jump/'>专题</a>"
        + f"<a href='http://{OTHER}/out'>省政府</a><a href='http://{DEAD}/'>已停用的网站</a>"
        + "<a href='/gone.html'>已删除的页面</a><a href='/user/logout.do'>退出</a><a href='/loop.html'>循环</a>"
        + "<a href='http://192.168.3.4/oa/'>内部办公</a><iframe src='/frame.html'></iframe>"
    )


def _search(script: bool) -> str:
    if not script:
        return ""
    box = "<input name='q' placeholder='请输入关键字'><button>搜索</button>"
    return f"<div class='header'><form action='/search'>{box}</form></div>"


def _foot() -> str:
    # On every page: a link with more places than a record keeps.
    links = "<a href='/bzk/wangzhanditu.html'>网站地图</a><a href='/tzgg/?utm_source=foot'>公告</a>"
    return f"<div class='footer'>{links}</div>"


def _crumb(folder: str, name: str) -> str:
    return f"<div>当前位置：<a href='/'>首页</a> &gt; <a href='/{folder}/'>{name}</a></div>"


def _title(folder: str, number: int) -> str:
    match folder:
        case "zcwj":
            return f"石楼县人民政府关于印发《石楼县第{number}号工作方案》的通知"
        case "zcjd":
            return f"《石楼县第{number}号工作方案》政策解读"
        case _:
            return f"石楼县{FOLDERS.get(folder, '脚本栏目')}第{number}号重点工作安排"


def _date(folder: str, number: int, items: int = 12) -> str:
    year = 2022 if folder in _STALE else 2026 - (number - 1) // items
    month = 2 if number <= items and folder not in _STALE else 11
    return f"{year}-{month:02d}-{(number % 28) + 1:02d}"


def _article(folder: str, number: int) -> str:
    title = _title(folder, number)
    text = f"为做好{title}有关工作，现将具体事项通知如下，请各有关单位认真抓好落实。" * 10
    if folder == "zcjd" and number % 4 == 0:
        text += f"<a href='/zcwj/{number}.html'>{_title('zcwj', number)}</a>"
    return html(
        f"{title}_石楼县人民政府",
        f"<h1>{title}</h1><div>发布时间：{_date(folder, number)}</div>"
        f"<div class='content'><p>{text}</p>{_more(folder, number)}</div>{_foot()}",
    )


def _items(folder: str, items: int, page: int) -> str:
    lines = "".join(
        f"<li><a href='/{folder}/{n}.html'>{_title(folder, n)}</a><span>{_date(folder, n, items)}</span></li>"
        for n in range((page - 1) * items + 1, page * items + 1)
    )
    return f"<div class='box'><ul class='news'>{lines}</ul></div>"


def _more(folder: str, number: int) -> str:
    """Returns the links in the body of an item: some of them lead nowhere."""
    links = [f"<a href='/{folder}/{number + 1}.html'>下一篇</a>"]
    match (len(folder) + ord(folder[0]) + number) % 11:
        case 0:
            links.append(f"<a href='/files/{folder}-{number}.pdf'>附件{number}：情况表.pdf</a>")
        case 1:
            links.append("<a href='/old/1.html'>相关通知</a><a href='/old/2.html'>相关办法</a>")
        case 2:
            links.append(f"<a href='/{folder}/zt{number % 3}.html'>专题{number % 3}</a>")
        case 3:
            links.append("<a href='/files/fake.pdf'>附件：登记表.pdf</a><a href='/files/empty.doc'>附件：空表.doc</a>")
        case 4:
            links.append(
                f"<a href='/soft/1.html'>政策问答</a><a href='http://{OTHER}/missing-{number % 2}'>外部链接</a>"
            )
        case 5:
            links.append("<a href='/error.html'>办事入口</a><a href='/old/3.html'>往期专题</a>")
        case _:
            pass
    return "".join(links)


def _status(status: int) -> Page:
    return lambda _: web.Response(status=status, text=html("出错", "服务器内部错误"), content_type="text/html")


def _moved(target: str) -> Page:
    return lambda _: web.Response(status=302, headers={"Location": target})


_DRAWN = """<script>
fetch('/jiaoben/list.json').then(answer => answer.json()).then(items => {
  document.getElementById('list').innerHTML = items.map((item, n) =>
    `<li><a href="${item.u}">石楼县脚本栏目第${n + 1}号重点工作安排</a><span>${item.d}</span></li>`).join('');
});
</script>"""

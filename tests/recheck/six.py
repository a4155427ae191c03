"""A portal with one defect for each of the six checks, every one of which can be put right."""

from __future__ import annotations

import datetime as dt

from aiohttp import web

from tests.browser.site import results
from tests.portal.model import Six, World, Zone
from tests.recheck.site import PDF, Site, html

HOST = "www.six.gov.cn"
HOME = f"http://{HOST}"
BODY = "为贯彻落实上级部署，现将有关事项明确如下，请结合实际认真组织实施。" * 12
COLUMNS = {"xw": "政务动态", "tz": "通知公告", "sj": "数据发布", "zc": "政策文件", "jd": "政策解读"}
NEWS = [(f"/xw/202611/t202611{n:02}_{n}.html", f"我县召开第{n}次乡村道路养护工作会议", n) for n in range(2, 12)]
NOTICES = [(f"/tz/20260{n}/t202600{n}_{n}.html", f"关于领取第{n}批惠民补贴凭证的通知", n) for n in range(1, 4)]
POLICY = "/zc/202610/t20261009_77.html"
POLICY_TITLE = "某县人民政府关于印发《某县小微企业贷款贴息办法》的通知"
READING = "/jd/202610/t20261010_78.html"
READING_TITLE = "《某县小微企业贷款贴息办法》解读"


def world(*, six: bool = False) -> World:
    """Returns what the name server knows of the portal: with an AAAA record or without."""
    made = World(dt.date(2026, 11, 20), 1)
    made.host(HOST, six=Six.SAME if six else Six.NONE)
    made.zones.append(Zone("six.gov.cn", ("ns1.six.gov.cn", "ns2.six.gov.cn")))
    return made


def page(title: str, body: str, crumb: str = "") -> str:
    """Returns a page of the portal with header, search box and menu."""
    menu = "".join(f'<li><a href="/{key}/">{name}</a></li>' for key, name in COLUMNS.items())
    where = f'<div class="position">当前位置：<a href="/">首页</a> &gt; {crumb}</div>' if crumb else ""
    return html(
        title,
        '<div class="header"><h1>某县人民政府</h1><form action="/s"><input type="text" name="q" placeholder="请输入'
        f'搜索内容"><button>搜索</button></form><ul class="nav"><li><a href="/">首页</a></li>{menu}</ul></div>'
        f'{where}{body}<div class="footer">网站标识码：6109990001</div>',
    )


def listing(items: list[tuple[str, str, str]]) -> str:
    """Returns a list of (path, title, date)."""
    return (
        '<ul class="list">'
        + "".join(f'<li><a href="{path}">{title}</a><span>{day}</span></li>' for path, title, day in items)
        + "</ul>"
    )


def article(title: str, day: str, body: str, column: str) -> str:
    """Returns the page of an item."""
    return page(
        title,
        f'<h1>{title}</h1><p>发布时间：{day}　来源：某县人民政府办公室</p><div class="content">{body}</div>',
        f'<a href="/{column}/">{COLUMNS[column]}</a> &gt; 正文',
    )


def fill(site: Site) -> None:
    """Puts the portal there with all its defects."""
    news = [(path, title, f"2026-11-{n:02}") for path, title, n in NEWS]
    notices = [(path, title, f"2026-0{n}-10") for path, title, n in NOTICES]
    attached = '<p><a href="/fj/biao.pdf">申报表下载</a></p>'
    for path, title, day in news:
        put(site, path, article(title, day, f"<p>{BODY}</p>", "xw"))
    for path, title, day in notices:
        put(site, path, article(title, day, f"<p>{BODY}</p>", "tz"))
    policy = f"<p>某政发〔2026〕9号</p><p>各镇人民政府：现将《某县小微企业贷款贴息办法》印发给你们。</p><p>{BODY}</p>"
    put(site, POLICY, article(POLICY_TITLE, "2026-10-09", policy, "zc"))
    linked = f'<a href="{POLICY}">某县小微企业贷款贴息办法</a>'
    reading = f"<p>近日印发《{linked}》（某政发〔2026〕9号），解读如下。</p><p>{BODY}</p>"
    put(site, READING, article(READING_TITLE, "2026-10-10", reading, "jd"))
    put(site, "/xw/", page("政务动态", listing(news), "政务动态"))
    put(site, "/tz/", page("通知公告", listing(notices), "通知公告"))
    put(site, "/sj/", page("数据发布", '<ul class="list"></ul>', "数据发布"))
    put(site, "/zc/", page("政策文件", listing([(POLICY, POLICY_TITLE, "2026-10-09")]), "政策文件"))
    put(site, "/jd/", page("政策解读", listing([(READING, READING_TITLE, "2026-10-10")]), "政策解读"))
    put(site, "/", page("某县人民政府", f"{listing(news)}{attached}{listing(notices)}"))
    site.pages[HOST, "/s"] = lambda request: answer(request, news + notices)


def repair(site: Site) -> None:
    """Puts right whatever is wrong."""
    day, path, title = "2026-11-18", "/tz/202611/t20261118_90.html", "关于开展第四批惠民补贴申报工作的通知"
    site.pages[HOST, "/fj/biao.pdf"] = PDF
    put(site, path, article(title, day, f"<p>{BODY}</p>", "tz"))
    put(site, "/tz/", page("通知公告", listing([(path, title, day)]), "通知公告"))
    put(site, "/sj/", page("数据发布", listing([(path, title, day)]), "数据发布"))
    policy = (
        "<p>某政发〔2026〕9号</p><p>各镇人民政府：现将《某县小微企业贷款贴息办法》印发给你们。</p>"
        f'<p>{BODY}</p><p>相关解读：<a href="{READING}">{READING_TITLE}</a></p>'
    )
    put(site, POLICY, article(POLICY_TITLE, "2026-10-09", policy, "zc"))
    known = [(path, title, f"2026-11-{n:02}") for path, title, n in NEWS]
    known += [(path, title, f"2026-0{n}-10") for path, title, n in NOTICES]
    known += [(POLICY, POLICY_TITLE, "2026-10-09"), (READING, READING_TITLE, "2026-10-10")]
    site.pages[HOST, "/s"] = lambda request: answer(request, known)
    site.world = world(six=True)


def answer(request: web.Request, known: list[tuple[str, str, str]]) -> web.Response:
    """Answers a search: with the title asked for and its like where it is known, else with nothing."""
    asked = request.query.get("q", "")
    hits = sorted(known, key=lambda one: one[1] != asked)[:6]
    found = [(title, HOME + path) for path, title, _ in hits if hits[0][1] == asked]
    return web.Response(text=results(asked, found), content_type="text/html")


def put(site: Site, path: str, text: str) -> None:
    """Serves a page at a path."""
    site.pages[HOST, path] = text

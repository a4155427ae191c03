"""A portal that is an application: one frame for every address, and a script that draws the page from JSON.

`routes` says how it tells its pages apart: behind a `#`, by their path, or behind the `#` of /hd/ alone, to which the
menu of pages of the ordinary kind leads. The frame has as many words as a page.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from aiohttp import web

Routes = Literal["hash", "path", "annex"]
TODAY = dt.date(2026, 11, 20)
COLUMNS = {"tzgg": "通知公告", "gzdt": "工作动态", "zxft": "在线访谈"}  # the last has nothing in it
PER_COLUMN = 4
STATIC = {"zfgg": "政府公告"}  # of the portal that has an application beside its pages
LOST = "/files/3.docx"  # an attachment that is not there

_FRAME = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>清溪县人民政府</title>
<meta name="SiteName" content="清溪县人民政府"></head><body><div id="app"><p>正在加载，请稍候。%s</p></div>
<script>
const columns = %s, routes = %s;
const to = path => routes === 'path' ? path : '#' + path;
const link = (path, text) => `<a href="${to(path)}">${text}</a>`;
const crumb = names => `<div class="crumb">当前位置：${[link('/', '首页'), ...names].join(' &gt; ')}</div>`;
const row = one => `<li>${link('/art/' + one.id, one.title)}<span>${one.date}</span></li>`;
const list = rows => rows.length ? `<ul>${rows.map(row).join('')}</ul>` : '<p>暂无数据</p>';
const ask = path => fetch('/api' + path).then(answer => answer.json());
const draw = async path => {
  const [, kind, id] = path.split('/');
  if (!kind) return (await Promise.all(Object.entries(columns).map(async ([id, name]) =>
    `<div class="block"><h2>${link('/col/' + id, name)}</h2>${list(await ask('/col/' + id))}</div>`))).join('');
  if (kind === 'col') return crumb([columns[id]]) + `<h1>${columns[id]}</h1>` + list(await ask('/col/' + id));
  const one = await ask('/art/' + id);
  return crumb([link('/col/' + one.column, columns[one.column]), '正文']) + `<h1>${one.title}</h1>` +
    `<div class="info">发布时间：${one.date} 来源：县政府办公室</div><div class="content">${one.text}</div>` +
    (one.file ? `<p><a href="${one.file}">附件：任务分工表.docx</a></p>` : '');
};
const show = async () => {
  const path = routes === 'path' ? location.pathname : location.hash.slice(1) || '/';
  const menu = Object.entries(columns).map(([id, name]) => link('/col/' + id, name)).join(' ');
  const head = `<h1>清溪县人民政府</h1><div class="nav">${link('/', '首页')} ${menu}</div>`;
  const foot = '<div class="footer">主办：清溪县人民政府办公室</div>';
  const main = await draw(path);
  document.getElementById('app').innerHTML =
    `<div class="header">${head}</div><div class="main">${main}</div>${foot}`;
};
if (routes !== 'path' && !location.hash) location.replace('#/');
window.addEventListener('hashchange', show);
show();
</script></body></html>"""
_WORDS = "您的浏览器版本可能过低，建议使用国产浏览器的极速模式访问本网站，感谢理解与支持。" * 6
_TEXT = "".join(f"<p>第{n}项任务由责任单位按照时间节点推进落实，定期报送进展，年底开展综合评估。</p>" for n in range(8))


def _article(number: int) -> dict[str, object]:
    column = list(COLUMNS)[number // PER_COLUMN]
    date = TODAY - dt.timedelta(days=3 * number + 1)
    file = f"/files/{number}.docx" if number == 3 else ""
    title = f"清溪县人民政府办公室关于做好第{number}号重点任务的通知"
    return {"id": number, "title": title, "date": str(date), "column": column, "text": _TEXT, "file": file}


_ARTICLES = [_article(number) for number in range(2 * PER_COLUMN)]
_STATIC_PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title></head><body>
<div class="header"><h1>清溪县人民政府</h1><div class="nav"><a href="/">首页</a> {menu}</div></div>
<div class="crumb">当前位置：<a href="/">首页</a> &gt; {crumb}</div><div class="main">{main}</div>
<div class="footer">主办：清溪县人民政府办公室</div></body></html>"""


def _static(path: str) -> str:
    """Returns a page of the ordinary kind, "" where there is none: home, a column of two notices, the notices."""
    menu = " ".join(
        f'<a href="{address}">{name}</a>'
        for address, name in {
            **{f"/{key}/": name for key, name in STATIC.items()},
            **{f"/hd/#/col/{key}": name for key, name in COLUMNS.items()},
        }.items()
    )
    [(key, name)] = STATIC.items()
    notices = {f"/{key}/{n}.html": (f"清溪县人民政府第{n}号公告", TODAY - dt.timedelta(days=n)) for n in (1, 2)}
    rows = "".join(f'<li><a href="{at}">{title}</a><span>{day}</span></li>' for at, (title, day) in notices.items())
    title, crumb, main = "清溪县人民政府", name, f'<h2><a href="/{key}/">{name}</a></h2><ul>{rows}</ul>'
    if path in notices:
        title, day = notices[path]
        crumb = f'<a href="/{key}/">{name}</a> &gt; 正文'
        head = f'<h1>{title}</h1><div class="info">发布时间：{day} 来源：县政府办公室</div>'
        main = f'{head}<div class="content">{_TEXT}</div>'
    elif path == f"/{key}/":
        title, main = name, f"<ul>{rows}</ul>"
    elif path != "/":
        return ""
    return _STATIC_PAGE.format(title=title, menu=menu, crumb=crumb, main=main)


@asynccontextmanager
async def serving(routes: Routes) -> AsyncIterator[int]:
    """Serves the application on loopback; yields the port."""
    frame = _FRAME % (_WORDS, json.dumps(COLUMNS, ensure_ascii=False), json.dumps(routes))

    async def column(request: web.Request) -> web.Response:
        return web.json_response([one for one in _ARTICLES if one["column"] == request.match_info["id"]])

    async def article(request: web.Request) -> web.Response:
        return web.json_response(_ARTICLES[int(request.match_info["id"])])

    async def anything(request: web.Request) -> web.Response:
        if routes == "annex" and (page := _static(request.path)):
            return web.Response(text=page, content_type="text/html")
        lost = request.path.startswith("/files/") or request.path != {"hash": "/", "annex": "/hd/"}.get(
            routes, request.path
        )
        if lost or request.path == "/robots.txt":
            return web.Response(status=404, text="404", content_type="text/html")
        return web.Response(text=frame, content_type="text/html")

    app = web.Application()
    app.router.add_get("/api/col/{id}", column)
    app.router.add_get("/api/art/{id}", article)
    app.router.add_get("/{path:.*}", anything)
    runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()

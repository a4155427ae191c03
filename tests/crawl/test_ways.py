"""The ways pages hang together: redirects, stubs, frames, lists that go on, what only a browser shows, Scrapy alone."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest
from aiohttp import web

from crawler.gather import GatherOptions, gather
from crawler.progress import silent
from portal.artifacts import ColumnRecord, FetchOutcome, LinkRecord, PageRecord
from portal.model import ColumnDeclaration, ColumnForm
from storage.bundle import Bundle
from tests.crawl.drive import AS_OF, open_bundle, opened, whole
from tests.crawl.site import HOST, Page, article, html, items, portal, serve, small_portal

BASE = f"http://{HOST}"
ROOT = Path(__file__).resolve().parents[2]


def moved(target: str) -> Page:
    return lambda _: web.Response(status=302, headers={"Location": target})


async def test_where_a_redirect_ends_is_not_asked_again_and_kept_under_both_addresses(tmp_path: Path) -> None:
    pages: dict[str, Page] = {
        "/": html("首页", "<p>首页</p><a href='/old.html'>旧</a>"),
        "/old.html": moved("/new.html"),
        "/new.html": article(1, "<p><a href='/new.html'>本文链接</a></p>"),
    }
    async with serve(pages) as site:
        with await whole(site, tmp_path / "b") as bundle:
            assert site.gets() == {"/": 1, "/old.html": 1, "/new.html": 1}
            old, new = bundle.get(PageRecord, f"{BASE}/old.html"), bundle.get(PageRecord, f"{BASE}/new.html")
            assert old and new and old.facts and new.facts and old.facts.title == new.facts.title
            assert [hop.status for hop in old.fetch.hops] == [302]
            assert new.fetch.hops == ()
            link = bundle.get(LinkRecord, f"{BASE}/new.html")
            assert link and len(link.attempts) == 1


async def test_pages_are_read_once_whichever_name_of_the_portal_leads_to_them(tmp_path: Path) -> None:
    bare = f"http://{HOST.removeprefix('www.')}"
    pages: dict[str, Page] = {
        "/": html(
            "首页", f"<p>首页</p><a href='/a/1.html'>一</a><a href='/a/2.html'>二</a><a href='{bare}/a/3.html'>三</a>"
        ),
        "/a/1.html": article(1, f"<p><a href='{bare}/a/2.html'>另见</a></p>"),
        "/a/2.html": article(2, "<p><a href='/a/4.html'>其四</a></p>"),
        "/a/3.html": article(3),
        "/a/4.html": article(4),
    }
    async with serve(pages) as site:
        site.names = (HOST.removeprefix("www."),)
        with await whole(site, tmp_path / "b") as bundle:
            read = sorted(page.url for page in bundle.all(PageRecord))
            assert read == [f"{BASE}/", *(f"{BASE}/a/{n}.html" for n in range(1, 5))]
            asked = {link.url for link in bundle.all(LinkRecord) if link.attempts}
            assert {f"{bare}/a/2.html", f"{bare}/a/3.html", f"{BASE}/a/2.html"} <= asked
        with Bundle.open(tmp_path / "b") as bundle:
            bundle.note("door", bare)
        async with opened(site, tmp_path / "b") as crawl:
            assert crawl.scope.own(f"{BASE}/a/1.html") == f"{bare}/a/1.html", "a sitting goes on by the door of before"


async def test_a_page_that_leaves_the_portal_is_a_verified_link_and_no_page_of_it(tmp_path: Path) -> None:
    pages: dict[str, Page] = {
        "/": html("首页", "<p>首页</p><a href='/away.html'>外部</a>"),
        "/away.html": moved("http://www.elsewhere.cn/out"),
        "/out": html("外部网站", "<p>外部</p><a href='/deep'>更深</a>"),
    }
    async with serve(pages) as site:
        with await whole(site, tmp_path / "b") as bundle:
            page = bundle.get(PageRecord, f"{BASE}/away.html")
            assert page and page.facts is None and page.fetch.final_url == "http://www.elsewhere.cn/out"
            assert page.fetch.title == "外部网站"
        assert site.count("/deep") == 0


async def test_stubs_and_frames_are_followed_within_the_portal(tmp_path: Path) -> None:
    jump = "<meta http-equiv='refresh' content='0;url=/zwgk/index.html'>"
    pages: dict[str, Page] = {
        "/": html("首页", "<p>首页</p><a href='/zwgk/'>政务公开</a><iframe src='/menu.html'></iframe>"),
        "/zwgk/": html("", "", jump),
        "/zwgk/index.html": html("政务公开", items(5, "/zwgk")),
        "/menu.html": html("", "<a href='/tzgg/'>通知公告</a>"),
        "/tzgg/": html("通知公告", items(5, "/tzgg")),
    }
    async with serve(pages) as site:
        with await whole(site, tmp_path / "b") as bundle:
            assert site.gets().keys() >= pages.keys()
            frame = bundle.get(PageRecord, f"{BASE}/menu.html")
            column = bundle.get(LinkRecord, f"{BASE}/tzgg/")
            assert frame and column
            assert (frame.level.value, column.level.value) == ("home", "home")


async def test_markup_inside_a_script_is_a_hint_where_to_look_and_no_link(tmp_path: Path) -> None:
    script = (
        """<script>var menu = '<li><a href="/tzgg/">通知公告</a></li><li><a href="/never.html">无</a></li>';</script>"""
    )
    pages: dict[str, Page] = {"/": html("首页", "<p>首页</p>" + script), "/tzgg/": html("通知公告", items(5, "/tzgg"))}
    async with serve(pages) as site:
        with await whole(site, tmp_path / "b") as bundle:
            assert bundle.get(PageRecord, f"{BASE}/tzgg/") is not None
            assert bundle.get(LinkRecord, f"{BASE}/never.html") is None
            assert bundle.get(LinkRecord, f"{BASE}/tzgg/1.html") is not None


async def test_rows_of_a_list_held_as_records_are_links(tmp_path: Path) -> None:
    rows = (
        *((f"/tzgg/{n}.html", f"石楼县人民政府关于第{n}号重点工作安排的通知") for n in (1, 2, 9)),
        ("/a.pdf", "石楼县公报第一期目录"),
    )
    records = "".join(
        f'<record><![CDATA[<li><a href="{path}">{title}</a><span>2026-01-02</span></li>]]></record>'
        for path, title in rows
    )
    island = f'<script type="text/xml"><datastore><recordset>{records}</recordset></datastore></script>'
    pages: dict[str, Page] = {
        "/": html(
            "首页", "<div class='nav'><a href='/'>首页</a><a href='/tzgg/'>通知公告</a></div>" + items(4, "/xwzx")
        ),
        "/tzgg/": html("通知公告", f"<h2>通知公告</h2><div id='9'>{island}</div>"),
        "/tzgg/1.html": article(1),
        "/tzgg/2.html": article(2),
    }
    async with serve(pages) as site:
        with await whole(site, tmp_path / "b") as bundle:
            gone, file = (bundle.get(LinkRecord, f"{BASE}{path}") for path in ("/tzgg/9.html", "/a.pdf"))
        assert gone and file
        assert [one.page for one in (*gone.occurrences, *file.occurrences)] == [f"{BASE}/tzgg/"] * 2
        assert {one.attempts[-1].outcome for one in (gone, file)} == {FetchOutcome.NOT_FOUND}
        assert site.gets()["/tzgg/9.html"] == 1


async def test_columns_know_their_items_and_items_their_columns(tmp_path: Path) -> None:
    declared = ColumnDeclaration(("信息公开", "公告"), f"{BASE}/tzgg/")
    async with serve(small_portal()) as site:
        with await whole(site, tmp_path / "b", portal(columns=(declared,))) as bundle:
            columns = {column.url: column for column in bundle.all(ColumnRecord)}
            page = bundle.get(PageRecord, f"{BASE}/tzgg/8.html")
            first = bundle.get(PageRecord, f"{BASE}/tzgg/2.html")
    assert columns.keys() >= {f"{BASE}/xwzx/", f"{BASE}/tzgg/", f"{BASE}/zcwj/"}
    assert columns[f"{BASE}/tzgg/"].declared and columns[f"{BASE}/tzgg/"].form is ColumnForm.LIST
    assert columns[f"{BASE}/tzgg/"].pages_read == 2
    assert page and first
    assert page.columns == first.columns == (f"{BASE}/tzgg/",)
    assert str(first.list_date) == "2026-01-02"


async def test_one_page_under_two_addresses_is_one_column(tmp_path: Path) -> None:
    column = html("通知公告", "<div>当前位置：<a href='/'>首页</a> &gt; 通知公告</div>" + items(8, "/tzgg"))
    pages: dict[str, Page] = {
        "/": html(
            "首页", "<div class='nav'><a href='/tzgg/'>通知公告</a><a href='/tzgg/index.html'>更多公告</a></div>"
        ),
        "/tzgg/": column,
        "/tzgg/index.html": column,
    }
    async with serve(pages) as site:
        with await whole(site, tmp_path / "b") as bundle:
            assert [column.url for column in bundle.all(ColumnRecord)] == [f"{BASE}/tzgg/"]


async def test_further_pages_of_a_list_are_no_columns_whichever_link_leads_there(tmp_path: Path) -> None:
    trail = "<div>当前位置：<a href='/'>首页</a> &gt; 通知公告</div>"
    turn = "<nav class=pagination><a href='/tzgg'>Page 1</a><a href='/tzgg/page/2'>Page 2</a><a href='/tzgg/page/3'>"
    pages: dict[str, Page] = {
        "/": html(
            "首页", "<div class='nav'><a href='/tzgg'>通知公告</a></div><p><a href='/tzgg/page/3'>旧公告</a></p>"
        ),
        "/tzgg": html("通知公告", trail + items(4, "/tzgg", start=20) + f"{turn}Page 3</a></nav>"),
        "/tzgg/": html("通知公告", trail + items(4, "/tzgg", start=20) + f"{turn}Page 3</a></nav>"),
        "/tzgg/page/2": html("通知公告", trail + items(8, "/tzgg", start=10) + f"{turn}Page 3</a></nav>"),
        "/tzgg/page/3": html("通知公告", trail + items(8, "/tzgg") + f"{turn}Page 3</a></nav>"),
    }
    async with serve(pages) as site:
        with await whole(site, tmp_path / "b") as bundle:
            assert [column.url for column in bundle.all(ColumnRecord)] == [f"{BASE}/tzgg"]
            assert bundle.get(PageRecord, f"{BASE}/tzgg/page/3") is not None


@pytest.mark.browser
async def test_a_list_drawn_by_script_is_read_in_the_browser_and_its_items_are_visited(tmp_path: Path) -> None:
    nav = "<div class='nav'><a href='/'>首页</a><a href='/tzgg/'>通知公告</a></div>"
    rows = [
        {"t": f"石楼县人民政府关于第{n}号重点工作安排的通知", "u": f"/tzgg/{n}.html", "d": f"2026-01-0{n}"}
        for n in range(1, 8)
    ]
    draw = (
        "<script>fetch('/data').then(r=>r.json()).then(rows=>{document.getElementById('box').innerHTML="
        "'<ul>'+rows.map(r=>'<li><a href=\"'+r.u+'\">'+r.t+'</a><span>'+r.d+'</span></li>').join('')+'</ul>'})</script>"
    )
    pages: dict[str, Page] = {
        "/": html("石楼县人民政府", nav + items(4, "/xwzx")),
        "/tzgg/": html("通知公告", f"{nav}<h2>通知公告</h2><div id='box'></div>{draw}"),
        "/data": lambda _: web.json_response(rows),
    }
    pages |= {f"/tzgg/{n}.html": article(n) for n in range(1, 8)} | {f"/xwzx/{n}.html": article(n) for n in range(1, 5)}
    async with serve(pages) as site:
        entry = portal(search_titles=0)
        with open_bundle(tmp_path / "b", entry, site.network()) as bundle:
            options = GatherOptions(only=frozenset({"page", "column", "link"}))
            summary = await gather(entry, site.network(), bundle, as_of=AS_OF, options=options, progress=silent)
            column = bundle.get(PageRecord, f"{BASE}/tzgg/")
            link = bundle.get(LinkRecord, f"{BASE}/tzgg/7.html")
        assert summary.stopped_by == "" and summary.rendered >= 2
        assert column and column.rendered and len(column.rendered.items) == 7 and column.render_failed is None
        assert link and link.attempts and link.occurrences[0].page == f"{BASE}/tzgg/"
        assert all(site.gets()[f"/tzgg/{n}.html"] == 1 for n in range(1, 8))


@pytest.mark.browser
async def test_dead_rows_of_a_list_held_as_data_are_links_where_a_browser_shows_them(tmp_path: Path) -> None:
    nav = "<div class='nav'><a href='/'>首页</a><a href='/tzgg/'>通知公告</a></div>"
    rows = [
        {"title": f"石楼县人民政府关于第{n}号重点工作安排的通知", "url": f"/tzgg/{n}.html", "date": f"2026-01-0{n}"}
        for n in range(1, 5)
    ]
    draw = (
        f"<script>var data={json.dumps(rows, ensure_ascii=False)};document.getElementById('box').innerHTML="
        "data.slice(0,3).map(r=>'<li><a href=\"'+r.url+'\">'+r.title+'</a><span>'+r.date+'</span></li>')"
        ".join('')</script>"
    )
    pages: dict[str, Page] = {
        "/": html("石楼县人民政府", nav + items(4, "/xwzx")),
        "/tzgg/": html("通知公告", f"{nav}<h2>通知公告</h2><ul id='box'></ul>{draw}"),
    }
    pages |= {f"/tzgg/{n}.html": article(n) for n in (1, 2)} | {f"/xwzx/{n}.html": article(n) for n in range(1, 5)}
    async with serve(pages) as site:
        entry = portal(search_titles=0)
        with open_bundle(tmp_path / "b", entry, site.network()) as bundle:
            options = GatherOptions(only=frozenset({"page", "column", "link"}))
            await gather(entry, site.network(), bundle, as_of=AS_OF, options=options, progress=silent)
            column = bundle.get(PageRecord, f"{BASE}/tzgg/")
            shown, held = (bundle.get(LinkRecord, f"{BASE}/tzgg/{n}.html") for n in (3, 4))
        assert column and column.render_reason == "unlinked"
        assert shown and shown.attempts[-1].outcome is FetchOutcome.NOT_FOUND
        assert held is None  # in the data, and no visitor sees it


@pytest.mark.browser
async def test_a_dead_file_that_a_script_writes_is_a_link_where_a_browser_shows_it(tmp_path: Path) -> None:
    """seen: attachments of TRS portals (var appendix = ...): no link a script wrote into an article was known."""
    writes = (
        "<p>附件：<script>var files='<A href=\"/f/{0}.pdf\">附件{0}</A>';{1}</script></p>"
        "<script>var menu='<a href=\"/f/0{0}.pdf\">旧附件</a>'</script>"
    )
    pages: dict[str, Page] = {
        "/": html("石楼县人民政府", items(3, "/xwzx")),
        "/xwzx/1.html": article(1, writes.format(1, "document.write(files)")),
        "/xwzx/2.html": article(2, writes.format(2, "document.write(files)")),
        "/xwzx/3.html": article(3, writes.format(3, "if (location.search) document.write(files)")),
        "/f/2.pdf": lambda _: web.Response(body=b"%PDF-1.4 " + b"0" * 200, content_type="application/pdf"),
        "/f/02.pdf": lambda _: web.Response(body=b"%PDF-1.4 " + b"1" * 200, content_type="application/pdf"),
    }
    async with serve(pages) as site:
        entry = portal(search_titles=0)
        with open_bundle(tmp_path / "b", entry, site.network()) as bundle:
            options = GatherOptions(only=frozenset({"page", "column", "link"}))
            await gather(entry, site.network(), bundle, as_of=AS_OF, options=options, progress=silent)
            opened_for = [bundle.get(PageRecord, f"{BASE}/xwzx/{n}.html") for n in (1, 2, 3)]
            files = {link.url: link for link in bundle.all(LinkRecord) if "/f/" in link.url}
    assert [page and page.render_reason for page in opened_for] == ["written", "", "written"]
    (dead,) = files.values()
    assert (dead.url, dead.attempts[-1].outcome) == (f"{BASE}/f/1.pdf", FetchOutcome.NOT_FOUND)
    assert dead.occurrences[0].page == f"{BASE}/xwzx/1.html"


async def scrapy(*words: str) -> tuple[int, str]:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "scrapy",
        *words,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await child.communicate()
    return child.returncode or 0, out.decode()


async def test_scrapy_alone_crawls_a_portal_and_yields_its_pages(tmp_path: Path) -> None:
    assert await scrapy("list") == (0, "portal\n")
    async with serve(small_portal()) as site:
        targets = tmp_path / "targets.toml"
        targets.write_text(
            f'[network]\nsealed = true\n[network.hosts]\n"{HOST}" = ["127.0.0.1:{site.port}"]\n'
            f'"www.elsewhere.cn" = ["127.0.0.1:{site.port}"]\n'
            f'[[portal]]\nid = "shilou"\nname = "石楼县人民政府"\nhome = "{BASE}/"\nrate = 1000\nconcurrency = 4\n'
        )
        words = ("crawl", "portal", "-a", f"targets={targets}", "-a", f"out={tmp_path / 'b'}", "-L", "ERROR")
        code, said = await scrapy(*words, "-a", "portal=shilou", "-O", str(tmp_path / "pages.jsonl"))
        assert (code, said) == (0, "")
        lines = [json.loads(line) for line in (tmp_path / "pages.jsonl").read_text().splitlines()]
        assert len({line["url"] for line in lines}) == len(lines) == 44
        with Bundle.open(tmp_path / "b") as bundle:
            assert bundle.count(PageRecord) == 44
            assert all(link.attempts or link.skipped for link in bundle.all(LinkRecord))
        asked = len(site.requests)
        await scrapy(*words, "-a", "portal=shilou")
        assert len(site.requests) == asked  # it is complete: nothing is asked again
        _, said = await scrapy(*words, "-a", "portal=shilu")
        assert "no portal 'shilu'" in said and "there are: shilou" in said


async def test_a_further_page_of_a_list_that_is_not_there_was_not_read(tmp_path: Path) -> None:
    pager = "<div class='page'><a href='/tzgg/index_2.html'>2</a><a href='/tzgg/index_2.html'>下一页</a></div>"
    menu = "<div class='nav'><a href='/'>首页</a><a href='/tzgg/'>通知公告</a></div>"
    pages: dict[str, Page] = {
        "/": html("首页", menu + items(4, "/xwzx")),
        "/tzgg/": html("通知公告", f"<h2>通知公告</h2>{items(4, '/tzgg')}{pager}"),
    }
    async with serve(pages) as site:
        with await whole(site, tmp_path / "b") as bundle:
            column = bundle.get(ColumnRecord, f"{BASE}/tzgg/")
        assert site.gets()["/tzgg/index_2.html"] >= 1
    assert column and column.pages_read == 1

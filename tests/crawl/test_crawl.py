"""The crawl over a small portal: what is visited, what is verified, what is kept."""

from __future__ import annotations

from pathlib import Path

from portal.artifacts import FetchOutcome, Level, LinkRecord, PageRecord
from tests.crawl.drive import whole
from tests.crawl.site import HOST, serve, small_portal

BASE = f"http://{HOST}"


async def test_every_page_is_requested_once_and_every_link_verified_once(tmp_path: Path) -> None:
    async with serve(small_portal()) as site:
        with await whole(site, tmp_path / "b") as bundle:
            pages = {page.url: page for page in bundle.all(PageRecord)}
            links = {link.url: link for link in bundle.all(LinkRecord)}
        html_pages = {path for path in site.pages if path.endswith((".html", "/"))}
        assert {f"{BASE}{path}" for path in html_pages} | {f"{BASE}/gone.html"} == set(pages)
        assert {path: n for path, n in site.gets().items() if path in html_pages and n != 1} == {}
        assert site.count("/user/logout.do") == 0
        assert site.count("/logo.png") == 1
        assert all(link.attempts or link.skipped for link in links.values())
        assert links[f"{BASE}/gone.html"].attempts[-1].outcome is FetchOutcome.NOT_FOUND
        assert links["http://www.elsewhere.cn/out"].internal is False


async def test_links_are_counted_with_the_nearest_level(tmp_path: Path) -> None:
    async with serve(small_portal()) as site:
        with await whole(site, tmp_path / "b") as bundle:
            pages = {page.url: page for page in bundle.all(PageRecord)}
            links = {link.url: link for link in bundle.all(LinkRecord)}
    assert pages[f"{BASE}/"].level is Level.HOME
    assert pages[f"{BASE}/xwzx/"].level is Level.SECOND
    assert pages[f"{BASE}/xwzx/9.html"].level is Level.OTHER
    assert links[f"{BASE}/files/plan.pdf"].level is Level.HOME
    assert links[f"{BASE}/tzgg/5.html"].level is Level.SECOND
    # The home page and six list pages carry the navigation, two of them a breadcrumb as well.
    assert links[f"{BASE}/xwzx/"].count == 9

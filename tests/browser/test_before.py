"""A tab serves one visit after another: none of them comes to the page of another, and none is read for it."""

from __future__ import annotations

import pytest

from crawler.browser.service import BrowserService
from crawler.browser.visit import Wait
from portal.artifacts import FetchOutcome
from tests.browser.site import HOME, Site, html

pytestmark = pytest.mark.browser
SHORT = Wait(quiet=0.2, cap=3.0)
BACK = {
    "back": "history.back()",
    "go": "history.go(-2)",
    "later": "setTimeout(() => history.back(), 50)",
    "alert": "alert('信息不存在'); history.go('-1')",
    "frame": "document.write('<iframe srcdoc=\"<script>history.back()</script>\"></iframe>')",
    "counted": "for (let n = 0; n < 5; n++) history.pushState(n, '', '/p' + n); setTimeout(() => history.go(-6), 50)",
}


async def visited(site: Site, service: BrowserService) -> None:
    """Two visits of other pages, in the tab that serves the next one."""
    for path in ("/one", "/two"):
        seen = await service.open(site.page(path, html("前", "<p>前页</p>")), wait=SHORT)
        assert "前页" in seen.html


@pytest.mark.parametrize("way", BACK)
async def test_a_page_that_goes_back_stays_where_it_is(site: Site, service: BrowserService, way: str) -> None:
    await visited(site, service)
    asked = site.times("/two")
    seen = await service.open(site.page("/x", html("页", f"<p>正文</p><script>{BACK[way]}</script>")), wait=SHORT)
    assert ("正文" in seen.html, "前页" in seen.html) == (True, False)
    assert site.times("/two") == asked


async def test_a_page_that_gets_back_by_another_way_is_not_read(site: Site, service: BrowserService) -> None:
    await visited(site, service)
    url = site.page("/x", html("页", "<script>navigation.back().finished.catch(() => 0)</script>"))
    seen = await service.open(url, wait=SHORT)
    assert (seen.outcome, seen.html, seen.final_url) == (FetchOutcome.ABORTED, "", "")


async def test_a_page_may_go_back_to_its_own(site: Site, service: BrowserService) -> None:
    await visited(site, service)
    # What a page does before it is loaded replaces it, and leaves nothing to go back to.
    on = "onload = () => setTimeout(() => { sessionStorage.there = 1; location.href = '/there' })"
    again = f"if (!sessionStorage.there) {on}"
    site.page("/there", html("那", "<script>history.back()</script>"))
    seen = await service.open(site.page("/x", html("页", f"<p>正文</p><script>{again}</script>")), wait=SHORT)
    assert (seen.final_url, "正文" in seen.html) == (f"{HOME}/x", True)


async def test_a_page_that_goes_on_to_nobody_is_no_empty_page(site: Site, service: BrowserService) -> None:
    url = site.page("/x", html("页", "<p>正文</p><script>location.href = 'http://nobody.gov.cn/'</script>"))
    seen = await service.open(url, wait=SHORT)
    assert (seen.outcome, seen.html) == (FetchOutcome.ABORTED, "")


async def test_no_address_or_title_of_a_page_is_kept_at_any_length(site: Site, service: BrowserService) -> None:
    script = "history.replaceState(1, '', '/x?' + 'x'.repeat(1e6)); document.title = '标'.repeat(1e6)"
    seen = await service.open(site.page("/x", html("页", f"<p>正文</p><script>{script}</script>")), wait=SHORT)
    assert len(seen.final_url) == 64 * 1024
    assert len(seen.title) == 10_000

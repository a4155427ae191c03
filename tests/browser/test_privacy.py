"""Pictures show no personal data; the page itself is as it was afterwards."""

from __future__ import annotations

from crawler.browser.privacy import masked
from crawler.browser.service import BrowserService
from crawler.browser.visit import Visit, Wait
from tests.browser.site import Site, html

SHORT = Wait(quiet=0.1, cap=2.0)
LETTER = "来信人：王小明 电话13812345678，身份证11010119900307123X，邮箱 someone@example.com，办公电话0913-2222222"
MORE = (
    "138 1234 5678",
    "１３８１２３４５６７９",
    "我叫李小红",
    "尊敬的张三丰先生：您好",
    "110101 19900307 123X",
    "li.si(at)163.com",
)


async def test_personal_data_is_masked_while_the_picture_is_taken(site: Site, service: BrowserService) -> None:
    rest = "".join(f"<p class=m>{text}</p>" for text in MORE)
    url = site.page("/letter", html("信", f"<p id=l>{LETTER}</p><p id=n>索引号 000000000/2026-00012</p>" + rest))

    async def action(visit: Visit) -> tuple[str, str, str]:
        await visit.goto(url, SHORT)
        async with masked(visit.page):
            during = await visit.page.inner_text("#l")
            number = await visit.page.inner_text("#n")
            hidden.extend(await visit.page.locator(".m").all_inner_texts())
        assert await visit.picture()
        return during, await visit.page.inner_text("#l"), number

    hidden: list[str] = []
    during, after, number = await service.run(action)
    for secret in ("王小明", "13812345678", "11010119900307123X", "someone@"):
        assert secret not in during
    assert len(hidden) == len(MORE)
    assert not set(hidden) & set(MORE)
    assert "0913-2222222" in during
    assert after == LETTER
    assert number == "索引号 000000000/2026-00012"

"""No other host gets more from an audit than its pace, however names, redirects and pages lead there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from crawler.browser import traffic
from crawler.browser.browsers import Found
from crawler.browser.service import BrowserService, PageError
from crawler.browser.visit import Visit, Wait
from crawler.net.fetcher import Fetcher
from crawler.net.message import FetchRequest
from crawler.net.politeness import Politeness
from crawler.net.requestlog import RequestLog, read_log
from portal.artifacts import FetchOutcome
from portal.model import Network
from tests.browser.site import HOSTS, Site, html
from tests.net.conftest import make_portal
from tests.net.servers import AwkwardServer, DnsServer, FakeClock, Records

OTHER = f"http://{HOSTS[3]}"
NAMES = 5
SHORT = Wait(quiet=0.3, cap=3.0)


def starts(log: Path, address: str) -> Iterator[str]:
    """Yields the politeness groups of the requests to an address."""
    return (line.group for line in read_log(log) if line.address == address)


@pytest.mark.parametrize("first", ["10.0.0.{}", "127.0.0.1{}"])  # refused by us, and by the machine itself
async def test_names_that_share_an_address_share_its_pace_whatever_else_they_have(tmp_path: Path, first: str) -> None:
    victim = "127.0.0.9"
    names = [f"e{number}.evil.cn" for number in range(NAMES)]
    records: Records = {(name, "A"): [first.format(n), victim] for n, name in enumerate(names)}
    log, clock = tmp_path / "requests.jsonl", FakeClock()
    async with AwkwardServer(victim) as server, DnsServer(records) as dns:
        network = Network(nameservers=(dns.nameserver,), allow_private=("127.0.0.0/8",))
        pace = Politeness(rate=1.0, clock=clock)
        async with Fetcher(network, make_portal(), politeness=pace, log=RequestLog(log)) as fetcher:
            urls = [f"http://{name}:{server.port}/ok" for name in names]
            answers = await asyncio.gather(*(fetcher.fetch(FetchRequest(url)) for url in urls))
    assert [answer.attempt.outcome for answer in answers] == [FetchOutcome.OK] * NAMES
    assert list(starts(log, victim)) == [victim] * NAMES
    assert clock.now() >= NAMES - 1  # a second apart, as the pace says


# In a page: what asks a host of somebody else's as fast as the machine can.
LOOP = f"""let n = 0;
const more = () => {{
  for (let i = 0; i < 10; i++) fetch('{OTHER}/v?' + n++, {{mode: 'no-cors', cache: 'no-store'}}).catch(() => 0);
  setTimeout(more, 20);
}}; more();"""
FLOODS = {
    "page": f"<script>{LOOP}</script>",
    "worker": "<script>new Worker('/worker.js')</script>",
    "frame": f"<iframe src='{OTHER}/frame'></iframe>",
    "sockets": f"<script>let n = 0; setInterval(() => new WebSocket('ws://{HOSTS[3]}/v?' + n++), 10)</script>",
    "styles": "<style>" + "".join(f"@import '{OTHER}/v?{number}';" for number in range(600)) + "</style>",
}


@pytest.mark.browser
@pytest.mark.parametrize("flood", FLOODS)
async def test_a_page_that_goes_on_asking_is_left_and_not_measured(
    site: Site, found: Found, monkeypatch: pytest.MonkeyPatch, flood: str
) -> None:
    monkeypatch.setattr(traffic, "MOST_SENT", 60)
    site.page("/worker.js", lambda _: web.Response(text=LOOP, content_type="text/javascript"))
    site.page("/frame", html("框", f"<script>{LOOP}</script>"), HOSTS[3])
    site.page("/v", lambda _: web.Response(text="", content_type="text/css"), HOSTS[3])
    url, quiet = site.page("/flood", html("流", FLOODS[flood])), site.page("/quiet", html("静", "<p>静</p>"))
    left = asyncio.Event()

    async def look(visit: Visit) -> None:
        await visit.goto(url, SHORT)
        await left.wait()  # as long as it is let

    async with BrowserService(site.network, found=found, page_seconds=40.0) as service:
        with pytest.raises(PageError, match="asked for more than"):
            await service.run(look)
        assert (await service.open(quiet, wait=SHORT)).outcome is FetchOutcome.OK
        asked = site.times("/v")
        assert (await service.open(quiet, wait=SHORT)).outcome is FetchOutcome.OK
    assert 40 < site.times("/v") == asked < 400  # nothing goes on behind it; what was on its way came through
    assert service.requests >= traffic.MOST_SENT


@pytest.mark.browser
async def test_what_goes_out_as_a_socket_is_charged_to_its_host(site: Site, found: Found) -> None:
    pace = Politeness(rate=1000)
    url = site.page("/page", html("页", f"<script>new WebSocket('ws://{HOSTS[3]}/a')</script>"))
    async with BrowserService(site.network, found=found, politeness=pace) as service:
        await service.open(url, wait=SHORT)
    assert site.times("/a") == 1
    assert pace.spent == service.requests == len(site.asked)

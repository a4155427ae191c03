"""Link verification: which requests are sent, and what they prove."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from crawler.crawl.verify import EXTERNAL_BYTES, reverify, verify
from crawler.net.fetcher import Fetcher
from portal.artifacts import FetchOutcome
from portal.lost import CUT
from storage.bundle import Bundle, Header
from tests.net.conftest import HOST, SITE, Reach, make_network, make_portal
from tests.net.servers import AwkwardServer


@pytest.mark.parametrize(
    ("path", "methods", "outcome", "sniffed"),
    [
        ("/ok", ["GET"], FetchOutcome.OK, "html"),
        ("/status/404", ["GET"], FetchOutcome.NOT_FOUND, "html"),
        ("/file.pdf", ["GET"], FetchOutcome.OK, "pdf"),
        ("/big.pdf", ["GET"], FetchOutcome.OK, "pdf"),
        ("/no-range.pdf", ["GET", "GET"], FetchOutcome.OK, "pdf"),
        ("/fake.pdf", ["GET", "GET"], FetchOutcome.OK, "html"),
        ("/whole.zip", ["GET"], FetchOutcome.OK, "zip"),
        ("/cut.zip", ["GET", "GET"], FetchOutcome.OK, "zip"),
        ("/empty.pdf", ["GET", "GET"], FetchOutcome.OK, "empty"),
        ("/missing.pdf", ["GET"], FetchOutcome.NOT_FOUND, "html"),
        ("/picture.png", ["HEAD"], FetchOutcome.OK, ""),
        ("/head-405.png", ["HEAD", "GET"], FetchOutcome.OK, "image"),
        ("/fake.png", ["HEAD", "GET"], FetchOutcome.OK, "html"),
        ("/missing.css", ["HEAD", "GET"], FetchOutcome.NOT_FOUND, "html"),
    ],
)
async def test_each_kind_of_target_has_its_requests(
    reach: Reach, path: str, methods: list[str], outcome: FetchOutcome, sniffed: str
) -> None:
    async with reach() as (server, fetcher):
        attempts = await verify(SITE + path, fetcher, internal=True)
    assert [asked.method for asked in server.asked()] == methods
    assert len(attempts) == len(methods)
    assert (attempts[-1].outcome, attempts[-1].sniffed) == (outcome, sniffed)


async def test_an_empty_file_says_so(reach: Reach) -> None:
    async with reach() as (_, fetcher):
        attempts = await verify(f"{SITE}/empty.pdf", fetcher, internal=True)
    assert (attempts[-1].status, attempts[-1].length, attempts[-1].sniffed) == (200, 0, "empty")


@pytest.mark.parametrize(("path", "signs"), [("/cut.zip", (CUT,)), ("/whole.zip", ())])
async def test_a_file_that_is_cut_short_says_so(path: str, signs: tuple[str, ...], reach: Reach) -> None:
    async with reach() as (_, fetcher):
        attempts = await verify(SITE + path, fetcher, internal=True)
        again = await reverify(SITE + path, fetcher, attempts, internal=True)
    assert {attempt.signs for attempt in (*attempts, again)} == {signs}


async def test_a_page_is_described(reach: Reach) -> None:
    async with reach() as (_, fetcher):
        (attempt,) = await verify(f"{SITE}/ok", fetcher, internal=True)
    assert (attempt.title, attempt.text_length) == ("标题", 1)
    assert attempt.sketch


async def test_pages_of_other_sites_are_not_read_whole(reach: Reach) -> None:
    async with reach() as (server, fetcher):
        (attempt,) = await verify(f"{SITE}/endless", fetcher, internal=False)
    assert attempt.outcome is FetchOutcome.OK
    assert (attempt.text_length, attempt.sketch) == (None, 0)
    assert server.sent < 256 * EXTERNAL_BYTES  # what socket buffers on loopback swallow


async def test_a_page_that_sends_its_visitor_to_another_domain_shows_what_is_there() -> None:
    async with AwkwardServer() as server:
        network = make_network({"www.other.cn": server.endpoint, "www.sold.cn": server.endpoint})
        async with Fetcher(network, make_portal()) as fetcher:
            (sold,) = await verify("http://www.other.cn/sent-away", fetcher, internal=False)
            (moved,) = await verify("http://www.other.cn/sent-on", fetcher, internal=False)
            (own,) = await verify("http://www.other.cn/sent-away", fetcher, internal=True)
    assert (sold.final_url, sold.signs, len(sold.hops)) == ("http://www.sold.cn/casino", ("gambling:words",), 1)
    assert (moved.final_url, moved.signs) == ("http://www.other.cn/sent-on", ())
    assert (own.final_url, own.signs) == ("http://www.other.cn/sent-away", ())


async def test_evidence_is_kept_where_something_may_be_wrong(tmp_path: Path) -> None:
    start = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    header = Header("a-1", make_portal(), make_network(), start.date(), start, "seed", "0")
    with Bundle.create(tmp_path / "bundle", header) as bundle:
        async with AwkwardServer() as server:
            network = make_network({HOST: server.endpoint})
            async with Fetcher(network, make_portal(), bundle) as fetcher:

                async def kept(path: str, internal: bool) -> bool:
                    return bool((await verify(SITE + path, fetcher, internal=internal))[-1].evidence)

                assert await kept("/ok", True)
                assert not await kept("/ok?external", False)
                assert await kept("/status/404", False)
                assert await kept("/drop", False)
                assert await kept("/hops/1", False)
                assert await kept("/fake.pdf", False)
                assert not await kept("/file.pdf", True)


async def test_the_second_look_uses_another_method(reach: Reach) -> None:
    async with reach() as (server, fetcher):
        for path in ("/head-405", "/head-404", "/head-hangup"):
            first = await verify(f"{SITE}{path}.png", fetcher, internal=True)
            assert first[-1].via == "get"
        again = await reverify(f"{SITE}/status/500", fetcher, (), internal=True)
    assert (again.via, again.outcome) == ("get", FetchOutcome.SERVER_ERROR)
    assert server.asked()[-1].method == "GET"


async def test_the_second_look_changes_the_family_where_both_are_there() -> None:
    async with AwkwardServer() as four, AwkwardServer("::1") as six:
        network = make_network()
        network.hosts[HOST] = (four.endpoint, six.endpoint)
        async with Fetcher(network, make_portal()) as fetcher:
            first = await verify(f"{SITE}/status/500", fetcher, internal=True)
            second = await reverify(f"{SITE}/status/500", fetcher, first, internal=True, families=(4, 6))
            third = await reverify(f"{SITE}/status/500", fetcher, (*first, second), internal=True, families=(4, 6))
            only4 = await reverify(f"{SITE}/status/500", fetcher, first, internal=True, families=(4,))
    assert [a.via for a in (*first, second, third, only4)] == ["get", "get6", "get4", "get"]
    assert [a.family for a in (*first, second, third, only4)] == [4, 6, 4, 4]


@pytest.mark.parametrize("url", ["http://10.0.0.1/a.pdf", "http://unknown.gov.cn/a.png", "htp://www.a.gov.cn/"])
async def test_what_cannot_be_asked_is_tried_once(reach: Reach, url: str) -> None:
    async with reach() as (server, fetcher):
        (attempt,) = await verify(url, fetcher, internal=False)
    assert not attempt.outcome.asked
    assert server.log == []

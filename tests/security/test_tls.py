"""Whom one talks to is verified, by fetcher, probes and browser alike; what is not is said and never read."""

from __future__ import annotations

import datetime as dt
import ssl
from pathlib import Path

import pytest
import trustme

from crawler.browser.browsers import Found
from crawler.browser.service import BrowserService
from crawler.browser.visit import Wait
from crawler.net.fetcher import Fetcher
from crawler.probe.probes import probe_host
from portal.artifacts import FetchOutcome
from portal.model import Network
from tests.browser.site import Site, html
from tests.net.conftest import make_network, make_portal
from tests.net.servers import AwkwardServer
from tests.security.vantage import SEES_ALL

NAME = "www.tls.gov.cn"
PAST = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def served_by(ca: trustme.CA, fault: str) -> ssl.SSLContext:
    """Returns the TLS of a server with a fault: expired, name, issuer, "" for none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    match fault:
        case "expired":
            leaf = ca.issue_cert(NAME, not_before=PAST, not_after=PAST + dt.timedelta(days=30))
        case "name":
            leaf = ca.issue_cert("other.gov.cn")
        case "issuer":
            leaf = trustme.CA().issue_cert(NAME)
        case _:
            leaf = ca.issue_cert(NAME)
    leaf.configure_cert(context)
    return context


@pytest.mark.parametrize(
    ("fault", "outcome", "says"),
    [
        ("", FetchOutcome.OK, ""),
        ("expired", FetchOutcome.TLS, "expired"),
        ("name", FetchOutcome.TLS, "another name"),
        ("issuer", FetchOutcome.TLS, "issuer"),
    ],
)
async def test_the_probe_of_a_host_verifies_whom_it_talks_to(
    fault: str, outcome: FetchOutcome, says: str, tmp_path: Path
) -> None:
    ca, root = trustme.CA(), tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(str(root))
    async with AwkwardServer(tls=served_by(ca, fault)) as server:
        portal = make_portal(home=f"https://{NAME}/", robots="ignore", authorisation="1")
        async with Fetcher(make_network({NAME: server.endpoint}), portal, ca_file=str(root)) as fetcher:
            record = await probe_host(NAME, f"https://{NAME}/ok", fetcher, fetcher.resolver, SEES_ALL, times=2)
        assert [attempt.outcome for attempt in record.ipv4] == [outcome] * 2
        assert all(says in attempt.error for attempt in record.ipv4)
        assert bool(server.log) is (outcome is FetchOutcome.OK)  # not a word was said to the wrong one


@pytest.mark.browser
async def test_the_browser_shows_no_page_of_an_unverified_server_and_runs_no_script_of_it(
    site: Site, found: Found
) -> None:
    async with AwkwardServer(tls=served_by(trustme.CA(), "issuer")) as server:
        network = Network(hosts={**site.network.hosts, NAME: (server.endpoint,)}, sealed=True)
        body = f"<iframe src='https://{NAME}/ok'></iframe><script src='https://{NAME}/ok'></script>"
        mixed = site.page(
            "/", html("页", f"<p>正文</p>{body}<script>fetch('https://{NAME}/ok', {{mode: 'no-cors'}})</script>")
        )
        async with BrowserService(network, found=found) as service:
            seen = await service.open(f"https://{NAME}/ok", wait=Wait(0.2, 2.0))
            assert (seen.outcome, seen.html) == (FetchOutcome.TLS, "")
            assert "正文" in (await service.open(mixed, wait=Wait(0.3, 3.0))).html
        assert server.log == []

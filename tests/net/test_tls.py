"""TLS: what a browser would refuse is TLS, with the reason in words."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from pathlib import Path

import pytest
import trustme

from crawler.fetcher import Fetcher, FetchRequest
from portal.artifacts import Attempt, FetchOutcome
from tests.net.conftest import make_network, make_portal
from tests.net.servers import AwkwardServer

NAME = "www.tls.gov.cn"


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


async def attempt_with(ca: trustme.CA, folder: Path, leaf: trustme.LeafCert, *, trusted: bool = True) -> Attempt:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    root = folder / "ca.pem"
    (ca if trusted else trustme.CA()).cert_pem.write_to_path(str(root))
    async with AwkwardServer(tls=context) as server:
        network = make_network({NAME: server.endpoint})
        async with Fetcher(network, make_portal(), ca_file=str(root)) as fetcher:
            return (await fetcher.fetch(FetchRequest(f"https://{NAME}/ok"))).attempt


async def test_a_good_certificate(ca: trustme.CA, tmp_path: Path) -> None:
    attempt = await attempt_with(ca, tmp_path, ca.issue_cert(NAME))
    assert (attempt.outcome, attempt.status) == (FetchOutcome.OK, 200)


async def test_an_expired_certificate(ca: trustme.CA, tmp_path: Path) -> None:
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    leaf = ca.issue_cert(NAME, not_before=past, not_after=past + dt.timedelta(days=30))
    attempt = await attempt_with(ca, tmp_path, leaf)
    assert attempt.outcome is FetchOutcome.TLS
    assert "expired" in attempt.error


async def test_a_certificate_for_another_name(ca: trustme.CA, tmp_path: Path) -> None:
    attempt = await attempt_with(ca, tmp_path, ca.issue_cert("other.gov.cn"))
    assert attempt.outcome is FetchOutcome.TLS
    assert "another name" in attempt.error


async def test_an_unknown_issuer(ca: trustme.CA, tmp_path: Path) -> None:
    attempt = await attempt_with(ca, tmp_path, ca.issue_cert(NAME), trusted=False)
    assert attempt.outcome is FetchOutcome.TLS
    assert "issuer" in attempt.error or "self-signed" in attempt.error


async def test_https_towards_a_plain_server() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, Fetcher(make_network({NAME: f"127.0.0.1:{port}"}), make_portal()) as fetcher:
        attempt = (await fetcher.fetch(FetchRequest(f"https://{NAME}/ok"))).attempt
    assert attempt.outcome in (FetchOutcome.TLS, FetchOutcome.RESET)

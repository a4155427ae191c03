"""What a host's certificate is worth, from a handshake with a real server."""

from __future__ import annotations

import base64
import datetime as dt
import random
import ssl
from pathlib import Path

import pytest
import trustme

from crawler.net.certificates import certificate_of
from crawler.net.chains import Chains
from crawler.net.fetcher import Fetcher
from crawler.probe.probes import secure_address
from portal.artifacts import Certificate, CertificateState
from tests.net.conftest import make_network, make_portal
from tests.net.servers import AwkwardServer

NAME = "www.tls.gov.cn"
PAST = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


async def certificate(ca: trustme.CA, folder: Path, leaf: trustme.LeafCert | None) -> Certificate | None:
    """Returns the certificate of a server with that leaf, of one without TLS where there is none."""
    context = None
    if leaf is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        leaf.configure_cert(context)
    root = folder / "ca.pem"
    ca.cert_pem.write_to_path(str(root))
    async with AwkwardServer(tls=context) as server:
        network = make_network({NAME: server.endpoint})
        async with Fetcher(network, make_portal(), ca_file=str(root)) as fetcher:
            found = await fetcher.certificate(f"https://{NAME}/")
        assert not server.asked("/")
        return found


async def test_a_good_one_says_until_when(ca: trustme.CA, tmp_path: Path) -> None:
    found = await certificate(ca, tmp_path, ca.issue_cert(NAME, "*.tls.gov.cn"))
    assert found is not None and found.ends is not None
    assert (found.state, found.host) == (CertificateState.VALID, NAME)
    assert found.names == (NAME, "*.tls.gov.cn")
    assert found.issuer.startswith("trustme")
    assert found.ends > dt.datetime.now(dt.UTC)


@pytest.mark.parametrize(
    ("names", "begins", "state"),
    [
        ((NAME,), PAST, CertificateState.EXPIRED),
        ((NAME,), dt.datetime.now(dt.UTC) + dt.timedelta(days=9), CertificateState.EARLY),
        (("other.gov.cn", "*.gov.cn"), None, CertificateState.WRONG_NAME),
        (("*.tls.gov.cn",), None, CertificateState.VALID),
    ],
)
async def test_days_and_names_are_looked_at(
    ca: trustme.CA, tmp_path: Path, names: tuple[str, ...], begins: dt.datetime | None, state: CertificateState
) -> None:
    leaf = ca.issue_cert(*names, not_before=begins, not_after=begins + dt.timedelta(days=30) if begins else None)
    found = await certificate(ca, tmp_path, leaf)
    assert found is not None and found.state is state


async def test_an_issuer_nobody_knows(ca: trustme.CA, tmp_path: Path) -> None:
    found = await certificate(ca, tmp_path, trustme.CA().issue_cert(NAME))
    assert found is not None and found.state is CertificateState.UNTRUSTED


async def test_a_server_without_tls_has_none() -> None:
    async with (
        AwkwardServer() as server,
        Fetcher(make_network(allow_private=("127.0.0.0/8",)), make_portal()) as fetcher,
    ):
        found = await fetcher.certificate(f"https://{server.endpoint}/")
    assert found == Certificate("127.0.0.1", CertificateState.NONE)


async def test_a_place_to_connect_to_says_nothing_of_other_ports(ca: trustme.CA, tmp_path: Path) -> None:
    assert await certificate(ca, tmp_path, None) is None


async def test_an_inner_address_is_not_asked(ca: trustme.CA) -> None:
    async with Fetcher(make_network({}), make_portal()) as fetcher:
        assert await fetcher.certificate("https://127.0.0.1/") is None
        assert fetcher.requests == 0


def test_the_address_is_the_one_browsers_try() -> None:
    assert secure_address("http://www.a.gov.cn/zwgk/") == "https://www.a.gov.cn/"
    assert secure_address("http://www.a.gov.cn:8080/") == "https://www.a.gov.cn/"
    assert secure_address("https://www.a.gov.cn:8443/x") == "https://www.a.gov.cn:8443/"
    assert secure_address("http://[2001:db8::1]/") == "https://[2001:db8::1]/"


def made_up(der: bytes) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(der).decode()}-----END CERTIFICATE-----\n"


async def test_no_certificate_a_server_makes_up_is_more_than_unreadable(ca: trustme.CA, tmp_path: Path) -> None:
    root = tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(str(root))
    der = ssl.PEM_cert_to_DER_cert(ca.issue_cert(NAME, "192.0.2.1").cert_chain_pems[0].bytes().decode())
    luck = random.Random(7)
    now = dt.datetime.now(dt.UTC)
    unread = 0
    for _ in range(1500):
        broken = bytearray(der)
        for _ in range(luck.randint(1, 3)):
            broken[luck.randrange(len(broken))] = luck.randrange(256)
        sent = made_up(bytes(broken))

        async def again(_: str, broken: bytes = bytes(broken)) -> bytes:
            return broken

        found = certificate_of([sent], NAME, trusted=False, now=now)
        unread += found.state is CertificateState.NONE
        assert found.state is not CertificateState.VALID
        assert not await Chains(str(root), again).trusted("other.gov.cn", [sent])
    assert 100 < unread < 1500

"""TLS: what a browser would refuse is TLS, with the reason in words."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from crawler.net.fetcher import Fetcher
from crawler.net.message import FetchRequest
from portal.artifacts import Attempt, FetchOutcome
from tests.net.conftest import make_network, make_portal
from tests.net.servers import AwkwardServer

NAME = "www.tls.gov.cn"


async def attempt_with(ca: trustme.CA, folder: Path, leaf: trustme.LeafCert, *, trusted: bool = True) -> Attempt:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    root = folder / "ca.pem"
    (ca if trusted else trustme.CA()).cert_pem.write_to_path(str(root))
    async with AwkwardServer(tls=context) as server:
        network = make_network({NAME: server.endpoint})
        async with Fetcher(network, make_portal(), ca_file=str(root)) as fetcher:
            return (await fetcher.fetch(FetchRequest(f"https://{NAME}/ok"))).attempt


async def test_a_good_certificate_is_valid(ca: trustme.CA, tmp_path: Path) -> None:
    attempt = await attempt_with(ca, tmp_path, ca.issue_cert(NAME))
    assert (attempt.outcome, attempt.status) == (FetchOutcome.OK, 200)


async def test_an_expired_certificate_is_a_tls_error(ca: trustme.CA, tmp_path: Path) -> None:
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    leaf = ca.issue_cert(NAME, not_before=past, not_after=past + dt.timedelta(days=30))
    attempt = await attempt_with(ca, tmp_path, leaf)
    assert attempt.outcome is FetchOutcome.TLS
    assert "expired" in attempt.error


async def test_a_certificate_for_another_name_is_a_tls_error(ca: trustme.CA, tmp_path: Path) -> None:
    attempt = await attempt_with(ca, tmp_path, ca.issue_cert("other.gov.cn"))
    assert attempt.outcome is FetchOutcome.TLS
    assert "another name" in attempt.error


async def test_an_unknown_issuer_is_a_tls_error(ca: trustme.CA, tmp_path: Path) -> None:
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


AIA = "http://ca.gov.cn/issuer.der"


def leaf_with_address(issuer: trustme.CA, name: str) -> trustme.LeafCert:
    """Returns a certificate that names where its issuer's can be had, and the chain without that one."""
    certificate = x509.load_pem_x509_certificate(issuer.cert_pem.bytes())
    signer = serialization.load_pem_private_key(issuer.private_key_pem.bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC)
    access = x509.AccessDescription(
        x509.oid.AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(AIA)
    )
    leaf = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=True)
        .add_extension(x509.AuthorityInformationAccess([access]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(signer, hashes.SHA256())
    )
    pem = leaf.public_bytes(serialization.Encoding.PEM)
    plain = serialization.PrivateFormat.TraditionalOpenSSL
    private = key.private_bytes(serialization.Encoding.PEM, plain, serialization.NoEncryption())
    return trustme.LeafCert(private, pem, [])


async def incomplete(ca: trustme.CA, issuer: trustme.CA, name: str, folder: Path, times: int = 1) -> list[Attempt]:
    """Returns attempts at a server that leaves its intermediate certificate out."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf_with_address(issuer, name).configure_cert(context)
    root = folder / "root.pem"
    ca.cert_pem.write_to_path(str(root))
    der = x509.load_pem_x509_certificate(issuer.cert_pem.bytes()).public_bytes(serialization.Encoding.DER)
    async with AwkwardServer(tls=context) as server, AwkwardServer(files={"/issuer.der": der}) as authority:
        network = make_network({NAME: server.endpoint, "ca.gov.cn": authority.endpoint})
        async with Fetcher(network, make_portal(), ca_file=str(root)) as fetcher:
            found = [(await fetcher.fetch(FetchRequest(f"https://{NAME}/ok?{n}"))).attempt for n in range(times)]
        assert len(authority.asked()) <= 1, "a chain is completed once for a host"
    return found


async def test_an_incomplete_chain_is_completed_as_browsers_do(ca: trustme.CA, tmp_path: Path) -> None:
    attempts = await incomplete(ca, ca.create_child_ca(), NAME, tmp_path, times=3)
    assert [(a.outcome, a.status) for a in attempts] == [(FetchOutcome.OK, 200)] * 3


async def test_an_incomplete_chain_of_nobody_stays_refused(ca: trustme.CA, tmp_path: Path) -> None:
    (attempt,) = await incomplete(ca, trustme.CA().create_child_ca(), NAME, tmp_path)
    assert attempt.outcome is FetchOutcome.TLS


async def test_an_incomplete_chain_for_another_name_stays_refused(ca: trustme.CA, tmp_path: Path) -> None:
    (attempt,) = await incomplete(ca, ca.create_child_ca(), "other.gov.cn", tmp_path)
    assert attempt.outcome is FetchOutcome.TLS

"""Certificate chains a server sends incomplete, completed as browsers do.

Many servers send only their own certificate and leave the intermediate one out. Browsers fetch it from the address
named in the certificate (Authority Information Access), so a visitor sees nothing wrong; a TLS library alone refuses.
To call such a site unreachable would be a false accusation. Here the missing certificates are fetched the same way and
the whole chain is verified against the trusted roots for the host's name; then, and only then, this host is talked to
with its public key pinned.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
import ipaddress
import warnings
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

MOST_STEPS = 4  # intermediates fetched for one chain
_BEGIN = b"-----BEGIN CERTIFICATE-----"
# What reading a part of a certificate raises: each is read when it is asked for, and servers send what they like.
UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.UnsupportedGeneralNameType,
)

Inspect = Callable[[], Awaitable[Sequence[str]]]
Download = Callable[[str], Awaitable[bytes]]


class Chains:
    """The pins of hosts whose chains had to be completed. `download` gets a certificate's bytes, b"" for nothing."""

    def __init__(self, ca_file: str, download: Download) -> None:
        self._ca = ca_file
        self._download = download
        self._pins: dict[str, str] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    def known(self, authority: str) -> str:
        """Returns the pin of a host whose chain was completed before, "" else."""
        return self._pins.get(authority, "")

    async def pin(self, authority: str, host: str, inspect: Inspect) -> str:
        """Returns the public key to pin ("sha256//...") where the host's chain can be completed, "" where it cannot.

        `inspect` gives the certificates the server sends, as PEM, its own first. Asked once per host and port.
        """
        async with self._locks.setdefault(authority, asyncio.Lock()):
            if authority not in self._pins:
                self._pins[authority] = await self._complete(host, await inspect())
            return self._pins[authority]

    async def trusted(self, host: str, sent: Sequence[str]) -> bool:
        """Returns whether what a server sent leads to a trusted root for the host's name, completed if need be."""
        return bool(await self._complete(host, sent))

    async def _complete(self, host: str, sent: Sequence[str]) -> str:
        chain = [found for pem in sent if (found := load_certificate(pem.encode())) is not None]
        if not chain:
            return ""
        leaf, others = chain[0], chain[1:]
        issuer = leaf
        for _ in range(MOST_STEPS):
            try:
                if _verified(leaf, others, host, self._ca):
                    key = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
                    return f"sha256//{base64.b64encode(hashlib.sha256(key).digest()).decode()}"
                issuer = _top(issuer, others)
            except UNREADABLE:
                return ""
            fetched = await self._issuer_of(issuer)
            if fetched is None:
                return ""
            others.append(fetched)
        return ""

    async def _issuer_of(self, certificate: x509.Certificate) -> x509.Certificate | None:
        for url in issuer_urls(certificate):
            if (found := load_certificate(await self._download(url))) is not None:
                return found
        return None


def issuer_urls(certificate: x509.Certificate) -> list[str]:
    """Returns where a certificate says its issuer's certificate can be had (http only, as browsers do)."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except UNREADABLE:
        return []
    wanted = x509.oid.AuthorityInformationAccessOID.CA_ISSUERS
    found = [
        str(entry.access_location.value)
        for entry in access
        if entry.access_method == wanted and isinstance(entry.access_location, x509.UniformResourceIdentifier)
    ]
    return [url for url in found if url.startswith("http://")][:2]


def _top(start: x509.Certificate, others: Sequence[x509.Certificate]) -> x509.Certificate:
    """Follows issuers within what is known, to the last certificate whose issuer is missing."""
    current = start
    for _ in range(len(others)):
        above = next((other for other in others if other.subject == current.issuer and other != current), None)
        if above is None:
            break
        current = above
    return current


def _verified(leaf: x509.Certificate, others: Sequence[x509.Certificate], host: str, ca_file: str) -> bool:
    subject: x509.DNSName | x509.IPAddress
    try:
        subject = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        subject = x509.DNSName(host)
    try:
        verifier = PolicyBuilder().store(_roots(ca_file)).time(dt.datetime.now(dt.UTC)).build_server_verifier(subject)
        verifier.verify(leaf, list(others))
    except (VerificationError, ValueError):
        return False
    return True


@lru_cache(maxsize=4)
def _roots(ca_file: str) -> Store:
    """Returns the trusted roots of a PEM file; the unreadable left out. Raises ValueError if none."""
    blocks = Path(ca_file).read_bytes().split(_BEGIN)[1:]
    return Store([root for block in blocks if (root := load_certificate(_BEGIN + block)) is not None])


def load_certificate(data: bytes) -> x509.Certificate | None:
    """Returns a certificate in PEM, DER or the first of a PKCS #7 bundle, None for anything else."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of forms that are on their way out, such as a serial number 0
            if data.lstrip().startswith(b"-----BEGIN"):
                return x509.load_pem_x509_certificate(data)
            if data:
                return x509.load_der_x509_certificate(data)
    except UNREADABLE:
        from cryptography.hazmat.primitives.serialization import pkcs7  # late: with it comes all of `email`

        try:
            found = pkcs7.load_der_pkcs7_certificates(data)
        except UNREADABLE:
            return None
        return found[0] if found else None
    return None

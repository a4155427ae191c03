"""What a host says of itself over TLS, read from the certificates it sends: a handshake, no request.

A certificate is judged as a browser would: its days, the host's name in it, and a chain to the trusted roots, completed
where the server left out what browsers fetch by themselves (`crawler.net.chains`).
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Sequence

from cryptography import x509

from crawler.net.chains import UNREADABLE, load_certificate
from portal.artifacts import Certificate, CertificateState

NAMES = 20  # names of a certificate that are kept


def certificate_of(sent: Sequence[str], host: str, *, trusted: bool, now: dt.datetime) -> Certificate:
    """Returns what the certificates a server sent (PEM, its own first) prove at a time (aware), for a host's name.

    `trusted` says whether the chain leads to a trusted root. The state is NONE without a certificate and where the own
    one cannot be read at all, UNTRUSTED where only its days cannot be read.
    """
    own = load_certificate(sent[0].encode()) if sent else None
    if own is None:
        return Certificate(host, CertificateState.NONE)
    names = _names(own)
    try:
        begin, end = own.not_valid_before_utc, own.not_valid_after_utc
    except UNREADABLE:
        return Certificate(host, CertificateState.UNTRUSTED, _issuer(own), tuple(names[:NAMES]))
    if not begin <= now <= end:
        state = CertificateState.EXPIRED if now > end else CertificateState.EARLY
    elif not any(_covers(name, host) for name in names):
        state = CertificateState.WRONG_NAME
    else:
        state = CertificateState.VALID if trusted else CertificateState.UNTRUSTED
    return Certificate(host, state, _issuer(own), tuple(names[:NAMES]), begin, end)


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except UNREADABLE:
        return []  # browsers have not looked at the common name for years
    addresses = [str(address) for address in found.get_values_for_type(x509.IPAddress)]
    return [name.lower() for name in found.get_values_for_type(x509.DNSName)] + addresses


def _covers(name: str, host: str) -> bool:
    try:
        return ipaddress.ip_address(name) == ipaddress.ip_address(host)
    except ValueError:
        pass
    if name.startswith("*."):
        return host.partition(".")[2] == name[2:]
    return name == host


def _issuer(certificate: x509.Certificate) -> str:
    try:
        for kind in (x509.oid.NameOID.ORGANIZATION_NAME, x509.oid.NameOID.COMMON_NAME):
            for attribute in certificate.issuer.get_attributes_for_oid(kind):
                return str(attribute.value)[:100]
    except UNREADABLE:
        pass
    return ""

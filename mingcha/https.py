"""What a portal's hosts offer over HTTPS, in Chinese: for the report, and as a warning before a certificate runs out.

No check judges it: the national rules ask for no HTTPS. A visitor's browser judges, and shows nothing of a site whose
certificate it does not trust.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from msgspec import Struct

from portal.artifacts import Certificate, CertificateState, HostRecord
from storage.lifecycle import day_of

SOON = 30  # days before the end of a certificate from which it is a warning: renewals take weeks in an office
_WORDS = {
    CertificateState.NONE: "未提供浏览器可用的HTTPS",
    CertificateState.WRONG_NAME: "证书不是签发给本域名的，浏览器会拦截访问",
    CertificateState.UNTRUSTED: "证书的签发者不受浏览器信任，浏览器会拦截访问",
}


class Secured(Struct, frozen=True):
    """One host: a sentence, and whether its operator has something to do."""

    text: str
    warning: bool


def secured(hosts: Iterable[HostRecord], now: dt.datetime) -> tuple[Secured, ...]:
    """Returns a sentence about every host whose certificate was looked at, in the order given. `now` is aware."""
    return tuple(_said(host.certificate, now) for host in hosts if host.certificate is not None)


def ends(hosts: Iterable[HostRecord]) -> dict[str, str]:
    """Returns when the certificates browsers trust end, ISO 8601, by host."""
    held = [host.certificate for host in hosts if host.certificate is not None]
    return {
        one.host: one.ends.isoformat() for one in held if one.state is CertificateState.VALID and one.ends is not None
    }


def _said(certificate: Certificate, now: dt.datetime) -> Secured:
    state, begins, ends = certificate.state, certificate.begins, certificate.ends
    words, warning = _WORDS.get(state, ""), state is not CertificateState.NONE
    if state is CertificateState.VALID and ends is not None:
        days = (ends - now).days
        warning = days < SOON
        words = f"证书有效至{_day(ends)}" + (f"，还有{days}天，请及时更换" if warning else "")
    elif state is CertificateState.EXPIRED and ends is not None:
        words = f"证书已于{_day(ends)}过期，浏览器会拦截访问"
    elif state is CertificateState.EARLY and begins is not None:
        words = f"证书自{_day(begins)}起才有效，浏览器会拦截访问"
    issuer = f"（签发者：{certificate.issuer}）" if certificate.issuer else ""
    return Secured(f"{certificate.host} {words}{issuer}", warning)


def _day(moment: dt.datetime) -> str:
    return day_of(moment).isoformat()

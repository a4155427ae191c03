"""Sentences about HTTPS: until when, and what has to be done."""

from __future__ import annotations

import datetime as dt

import pytest

from mingcha.https import ends, secured
from portal.artifacts import Certificate, CertificateState, DnsAnswer, DnsStatus, HostRecord

NOW = dt.datetime(2026, 11, 28, 4, 0, tzinfo=dt.UTC)
HOST = "www.a.gov.cn"
ANSWER = DnsAnswer(DnsStatus.ANSWER)


def of(state: CertificateState, begins: int = -100, ends: int = 100) -> Certificate:
    """Returns a certificate that begins and ends that many days from now."""
    return Certificate(HOST, state, "某CA", (HOST,), NOW + dt.timedelta(begins), NOW + dt.timedelta(ends))


@pytest.mark.parametrize(
    ("certificate", "text", "warning"),
    [
        (of(CertificateState.VALID), "证书有效至2027-03-08（签发者：某CA）", False),
        (of(CertificateState.VALID, ends=29), "证书有效至2026-12-27，还有29天，请及时更换（签发者：某CA）", True),
        (of(CertificateState.EXPIRED, ends=-1), "证书已于2026-11-27过期，浏览器会拦截访问（签发者：某CA）", True),
        (of(CertificateState.EARLY, begins=1), "证书自2026-11-29起才有效，浏览器会拦截访问（签发者：某CA）", True),
        (of(CertificateState.WRONG_NAME), "证书不是签发给本域名的，浏览器会拦截访问（签发者：某CA）", True),
        (of(CertificateState.UNTRUSTED), "证书的签发者不受浏览器信任，浏览器会拦截访问（签发者：某CA）", True),
        (Certificate(HOST, CertificateState.NONE), "未提供浏览器可用的HTTPS", False),
    ],
)
def test_a_sentence_for_every_state(certificate: Certificate, text: str, warning: bool) -> None:
    (said,) = secured([HostRecord(HOST, ANSWER, ANSWER, certificate=certificate)], NOW)
    assert (said.text, said.warning) == (f"{HOST} {text}", warning)


def test_nothing_is_said_of_hosts_nobody_looked_at() -> None:
    assert secured([HostRecord(HOST, ANSWER, ANSWER)], NOW) == ()


def test_only_what_browsers_trust_ends() -> None:
    held = of(CertificateState.VALID)
    hosts = [HostRecord(HOST, ANSWER, ANSWER, certificate=one) for one in (held, of(CertificateState.EXPIRED), None)]
    assert ends(hosts) == {HOST: (NOW + dt.timedelta(100)).isoformat()}
    assert ends(hosts[1:]) == {}

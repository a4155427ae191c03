"""From what a transfer came to (status and headers, or a libcurl error) to the closed `FetchOutcome`. Pure.

Only an answer that says something about the target counts against it. What bot protection answers (401, 403, 405, 407,
412, 429, 451, 202, 521 with a script, challenge pages under any status) is BLOCKED, never a failure.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping

import pycurl
from msgspec import Struct

from portal.artifacts import FetchOutcome

_BLOCKED = frozenset({401, 402, 403, 405, 407, 412, 418, 425, 428, 429, 431, 451, 494, 999})
_GONE = frozenset({404, 410})
# Failures of the page or its server: RFC 9110 and its kin, and what proxies say of the server behind them. Any other
# number (444, 456, 468, 493, 566, 567 ...) is a firewall's own: no application says so that something is not there.
_FAILURES = frozenset({*range(400, 430), 431, 451, *range(500, 512), *range(520, 531), 598, 599})
# 521 is "web server down" at one vendor and a cookie challenge at another: neither is the page's own word.
_PROTECTION = frozenset({202, 521})

_ERRORS: Mapping[int, FetchOutcome] = {
    pycurl.E_UNSUPPORTED_PROTOCOL: FetchOutcome.SCHEME,
    pycurl.E_URL_MALFORMAT: FetchOutcome.BAD_URL,
    pycurl.E_COULDNT_RESOLVE_HOST: FetchOutcome.DNS,
    pycurl.E_COULDNT_CONNECT: FetchOutcome.REFUSED,
    pycurl.E_OPERATION_TIMEDOUT: FetchOutcome.TIMEOUT,
    pycurl.E_SSL_CONNECT_ERROR: FetchOutcome.TLS,
    pycurl.E_PEER_FAILED_VERIFICATION: FetchOutcome.TLS,
    pycurl.E_SSL_CIPHER: FetchOutcome.TLS,
    pycurl.E_SSL_ISSUER_ERROR: FetchOutcome.TLS,
    pycurl.E_GOT_NOTHING: FetchOutcome.RESET,
    pycurl.E_SEND_ERROR: FetchOutcome.RESET,
    pycurl.E_RECV_ERROR: FetchOutcome.RESET,
    pycurl.E_PARTIAL_FILE: FetchOutcome.RESET,
    pycurl.E_BAD_CONTENT_ENCODING: FetchOutcome.RESET,
    pycurl.E_TOO_MANY_REDIRECTS: FetchOutcome.REDIRECT_LOOP,
}
_WEIRD_SERVER_REPLY = 8  # not an HTTP answer
_TOO_LARGE = 100  # libcurl's own bound on headers

# X.509 verification results worth words of their own (OpenSSL's X509_V_ERR_*).
_CERTIFICATE = {
    9: "certificate is not valid yet",
    10: "certificate has expired",
    18: "self-signed certificate",
    19: "self-signed certificate in the chain",
    20: "issuer certificate is not known here, or the server sends an incomplete chain",
    21: "issuer certificate is not known here, or the server sends an incomplete chain",
    23: "certificate was revoked",
    62: "certificate is for another name",
    64: "certificate is for another address",
}
_NO_ROUTE = frozenset({errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EACCES, errno.EPERM, errno.EAFNOSUPPORT})
# What a browser still accepts and this TLS library refuses says nothing about the target.
_OURS = ("unsafe legacy renegotiation", "out of memory", "error setting certificate", "error adding trust anchors")


class Failure(Struct, frozen=True):
    """A transfer that brought no usable answer: its outcome, and why in short technical English."""

    outcome: FetchOutcome
    why: str
    unknown_issuer: bool = False  # a chain that ends before a trusted root: sent incomplete, or nobody's


def classify(status: int, headers: list[tuple[str, str]], body_start: bytes = b"") -> FetchOutcome:
    """Returns what an answer means, from its status, headers and the first bytes of its body (may be empty)."""
    if status in _BLOCKED:
        return FetchOutcome.BLOCKED
    if status in _PROTECTION:
        return FetchOutcome.BLOCKED
    if status in _GONE:
        return FetchOutcome.NOT_FOUND
    if status == 503 and _challenged(headers, body_start):
        return FetchOutcome.BLOCKED
    if 400 <= status < 600 and status not in _FAILURES:
        return FetchOutcome.BLOCKED
    if status >= 600 or status < 100:
        return FetchOutcome.BLOCKED if status else FetchOutcome.RESET
    if status >= 500:
        return FetchOutcome.SERVER_ERROR
    if status >= 400:
        return FetchOutcome.CLIENT_ERROR
    return FetchOutcome.OK


def failure(code: int, message: str, *, os_errno: int = 0, verify_result: int = 0) -> Failure:
    """Returns what a libcurl error code means; `os_errno` and `verify_result` are libcurl's details of it."""
    text = " ".join(message.split())[:200]
    low = text.lower()
    if any(word in low for word in _OURS) or code == pycurl.E_SSL_CACERT_BADFILE:
        return Failure(FetchOutcome.ABORTED, f"this machine's TLS: {text}")
    if code == pycurl.E_COULDNT_CONNECT:
        if os_errno in _NO_ROUTE:
            return Failure(FetchOutcome.NO_ROUTE, f"no route from here: {text}")
        if os_errno in (errno.EHOSTUNREACH, errno.ETIMEDOUT):
            return Failure(FetchOutcome.TIMEOUT, f"host unreachable: {text}")
        if os_errno == errno.ECONNRESET:
            return Failure(FetchOutcome.RESET, text)
        return Failure(FetchOutcome.REFUSED, text)
    if code in (pycurl.E_SSL_CONNECT_ERROR, pycurl.E_PEER_FAILED_VERIFICATION):
        if os_errno in (errno.ECONNRESET, errno.EPIPE) or "syscall" in low or "connection reset" in low:
            return Failure(FetchOutcome.RESET, text)
        return Failure(FetchOutcome.TLS, tls_reason(verify_result, text), verify_result in (20, 21))
    if code == _WEIRD_SERVER_REPLY or "http/0.9" in low:
        return Failure(FetchOutcome.RESET, f"not an HTTP answer: {text}")
    if code == _TOO_LARGE:
        return Failure(FetchOutcome.RESET, f"headers without end: {text}")
    return Failure(_ERRORS.get(code, FetchOutcome.RESET), text or f"libcurl error {code}")


def tls_reason(verify_result: int, message: str) -> str:
    """Returns why a TLS connection was refused: expired, wrong name, self-signed, unknown issuer, old protocol."""
    low = message.lower()
    if "no alternative certificate subject name" in low or "does not match target host" in low:
        return f"certificate is for another name: {message}"
    if verify_result in _CERTIFICATE:
        return f"{_CERTIFICATE[verify_result]}: {message}"
    if "unsupported protocol" in low or "protocol version" in low or "wrong version number" in low:
        return f"protocol too old or not TLS: {message}"
    return message


def _challenged(headers: list[tuple[str, str]], body_start: bytes) -> bool:
    if any(name.lower() == "cf-mitigated" for name, _ in headers):
        return True
    start = body_start[:4096].lower()
    return b"<script" in start and (b"document.cookie" in start or b"location.reload" in start)

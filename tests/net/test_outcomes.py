"""Statuses, libcurl errors and first bytes to outcomes and types; pure."""

from __future__ import annotations

import errno

import pycurl
import pytest

from crawler.net.outcomes import classify, failure, tls_reason
from crawler.net.sniff import sniff
from portal.artifacts import FetchOutcome


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, FetchOutcome.OK),
        (304, FetchOutcome.OK),
        (404, FetchOutcome.NOT_FOUND),
        (414, FetchOutcome.CLIENT_ERROR),
        (429, FetchOutcome.BLOCKED),
        (468, FetchOutcome.BLOCKED),
        (522, FetchOutcome.SERVER_ERROR),
        (567, FetchOutcome.BLOCKED),
        (503, FetchOutcome.SERVER_ERROR),
        (599, FetchOutcome.SERVER_ERROR),
        (999, FetchOutcome.BLOCKED),
        (0, FetchOutcome.RESET),
    ],
)
def test_every_status_has_one_outcome(status: int, outcome: FetchOutcome) -> None:
    assert classify(status, []) is outcome


def test_a_challenge_under_503_is_no_server_error() -> None:
    script = b"<html><script>document.cookie='x=1';location.reload()</script></html>"
    assert classify(503, [], script) is FetchOutcome.BLOCKED
    assert classify(503, [("CF-Mitigated", "challenge")]) is FetchOutcome.BLOCKED
    assert classify(503, [], b"<html><script src=a.js></script>busy</html>") is FetchOutcome.SERVER_ERROR


@pytest.mark.parametrize(
    ("code", "message", "os_errno", "outcome"),
    [
        (pycurl.E_COULDNT_CONNECT, "refused", errno.ECONNREFUSED, FetchOutcome.REFUSED),
        (pycurl.E_COULDNT_CONNECT, "no net", errno.ENETUNREACH, FetchOutcome.NO_ROUTE),
        (pycurl.E_COULDNT_CONNECT, "no host", errno.EHOSTUNREACH, FetchOutcome.TIMEOUT),
        (pycurl.E_OPERATION_TIMEDOUT, "slow", 0, FetchOutcome.TIMEOUT),
        (pycurl.E_GOT_NOTHING, "empty reply", 0, FetchOutcome.RESET),
        (pycurl.E_RECV_ERROR, "reset", errno.ECONNRESET, FetchOutcome.RESET),
        (pycurl.E_SSL_CONNECT_ERROR, "tlsv1 alert protocol version", 0, FetchOutcome.TLS),
        (pycurl.E_SSL_CONNECT_ERROR, "SSL_ERROR_SYSCALL", errno.ECONNRESET, FetchOutcome.RESET),
        (pycurl.E_SSL_CONNECT_ERROR, "unsafe legacy renegotiation disabled", 0, FetchOutcome.ABORTED),
        (pycurl.E_SSL_CACERT_BADFILE, "error setting certificate file", 0, FetchOutcome.ABORTED),
        (pycurl.E_PEER_FAILED_VERIFICATION, "certificate has expired", 0, FetchOutcome.TLS),
        (pycurl.E_UNSUPPORTED_PROTOCOL, "ftp", 0, FetchOutcome.SCHEME),
        (8, "weird", 0, FetchOutcome.RESET),
        (9999, "", 0, FetchOutcome.RESET),
    ],
)
def test_every_error_of_libcurl_has_one_outcome(code: int, message: str, os_errno: int, outcome: FetchOutcome) -> None:
    found = failure(code, message, os_errno=os_errno)
    assert found.outcome is outcome
    assert found.why


def test_a_certificate_error_says_what_is_wrong_with_the_certificate() -> None:
    assert tls_reason(10, "x").startswith("certificate has expired")
    assert "another name" in tls_reason(0, "no alternative certificate subject name matches")
    assert "too old" in tls_reason(0, "unsupported protocol")
    assert "incomplete chain" in tls_reason(20, "x")
    assert tls_reason(0, "else") == "else"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\0\0\0\0", "binary"),
        (b"\r\n" * 2000 + b"<html>", "html"),
        (b"%PDF-1.7", "pdf"),
        (b"junk\n%PDF-1.4", "pdf"),
        (b"PK\x03\x04rest", "zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
        (b"Rar!\x1a\x07\x00", "rar"),
        (b"{\\rtf1", "rtf"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"GIF89a", "image"),
        (b"RIFF\0\0\0\0WEBP", "image"),
        (b"BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0", "image"),
        (b"BMW drives", "text"),
        (b"\0\0\0\x20ftypisom", "media"),
        (b"<!DOCTYPE html>", "html"),
        (b"\xef\xbb\xbf\r\n<!-- made by --><HTML>", "html"),
        (b"<!-- never closed", "html"),
        (b"<?xml version='1.0'?><urlset/>", "xml"),
        (b"<?xml version='1.0'?><!DOCTYPE html><html>", "html"),
        (b"<svg xmlns=''/>", "image"),
        (b'{"a": 1}', "json"),
        ("公告".encode("gb18030"), "text"),
        (b"\x01\x02\x03\x04", "binary"),
        (b"var a = 1;", "text"),
    ],
)
def test_first_bytes_tell_what_a_file_is(data: bytes, kind: str) -> None:
    assert sniff(data) == kind

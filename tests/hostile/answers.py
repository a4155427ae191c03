"""Answers no server should give: heads, framing and numbers against the rules of HTTP, redirects that lead where nobody
may go, and contents that are not what they are said to be."""

from __future__ import annotations

import gzip

from portal.artifacts import FetchOutcome
from tests.crawl.site import html
from tests.hostile.site import Attack, answer, bytes_only, raw
from tests.hostile.wire import CHUNKED, OK, PAGE


def whole(*lines: str, status: str = "200 X", version: str = "HTTP/1.1", body: bytes = PAGE) -> bytes:
    """Returns a page whose head has these lines, too."""
    told = (f"{version} {status}", "Content-Type: text/html; charset=utf-8", f"Content-Length: {len(body)}", *lines)
    return raw("\r\n".join(told)) + body


def chunked(extension: bytes = b"", trailer: bytes = b"") -> bytes:
    """Returns a page in one chunk."""
    return CHUNKED + b"%x%b\r\n%b\r\n0\r\n%b\r\n" % (len(PAGE), extension, PAGE, trailer)


def given(body: bytes | str, kind: str = "text/html") -> Attack:
    """Returns the answer with that body, said to be of that kind."""
    data = body.encode() if isinstance(body, str) else body
    return bytes_only(raw(f"HTTP/1.1 200 X\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}") + data, keep=True)


def heads(inside: str) -> dict[str, tuple[bytes, set[FetchOutcome]]]:
    """Returns answers whose head or framing is odd, and what each may come to; `inside` is a port of this machine."""
    packed = gzip.compress(PAGE)
    fine, refused, either = {FetchOutcome.OK}, {FetchOutcome.RESET}, {FetchOutcome.OK, FetchOutcome.RESET}
    blocked = {FetchOutcome.BLOCKED}
    tabs = "\t;" * 3000
    return {
        "early-hints": (raw(f"HTTP/1.1 103 X\r\nLink: <{inside}>; rel=preload; as=style") + whole(), fine),
        "preliminary": (raw("HTTP/1.1 102 Processing") * 50 + whole(), fine),
        "another-protocol": (raw("HTTP/1.1 101 X\r\nUpgrade: h2c\r\nConnection: Upgrade") + bytes(500), either),
        "chunk-extension-of-megabytes": (chunked(b";a=" + b"x" * 3_000_000), either),
        "trailers-that-redirect": (chunked(trailer=f"Location: {inside}\r\nSet-Cookie: t=1\r\n".encode()), fine),
        "trailers-about-framing": (chunked(trailer=b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), fine),
        "packed-transfer": (
            raw(f"{OK}\r\nTransfer-Encoding: gzip, chunked") + b"%x\r\n%b\r\n0\r\n\r\n" % (len(packed), packed),
            either,
        ),
        "no-transfer-coding": (raw(f"{OK}\r\nTransfer-Encoding: xchunked") + PAGE, either),
        "same-length-twice": (raw(f"{OK}\r\nContent-Length: {len(PAGE)}, {len(PAGE)}") + PAGE, either),
        "signed-length": (raw(f"{OK}\r\nContent-Length: +{len(PAGE)}") + PAGE, either),
        "folded-line": (whole("X: a\r\n b\r\n\tc"), fine),
        "folded-location": (raw("HTTP/1.1 302 X\r\nContent-Length: 0\r\nLocation:\r\n /ok"), fine),
        "nothing-in-a-line": (whole("X: a\0b"), either),
        "plain-line-ends": (whole().replace(b"\r\n", b"\n", 4), either),
        "half-line-ends": (whole("X: y\rZ: z"), either),
        "blank-before-colon": (whole("Content-Length : 3"), either),
        "no-line": (whole("this is none"), either),
        "no-head": (PAGE, refused),
        "frames-of-http2": (b"\x00\x00\x12\x04" + bytes(23), refused),
        "version-3": (whole(version="HTTP/3"), either),
        "radio": (whole(version="ICY"), either),
        "reason-without-end": (whole(status="200 " + "x" * 50_000), either),
        "status-999": (whole(status="999 X"), blocked),
        "status-below-nothing": (whole(status="-200 X"), {FetchOutcome.RESET, FetchOutcome.SCHEME}),
        "two-answers": (whole() + whole(status="404 X"), fine),
        "another-service": (whole(f'Alt-Svc: h2="{inside[7:].rstrip("/")}"; ma=9999'), fine),
        "sent-on": (whole(f"Refresh: 0; url={inside}"), fine),
        "wants-a-login-of-windows": (whole("WWW-Authenticate: NTLM, Negotiate", status="401 X"), blocked),
        "packed-five-hundred-times": (whole("Content-Encoding: " + ", ".join(["gzip"] * 500)), either),
        "packed-somehow": (whole("Content-Encoding: \xff,,;;"), either),
        "charset-without-end": (whole("Content-Type: text/html; charset=" + "u" * 50_000), fine),
        "dates-of-no-calendar": (whole("Last-Modified: Thu, 99 Foo 99999999 9:9:9 GMT", "ETag: " + "W/" * 500), fine),
        "cookies-of-all-china": (whole("Set-Cookie: a=b; Domain=cn", f"Set-Cookie: t={tabs}"), fine),
        "astronomic-range": (
            raw(f"HTTP/1.1 206 X\r\nContent-Range: bytes 0-1/{'9' * 23}\r\nContent-Length: {len(PAGE)}") + PAGE,
            fine,
        ),
        "parts-that-replace": (raw("HTTP/1.1 200 X\r\nContent-Type: multipart/mixed; boundary=x") + PAGE, fine),
    }  # fmt: skip


# Where redirects lead that nobody follows: `{at}` is a port of this machine.
SCHEMES = (
    "data:text/html,x", "file:///etc/passwd", "view-source:http://127.0.0.1:{at}/", "blob:http://x/y", "ftp://127.0.0.1/x",
    "javascript:alert(1)", "gopher://127.0.0.1:{at}/x", "dict://127.0.0.1:{at}/x", "about:blank", "ws://127.0.0.1:{at}/",
    "intent://x#Intent;end",
)  # fmt: skip
PLACES = (
    "http://[fe80::1%25lo]/", "http://[::1]:{at}/", "http://[::ffff:7f00:1]:{at}/", "http://2130706433:{at}/",
    "http://www.shilou.gov.cn@127.0.0.1:{at}/", "http://www.shilou.gov.cn:80\\@127.0.0.1:{at}/",
    "http:\\\\127.0.0.1:{at}\\x", "////127.0.0.1:{at}/", "http://127.0\t.0.1:{at}/", "http://0:{at}/",
    "http://a.example.cn:0/", "http://a.example.cn:70000/", "http:///x", "http://xn--a.example.cn/",
    "http://www.shіlou.gov.cn/", "http://\u202e127.0.0.1:{at}/", "http://" + "a." * 5000 + "cn/", "/" + "x" * 60_000,
)  # fmt: skip


def redirects(port: int, places: tuple[str, ...]) -> dict[str, Attack]:
    """Returns a redirect to each of these places."""
    made = (place.replace("{at}", str(port)).encode().decode("latin-1") for place in places)
    heads = (raw(f"HTTP/1.1 302 X\r\nContent-Length: 0\r\nLocation: {place}") for place in made)
    return {f"to-{number}": bytes_only(head, keep=True) for number, head in enumerate(heads)}


_LAUGHS = "<?xml version='1.0'?><!DOCTYPE l [<!ENTITY a 'haha'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 20}'>" for n in range(12)
)


def bodies(inside: str) -> dict[str, Attack]:
    """Returns pages, feeds and data whose contents are the attack."""
    row = '{{"title":"关于第{0}号工作的通知","url":"/j/{0}.html","date":"2026-01-02"}}'
    rows = ",".join(row.format(n) for n in range(30_000))
    xhtml = "application/xhtml+xml"
    return {
        "utf-7": given(html("专题", "+ADw-script+AD4-" + "x" * 50), "text/html; charset=utf-7"),
        "utf-16-without-a-mark": given(PAGE.decode().encode("utf-16-le")),
        "utf-16-that-is-none": given(PAGE, "text/html; charset=utf-16"),
        "escapes-of-iso-2022": given(b"\x1b$B" * 20_000 + PAGE, "text/html; charset=iso-2022-jp"),
        "laughs-in-a-page": given(f"{_LAUGHS}]><html><body><p>&m;</p></body></html>", xhtml),
        "laughs-in-a-feed": given(f"{_LAUGHS}]><rss><channel><title>&m;</title></channel></rss>", "text/xml"),
        "entities-of-this-machine": given(
            f"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'><!ENTITY % p SYSTEM '{inside}'>%p;]>"
            f"<html><body><p>&e; 正文</p></body></html>",
            xhtml,
        ),
        "data-of-depth": given("[" * 100_000 + "]" * 100_000, "application/json"),
        "report-of-depth": given('{"code":500,"msg":' + "[" * 1900 + "]" * 1900 + "}", "application/json"),
        "data-of-thirty-thousand": given(f"[{rows}]", "application/json"),
        "list-of-thirty-thousand": answer(html("专题", f"<p>正文</p><script>var list=[{rows}]</script>")),
        "code-of-depth": answer(html("专题", f"<p>正文</p><script>var list={'[' * 100_000}</script>")),
        "styles-by-the-thousand": answer(
            html("专题", "<style>" + "".join(f".a{n}{{display:none}}" for n in range(30_000)) + "</style>正文")
        ),
        "padded-archive": given(b"PK\x03\x04" + bytes(9_000_000), "application/zip"),
    }

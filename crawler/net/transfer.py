"""One HTTP exchange over libcurl on the asyncio loop: no redirects, no retries, everything bounded.

The address to connect to is pinned, so no name is resolved a second time behind the guard's back. Bodies are bounded
after decompression, headers in total, time in total and by a lowest speed. Handles are kept in a pool; connections and
TLS sessions stay in the multi handle and are reused.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import certifi
import msgspec
import pycurl
from msgspec import Struct, field

from crawler.net.multi import multi
from crawler.net.outcomes import Failure, failure
from crawler.net.resolver import Endpoint
from portal.artifacts import FetchOutcome

MAX_HEADER_BYTES = 64 * 1024
CONNECT_SECONDS = 10
LOW_SPEED_BYTES = 64  # bytes a second below which an answer counts as stuck
LOW_SPEED_SECONDS = 20  # waiting for the first byte counts, too: slow portals think for long
POOL = 64  # idle handles and connections kept
COOKIES_OF_ONE = 50  # kept of one host; libcurl bounds those of one answer and those sent, not those it keeps
COOKIES_OF_ALL = 3000
COOKIES_COUNTED = 500  # given after which they are counted
# A body that was mostly there when time ran out still shows what the page is.
ENOUGH_BYTES = 4096


class Exchange(msgspec.Struct, frozen=True):
    """What came of one exchange: an answer (status > 0), a failure, or both where the answer broke off."""

    status: int
    reason: str  # the status line as received
    headers: list[tuple[str, str]]
    body: bytes
    truncated: bool  # the bound on the body was reached, or the answer broke off
    failure: Failure | None
    address: str
    elapsed: float  # seconds, connection included
    wire_bytes: int
    connected: bool = False  # a connection was made, or one was there already
    answered: float = 0.0  # seconds until the first byte of the answer, 0 where none came


class _Sink(Struct):
    limit: int
    chunks: list[bytes] = field(default_factory=list)
    size: int = 0
    lines: list[bytes] = field(default_factory=list)  # of all heads that came; libcurl bounds them to 300 KB
    full: bool = False

    def body(self, chunk: bytes) -> int | None:
        room = self.limit - self.size
        if len(chunk) > room or self.limit == 0:
            self.chunks.append(chunk[:room])
            self.size += room
            self.full = True
            return -1
        self.chunks.append(chunk)
        self.size += len(chunk)
        return None


class Transport:
    """Sends exchanges for one event loop. Bound to the loop of its first exchange; close it there."""

    def __init__(self, *, ca_file: str = "") -> None:
        self.ca_file = ca_file or system_ca()
        self._multi: Any = None
        self._idle: dict[bool, list[Any]] = {False: [], True: []}  # by whether they ask for uncompressed bodies
        self._given = 0  # cookies since they were last counted
        self._share: Any = pycurl.CurlShare()
        for kind in (pycurl.LOCK_DATA_COOKIE, pycurl.LOCK_DATA_SSL_SESSION):
            self._share.setopt(pycurl.SH_SHARE, kind)

    async def exchange(
        self,
        url: str,
        endpoint: Endpoint,
        *,
        head: bool = False,
        headers: list[str],
        user_agent: str,
        max_bytes: int,
        seconds: float,
        identity: bool = False,
        pin: str = "",
    ) -> Exchange:
        """Returns what one request to a pinned endpoint came to. Never raises for what the other side does.

        `identity` asks for an uncompressed body. `seconds` bounds the whole exchange. `pin` is the public key of a
        server whose chain was verified by other means; nothing else is accepted then.
        """
        idle = self._idle[identity]
        handle = idle.pop() if idle else self._new(identity=identity)
        sink = _Sink(max_bytes)
        self._prepare(handle, url, endpoint, sink, head, headers, user_agent, seconds)
        if pin:
            handle.setopt(pycurl.SSL_VERIFYPEER, 0)
            handle.setopt(pycurl.SSL_VERIFYHOST, 0)
            handle.setopt(pycurl.PINNEDPUBLICKEY, pin)
        code, message = await self._perform(handle)
        result = self._result(handle, sink, code, message or str(handle.errstr()))
        if pin or len(idle) >= POOL:
            handle.close()
        else:
            idle.append(handle)
        self._count_cookies(result.headers)
        return result

    async def certificates(self, url: str, endpoint: Endpoint, *, verified: bool = False) -> list[str]:
        """Returns the certificates a TLS server sends, as PEM, its own first; no request is sent.

        They are not verified; with `verified`, only those come back that are good as they are.
        """
        handle = self._new(identity=True)  # not of the pool: its connection must not be used for requests
        try:
            self._prepare(handle, url, endpoint, _Sink(0), True, [], "", CONNECT_SECONDS)
            for option, value in (
                (pycurl.CONNECT_ONLY, 1),
                (pycurl.OPT_CERTINFO, 1),
                (pycurl.SSL_VERIFYPEER, int(verified)),
                (pycurl.SSL_VERIFYHOST, 2 * verified),
                (pycurl.FORBID_REUSE, 1),
            ):
                handle.setopt(option, value)
            code, _ = await self._perform(handle)
            found = () if verified and code else handle.getinfo(pycurl.INFO_CERTINFO)
        finally:
            handle.close()
        return [str(value) for fields in found for name, value in fields if name == "Cert"]

    async def _perform(self, handle: Any) -> tuple[int, str]:
        if self._multi is None:
            self._multi = multi()
            self._multi.setopt(pycurl.M_MAXCONNECTS, POOL)
        try:
            await self._multi.perform(handle)
        except pycurl.error as error:
            return int(error.args[0]), str(error.args[1] if len(error.args) > 1 else "")
        return 0, ""

    def cookies(self) -> list[str]:
        """Returns all cookies in libcurl's (Netscape) line form."""
        return list(self._with_cookies(lambda handle: handle.getinfo(pycurl.INFO_COOKIELIST)))

    def add_cookie(self, host: str, name: str, value: str, path: str = "/") -> None:
        """Keeps a session cookie for one host (and no other), as if the host had set it."""
        line = "\t".join((host, "FALSE", path or "/", "FALSE", "0", name, value))
        self._with_cookies(lambda handle: handle.setopt(pycurl.COOKIELIST, line))

    def _count_cookies(self, headers: list[tuple[str, str]]) -> None:
        self._given += len([1 for name, _ in headers if len(name) == 10 and name.lower() == "set-cookie"])
        if self._given > COOKIES_COUNTED:
            self._given = 0
            of: dict[str, list[str]] = {}
            for line in self.cookies():
                of.setdefault(line.partition("\t")[0], []).append(line)
            kept = [line for lines in of.values() for line in lines[-COOKIES_OF_ONE:]][-COOKIES_OF_ALL:]
            self._with_cookies(lambda handle: [handle.setopt(pycurl.COOKIELIST, line) for line in ("ALL", *kept)])

    async def close(self) -> None:
        """Ends what is in flight and closes all connections."""
        if self._multi is not None:
            await self._multi.aclose()
            self._multi = None
        for idle in self._idle.values():
            for handle in idle:
                handle.close()
            idle.clear()

    def _new(self, *, identity: bool = False) -> Any:
        """Returns a handle with all that is the same for every exchange."""
        handle = pycurl.Curl()
        set_ = handle.setopt
        set_(pycurl.SHARE, self._share)
        set_(pycurl.PROXY, "")  # a proxy of the environment would resolve names itself
        set_(pycurl.NOSIGNAL, 1)
        set_(pycurl.PATH_AS_IS, 1)
        set_(pycurl.FOLLOWLOCATION, 0)
        set_(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        set_(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        set_(pycurl.COOKIEFILE, "")
        if not identity:
            set_(pycurl.ACCEPT_ENCODING, "")
        set_(pycurl.LOW_SPEED_LIMIT, LOW_SPEED_BYTES)
        set_(pycurl.LOW_SPEED_TIME, LOW_SPEED_SECONDS)
        set_(pycurl.CAINFO, self.ca_file)
        return handle

    def _with_cookies(self, use: Callable[[Any], Any]) -> Any:
        handle = self._new()
        try:
            return use(handle)
        finally:
            handle.close()

    def _prepare(
        self,
        handle: Any,
        url: str,
        endpoint: Endpoint,
        sink: _Sink,
        head: bool,
        headers: list[str],
        user_agent: str,
        seconds: float,
    ) -> None:
        """Tells a handle all in which one exchange differs from another."""
        set_ = handle.setopt
        set_(pycurl.URL, url)
        shown = f"[{endpoint.address}]" if endpoint.family == 6 else endpoint.address
        set_(pycurl.CONNECT_TO, [f"::{shown}:{endpoint.port or ''}"])
        set_(pycurl.NOBODY if head else pycurl.HTTPGET, 1)
        set_(pycurl.USERAGENT, user_agent)
        set_(pycurl.HTTPHEADER, headers)
        set_(pycurl.CONNECTTIMEOUT_MS, int(min(CONNECT_SECONDS, seconds) * 1000))
        set_(pycurl.TIMEOUT_MS, max(1, int(seconds * 1000)))
        set_(pycurl.HEADERFUNCTION, sink.lines.append)
        set_(pycurl.WRITEFUNCTION, sink.body)

    @staticmethod
    def _result(handle: Any, sink: _Sink, code: int, message: str) -> Exchange:
        get = handle.getinfo
        status = int(get(pycurl.RESPONSE_CODE))
        reason, headers = _headers(sink.lines)
        header_size = sum(map(len, sink.lines))
        body = b"".join(sink.chunks)
        sink.chunks.clear()  # the handle keeps the sink until it is used again
        broken: Failure | None = None
        truncated = sink.full
        if header_size > MAX_HEADER_BYTES:
            broken = Failure(FetchOutcome.RESET, f"headers without end: more than {MAX_HEADER_BYTES} bytes")
            status = 0
        elif code and not sink.full:
            broken = failure(
                code, message, os_errno=int(get(pycurl.OS_ERRNO)), verify_result=int(get(pycurl.SSL_VERIFYRESULT))
            )
            truncated = sink.size > 0
        return Exchange(
            status=status,
            reason=reason,
            headers=headers,
            body=body,
            truncated=truncated,
            failure=broken,
            address=str(get(pycurl.PRIMARY_IP) or ""),
            elapsed=float(get(pycurl.TOTAL_TIME)),
            wire_bytes=int(get(pycurl.SIZE_DOWNLOAD_T)) + header_size,
            answered=float(get(pycurl.STARTTRANSFER_TIME)) if status else 0.0,
            connected=bool(status or sink.size or float(get(pycurl.CONNECT_TIME)) > 0),
        )


def _headers(lines: list[bytes]) -> tuple[str, list[tuple[str, str]]]:
    reason = ""
    found: list[tuple[str, str]] = []
    for line in lines:
        text = line.decode("latin-1").rstrip("\r\n")
        if text.startswith("HTTP/"):
            reason = text
            found.clear()  # what came before was a 1xx answer
        elif text[:1] in (" ", "\t") and found:  # a folded header line
            name, value = found[-1]
            found[-1] = (name, f"{value} {text.strip()}")
        elif ":" in text:
            name, _, value = text.partition(":")
            found.append((name.strip(), value.strip()))
    return reason, found


def system_ca() -> str:
    """Returns the file of trusted certificates: SSL_CERT_FILE, the system's, else the one that travels with certifi."""
    for candidate in (os.environ.get("SSL_CERT_FILE", ""), ssl.get_default_verify_paths().cafile or ""):
        if candidate and Path(candidate).is_file():
            return candidate
    return certifi.where()

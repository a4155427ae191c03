"""The floor for Python: pycurl and lxml in one loop, crawl and link check and nothing else.

`python -m benchmarks.bare HOME SECONDS` prints the broken addresses, one a line. No politeness, no robots.txt, no
proof, no judgement: what is left is what crawling and checking cost at least.
"""

from __future__ import annotations

import os
import re
import sys
from collections import deque
from functools import lru_cache
from io import BytesIO
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pycurl
from lxml import etree

HANDLES = 32
_FIND: Any = etree.XPath("//a/@href|//img/@src|//script/@src|//link/@href|//iframe/@src", smart_strings=False)
_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*(gb)""", re.IGNORECASE)
_FILE = re.compile(r"\.(?:png|jpe?g|gif|pdf|docx?|xlsx?|zip|css|js)$", re.IGNORECASE)
_UTF8 = etree.HTMLParser(encoding="utf-8")
_GBK = etree.HTMLParser(encoding="gb18030")


@lru_cache(maxsize=100_000)
def canonical(base: str, href: str) -> str:
    """Returns the address a link on a page at `base` leads to, "" where it is not one of the web."""
    try:
        url = urljoin(base, href.strip().partition("#")[0])
    except ValueError:
        return ""
    return quote(url, safe="%/:=&?~+!$,;'@()*[]") if url.startswith(("http://", "https://")) else ""


class Checker:
    """One crawl from a home page over its host; everything else it links to is checked once."""

    def __init__(self, home: str, seconds: int) -> None:
        self.broken: list[str] = []
        self._host = urlsplit(home).netloc
        self._seconds = seconds
        self._seen = {home}
        self._waiting = deque([(home, "GET")])
        self._multi = pycurl.CurlMulti()
        self._free = [pycurl.Curl() for _ in range(HANDLES)]

    def run(self) -> None:
        """Crawls to the end."""
        under_way = 0
        while self._waiting or under_way:
            while self._waiting and self._free:
                self._start(*self._waiting.popleft())
                under_way += 1
            self._multi.perform()
            more = True
            while more:
                queued, done, failed = self._multi.info_read()
                more = bool(queued)
                for handle in done:
                    self._end(handle)
                for handle, *_ in failed:
                    self._multi.remove_handle(handle)
                    self._free.append(handle)
                    self.broken.append(handle.asked[0])
                under_way -= len(done) + len(failed)
            if under_way and (not self._waiting or not self._free):
                self._multi.select(1.0)

    def _start(self, url: str, method: str) -> None:
        handle = self._free.pop()
        handle.reset()
        handle.asked = (url, method)
        handle.body = BytesIO()
        handle.setopt(pycurl.URL, url)
        handle.setopt(pycurl.NOBODY, method == "HEAD")
        handle.setopt(pycurl.FOLLOWLOCATION, True)
        handle.setopt(pycurl.TIMEOUT, self._seconds)
        handle.setopt(pycurl.NOSIGNAL, True)
        handle.setopt(pycurl.ACCEPT_ENCODING, "")
        handle.setopt(pycurl.WRITEDATA, handle.body)
        if authority := os.environ.get("SSL_CERT_FILE"):
            handle.setopt(pycurl.CAINFO, authority)
        self._multi.add_handle(handle)

    def _end(self, handle: Any) -> None:
        self._multi.remove_handle(handle)
        self._free.append(handle)
        url, method = handle.asked
        status = handle.getinfo(pycurl.RESPONSE_CODE)
        if method == "HEAD" and status in (403, 405, 501):
            self._waiting.append((url, "GET"))
        elif status >= 400:
            self.broken.append(url)
        elif method == "GET" and "html" in (handle.getinfo(pycurl.CONTENT_TYPE) or ""):
            final = handle.getinfo(pycurl.EFFECTIVE_URL)
            if urlsplit(final).netloc == self._host:
                self._read(final, handle.body.getvalue())

    def _read(self, url: str, body: bytes) -> None:
        if not body:
            return
        for href in _FIND(etree.fromstring(body, _GBK if _CHARSET.search(body, 0, 2048) else _UTF8)):
            if href[:1] == "#":
                continue
            if href[:1] == "/":  # the same from every page: one place in the cache
                target = canonical(f"{url[: url.index('/', 8)]}/", href)
            else:
                target = canonical(url[: url.rindex("/") + 1], href)
            if target and target not in self._seen:
                self._seen.add(target)
                page = target.split("/", 3)[2] == self._host and not _FILE.search(target)
                self._waiting.append((target, "GET" if page else "HEAD"))


def main(home: str, seconds: str) -> None:
    """Crawls a portal and prints what is broken."""
    checker = Checker(home, int(seconds))
    checker.run()
    print("\n".join(checker.broken))


if __name__ == "__main__":
    main(*sys.argv[1:3])

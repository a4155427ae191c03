"""`python -m tests.real.replay --corpus DIR --write-targets FILE`: real pages under their own host names on loopback.

Every page of the corpus stands at its original address where that is known (index.csv, or the page's own word for it),
else at its path in the copy it was taken from, so that relative links between saved pages still meet. A host without
its home page gets a plain list of its pages. Everything else on these hosts is 404; every other name cannot be resolved
(SERVFAIL), which says nothing about it. Addresses are served by http only.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import csv
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
from aiohttp import web

from portal.model import Network, Portal, Targets
from tests.portal.dnsserver import UdpNames
from tests.portal.server import targets_toml

_HOST = re.compile(r"(?<![\w.-])((?:[a-z0-9-]+\.)+(?:cn|com|org|net))(?![\w-])", re.IGNORECASE)
# What a page says about its own address: the official tag, the canonical link, and the notes of page savers.
_OWN_WORD = (
    re.compile(rb"""<meta[^>]+name\s*=\s*["']?url["']?[^>]+content\s*=\s*["']([^"'\s]+)""", re.IGNORECASE),
    re.compile(rb"""<link[^>]+rel\s*=\s*["']?canonical["']?[^>]+href\s*=\s*["']([^"'\s]+)""", re.IGNORECASE),
    re.compile(rb"<!--\s*saved from url=\(\d+\)(\S+)", re.IGNORECASE),
    re.compile(rb"<!--\s*Mirrored from (\S+) by HTTrack", re.IGNORECASE),
)


@dataclass(slots=True)
class Replayed:
    """One host of the corpus: its pages by path (with query), and where its home page stands."""

    host: str
    pages: dict[str, Path] = field(default_factory=dict)
    home: str = "/"
    listing: bytes = b""


def read_corpus(folder: Path) -> dict[str, Replayed]:
    """Returns the hosts of a corpus folder by name. Raises FileNotFoundError when it has no index.csv."""
    hosts: dict[str, Replayed] = {}
    titles: dict[tuple[str, str], str] = {}
    with (folder / "index.csv").open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            page = folder / row["file"]
            if not page.is_file():
                continue
            host, path = _address(row, page)
            site = hosts.setdefault(host, Replayed(host))
            if row["kind"] == "home" and not row["original_url"]:
                path = "/"
            if path in site.pages:
                path = f"/{page.name}"
            site.pages[path] = page
            titles[host, path] = row["title"] or page.name
            if row["kind"] == "home":
                site.home = path
                site.pages.setdefault(_saved_at(row, page), page)
    for site in hosts.values():
        for path in [path for path in site.pages if path.endswith("/index.html") and path != "/index.html"]:
            site.pages.setdefault(path.removesuffix("index.html"), site.pages[path])
        if site.home not in site.pages:
            known = sorted(path for path in site.pages if (site.host, path) in titles)
            rows = "".join(f'<li><a href="{escape(path)}">{escape(titles[site.host, path])}</a></li>' for path in known)
            site.listing = (
                f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{site.host}</title></head>'
                f"<body><h1>{site.host}</h1><ul>{rows}</ul></body></html>"
            ).encode()
    return hosts


def _address(row: dict[str, str], page: Path) -> tuple[str, str]:
    """Returns the host and path (with query) a page stands at."""
    named = _HOST.search(row["site"])
    host = named[1].lower() if named else f"www.{re.sub('[^a-z0-9]+', '-', row['site'].lower()).strip('-')[:40]}.cn"
    for word in (row["original_url"], *_own_words(page)):
        parts = urlsplit(word if "//" in word else f"//{word}")
        if parts.hostname and (row["original_url"] or parts.hostname == host):
            return parts.hostname, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return host, _saved_at(row, page)


def _saved_at(row: dict[str, str], page: Path) -> str:
    """Returns the path of a page in the copy it was taken from (source is owner/repo/path), else its file name."""
    inside = row.get("source", "").split("/")[2:]
    return "/" + "/".join(inside or [page.name])


def _own_words(page: Path) -> list[str]:
    data = page.read_bytes()
    return [m[1].decode("ascii", "ignore") for pattern in _OWN_WORD if (m := pattern.search(data))]


class _Names(UdpNames):
    """A records of the hosts served; anything else cannot be told here."""

    def __init__(self, hosts: frozenset[str]) -> None:
        self._hosts = hosts

    def respond(self, query: dns.message.Message) -> dns.message.Message:
        """Returns the address of a host served, or SERVFAIL."""
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        question = query.question[0] if query.question else None
        name = question.name.to_text(omit_final_dot=True).lower() if question is not None else ""
        if question is not None and name in self._hosts and question.rdtype == dns.rdatatype.A:
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", "A", "127.0.0.1"))
        else:
            response.set_rcode(dns.rcode.SERVFAIL)
        return response


@dataclass(frozen=True, slots=True)
class Replay:
    """A running replay."""

    port: int
    hosts: dict[str, Replayed]
    targets: Targets


@contextlib.asynccontextmanager
async def replay(folder: Path, *, port: int = 0, rate: float = 200.0) -> AsyncIterator[Replay]:
    """Yields the corpus in `folder` served on loopback. Raises OSError (FileNotFoundError without an index.csv)."""
    hosts = read_corpus(folder)

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        site = hosts.get(request.headers.get("Host", "").rsplit(":", 1)[0].lower())
        if site is None:
            return web.Response(status=421, text="no such host here")
        page = site.pages.get(request.raw_path) or site.pages.get(request.raw_path.partition("?")[0])
        if page is not None:
            response = web.Response(body=page.read_bytes())
        elif request.raw_path == "/" and site.listing:
            response = web.Response(body=site.listing)
        else:
            response = web.Response(status=404, body=b"<html><head><title>404 Not Found</title></head></html>")
        response.headers["Content-Type"] = "text/html"  # as most of these servers send it: the page decides
        return response

    runner = web.ServerRunner(web.Server(handle), handle_signals=False, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    transport: asyncio.DatagramTransport | None = None
    try:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", port))
        await web.SockSite(runner, sock).start()
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Names(frozenset(hosts)), local_addr=("127.0.0.1", 0)
        )
        end = f"127.0.0.1:{sock.getsockname()[1]}"
        network = Network(
            nameservers=(f"127.0.0.1:{transport.get_extra_info('sockname')[1]}",),
            hosts=dict.fromkeys(sorted(hosts), (end,)),
            sealed=True,
        )
        portals = tuple(
            Portal(
                id=re.sub(r"[^a-z0-9]+", "-", host),
                name=host,
                home=f"http://{host}{site.home}",
                group=f"replay-{host}",
                rate=rate,
                concurrency=4,
                max_pages=500,
                max_minutes=10.0,
            )
            for host, site in sorted(hosts.items())
        )
        yield Replay(sock.getsockname()[1], hosts, Targets(portals, network))
    finally:
        if transport is not None:
            transport.close()
        await runner.cleanup()


def main(argv: list[str] | None = None) -> int:
    """Returns the exit code: 0 after an interruption, 1 when the corpus or the port cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m tests.real.replay", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, metavar="DIR", help="folder with index.csv and pages")
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument("--write-targets", type=Path, metavar="FILE", help="where to write the targets.toml")
    options = parser.parse_args(argv)
    try:
        asyncio.run(_run(options.corpus, options.port, options.write_targets))
    except OSError as error:
        print(f"cannot replay {options.corpus}: {error}", file=sys.stderr)
        return 1
    return 0


async def _run(folder: Path, port: int, write_targets: Path | None) -> None:
    async with replay(folder, port=port) as running:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        text = targets_toml(running.targets, "Real pages on loopback. Written by tests.real.replay.")
        if write_targets is not None:
            await asyncio.to_thread(write_targets.write_text, text, encoding="utf-8")
        pages = sum(len(site.pages) for site in running.hosts.values())
        print(f"ready: {pages} pages of {len(running.hosts)} hosts on port {running.port}, Ctrl-C ends", flush=True)
        if write_targets is None:
            print(text, flush=True)
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())

"""What a made-up portal is: the plan it is made from, where it is served, the truth about its links."""

from __future__ import annotations

import json
import random
import socket
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

PORTAL, OTHER, CLOSED, SILENT = "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"
NOWHERE = "internal"  # a top-level domain without names in public DNS; .invalid is skipped by some programs
AS_OF = "2026-11-20"  # the day the portal's newest items were published
CLOSED_PORTS = 8


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of a site: two served, some that refuse connections, one that never answers, one for names (UDP)."""

    portal: int
    other: int
    closed: tuple[int, ...]
    silent: int
    names: int

    @classmethod
    def free(cls) -> Ports:
        """Returns ports nobody listens on now, below those the kernel gives to outgoing connections."""
        hosts = (PORTAL, OTHER, SILENT, PORTAL, *[CLOSED] * CLOSED_PORTS)
        found: list[int] = []
        while len(found) < len(hosts):
            port = random.randrange(20_000, 32_000)
            if port not in found and _free(hosts[len(found)], port):
                found.append(port)
        return cls(found[0], found[1], tuple(found[4:]), found[2], found[3])


@dataclass(frozen=True, slots=True)
class Plan:
    """What a site is made from. `raw_gbk` adds attachments whose names stand in hrefs as raw GBK bytes."""

    pages: int
    ports: Ports
    seed: int = 7
    gzip: bool = False
    tls: bool = False
    raw_gbk: bool = False

    @property
    def portal(self) -> str:
        """Returns the portal's address without a slash at the end."""
        return f"{'https' if self.tls else 'http'}://{PORTAL}:{self.ports.portal}"

    @property
    def other(self) -> str:
        """Returns the address of the other sites, without a slash at the end."""
        return f"{'https' if self.tls else 'http'}://{OTHER}:{self.ports.other}"


@dataclass(frozen=True, slots=True)
class Truth:
    """Every address the portal links to: `good` and `broken` with their kinds, the `pages` among the good.

    `aliases` are addresses that stand for a broken one: where a dead redirect leads.
    """

    home: str
    pages: list[str] = field(default_factory=list)
    good: dict[str, str] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Site:
    """A site in a folder: its plan, its redirects (path -> address), and the truth about it."""

    folder: Path
    plan: Plan
    redirects: dict[str, str]
    truth: Truth


def identity(url: str) -> str:
    """Returns what an address is compared by: without fragment, escapes undone, an index.html taken for its folder."""
    text = unquote(url.strip().partition("#")[0])
    return text[: -len("index.html")] if text.endswith("/index.html") else text


def load(folder: Path) -> Site:
    """Returns the site in a folder. Raises OSError where there is none."""
    facts = json.loads((folder / "site.json").read_text("utf-8"))
    truth = Truth(**json.loads((folder / "truth.json").read_text("utf-8")))
    ports = facts["plan"].pop("ports")
    ports["closed"] = tuple(ports["closed"])
    return Site(folder, Plan(ports=Ports(**ports), **facts["plan"]), facts["redirects"], truth)


def _free(host: str, port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True

"""A world of sites as plain values: hosts, their answers, name servers, and the truth about what is wrong with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer. `delay` (seconds) passes before it is sent."""

    body: bytes = b""
    status: int = 200
    content_type: str = "text/html"
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Ask:
    """One request as a route sees it. `query` and `form` are raw; `times` counts earlier requests like it."""

    host: str
    method: str
    path: str
    query: str = ""
    form: bytes = b""
    cookies: Mapping[str, str] = field(default_factory=dict)
    family: int = 4
    times: int = 0


Route = Answer | Callable[[Ask], Answer]


class Place(StrEnum):
    """What stands behind a host name."""

    HTTP = "http"
    TLS_EXPIRED = "tls_expired"
    TLS_WRONG_NAME = "tls_wrong_name"
    REFUSES = "refuses"  # nothing listens
    SILENT = "silent"  # takes the connection and never answers


class Six(StrEnum):
    """How a host stands on IPv6."""

    NONE = "none"  # no AAAA
    SAME = "same"  # AAAA, answers as on IPv4
    REFUSES = "refuses"  # AAAA, nothing listens there


NOT_FOUND: bytes = (
    b'<!DOCTYPE html><html><head><meta charset="utf-8"><title>404 Not Found</title></head>'
    b"<body><center><h1>404 Not Found</h1></center></body></html>"
)


@dataclass(slots=True)
class Host:
    """One host name and everything it answers. Routes are looked up by path?query, then path, then longest prefix."""

    name: str
    place: Place = Place.HTTP
    six: Six = Six.NONE
    routes: dict[str, Route] = field(default_factory=dict)
    prefixes: dict[str, Route] = field(default_factory=dict)
    fallback: Route = field(default_factory=lambda: Answer(NOT_FOUND, 404, "text/html; charset=utf-8"))
    six_routes: Callable[[Ask], Answer | None] | None = None  # first word on requests over IPv6

    def answer(self, ask: Ask) -> Answer:
        """Returns what this host answers to the request."""
        if ask.family == 6 and self.six_routes is not None and (special := self.six_routes(ask)) is not None:
            return special
        route: Route | None = self.routes.get(f"{ask.path}?{ask.query}") if ask.query else None
        if route is None:
            route = self.routes.get(ask.path)
        if route is None:
            fitting = [p for p in self.prefixes if ask.path.startswith(p)]
            route = self.prefixes[max(fitting, key=len)] if fitting else self.fallback
        return route if isinstance(route, Answer) else route(ask)


@dataclass(frozen=True, slots=True)
class Zone:
    """One DNS zone: its name servers and whether they have IPv6 addresses."""

    name: str
    servers: tuple[str, ...]
    servers_six: bool = True


@dataclass(frozen=True, slots=True)
class Expected:
    """One finding an audit must report. `also` holds other subjects under which the same defect may stand."""

    portal: str
    check: str
    kind: str
    subject: str  # URL, host, or "" where the subject is a capability of the portal
    why: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trap:
    """Something that looks wrong and is not: no finding of `check` ("" = any) may name `subject` ("" = any)."""

    portal: str
    check: str
    subject: str
    why: str
    kinds: tuple[str, ...] = ()  # only these kinds are wrong; () = every kind


@dataclass(slots=True)
class Site:
    """One portal of the world: an entry of its targets.toml."""

    id: str
    name: str
    home: str
    site_code: str
    hosts: tuple[str, ...] = ()  # further hosts of the portal
    never: tuple[str, ...] = ()  # paths no visitor may request: logout, delete, vote
    bounded: tuple[str, ...] = ()  # paths that go on forever: a crawl may touch them, not sink in them
    unindexed: frozenset[str] = frozenset()  # URLs its own search does not know
    measurable: bool = True  # False: a captcha keeps every machine out
    systems: tuple[str, ...] = ("national-2019",)  # indicator systems it is scored by


@dataclass(slots=True)
class World:
    """All sites, hosts and zones at one date, with the truth."""

    as_of: dt.date
    seed: int
    sites: list[Site] = field(default_factory=list)
    hosts: dict[str, Host] = field(default_factory=dict)
    zones: list[Zone] = field(default_factory=list)
    truth: list[Expected] = field(default_factory=list)
    traps: list[Trap] = field(default_factory=list)

    def host(self, name: str, place: Place = Place.HTTP, six: Six = Six.NONE) -> Host:
        """Returns a new host of this world."""
        made = self.hosts[name] = Host(name, place, six)
        return made

    def site(self, site_id: str) -> Site:
        """Returns the site of that id. Raises StopIteration when there is none."""
        return next(site for site in self.sites if site.id == site_id)

    def expect(self, portal: str, check: str, kind: str, subject: str, why: str, *also: str) -> None:
        """Notes a defect that was injected."""
        self.truth.append(Expected(portal, check, kind, subject, why, also))

    def trap(self, portal: str, check: str, subject: str, why: str, *kinds: str) -> None:
        """Notes something that must not be reported."""
        self.traps.append(Trap(portal, check, subject, why, kinds))

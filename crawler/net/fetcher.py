"""The one fetcher: every request that leaves, but for the browser's, leaves here.

Robots, guard, politeness, redirects hop by hop, cookies, evidence and the request log are applied once, for spider,
link verification and probes alike. What the other side does never raises: it becomes an `Attempt` with its outcome.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from importlib.metadata import PackageNotFoundError, version
from types import TracebackType

import ada_url
from msgspec.structs import replace

from crawler.net.attempts import NOT_MODIFIED, attempt_of, headed, not_now, outcome_of
from crawler.net.certificates import certificate_of
from crawler.net.chains import Chains
from crawler.net.control import LineControl
from crawler.net.frames import Frames
from crawler.net.guard import unsafe_port, vet
from crawler.net.known import KnownLinks
from crawler.net.message import (
    PAGE_BYTES,
    Fetched,
    FetchRequest,
    evidence_message,
    failure_note,
    header,
    resolve_location,
    retry_after,
)
from crawler.net.outcomes import Failure
from crawler.net.politeness import Politeness, PolitenessError
from crawler.net.requestlog import RequestLog
from crawler.net.resolver import Endpoint, ResolveError, Resolver
from crawler.net.robots import NotAskedError, Robots
from crawler.net.transfer import Exchange, Transport
from portal.actions import changes_something
from portal.artifacts import Certificate, DnsStatus, FetchOutcome, Hop
from portal.model import Network, Portal
from portal.urls import LONGEST_ADDRESS, host_of, plain_origin, routed, site_hosts
from storage.bundle import Bundle

MAX_HOPS = 20  # as browsers (WHATWG Fetch)
RANGE_BYTES = 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_APART = frozenset({"robots", "home"})
_CONNECT_TRIES = 8  # addresses of a host tried when one does not accept the connection
_CONNECT_SILENT = 2  # of them such that say nothing: each costs the whole time a connection may take
_UNCONNECTED = frozenset({FetchOutcome.REFUSED, FetchOutcome.NO_ROUTE, FetchOutcome.TIMEOUT})
_DNS_OUTCOME = {
    DnsStatus.NXDOMAIN: FetchOutcome.DNS,
    DnsStatus.NO_ANSWER: FetchOutcome.DNS,
    DnsStatus.UNKNOWN: FetchOutcome.DNS_UNKNOWN,
}


def user_agent(portal: Portal | None = None) -> str:
    """Returns the honest user agent: product and version, and the contact of targets.toml (`contact`) where given."""
    try:
        number = version("mingcha")
    except PackageNotFoundError:
        number = "0"
    contact = portal.extra.get("contact", "") if portal is not None else ""
    return f"Mozilla/5.0 (compatible; Mingcha/{number}; government portal audit{'; +' + contact if contact else ''})"


class Fetcher:
    """Sends requests for one audit, in one event loop. Use it as an async context manager, or close it.

    `robots` may be replaced for tests; `log` gets a line for every request sent, the browser's too; `known` are good
    links nobody needs to ask; `ca_file` replaces the system's trusted certificates. Limiter, log and known links are
    closed with the fetcher.
    """

    def __init__(
        self,
        network: Network,
        portal: Portal,
        bundle: Bundle | None = None,
        *,
        politeness: Politeness | None = None,
        resolver: Resolver | None = None,
        log: RequestLog | None = None,
        known: KnownLinks | None = None,
        ca_file: str = "",
    ) -> None:
        self.network = network
        self.portal = portal
        self.bundle = bundle
        self.politeness = politeness or Politeness.for_portal(portal)
        self.resolver = resolver or Resolver(network)
        self.user_agent = user_agent(portal)
        self.site_hosts = site_hosts(portal)
        self.robots = Robots(
            self._robots_answer, self.politeness, authorised=portal.robots != "obey" and bool(portal.authorisation)
        )
        self.requests = 0
        self.bytes = 0
        self._transport = Transport(ca_file=ca_file)
        self._chains = Chains(self._transport.ca_file, self._certificate)
        self._agents: dict[str, str] = {}
        self._flights: dict[FetchRequest, asyncio.Task[Fetched]] = {}
        self._frames = Frames()
        self.log = log
        self.known = known
        self.control = LineControl(known) if known is not None else None
        self._platform: set[str] = set()  # addresses of the portal's hosts, where it has a group

    async def fetch(self, request: FetchRequest) -> Fetched:
        """Returns what a request came to; equal requests in flight share one, and pages of an application their frame.
        Raises only BundleError (disk)."""
        if (framed := self._frames.answer(request)) is not None:
            return framed
        # robots.txt asked as such must not wait for itself asked as a page, which waits for robots.txt.
        key = replace(request, referer="", timeout=0, purpose=request.purpose if request.purpose in _APART else "")
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.ensure_future(self._fetch(request))
            self._flights[key] = flight
            flight.add_done_callback(lambda _: self._flights.pop(key, None))
        return await asyncio.shield(flight)

    async def group_of(self, url: str) -> str:
        """Returns the politeness group an address belongs to: the portal's own, else the host's network address."""
        host = host_of(url)
        try:
            endpoints = await self.resolver.resolve(host)
            return self._group(host, next(iter(self._allowed(endpoints)), endpoints[0]).address)
        except ResolveError:
            return self.portal.group if self.portal.group and host in self.site_hosts else host

    def keep(self, fetched: Fetched) -> Fetched:
        """Returns the same with its evidence kept in the bundle: the answer, or a note where none came.

        Does nothing without a bundle or where it is kept already. Raises BundleError when the disk refuses.
        """
        attempt = fetched.attempt
        if self.bundle is None or attempt.evidence:
            return fetched
        if attempt.status:
            data, media_type = evidence_message(fetched), "application/http"
        else:
            data, media_type = failure_note(attempt), "text/plain; charset=utf-8"
        digest = self.bundle.put(data, media_type, attempt.final_url, attempt.at)
        return replace(fetched, attempt=replace(attempt, evidence=digest))

    def set_cookies(self, host: str, cookies: Mapping[str, str] | Iterable[Mapping[str, object]], agent: str) -> None:
        """Keeps cookies a browser was given by a host after passing its challenge, and the user agent they belong to.

        `cookies` is name -> value, or a browser's list of {"name": ..., "value": ..., "path": ...}.
        """
        if isinstance(cookies, Mapping):
            cookies = [{"name": name, "value": value} for name, value in cookies.items()]
        for cookie in cookies:
            if any(mark in str(part) for part in cookie.values() for mark in "\t\r\n"):
                continue  # no server could have set it
            self._transport.add_cookie(host, str(cookie["name"]), str(cookie["value"]), str(cookie.get("path", "/")))
        if agent:
            self._agents[host.lower()] = agent

    async def close(self) -> None:
        """Ends requests in flight, closes connections and the log."""
        for flight in list(self._flights.values()):
            flight.cancel()
        await asyncio.gather(*self._flights.values(), return_exceptions=True)
        await self._transport.close()
        self.politeness.close()
        if self.log is not None:
            self.log.close()
        if self.known is not None:
            self.known.close()

    async def __aenter__(self) -> Fetcher:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _fetch(self, request: FetchRequest) -> Fetched:
        at = dt.datetime.now(dt.UTC)
        elapsed = 0.0  # of the exchanges alone: waiting for our own turn is no slowness of the portal's
        hops: list[Hop] = []
        seen: dict[tuple[str, int], int] = {}
        url = request.url
        while True:
            asked = url
            # What is known is known of the address asked for, not of where it may lead today.
            exchange, url = await self._hop(replace(request, url=asked, conditions=()) if hops else request)
            if routed(asked):
                url += f"#{asked.partition('#')[2]}"  # no server learns it, and it says which page came
            elapsed += exchange.elapsed
            location = header(exchange.headers, "location")
            if not (request.follow and exchange.status in _REDIRECTS and location and headed(exchange)):
                break
            target = resolve_location(url, location)
            hops.append(Hop(url, exchange.status, target))
            state = (target, hash(tuple(self._transport.cookies())))
            seen[state] = seen.get(state, 0) + 1
            if len(hops) >= MAX_HOPS or seen[state] > 2:
                exchange = replace(exchange, failure=Failure(FetchOutcome.REDIRECT_LOOP, f"{len(hops)} redirects"))
                break
            if not target.startswith(("http://", "https://")):
                exchange = _never(FetchOutcome.SCHEME, f"redirect to {location[:120]}")
                break
            if changes_something(target):
                exchange = _never(FetchOutcome.DEED, f"redirect to what changes something: {location[:120]}")
                break
            url = target
        fetched = self._finish(request, url, exchange, tuple(hops), at, elapsed)
        self._frames.remember(request, fetched)
        return fetched

    def _allowed(self, endpoints: Iterable[Endpoint]) -> list[Endpoint]:
        """Returns those of a host's endpoints that may be connected to."""
        return [end for end in endpoints if not vet(end.address, self.network, given=end.given)]

    def _group(self, host: str, address: str) -> str:
        """Returns the politeness group of a host; sites beside the portal's own, at its address, share it."""
        if not self.portal.group:
            return address
        if host in self.site_hosts:
            self._platform.add(address)
        return self.portal.group if address in self._platform else address

    async def _hop(self, request: FetchRequest) -> tuple[Exchange, str]:
        url = request.url
        origin = plain_origin(url)
        if not origin:
            try:
                parsed = ada_url.URL(url)
            except ValueError:
                return _never(FetchOutcome.BAD_URL, "not an address"), url
            parsed.hash = ""
            if parsed.protocol not in ("http:", "https:"):
                return _never(FetchOutcome.SCHEME, f"scheme {parsed.protocol}"), str(parsed.href)
            parsed.username = parsed.password = ""  # no login, not even one a link carries
            url, origin = str(parsed.href), str(parsed.origin)
        if len(url) > LONGEST_ADDRESS:
            return _never(FetchOutcome.BAD_URL, f"longer than {LONGEST_ADDRESS} characters"), url[:LONGEST_ADDRESS]
        host, authority, port = _party(origin)
        if unsafe_port(port):
            return _never(FetchOutcome.BAD_URL, f"port {port} is one no browser opens"), url
        try:
            endpoints = await self.resolver.resolve(host, request.family)
        except ResolveError as error:
            return _never(_DNS_OUTCOME[error.status], error.text), url
        allowed = self._allowed(endpoints)
        if not allowed:
            return _never(FetchOutcome.PRIVATE, vet(endpoints[0].address, self.network, given=endpoints[0].given)), url
        group = self._group(host, allowed[0].address)
        try:
            if (
                request.purpose != "robots"
                and host in self.site_hosts
                and not await self.robots.allows(url, group, home=request.purpose == "home")
            ):
                return _never(FetchOutcome.ROBOTS, "robots.txt does not allow it"), url
        except NotAskedError as error:
            return _never(error.attempt.outcome, error.attempt.error), url
        exchange = _never(FetchOutcome.ABORTED, "not tried")
        silent = 0
        for endpoint in allowed[:_CONNECT_TRIES]:
            # Of the address that is asked, whatever else the name has: names may share one and say each another first.
            group = self._group(host, endpoint.address)
            exchange = await self._send(request, url, host, endpoint, group, authority)
            # Browsers go on to the next address, too, when one does not accept the connection.
            if exchange.failure is None or exchange.connected or exchange.failure.outcome not in _UNCONNECTED:
                break
            silent += exchange.failure.outcome is FetchOutcome.TIMEOUT
            if silent >= _CONNECT_SILENT:
                break
        return exchange, url

    async def _send(
        self, request: FetchRequest, url: str, host: str, endpoint: Endpoint, group: str, authority: str
    ) -> Exchange:
        ranged = request.method == "range"
        limit = min(request.max_bytes, RANGE_BYTES) if ranged and request.max_bytes == PAGE_BYTES else request.max_bytes
        headers = self._headers(request, limit if ranged else 0)
        identity = ranged
        pin = self._chains.known(authority)
        refused = 0
        while True:
            try:
                async with self.politeness.slot(group, authority) as slot:
                    at = time.time()
                    exchange = await self._transport.exchange(
                        url,
                        endpoint,
                        head=request.method == "head",
                        headers=headers,
                        user_agent=self._agents.get(host, self.user_agent),
                        max_bytes=limit,
                        seconds=request.timeout,
                        identity=identity,
                        pin=pin,
                    )
                    outcome = outcome_of(exchange, conditional=bool(request.conditions))
                    slot.done(
                        outcome,
                        status=exchange.status,
                        retry_after=retry_after(exchange.headers, dt.datetime.now(dt.UTC)),
                        # How long the server thinks says how busy it is; how long the line takes does not.
                        seconds=exchange.answered or None,
                    )
            except PolitenessError as error:
                return _never(error.outcome, str(error))
            self.requests += 1
            self.bytes += exchange.wire_bytes
            if self.log is not None:  # costs nothing when off
                self._note(request, url, exchange, outcome, group, endpoint.address, at)
            # A body that cannot be unpacked is asked for once more as it is.
            if exchange.failure and "encoding" in exchange.failure.why.lower() and not identity:
                identity = True
                continue
            if exchange.failure and exchange.failure.unknown_issuer and not pin:
                pin = await self._chains.pin(authority, host, partial(self._chain, url, endpoint, group, authority))
                if pin:
                    continue
            if not_now(exchange) and refused < request.refusals:
                refused += 1
                continue  # the limiter waits as long as the server asked for
            return exchange

    def _headers(self, request: FetchRequest, range_bytes: int) -> list[str]:
        lines = {
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.3",
        }
        if range_bytes:
            lines["Range"] = f"bytes=0-{range_bytes - 1}"
        if request.referer:
            lines["Referer"] = request.referer.partition("#")[0]
        for name, value in (*request.headers, *request.conditions):
            lines[name] = value
        return [_printable(f"{name}: {value}") for name, value in lines.items()]

    def _finish(
        self,
        request: FetchRequest,
        url: str,
        exchange: Exchange,
        hops: tuple[Hop, ...],
        at: dt.datetime,
        elapsed: float,
    ) -> Fetched:
        attempt = attempt_of(request, url, exchange, hops, at, elapsed)
        fetched = Fetched(attempt, exchange.body, exchange.headers, exchange.truncated, exchange.reason)
        if attempt.status == NOT_MODIFIED and attempt.outcome is FetchOutcome.OK:
            return fetched  # the proof is what was kept when it came
        return self.keep(fetched) if request.keep_evidence else fetched

    async def _certificate(self, url: str) -> bytes:
        fetched = await self.fetch(FetchRequest(url, purpose="certificate", max_bytes=128 * 1024, timeout=10.0))
        return fetched.body if fetched.attempt.outcome is FetchOutcome.OK else b""

    async def _robots_answer(self, url: str) -> Fetched:
        return await self.fetch(FetchRequest(url, purpose="robots", max_bytes=512 * 1024, timeout=15.0))

    async def certificate(self, url: str) -> Certificate | None:
        """Returns the certificate of the server at an https address; None where that cannot be told."""
        host, authority, _ = _party(url)
        try:
            endpoints = await self.resolver.resolve(host)
        except ResolveError:
            return None
        endpoint = next(iter(self._allowed(endpoints)), None)
        if endpoint is None:
            return None
        group = self._group(host, endpoint.address)
        before = self.requests
        sent = await self._chain(url, endpoint, group, authority, verified=True)
        trusted = bool(sent)
        if not sent:
            sent = await self._chain(url, endpoint, group, authority)
            trusted = bool(sent) and await self._chains.trusted(host, sent)
        if self.requests == before:
            return None  # the limiter let nothing out
        if not sent and endpoint.port:
            return None  # `[network] hosts` says where to connect, not that there is nothing on another port
        return certificate_of(sent, host, trusted=trusted, now=dt.datetime.now(dt.UTC))

    async def _chain(
        self, url: str, endpoint: Endpoint, group: str, authority: str, *, verified: bool = False
    ) -> list[str]:
        """Returns the certificates a server sends: a connection, and no request, but it has its turn as one."""
        try:
            async with self.politeness.slot(group, authority):
                at = time.time()
                sent = await self._transport.certificates(url, endpoint, verified=verified)
        except PolitenessError:
            return []
        self.requests += 1
        if self.log is not None:
            self.log.note(
                dt.datetime.fromtimestamp(at, dt.UTC),
                time.time() - at,
                method="TLS",
                url=url,
                purpose="certificate",
                group=group,
                outcome=FetchOutcome.OK if sent else FetchOutcome.TLS,
                address=endpoint.address,
            )
        return sent

    def _note(
        self,
        request: FetchRequest,
        url: str,
        exchange: Exchange,
        outcome: FetchOutcome,
        group: str,
        address: str,
        at: float,
    ) -> None:
        if self.log is None or outcome is FetchOutcome.NO_ROUTE:
            return  # without a route nothing leaves
        pinned = f"get{request.family}" if request.family and request.method == "get" else request.method
        self.log.note(
            dt.datetime.fromtimestamp(at, dt.UTC),
            time.time() - at,
            method="HEAD" if request.method == "head" else "GET",
            url=url,
            purpose=request.purpose,
            group=group,
            outcome=outcome,
            status=exchange.status,
            size=exchange.wire_bytes,
            address=exchange.address or address,
            via=pinned,
        )


@lru_cache(maxsize=1024)
def _party(origin: str) -> tuple[str, str, str]:
    """Returns who is asked at an http or https address: the host, host with port or scheme, and the port it names."""
    parsed = ada_url.URL(origin)
    host = str(parsed.hostname).strip("[]").rstrip(".")
    return host, f"{host}:{parsed.port or parsed.protocol}", str(parsed.port)


def _printable(line: str) -> str:
    if line.isascii() and line.isprintable():
        return line
    return "".join(char for char in line if " " <= char <= "~")  # a header line ends at its end


def _never(outcome: FetchOutcome, why: str) -> Exchange:
    return Exchange(0, "", [], b"", False, Failure(outcome, why), "", 0.0, 0)

"""A world on loopback: one HTTP server for all its hosts on IPv4 and IPv6, TLS doors, dead ports, and a DNS server."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import errno
import socket
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

import trustme
from aiohttp import web

from portal.model import Network, Portal, Targets
from tests.portal.dnsserver import NameServerProtocol
from tests.portal.model import Ask, Place, Six, World

_TLS = (Place.TLS_EXPIRED, Place.TLS_WRONG_NAME)


@dataclass(frozen=True, slots=True)
class Seen:
    """One request the server answered."""

    host: str
    method: str
    target: str  # path and query as sent
    family: int
    status: int


@dataclass(slots=True)
class Served:
    """A running world. `targets` and `targets_toml` tell an audit how to reach it; `log` holds what was asked."""

    world: World
    port: int
    dns_port: int
    has_six: bool
    targets: Targets
    targets_toml: str
    log: list[Seen] = field(default_factory=list)

    def asked(self, host: str, prefix: str = "/") -> list[Seen]:
        """Returns the requests to one host whose target begins with `prefix`."""
        return [seen for seen in self.log if seen.host == host and seen.target.startswith(prefix)]


@contextlib.asynccontextmanager
async def serve(world: World, *, port: int = 0) -> AsyncIterator[Served]:
    """Yields the world running on loopback, on IPv4 only where there is no ::1. Raises OSError when `port` is taken."""
    async with contextlib.AsyncExitStack() as stack:
        log: list[Seen] = []
        times: Counter[tuple[str, str, str]] = Counter()
        server = web.Server(_handler(world, log, times))
        runner = web.ServerRunner(server, handle_signals=False, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)

        http4, http6 = _twin_sockets(port)
        await web.SockSite(runner, http4).start()
        if http6 is not None:
            await web.SockSite(runner, http6).start()
        http_port = http4.getsockname()[1]

        doors = {Place.HTTP: http_port}
        for place in _TLS:
            if names := [h.name for h in world.hosts.values() if h.place is place]:
                sock = _bound(socket.AF_INET, "127.0.0.1", 0)
                await web.SockSite(runner, sock, ssl_context=_tls(place, names)).start()
                doors[place] = sock.getsockname()[1]
        refuses = _bound(socket.AF_INET, "127.0.0.1", 0)  # bound and never listening: the kernel refuses
        stack.callback(refuses.close)
        doors[Place.REFUSES] = refuses.getsockname()[1]
        silent = _bound(socket.AF_INET, "127.0.0.1", 0)
        silent.listen(64)  # the kernel takes the connection, nobody ever reads it
        stack.callback(silent.close)
        doors[Place.SILENT] = silent.getsockname()[1]
        refuses6 = _bound(socket.AF_INET6, "::1", 0) if http6 is not None else None
        if refuses6 is not None:
            stack.callback(refuses6.close)

        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: NameServerProtocol(world, http6 is not None), local_addr=("127.0.0.1", 0)
        )
        stack.callback(transport.close)
        dns_port = transport.get_extra_info("sockname")[1]

        hosts: dict[str, tuple[str, ...]] = {}
        for host in world.hosts.values():
            ends = [f"127.0.0.1:{doors[host.place]}"]
            if http6 is not None and host.six is Six.SAME:
                ends.append(f"[::1]:{http_port}")
            elif refuses6 is not None and host.six is Six.REFUSES:
                ends.append(f"[::1]:{refuses6.getsockname()[1]}")
            hosts[host.name] = tuple(ends)
        network = Network(nameservers=(f"127.0.0.1:{dns_port}",), hosts=hosts, sealed=True)
        targets = _targets(world, network)
        yield Served(world, http_port, dns_port, http6 is not None, targets, targets_toml(targets), log)


def _handler(world: World, log: list[Seen], times: Counter[tuple[str, str, str]]):  # type: ignore[no-untyped-def] # aiohttp's own handler type is not exported
    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        name = request.headers.get("Host", "").rsplit(":", 1)[0].lower()
        target = request.raw_path
        if target.startswith("http://"):
            target = "/" + target.split("/", 3)[-1]
        path, _, query = target.partition("?")
        family = 6 if request.transport and request.transport.get_extra_info("socket").family == socket.AF_INET6 else 4
        host = world.hosts.get(name)
        if host is None:
            log.append(Seen(name, request.method, target, family, 421))
            return web.Response(status=421, text="no such host here")
        key = (name, request.method, target)
        cookie: SimpleCookie = SimpleCookie(request.headers.get("Cookie", ""))
        ask = Ask(
            name,
            request.method,
            path,
            query,
            await request.read() if request.method == "POST" else b"",
            {k: morsel.value for k, morsel in cookie.items()},
            family,
            times[key],
        )
        times[key] += 1
        answer = host.answer(ask)
        if answer.delay:
            await asyncio.sleep(answer.delay)
        log.append(Seen(name, request.method, target, family, answer.status))
        response = web.Response(status=answer.status, body=answer.body)
        response.headers["Content-Type"] = answer.content_type
        for header, value in answer.headers:
            response.headers.add(header, value)
        return response

    return handle


def _bound(family: int, address: str, port: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        sock.bind((address, port))
    except OSError:
        sock.close()
        raise
    return sock


def _twin_sockets(port: int) -> tuple[socket.socket, socket.socket | None]:
    """Returns sockets of one port number on 127.0.0.1 and ::1 (None where the machine has no ::1)."""
    for _ in range(20):
        four = _bound(socket.AF_INET, "127.0.0.1", port)
        try:
            return four, _bound(socket.AF_INET6, "::1", four.getsockname()[1])
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                return four, None
            four.close()
            if port:
                raise
    raise OSError(errno.EADDRINUSE, "no port is free on both 127.0.0.1 and ::1")


def _tls(place: Place, names: list[str]) -> ssl.SSLContext:
    ca = trustme.CA()
    if place is Place.TLS_EXPIRED:
        certificate = ca.issue_cert(*names, not_after=dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
    else:
        certificate = ca.issue_cert("shared-hosting.example.net")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def _targets(world: World, network: Network) -> Targets:
    portals = tuple(
        Portal(
            id=site.id,
            name=site.name,
            home=site.home,
            hosts=site.hosts,
            site_code=site.site_code,
            level="county",
            unit=f"{site.name}办公室",
            group=f"sample-{site.id}",
            rate=200.0,
            concurrency=4,
            max_pages=1500,
            max_minutes=20.0,
            systems=site.systems,
        )
        for site in world.sites
    )
    return Targets(portals, network)


def targets_toml(targets: Targets, said: str = "The sample portal on loopback. Written by tests.portal.serve.") -> str:
    """Returns the targets as the text of a targets.toml that says first where it comes from."""

    def quoted(values: tuple[str, ...]) -> str:
        return "[" + ", ".join(f'"{value}"' for value in values) + "]"

    first = targets.portals[0]
    lines = [
        f"# {said} It changes with every start.",
        "[defaults]",
        f"rate = {first.rate}",
        f"concurrency = {first.concurrency}",
        f"max_pages = {first.max_pages}",
        f"max_minutes = {first.max_minutes}",
        "",
        "[network]",
        f"nameservers = {quoted(targets.network.nameservers)}",
        f"sealed = {str(targets.network.sealed).lower()}",
        "",
        "[network.hosts]",
    ]
    lines += [f'"{name}" = {quoted(ends)}' for name, ends in sorted(targets.network.hosts.items())]
    for portal in targets.portals:
        lines += [
            "",
            "[[portal]]",
            f'id = "{portal.id}"',
            f'name = "{portal.name}"',
            f'home = "{portal.home}"',
            f'group = "{portal.group}"',
        ]
        for key in ("site_code", "level", "unit"):
            if value := getattr(portal, key):
                lines.append(f'{key} = "{value}"')
        lines.append(f"systems = {quoted(portal.systems)}")
        if portal.hosts:
            lines.append(f"hosts = {quoted(portal.hosts)}")
    return "\n".join(lines) + "\n"

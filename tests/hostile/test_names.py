"""Names that resolve late, wrongly, inwards or to something else each time, and TLS no browser would talk to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import trustme

from portal.artifacts import FetchOutcome
from tests.hostile import names
from tests.hostile.drive import Audited, audit, survived
from tests.hostile.names import HostileDns, named, tls_server
from tests.hostile.site import HOME, HOST, NEIGHBOUR, HostileServer, links_to, neighbour, peaceful
from tests.net.servers import soa

pytestmark = pytest.mark.slow

Running = dict[str, "asyncio.Task[Audited]"]
INNER = "127.0.0.2"  # on this machine, and not allowed: what a page must not be able to reach

NAMES = {
    "fine": FetchOutcome.OK,
    "late": FetchOutcome.OK,
    "silent": FetchOutcome.DNS_UNKNOWN,
    "garbage": FetchOutcome.DNS_UNKNOWN,
    "forged": FetchOutcome.DNS_UNKNOWN,
    "alias": FetchOutcome.DNS_UNKNOWN,
    "cut": FetchOutcome.DNS_UNKNOWN,
    "changing": FetchOutcome.OK,
    "inner": FetchOutcome.PRIVATE,
    "thousands": FetchOutcome.PRIVATE,
    "missing": FetchOutcome.DNS,
}
FORGED = {
    "garbage": names.garbage,
    "forged": names.other_id,
    "alias": names.endless_alias,
    "cut": names.truncated,
    "thousands": names.thousands,
}
FAULTS = {
    "none": ("", FetchOutcome.OK),
    "expired": ("expired", FetchOutcome.TLS),
    "another name": ("name", FetchOutcome.TLS),
    "too old": ("old", FetchOutcome.TLS),
    "no TLS": ("plain", FetchOutcome.TLS),
    "closed in the handshake": ("closed", FetchOutcome.TLS),
    "cut in the handshake": ("cut", FetchOutcome.TLS),
    "silent in the handshake": ("silent", FetchOutcome.TIMEOUT),
}


def host(name: str) -> str:
    """Returns the host name an attack goes by."""
    return f"www.{name.replace(' ', '-').lower()}.gov.cn"


def server_of_names() -> HostileDns:
    """Returns a name server that is right about the portal and wrong about the rest."""
    right = {(host(name), "A"): ["127.0.0.1"] for name in ("fine", "late", "silent")}
    zone = HOST.partition(".")[2]
    return HostileDns(
        {**right, (HOST, "A"): ["127.0.0.1"], (zone, "SOA"): [soa(zone)], (zone, "NS"): [f"ns1.{zone}."]},
        late={host("late"): 1.0, host("silent"): 60.0},
        forged={host(name): forge for name, forge in FORGED.items()},
        changing={host("changing"): ["127.0.0.1", INNER], host("inner"): [INNER]},
    )


@asynccontextmanager
async def trap(port: int) -> AsyncIterator[list[int]]:
    """Yields the list of connections made to INNER at that port."""
    met: list[int] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(1)
        writer.close()

    server = await asyncio.start_server(note, INNER, port)
    try:
        yield met
    finally:
        server.close()
        await server.wait_closed()


async def linked(folder: Path, ca: trustme.CA) -> Audited:
    """Audits a portal with links to all these names and servers."""
    dns = server_of_names()
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(HostileServer())
        met = await stack.enter_async_context(trap(there.port))
        other = await stack.enter_async_context(HostileServer(pages=neighbour()))
        servers = {host(name): tls_server(ca, host(name), fault) for name, (fault, _) in FAULTS.items()}
        hosts = {name: (await stack.enter_async_context(server)).endpoint for name, server in servers.items()}
        links = [f"http://{host(name)}:{there.port}/ok" for name in NAMES] + [f"https://{name}/ok" for name in hosts]
        server = await stack.enter_async_context(HostileServer(pages=peaceful(links_to(*links))))
        hosts |= {HOST: server.endpoint, NEIGHBOUR: other.endpoint}
        audited = await audit(folder, f"{HOME}/", hosts, network=await asking(stack, dns), max_minutes=3)
        assert met == []
    return audited


async def moving(folder: Path, ca: trustme.CA) -> Audited:
    """Audits a portal whose own name leads inwards once the first answer was given."""
    dns = HostileDns({}, changing={HOST: ["127.0.0.1", INNER]})
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(HostileServer(pages=peaceful()))
        met = await stack.enter_async_context(trap(server.port))
        other = await stack.enter_async_context(HostileServer(pages=neighbour()))
        audited = await audit(
            folder,
            f"http://{HOST}:{server.port}/",
            {NEIGHBOUR: other.endpoint},
            network=await asking(stack, dns),
            max_minutes=3,
        )
        assert met == []
    return audited


async def expired(folder: Path, ca: trustme.CA) -> Audited:
    """Audits a portal whose certificate has expired."""
    return await secured(folder, ca, "expired")


async def too_old(folder: Path, ca: trustme.CA) -> Audited:
    """Audits a portal that speaks TLS 1.1 at most."""
    return await secured(folder, ca, "old")


async def secured(folder: Path, ca: trustme.CA, fault: str) -> Audited:
    """Returns the audit of a portal behind TLS with a fault."""
    server = tls_server(ca, HOST, fault)
    server.pages = peaceful()
    async with server:
        return await audit(folder, f"https://{HOST}/", {HOST: server.endpoint}, max_minutes=3)


async def asking(stack: AsyncExitStack, dns: HostileDns) -> list[str]:
    """Returns the lines of targets.toml that make a name server be asked."""
    server = await stack.enter_async_context(named(dns))
    return [f'nameservers = ["{server}"]', 'allow_private = ["127.0.0.1/32"]']


@pytest.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """The audits of this file, all at once: they mostly wait."""
    ca = trustme.CA()
    works = {"linked": linked, "moving": moving, "expired": expired, "too old": too_old}
    root = tmp_path_factory.mktemp("ca") / "root.pem"
    ca.cert_pem.write_to_path(str(root))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(root))
        tasks = {name: asyncio.ensure_future(work(tmp_path_factory.mktemp("n"), ca)) for name, work in works.items()}
        yield tasks
        await asyncio.gather(*tasks.values(), return_exceptions=True)


async def test_names_that_resolve_wrongly_leave_everything_else_as_it_is(running: Running, peace: Audited) -> None:
    audited = await running["linked"]
    survived(audited, peace)
    assert audited.summary.stopped_by == ""


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_server_that_cannot_be_believed_accuses_nobody(running: Running, name: str) -> None:
    audited = await running["linked"]
    (link,) = (link for url, link in audited.links.items() if url.startswith(f"http://{host(name)}:"))
    assert link.attempts[-1].outcome is NAMES[name]
    accusations = {kind for kind, subject, _ in audited.accused() if subject == link.url}
    assert accusations == ({"dns"} if name == "missing" else set())


@pytest.mark.parametrize("name", FAULTS)
async def test_tls_no_browser_would_talk_to_is_a_suspicion_of_its_own(running: Running, name: str) -> None:
    audited = await running["linked"]
    subject, outcome = f"https://{host(name)}/ok", FAULTS[name][1]
    assert audited.last(subject).outcome is outcome
    said = {(kind, outcome) for kind, url, outcome in audited.accused() if url == subject}
    assert said == ({(outcome.value, "suspect")} if outcome.failed else set())


async def test_a_portal_whose_name_turns_inwards_is_audited_where_it_was_found_first(
    running: Running, peace: Audited
) -> None:
    audited = await running["moving"]
    survived(audited, None)
    assert len(audited.pages) == len(peace.pages)
    assert {page.fetch.address for page in audited.pages.values()} == {"127.0.0.1"}
    assert audited.accused() == {("no_aaaa", HOST, "fail")}  # which is true


@pytest.mark.parametrize("name", ["expired", "too old"])
async def test_a_portal_behind_tls_no_browser_would_talk_to_is_not_measured(running: Running, name: str) -> None:
    audited = await running[name]
    survived(audited, None)
    assert audited.code == 2
    assert audited.summary.home_outcome is FetchOutcome.TLS
    assert audited.findings == ()
    outcomes = audited.outcomes()
    assert outcomes.pop("reachability") == "not_measured/no_series"  # no probe ran before
    assert set(outcomes.values()) == {"not_measured/unreachable"}

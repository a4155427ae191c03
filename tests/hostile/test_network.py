"""Attacks on the line: whatever a server does to a connection, the audit goes on, ends, and accuses nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from portal.artifacts import FetchOutcome
from tests.hostile import wire
from tests.hostile.drive import Audited, audit, survived
from tests.hostile.site import (
    HOME,
    HOST,
    NEIGHBOUR,
    Attack,
    HostileServer,
    bytes_only,
    in_peace,
    links_to,
    neighbour,
    peaceful,
    raw,
)
from tests.hostile.wire import CHUNKED, OK, PAGE
from tests.net.servers import dead_port, silent_port

pytestmark = pytest.mark.slow

FOREIGN = "foreign.gov.cn"

# attack -> (what it does, what its address comes to)
ENDLESS: dict[str, tuple[Attack, FetchOutcome]] = {
    "body": (wire.poured(raw(OK), b"<p>x</p>" * 8192), FetchOutcome.OK),
    "body-a-byte-a-second": (wire.dripped(raw(OK)), FetchOutcome.TIMEOUT),
    "body-just-fast-enough": (wire.dripped(raw(OK), b"x" * 130), FetchOutcome.TIMEOUT),
    "head": (wire.poured(b"HTTP/1.1 200 X\r\n", b"X-More: " + b"y" * 4000 + b"\r\n"), FetchOutcome.RESET),
    "head-a-byte-a-second": (wire.dripped(b"HTTP/1.1 200 X\r\nX: "), FetchOutcome.TIMEOUT),
    "status-a-byte-a-second": (wire.dripped(b""), FetchOutcome.RESET),
    "preliminary-answers": (wire.poured(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100), FetchOutcome.RESET),
    "chunk-extension": (wire.poured(CHUNKED + b"5;", b"a=b;" * 4096), FetchOutcome.TIMEOUT),
    "trailers": (wire.poured(CHUNKED + b"0\r\n", b"X-T: " + b"y" * 4000 + b"\r\n"), FetchOutcome.RESET),
    "redirects": (wire.onward, FetchOutcome.REDIRECT_LOOP),
}
LENGTHS: dict[str, tuple[Attack, FetchOutcome]] = {
    "too-long": (wire.said_length("99999"), FetchOutcome.OK),
    "too-long-and-held": (wire.said_length("99999", hold=True), FetchOutcome.OK),
    "too-short": (wire.said_length("100"), FetchOutcome.OK),
    "too-short-twice": (wire.answered_twice(), FetchOutcome.OK),
    "two-of-them": (wire.said_length(str(len(PAGE)), "7"), FetchOutcome.RESET),
    "a-list": (wire.said_length("7, 9"), FetchOutcome.RESET),
    "negative": (wire.said_length("-5"), FetchOutcome.RESET),
    "astronomic": (wire.said_length("9" * 30), FetchOutcome.OK),
    "and-chunks": (wire.said_length("7", chunked=True), FetchOutcome.OK),
    "no-number-of-a-chunk": (bytes_only(CHUNKED + b"zz\r\n" + PAGE), FetchOutcome.RESET),
    "astronomic-chunk": (bytes_only(CHUNKED + b"f" * 18 + b"\r\n" + PAGE), FetchOutcome.RESET),
    "of-a-redirect": (wire.moved("/ok", length=500), FetchOutcome.OK),
}
BROKEN: dict[str, tuple[Attack, FetchOutcome]] = {
    f"{how}-in-{stage}": (
        wire.broken_off(*parts, reset=how == "reset"),
        FetchOutcome.NOT_FOUND if stage == "head" else FetchOutcome.RESET,
    )
    for stage, parts in wire.STAGES.items()
    for how in ("closed", "reset")
}
ALL = {
    f"{family}-{name}": attack
    for family, attacks in (("endless", ENDLESS), ("length", LENGTHS), ("broken", BROKEN))
    for name, attack in attacks.items()
}
ON_CONNECTING = {"closed": FetchOutcome.RESET, "silent": FetchOutcome.TIMEOUT, "refused": FetchOutcome.REFUSED}
FILES = ("endless-body", "length-too-long", "broken-reset-in-body")  # web pages, where files are said to be


Running = dict[str, "asyncio.Task[Audited]"]


@pytest.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """The audits of this file, all at once: they mostly wait."""
    works = {"line": line, "home": home, "endless": endless, "good": in_peace}
    tasks = {name: asyncio.ensure_future(work(tmp_path_factory.mktemp(name))) for name, work in works.items()}
    yield tasks
    await asyncio.gather(*tasks.values(), return_exceptions=True)


async def line(folder: Path) -> Audited:
    """Audits a portal that links to every attack: on itself, at other hosts (one for each), and as files."""
    paths = {f"/x/{name}.html": attack for name, (attack, _) in ALL.items()}
    files = {f"/x/{name}.pdf": ALL[name][0] for name in FILES}
    foreign = {f"{name}.{FOREIGN}": f"http://{name}.{FOREIGN}/x/{name}.html" for name in ALL}
    unheard = [f"http://{name}.{FOREIGN}/" for name in ON_CONNECTING]
    pages = peaceful(links_to(*paths, *files, *foreign.values(), *unheard))
    async with (
        HostileServer(pages=pages, attacks=paths | files) as server,
        HostileServer(attacks=dict(paths)) as far,
        HostileServer(pages=neighbour()) as other,
        wire.hanging_up() as closed,
        silent_port() as silent,
        dead_port() as refused,
    ):
        hosts = {HOST: server.endpoint, NEIGHBOUR: other.endpoint, **dict.fromkeys(foreign, far.endpoint)}
        ports = {"closed": closed, "silent": silent.port, "refused": refused}
        hosts |= {f"{name}.{FOREIGN}": f"127.0.0.1:{port}" for name, port in ports.items()}
        return await audit(folder, f"{HOME}/", hosts, max_minutes=5, concurrency=32)


async def home(folder: Path) -> Audited:
    """Audits a portal whose home page comes a byte a second."""
    async with HostileServer(attacks={"/": wire.dripped(raw(OK))}) as server:
        return await audit(folder, f"{HOME}/", {HOST: server.endpoint}, max_minutes=0.3)


async def endless(folder: Path) -> Audited:
    """Audits a portal on which every answer is endless."""
    async with HostileServer(gate=lambda asked: wire.poured(raw(OK), b"<p>x</p>" * 8192)) as server:
        return await audit(folder, f"{HOME}/", {HOST: server.endpoint}, max_minutes=1)


@pytest.fixture
async def attacked(running: Running) -> Audited:
    """The audit of the portal that links to every attack."""
    return await running["line"]


def test_whatever_goes_wrong_on_the_line_everything_else_is_audited_as_ever(attacked: Audited, peace: Audited) -> None:
    survived(attacked, peace)
    assert attacked.summary.stopped_by == ""
    assert attacked.results["empty_columns"]["outcome"] == "pass"
    assert attacked.results["update_freshness"]["outcome"] == "pass"


@pytest.mark.parametrize("name", ALL)
def test_an_attack_comes_to_what_a_visitor_would_meet(attacked: Audited, name: str) -> None:
    outcome = ALL[name][1]
    assert attacked.last(f"{HOME}/x/{name}.html").outcome is outcome
    assert attacked.last(f"http://{name}.{FOREIGN}/x/{name}.html").outcome is outcome


@pytest.mark.parametrize("name", ON_CONNECTING)
def test_a_host_that_does_not_even_listen_comes_to_what_it_is(attacked: Audited, name: str) -> None:
    assert attacked.last(f"http://{name}.{FOREIGN}/").outcome is ON_CONNECTING[name]


def test_only_what_never_came_is_held_against_anybody_and_only_as_a_suspicion(attacked: Audited) -> None:
    failed = {name for name, (_, outcome) in ALL.items() if outcome.failed}
    wanted = {f"{HOME}/x/{name}.html" for name in failed} | {f"http://{n}.{FOREIGN}/x/{n}.html" for n in failed}
    wanted |= {f"{HOME}/x/{name}.pdf" for name in FILES} | {f"http://{name}.{FOREIGN}/" for name in ON_CONNECTING}
    assert {subject for _, subject, _ in attacked.accused()} <= wanted
    assert {outcome for _, _, outcome in attacked.accused()} == {"suspect"}


async def test_a_home_page_that_comes_a_byte_a_second_ends_with_the_budget_and_accuses_nobody(running: Running) -> None:
    audited = await running["home"]
    survived(audited, None)
    assert audited.findings == ()
    assert audited.summary.stopped_by == "deadline"
    assert {result["outcome"] for result in audited.results.values()} == {"not_measured"}


async def test_a_portal_on_which_every_answer_is_endless_is_audited_to_its_end(running: Running) -> None:
    audited = await running["endless"]
    survived(audited, None)
    assert audited.summary.home_outcome is FetchOutcome.OK
    assert audited.findings == ()


async def test_a_portal_audited_beside_all_that_is_audited_as_ever(running: Running, peace: Audited) -> None:
    survived(await running["good"], peace)

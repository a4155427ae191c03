"""Portals that refuse, fail or die for a while: what was out of order for a moment is audited, what stays so is not
measured, and nobody is accused of an outage."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from portal.artifacts import FetchOutcome
from tests.hostile import wire
from tests.hostile.drive import Audited, audit, survived
from tests.hostile.site import HOME, HOST, NEIGHBOUR, Attack, HostileServer, answer, neighbour, peaceful
from tests.net.servers import Asked

pytestmark = pytest.mark.slow

Running = dict[str, "asyncio.Task[Audited]"]
Work = Callable[[Path], Coroutine[Any, Any, Audited]]
RATE = 20.0  # requests a second: slow enough for an outage to end while the audit goes on
BUDGET = 0.3  # minutes, where an outage does not end


class Outage:
    """Gives a bad answer to everything but the home page and files: to the first `number` requests, or for ever."""

    def __init__(self, bad: Attack, number: int = 10**9) -> None:
        self.bad = bad
        self.left = number

    def __call__(self, asked: Asked) -> Attack | None:
        if asked.path in {"/", "/robots.txt", "/files/plan.pdf"} or not self.left:
            return None
        self.left -= 1
        return self.bad


def status(code: int, *headers: str) -> Attack:
    """Returns the answer with that status."""
    return answer("<p>服务暂不可用</p>", *headers, status=code)


SOON, LATE = "Retry-After: 1", "Retry-After: 3600"
SHORT: dict[str, Outage] = {
    "429": Outage(status(429, SOON), 5),
    "503": Outage(status(503, SOON), 5),
    "403": Outage(status(403), 7),
    "500": Outage(status(500), 7),
    "dropped": Outage(wire.broken_off(), 7),
}
LONG: dict[str, Outage] = {
    "429-for-an-hour": Outage(status(429, LATE)),
    "403": Outage(status(403)),
    "500": Outage(status(500)),
    "503": Outage(status(503)),
}


@pytest.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """The audits of this file, all at once: they mostly wait."""
    tasks = {name: asyncio.ensure_future(work(tmp_path_factory.mktemp(name))) for name, work in works().items()}
    yield tasks
    await asyncio.gather(*tasks.values(), return_exceptions=True)


def works() -> dict[str, Work]:
    """Returns the audits by name."""
    short = {f"short-{name}": gated(outage, 5.0) for name, outage in SHORT.items()}
    long = {f"long-{name}": gated(outage, BUDGET) for name, outage in LONG.items()}
    return {"dies": dies, "returns": returns, **short, **long}


def gated(outage: Outage, minutes: float) -> Work:
    """Returns the audit of the peaceful portal during an outage."""

    async def work(folder: Path) -> Audited:
        async with HostileServer(pages=peaceful(), gate=outage) as server, HostileServer(pages=neighbour()) as other:
            hosts = {HOST: server.endpoint, NEIGHBOUR: other.endpoint}
            return await audit(folder, f"{HOME}/", hosts, max_minutes=minutes, rate=RATE)

    return work


async def dies(folder: Path) -> Audited:
    """Audits a portal whose server dies in the middle, and stays dead."""
    return await mortal(folder, None, BUDGET)


async def returns(folder: Path) -> Audited:
    """Audits a portal whose server dies in the middle, and comes back half a second later."""
    return await mortal(folder, 0.5, 5.0)


async def mortal(folder: Path, pause: float | None, minutes: float) -> Audited:
    """Returns the audit of a portal whose server dies at the tenth request."""
    deaths: list[asyncio.Task[None]] = []

    async def die() -> None:
        await server.die()
        if pause is not None:
            await asyncio.sleep(pause)
            await server.rise()

    def gate(asked: Asked) -> Attack | None:
        if len(server.log) == 10 and not deaths:
            deaths.append(asyncio.ensure_future(die()))
        return None

    server = HostileServer(pages=peaceful(), gate=gate)
    async with server, HostileServer(pages=neighbour()) as other:
        hosts = {HOST: server.endpoint, NEIGHBOUR: other.endpoint}
        audited = await audit(folder, f"{HOME}/", hosts, max_minutes=minutes, rate=RATE)
        await asyncio.gather(*deaths)
    return audited


@pytest.mark.parametrize("name", ["429", "503"])
async def test_a_portal_that_asks_for_patience_gets_it_and_is_audited_as_ever(
    running: Running, peace: Audited, name: str
) -> None:
    survived(await running[f"short-{name}"], peace)


@pytest.mark.parametrize("name", ["403", "500", "dropped"])
async def test_a_portal_out_of_order_for_a_moment_is_audited_as_ever(
    running: Running, peace: Audited, name: str
) -> None:
    survived(await running[f"short-{name}"], peace)


async def test_a_portal_that_dies_and_comes_back_is_audited_as_ever(running: Running, peace: Audited) -> None:
    survived(await running["returns"], peace)


@pytest.mark.parametrize("name", LONG)
async def test_an_outage_without_end_ends_with_the_audit_and_proves_nothing(running: Running, name: str) -> None:
    audited = await running[f"long-{name}"]
    survived(audited, None)
    assert audited.summary.home_outcome is FetchOutcome.OK
    assert {outcome for _, _, outcome in audited.accused()} <= {"suspect"}
    assert {kind for kind, _, _ in audited.accused()} <= {"server_error", "refused"}
    assert audited.results["empty_columns"]["outcome"] in {"not_measured", "pass"}
    if name in {"429-for-an-hour", "403"}:
        assert audited.accused() == set()


async def test_a_portal_that_dies_for_good_in_the_middle_keeps_what_was_measured_before(
    running: Running, peace: Audited
) -> None:
    audited = await running["dies"]
    survived(audited, None)
    assert audited.summary.home_outcome is FetchOutcome.OK
    assert 1 < audited.summary.pages < len(peace.pages)
    assert {outcome for _, _, outcome in audited.accused()} <= {"suspect"}

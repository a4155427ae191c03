"""One limiter per politeness group, also between audits that run side by side."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

import crawler.net.shared
from benchmarks.politeness import Measured, figures, measure, most_at_once, table
from crawler.net.politeness import PATIENCE, REFUSALS, BreakerOpenError, Politeness
from crawler.net.shared import Pace, SharedPace
from portal.artifacts import FetchOutcome
from tests.app.run import ROOT
from tests.net.servers import FakeClock

RATE = 40.0
PAUSE = 2  # seconds
# Audits are told to keep a distance of starts; how long a request then takes to be on its way differs by this much.
ON_ITS_WAY = 0.02


def limiter(folder: Path, rate: float, concurrency: int = 1, clock: FakeClock | None = None) -> Politeness:
    """Returns a limiter of one of several audits that share the folder."""
    return Politeness(rate, concurrency, clock=clock, shared=SharedPace.open(folder / "pace"))


@pytest.fixture(scope="module")
async def together(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    """Three audits at once of three portals of one platform, one request at a time; it asks for a pause of 2 s."""
    folder = tmp_path_factory.mktemp("together")
    return await measure(folder, portals=3, rate=RATE, concurrency=1, delay=0.005, refuse=(60, PAUSE))


def test_three_audits_at_once_keep_the_rate_of_one(together: Measured) -> None:
    assert set(together.codes) <= {0, 3}
    (found,) = figures(together.lines)
    handshakes = sum(line.method == "TLS" for line in together.lines)  # of which no server is told
    assert found.requests - handshakes == len(together.spans) > 120
    assert found.rate <= RATE * (1 + ON_ITS_WAY)
    assert {line.portal for line in together.lines} == {"p0", "p1", "p2"}
    begins = sorted(begin for begin, _ in together.spans)
    assert begins[-1] - begins[0] >= (len(begins) - 1) / RATE - ON_ITS_WAY
    # So does every stretch of it: nobody catches up on what was missed.
    assert all(later - earlier >= 10 / RATE - ON_ITS_WAY for earlier, later in zip(begins, begins[10:], strict=False))


def test_three_audits_at_once_have_one_request_under_way(together: Measured) -> None:
    (found,) = figures(together.lines)
    assert most_at_once(together.spans) == found.in_flight == 1


def test_what_one_was_asked_all_three_do(together: Measured) -> None:
    assert together.refused
    after = [begin for begin, _ in together.spans if begin > together.refused]
    assert len(after) > 30
    assert min(after) >= together.refused + PAUSE
    assert sum(line.status == 429 for line in together.lines) == 1


def test_none_of_them_waits_for_the_others_to_end(together: Measured) -> None:
    """All three were under way before the first of them had ended."""
    times = {name: [line.at for line in together.lines if line.portal == name] for name in ("p0", "p1", "p2")}
    assert max(min(each) for each in times.values()) < min(max(each) for each in times.values())


def test_the_table_tells_it(together: Measured) -> None:
    assert f"| platform | {len(together.lines)} | 0 |" in table(figures(together.lines))


async def test_limiters_that_share_a_file_space_their_starts(tmp_path: Path) -> None:
    limiters = [limiter(tmp_path, 50.0, 4) for _ in range(3)]
    starts: list[float] = []

    async def send(one: Politeness) -> None:
        for _ in range(4):
            async with one.slot("g") as slot:
                starts.append(slot._started)

    await asyncio.gather(*(send(one) for one in limiters))
    assert len(starts) == 12
    assert all(later - earlier >= 0.02 - 1e-9 for earlier, later in pairwise(sorted(starts)))


async def test_limiters_that_share_a_file_share_places(tmp_path: Path) -> None:
    limiters = [limiter(tmp_path, 100_000.0, 2) for _ in range(3)]
    inside = peak = 0

    async def send(one: Politeness) -> None:
        nonlocal inside, peak
        for _ in range(5):
            async with one.slot("g"):
                inside += 1
                peak = max(peak, inside)
                await asyncio.sleep(0.001)
                inside -= 1

    await asyncio.gather(*(send(one) for one in limiters))
    assert peak == 2


async def test_groups_do_not_wait_for_each_other(tmp_path: Path) -> None:
    clock = FakeClock()
    one, other = limiter(tmp_path, 1.0, clock=clock), limiter(tmp_path, 1.0, clock=clock)
    for name, politeness in (("a", one), ("b", other)):
        async with politeness.slot(name):
            assert clock.time == 0.0


async def test_what_one_is_told_holds_for_all(tmp_path: Path) -> None:
    clock = FakeClock()
    one, other = limiter(tmp_path, 1.0, clock=clock), limiter(tmp_path, 1.0, clock=clock)
    async with one.slot("g") as slot:
        slot.done(FetchOutcome.CLIENT_ERROR, status=429, retry_after=30.0)
    async with other.slot("g") as slot:
        assert clock.time == 30.0
        slot.done(FetchOutcome.CLIENT_ERROR, status=503, retry_after=PATIENCE + 1)
    with pytest.raises(BreakerOpenError):
        await one.slot("g").__aenter__()


async def test_refusals_in_a_row_are_counted_together(tmp_path: Path) -> None:
    clock = FakeClock()
    limiters = [limiter(tmp_path, 10.0, clock=clock) for _ in range(2)]
    for number in range(REFUSALS):
        async with limiters[number % 2].slot("g") as slot:
            slot.done(FetchOutcome.CLIENT_ERROR, status=429, retry_after=5.0)
    with pytest.raises(BreakerOpenError):
        await limiters[0].slot("g").__aenter__()
    clock.time += 5.0
    async with limiters[0].slot("g") as slot:
        slot.done(FetchOutcome.OK, status=200)
    async with limiters[1].slot("g") as slot:
        slot.done(FetchOutcome.CLIENT_ERROR, status=429, retry_after=5.0)
    async with limiters[0].slot("g"):
        pass  # one refusal is no row


async def test_what_a_page_sent_is_paid_for_by_all(tmp_path: Path) -> None:
    clock = FakeClock()
    one, other = limiter(tmp_path, 2.0, clock=clock), limiter(tmp_path, 2.0, clock=clock)
    async with one.slot("g"):
        for _ in range(7):
            one.charge("g")
    async with other.slot("g"):
        assert clock.time == 8 * 0.5
    assert (one.spent, other.spent) == (8, 1)


HOLD = """
import sys
from pathlib import Path
from crawler.net.shared import SharedPace
pace = SharedPace.open(Path(sys.argv[1]))
group = pace.group("g")
assert group.take_turn() and group.take_place(1) == 0
print("held", flush=True)
sys.stdin.read()
"""


def test_who_dies_gives_everything_back(tmp_path: Path) -> None:
    pace = SharedPace.open(tmp_path / "pace")
    assert pace is not None
    group = pace.group("g")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "pace")], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert not group.take_turn()
        assert group.take_place(1) is None
        assert group.take_place(2) == 1  # who may have two at a time has one left
        holder.kill()
    assert group.take_turn()
    assert group.take_place(1) == 0


async def test_cancelling_gives_everything_back(tmp_path: Path) -> None:
    clock = FakeClock()
    one, other = limiter(tmp_path, 1.0), limiter(tmp_path, 100_000.0, clock=clock)
    async with one.slot("g"):
        waiting = asyncio.ensure_future(one.slot("g").__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    clock.time = one.clock.now() + 5.0
    async with other.slot("g"):
        pass


async def test_groups_whose_hashes_meet_are_one_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawler.net.shared, "RECORDS", 1)
    clock = FakeClock()
    politeness = limiter(tmp_path, 1.0, clock=clock)
    async with politeness.slot("a"):
        pass
    async with politeness.slot("b"):
        assert clock.time == 1.0


def test_a_record_from_before_the_machine_was_started_is_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = SharedPace.open(tmp_path / "pace")
    assert before is not None
    before.group("g").started(1e9)
    before.group("g").answered(3, 2e9)
    assert before.group("g").pace() == Pace(1e9, 2e9, 3)
    before.close()
    boot = tmp_path / "boot_id"
    boot.write_text("another")
    monkeypatch.setattr(crawler.net.shared, "_BOOT_ID", boot)
    after = SharedPace.open(tmp_path / "pace")
    assert after is not None
    assert after.group("g").pace() == Pace()


async def test_without_the_file_each_keeps_its_own_pace(tmp_path: Path) -> None:
    (tmp_path / "pace").mkdir()
    assert SharedPace.open(tmp_path / "pace") is None
    clock = FakeClock()
    politeness = Politeness(1.0, 1, clock=clock, shared=None)
    for second in range(3):
        async with politeness.slot("g"):
            assert clock.time == float(second)

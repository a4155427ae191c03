"""The limiter, on a clock that moves only when somebody waits."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from crawler.net.politeness import (
    BACKOFF,
    BREAKER_PAUSE,
    PATIENCE,
    REFUSALS,
    BreakerOpenError,
    BudgetSpentError,
    Politeness,
)
from portal.artifacts import FetchOutcome
from portal.model import Portal
from tests.net.servers import FakeClock


async def take(
    politeness: Politeness,
    clock: FakeClock,
    *,
    group: str = "g",
    endpoint: str = "",
    seconds: float = 0.0,
    outcome: FetchOutcome = FetchOutcome.OK,
    status: int = 200,
    retry_after: float | None = None,
) -> float:
    """Sends one pretended request that takes `seconds`; returns when it started."""
    async with politeness.slot(group, endpoint) as slot:
        started = clock.time
        clock.time += seconds
        slot.done(outcome, status=status, retry_after=retry_after)
    return started


async def gap(politeness: Politeness) -> float:
    """Returns the seconds between the starts of two requests nothing is learned from."""
    starts = []
    for _ in range(2):
        async with politeness.slot("g"):
            starts.append(politeness.clock.now())
    return starts[1] - starts[0]


async def test_starts_are_spaced_by_the_rate() -> None:
    clock = FakeClock()
    politeness = Politeness(2.0, 1, clock=clock)
    starts = [await take(politeness, clock) for _ in range(5)]
    assert starts == [0.0, 0.5, 1.0, 1.5, 2.0]


async def test_waiting_earns_no_burst() -> None:
    clock = FakeClock()
    politeness = Politeness(1.0, 3, clock=clock)
    await take(politeness, clock)
    clock.time = 100.0
    starts = [await take(politeness, clock) for _ in range(3)]
    assert starts == [100.0, 101.0, 102.0]


async def test_all_callers_of_a_group_share_its_rate() -> None:
    clock = FakeClock()
    politeness = Politeness(1.0, 5, clock=clock)
    starts = await asyncio.gather(*(take(politeness, clock) for _ in range(10)))
    assert all(later - earlier >= 1.0 for earlier, later in pairwise(sorted(starts)))


async def test_groups_do_not_wait_for_each_other() -> None:
    clock = FakeClock()
    politeness = Politeness(1.0, 1, clock=clock)
    assert [await take(politeness, clock, group=name) for name in "abc"] == [0.0, 0.0, 0.0]


async def test_concurrency_is_bounded() -> None:
    politeness = Politeness(100_000.0, 2)
    inside = peak = 0

    async def visit() -> None:
        nonlocal inside, peak
        async with politeness.slot("g"):
            inside += 1
            peak = max(peak, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(visit() for _ in range(20)))
    assert peak == 2


async def test_an_error_inside_frees_the_place() -> None:
    politeness = Politeness(100_000.0, 1)
    with pytest.raises(RuntimeError):
        async with politeness.slot("g"):
            raise RuntimeError
    async with politeness.slot("g"):
        pass
    assert politeness.spent == 2


async def test_a_cancelled_caller_frees_the_place() -> None:
    politeness = Politeness(100_000.0, 1)
    async with politeness.slot("g"):
        waiting = asyncio.ensure_future(politeness.slot("g").__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
    async with politeness.slot("g"):
        pass
    assert politeness.spent == 2


async def test_slow_answers_slow_the_group_down_and_fast_ones_bring_it_back() -> None:
    clock = FakeClock()
    politeness = Politeness(1.0, 4, clock=clock)
    await take(politeness, clock, seconds=8.0)
    assert await gap(politeness) == 4.0
    await take(politeness, clock, seconds=8.0)
    assert await gap(politeness) == 6.0
    for _ in range(3):
        await take(politeness, clock, seconds=0.1)
    assert await gap(politeness) == 1.0


async def test_a_quick_error_does_not_speed_a_slow_group_up() -> None:
    clock = FakeClock()
    politeness = Politeness(1.0, 4, clock=clock)
    await take(politeness, clock, seconds=8.0)
    await take(politeness, clock, outcome=FetchOutcome.SERVER_ERROR, status=500)
    assert await gap(politeness) == 4.0


async def test_retry_after_is_obeyed() -> None:
    clock = FakeClock()
    politeness = Politeness(10.0, 1, clock=clock)
    await take(politeness, clock, outcome=FetchOutcome.BLOCKED, status=429, retry_after=30.0)
    assert await take(politeness, clock) == 30.0


async def test_refusals_without_a_time_double_the_pause() -> None:
    clock = FakeClock()
    politeness = Politeness(10.0, 1, clock=clock)
    starts = [await take(politeness, clock, outcome=FetchOutcome.SERVER_ERROR, status=503) for _ in range(4)]
    assert [later - earlier for earlier, later in pairwise(starts)] == [BACKOFF, 2 * BACKOFF, 4 * BACKOFF]
    await take(politeness, clock)
    assert await take(politeness, clock) - clock.time <= BACKOFF


async def test_a_group_that_keeps_refusing_is_left_alone() -> None:
    clock = FakeClock()
    politeness = Politeness(10.0, 1, clock=clock)
    for _ in range(REFUSALS):
        await take(politeness, clock, outcome=FetchOutcome.BLOCKED, status=429)
    with pytest.raises(BreakerOpenError):
        await take(politeness, clock)


async def test_a_long_retry_after_turns_callers_away() -> None:
    clock = FakeClock()
    politeness = Politeness(10.0, 1, clock=clock)
    await take(politeness, clock, outcome=FetchOutcome.BLOCKED, status=429, retry_after=PATIENCE + 1)
    with pytest.raises(BreakerOpenError):
        await take(politeness, clock)


async def test_the_breaker_opens_for_one_endpoint_and_closes_after_one_success() -> None:
    clock = FakeClock()
    politeness = Politeness(10.0, 1, clock=clock)
    for _ in range(5):
        await take(politeness, clock, endpoint="dead:80", outcome=FetchOutcome.TIMEOUT, status=0)
    with pytest.raises(BreakerOpenError):
        await take(politeness, clock, endpoint="dead:80")
    await take(politeness, clock, endpoint="alive:80")
    clock.time += BREAKER_PAUSE
    await take(politeness, clock, endpoint="dead:80", outcome=FetchOutcome.TIMEOUT, status=0)
    with pytest.raises(BreakerOpenError):
        await take(politeness, clock, endpoint="dead:80")
    clock.time += 2 * BREAKER_PAUSE
    await take(politeness, clock, endpoint="dead:80")
    await take(politeness, clock, endpoint="dead:80")


async def test_one_answer_resets_the_count_of_failures() -> None:
    clock = FakeClock()
    politeness = Politeness(10.0, 1, clock=clock)
    for _ in range(20):
        await take(politeness, clock, outcome=FetchOutcome.TIMEOUT, status=0)
        await take(politeness, clock, outcome=FetchOutcome.NOT_FOUND, status=404)
    assert politeness.spent == 40


async def test_the_budget_is_for_all_groups_together() -> None:
    politeness = Politeness(100_000.0, 1, budget=2)
    async with politeness.slot("a"), politeness.slot("b"):
        pass
    with pytest.raises(BudgetSpentError):
        await politeness.slot("c").__aenter__()
    assert politeness.spent == 2


async def test_a_crawl_delay_only_slows_down() -> None:
    clock = FakeClock()
    politeness = Politeness(1.0, 1, clock=clock)
    politeness.pace("g", 5.0)
    politeness.pace("g", 0.1)
    starts = [await take(politeness, clock) for _ in range(3)]
    assert starts == [0.0, 5.0, 10.0]


def test_a_portal_brings_its_own_manners() -> None:
    politeness = Politeness.for_portal(
        Portal(id="a", name="a", home="http://a.gov.cn/", rate=4.0, concurrency=2, max_requests=7)
    )
    assert (politeness.interval, politeness.concurrency, politeness.budget) == (0.25, 2, 7)

"""All sample sites through the whole product: the floors hold, no trap catches, the guest behaves."""

from __future__ import annotations

import pytest

from tests.quality.gate import Gate, read_floors, run_gate, told

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
async def gate() -> Gate:
    """Returns one run over all sites."""
    return await run_gate()


async def test_every_audit_ends_as_it_should(gate: Gate) -> None:
    assert gate.trouble == []


async def test_precision_and_recall_stay_above_their_floors(gate: Gate) -> None:
    floors = read_floors()
    assert gate.failures(floors) == [], told(gate, floors)


async def test_no_trap_of_the_sample_catches_the_audit(gate: Gate) -> None:
    assert gate.score.trapped == []


async def test_the_sample_sees_a_polite_guest(gate: Gate) -> None:
    assert gate.rude == []

"""The life of a finding, as a pure function: every arrow of the diagram, and what must never happen."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.zone import CHINA
from storage.lifecycle import Life, Sight, Sighting, State, advance, day_of, fold


def seen(day: int, sight: Sight, *, degraded: bool = False) -> Sighting:
    at = dt.datetime(2026, 3, day, 12, tzinfo=CHINA)
    return Sighting(f"a{day}", at.date(), at, sight, degraded)


F, D, G, U = Sight.FAILED, Sight.DOUBTFUL, Sight.GOOD, Sight.UNSEEN


@pytest.mark.parametrize(
    ("sights", "states"),
    [
        ([F], ["open"]),
        ([D], ["suspect"]),
        ([D, D], ["suspect", "open"]),
        ([D, F], ["suspect", "open"]),
        ([D, G], ["suspect", "cleared"]),
        ([D, G, D, D], ["suspect", "cleared", "suspect", "open"]),
        ([D, G, F], ["suspect", "cleared", "open"]),
        ([F, U, F], ["open"]),
        ([F, U, U, U], ["open"]),
        ([F, G], ["open", "fixed"]),
        ([F, G, G, U], ["open", "fixed"]),
        ([F, G, F], ["open", "fixed", "regressed"]),
        ([F, G, F, G], ["open", "fixed", "regressed", "fixed"]),
        ([F, G, D, D], ["open", "fixed", "suspect", "regressed"]),
        ([F, G, D, G], ["open", "fixed", "suspect", "fixed"]),
        ([F, D, D], ["open"]),
        ([G, U], []),
    ],
)
def test_every_arrow_of_the_diagram(sights: list[Sight], states: list[str]) -> None:
    _, steps = fold(seen(day, sight) for day, sight in enumerate(sights, 1))
    assert [str(step.after) for step in steps] == states


def test_a_doubt_on_the_same_day_confirms_nothing() -> None:
    life, steps = fold([seen(1, D), seen(1, D), seen(1, D)])
    assert life.state is State.SUSPECT and len(steps) == 1


def test_the_day_is_the_one_in_shanghai() -> None:
    late = dt.datetime(2026, 3, 1, 15, 30, tzinfo=dt.UTC)
    early = late + dt.timedelta(hours=1)
    assert [day_of(late), day_of(early)] == [dt.date(2026, 3, 1), dt.date(2026, 3, 2)]


def test_a_degraded_audit_closes_nothing_and_its_doubts_confirm_nothing() -> None:
    life, _ = fold([seen(1, F), seen(2, G, degraded=True)])
    assert life.state is State.OPEN
    life, _ = fold([seen(1, D), seen(2, D, degraded=True)])
    assert life.state is State.SUSPECT


def test_confirmations_count_days_since_the_last_repair() -> None:
    life, _ = fold([seen(1, F), seen(2, F), seen(2, F), seen(3, U)])
    assert life.confirmations == 2
    life, _ = fold([seen(1, F), seen(2, G), seen(3, F)])
    assert life.confirmations == 1 and life.regressions == 1
    assert life.first_seen == seen(1, F).at and life.last_seen == seen(3, F).at and life.closed is None


SIGHTINGS = st.lists(st.tuples(st.sampled_from(list(Sight)), st.booleans()), max_size=12)


@given(SIGHTINGS)
def test_nothing_is_fixed_or_cleared_without_a_sound_good_measurement(sights: list[tuple[Sight, bool]]) -> None:
    life = Life()
    for day, (sight, degraded) in enumerate(sights, 1):
        life, step = advance(life, seen(day, sight, degraded=degraded))
        if step is not None and not step.after.live:
            assert sight is G and not degraded
        if step is not None and step.after is State.REGRESSED:
            assert life.was_fixed and sight in (F, D)


@given(SIGHTINGS)
def test_what_was_not_measured_changes_nothing(sights: list[tuple[Sight, bool]]) -> None:
    every = [seen(day, sight, degraded=degraded) for day, (sight, degraded) in enumerate(sights, 1)]
    assert fold(every) == fold(one for one in every if one.sight is not U)

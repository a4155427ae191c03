"""The reader keeps what it has reached on the corpus of real pages."""

from __future__ import annotations

import pytest

from tests.corpus.gate import FLOORS, TARGETS, Measure, corpus_folder, digest, floors, measure, updated

_FOLDER = corpus_folder()
_here = pytest.mark.skipif(
    not (_FOLDER / "index.csv").exists(), reason=f"the corpus is not at {_FOLDER} (set MINGCHA_CORPUS)"
)


@pytest.fixture(scope="module")
def figures() -> Measure:
    """Returns the figures of the corpus, measured once."""
    return measure(_FOLDER)


@pytest.mark.corpus
@_here
@pytest.mark.parametrize("metric", sorted(TARGETS))
def test_no_metric_falls_below_its_floor(figures: Measure, metric: str) -> None:
    floor = floors()["floors"][metric]
    misses = [miss for miss in figures.misses if miss[0] == metric]
    assert figures.share(metric) >= floor, misses


@pytest.mark.corpus
@_here
def test_floors_were_measured_on_this_corpus() -> None:
    assert floors()["corpus"] == digest(_FOLDER), "the corpus changed: measure again and update the floors"


def test_floors_stand_at_or_above_the_targets() -> None:
    pinned = floors()["floors"]
    assert FLOORS.exists()
    assert {metric for metric in TARGETS if pinned[metric] < TARGETS[metric]} == set()


def test_update_never_lowers_a_floor_unless_told() -> None:
    result = Measure()
    result.right["title"], result.scored["title"] = 1, 2
    assert updated({"title": 0.9}, result, lower=False)["title"] == 0.9
    assert updated({"title": 0.9}, result, lower=True)["title"] == 0.5
    assert updated({"title": 0.4}, result, lower=False)["title"] == 0.5

"""Whole runs over a small portal: our own baseline and the gathering of an audit see the truth."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.ours import OURS
from benchmarks.peers import PEERS, Command, Place
from benchmarks.run import one
from benchmarks.serve import Served


def test_the_bare_crawler_finds_everything(swift: Served, workplace: Path, tmp_path: Path) -> None:
    bare = PEERS["bare"]
    bare.ready(tmp_path)
    run = one(bare, Place(swift, workplace, tmp_path), 0, 60)
    assert (run.pages, run.recall, run.precision, run.note) == (60, 1.0, 1.0, "")
    assert run.cpu_ms_page is not None and run.cpu_ms_page > 0
    assert run.requests_per_url == pytest.approx(1.01, abs=0.01)


def test_any_command_can_be_measured(swift: Served, workplace: Path, tmp_path: Path) -> None:
    broken = next(iter(swift.site.truth.broken))
    run = one(Command("mine", ["echo", broken]), Place(swift, workplace, tmp_path), 0, 60)
    assert (run.pages, run.cpu_ms_page, run.precision) == (0, None, 1.0)
    assert run.recall == pytest.approx(1 / len(swift.site.truth.broken), abs=1e-3)


def test_a_report_nobody_can_read_is_told(swift: Served, workplace: Path, tmp_path: Path) -> None:
    class Broken(Command):
        def broken(self, place: Place, stdout: str) -> list[str]:
            return [stdout.splitlines()[7]]

    run = one(Broken("mine", ["echo", "x"]), Place(swift, workplace, tmp_path), 0, 60)
    assert run.recall is None
    assert run.note.startswith("no readable report")


def test_the_gathering_child_finds_everything(swift: Served, workplace: Path, tmp_path: Path) -> None:
    run = one(OURS["gather"], Place(swift, workplace, tmp_path), 0, 120)
    assert (run.pages, run.recall, run.precision, run.note) == (60, 1.0, 1.0, "")

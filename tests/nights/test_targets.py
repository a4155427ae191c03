"""Somebody edits targets.toml while a night runs, and makes a mistake: the night goes on with what it began with."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from mingcha.night.targets import standing_by
from tests.nights.three import one_night, words
from tests.nights.world import portals, serving

GOOD = '[[portal]]\nid = "one"\nhome = "http://www.one.gov.cn/"\n'


def test_a_file_with_a_mistake_is_stood_in_for_until_it_is_put_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, copy = tmp_path / "targets.toml", tmp_path / "nights" / "2026-11-28" / ".targets.toml"
    path.write_text(GOOD, "utf-8")
    now = standing_by(path, copy)
    assert now() == path
    for wrong in (GOOD + "[[portal", GOOD + 'idd = "x"\n'):
        path.write_text(wrong, "utf-8")
        assert now() == copy
        assert now() == copy
        assert capsys.readouterr().err.count("本夜按开始时的内容核查") == 1  # each mistake is told once
    path.unlink()
    assert now() == copy
    assert copy.read_text("utf-8") == GOOD
    path.write_text(GOOD + "rate = 2.0\n", "utf-8")
    assert now() == path


def test_where_no_copy_can_be_made_the_file_counts(tmp_path: Path) -> None:
    path = tmp_path / "targets.toml"
    path.write_text(GOOD, "utf-8")
    (tmp_path / "nights").write_text("")
    now = standing_by(path, tmp_path / "nights" / ".targets.toml")
    path.write_text("[[portal", "utf-8")
    assert now() == path


async def test_portals_still_to_come_are_audited(tmp_path: Path) -> None:
    all_portals = portals(3, 1)
    async with serving(all_portals) as world:
        (tmp_path / "targets.toml").write_text(world.targets(), "utf-8")
        reached = world.at_request[5] = asyncio.Event()
        night = asyncio.create_task(one_night(tmp_path, world, 1, words(1, browser=False)))
        await reached.wait()
        (tmp_path / "targets.toml").write_text(world.targets() + "[[portal", "utf-8")
        outcome = await night
    assert {one["portal"]: one["result"] for one in outcome.told["portals"]} == dict.fromkeys(
        ("p000", "p001", "p002"), "done"
    )
    assert "本夜按开始时的内容核查" in outcome.ran.err

"""Three nights over five portals on two platforms: everything is as expected, and nothing else is."""

from __future__ import annotations

from pathlib import Path

from tests.nights.three import differences, one_night, words
from tests.nights.world import portals, serving

CHOSEN = (0, 1, 3, 5, 6)  # two without, three with what befalls a portal as a whole


async def test_findings_come_and_go_as_expected(tmp_path: Path) -> None:
    chosen = [one for one in portals(7, 2) if one.number in CHOSEN]
    async with serving(chosen) as world:
        (tmp_path / "targets.toml").write_text(world.targets(), "utf-8")
        for night in (1, 2, 3):
            outcome = await one_night(tmp_path, world, night, words(2, browser=False))
            assert outcome.ran.code == (0 if night == 1 else 3), outcome.ran.err
            assert differences(chosen, outcome, night) == []

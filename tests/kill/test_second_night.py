"""A rolling audit on the night after another one, killed and started again, ends as one nobody disturbed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.kill.audit import Audit, Server
from tests.kill.site import AS_OF
from tests.kill.trial import CHILD, EVERYBODY, Kill, Reference, trial, undisturbed

FIRST = ("--no-browser", "--confirm", "now", "--spacing", "0")
SECOND = (*FIRST, "--rolling")


@pytest.fixture(scope="module")
async def before(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns the results of the night before; its bundle stays where it was made."""
    folder = tmp_path_factory.mktemp("first")
    server.begin()
    code, _, err = await Audit(folder, server).run("audit", "shilou", "--out", "first", "--as-of", AS_OF, *FIRST)
    assert code == 0, err
    return folder / "mingcha-data"


@pytest.fixture(scope="module")
async def second(before: Path, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Reference:
    """Returns what an undisturbed second night finds."""
    folder = tmp_path_factory.mktemp("second")
    shutil.copytree(before, folder / before.name)
    return await undisturbed(folder, server, SECOND)


async def test_the_second_night_asks_less_and_says_the_same(
    server: Server, reference: Reference, second: Reference
) -> None:
    def told(of: Reference) -> set[tuple[str, str, str]]:
        return {(one["check"], one["kind"], one["subject"]) for one in of.findings if one["outcome"] != "not_measured"}

    assert len(second.asked) < len(reference.asked)
    assert told(second) == told(reference)


@pytest.mark.parametrize(("victim", "share"), [(EVERYBODY, 0.4), (CHILD, 0.7)])
async def test_a_second_night_killed_goes_on_to_the_same_end(
    victim: str, share: float, before: Path, server: Server, second: Reference, tmp_path: Path
) -> None:
    shutil.copytree(before, tmp_path / before.name)
    kill = Kill(victim, "request", round(share * second.requests))
    outcome = await trial(tmp_path, server, [kill], second, SECOND)
    assert (outcome.wrong, outcome.done) == ([], 1)

"""An audit that is killed and started again ends as if nothing had been: processes, SIGKILL, a counting server.

A handful of kills with fixed seeds; `python -m tests.kill.many 50` makes fifty on a larger portal.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.kill.audit import Audit, Server, children_of, gone, kill
from tests.kill.trial import CHILD, EVERYBODY, PARENT, Kill, Reference, comparable, pages_asked, plan, trial


async def test_two_undisturbed_audits_say_the_same(server: Server, reference: Reference, tmp_path: Path) -> None:
    again = Audit(tmp_path, server)
    server.begin()
    assert (await again.run())[0] == reference.code
    assert comparable(again.out / "findings.jsonl") == reference.findings
    assert comparable(again.out / "results.jsonl") == reference.results
    assert pages_asked(again.log()) == reference.asked
    assert len(reference.findings) > 30


@pytest.mark.parametrize("number", [3, 6])
async def test_an_audit_killed_at_an_event_chosen_by_chance_ends_as_an_undisturbed_one(
    number: int, server: Server, reference: Reference, tmp_path: Path
) -> None:
    kills = plan(number, reference, random.Random(f"ci|{number}"))
    outcome = await trial(tmp_path, server, kills, reference)
    assert outcome.wrong == [], list(map(str, kills))
    assert outcome.done >= 1


@pytest.mark.parametrize("phase", ["create", "commit"])
async def test_a_parent_killed_while_it_concludes_concludes_the_second_time(
    phase: str, server: Server, reference: Reference, tmp_path: Path
) -> None:
    chosen = Kill(PARENT, "call", random.Random(phase).randint(1, reference.calls[phase]), phase)
    outcome = await trial(tmp_path, server, [chosen], reference)
    assert (outcome.wrong, outcome.done) == ([], 1), str(chosen)


async def test_a_child_killed_in_its_second_look_takes_it_again_whole(
    server: Server, reference: Reference, tmp_path: Path
) -> None:
    chosen = Kill(CHILD, "request", reference.requests - 3)
    outcome = await trial(tmp_path, server, [chosen, Kill(EVERYBODY, "line", 4)], reference)
    assert (outcome.wrong, outcome.done) == ([], 2)


async def test_an_audit_started_beside_its_orphan_waits_for_it(
    server: Server, reference: Reference, tmp_path: Path
) -> None:
    audit = Audit(tmp_path, server)
    left: list[int] = []

    def strike(number: int) -> None:
        if number == reference.requests // 2:
            left.extend(children_of(process.pid))
            kill([process.pid])

    server.begin(strike)
    process = await audit.start()
    await process.wait()
    code, _, err = await audit.run()
    assert code == reference.code, err
    await gone(left)
    assert comparable(audit.out / "findings.jsonl") == reference.findings

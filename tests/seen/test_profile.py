"""The profile: sampled by CPU time, by phase, in a form speedscope reads."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest

from crawler.phases import Counts, Phase, Phases, cpu_of_others
from mingcha.profile import Sampler, read_stacks, speedscope, write_stacks
from tests.app.run import mingcha
from tests.seen.conftest import Audited

ONE = Phase("crawl", 1.5, 1.0, 0.25, 10, 5, 7, 1000)


def burn(seconds: float) -> None:
    """Uses that much CPU."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        sum(range(1000))


def test_samples_weigh_the_cpu_that_was_used() -> None:
    before = signal.getsignal(signal.SIGPROF)
    sampler = Sampler("early")
    begun = time.process_time()
    with sampler:
        burn(0.15)
        sampler.phase = "late"
        burn(0.15)
    used = time.process_time() - begun
    assert signal.getsignal(signal.SIGPROF) is before
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
    found = sampler.stacks()
    assert set(found) == {"early", "late"}
    assert sum(seconds for stacks in found.values() for seconds in stacks.values()) <= used
    for stacks in found.values():
        assert sum(stacks.values()) > 0.05
        burning = sum(seconds for stack, seconds in stacks.items() if any(name == "burn" for name, _, _ in stack))
        assert burning > 0.9 * sum(stacks.values())
        assert all(stack[-1][0] in {"burn", "test_samples_weigh_the_cpu_that_was_used"} for stack in stacks)
    assert ("burn", "tests/seen/test_profile.py", burn.__code__.co_firstlineno) in next(iter(found["late"]))


def test_the_file_is_one_speedscope_reads(audited: Audited) -> None:
    made = json.loads((audited.folder / "profile.json").read_text("utf-8"))
    assert made["$schema"] == "https://www.speedscope.app/file-format-schema.json"
    frames = made["shared"]["frames"]
    assert all(set(frame) == {"name", "file", "line"} for frame in frames)
    names = [profile["name"] for profile in made["profiles"]]
    assert {"crawl", "tell"} <= set(names)
    for profile in made["profiles"]:
        assert (profile["type"], profile["unit"], profile["startValue"]) == ("sampled", "seconds", 0)
        assert len(profile["samples"]) == len(profile["weights"]) > 0
        assert profile["endValue"] == pytest.approx(sum(profile["weights"]), abs=1e-5)
        assert all(0 <= number < len(frames) for sample in profile["samples"] for number in sample)
    assert any(frame["file"].startswith("crawler/") for frame in frames)
    assert any(frame["file"].startswith("mingcha/telling.py") for frame in frames)
    phases = {phase["name"]: phase for phase in made["phases"]}
    assert [name for name in phases if name in names] == [name for name in names if name in phases]
    assert phases["crawl"]["pages"] > 40
    assert not (audited.folder / "out" / "bundle" / "stacks.json").exists()


def test_the_terminal_shows_the_phases(audited: Audited) -> None:
    assert "性能剖析：profile.json" in audited.ran.err
    assert any(line.startswith("采集页面") and len(line.split()) == 8 for line in audited.ran.err.splitlines())


async def test_a_profile_that_cannot_be_written_is_said_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    words = ("audit", "http://127.0.0.1:9/", "--no-browser", "--profile", "p")
    ran = await mingcha(*words, cwd=tmp_path)
    assert ran.code == 1
    assert "--profile p：无法写入" in ran.err


def test_stacks_pass_from_one_process_to_the_other(tmp_path: Path) -> None:
    stacks = {"crawl": {(("main", "a.py", 1), ("run", "b.py", 2)): 0.5, (("main", "a.py", 1),): 0.25}}
    write_stacks(tmp_path / "s.json", stacks)
    assert read_stacks(tmp_path / "s.json") == stacks
    assert read_stacks(tmp_path / "none.json") == {}
    made = speedscope("a-1", {"other": {}, **stacks}, [ONE])
    assert [profile["name"] for profile in made["profiles"]] == ["crawl", "other"]
    assert made["profiles"][0]["samples"] == [[0, 1], [0]]
    assert made["profiles"][0]["weights"] == [0.5, 0.25]
    assert made["shared"]["frames"][1] == {"name": "run", "file": "b.py", "line": 2}
    assert made["phases"][0]["cpu_others"] == 0.25


def test_a_phase_is_the_difference_of_counts() -> None:
    done = [Counts(5, 2, 3, 100), Counts(9, 4, 3, 350)]
    seen: list[Phase] = []
    began: list[str] = []

    class Watching:
        def began(self, name: str) -> None:
            began.append(name)

        def over(self, phase: Phase) -> None:
            seen.append(phase)

    over = Phases(lambda: done.pop(0), Watching()).begin("crawl")
    burn(0.05)
    over()
    (phase,) = seen
    assert began == ["crawl"]
    assert (phase.requests, phase.pages, phase.links, phase.bytes) == (4, 2, 0, 250)
    assert phase.cpu >= 0.05
    assert cpu_of_others() >= 0.0

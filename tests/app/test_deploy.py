"""The units and the crontab of deploy/ are commands this program takes, at times systemd and cron understand."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.commandlines import understood

ROOT = Path(__file__).resolve().parents[2]
UNITS = tuple(sorted((ROOT / "deploy" / "systemd").iterdir()))
SERVICES = tuple(path for path in UNITS if path.suffix == ".service")
CRON = re.compile(r"(\S+ \S+ \S+ \S+ \S+) +cd /srv/mingcha && \.venv/bin/mingcha (.+?) >> [a-z]+\.log 2>&1")
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))  # crontab(5): minute, hour, day, month, day of the week


def started(path: Path) -> str:
    """Returns the words a service gives to the program."""
    (line,) = re.findall(r"^ExecStart=/srv/mingcha/\.venv/bin/mingcha (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return str(line)


def cron_lines() -> list[tuple[str, str]]:
    """Returns times and words of every line of the crontab that is no comment."""
    lines = (ROOT / "deploy" / "crontab").read_text("utf-8").splitlines()
    matches = [CRON.fullmatch(line) for line in lines if line and not line.startswith("#")]
    assert all(matches)
    return [(match[1], match[2]) for match in matches if match]


def test_every_verb_that_is_meant_to_run_by_itself_does_in_both() -> None:
    by_unit = {understood(shlex.split(started(path)))[0] for path in SERVICES}
    by_cron = {understood(shlex.split(words))[0] for _, words in cron_lines()}
    assert (
        by_unit
        == by_cron
        == {
            ("nightly",),
            ("recheck",),
            ("probe",),
            ("digest",),
            ("urgent",),
            ("evidence", "sweep"),
        }
    )
    # What the crontab runs is word for word what a unit runs.
    assert {words for _, words in cron_lines()} <= {started(path) for path in SERVICES}


@pytest.mark.parametrize(("at", "words"), cron_lines())
def test_the_times_of_the_crontab_are_times(at: str, words: str) -> None:
    for text, (low, high) in zip(at.split(), RANGES, strict=True):
        match = re.fullmatch(r"\*(?:/(\d+))?|(\d+)", text)
        assert match, (words, text)
        assert low <= int(match[1] or match[2] or low) <= high, (words, text)


def test_every_timer_has_its_service_and_every_page_names_files_that_are_there() -> None:
    for path in UNITS:
        unit = configparser.ConfigParser(strict=False, interpolation=None)
        unit.optionxform = str  # type: ignore[assignment,method-assign]  # as configparser documents it
        unit.read_string(path.read_text("utf-8"))
        if path.suffix == ".timer":
            assert path.with_suffix(".service").exists()
            assert unit["Install"]["WantedBy"] == "timers.target"
        else:
            assert (ROOT / unit["Unit"]["Documentation"].removeprefix("file:/srv/mingcha/")).exists()
    named = {
        name
        for page in (*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "README.zh-CN.md")
        for name in re.findall(r"\]\((?:\.\./)?(deploy[^)#]*)", page.read_text("utf-8"))
    }
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
    assert {path.name for path in UNITS if path.suffix == ".timer"} | {"mingcha-probe.service"} <= {
        Path(name).name for name in named
    }


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_understands_them(tmp_path: Path) -> None:
    # The program need not be installed where the units expect it: one that is there stands for it.
    for path in UNITS:
        text = path.read_text("utf-8").replace("/srv/mingcha/.venv/bin/mingcha", "/bin/true")
        (tmp_path / path.name).write_text(text.replace("WorkingDirectory=/srv/mingcha", "WorkingDirectory=/"), "utf-8")
    files = [str(tmp_path / path.name) for path in UNITS]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *files], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    times = [time for path in UNITS for time in re.findall(r"^OnCalendar=(.+)$", path.read_text("utf-8"), re.MULTILINE)]
    done = subprocess.run(
        ["systemd-analyze", "calendar", *times], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, len(times)) == (0, 7), done.stderr

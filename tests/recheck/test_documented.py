"""The examples of docs/recheck.md are commands this program takes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import typer.main

from mingcha.cli import app
from mingcha.rechecks.plan import rules
from mingcha.rechecks.terminal import CONCLUSIONS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "recheck.md").read_text("utf-8")


def test_every_command_line_is_one() -> None:
    blocks = re.findall(r"```\n(.*?)```", PAGE, re.DOTALL)
    lines = [line for block in blocks for line in re.findall(r"mingcha recheck (.*?)(?: *#.*| *>>.*)?\n", block)]
    command = typer.main.get_command(app).get_command(None, "recheck")  # type: ignore[attr-defined]
    assert command is not None
    read = [command.make_context("recheck", shlex.split(line)).params for line in lines]
    assert len(read) == 6
    assert [each["due"] for each in read] == [False, False, True, True, False, False]
    assert all(each["words"] or each["due"] or each["claimed"] or each["listed"] for each in read)


def test_the_lines_about_the_trend_are_commands() -> None:
    lines = re.findall(r"^mingcha trend(.*?)(?: *#.*)?$", PAGE, re.MULTILINE)
    command = typer.main.get_command(app).get_command(None, "trend")  # type: ignore[attr-defined]
    read = [command.make_context("trend", shlex.split(line)).params for line in lines]
    assert [(each["portals"] or [], each["against"], each["as_json"]) for each in read] == [
        ([], "", False),
        (["langao"], "2026-09-30", True),
    ]


def test_the_figures_are_those_of_the_rules() -> None:
    by = rules()
    assert {one.total_seconds() / 3600 for one in (by.suspect, by.regressed)} == {6}
    assert (by.checks["search_hits"].total_seconds() / 3600, by.unmeasured.total_seconds() / 3600) == (4, 3)
    assert f"({by.sitting} findings at most)" in PAGE


def test_the_conclusions_are_those_there_are() -> None:
    shown = re.search(r"复查 12 项：(.*)", PAGE)
    assert shown is not None
    assert [word.split()[0] for word in shown[1].split("，")] == [one for one in CONCLUSIONS if f"{one} " in shown[1]]

"""The examples of docs/nightly.md are commands this program takes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import typer.main

from mingcha.cli import app
from mingcha.night.plan import Result

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "nightly.md").read_text("utf-8")


def test_every_command_line_is_one() -> None:
    blocks = re.findall(r"```\n(.*?)```", PAGE, re.DOTALL)
    lines = [line for block in blocks for line in re.findall(r"mingcha nightly (.*?)(?: *#.*| *>>.*)?\n", block)]
    command = typer.main.get_command(app).get_command(None, "nightly")  # type: ignore[attr-defined]
    assert command is not None
    read = [command.make_context("nightly", shlex.split(line)).params for line in lines]
    assert [(each["until"], each["jobs"]) for each in read] == [("06:00", 2), ("", 4)]


def test_every_result_is_explained() -> None:
    assert [result for result in Result if f"`{result}`" not in PAGE] == []

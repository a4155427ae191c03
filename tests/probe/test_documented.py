"""The examples of docs/availability.md are commands this program takes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import typer.main

from checks.reachability import META
from mingcha.cli import app
from storage.ledger.excuses import MAINTENANCE
from storage.models import ProbeRow
from storage.probes import LASTS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "availability.md").read_text("utf-8")


def test_every_command_line_is_one() -> None:
    blocks = re.findall(r"```\n(.*?)```", PAGE, re.DOTALL)
    lines = [line for block in blocks for line in re.findall(r"mingcha probe(.*?)(?: *#.*| *>>.*)?\n", block)]
    command = typer.main.get_command(app).get_command(None, "probe")  # type: ignore[attr-defined]
    assert command is not None
    read = [command.make_context("probe", shlex.split(line)).params for line in lines]
    assert [each["once"] for each in read] == [False, True, False]
    assert (read[2]["portals"], read[2]["ipv6"]) == (["langao", "ziyang"], True)


def test_what_the_page_names_is_there() -> None:
    assert f"`{META.id}`" in PAGE and META.sheet.name in PAGE
    assert f"`{MAINTENANCE}`" in PAGE
    assert f"after {LASTS.days}\ndays" in PAGE
    assert len(ProbeRow.__table__.columns) == 12  # the page lists them

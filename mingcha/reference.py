"""Writes docs/commands.md from the command line itself: `python -m mingcha.reference`. A test keeps it true."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import typer.main
from typer.testing import CliRunner

from mingcha.cli import app

TARGET = Path(__file__).resolve().parent.parent / "docs" / "commands.md"
WIDTH = 100


def reference() -> str:
    """Returns the command reference as Markdown: every verb with the help it prints at 100 columns."""
    parts = [
        "# Command reference\n",
        "Generated from the program by `python -m mingcha.reference`; every verb also answers `--help`.",
        "`python3 run.py VERB ...` passes any verb on.\n",
        "Exit codes: 0 done, 1 usage or configuration, 2 audit not possible, 3 done but degraded.\n",
    ]
    parts += [_section(words) for words in verbs()]
    return "\n".join(parts)


def verbs() -> list[list[str]]:
    """Returns every verb as its words, groups before their members; the first is the program itself: []."""
    found: list[list[str]] = []

    def walk(command: Any, words: list[str]) -> None:
        found.append(words)
        for name, child in getattr(command, "commands", {}).items():
            walk(child, [*words, name])

    walk(typer.main.get_command(app), [])
    return found


def _section(words: list[str]) -> str:
    shown = CliRunner().invoke(
        app, [*words, "--help"], prog_name="mingcha", terminal_width=WIDTH, max_content_width=WIDTH, color=False
    )
    name = " ".join(["mingcha", *words])
    lines = [line.rstrip() for line in shown.stdout.strip().splitlines()]
    return f"## {name}\n\n```\n" + "\n".join(lines) + "\n```\n"


if __name__ == "__main__":
    TARGET.write_text(reference(), "utf-8")
    sys.exit(0)

"""Command lines of documentation and units, read as the program would read them, without running anything."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer.main

from mingcha.cli import app

DOCS = Path(__file__).resolve().parents[1] / "docs"
_BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`mingcha (\w[^`]*)`")
_BEHIND = re.compile(r"\s(?:&&|\||>>?)\s")  # where another command or a file begins


def understood(words: Sequence[str]) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Returns the verbs the words lead to, and what is taken of them by parameter.

    Raises what the parser raises for words it does not take (a TyperException).
    """
    command: Any = typer.main.get_command(app)
    context = command.context_class(command)
    rest, verbs = list(words), list[str]()
    while rest and hasattr(command, "resolve_command"):
        name, command, rest = command.resolve_command(context, rest)
        verbs.append(name)
        context = command.context_class(command, parent=context)
    return tuple(verbs), command.make_context(verbs[-1], rest).params


def unknown(words: Sequence[str]) -> list[str]:
    """Returns the verbs and options among the words that the program does not have; what is missing does not matter."""
    command: Any = typer.main.get_command(app)
    rest = list(words)
    while rest and (commands := getattr(command, "commands", None)):
        if rest[0] not in commands:
            return rest[:1]
        command = commands[rest.pop(0)]
    options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    return [word for word in rest if word.startswith("--") and word not in options]


def in_blocks(page: str) -> Iterator[list[str]]:
    """Yields the words behind `mingcha` of every command line in the blocks of a page, as a shell would split them.

    Brackets that say what may be left out are taken off.
    """
    for block in _BLOCK.findall(page):
        for line in re.findall(r"^(?:.*&& )?mingcha (.+)$", block, re.MULTILINE):
            words = shlex.split(_BEHIND.split(f"{line} ")[0], comments=True)
            yield [word for word in (word.strip("[]") for word in words) if word]


def in_text(page: str) -> Iterator[list[str]]:
    """Yields the words behind `mingcha` where a page names a command in its text; of `a|b` the first."""
    for line in _INLINE.findall(page):
        yield [word.partition("|")[0] for word in shlex.split(_BEHIND.split(f"{line} ")[0])]


def taken(page: str, verb: str) -> list[dict[str, Any]]:
    """Returns what the program takes of every command line of a page of docs/ that begins with a verb."""
    lines = in_blocks((DOCS / page).read_text("utf-8"))
    return [understood(words)[1] for words in lines if words[0] == verb]

"""The program and its groups of verbs; the verbs add themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import typer

from mingcha.cli.verb import Verb, Verbs

F = TypeVar("F", bound=Callable[..., Any])


class Program(typer.Typer):
    """Verbs, or a group of them, as `mingcha.cli.verb` has them understood."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(cls=Verbs, **settings)

    def command(self, name: str | None = None, **settings: Any) -> Callable[[F], F]:
        """Returns what adds a function as a verb."""
        return super().command(name, **{"cls": Verb, **settings})


app = Program(
    name="mingcha",
    help="Audits government portals: gathers, judges, keeps proof, hands out defect lists.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
database_verbs = Program(help="Look after the results database.", no_args_is_help=True)
app.add_typer(database_verbs, name="db")
system_verbs = Program(help="Indicator systems: list them, check a file of your own, the format for editors.")
app.add_typer(system_verbs, name="systems")
import_verbs = Program(help="Take back what people filled in.", no_args_is_help=True)
app.add_typer(import_verbs, name="import")

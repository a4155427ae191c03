"""The program and its groups of verbs; the verbs add themselves."""

from __future__ import annotations

import typer

app = typer.Typer(
    name="mingcha",
    help="Audits government portals: gathers, judges, keeps proof, hands out defect lists.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
database_verbs = typer.Typer(help="Look after the results database.", no_args_is_help=True)
app.add_typer(database_verbs, name="db")
system_verbs = typer.Typer(help="Indicator systems: list them, check a file of your own, the format for editors.")
app.add_typer(system_verbs, name="systems")
import_verbs = typer.Typer(help="Take back what people filled in.", no_args_is_help=True)
app.add_typer(import_verbs, name="import")

"""`mingcha evidence`: proof is verified, shown and handed out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from mingcha.cli.options import DatabaseOption, database_of, finish
from mingcha.cli.root import Program, app

RULES = Path("retention.toml")

evidence_verbs = Program(help="Proof: verify it, show it, hand it out, sweep it by rule.", no_args_is_help=True)
app.add_typer(evidence_verbs, name="evidence")


@evidence_verbs.command("verify")
def evidence_verify(
    subject: Annotated[
        str, typer.Argument(metavar="[PORTAL|AUDIT|FINDING|HASH]", help="What to verify. Default: everything kept.")
    ] = "",
    database: DatabaseOption = "",
) -> None:
    """Compute every hash again: what is damaged, missing or not in the index. Exit code 3 when proof is not sound."""
    from mingcha.evidence.verbs import run_verify

    finish(run_verify(subject, database_of(database)))


@evidence_verbs.command("show")
def evidence_show(
    subject: Annotated[str, typer.Argument(metavar="FINDING|AUDIT|PORTAL|HASH", help="Whose proof.")],
    database: DatabaseOption = "",
) -> None:
    """List the proof of a finding, an audit or a portal; or what a hash belongs to."""
    from mingcha.evidence.verbs import run_show

    finish(run_show(subject, database_of(database)))


@evidence_verbs.command("export")
def evidence_export(
    subject: Annotated[str, typer.Argument(metavar="FINDING|AUDIT", help="问题编号, fingerprint, or id of an audit.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.zip", help="File to write. Default: evidence-SUBJECT.zip.")
    ] = None,
    database: DatabaseOption = "",
) -> None:
    """Write a package of proof: originals, screenshots, a web archive (WARC), a manifest of hashes, how to check them.

    Exit code 3 when some proof is damaged or missing; the package then says which.
    """
    from mingcha.evidence.verbs import run_export

    finish(run_export(subject, out, database_of(database), dt.datetime.now(dt.UTC)))


@evidence_verbs.command("sweep")
def evidence_sweep(
    yes: Annotated[bool, typer.Option("--yes/--dry-run", help="Remove it. Default: only say what would go.")] = False,
    rules: Annotated[
        Path | None, typer.Option(help="Rules of retention. Default: ./retention.toml where it exists, else built in.")
    ] = None,
    database: DatabaseOption = "",
) -> None:
    """Remove proof and bundles the rules of retention let go; hashes and the index stay for ever."""
    from mingcha.evidence.sweep import run_sweep

    file = rules or (RULES if RULES.is_file() else None)
    finish(run_sweep(file, database_of(database), dt.datetime.now(dt.UTC), act=yes))

"""The verbs that audit: one portal, every portal due, one finding again, a saved audit under today's rules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mingcha.cli.options import (
    DATA,
    AsOfOption,
    DatabaseOption,
    SystemsOption,
    TargetsOption,
    checks_of,
    database_of,
    date_of,
    finish,
    spacing_of,
    systems_folder,
    targets_file,
    time_of,
)
from mingcha.cli.root import app
from mingcha.errors import UsageError
from mingcha.garbage import loading


@app.command()
def audit(
    portal: Annotated[
        str, typer.Argument(metavar="[URL|PORTAL]", help="A portal of targets.toml, or any URL. Default: the sample.")
    ] = "",
    targets: TargetsOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for everything this audit makes. Default: mingcha-data/audits/ID.")
    ] = None,
    as_of: AsOfOption = "",
    confirm: Annotated[
        str,
        typer.Option(help="later: suspects wait for the next audit. now: look again within this sitting, and say so."),
    ] = "",
    only: Annotated[str, typer.Option(help="Comma-separated checks; the others are left out.")] = "",
    max_pages: Annotated[int | None, typer.Option(min=1, help="Read at most this many pages.")] = None,
    max_minutes: Annotated[float | None, typer.Option(min=0.1, help="End after this many minutes.")] = None,
    rate: Annotated[float | None, typer.Option(min=0.01, help="Requests per second per politeness group.")] = None,
    browser: Annotated[bool, typer.Option(help="Use a browser for what only a browser can see.")] = True,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Ask for and read every page anew; take nothing over from the last audit.")
    ] = False,
    rolling: Annotated[
        bool,
        typer.Option(
            "--rolling",
            help="Ask for what has its turn (census_nights of targets.toml); carry over the rest, dated, from the last "
            "audit.",
        ),
    ] = False,
    spacing: Annotated[str, typer.Option(help="Seconds before each further try.")] = "2,10,60",
    seed: Annotated[str, typer.Option(help="Seed of the draws. Default: made from portal and date.")] = "",
    requests: Annotated[
        Path | None, typer.Option(help="Add every request that leaves the machine to this file (JSON Lines).")
    ] = None,
    log_json: Annotated[
        Path | None, typer.Option("--log-json", help="Add one JSON line per event to this file, too (JSON Lines).")
    ] = None,
    profile: Annotated[Path | None, typer.Option(help="Write where the CPU went, by phase (speedscope JSON).")] = None,
    doubted: Annotated[
        bool,
        typer.Option("--doubted", help="Keep it, but close and score nothing: this machine is known to see wrongly."),
    ] = False,
    systems: SystemsOption = None,
    database: DatabaseOption = "",
) -> None:
    """Audit one portal and write its defect list, report, score sheets and machine feeds."""
    with loading():
        from mingcha.commands import run_audit

    finish(
        run_audit(
            portal,
            targets=targets_file(targets),
            out=out,
            as_of=date_of(as_of),
            confirm=confirm,
            only=checks_of(only),
            overrides={
                key: value
                for key, value in (("max_pages", max_pages), ("max_minutes", max_minutes), ("rate", rate))
                if value is not None
            },
            browser=browser,
            fresh=fresh,
            rolling=rolling,
            spacing=spacing_of(spacing),
            seed=seed,
            requests=requests,
            log=log_json,
            profile=profile,
            doubted=doubted,
            systems=systems_folder(systems),
            database=database_of(database),
            data=DATA,
        )
    )


@app.command()
def nightly(
    portals: Annotated[
        list[str] | None, typer.Argument(metavar="[PORTAL]...", help="Portals of targets.toml. Default: all of them.")
    ] = None,
    targets: TargetsOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of all nights: OUT/DATE/PORTAL. Default: mingcha-data/nights.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Audits at a time.")] = 2,
    until: Annotated[
        str,
        typer.Option(
            metavar="HH:MM", help="Hard end (Asia/Shanghai) of the night, which lasts from noon to noon. Default: none."
        ),
    ] = "",
    due_after: Annotated[
        float, typer.Option(min=0.0, metavar="HOURS", help="Due: last complete audit at least that long ago.")
    ] = 20.0,
    browser: Annotated[bool, typer.Option(help="Use a browser for what only a browser can see.")] = True,
    requests: Annotated[
        Path | None, typer.Option(help="Add every request that leaves the machine to this file (JSON Lines).")
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Ask for every page and link, not only for those that have their turn.")
    ] = False,
    digest: Annotated[bool, typer.Option("--digest", help="Send the day's digests when the night is over.")] = False,
    canary: Annotated[
        bool, typer.Option(help="First audit the faulty portal that comes along; misjudged, the night closes nothing.")
    ] = True,
    systems: SystemsOption = None,
    database: DatabaseOption = "",
) -> None:
    """Audit every portal that is due, several at a time, never two of one platform; go on where a night was killed.

    Exit codes: 0 all complete, 3 something incomplete or left over, 2 none could be audited.
    """
    from mingcha.night.nightly import run_nightly
    from mingcha.night.run import NightOptions

    file = targets_file(targets)
    if file is None:
        raise UsageError("there is no targets.toml here: write one (docs/targets.md), or name it with --targets")
    options = NightOptions(
        folder=(out or DATA / "nights").absolute(),
        targets=file.absolute(),
        database=database_of(database),
        jobs=jobs,
        hours=due_after,
        until=time_of(until),
        browser=browser,
        whole=whole,
        canary=canary,
        systems=systems_folder(systems),
        requests=requests.absolute() if requests else None,
    )
    code = run_nightly(portals or (), options)
    if digest:
        from mingcha.messages.digest import after_night

        code = code or after_night(options.targets, options.database)
    finish(code)


@app.command()
def rejudge(
    audit: Annotated[Path, typer.Argument(metavar="AUDIT", help="Folder of an audit.")],
    only: Annotated[str, typer.Option(help="Comma-separated checks.")] = "",
    systems: SystemsOption = None,
    database: DatabaseOption = "",
) -> None:
    """Judge a saved audit again under today's rules, without touching the network."""
    from mingcha.commands import run_rejudge

    finish(run_rejudge(audit, checks_of(only), systems_folder(systems), database_of(database)))

"""The command line: verbs, their options, and one clear sentence for whatever goes wrong.

Help is English, what is found is Chinese. Heavy imports happen inside the verbs. Exit codes: 0 audit done, 1 usage or
configuration, 2 audit not possible, 3 done but degraded.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mingcha.errors import USAGE, MingchaError, UsageError

if TYPE_CHECKING:
    pass

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

INTERRUPTED = 130  # exit code after Ctrl-C or SIGTERM, where nothing was left to conclude

TARGETS = Path("targets.toml")
SYSTEMS = Path("systems")
DATA = Path("mingcha-data")

TargetsOption = Annotated[
    Path | None, typer.Option("--targets", help="The portals to audit. Default: ./targets.toml where it exists.")
]
DatabaseOption = Annotated[
    str,
    typer.Option(
        "--db",
        envvar="MINGCHA_DB",
        help="Results database as an SQLAlchemy URL or a file. Default: mingcha-data/mingcha.sqlite.",
    ),
]
SystemsOption = Annotated[
    Path | None,
    typer.Option(
        "--systems",
        envvar="MINGCHA_SYSTEMS",
        help="Folder with indicator systems of your own. Default: ./systems where it exists.",
    ),
]
SystemOption = Annotated[
    list[str] | None,
    typer.Option("--system", metavar="ID", help="Indicator system; may be given several times. Default: the portal's."),
]
ExemptOption = Annotated[
    list[str] | None,
    typer.Option("--exempt", metavar="ID", help="Exemption of a system that holds for the portal. Default: its own."),
]
AsOfOption = Annotated[
    str,
    typer.Option("--as-of", metavar="DATE", help="What 'today' is for every date rule (YYYY-MM-DD). Default: today."),
]


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
    spacing: Annotated[str, typer.Option(help="Seconds before each further try.")] = "2,10,60",
    seed: Annotated[str, typer.Option(help="Seed of the draws. Default: made from portal and date.")] = "",
    requests: Annotated[
        Path | None, typer.Option(help="Add every request that leaves the machine to this file (JSON Lines).")
    ] = None,
    log_json: Annotated[
        Path | None, typer.Option("--log-json", help="Add one JSON line per event to this file, too (JSON Lines).")
    ] = None,
    profile: Annotated[Path | None, typer.Option(help="Write where the CPU went, by phase (speedscope JSON).")] = None,
    systems: SystemsOption = None,
    database: DatabaseOption = "",
) -> None:
    """Audit one portal and write its defect list, report, score sheets and machine feeds."""
    from mingcha.commands import run_audit

    _finish(
        run_audit(
            portal,
            targets=_targets_file(targets),
            out=out,
            as_of=_date(as_of),
            confirm=confirm,
            only=_checks(only),
            overrides={
                key: value
                for key, value in (("max_pages", max_pages), ("max_minutes", max_minutes), ("rate", rate))
                if value is not None
            },
            browser=browser,
            spacing=_spacing(spacing),
            seed=seed,
            requests=requests,
            log=log_json,
            profile=profile,
            systems=_systems_folder(systems),
            database=_database(database),
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
    systems: SystemsOption = None,
    database: DatabaseOption = "",
) -> None:
    """Audit every portal that is due, several at a time, never two of one platform; go on where a night was killed.

    Exit codes: 0 all complete, 3 something incomplete or left over, 2 none could be audited.
    """
    from mingcha.nightly import run_nightly
    from mingcha.nightrun import NightOptions

    file = _targets_file(targets)
    if file is None:
        raise UsageError("there is no targets.toml here: write one (docs/targets.md), or name it with --targets")
    options = NightOptions(
        folder=(out or DATA / "nights").absolute(),
        targets=file.absolute(),
        database=_database(database),
        jobs=jobs,
        hours=due_after,
        until=_time(until),
        browser=browser,
        systems=_systems_folder(systems),
        requests=requests.absolute() if requests else None,
    )
    _finish(run_nightly(portals or (), options))


@app.command()
def recheck(
    finding: Annotated[
        str, typer.Argument(metavar="FINDING|PORTAL", help="问题编号, fingerprint (or its start), portal.")
    ],
    out: Annotated[Path | None, typer.Option(help="Folder for what the re-check makes.")] = None,
    as_of: AsOfOption = "",
    spacing: Annotated[str, typer.Option(help="Seconds before each further try.")] = "2,10",
    browser: Annotated[bool, typer.Option(help="Use a browser for what only a browser can see.")] = True,
    targets: TargetsOption = None,
    database: DatabaseOption = "",
) -> None:
    """Repeat the identical test of a finding (or of all open findings of a portal); close it or keep it."""
    from mingcha.recheck import run_recheck

    _finish(
        run_recheck(
            finding,
            out=out,
            as_of=_date(as_of),
            spacing=_spacing(spacing),
            browser=browser,
            targets=_targets_file(targets),
            database=_database(database),
            data=DATA,
        )
    )


@app.command()
def rejudge(
    audit: Annotated[Path, typer.Argument(metavar="AUDIT", help="Folder of an audit.")],
    only: Annotated[str, typer.Option(help="Comma-separated checks.")] = "",
    systems: SystemsOption = None,
    database: DatabaseOption = "",
) -> None:
    """Judge a saved audit again under today's rules, without touching the network."""
    from mingcha.commands import run_rejudge

    _finish(run_rejudge(audit, _checks(only), _systems_folder(systems), _database(database)))


@app.command()
def score(
    portal: Annotated[str, typer.Argument(metavar="PORTAL", help="A portal that was audited.")],
    system: SystemOption = None,
    audit: Annotated[str, typer.Option(help="Score this audit. Default: the newest sound one.")] = "",
    marks: Annotated[Path | None, typer.Option(help="Import this filled-in score sheet first.")] = None,
    by: Annotated[str, typer.Option(help="Who marked, for rows of --marks that do not say.")] = "",
    exempt: ExemptOption = None,
    out: Annotated[Path | None, typer.Option(help="Folder for sheets. Default: mingcha-data/scores/AUDIT.")] = None,
    targets: TargetsOption = None,
    systems: SystemsOption = None,
    database: DatabaseOption = "",
) -> None:
    """Score an audited portal under indicator systems, whichever and whenever; touches no network."""
    from mingcha.commands import roster_of
    from mingcha.scoring import run_score

    _finish(
        run_score(
            portal,
            roster_of(_targets_file(targets), system, exempt),
            audit=audit,
            marks=marks,
            by=by,
            out=out,
            folder=_systems_folder(systems),
            database=_database(database),
            data=DATA,
        )
    )


@app.command()
def export(
    what: Annotated[str, typer.Argument(metavar="ledger|findings|results|report|scores|ranking")],
    form: Annotated[str, typer.Option("--format", help="xlsx, csv, jsonl or html.")] = "",
    portal: Annotated[str, typer.Option(help="A portal id. Default: the portal audited last.")] = "",
    system: SystemOption = None,
    period: Annotated[str, typer.Option(help="Scores and rankings of a period: 2026, 2026H2, 2026Q4, 2026-11.")] = "",
    exempt: ExemptOption = None,
    out: Annotated[Path | None, typer.Option(help="File to write. Default: named after portal and audit.")] = None,
    targets: TargetsOption = None,
    systems: SystemsOption = None,
    database: DatabaseOption = "",
) -> None:
    """Write a ledger, feed, report, score sheet or ranking from the results database."""
    from mingcha.commands import roster_of, run_export

    if what not in ("scores", "ranking"):
        _finish(run_export(what, form, portal, out, _database(database)))
    from mingcha.scoring import export_ranking, export_scores

    roster = roster_of(_targets_file(targets), system, exempt)
    folder, where = _systems_folder(systems), _database(database)
    if what == "ranking":
        path = export_ranking(form, roster, period=period, out=out, folder=folder, database=where)
    else:
        path = export_scores(portal, form, roster, period=period, out=out, folder=folder, database=where)
    print(path)
    _finish(0)


@import_verbs.command("marks")
def import_marks(
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="A score sheet people filled in.")],
    by: Annotated[str, typer.Option(help="Who marked, for rows that do not say.")] = "",
    portal: Annotated[str, typer.Option(help="Refuse a sheet of another portal.")] = "",
    system: Annotated[str, typer.Option(help="Refuse a sheet of another system.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be imported, and keep nothing.")] = False,
    targets: TargetsOption = None,
    systems: SystemsOption = None,
    database: DatabaseOption = "",
) -> None:
    """Take the marks of a filled-in score sheet: all of them, or none and every problem with its cell."""
    from mingcha.commands import roster_of
    from mingcha.scoring import run_import

    _finish(
        run_import(
            file,
            roster_of(_targets_file(targets), None, None),
            by=by,
            portal=portal,
            system=system,
            dry=dry_run,
            folder=_systems_folder(systems),
            database=_database(database),
        )
    )


@system_verbs.callback(invoke_without_command=True)
def list_systems(context: typer.Context, systems: SystemsOption = None) -> None:
    """List the indicator systems: leaves, points, and how much is decided by the machine and by people."""
    if context.invoked_subcommand is None:
        from mingcha.scoring import list_systems

        _finish(list_systems(_systems_folder(systems)))


@system_verbs.command("check")
def check_system(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="An indicator system.")],
    systems: SystemsOption = None,
) -> None:
    """Say whether a file is a sound indicator system; every problem with its line and leaf."""
    from mingcha.scoring import check_system

    _finish(check_system(file, _systems_folder(systems)))


@system_verbs.command("schema")
def system_schema() -> None:
    """Print the JSON Schema of an indicator system's file, for editors."""
    from mingcha.scoring import print_schema

    _finish(print_schema())


@app.command()
def read(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Pages or folders of pages.")],
    base: Annotated[str, typer.Option(help="The address the pages were fetched from.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON object a page.")] = False,
) -> None:
    """Show what the reader sees on a page: for looking into a verdict."""
    from mingcha.read import read_paths

    _finish(read_paths(paths, base, json))


@app.command()
def doctor(
    deep: Annotated[
        bool, typer.Option("--deep", help="Verify what is kept instead: results database, evidence, bundles.")
    ] = False,
    targets: TargetsOption = None,
    database: DatabaseOption = "",
) -> None:
    """Say what this machine can and cannot measure, and what to do about it."""
    if deep:
        from mingcha.deep import verify

        _finish(verify(_database(database)))

    from mingcha.commands import run_doctor

    _finish(run_doctor(_targets_file(targets), _database(database)))


@app.command()
def checks() -> None:
    """List the checks with their finding kinds."""
    from mingcha.commands import list_checks

    _finish(list_checks())


@database_verbs.command("upgrade")
def database_upgrade(database: DatabaseOption = "") -> None:
    """Bring the results database to the newest schema."""
    from mingcha.commands import run_upgrade

    _finish(run_upgrade(_database(database)))


def main() -> None:
    """Runs the command line; a MingchaError becomes one sentence on stderr and its exit code."""
    _stop_by_signals()
    try:
        app()
    except MingchaError as error:
        print(f"mingcha: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, SystemExit) as end:
        # typer makes the one into the other.
        if isinstance(end, SystemExit) and end.code != INTERRUPTED:
            raise
        with contextlib.suppress(OSError):  # the terminal may be what ended
            print("mingcha: interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(USAGE)


def _stop_by_signals() -> None:
    """SIGTERM, and the end of the terminal, stop whatever is done as Ctrl-C does."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # else nohup, or somebody who knows better
            signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))


def _finish(code: int) -> None:
    raise typer.Exit(code)


def _date(text: str) -> dt.date:
    if not text:
        return dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--as-of {text!r} is not a date: write it as YYYY-MM-DD") from None


def _time(text: str) -> dt.time | None:
    if not text:
        return None
    try:
        return dt.datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a time of the day, of whatever day
    except ValueError:
        raise UsageError(f"--until {text!r} is not a time: write it as HH:MM, such as 06:00") from None


def _spacing(text: str) -> tuple[float, ...]:
    try:
        seconds = tuple(float(word) for word in text.split(",") if word.strip())
    except ValueError:
        raise UsageError(f"--spacing {text!r}: write seconds with commas between, such as 2,10,60") from None
    if not seconds or min(seconds) < 0:
        raise UsageError(f"--spacing {text!r}: at least one number, none below 0")
    return seconds


def _checks(text: str) -> frozenset[str]:
    chosen = frozenset(word.strip() for word in text.split(",") if word.strip())
    if chosen:
        from mingcha.judging import known_checks

        known = known_checks()
        for name in sorted(chosen):
            if name not in known:
                raise UsageError(f"--only: there is no check {name!r}; there are {', '.join(known)}")
    return chosen


def _targets_file(path: Path | None) -> Path | None:
    if path is None:
        return TARGETS if TARGETS.is_file() else None
    if not path.is_file():
        raise UsageError(f"--targets {path}: there is no such file")
    return path


def _systems_folder(path: Path | None) -> Path | None:
    if path is None:
        return SYSTEMS.absolute() if SYSTEMS.is_dir() else None
    return path.absolute()


def _database(text: str) -> str:
    if "://" in text:
        return text
    return str(Path(text).absolute() if text else (DATA / "mingcha.sqlite").absolute())

"""`mingcha ledger`: what people do with findings, until they are put right."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mingcha.cli.options import DatabaseOption, TargetsOption, database_of, finish, targets_file
from mingcha.cli.root import Program, app
from mingcha.errors import UsageError

if TYPE_CHECKING:
    from mingcha.ledger.verbs import Desk, Wanted

ledger_verbs = Program(
    help="What people do with findings until they are put right: confirm, hand out, claim, object, excuse, close.",
    no_args_is_help=True,
)
app.add_typer(ledger_verbs, name="ledger")

Findings = Annotated[
    list[str],
    typer.Argument(metavar="FINDING...", help="问题编号, beginnings of fingerprints, or portal ids with --state."),
]
By = Annotated[str, typer.Option("--by", help="Who decides; kept with the step.")]
Why = Annotated[str, typer.Option("--why", help="Why; kept with the step.")]
State = Annotated[str, typer.Option("--state", help="Only findings in this state, such as 待核实.")]
Link = Annotated[str, typer.Option("--link", help="Address of the page that shows it.")]
Files = Annotated[list[Path] | None, typer.Option("--file", help="File kept as evidence; may be given several times.")]
Calendar = Annotated[
    Path | None,
    typer.Option("--calendar", help="Working days of your own. Default: calendar.toml beside targets.toml."),
]
Deadlines = Annotated[
    Path | None,
    typer.Option("--deadlines", help="Deadlines of your own. Default: deadlines.toml beside targets.toml."),
]


@ledger_verbs.command()
def show(
    findings: Annotated[
        list[str] | None, typer.Argument(metavar="[FINDING|PORTAL]...", help="Default: every portal.")
    ] = None,
    state: State = "",
    unit: Annotated[str, typer.Option(help="Only those of this unit.")] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those past their deadline.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Those that are closed or removed, too.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a finding.")] = False,
    targets: TargetsOption = None,
    calendar: Calendar = None,
    database: DatabaseOption = "",
) -> None:
    """List findings with state, unit and deadline."""
    from dataclasses import replace

    from mingcha.ledger.verbs import Wanted
    from mingcha.ledger.verbs import show as run
    from mingcha.setting import read_targets

    wanted = Wanted(tuple(findings or ()), state_of(state), unit, overdue, every)
    file = targets_file(targets)
    known = read_targets(file).portals if file else ()
    finish(run(replace(_desk(database, targets, calendar), portals=known), wanted, as_json=json))


@ledger_verbs.command()
def history(findings: Findings, state: State = "", database: DatabaseOption = "") -> None:
    """Print everything that ever happened to findings: who, when, what, why."""
    from mingcha.ledger.verbs import history as run

    finish(run(_desk(database), _wanted(findings, state)))


@ledger_verbs.command()
def confirm(findings: Findings, by: By, why: Why = "", state: State = "", database: DatabaseOption = "") -> None:
    """Say that findings are defects (确认)."""
    _take("confirm", findings, by, why, state, database)


@ledger_verbs.command()
def assign(
    findings: Findings,
    by: By,
    unit: Annotated[str, typer.Option(help="Responsible unit. Default: of the column, else of the portal.")] = "",
    keeper: Annotated[str, typer.Option(help="Who keeps the column (责任栏目保障人).")] = "",
    issuer: Annotated[str, typer.Option(help="Who hands out; deadlines may depend on it (docs/ledger.md).")] = "",
    until: Annotated[str, typer.Option(help="Deadline by hand: YYYY-MM-DD or 'YYYY-MM-DD HH:MM'.")] = "",
    why: Why = "",
    state: State = "",
    targets: TargetsOption = None,
    calendar: Calendar = None,
    deadlines: Deadlines = None,
    database: DatabaseOption = "",
) -> None:
    """Hand findings out to the unit that has to put them right (交办); their deadlines begin."""
    from mingcha.ledger.verbs import assign as run
    from storage.ledger.book import Handing

    desk = _desk(database, targets, calendar, deadlines)
    end = moment_of(until, "--until") if until else None
    local = desk.local
    how = Handing(by, desk.now, unit, keeper, issuer, why, rules=local.rules, calendar=local.calendar, deadline=end)
    finish(run(desk, _wanted(findings, state), how))


@ledger_verbs.command()
def start(findings: Findings, by: By, why: Why = "", state: State = "", database: DatabaseOption = "") -> None:
    """Say that the unit works on them (整改中)."""
    _take("start", findings, by, why, state, database)


@ledger_verbs.command()
def claim(
    findings: Findings,
    by: By,
    text: Annotated[str, typer.Option(help="What was done (整改情况).")] = "",
    link: Link = "",
    completed: Annotated[str, typer.Option(metavar="DATE", help="When it was done (YYYY-MM-DD).")] = "",
    state: State = "",
    database: DatabaseOption = "",
) -> None:
    """Say that findings are put right (反馈); the next measurement closes or returns them."""
    day = moment_of(completed, "--completed").date().isoformat() if completed else ""
    _take("claim", findings, by, text, state, database, text=text, link=link, completed=day)


@ledger_verbs.command("return")
def send_back(findings: Findings, by: By, why: Why, state: State = "", database: DatabaseOption = "") -> None:
    """Send claims back that a person found not to be true (退回)."""
    _take("return", findings, by, why, state, database)


@ledger_verbs.command()
def close(findings: Findings, by: By, why: Why, state: State = "", database: DatabaseOption = "") -> None:
    """Close findings by hand (销号); what is measured good is closed without anybody."""
    _take("close", findings, by, why, state, database)


@ledger_verbs.command()
def reopen(findings: Findings, by: By, why: Why, state: State = "", database: DatabaseOption = "") -> None:
    """Open findings again that were closed or removed by mistake."""
    _take("reopen", findings, by, why, state, database)


@ledger_verbs.command("object")
def object_to(
    findings: Findings,
    by: By,
    why: Why,
    reason: Annotated[str, typer.Option(help="Reason code, or its words; a wrong one lists them.")] = "other",
    link: Link = "",
    file: Files = None,
    state: State = "",
    database: DatabaseOption = "",
) -> None:
    """Object to findings (异议): no defect, or not this unit's."""
    from storage.ledger.excuses import reason_named

    code = reason_named(reason, objection=True)
    _take("object", findings, by, why, state, database, files=file, reason=code, link=link)


@ledger_verbs.command()
def decide(
    findings: Findings,
    by: By,
    why: Why,
    remove: Annotated[
        bool, typer.Option("--remove/--uphold", help="Remove (剔除): it never counted; or uphold (维持).")
    ],
    state: State = "",
    database: DatabaseOption = "",
) -> None:
    """Decide objections: remove the findings, also from scores, or uphold them."""
    _take("remove" if remove else "uphold", findings, by, why, state, database)


@ledger_verbs.command()
def deadline(
    findings: Findings,
    until: Annotated[str, typer.Option(help="YYYY-MM-DD or 'YYYY-MM-DD HH:MM' (Asia/Shanghai).")],
    by: By,
    why: Why,
    state: State = "",
    database: DatabaseOption = "",
) -> None:
    """Set another deadline by hand."""
    from storage.ledger.deadlines import Limit

    _take("deadline", findings, by, why, state, database, limit=Limit(moment_of(until, "--until")).data())


@ledger_verbs.command()
def unit(
    findings: Findings,
    by: By,
    unit: Annotated[str, typer.Option(help="Responsible unit.")] = "",
    keeper: Annotated[str, typer.Option(help="Who keeps the column (责任栏目保障人).")] = "",
    why: Why = "",
    state: State = "",
    database: DatabaseOption = "",
) -> None:
    """Say who is responsible, without handing out."""
    _take("unit", findings, by, why, state, database, unit=unit, keeper=keeper)


@ledger_verbs.command()
def note(findings: Findings, by: By, why: Why, state: State = "", database: DatabaseOption = "") -> None:
    """Add a remark (备注)."""
    _take("note", findings, by, why, state, database)


@ledger_verbs.command()
def excuse(
    word: Annotated[str, typer.Argument(metavar="PORTAL|FINDING", help="A portal's id, or one finding.")],
    reason: Annotated[str, typer.Option(help="Reason code, or its words; a wrong one lists them.")],
    until: Annotated[str, typer.Option(help="When it ends: YYYY-MM-DD or 'YYYY-MM-DD HH:MM'.")],
    by: By,
    why: Why,
    begins: Annotated[str, typer.Option("--from", help="When it begins. Default: now.")] = "",
    column: Annotated[str, typer.Option(help="Only this column and those below it: 政务公开>通知公告.")] = "",
    check: Annotated[str, typer.Option(help="Only this check.")] = "",
    link: Link = "",
    file: Files = None,
    database: DatabaseOption = "",
) -> None:
    """Let a portal, a column, a check or a finding off for a while (豁免): 报备, 规范性说明, 本期无此业务 ..."""
    from mingcha.ledger.verbs import let_off
    from storage.ledger.excuses import reason_named

    desk = _desk(database)
    finish(
        let_off(
            desk,
            word,
            column=column,
            check=_known_check(check),
            kind=reason_named(reason, objection=False),
            begins=moment_of(begins, "--from", end=False) if begins else desk.now,
            ends=moment_of(until, "--until"),
            who=by,
            why=why,
            link=link,
            files=file or (),
        )
    )


@ledger_verbs.command()
def excuses(
    portal: Annotated[str, typer.Argument(help="A portal's id. Default: every portal.")] = "",
    database: DatabaseOption = "",
) -> None:
    """List excuses with their numbers, and whether they hold now."""
    from mingcha.ledger.verbs import list_excuses

    finish(list_excuses(_desk(database), portal))


@ledger_verbs.command()
def unexcuse(
    number: Annotated[int, typer.Argument(help="Number of the excuse, as `excuses` lists it.")],
    by: By,
    why: Why,
    database: DatabaseOption = "",
) -> None:
    """End an excuse from now on."""
    from mingcha.ledger.verbs import end_excuse

    finish(end_excuse(_desk(database), number, who=by, why=why))


@ledger_verbs.command()
def rename(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The id it had in targets.toml.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The id it has now.")],
    by: By,
    why: Why = "",
    database: DatabaseOption = "",
) -> None:
    """Give a portal another id with its whole history, after it was renamed in targets.toml."""
    from mingcha.ledger.verbs import rename as run

    finish(run(_desk(database), old, new, who=by, why=why))


def moment_of(text: str, option: str, *, end: bool = True) -> dt.datetime:
    """Returns the time written, Asia/Shanghai; a day alone is its last minute, or its first. Raises UsageError."""
    from portal.zone import CHINA

    for form in ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d"):
        try:
            at = dt.datetime.strptime(text.strip(), form).replace(tzinfo=CHINA)
        except ValueError:
            continue
        return at.replace(hour=23, minute=59) if end and form == "%Y-%m-%d" else at
    raise UsageError(f"{option} {text!r} is not a time: write YYYY-MM-DD or 'YYYY-MM-DD HH:MM'")


def state_of(text: str) -> str:
    """Returns the state written, "" for none. Raises UsageError that lists them."""
    from storage.ledger.states import Stage

    if text and text not in set(Stage):
        raise UsageError(f"--state {text!r}: there are {'、'.join(Stage)}")
    return text


def _known_check(text: str) -> str:
    if text:
        from mingcha.judging import known_checks

        if text not in (known := known_checks()):
            raise UsageError(f"--check: there is no check {text!r}; there are {', '.join(known)}")
    return text


def _wanted(findings: list[str], state: str) -> Wanted:
    from mingcha.ledger.verbs import Wanted

    return Wanted(tuple(findings), state_of(state), closed=True)


def _desk(
    database: str, targets: Path | None = None, calendar: Path | None = None, deadlines: Path | None = None
) -> Desk:
    from mingcha.ledger.files import local_files
    from mingcha.ledger.verbs import Desk, now

    return Desk(database_of(database), local_files(targets_file(targets), calendar, deadlines), now())


def _take(
    deed: str,
    findings: list[str],
    by: str,
    why: str,
    state: str,
    database: str,
    files: list[Path] | None = None,
    **data: object,
) -> None:
    from mingcha.ledger.verbs import take
    from storage.ledger.states import Deed, Step

    desk = _desk(database)
    step = Step(Deed(deed), by, desk.now, why, {key: value for key, value in data.items() if value})
    finish(take(desk, _wanted(findings, state), step, files or ()))

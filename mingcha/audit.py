"""One audit: a bundle is filled in a child process, judged, committed and told. The parent's part of the pipeline."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from crawler.net.window import Window
from crawler.phases import Phase
from mingcha import __version__
from mingcha.errors import DEGRADED, DONE, IMPOSSIBLE, ImpossibleError, UsageError
from mingcha.forked import aside
from mingcha.garbage import loading
from mingcha.health import health
from mingcha.judging import DOUBTED, Judgement, judge_bundle
from mingcha.process import run_child
from mingcha.setting import PACE as PACE
from mingcha.setting import begins, state_folder
from mingcha.watch import Watch
from portal.artifacts import Absence
from portal.model import Network, Portal
from portal.zone import CHINA
from storage.bundle import Bundle, BundleError, Header

if TYPE_CHECKING:
    from mingcha.telling import Told

KNOWN = "known.sqlite"  # file of a bundle's folder: links of other sites that were found good lately


# Reasons for which an audit as a whole was not possible (exit code 2).
_IMPOSSIBLE = frozenset(
    {
        Absence.UNREACHABLE,
        Absence.MOVED,
        Absence.CHALLENGE,
        Absence.CAPTCHA,
        Absence.BLOCKED,
        Absence.ROBOTS,
        Absence.PRIVATE,
        Absence.DEED,
        Absence.OWN_LINE,
        Absence.NO_DNS,
    }
)


class AuditOptions(Struct, frozen=True):
    """What a caller may choose about an audit."""

    as_of: dt.date
    confirm: str = "later"  # later or now
    spacing: tuple[float, ...] = (2.0, 10.0, 60.0)  # seconds between the re-checks of one sitting
    only: frozenset[str] = frozenset()  # check ids; empty = all
    browser: bool = True
    seed: str = ""  # "" = made from portal and date, so the same day draws the same
    requests: Path | None = None  # JSON Lines log of every request
    log: Path | None = None  # JSON Lines log of events, beside the one in the bundle's folder
    profile: Path | None = None  # where the CPU went, for speedscope
    systems: Path | None = None  # folder with indicator systems of the user's own
    doubted: bool = False  # it belongs to a night that misjudged the canary: kept, but closes nothing
    fresh: bool = False  # take nothing over from the last audit
    rolling: bool = False  # ask for what has its turn, carry over the rest
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditOutcome:
    """How an audit ended: its results, where they were told, and the exit code it deserves."""

    audit: str
    judgement: Judgement
    told: Told
    exit_code: int
    blocked_by: Absence | None = None
    phases: tuple[Phase, ...] = ()  # of this sitting


def audit_portal(
    portal: Portal,
    network: Network,
    out: Path,
    options: AuditOptions,
    *,
    database: str,
    on_event: Callable[[dict[str, Any]], None] = lambda event: None,
) -> AuditOutcome:
    """Audits one portal into the folder `out` and commits it into `database`; returns how it went.

    An unfinished audit of the same portal in `out` is resumed. Raises UsageError when `out` holds something else,
    ImpossibleError when nothing can be written.
    """
    refuse_outside_window(portal)
    new = [folder for folder in (out / "bundle", *(out / "bundle").absolute().parents) if not folder.exists()]
    bundle = open_or_create(portal, network, out, options)
    if options.doubted:
        bundle.mark(DOUBTED, dt.datetime.now(dt.UTC))
    bundle.close()
    sitting = {"pace": str(state_folder(database) / PACE)}
    try:
        if not begins(database):
            # Aside: while the child gathers, this process holds none of what reads a database.
            sitting |= aside(lambda: _remembered(bundle.header, out, database))
    except ImpossibleError:
        if new:  # what was made for nothing; others may keep something in the outer ones by now
            shutil.rmtree(new[0], ignore_errors=True)
        for folder in new[1:]:
            with suppress(OSError):
                folder.rmdir()
        raise
    if options.requests is not None:
        sitting["requests"] = str(options.requests.absolute())
    with Watch(out / "bundle", bundle.header, on_event, log=options.log, profile=options.profile) as watch:
        code, why = run_child(out / "bundle", portal.max_minutes * 60, watch.on_event, sitting | watch.stacks)
        if code == IMPOSSIBLE:
            raise ImpossibleError(why)
        _keep_probes(out, database)
        outcome = conclude(
            out, bundle.header.audit, options.only, database, note=why, systems=options.systems, phase=watch.phase
        )
        watch.end(outcome)
        return replace(outcome, phases=tuple(watch.measured))


def _remembered(header: Header, out: Path, database: str) -> dict[str, str]:
    """Returns what the child is told of earlier audits: files by name, as in `crawler.sitting.Sitting`.

    Raises ImpossibleError where the database cannot be used: that is said before anything is asked.
    """
    from mingcha.before import before, standing, write_known

    known, told = out / "bundle" / KNOWN, dict[str, str]()
    findings = standing(header.portal.id, database)
    if write_known(header.network, known, database):
        told["known"] = str(known.absolute())
    if "fresh" not in header.options:
        told |= before(header.portal.id, header.audit, out / "bundle", database, findings)
    return told


def _keep_probes(out: Path, database: str) -> None:
    """Keeps in the bundle what the portal's probes saw up to now. Raises ImpossibleError."""
    with loading():
        from mingcha.probes.availability import keep_series
        from storage.database import StorageError

    with open_bundle(out / "bundle") as bundle:
        try:
            keep_series(bundle, database)
        except (StorageError, BundleError) as error:
            raise ImpossibleError(f"{error}. What was gathered is kept: the same command goes on with it") from error


def conclude(
    out: Path,
    audit: str,
    only: frozenset[str],
    database: str,
    *,
    note: str = "",
    systems: Path | None = None,
    phase: Callable[[str], AbstractContextManager[None]] = lambda name: nullcontext(),
) -> AuditOutcome:
    """Judges the bundle in `out`, commits it, scores it and writes every report; returns what came of it.

    Touches no network. `phase` is entered around each of its two parts, "judge" and "tell". Raises UsageError where
    there is no bundle, ImpossibleError when database or disk refuse or the bundle is damaged.
    """
    with loading():  # late: while the child gathers, this process holds none of what judges and writes
        from mingcha.before import standing
        from mingcha.first_sights import seen_before
        from mingcha.telling import against_earlier, keep_and_tell

    with open_bundle(out / "bundle") as bundle:
        try:
            bundle.complete_links()  # here, where there is room for it, unless the child had to judge, too
            with phase("judge"):
                known = standing(bundle.header.portal.id, database)
                before = seen_before(bundle.header, database)
                judgement = judge_bundle(bundle, only=only or None, known=known, history=before)
                judgement = replace(judgement, health=health(judgement.artifacts, judgement.results))
        except BundleError as error:
            raise ImpossibleError(str(error)) from error
        if not judgement.degraded:
            why = note or against_earlier(bundle.header, judgement, database)
            judgement = replace(judgement, degraded=why)
        with phase("tell"):
            told = keep_and_tell(bundle, judgement, out, database, systems=systems)
    blocked = next((reason for reason in judgement.artifacts.absent.values() if reason in _IMPOSSIBLE), None)
    code = IMPOSSIBLE if blocked else DEGRADED if judgement.degraded else DONE
    return AuditOutcome(audit, judgement, told, code, blocked)


def refuse_outside_window(portal: Portal, now: dt.datetime | None = None) -> None:
    """Raises ImpossibleError while the portal's hours (`window` of targets.toml) do not allow it to be asked."""
    now = now or dt.datetime.now(dt.UTC)
    if not Window(portal.window).is_open(now):
        raise ImpossibleError(
            f"{portal.id} may be asked {portal.window} only and it is {now.astimezone(CHINA):%H:%M} (Asia/Shanghai): "
            "run it in these hours, or change window in targets.toml"
        )


def open_or_create(portal: Portal, network: Network, out: Path, options: AuditOptions) -> Bundle:
    """Returns a new bundle, or the unfinished one of the same portal. Raises UsageError, ImpossibleError."""
    folder = out / "bundle"
    if (folder / "bundle.sqlite").exists():
        bundle = open_bundle(folder)
        if bundle.header.portal.id != portal.id:
            raise UsageError(f"{out} holds an audit of {bundle.header.portal.id!r}: choose another --out")
        if "told" in bundle.stages():
            raise UsageError(
                f"{out} holds a finished audit: choose another --out, or judge it again with: mingcha rejudge {out}"
            )
        if bundle.header.network != network:
            bundle.readdress(network)  # names may lead elsewhere today: the sample is served on another port
        return bundle
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} exists and holds something that is not an audit: choose another --out")
    started = dt.datetime.now(dt.UTC)
    try:
        return Bundle.create(folder, header(portal, network, options, started))
    except BundleError as error:
        raise ImpossibleError(str(error)) from error


def open_bundle(folder: Path) -> Bundle:
    """Returns the bundle in `folder`. Raises UsageError with one sentence when there is none that can be read."""
    try:
        return Bundle.open(folder)
    except BundleError as error:
        raise UsageError(str(error)) from error


def header(portal: Portal, network: Network, options: AuditOptions, started: dt.datetime) -> Header:
    """Returns what is fixed when an audit starts."""
    seed = options.seed or hashlib.sha256(f"{portal.id}|{options.as_of}".encode()).hexdigest()[:12]
    chosen = {
        "confirm": options.confirm,
        "spacing": ",".join(f"{seconds:g}" for seconds in options.spacing),
        "only": ",".join(sorted(options.only)),
        "browser": "yes" if options.browser else "no",
        "fresh": "yes" if options.fresh else "",
        "rolling": "yes" if options.rolling else "",
        **options.extra,
    }
    return Header(
        audit=audit_id(portal, started),
        portal=portal,
        network=network,
        as_of=options.as_of,
        started=started,
        seed=seed,
        version=__version__,
        options={key: value for key, value in chosen.items() if value},
    )


def audit_id(portal: Portal, started: dt.datetime) -> str:
    """Returns the id of an audit: portal id and start time in Asia/Shanghai, fit for a file name."""
    name = re.sub(r"[^0-9A-Za-z._-]+", "-", portal.id).strip("-") or "portal"
    return f"{name}-{started.astimezone(CHINA):%Y%m%d-%H%M%S}"

"""`mingcha export ledger`: the ledger as it stands now, of one portal, of a jurisdiction, or a file for every unit."""

from __future__ import annotations

import datetime as dt
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine

from indicators.library import Library
from indicators.score import Score
from mingcha.errors import UsageError
from mingcha.opening import newest_portal, opened
from mingcha.scoring.scores import score_portal
from mingcha.scoring.systems import Roster, systems_at_hand
from mingcha.setting import evidence_folder
from portal.workdays import WorkCalendar
from reports import feeds
from reports.files import write_whole
from reports.ledger.dossier import Dossier
from reports.masking import masked, masked_scores
from reports.words import Metas
from reports.workbook import write_workbook
from reports.write import CSV, EVIDENCE, WORKBOOK, registered_metas
from storage.database import shown
from storage.evidence import EvidenceStore
from storage.evidence import export as write_evidence
from storage.ledger.entries import CALENDAR
from storage.ledger.excuses import excuses
from storage.lifecycle import day_of
from storage.queries import audited, ledger_view, media_types, portals
from storage.rechecks import rechecks

NO_UNIT = "未明确责任单位"  # file of what nobody is known to answer for
_UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')  # in the names of files, on whatever system


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be written. `portals`: ids, empty = the one audited last; `every`: all of the jurisdiction.

    `per`: "" one file, "portal" or "unit" a file each. `unit`: only what that unit answers for. `closed`: what was put
    right or set aside earlier, too. `shots`: the screenshots beside the file.
    """

    form: str = "xlsx"
    portals: tuple[str, ...] = ()
    every: bool = False
    per: str = ""
    unit: str = ""
    closed: bool = False
    shots: bool = True


def export_ledger(
    wanted: Wanted,
    roster: Roster,
    *,
    out: Path | None,
    folder: Path | None,
    database: str,
    now: dt.datetime,
    calendar: WorkCalendar = CALENDAR,
) -> list[Path]:
    """Writes the ledger as it stands at `now` and returns the files' paths. Raises UsageError."""
    if wanted.form not in ("", "xlsx", "csv"):
        raise UsageError(f"cannot export a ledger as {wanted.form}: there are xlsx and csv")
    if wanted.per not in ("", "portal", "unit"):
        raise UsageError(f"--per {wanted.per!r}: write portal or unit")
    if wanted.per == "unit" and wanted.unit:
        raise UsageError("--unit names one unit already: leave out --per unit")
    if wanted.every and wanted.portals:
        raise UsageError("--all is every portal: leave out --portal")
    form = wanted.form or ("csv" if out is not None and out.suffix == ".csv" and not wanted.per else "xlsx")
    metas, books = registered_metas(), systems_at_hand(folder)
    with opened(database) as engine:
        names = _portals(engine, wanted, roster, database)
        found = [_dossier(engine, name, wanted, roster, books, now, calendar) for name in names]
        parts = _parts(found, wanted, metas, day_of(now).isoformat())
        files = _files(parts, wanted, form, out, day_of(now).isoformat())
        store = EvidenceStore(evidence_folder(database))
        pictures = _pictures(engine, found) if wanted.shots and form == "xlsx" else {}
        return [_write(part, path, form, wanted, pictures, store.get, metas, now) for path, part in files]


def _portals(engine: Engine, wanted: Wanted, roster: Roster, database: str) -> list[str]:
    """Returns the portals meant; of a jurisdiction those that were audited, the others are said."""
    if not wanted.every and not (wanted.per == "unit" or wanted.unit) and not wanted.portals:
        return [newest_portal(engine, database)]
    seen = audited(engine)
    known = [one.id for one in portals(engine) if one.id in seen]
    listed = wanted.portals or tuple(roster.portals) or tuple(known)
    found = [name for name in listed if name in seen]
    if lacking := [name for name in listed if name not in seen]:
        if wanted.portals or not found:
            raise UsageError(f"no audit of {', '.join(lacking[:5])} is in {shown(database)}: run mingcha audit first")
        print(f"mingcha: 尚未核查，未列入：{'、'.join(lacking)}", file=sys.stderr)
    if not found:
        raise UsageError(f"nothing was audited into {shown(database)} yet: run mingcha audit first")
    return found


def _dossier(
    engine: Engine,
    portal: str,
    wanted: Wanted,
    roster: Roster,
    books: Library,
    now: dt.datetime,
    calendar: WorkCalendar,
) -> Dossier:
    view = masked(ledger_view(engine, portal, now=now, closed=wanted.closed, calendar=calendar))
    scores: tuple[Score, ...] = ()
    if not (wanted.unit or wanted.per == "unit") and (wanted.per == "portal" or not wanted.every):
        systems = [name for name in roster.systems(portal) if name in books.systems]
        made = score_portal(engine, portal, systems, books, exemptions=roster.exemptions(portal))
        scores = masked_scores([one.score for one in made])
    return Dossier(view, scores=scores, looks=rechecks(engine, portal), excuses=excuses(engine, portal))


@dataclass(frozen=True, slots=True)
class _Part:
    """What one file holds; `name` tells it from the other files."""

    name: str
    dossiers: tuple[Dossier, ...]


def _parts(found: Sequence[Dossier], wanted: Wanted, metas: Metas, day: str) -> list[_Part]:
    if wanted.per == "portal":
        return [_Part(one.portal.id, (one,)) for one in found]
    if not wanted.unit and wanted.per != "unit":
        name = found[0].view.audit.id if len(found) == 1 else day
        return [_Part(name, tuple(found))]
    units = [one.units(metas) for one in found]
    known = sorted({unit for each in units for unit in each.values()})
    if wanted.unit and wanted.unit not in known:
        listed = "、".join(filter(None, known)) or "无"
        raise UsageError(f"没有由“{wanted.unit}”负责的问题；现有责任单位：{listed}")
    parts = []
    for unit in [wanted.unit] if wanted.unit else known:
        theirs = [one for one, each in zip(found, units, strict=True) if unit in each.values()]
        parts.append(_Part(unit or NO_UNIT, tuple(_of_unit(one, unit, metas) for one in theirs)))
    return parts


def _of_unit(dossier: Dossier, unit: str, metas: Metas) -> Dossier:
    mine = dossier.of_unit(unit, metas)
    return mine if unit else replace(mine, unit=NO_UNIT)


def _files(parts: Sequence[_Part], wanted: Wanted, form: str, out: Path | None, day: str) -> list[tuple[Path, _Part]]:
    """Returns where every part goes. Several go into a folder, under names no two share."""
    if not wanted.per:
        name = parts[0].name if not wanted.unit else f"{day}-{_fit(wanted.unit)}"
        return [(out or Path(f"{name}-{CSV if form == 'csv' else WORKBOOK}"), parts[0])]
    folder = out or Path(f"ledger-{day}")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--out {folder}: with --per several files are written, name a folder")
    taken: set[str] = set()
    files = []
    for part in parts:
        name, count = _fit(part.name), 1
        while name.casefold() in taken:
            count += 1
            name = f"{_fit(part.name)}-{count}"
        taken.add(name.casefold())
        files.append((folder / f"ledger-{name}.{form}", part))
    return files


def _write(
    part: _Part,
    path: Path,
    form: str,
    wanted: Wanted,
    pictures: Mapping[str, str],
    get: Callable[[str], bytes],
    metas: Metas,
    now: dt.datetime,
) -> Path:
    if form == "csv":
        return write_whole(path, feeds.ledger_csv(part.dossiers, metas))
    dossiers: Sequence[Dossier] = part.dossiers
    if wanted.shots:
        folder = EVIDENCE if wanted.per else f"{path.stem}-{EVIDENCE}"
        pictured = {digest: pictures[digest] for one in dossiers for digest in _shown(one) if digest in pictures}
        files = write_evidence(get, pictured, path.parent / folder)
        shots = {digest: f"{folder}/{name}" for digest, name in files.items()}
        dossiers = [replace(one, shots=shots) for one in dossiers]
    return write_workbook(dossiers, path, metas, made=now)


def _pictures(engine: Engine, dossiers: Iterable[Dossier]) -> dict[str, str]:
    """Returns which of the proof that is referred to are pictures, hash -> media type."""
    kinds = media_types(engine, {digest for one in dossiers for digest in _shown(one)})
    return {digest: kind for digest, kind in kinds.items() if kind.startswith("image/")}


def _shown(dossier: Dossier) -> set[str]:
    """Returns the hashes of what a file refers to: of its findings and re-checks, of a whole portal all else, too."""
    digests = {digest.removeprefix("sha256:") for one in dossier.view.findings for digest in one.evidence}
    digests |= {digest for look in dossier.looks for digest in (look.before, look.after) if digest}
    return digests if dossier.unit else digests | set(dossier.view.evidence)


def _fit(name: str) -> str:
    """Returns a name as a file may be called anywhere."""
    return _UNFIT.sub("_", name).strip(" .")[:80] or "_"

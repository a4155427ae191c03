"""What nights leave in their folder, and what the next one reads there.

    FOLDER/lock                  held by a night, and by its audits should it be killed: one night at a time; so is
                                 night.lock beside the results database
    FOLDER/DATE/ID/              an audit with its bundle and reports, as `mingcha audit --out` makes it
    FOLDER/DATE/ID.log           what it printed
    FOLDER/DATE/night.json       how the night went: written after every portal, whole or not at all
    FOLDER/DATE/.targets.toml    as it was when the night (its last sitting) began

Whether a portal was finished in a night is read from its bundle, not from night.json: a kill between the two loses
nothing.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mingcha.errors import ImpossibleError
from mingcha.locks import waited_for
from mingcha.logs import EVENTS
from mingcha.night.plan import Night
from storage.bundle import Bundle, BundleError

NIGHT = "night.json"
TARGETS = ".targets.toml"
LOCK = "lock"
DATABASE_LOCK = "night.lock"
LOCK_SECONDS = 60.0  # the audits of a killed night get to end, before the folder is said to be another night's
GOES_ON = dt.timedelta(days=2)  # an unfinished audit that began earlier is begun anew


@dataclass(frozen=True, slots=True)
class Kept:
    """An audit that lies in a night's folder. `told` is when it was finished, None while it can go on."""

    out: Path
    audit: str
    started: dt.datetime
    told: dt.datetime | None


def kept(out: Path) -> Kept | None:
    """Returns the audit in a folder, None where there is none that can be read."""
    try:
        with closing(Bundle.open(out / "bundle", write=False)) as bundle:
            return Kept(out, bundle.header.audit, bundle.header.started, bundle.stages().get("told"))
    except (BundleError, sqlite3.Error):
        return None


def finished(folder: Path, portal: str, night: Night) -> Kept | None:
    """Returns the audit of a portal that this night has finished already, whichever night began it."""
    for audit in _lately(folder, portal, night):
        if audit.told is not None and (audit.told >= night.begins or audit.out == place(folder, night, portal)):
            return audit
    return None


def unfinished(folder: Path, portal: str, night: Night, now: dt.datetime, completed: dt.datetime | None) -> Kept | None:
    """Returns the newest audit of a portal that can go on: not too old, and none was completed since it began.

    One of this night's goes on in any case: it may be itself what the database has as completed.
    """
    for audit in _lately(folder, portal, night):
        if audit.told is None and now - audit.started <= GOES_ON:
            tonight = audit.out == place(folder, night, portal)
            if tonight or completed is None or audit.started > completed:
                return audit
    return None


def hanging(folder: Path, portal: str, night: Night) -> bool:
    """Returns whether this night's audit of a portal was begun and not told: killed, perhaps after its last request."""
    audit = kept(place(folder, night, portal))
    return audit is not None and audit.told is None


def place(folder: Path, night: Night, portal: str) -> Path:
    """Returns where a night puts a new audit of a portal."""
    return folder / night.day.isoformat() / portal


def _lately(folder: Path, portal: str, night: Night) -> Iterator[Kept]:
    """Yields what nights up to this one left of a portal, the newest first."""
    for back in range(GOES_ON.days + 2):
        found = kept(folder / (night.day - dt.timedelta(days=back)).isoformat() / portal)
        if found is not None:
            yield found


def last_end(out: Path) -> dict[str, Any]:
    """Returns the event with which the last sitting of an audit ended, {} where it said none."""
    last: dict[str, Any] = {}
    with contextlib.suppress(OSError), (out / "bundle" / EVENTS).open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            with contextlib.suppress(ValueError):  # cut short
                event = json.loads(line)
                if event.get("event") in ("begin", "end"):
                    last = event if event["event"] == "end" else {}
    return last


def last_line(path: Path) -> str:
    """Returns the last line a program printed into a file, without its name; "" for none."""
    try:
        lines = path.read_text("utf-8", "replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1].strip().removeprefix("mingcha: ") if lines else ""


def read_night(path: Path) -> dict[str, Any]:
    """Returns what stands in a night.json, {} where there is none that can be read."""
    try:
        known = json.loads(path.read_text("utf-8"))
        if isinstance(known, dict) and all(isinstance(entry["portal"], str) for entry in known["portals"]):
            return known
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return {}


def write_night(path: Path, facts: Mapping[str, Any]) -> None:
    """Replaces a night.json as a whole. Raises OSError."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(facts, ensure_ascii=False, indent=1, default=str) + "\n", "utf-8")
        part.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def locked(path: Path, why: str) -> contextlib.AbstractAsyncContextManager[int]:
    """Yields the descriptor of a lock, waited for. Raises ImpossibleError, with `why`, while another night has it."""
    return waited_for(path, ImpossibleError(f"another night is at work {why}"), LOCK_SECONDS)

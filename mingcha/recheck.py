"""`mingcha recheck FINDING|PORTAL`: the identical test of one finding, or of all open ones of a portal, again."""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from mingcha.audit import CHINA, open_bundle
from mingcha.errors import DEGRADED, DONE, UsageError
from mingcha.printable import printable
from mingcha.recheck_sitting import Asked, How, Seen, Wanted, sit
from mingcha.sample import running_sample
from mingcha.telling import live_findings
from portal.model import Network, Portal
from storage.database import StorageError, open_database
from storage.lifecycle import Sight
from storage.queries import audit_view, audits, find, portal_of, portals

VERDICTS = {
    "fixed": "已整改，予以关闭",
    "cleared": "复核正常，排除疑似",
    "open": "仍存在",
    "regressed": "仍存在（反弹）",
}


def run_recheck(
    word: str,
    *,
    out: Path | None,
    how: How,
    targets: Path | None,
    database: str,
    data: Path,
) -> int:
    """Re-checks and prints the verdict of each finding. Returns 0, or 3 when some could not be measured."""
    wanted = look_up(word, database)
    folder = out or folder_of(data, wanted.audit.portal)
    with described(wanted, targets, data) as known:
        seen = sit(wanted, folder, how, database, known)
    return _show(seen, database)


def folder_of(data: Path, portal: str) -> Path:
    """Returns a folder for a sitting of a portal that begins now, which does not exist yet."""
    now = dt.datetime.now(dt.UTC).astimezone(CHINA)
    first = data / "rechecks" / f"{portal}-{now:%Y%m%d-%H%M%S}"
    others = (first.with_name(f"{first.name}-{count}") for count in range(2, 1000))
    return next(path for path in (first, *others) if not path.exists())


@contextlib.contextmanager
def described(wanted: Wanted, targets: Path | None, data: Path) -> Iterator[tuple[Portal, Network] | None]:
    """Yields the portal as targets.toml has it today, None where it is not there; the sample is served meanwhile."""
    from mingcha.commands import read_targets

    with open_bundle(Path(wanted.audit.bundle)) as old:
        header = old.header
    with contextlib.ExitStack() as stack:
        if header.options.get("sample"):
            targets = stack.enter_context(running_sample(data / "sample", header.as_of))
        read = read_targets(targets) if targets is not None else None
        known = read.portals if read is not None else ()
        portal = next((portal for portal in known if portal.id == header.portal.id), None)
        yield (portal, read.network) if portal is not None and read is not None else None


def look_up(word: str, database: str) -> Wanted:
    """Returns the findings meant by a number, fingerprint or portal id. Raises UsageError."""
    try:
        engine = open_database(database)
        try:
            if any(portal.id == word for portal in portals(engine)):
                if not (live := live_findings(engine, word)):
                    raise UsageError(f"{word} has no open finding: nothing to re-check")
                return Wanted(tuple(map(Asked, live)), audit_view(engine, portal=word).audit)
            finding = find(engine, word)
            portal = portal_of(engine, finding)
            head = next(head for head in audits(engine, portal) if head.kind == "audit")
            return Wanted((Asked(finding),), head)
        finally:
            engine.dispose()
    except StorageError as error:
        raise UsageError(str(error)) from error


def _show(seen: Sequence[Seen], database: str) -> int:
    engine = open_database(database)
    measured = True
    try:
        for one in seen:
            before = one.asked.finding
            after = find(engine, before.fingerprint)
            last = after.transitions[-1] if after.transitions else None
            if one.look.sight is Sight.UNSEEN:
                verdict, measured = f"本次未能复核（{one.look.note}），状态不变", False
            else:
                verdict = VERDICTS.get(after.state, "仍为疑似，需隔日再复核")
            print(printable(f"{after.number}  {verdict}  {after.message}"))
            if after.state != before.state and last:
                print(f"    {last.before} -> {last.after}：{last.why}")
    finally:
        engine.dispose()
    sys.stdout.flush()
    return DONE if measured else DEGRADED

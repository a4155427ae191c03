"""`mingcha recheck FINDING|PORTAL...`: the identical test of some findings, or of all open ones of a portal, again."""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import Engine

from mingcha.audit import open_bundle
from mingcha.errors import DEGRADED, DONE, UsageError
from mingcha.opening import opened
from mingcha.printable import printable
from mingcha.rechecks.orders import Asked, How, Seen, Wanted
from mingcha.rechecks.sitting import sit
from mingcha.sample import running_sample
from portal.model import Network, Portal
from portal.zone import CHINA
from storage.database import StorageError
from storage.ledger.book import claimed
from storage.lifecycle import Sight
from storage.queries import audits, find, live_findings, portal_of, portals
from storage.rechecks import Reason
from storage.views import AuditHead, FindingView

VERDICTS = {
    "fixed": "已整改，予以关闭",
    "cleared": "复核正常，排除疑似",
    "open": "仍存在",
    "regressed": "仍存在（反弹）",
}


def run_recheck(
    words: Sequence[str],
    *,
    out: Path | None,
    how: How,
    targets: Path | None,
    database: str,
    data: Path,
) -> int:
    """Re-checks and prints the verdict of each finding. Returns 0, or 3 when some could not be measured.

    Findings of one portal share a sitting. What waits for a re-check because its unit says it was put right is looked
    at for that. Raises UsageError, ImpossibleError.
    """
    sittings = look_up(words, database)
    if out is not None and len(sittings) > 1:
        raise UsageError("--out is one sitting's folder, and these findings are of several portals: leave it out")
    codes = []
    for wanted in sittings:
        folder = out or folder_of(data, wanted.audit.portal)
        with described(wanted, targets, data) as known:
            codes.append(_show(sit(wanted, folder, how, database, known), database))
    return max(codes)


def folder_of(data: Path, portal: str) -> Path:
    """Returns a folder for a sitting of a portal that begins now, which does not exist yet."""
    now = dt.datetime.now(dt.UTC).astimezone(CHINA)
    first = data / "rechecks" / f"{portal}-{now:%Y%m%d-%H%M%S}"
    others = (first.with_name(f"{first.name}-{count}") for count in range(2, 1000))
    return next(path for path in (first, *others) if not path.exists())


@contextlib.contextmanager
def described(wanted: Wanted, targets: Path | None, data: Path) -> Iterator[tuple[Portal, Network] | None]:
    """Yields the portal as targets.toml has it today, None where it is not there; the sample is served meanwhile."""
    from mingcha.setting import read_targets

    with open_bundle(Path(wanted.audit.bundle)) as old:
        header = old.header
    with contextlib.ExitStack() as stack:
        if header.options.get("sample"):
            targets = stack.enter_context(running_sample(data / "sample", header.as_of))
        read = read_targets(targets) if targets is not None else None
        known = read.portals if read is not None else ()
        # By the id it has now: its bundle may be of a time when it had another.
        portal = next((portal for portal in known if portal.id == wanted.audit.portal), None)
        yield (portal, read.network_of(portal)) if portal is not None and read is not None else None


def look_up(words: Sequence[str], database: str) -> tuple[Wanted, ...]:
    """Returns what is meant by numbers, fingerprints and portal ids, portal by portal. Raises UsageError."""
    with opened(database) as engine:
        known = {portal.id for portal in portals(engine)}
        views: dict[str, dict[str, FindingView]] = {}
        for word in words:
            if word in known:
                if not (live := live_findings(engine, word)):
                    raise UsageError(f"{word} has no open finding: nothing to re-check")
                views.setdefault(word, {}).update({view.fingerprint: view for view in live})
            else:
                view = find(engine, word)
                views.setdefault(portal_of(engine, view), {})[view.fingerprint] = view
        return tuple(_wanted(engine, portal, tuple(found.values())) for portal, found in views.items())


def starting_audit(engine: Engine, portal: str) -> AuditHead:
    """Returns the audit whose records a re-check of a portal begins with: the newest sound one that still has them.

    Without any it is the newest of all. Raises StorageError when there is none.
    """
    heads = [head for head in audits(engine, portal) if head.kind == "audit"]
    if not heads:
        raise StorageError(f"no audit of {portal!r} is in the database")
    sound = (one for one in heads if not one.degraded and (Path(one.bundle) / "bundle.sqlite").is_file())
    return next(sound, heads[0])


def _wanted(engine: Engine, portal: str, views: Sequence[FindingView]) -> Wanted:
    head = starting_audit(engine, portal)
    claims = {one.fingerprint: one.claim.link if one.claim else "" for one in claimed(engine, portal)}
    asked = [
        Asked(view, Reason.CLAIM, claims[view.fingerprint]) if view.fingerprint in claims else Asked(view)
        for view in views
    ]
    return Wanted(tuple(asked), head)


def _show(seen: Sequence[Seen], database: str) -> int:
    measured = True
    with opened(database) as engine:
        for one in seen:
            before = one.asked.finding
            after = find(engine, before.fingerprint)
            last = after.transitions[-1] if after.transitions else None
            if one.look.sight is Sight.UNSEEN:
                verdict, measured = f"本次未能复核（{one.look.note}），状态不变", False
            else:
                verdict = VERDICTS.get(after.state, "仍为疑似，需隔日再复核")
            print(printable(f"{after.number}  {verdict}  {after.message}"))
            if one.asked.link and one.look.sight is not Sight.UNSEEN and one.look.note:
                print(printable(f"    {one.look.note}"))
            if after.state != before.state and last:
                print(f"    {last.before} -> {last.after}：{last.why}")
    sys.stdout.flush()
    return DONE if measured else DEGRADED

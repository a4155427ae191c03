"""`mingcha recheck --due`: everything that is due for another look now, one portal and one sitting at a time.

What a sitting found is committed when it ends; a run that is killed is simply given again, and what was looked at is no
longer due. `recheck_due` is what a timer, a night or an import of a ledger calls.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from crawler.net.window import Window
from mingcha.errors import DEGRADED, DONE, IMPOSSIBLE, ImpossibleError, MingchaError, UsageError
from mingcha.locks import alone
from mingcha.opening import opened
from mingcha.rechecks.orders import Asked, How, Wanted
from mingcha.rechecks.plan import Due, Standing, Tried, believed, plan, rules
from mingcha.rechecks.recheck import described, folder_of, starting_audit
from mingcha.rechecks.sitting import sit
from mingcha.setting import read_targets, state_folder, utc_now
from portal.model import Portal
from portal.zone import CHINA
from storage.database import StorageError, reading
from storage.ledger.book import claimed
from storage.ledger.entries import entries_of
from storage.lifecycle import Sight
from storage.queries import find, portals
from storage.rechecks import Reason, Recheck, rechecks, waiting

LOCK = "recheck.lock"  # file of the state folder: one run at a time

Clock = Callable[[], dt.datetime]  # aware


@dataclass(frozen=True, slots=True)
class DueOptions:
    """What a caller may choose. `portals` empty: all that have something due. `out`: folder of the sittings."""

    targets: Path | None
    database: str
    data: Path
    portals: tuple[str, ...] = ()
    claims_only: bool = False
    spacing: tuple[float, ...] = (2.0, 10.0, 60.0)
    browser: bool = True


@dataclass
class DueReport:
    """What a run came to. `left` are the looks not made, with why in Chinese, by portal."""

    made: list[Recheck] = field(default_factory=list)
    left: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def counts(self) -> Counter[str]:
        """How many looks led to each conclusion of `Recheck.conclusion`."""
        return Counter(one.conclusion for one in self.made)

    @property
    def exit_code(self) -> int:
        """0: everything due was measured; 2: nothing could be looked at; 3: something is left or was not measured."""
        if not self.made and self.left:
            return IMPOSSIBLE
        return DEGRADED if self.left or any(one.sight is Sight.UNSEEN for one in self.made) else DONE


def recheck_due(
    options: DueOptions,
    *,
    clock: Clock = utc_now,
    told: Callable[[Recheck], None] = lambda one: None,
    begun: Callable[[str, int], None] = lambda portal, count: None,
) -> DueReport:
    """Makes every look that is due, portal by portal, and returns what they came to.

    `begun` is told before each sitting (portal, how many findings), `told` each look once it is kept. What concerns
    one portal only (its hours, its bundle gone) leaves the others alone. Raises UsageError for targets.toml and for a
    portal nobody knows, ImpossibleError while another run is at work or the database cannot be used.
    """
    report = DueReport()
    entries = entries_at_hand(options)
    busy = ImpossibleError("another mingcha recheck --due is at work: wait until it has ended")
    with opened(options.database, ImpossibleError) as engine, alone(state_folder(options.database) / LOCK, busy):
        for portal in _names(engine, options):
            # Asked anew for each portal: a run may last hours, and people claim and decide meanwhile.
            asked: set[str] = set()
            while now_due := [
                one
                for one in planned(engine, [portal], clock(), claims_only=options.claims_only)
                if one.at <= clock() and one.standing.fingerprint not in asked
            ]:
                asked |= {one.standing.fingerprint for one in now_due}
                if why := _hindrance(portal, entries, clock()):
                    report.left[portal] = len(now_due), why
                    break
                left = _sittings(engine, portal, now_due, options, clock, report, told, begun)
                if left is not None:
                    report.left[portal] = left
                    break
    return report


def planned(engine: Engine, names: Sequence[str], now: dt.datetime, *, claims_only: bool = False) -> tuple[Due, ...]:
    """Returns the looks that are due now or later at those portals, by time. Raises StorageError."""
    standings = [standing for name in names for standing in _standings(engine, name, now)]
    return plan([believed(one, now) for one in standings], rules(), claims_only=claims_only)


def list_due(options: DueOptions, now: dt.datetime) -> tuple[Due, ...]:
    """Returns what is due when, as `planned` does, without touching a network. Raises UsageError, ImpossibleError."""
    with opened(options.database, ImpossibleError) as engine:
        return planned(engine, _names(engine, options), now, claims_only=options.claims_only)


def entries_at_hand(options: DueOptions) -> Mapping[str, Portal] | None:
    """Returns the portals of targets.toml by id, None where there is no such file. Raises UsageError."""
    return {one.id: one for one in read_targets(options.targets).portals} if options.targets else None


def _standings(engine: Engine, portal: str, now: dt.datetime) -> list[Standing]:
    claims = {one.fingerprint: one.claim for one in claimed(engine, portal, now)}
    found = waiting(engine, portal, claims)
    with reading(engine) as session:
        entries = entries_of(session, [one.fingerprint for one in found], now)
    standings = []
    for one in found:
        claim = claims.get(one.fingerprint)
        standings.append(
            Standing(
                fingerprint=one.fingerprint,
                number=one.number,
                portal=portal,
                check=one.check,
                kind=one.kind,
                state=one.state,
                last_seen=one.last_seen,
                since=one.since,
                claimed=claim.at if claim is not None else None,
                completed=claim.completed if claim is not None else None,
                link=claim.link if claim is not None else "",
                spared=not entries[one.fingerprint].live,
                tried=tuple(Tried(at, reason, sight is not Sight.UNSEEN) for at, reason, sight in one.looks),
            )
        )
    return standings


def _sittings(
    engine: Engine,
    portal: str,
    looks: Sequence[Due],
    options: DueOptions,
    clock: Clock,
    report: DueReport,
    told: Callable[[Recheck], None],
    begun: Callable[[str, int], None],
) -> tuple[int, str] | None:
    """Holds as many sittings as the looks of one portal need; returns how many were left, and why in Chinese."""
    size = rules().sitting
    looks = sorted(looks, key=lambda one: one.reason is not Reason.CLAIM)  # somebody waits for these
    for start in range(0, len(looks), size):
        part = looks[start : start + size]
        begun(portal, len(part))
        try:
            asked = [Asked(find(engine, one.standing.fingerprint), one.reason, one.standing.link) for one in part]
            wanted = Wanted(tuple(asked), starting_audit(engine, portal))
            how = How(clock().astimezone(CHINA).date(), options.spacing, browser=options.browser, tell=False)
            with described(wanted, options.targets, options.data) as known:
                seen = sit(wanted, folder_of(options.data, portal), how, options.database, known)
        except (MingchaError, StorageError) as error:
            return len(looks) - start, str(error)
        except Exception as error:  # whatever breaks here concerns this portal only
            return len(looks) - start, f"{type(error).__name__}: {error}"
        names = {one.look.fingerprint for one in seen}
        newest = {one.fingerprint: one for one in rechecks(engine, portal) if one.fingerprint in names}
        for one in newest.values():
            report.made.append(one)
            told(one)
    return None


def _hindrance(portal: str, entries: Mapping[str, Portal] | None, now: dt.datetime) -> str:
    """Returns in Chinese why a portal may not be visited now, "" where it may."""
    if entries is None:
        return ""
    if portal not in entries:
        return "targets.toml 中已没有该网站"
    window = entries[portal].window
    return "" if Window(window).is_open(now) else f"不在可访问时段（{window}）"


def _names(engine: Engine, options: DueOptions) -> tuple[str, ...]:
    known = [one.id for one in portals(engine)]
    if strange := [name for name in options.portals if name not in known]:
        raise UsageError(f"there is no portal {strange[0]!r} in the database; known are: {', '.join(known) or 'none'}")
    return tuple(dict.fromkeys(options.portals)) or tuple(known)

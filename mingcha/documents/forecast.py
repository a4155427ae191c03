"""What will be overdue within some days: columns, ledger deadlines, excuses, certificates, what is due every year.

A forecast accuses nobody: it says what happens if nothing is done. Pure functions of what the database holds and of a
day; times shown are Asia/Shanghai.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import msgspec
from sqlalchemy import Engine

from portal.zone import CHINA
from reports.masking import masked
from storage.ledger.entries import LedgerEntry
from storage.lifecycle import day_of
from storage.queries import audit_view, audited, portals
from storage.views import AuditView, PortalView

KINDS: Mapping[str, str] = {
    "deadline": "整改时限",
    "column": "栏目更新",
    "certificate": "HTTPS证书",
    "excuse": "豁免到期",
    "annual": "年度事项",
}


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that falls due. `day` is the last day on which it is in time; `left` the days until then, below 0 where
    it went by since the last audit and nobody has looked again."""

    kind: str  # one of KINDS
    portal: str
    site: str
    unit: str
    what: str  # a sentence, Chinese
    day: dt.date
    left: int
    url: str = ""
    until: str = ""  # a clock time on that day, HH:MM
    basis: str = ""
    finding: str | None = None  # fingerprint
    number: str = ""  # 问题编号

    @property
    def subject(self) -> str:
        """Its identity, the day included: the same column that is late again another time is another thing."""
        text = "|".join((self.kind, self.portal, self.url or self.finding or self.what, self.day.isoformat()))
        return hashlib.sha256(text.encode()).hexdigest()

    def line(self) -> dict[str, Any]:
        """Returns the object of the machine feed."""
        return {
            "schema_version": 1,
            "kind": self.kind,
            "portal": self.portal,
            "site": self.site,
            "unit": self.unit,
            "what": self.what,
            "due": self.day.isoformat(),
            "until": self.until,
            "days_left": self.left,
            "url": self.url,
            "basis": self.basis,
            "finding": self.finding,
            "number": self.number,
        }


class Annual(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing due every year."""

    id: str
    title: str
    month: int
    day: int
    source: str
    levels: tuple[str, ...] = ()


@cache
def annual_items() -> tuple[Annual, ...]:
    """Returns what is due every year (forecast.toml)."""
    data = tomllib.loads((resources.files("mingcha.documents") / "forecast.toml").read_text(encoding="utf-8"))
    return msgspec.convert(data["annual"], tuple[Annual, ...])


def forecast(engine: Engine, wanted: Iterable[str] | None, now: dt.datetime, days: int) -> tuple[Due, ...]:
    """Returns what falls due within `days` days of `now`, the soonest first; of the portals wanted, or of all.

    Portals that were never audited have nothing to be forecast. Raises StorageError.
    """
    names = None if wanted is None else set(wanted)
    seen = audited(engine)
    today, found = day_of(now), []
    for portal in portals(engine):
        if portal.id in seen and (names is None or portal.id in names):
            view = masked(audit_view(engine, portal=portal.id, now=now))
            found += [*_columns(view, today), *_ledger(view, today), *_certificates(view, today)]
            found += annual(portal, today, days)
    within = (due for due in found if due.left <= days)
    return tuple(sorted(within, key=lambda due: (due.day, due.portal, list(KINDS).index(due.kind), due.what)))


def _columns(view: AuditView, today: dt.date) -> list[Due]:
    """Columns that were in time when they were measured: their last day is counted from the day of that audit."""
    result = next((one for one in view.results if one.check == "update_freshness"), None)
    found = []
    for row in result.rows if result is not None else ():
        left = row.get("days_left")
        if not isinstance(left, int) or isinstance(left, bool):
            continue
        last = view.audit.as_of + dt.timedelta(days=left)
        path, newest = str(row.get("column") or row.get("url") or ""), str(row.get("newest") or "")
        ended = "已过最后更新日，请确认是否已更新" if last < today else "未再更新即超期"
        found.append(
            Due(
                "column",
                view.portal.id,
                view.portal.name,
                _unit(view.portal, str(row.get("owner") or "")),
                f"“{path}”栏目最新信息发布于{newest}，更新要求{row.get('demand') or ''}，{ended}",
                last,
                (last - today).days,
                url=str(row.get("url") or ""),
                basis=str(row.get("basis") or ""),
            )
        )
    return found


def _ledger(view: AuditView, today: dt.date) -> list[Due]:
    found = []
    messages = {finding.fingerprint: finding for finding in view.findings}
    for entry in view.ledger.values():
        finding = messages.get(entry.fingerprint)
        if finding is None:
            continue
        if entry.live and not entry.waits and not entry.overdue and entry.deadline is not None:
            found.append(_deadline(view, entry, finding.message, finding.subject, today))
        if entry.excuse is not None and finding.live:
            # It holds until before its end: that day itself is the first on which it no longer does.
            last = (entry.excuse.ends - dt.timedelta(seconds=1)).astimezone(CHINA)
            words = f"问题{entry.number}的豁免到期，此后按问题对待：{finding.message}"
            found.append(
                Due(
                    "excuse",
                    view.portal.id,
                    view.portal.name,
                    entry.unit or view.portal.name,
                    words,
                    last.date(),
                    (last.date() - today).days,
                    url=finding.subject,
                    until=f"{last:%H:%M}",
                    finding=entry.fingerprint,
                    number=entry.number,
                )
            )
    return found


def _deadline(view: AuditView, entry: LedgerEntry, message: str, url: str, today: dt.date) -> Due:
    assert entry.deadline is not None
    last = entry.deadline.astimezone(CHINA)
    return Due(
        "deadline",
        view.portal.id,
        view.portal.name,
        entry.unit or view.portal.name,
        f"问题{entry.number}尚未反馈整改（{entry.state}）：{message}",
        last.date(),
        (last.date() - today).days,
        url=url,
        until=f"{last:%H:%M}",
        finding=entry.fingerprint,
        number=entry.number,
    )


def _certificates(view: AuditView, today: dt.date) -> list[Due]:
    kept = view.audit.summary.get("certificates")
    found = []
    for host, text in sorted(kept.items()) if isinstance(kept, Mapping) else ():
        last = day_of(dt.datetime.fromisoformat(text))
        found.append(
            Due(
                "certificate",
                view.portal.id,
                view.portal.name,
                view.portal.unit or view.portal.name,
                f"{host}的HTTPS证书到期，此后浏览器会拦截访问，请及时更换",
                last,
                (last - today).days,
                url=f"https://{host}/",
            )
        )
    return found


def annual(portal: PortalView, today: dt.date, days: int) -> Sequence[Due]:
    """Returns what is due every year and falls within `days` days of today for a portal."""
    found = []
    for item in annual_items():
        if item.levels and portal.level and portal.level not in item.levels:
            continue
        for year in (today.year, today.year + 1):
            last = dt.date(year, item.month, item.day)
            if 0 <= (last - today).days <= days:
                found.append(
                    Due(
                        "annual",
                        portal.id,
                        portal.name,
                        portal.unit or portal.name,
                        f"{item.title}，请确认已按期完成",
                        last,
                        (last - today).days,
                        basis=item.source,
                    )
                )
    return found


def _unit(portal: PortalView, owner: str) -> str:
    return owner or portal.unit or portal.name

"""Which finding every row of a filled-in ledger is of, and one row for each: what stands twice is told once."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Engine

from mingcha.ledgersheet import FilledLedger, FilledRow, Given
from mingcha.ledgertaken import Known
from reports.ledger import kept_cells
from storage.ledger import entries
from storage.queries import portals, subjects


@dataclass(frozen=True, slots=True)
class Matched:
    """One finding and the row that speaks of it."""

    known: Known
    row: FilledRow


class Findings:
    """The findings of the database as rows name them, read once a portal."""

    def __init__(self, engine: Engine, now: dt.datetime) -> None:
        self._engine, self._now = engine, now
        self._homes = {one.id: one.home for one in portals(engine)}
        self._by_key: dict[str, Known] = {}
        self._by_number: dict[str, Known] = {}
        self._subjects: dict[str, str] = {}
        self._read: set[str] = set()

    def of(self, row: FilledRow) -> Known:
        """Returns the finding a row is of. Raises ValueError with why it is of none here."""
        number = unicodedata.normalize("NFKC", row.number).strip()
        portal = number.rpartition("-")[0]
        if number and portal in self._homes:
            self._portal(portal)
        named, keyed = self._by_number.get(number), self._by_key.get(row.key)
        if number and portal not in self._homes:
            raise ValueError(f"问题编号“{number}”：网站“{portal or number}”在本数据库中没有核查记录，不是本辖区的台账")
        if not number:
            for name in self._homes:
                self._portal(name)
            keyed = self._by_key.get(row.key)
            if keyed is None:
                raise ValueError("隐藏的“问题标识”列在本数据库中查不到，且“问题编号”为空")
            return keyed
        if named is None:
            raise ValueError(f"本数据库中没有问题“{number}”，请核对编号，或确认是否本辖区的台账")
        if row.key and named is not keyed:
            raise ValueError(
                f"问题编号“{number}”与隐藏的“问题标识”列不是同一个问题：是其他数据库的台账，或行被错位粘贴"
            )
        if not row.key and row.subject and row.subject != self._subjects[named.entry.fingerprint]:
            raise ValueError(
                f"问题编号“{number}”的问题页面不是“{row.subject[:60]}”：是其他数据库的台账，或行被错位粘贴"
            )
        return named

    def _portal(self, portal: str) -> None:
        if portal in self._read:
            return
        self._read.add(portal)
        known = subjects(self._engine, portal)
        for fingerprint, entry in entries(self._engine, portal, self._now).items():
            kind, subject = known[fingerprint]
            one = Known(entry, kind, self._homes[portal])
            self._by_key[fingerprint] = self._by_number[entry.number] = one
            self._subjects[fingerprint] = subject


def matched(found: Findings, filled: FilledLedger) -> list[Matched]:
    """Returns every finding the file speaks of with its row; what is wrong is added to the file's problems."""
    rows: dict[str, list[FilledRow]] = {}
    known: dict[str, Known] = {}
    for row in filled.rows:
        try:
            one = found.of(row)
        except ValueError as error:
            filled.problems.append(f"{row.place}：{error}")
            continue
        known[one.entry.fingerprint] = one
        rows.setdefault(one.entry.fingerprint, []).append(row)
    return [
        Matched(known[name], _once(known[name], several, filled.head.said.get(name), filled.problems))
        for name, several in rows.items()
    ]


def _once(known: Known, rows: Sequence[FilledRow], said: Mapping[str, str] | None, problems: list[str]) -> FilledRow:
    """Returns one row for rows of one finding: of every cell what somebody wrote into any of them."""
    first, cells = rows[0], dict(rows[0].cells)
    held = kept_cells(known.entry)
    for row in rows[1:]:
        for name, given in row.cells.items():
            before = cells.get(name)
            old = {"", str(held.get(name) or ""), (said or {}).get(name, "")}
            if before is None or (before.text in old and given.text not in old):
                cells[name] = given
            elif before.text != given.text and given.text not in old:
                problems.append(_twice(known, before, given))
    return replace(first, cells=cells)


def _twice(known: Known, before: Given, given: Given) -> str:
    number = known.entry.number
    return f"{given.place}：问题{number}出现两次且填写不同（另见{before.place}），请只留一行"

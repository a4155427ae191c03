"""Which finding every row of a filled-in ledger is of, and one row for each: what stands twice is told once."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Engine

from mingcha.ledger.sheet import FilledLedger, FilledRow, Given
from mingcha.ledger.taken import Known
from reports.ledger.rows import kept_cells
from storage.database import reading
from storage.ledger.book import entries
from storage.numbers import number as number_of
from storage.queries import portals, subjects
from storage.renamed import number_in


@dataclass(frozen=True, slots=True)
class Matched:
    """One finding, the row that speaks of it, and what that was exported with, None where the file does not say."""

    known: Known
    row: FilledRow
    said: Mapping[str, str] | None


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
        written = unicodedata.normalize("NFKC", row.number).strip()
        number = self._now_called(written)
        portal = number.rpartition("-")[0]
        if number and portal not in self._homes:
            raise ValueError(f"问题编号“{number}”：网站“{portal or number}”在本数据库中没有核查记录，不是本辖区的台账")
        for name in [portal] if number else self._homes:
            self._portal(name)
        named, keyed = self._by_number.get(number), self._by_key.get(row.key)
        if not number:
            if keyed is None:
                raise ValueError("隐藏的“问题标识”列在本数据库中查不到，且“问题编号”为空")
            return keyed
        if named is None:
            raise ValueError(f"本数据库中没有问题“{number}”，请核对编号，或确认是否本辖区的台账")
        key = row.key if number == written else ""  # the key changes with the portal's id
        if key and named is not keyed:
            raise ValueError(
                f"问题编号“{number}”与隐藏的“问题标识”列不是同一个问题：是其他数据库的台账，或行被错位粘贴"
            )
        if not key and row.subject and row.subject != self._subjects[named.entry.fingerprint]:
            raise ValueError(
                f"问题编号“{number}”的问题页面不是“{row.subject[:60]}”：是其他数据库的台账，或行被错位粘贴"
            )
        return named

    def _now_called(self, written: str) -> str:
        """Returns the number a finding has now that was given out under an id its portal no longer has."""
        portal, _, digits = written.rpartition("-")
        if portal in self._homes or not digits.isdecimal():
            return written
        with reading(self._engine) as session:
            found = number_in(session, portal, int(digits))
        return number_of(*found) if found[0] in self._homes else written

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
        Matched(known[name], _once(known[name], several, said, filled.problems), said)
        for name, several in rows.items()
        for said in [_said(filled, name, several)]
    ]


def _said(filled: FilledLedger, fingerprint: str, rows: Sequence[FilledRow]) -> Mapping[str, str] | None:
    """Returns what the rows of a finding were exported with, under its fingerprint now or then."""
    kept = filled.head.said
    return next((kept[name] for name in (fingerprint, *(row.key for row in rows)) if name in kept), None)


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

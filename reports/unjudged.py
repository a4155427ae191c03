"""What a check could not say anything about, thing by thing: found in the rows of its sheet by their 结论.

A count tells nobody what to look at: whoever has to look needs the address and the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from msgspec import Struct

from checks.base import Meta
from portal.artifacts import Absence
from reports import words as shared
from storage.views import ResultView

_BEGINNING = "未能判定"
_NAMES = ("栏目路径", "链接文字", "标题或关键词", "文件标题", "解读标题", "域名")
_PAGE, _WHY, _RESULT = "父页面", "错误说明", "结论"


class Unjudged(Struct, frozen=True):
    """One thing a person has to look at: what it is called, where it is, on which page it stands, why no verdict."""

    name: str
    url: str
    page: str
    why: str


def unjudged(meta: Meta, result: ResultView) -> Iterator[Unjudged]:
    """Yields what the sheet of a check lists without a verdict, as far as its coverage counts it.

    A column whose page is a broken link, for one, is listed, and counted where links are. Not every check lists all.
    """
    left = reasons(result)
    keys = {column.header: column.key for column in meta.sheet.columns}
    addresses = [one.key for one in meta.sheet.columns if one.show == "url" and one.header != _PAGE]
    for row in result.rows:
        said = _cell(row, keys, _RESULT)
        if not said.startswith(_BEGINNING):
            continue
        why = said.removeprefix(_BEGINNING).lstrip("：") or _cell(row, keys, _WHY)
        if left.get(why, 0) > 0:
            left[why] -= 1
            name = next((name for header in _NAMES if (name := _cell(row, keys, header))), "")
            url = next((str(row[key]) for key in addresses if row.get(key)), "")
            yield Unjudged(name, url, _cell(row, keys, _PAGE), why)


def listed(meta: Meta | None, result: ResultView, most: int) -> tuple[list[Unjudged], list[tuple[str, str]]]:
    """Returns the first things of a check without a verdict, and how many more there are for each reason: 另有3项."""
    named = list(islice(unjudged(meta, result), most)) if meta is not None else []
    counts = Counter(one.why for one in named)
    rest = [(why, count - counts[why], counts[why]) for why, count in reasons(result).items()]
    return named, [(why, f"{'另有' if shown else ''}{left}项") for why, left, shown in rest if left > 0]


def reasons(result: ResultView) -> dict[str, int]:
    """Returns how many subjects have no verdict of tonight nor of a night before, by reason in Chinese."""
    found: dict[str, int] = {}
    for why, count in sorted(result.coverage.skipped.items()):
        if why != Absence.CARRIED:
            found[shared.reason(why)] = found.get(shared.reason(why), 0) + count
    return found


def _cell(row: Mapping[str, Any], keys: Mapping[str, str], header: str) -> str:
    value = row.get(keys[header]) if header in keys else None
    return str(value) if value not in (None, "") else ""

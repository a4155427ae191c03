"""Days a row tells loosely: as the days since (3天前), a month alone, forms that may as well be something else.

What is no day for certain is kept as text beside the item; `latest_day` says the latest it may mean. It serves where
neither list nor article nor address tells the day: whoever reads the list knows about when the item was published.
"""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from portal.dates import find_dates

_BOX = 40  # characters of the longest text that tells nothing else
_D, _M, _Y = r"(?P<d>\d{1,2})", r"(?P<m>\d{1,2})", r"(?P<y>(?:19|20)\d{2})"
# Days since, as applications write them; of what is longer than a day the least it may be.
_AGO = re.compile(
    r"[\[(（]?(?:(?:发布|发表|更新)[于：:]?\s*)?(?:(?P<word>刚刚|刚才|今天|今日|昨天|昨日|前天)"
    r"|(?P<n>\d{1,3})\s*(?P<unit>秒钟?|分钟|个?小时|天|日|周|个?星期|个?月|年)[以之]?前)(?:\s*\d{1,2}[:：]\d{2})?(?=[\])）\s]|$)"
)
_SINCE = {"昨天": 1, "昨日": 1, "前天": 2}
_SPANS = {"天": 1, "日": 1, "周": 7, "星期": 7, "个星期": 7, "月": 28, "个月": 28, "年": 365}
_MONTH = re.compile(rf"[\[(（]?{_Y}\s*[-/.年]\s*{_M}\s*(?:月份?)?[\])）]?")
_DAY = re.compile(r"[\[(（]?\d{1,2}\s*[日号][\])）]?")  # below the heading of its month
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"[\[(（]?{_Y}(?P<m>\d{{2}})(?P<d>\d{{2}})[\])）]?",  # 20261127, or a number
        rf"[\[(（]?{_M}[-/.]{_D}[-/.]{_Y}[\])）]?",  # 11/27/2026, or 27/11/2026
        rf"[\[(（]?(?P<y>\d{{2}})年{_M}月{_D}日[\])）]?",  # 26年11月27日
        # In other scripts: 2026-يىل 11-ئاينىڭ 20-كۈنى, 2026ལོའི་ཟླ་11ཚེས་20, 2026 оны 11 сарын 20, 2026년 11월 20일
        rf"{_Y}[^\d\u4e00-\u9fff]{{1,16}}{_M}[^\d\u4e00-\u9fff]{{1,16}}{_D}[^\d\u4e00-\u9fff]{{0,16}}",
    )
)
# An issue of a gazette: it tells the year alone. seen: covers, 2026年第9期（总第109号）, 教育简报2026年第5期
_ISSUE = re.compile(rf"{_Y}\s*年度?\s*(?:第\s*)?\d{{1,3}}\s*[期号]")
_ISSUE_AT_END = re.compile(rf"{_ISSUE.pattern}(?=\s*(?:[（(][^（）()]{{1,20}}[）)])?$)")
# At the ends of a title: the day of publication, or that of what it speaks of.
_ENDS = re.compile(
    r"[（(\[【](?:(?:19|20)\d{2}年)?\d{1,2}月\d{1,2}日[）)\]】]$|[（(\[【]\d{2}-\d{2}[）)\]】]$|^\d{1,2}[/-]\d{1,2}(?=\s)"
)


class Piece(msgspec.Struct, frozen=True, gc=False):
    """One piece of text of a row: the number of the link it is in, -1 without one, and of the cell it is in."""

    text: str
    anchor: int
    cell: int


class ItemDay(NamedTuple):
    """The day of an item as its row tells it, the text that does, and how many dates stand in the row."""

    date: dt.date | None
    text: str
    dates: int


def loose_day(pieces: Sequence[Piece], main: int, reference: dt.date | None) -> ItemDay:
    """Returns the day of a row that tells it as the days since, counted back from `reference`; without a day, but with
    the text, where a box of its own tells it loosely."""
    for text in [piece.text for piece in pieces if len(piece.text) <= _BOX and piece.anchor != main]:
        if reference is not None and (match := _AGO.match(text)):
            days = _SINCE.get(match["word"] or "", 0) or int(match["n"] or 0) * _SPANS.get(match["unit"] or "", 0)
            return ItemDay(reference - dt.timedelta(days=days), match[0], 1)
        if _MONTH.fullmatch(text) or _DAY.fullmatch(text) or any(form.fullmatch(text) for form in _FORMS):
            return ItemDay(None, text, 0)
    return ItemDay(None, "", 0)


def told_in_title(title: str) -> str:
    """Returns the day that stands at an end of a title as it is written, "" without one."""
    match = _ENDS.search(title)
    return match[0] if match is not None else ""


def issue_in_title(title: str) -> str:
    """Returns the issue a title is the name of (2026年第9期), "" where it is none: whoever reads it knows its year."""
    match = _ISSUE.match(title.strip()) or _ISSUE_AT_END.search(title.strip())
    return match[0] if match is not None else ""


def latest_day(told: str, as_of: dt.date) -> dt.date | None:
    """Returns the latest day not after `as_of` that a text may mean; the first of them to come where all are later,
    None where it means none. A month means its last day, of this month today, and an issue that of its year."""
    days = sorted(_meant(told, as_of))
    return next((day for day in reversed(days) if day <= as_of), days[0] if days else None)


def day_in_month(told: str, year: int, month: int) -> dt.date | None:
    """Returns the day a text names that stands below the heading of its month (27日), None where it names none."""
    digits = "".join(filter(str.isdecimal, told)) if _DAY.fullmatch(told) else ""
    return _day(year, month, int(digits)) if digits else None


def _meant(told: str, as_of: dt.date) -> Iterator[dt.date]:
    if match := _MONTH.fullmatch(told):
        year, month = int(match["y"]), int(match["m"])
        if 1 <= month <= 12:
            yield (
                as_of
                if (year, month) == (as_of.year, as_of.month)
                else dt.date(year, month, monthrange(year, month)[1])
            )
        return
    if match := _ISSUE.fullmatch(told):
        yield min(as_of, dt.date(int(match["y"]), 12, 31))
        return
    for form in _FORMS:
        if match := form.fullmatch(told):
            year, month, day = (int(match[part]) for part in "ymd")
            year += 2000 if year < 100 else 0
            yield from filter(None, {_day(year, month, day), _day(year, day, month) if "/" in told else None})
    yield from (hit.date for hit in find_dates(told, reference=as_of)[:1])


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None

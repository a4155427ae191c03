"""Dates as pages write them -> calendar days (Asia/Shanghai, as printed; times of day are dropped).

A year is never guessed: forms without one (12-29) are only read where the caller gives a reference day, and then mean
the last such day not after it.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from portal.zone import CHINA

_CELL = 40  # characters of a text that is worth remembering with its dates: lists repeat theirs on every page
_FIRST_SITES = dt.date(1995, 1, 1)  # no address is older
EARLIEST = dt.date(1949, 10, 1)  # laws and regulations are listed with their own dates


class DateMatch(NamedTuple):
    """One date in a text: where it stands (of the text as given) and the day."""

    start: int
    end: int
    date: dt.date


DATED = re.compile(r"\d|年")  # without either a text holds no date
_NUMERALS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "O": 0, "０": 0, "两": 2, "元": 1}
_SEP = r"[-/.年‐‑‒–—−－／．]"
_SEP2 = r"[-/.月‐‑‒–—−－／．]"
_DAY_END = r"(?:(?!\d)|(?=\d{2}\s*[:：∶︰時时]))"  # 2024-09-1009:24 is written without a blank, too
_NO_DAY = "月|季度|期(?![限间满末])"  # behind two numbers of a year: 2025年1—8月, 1-3季度, 2026年1-2期
_PLAIN = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}")  # most dates of lists
_PLAIN_FIRST = re.compile(
    rf"{_PLAIN.pattern}(?![\d日号]|[\s\u200b\ufeff]+[日号]|{_NO_DAY})"
)  # and nothing more of a date behind it
_FULL = re.compile(
    rf"(?<![\d.])(?P<y>(?:19|20)\d{{2}})\s*(?:{_SEP}+\s*|\s)(?P<m>0?[1-9]|1[0-2])\s*{_SEP2}\s*"
    rf"(?P<d>[12]\d|3[01]|0?[1-9]){_DAY_END}(?!{_NO_DAY})(?:\s*[日号])?"
)
_HAN = re.compile(  # 二〇二六年七月十七日, and 2026年七月十七日
    r"(?P<y>[〇○零一二三四五六七八九O０]{4}|(?<!\d)(?:19|20)\d{2})\s*年\s*(?P<m>[一二三四五六七八九十元]{1,3})\s*月\s*"
    r"(?P<d>[一二三四五六七八九十]{1,3})\s*[日号]"
)
_HAN_MONTH = re.compile("年\\s*[一二三四五六七八九十元]")  # no such date is without it
# Day and year-month in two elements: 02 | 2022-12, 18 | / 2026-09
_DAY_FIRST = re.compile(
    rf"(?<![\d:：./-])(?P<d>[12]\d|3[01]|0?[1-9])日?\s+(?:/\s*)?(?P<y>(?:19|20)\d{{2}})\s*{_SEP}\s*(?P<m>0?[1-9]|1[0-2])月?"
    rf"(?!\d|\s*{_SEP2}\s*\d)"
)
# Month-day, then the year: 12-29 | 2020
_YEAR_LAST = re.compile(
    r"(?<![\d:：./-])(?P<m>0?[1-9]|1[0-2])[-/.月](?P<d>[12]\d|3[01]|0?[1-9])日?\s+(?P<y>(?:19|20)\d{2})年?(?![\d\-/.:：])"
)
_JAVA = re.compile(  # Tue Sep 10 09:24:00 CST 2024, as Java prints a date nobody formatted
    r"\b(?P<mon>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?\s+(?P<d>\d{1,2}),?\s+"
    r"(?:\d{1,2}:\d{2}:\d{2}\s+[A-Z]{3,5}\s+)?(?P<y>(?:19|20)\d{2})\b"
)
_ENGLISH = re.compile(  # 17 July 2026, 17th Jul. 2026, 17-Jul-2026, as foreign editions write it
    r"(?<![\d.:/-])(?P<d>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?[\s-]+"
    r"(?P<mon>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?,?[\s-]+(?P<y>(?:19|20)\d{2})(?!\d)"
)
# 26-11-18: only where the caller knows that a date stands there (alone in a row of a list, behind 发布时间).
_SHORT = re.compile(
    r"(?<![\d\-/.:：])(?P<y>[0-4]\d)(?P<sep>[-/.])(?P<m>0[1-9]|1[0-2])(?P=sep)(?P<d>[12]\d|3[01]|0[1-9])(?:(?![\d\-/.])|(?=\d{2}:\d{2}))"
)
_AMERICAN = re.compile(
    r"^\s*(?P<m>0?[1-9]|1[0-2])/(?P<d>[12]\d|3[01]|0?[1-9])/(?P<y>(?:19|20)\d{2}),"
)  # 9/30/2019, 7:35:00 AM
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
_MONTH = re.compile("|".join(_MONTHS[at : at + 3] for at in range(0, len(_MONTHS), 3)))
_COMPACT = re.compile(
    r"(?<![\d.])(?P<y>(?:19|20)\d{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?=\D|$|\d{6}(?!\d))"
)
_NO_YEAR = re.compile(  # 第1/12页 counts pages: an empty column was said to have a row of 12 January
    r"(?<![\d:：./年\-–—－第])(?:(?P<m>0?[1-9]|1[0-2])[-/－](?P<d>[12]\d|3[01]|0?[1-9])(?![\d\-/.:：－%]|\s*[页頁条])"
    r"|(?P<m2>0?[1-9]|1[0-2])\s*月\s*(?P<d2>[12]\d|3[01]|0?[1-9])\s*日"
    r"|(?<=[\[(（【])(?P<m3>0?[1-9]|1[0-2])\.(?P<d3>[12]\d|3[01]|0?[1-9])(?=[\])）】]))"
)
_URL = (
    re.compile(r"[/_]t?(?P<y>(?:19|20)\d{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?=[_/.\-?#]|$)"),
    re.compile(r"/(?P<y>(?:19|20)\d{2})[/\-]?(?P<m>0?[1-9]|1[0-2])[/\-](?P<d>0?[1-9]|[12]\d|3[01])(?=[/_.\-?#]|$)"),
    # As DedeCMS writes them: /a/2026/1120/14.html
    re.compile(r"/(?P<y>20\d{2})/(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])/(?=\d+\.)"),
)
_MONTH_FOLDER = re.compile(r"/(?P<y>(?:19|20)\d{2})[/-]?(?P<m>0[1-9]|1[0-2])/")


def find_dates(
    text: str,
    *,
    reference: dt.date | None = None,
    short: bool = False,
) -> list[DateMatch]:
    """Returns every date in the text in order of appearance, without overlaps.

    Dates before EARLIEST are left out. Forms without a year are read only with a `reference` day, those
    with two digits of it (26-11-18, of this century) only with `short`.
    """
    if not DATED.search(text):
        return []
    if len(text) <= _CELL:
        return list(_found_in(text, reference, short))
    return _find(text, reference, short)


@lru_cache(maxsize=2048)
def _found_in(text: str, reference: dt.date | None, short: bool) -> tuple[DateMatch, ...]:
    return tuple(_find(text, reference, short))


def _find(text: str, reference: dt.date | None, short: bool) -> list[DateMatch]:
    if _PLAIN.fullmatch(text) and (plain := _plain_day(text)) is not None:
        return [DateMatch(0, len(text), plain)] if plain >= EARLIEST else []
    folded = _fold(text)
    found: list[DateMatch] = []
    for pattern in _forms(folded, short):
        for match in pattern.finditer(folded):
            day = _day_of(match)
            if day is not None:
                found.append(DateMatch(match.start(), match.end(), day))
    if reference is not None:
        found.extend(_without_year(folded, reference))
    found.sort(key=lambda hit: (hit.start, -hit.end))
    result: list[DateMatch] = []
    for hit in found:
        if (not result or hit.start >= result[-1].end) and hit.date >= EARLIEST:
            result.append(hit)
    return result


def _forms(folded: str, short: bool) -> Iterator[re.Pattern[str]]:
    """Yields the forms of dates that may be in a text: most texts lack what all but few of them need."""
    year = "20" in folded or "19" in folded
    if year:
        yield _FULL
    if _HAN_MONTH.search(folded):
        yield _HAN
    if year:
        yield _DAY_FIRST
        yield _YEAR_LAST
        if _MONTH.search(folded):
            yield _JAVA
            yield _ENGLISH
    if short:
        yield _SHORT


def _plain_day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def first_date(text: str, *, reference: dt.date | None = None, short: bool = False) -> DateMatch | None:
    """Returns the first date in the text, None without one; see `find_dates`."""
    if (
        (plain := _PLAIN_FIRST.match(text)) is not None
        and (day := _plain_day(plain[0])) is not None
        and day >= EARLIEST
    ):
        return DateMatch(0, plain.end(), day)
    return next(iter(find_dates(text, reference=reference, short=short)), None)


def parse_date(text: str) -> dt.date | None:
    """Returns the first date of a text that is meant to hold one (a meta value, a table cell), None without one.

    Reads the compact form 20240910, too, which is too easily a number elsewhere.
    """
    if (found := first_date(text)) is not None:
        return found.date
    match = _COMPACT.search(_fold(text)) or _AMERICAN.match(text)
    day = _day_of(match) if match else None
    return day if day is not None and day >= EARLIEST else None


def machine_date(value: str) -> dt.date | None:
    """Returns the day in Asia/Shanghai that the attribute `datetime` of a <time> means (HTML, valid date strings), None
    where it is no day: a time with an offset may fall on the next one."""
    try:
        moment = dt.datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return (moment.astimezone(CHINA) if moment.tzinfo else moment).date()


def date_from_url(url: str) -> dt.date | None:
    """Returns the day an address carries (/202411/t20241118_1.html, /art/2020/12/29/, /2022/08-11/), or None.

    Month folders alone (/202302/) carry no day.
    """
    path = url.split("?", 1)[0]
    for pattern in _URL:
        for match in pattern.finditer(path):
            day = _day_of(match)
            if day is not None and day >= _FIRST_SITES:
                return day
    return None


def near_by_url(url: str) -> dt.date | None:
    """Returns the day an address carries, the middle of the month where its folder is a month (/202302/, /2023/02/),
    None where it carries neither."""
    day = date_from_url(url)
    if day is None and (match := _MONTH_FOLDER.search(url.partition("?")[0])):
        return dt.date(int(match["y"]), int(match["m"]), 15)
    return day


def _fold(text: str) -> str:
    """Full-width digits to half-width and every blank to a plain one; the length stays, so positions hold."""
    for blank in _BLANKS:
        if blank in text:
            text = text.replace(blank, " ")
    return text.translate(_HALF_WIDTH) if _FULL_WIDTH.search(text) else text


_BLANKS = "\u00a0\u2002\u2003\u3000\u200b\ufeff\u2009\t\r\n"
_HALF_WIDTH = {0xFF10 + n: str(n) for n in range(10)}
_FULL_WIDTH = re.compile("[\uff10-\uff19]")


def _day_of(match: re.Match[str]) -> dt.date | None:
    parts = match.groupdict()
    try:
        month = _MONTHS.index(parts["mon"]) // 3 + 1 if parts.get("mon") else _number(parts["m"])
        return dt.date(_year(parts["y"]), month, _number(parts["d"]))
    except ValueError:
        return None


def _year(text: str) -> int:
    if text.isdecimal():
        return int(text) if len(text) == 4 else 2000 + int(text)
    return int("".join(str(_NUMERALS[c]) for c in text))


def _number(text: str) -> int:
    if text.isdecimal():
        return int(unicodedata.normalize("NFKC", text))
    if text == "元":
        return 1
    tens, ten, ones = text.rpartition("十")
    if not ten:
        if len(text) > 1:
            raise ValueError(text)
        return _NUMERALS[ones]
    if len(tens) > 1 or len(ones) > 1 or "十" in tens:
        raise ValueError(text)
    return (_NUMERALS[tens] if tens else 1) * 10 + (_NUMERALS[ones] if ones else 0)


def _without_year(folded: str, reference: dt.date) -> list[DateMatch]:
    found: list[DateMatch] = []
    for match in _NO_YEAR.finditer(folded):
        month = int(match["m"] or match["m2"] or match["m3"])
        day = int(match["d"] or match["d2"] or match["d3"])
        for year in range(reference.year, reference.year - 9, -1):  # 29 February may be up to eight years back
            try:
                candidate = dt.date(year, month, day)
            except ValueError:
                continue
            if candidate <= reference:
                found.append(DateMatch(match.start(), match.end(), candidate))
                break
    return found

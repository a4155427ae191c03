"""The day of an item among the texts of its row: beside its title, in an element of its own inside the link, or in
brackets at the very end of it. A date that is part of the title is none."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from portal.dates import DATED, find_dates, machine_date, near_by_url
from portal.loose_days import ItemDay, Piece, loose_day, told_in_title
from portal.markup import Tag
from portal.vocabulary import any_of, load
from portal.years import WAITING

_ITEMS: Mapping[str, Any] = load("lists")["items"]
_GOOD = re.compile(any_of(_ITEMS["good"]))
_LATE = re.compile(any_of(_ITEMS["late"]))
_LABEL_BEHIND = re.compile(rf"\s?(?:{any_of([*_ITEMS['good'], *_ITEMS['renewed']])})(?![^\s]*[:：])")
_TIME = r"(?:[\sT]*\d{1,2}\s*[:：∶时]\s*\d{1,2}(?:\s*[:：∶分]\s*\d{0,2})?\s*[秒分]?)?"
_LABEL = r"(?:[^\d\s]{0,8}?(?:时间|日期|日间|日)\s*[:：]?\s*[\[\(（【]?\s*)?"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?"
_DAY = (
    r"(?:(?:19|20)\d{2}\s*[-/.年－]+\s*\d{1,2}\s*[-/.月－]\s*\d{1,2}\s*[日号]?|\d{2}[-/.]\d{2}[-/.]\d{2}|\d{1,2}\s*[-/.－]\s*\d{1,2}|\d{1,2}\s*月\s*\d{1,2}\s*日?"
    r"|\d{1,2}\s+(?:19|20)\d{2}[-/.年]\d{1,2}月?|\d{1,2}[-/.]\d{1,2}\s+(?:19|20)\d{2}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?[\s-]+{_MONTH},?[\s-]+(?:19|20)\d{{2}}|{_MONTH}\s+\d{{1,2}},?\s+(?:19|20)\d{{2}}"
    r"|(?:[〇○零一二三四五六七八九]{4}|(?:19|20)\d{2})\s*年\s*[一二三四五六七八九十元]{1,2}\s*月\s*[一二三四五六七八九十]{1,3}\s*[日号])"
)
ONLY_DATE = re.compile(rf"^[\[\(（【\s]*{_LABEL}{_DAY}{_TIME}[\]\)）】\s]*$")
_PART = re.compile(r"[\[\(（]?[\d\s年月日./\-]{1,10}[\]\)）]?")  # of a date in several elements
_TRAILING = re.compile(
    rf"(?:[\[\(（【]\s*(?:19|20)\d{{2}}\s*[-/.]\s*\d{{1,2}}\s*[-/.]\s*\d{{1,2}}{_TIME}\s*[\]\)）】]"
    rf"|\s(?:19|20)\d{{2}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}{_TIME})\s*$"
)
_LEADING = re.compile(rf"^\s*[\[\(（【]?(?:19|20)\d{{2}}-\d{{1,2}}-\d{{1,2}}{_TIME}[\]\)）】]?\s+")
ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\u3000]+")
_DOTTED = re.compile(r"\s*(\d{1,2})(?:\.|\s*月\s*)(\d{1,2})\s*")  # 10.11: a day only where the address has one near it
_D, _M, _Y = r"(?P<d>0?[1-9]|[12]\d|3[01])", r"(?P<m>0?[1-9]|1[0-2])", r"(?P<y>(?:19|20)\d{2})"
_DAY_BOXES = tuple(  # of a day in several elements, nothing else beside it: 2026.09 | 10, 10 | 9月 | 2026
    re.compile(form)
    for form in (
        rf"{_Y}\s*[-/.年]\s*{_M}\s*月?\s+{_D}日?",
        rf"{_D}日?\s+{_M}\s*月\s+{_Y}年?",
        rf"{_M}\s*月\s*{_D}日?\s+{_Y}年?",
        rf"{_Y}年?\s+{_M}\s*月\s+{_D}日?",
    )
)
_SPOKEN = re.compile(r"(?:发布|发文|公开|公布|添加)(?:时间|日期)\s*[:：]\s*")  # in the hint of a link
_PROSE = re.compile(r"[。；！？]|[，,].{12}")  # a sentence of a summary, whatever its length
_LABELLED = re.compile(r"(?:时间|日期|发布|公开|公布|印发|发文|更新)\s*[:：]")
_TERM = re.compile(r"\s*(?:之前|以前|前|起|止|至|到|为止|截止|截至)")  # behind a day that is a term
_TO = re.compile(r"\s*(?:至|到|[-—~～－]{1,2})\s*")  # between the days of a span
_SHORTEST_OTHER = 12  # characters of another link from which it is no part of a date: 12-20 | 2024年第一批……的公告
_PIECE = 12  # characters of part of a date in an element of its own
_LABELLED_GOOD, _PLAIN, _LABELLED_LATE, _TOLD = range(4)  # ranks of a day: by its label, without one, in a sentence
_BOX = 20  # characters of such a day
_HINT = 400  # characters of the hint of a link that are looked at
SUMMARY = 44  # a piece of text longer than this is a summary, not a byline


def day_of(
    pieces: Sequence[Piece],
    main: int,
    headers: Sequence[str],
    url: str,
    reference: dt.date | None,
) -> ItemDay:
    """Returns the day of the item whose title is the link `main`: by the label before it, the head of its column, its
    place in the row.

    `url` serves dates without a year, else `reference` does.
    """
    if not DATED.search("\n".join([piece.text for piece in pieces])):
        return loose_day(pieces, main, reference)
    runs, sentences = _runs(pieces, main, headers)
    if (found := _best(runs, sentences, url, reference)) is not None:
        return found
    for text, _ in runs:
        if (boxed := _boxed(text)) is not None:
            return ItemDay(boxed, text.strip(), 1)
    return loose_day(pieces, main, reference)


def _runs(
    pieces: Sequence[Piece], main: int, headers: Sequence[str]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Returns the texts of a row that may tell its day, each with the head of its column: what stands side by side in
    a cell is one; and the sentences of a summary, which have none."""
    runs: list[tuple[str, str]] = []
    sentences: list[tuple[str, str]] = []
    current: list[str] = []
    cell = -2
    for piece in pieces:
        text = _shortened(piece.text) if len(piece.text) > SUMMARY else piece.text
        inside = piece.anchor == main
        usable = _alone(text) if inside else _beside(text)
        if usable and not inside and _PROSE.search(text) and not _LABELLED.search(text):
            sentences.append((text, ""))
            usable = False
        apart = not inside and piece.anchor >= 0 and len(text) > _SHORTEST_OTHER
        if not usable or piece.cell != cell or apart:
            if current:
                runs.append((" ".join(current), headers[cell] if 0 <= cell < len(headers) else ""))
                current = []
            cell = -2 if apart else piece.cell
        if usable:
            current.append(text)
    if current:
        runs.append((" ".join(current), headers[cell] if 0 <= cell < len(headers) else ""))
    return runs, sentences


def _shortened(text: str) -> str:
    """Returns a long text without addresses, for results write address and day on one line, or the day it ends with."""
    text = ADDRESS.sub(" ", text).strip()
    if len(text) > SUMMARY and (trailing := _TRAILING.search(text)):
        return trailing[0].strip()
    return text


def _alone(text: str) -> bool:
    """Returns whether a text inside the link of the title is a day and nothing else, or part of one in several
    elements."""
    if DATED.search(text) is not None and ONLY_DATE.match(text) is not None:
        return True
    return len(text) <= _PIECE and _PART.fullmatch(text) is not None


def _beside(text: str) -> bool:
    """Returns whether a text outside of that link is short as a byline is, or says by its label or its form that it is
    a day."""
    return len(text) <= SUMMARY or _GOOD.search(text[:6]) is not None or ONLY_DATE.match(text) is not None


def _best(
    runs: list[tuple[str, str]], sentences: list[tuple[str, str]], url: str, reference: dt.date | None
) -> ItemDay | None:
    """Returns the day with the best label of a row, the first of equals; days in sentences come last. None without."""
    best: tuple[int, int, dt.date, str] | None = None
    count = 0
    for order, (text, head) in enumerate(runs + sentences):
        told = order >= len(runs)
        hits = find_dates(text)
        if not hits and ONLY_DATE.match(text):
            hits = find_dates(text, short=True)
        if not hits:
            hits = _yearless(text, url, reference)
        if told:
            # The day that opens a summary is that of the event, of use where the row has no other: never a term.
            hits = [hit for hit in hits[:1] if not text[: hit.start].strip() and not _TERM.match(text, hit.end)]
        previous, rank = 0, _PLAIN
        behind = bool(hits) and not text[: hits[0].start].strip() and _LABEL_BEHIND.match(text, hits[0].end) is not None
        for hit in hits:
            count += 1
            before = text[max(previous, hit.start - 8) : hit.start]
            label = (text[hit.end : hit.end + 4] if behind else before) + head
            # The end of a span is no better than its beginning: 有效期：2024-05-06至2029-05-05.
            if not previous or not _TO.fullmatch(text, previous, hit.start):
                rank = _TOLD if told else _rank(label)
            previous = hit.end
            if best is None or (rank, order) < (best[0], best[1]):
                best = (rank, order, hit.date, text[hit.start : hit.end])
    return ItemDay(best[2], best[3].strip(), count) if best is not None else None


def _rank(label: str) -> int:
    """Returns how well the words beside a day speak for it as that of publication: the less, the better."""
    if label and _GOOD.search(label):
        return _LABELLED_GOOD
    return _LABELLED_LATE if label and _LATE.search(label) else _PLAIN


def _boxed(text: str) -> dt.date | None:
    for form in _DAY_BOXES if len(text) <= _BOX else ():
        if match := form.fullmatch(text.strip()):
            try:
                return dt.date(int(match["y"]), int(match["m"]), int(match["d"]))
            except ValueError:
                continue
    return None


def _yearless(text: str, url: str, reference: dt.date | None) -> list[Any]:
    """Returns the dates without a year in a text: of the year that brings them next to the day in the address, which
    differs by the days a text waits; where none does, the last such days before the reference."""
    by_url = near_by_url(url) if url else None
    if by_url is not None:
        hits = list(find_dates(text, reference=by_url + WAITING))
        if not hits and (dotted := _DOTTED.fullmatch(text)):
            told = find_dates(f"[{dotted[1]}.{dotted[2]}]", reference=by_url + WAITING)
            hits = [hit._replace(start=0, end=len(text)) for hit in told]
        if hits and abs(hits[0].date - by_url) <= WAITING:
            return hits
    return list(find_dates(text, reference=reference)) if reference is not None else []


def day_by_title(title: str, hint: str, day: ItemDay) -> tuple[str, ItemDay]:
    """Returns title and day of an item where its title, or the hint of its link, ends or begins with a day: that is the
    item's where the row tells none, and no part of the title where it is the same."""
    date, date_text, dates = day
    if date is None and (spoken := _SPOKEN.search(hint[:_HINT])):
        # Only the hint of the link says the day: 标题：…… 发布时间：2026-09-10.
        hits = find_dates(hint[spoken.end() : spoken.end() + _BOX])
        if hits and hits[0].start == 0:
            date, date_text, dates = hits[0].date, str(hits[0].date), 1
    trailing = _TRAILING.search(title) if not title[-1].isalpha() or title[-1] in "分秒" else None
    if trailing and date is None:
        hits = find_dates(trailing[0])
        if hits:
            date, date_text = hits[0].date, trailing[0].strip()
    if trailing and date is not None and trailing.start() > 1:
        hits = find_dates(trailing[0])
        if hits and hits[0].date == date:
            title = title[: trailing.start()].strip()
    if date is None and not date_text:
        date_text = told_in_title(title)
    leading = _LEADING.match(title)
    if leading and date is None and len(title) > leading.end() + 3:
        hits = find_dates(leading[0])
        if hits:
            date, date_text, title = hits[0].date, leading[0].strip(), title[leading.end() :].strip()
    return title, ItemDay(date, date_text, dates)


def day_meant(tag: Tag, text: str) -> str:
    """Returns the text of a <time>, or the day it means where the text does not tell it (11月 28, 3天前)."""
    day = machine_date(tag.attribute("datetime")) if not find_dates(text) else None
    return text if day is None else day.isoformat()

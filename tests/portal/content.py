"""What every site is made of: columns and items, and how a search engine of its own would find them."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote_to_bytes

import chinese_calendar


@dataclass(slots=True)
class Paper:
    """What makes an item an official document."""

    issuer: str
    number: str  # 文号
    written: dt.date
    index_no: str
    published: dt.date | None = None  # as the table says; None: the item's date


@dataclass(slots=True)
class Item:
    """One published item."""

    title: str
    date: dt.date
    path: str  # absolute path on its host
    body: str  # HTML
    column: Column
    source: str = ""
    files: list[tuple[str, str]] = field(default_factory=list)  # (text, path)
    after: str = ""  # HTML behind the body
    paper: Paper | None = None
    listed: str = "date"  # how the list dates it: date, none, other text
    dated: bool = True  # the article itself says when it was published
    pinned: bool = False
    label: str = ""  # words before the title in a search result
    state: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Column:
    """One column with its items, newest first."""

    path: str  # directory, with both slashes
    name: str
    parent: Column | None = None
    form: str = "list"  # list, index, single, or a template of the site's own
    items: list[Item] = field(default_factory=list)
    children: list[Column] = field(default_factory=list)
    html: str = ""  # content of a single page
    note: str = ""  # words above or instead of the list

    def trail(self) -> list[Column]:
        """Returns the way from the top to this column, both included."""
        return [*(self.parent.trail() if self.parent else []), self]


def days(as_of: dt.date, newest: int, count: int, step: int) -> list[dt.date]:
    """Returns `count` dates, the newest `newest` days before `as_of`, then `step` days apart with some unevenness."""
    uneven = (0, 1, -1, 0, 1)
    return [
        as_of - dt.timedelta(days=newest + at * step + (uneven[at % 5] if at and step > 2 else 0))
        for at in range(count)
    ]


def make_up_days(as_of: dt.date) -> tuple[dt.date, dt.date, dt.date]:
    """Returns (published, the third working day after, the fourth) where the third is a weekend day people work on.

    The latest such stretch that lies before `as_of` and in a year whose holidays are published (国务院办公厅 notices).
    """
    last = min(as_of - dt.timedelta(days=5), max(chinese_calendar.holidays))
    day = last
    while not (day.weekday() >= 5 and chinese_calendar.is_workday(day)):
        day -= dt.timedelta(days=1)
    third, start, back = day, day, 0
    while back < 3:
        start -= dt.timedelta(days=1)
        back += chinese_calendar.is_workday(start)
    after = third + dt.timedelta(days=1)
    while not chinese_calendar.is_workday(after):
        after += dt.timedelta(days=1)
    return start, third, after


_TAG = re.compile(r"<[^>]+>")


def plain(html: str) -> str:
    """Returns the text of an HTML fragment."""
    return re.sub(r"\s+", "", _TAG.sub("", html))


def folded(text: str) -> str:
    """Returns what a search engine compares: half width, lower case, letters and digits only."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())


def ranked(items: list[Item], words: str) -> list[Item]:
    """Returns the items that a search for `words` finds, best first: title, then common pairs of characters."""
    wanted = folded(words)
    if len(wanted) < 2:
        return []
    pairs = {wanted[at : at + 2] for at in range(len(wanted) - 1)}
    scored: list[tuple[float, str, Item]] = []
    for item in items:
        title = folded(item.title)
        if wanted == title:
            score = 100.0
        elif wanted in title:
            score = 50.0
        else:
            score = sum(pair in title for pair in pairs) / len(pairs)
        if score >= 0.34:
            scored.append((-score, item.path, item))
    return [item for _, _, item in sorted(scored, key=lambda s: s[:2])]


def query_of(raw: str) -> dict[str, str]:
    """Returns the fields of a raw query or form, decoded as UTF-8 where it is, else as GB18030."""
    fields: dict[str, str] = {}
    for name, value in parse_qsl(raw, keep_blank_values=True, encoding="latin-1"):
        data = unquote_to_bytes(quote(value, safe="", encoding="latin-1"))
        try:
            fields[name] = data.decode("utf-8")
        except UnicodeDecodeError:
            fields[name] = data.decode("gb18030", "replace")
    return fields

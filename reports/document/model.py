"""A document for people as plain values: what it says and in which order, never how it is drawn.

    Document ── blocks: Heading, Paragraph, Table, Form, Figure, Annex, Signature

`reports.document.as_docx` and `reports.document.as_html` draw the same document; nothing is worded twice. Its look is
data (reports/layout.toml, after GB/T 9704-2012). Texts of pages go through `clean` when they are drawn; no address
becomes a link, so that nobody opens by a slip what a finding accuses.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

_DIGITS = "〇一二三四五六七八九"
# Not text: control characters, halves of pairs, non-characters, and what turns the direction of writing.
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
LONG = re.compile("[!-~]{24,}")  # an address or checksum in a text, as long as half a line


class Style(StrEnum):
    """What a paragraph is."""

    BODY = "body"  # first line indented by two characters
    FLUSH = "flush"  # 顶格: whom it is addressed to
    CENTRE = "centre"
    NOTE = "note"  # small, below a table


class Align(StrEnum):
    """How a table's column stands."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Heading:
    """层次序数: level 1 一、 level 2 （一） level 3 1. The number is part of the text."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph; `lead` stands before the text in the face of second headings."""

    text: str
    style: Style = Style.BODY
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table; widths are shares of the table's width."""

    title: str
    width: float
    align: Align = Align.LEFT


@dataclass(frozen=True, slots=True)
class Table:
    """Rows below a head that is repeated on every page. Every row has as many cells as there are columns."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Form:
    """Labels and what stands beside them; an empty value is a blank to be filled in by hand, `lines` high."""

    rows: tuple[tuple[str, str], ...]
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture (PNG or JPEG), `size` its width and height in pixels, and what it shows."""

    data: bytes
    media_type: str
    size: tuple[int, int]
    caption: str


@dataclass(frozen=True, slots=True)
class Annex:
    """The beginning of an annex: on a new page 附件1, and its title; `wide` lays its pages across."""

    label: str
    title: str
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """落款: who issues, when; `lines` are further lines (联系人, 电话) below."""

    unit: str
    date: str
    lines: tuple[str, ...] = ()


Block = Heading | Paragraph | Table | Form | Figure | Annex | Signature


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document. `number` is its 发文字号, "" where it has none; `mark` is drawn above it (草稿)."""

    title: str
    blocks: tuple[Block, ...]
    number: str = ""
    mark: str = ""
    author: str = ""
    made: dt.datetime = field(default_factory=lambda: dt.datetime(2000, 1, 1, tzinfo=dt.UTC))


def clean(text: str) -> str:
    """Returns the text without characters a document cannot hold or a reader would not see; line ends stay."""
    return _UNFIT.sub("", text)


def numeral(number: int) -> str:
    """Returns a number from 1 to 99 in Chinese: 1 -> 一, 12 -> 十二, 20 -> 二十."""
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十") + (_DIGITS[ones] if ones else "")


def first(number: int, text: str) -> Heading:
    """Returns a heading of the first level: 一、text."""
    return Heading(1, f"{numeral(number)}、{text}")


def second(number: int, text: str) -> Heading:
    """Returns a heading of the second level: （一）text."""
    return Heading(2, f"（{numeral(number)}）{text}")


def third(number: int, text: str) -> Heading:
    """Returns a heading of the third level: 1. text."""
    return Heading(3, f"{number}. {text}")


def table(columns: Sequence[Column], rows: Sequence[Sequence[object]]) -> Table:
    """Returns a table of anything that can be written as text; None is an empty cell."""
    return Table(tuple(columns), tuple(tuple("" if cell is None else str(cell) for cell in row) for row in rows))


def shortened(text: str, length: int) -> str:
    """Returns the text, cut at a length in characters where it is longer; the ledger has it whole."""
    return text if len(text) <= length else f"{text[: length - 1]}…"

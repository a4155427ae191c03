"""What stands above a byline or a metadata table, in it, or in several lines: titles that no element holds alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from lxml import etree

from portal.dates import first_date
from portal.documents import document_name, document_span, document_top
from portal.flow import Flow
from portal.heads import is_site_name, segments
from portal.html import Document, squeeze
from portal.text import doc_numbers, fold_title
from portal.vocabulary import any_of, words

_BESIDE_A_DATE = ("浏览", "点击", "阅读", "作者", "编辑", "字体", "字号")
_BEFORE_WORD = 45  # characters of a byline before the word that tells it
_LONGEST = 120  # characters of a line of a title
_NEXT = 400  # characters below centred lines in which running text begins
_RUNNING = 40  # characters of a line of running text
_PROSE = re.compile(r"[，。；！？]")
_LINES = 3  # lines above and below that belong to a title in several


def called_in_table(doc: Document, flow: Flow) -> tuple[str, etree._Element | None]:
    """Returns the name the metadata table gives the document, and the element below the table, else in it, that shows
    it."""
    name = document_name(doc)
    if len(name) < 6:
        return "", None
    begin = flow.text.find(name, document_span(doc)[1])
    begin = begin if begin >= 0 else flow.text.find(name)
    return name, _holder(flow, begin, name)


def above_byline(doc: Document, flow: Flow, meta: Mapping[str, str]) -> tuple[str, etree._Element | None]:
    """Returns the line above the first line that reads like a byline: 发布时间：2024-01-02 来源：某局 浏览次数."""
    byline = first_byline(flow.text, document_span(doc)[1])
    if byline is None:
        return "", None
    return _line_above(flow, byline.start(), meta)


def above_table(doc: Document, flow: Flow, meta: Mapping[str, str]) -> tuple[str, etree._Element | None]:
    """Returns the line above the metadata table."""
    begin = document_top(doc)
    return _line_above(flow, begin, meta) if begin else ("", None)


def _line_above(flow: Flow, end: int, meta: Mapping[str, str]) -> tuple[str, etree._Element | None]:
    """Returns the last of the three lines before a position that may be a title, and the element that shows it."""
    lines = [line for line in flow.text[:end].rstrip("\n").split("\n")[-3:] if line.strip()]
    for line in reversed(lines):
        text = squeeze(line)
        if not 6 <= len(text) <= 120 or re.search("[>＞»]|首页", text) or is_site_name(text, meta):
            continue
        begin = flow.text.rfind(line, 0, end)
        if flow.links_to(begin + len(line)) - flow.links_to(begin) > len(text) / 2:
            continue
        return text, _holder(flow, begin, line.strip())
    return "", None


def centred(doc: Document, flow: Flow) -> tuple[str, etree._Element | None]:
    """Returns the centred lines right above running text with the element of the first of them: a title that neither a
    heading nor a byline tells."""
    for element in doc.tree.iter("p", "div", "center", "td"):
        if not _is_centred(element) or not (line := _title_line(flow, element)):
            continue
        parts, last = [line], element
        while len(parts) < _LINES and (below := last.getnext()) is not None and _is_centred(below):
            if not (line := _title_line(flow, below)) or doc_numbers(line) or first_date(line) is not None:
                break
            parts.append(line)
            last = below
        rest = [text for text in flow.text[flow.end[last] : flow.end[last] + _NEXT].split("\n") if text.strip()]
        if any(len(text) >= _RUNNING and _PROSE.search(text) for text in rest[:_LINES]):
            return "".join(parts), element
    return "", None


def _is_centred(element: etree._Element) -> bool:
    style = (element.get("style") or "").replace(" ", "").lower()
    return element.tag == "center" or (element.get("align") or "").lower() == "center" or "text-align:center" in style


def _title_line(flow: Flow, element: etree._Element) -> str:
    """Returns the text of an element that may be a line of a title, "" where it is none."""
    if element not in flow.start or flow.length(element) > _LONGEST:
        return ""
    text = "".join(map(squeeze, flow.of(element).split("\n")))
    return "" if len(text) < 6 or _PROSE.search(text) or flow.links_in(element) else text


def _holder(flow: Flow, begin: int, text: str) -> etree._Element | None:
    """Returns the innermost element that shows nothing but this text, which begins here."""
    holders = [e for e, at in flow.start.items() if begin <= at <= begin + 2 and flow.of(e) == text]
    return holders[-1] if holders else None


def joined(flow: Flow, element: etree._Element, want: str, head: str) -> tuple[str, etree._Element | None] | None:
    """Returns a title that stands in several lines with the element of the first of them, None where this one is all
    of it: what the tag or a part of <title> says is made of the lines around this one."""
    said = fold_title(flow.of(element))
    whole = next((full for full in (want, *map(fold_title, segments(head))) if said in full), said)
    if said == whole:
        return None
    begin, end = flow.start[element], flow.end[element]
    for _ in range(_LINES):
        above = flow.text.rfind("\n", 0, max(0, flow.text.rfind("\n", 0, begin))) + 1
        if above < begin and (more := fold_title(flow.text[above:end])) != said and more in whole:
            begin, said = above, more
    for _ in range(_LINES):
        below = flow.text.find("\n", end + 1)
        below = below if below >= 0 else len(flow.text)
        if below > end and (more := fold_title(flow.text[begin:below])) != said and more in whole:
            end, said = below, more
    if said != whole:
        return None
    first = flow.text[begin:end].lstrip().partition("\n")[0].strip()
    return squeeze(flow.text[begin:end]), _holder(flow, flow.text.find(first, begin), first)


def unbroken(title: str, tagged: str, head: str) -> str:
    """Returns a title without the blanks that stand for its line ends (关于举办<br>某活动的通知): those that the tag or
    <title>, whichever says the same letters, has not."""
    if " " not in title:
        return title
    parts = title.split(" ")
    letters = "".join(parts)
    for said in (tagged, *segments(head)):
        if said.replace(" ", "") == letters:
            return "".join(f" {part}" if at and _blank_at(said, at) else part for at, part in _placed(parts))
    return title


def _placed(parts: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yields each part with the number of letters before it."""
    at = 0
    for part in parts:
        yield at, part
        at += len(part)


def _blank_at(said: str, letters: int) -> bool:
    """Returns whether a blank stands behind so many letters."""
    for letter in said:
        if not letters:
            return letter == " "
        letters -= letter != " "
    return False


@cache
def byline_line() -> re.Pattern[str]:
    """Returns the pattern of a line that reads like a byline."""
    source = any_of(words("articles", "byline", "source"))
    date = r"(?:19|20)\d{2}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}"
    return re.compile(
        rf"^[^\n]{{0,40}}(?:(?:发布|更新|公布|发表|公开|来信|写信|留言|提交)|(?<![\u4e00-\u9fff]))(?:时间|日期)\s?[:：]\s?{date}"
        rf"|^[^\n]{{0,40}}(?:{source})\s?[:：][^\n]{{0,40}}{date}"
        rf"|^\s?[\[【(（]?{date}[^\n]{{0,20}}(?:{source}|{any_of(_BESIDE_A_DATE)})",
        re.MULTILINE,
    )


@cache
def _byline_word() -> re.Pattern[str]:
    source = any_of(words("articles", "byline", "source"))
    return re.compile(rf"时间|日期|{source}|{any_of(_BESIDE_A_DATE)}")


def first_byline(text: str, after: int) -> re.Match[str] | None:
    """Returns the first line that reads like a byline: sought around the words one cannot do without."""
    begin = 0
    for word in _byline_word().finditer(text, after):
        begin = max(begin, after, text.rfind("\n", 0, max(0, word.start() - _BEFORE_WORD)) + 1)
        while begin <= word.start():
            if (found := byline_line().match(text, begin)) is not None:
                return found
            begin = text.find("\n", begin) + 1 or len(text) + 1
    return None

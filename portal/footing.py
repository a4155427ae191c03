"""Where the footer of a page begins: at copyright lines after which hardly any text follows."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import chain

from portal.markup import FOOTING, FOOTING_STRONG, FOOTING_TOLD, OPEN, Tag
from portal.nesting import Markup
from portal.vocabulary import any_of, any_of_either_case, words

_TEXT = re.compile(
    "|".join(
        (any_of_either_case(words("regions", "footer_text", "words")), *words("regions", "footer_text", "patterns"))
    )
)
_STRONG = re.compile(any_of_either_case(words("regions", "footer_text", "strong")))
_LINE = re.compile("|".join((any_of(words("regions", "footer_text", "lines")), _TEXT.pattern)))
_SIZE = 260  # characters a footer may have on a page with hardly any text
_PAGES = frozenset({"html", "body"})
_NEVER = frozenset({"h1", "h2", "h3", "h4", "form", "table", "iframe"})  # blocks of no footer
_UNREAD = frozenset({"a", "option", "script", "style", "img"})  # their own text may say anything


def footer_start(page: Markup, total: int) -> int:
    """Returns the order of the first block of the footer, beyond the end if there is none. `total` is the number of
    characters of visible text."""
    size, weight = len(page.elements), page.weights
    left = max(total * 0.2, _SIZE)
    start = max(int(size * 0.4), bisect_left(weight, total - left))
    late = max(start, int(size * 0.5) + 1, bisect_left(weight, total * 0.8))  # from here on weaker words do
    lines = chain(_lines(page, start, min(late, size), FOOTING_STRONG), _lines(page, late, size, FOOTING))
    line = next(lines, None)
    return size + 1 if line is None else _block(page, line)


def _lines(page: Markup, start: int, stop: int, sign: int) -> Iterator[int]:
    """Yields the orders of elements whose own text reads like the line of a footer."""
    for index, tag in enumerate(page.openings[start:stop], start):
        if not tag.signs & FOOTING_TOLD:
            _tell(tag)
        if tag.signs & sign:
            yield index


def _tell(tag: Tag) -> None:
    tag.signs |= FOOTING_TOLD
    if tag.kind == OPEN and tag.weight and _TEXT.search(tag.text):
        tag.signs |= FOOTING
        if _STRONG.search(tag.text):  # these are among the others
            tag.signs |= FOOTING_STRONG


def _block(page: Markup, line: int) -> int:
    """Returns the order of the outermost block that begins with nothing but lines of a footer before this one."""
    node = line
    while True:
        parent = page.parents[node]
        if parent < 0 or page.openings[parent].name in _PAGES or page.openings[parent].text.strip():
            return node
        sibling = parent + 1
        while sibling < node:
            if not _is_footing(page, sibling):
                return node
            sibling = page.last[sibling] + 1
        node = parent


def _is_footing(page: Markup, block: int) -> bool:
    """Returns whether a block says only what footers say: who runs the site, links, lists to choose a site from."""
    if page.openings[block].name in _NEVER:
        return False
    for index in range(block, page.last[block] + 1):
        opening = page.openings[index]
        texts = [page.tags[page.ends[index]].text]  # what stands behind it
        if opening.kind == OPEN and opening.name not in _UNREAD:
            texts.append(opening.text)
        if any(text and text.strip() and not _LINE.search(text) for text in texts):
            return False
    return True

"""A title that stands on a result page while other results were read: not missed.

As plain text in a row of a list, or as a link in a row alike those that were read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from lxml import etree

from crawler.browser.words import says, speaks_of_results
from portal.again import asks_again
from portal.alone import is_beside
from portal.facts import SearchHit
from portal.html import Document, squeeze, text_of
from portal.regions import layout
from portal.result_cards import UNSEEN
from portal.text import fold_title

_MORE = 12  # characters a row says beside the title, at most: a number, a class in brackets
_CLIMB = 4  # levels between a title and the row it stands in
_SAID = re.compile(r"[\u4e00-\u9fffA-Za-z]{2}")
_BRACKETED = re.compile(r"[【\[（(〔][^】\]）)〕]*[】\]）)〕]")  # 【通知】 before a title is its class, no sentence
_QUOTES = "“\"‘'「『"
_HEAD = 3  # letters a title is found by in a text that was not folded
_TAGS = ("h1", "h2", "h3", "h4", "h5", "div", "p", "span", "b", "strong", "em", "font", "td", "dt", "dd", "li", "i")


def stands_unread(doc: Document, asked: str) -> bool:
    """Returns whether the title asked for (folded) is the text of a row beside rows alike, and no link.

    What repeats the question stands behind words (您搜索的是), alone, or in a list of questions.
    """
    page = layout(doc)
    for element in doc.tree.iter(*_TAGS):
        text = squeeze(text_of(element, len(asked) + 4 * _MORE))
        if len(text) > len(asked) + 3 * _MORE or asked not in (folded := fold_title(text)):
            continue
        if len(folded) > len(asked) + _MORE or element.get(UNSEEN) is not None or not page.place(element).visible:
            continue
        linked = (
            next(element.iterancestors("a"), None) is not None or next(element.iter("a", "input"), None) is not None
        )
        if not linked and not _in_sentence(text, asked) and not _behind_words(element) and _in_row(element):
            return True
    return False


def row_left_out(doc: Document, asked: str, hits: Sequence[SearchHit]) -> bool:
    """Returns whether a link that says the title asked for (folded) stands as the links of the results read do, and is
    none of them: a row of the list that the reader left out."""
    titles = {hit.title for hit in hits}
    read, others = set[tuple[str, ...]](), list[etree._Element]()
    for anchor in doc.tree.iter("a"):
        text = squeeze(text_of(anchor, len(asked) + 4 * _MORE))
        if text in titles:
            read.add(_stance(anchor))
        elif anchor.get(UNSEEN) is None and asked in (folded := fold_title(text)) and len(folded) <= len(asked) + _MORE:
            others.append(anchor)
    return any(
        _stance(anchor) in read and not asks_again(doc, anchor, text_of(anchor)) and not is_beside(anchor)
        for anchor in others
    )


def _stance(anchor: etree._Element) -> tuple[str, ...]:
    """Returns what a link and the blocks around it are called, as far up as a row goes."""
    blocks = [anchor, *islice(anchor.iterancestors(), _CLIMB - 1)]
    return tuple(f"{block.tag} {block.get('class') or ''}" for block in blocks)


def _in_sentence(text: str, asked: str) -> bool:
    """Returns whether a text speaks of the question: 检索词“…”，共检索到0条信息, … 的搜索结果."""
    before, found, _ = text.partition(asked[:_HEAD])
    quoted = bool(found) and before.rstrip()[-1:] in _QUOTES and bool(before.strip())
    told = bool(found) and _SAID.search(_BRACKETED.sub("", before)) is not None
    return quoted or told or speaks_of_results(text.rpartition(asked[-_HEAD:])[2])


def _behind_words(element: etree._Element) -> bool:
    before = element.getprevious()
    said = before.tail if before is not None else getattr(element.getparent(), "text", "")
    return _SAID.search(said or "") is not None


def _in_row(element: etree._Element) -> bool:
    """Returns whether the element, or a block that begins with it, has a neighbour alike that says something, and
    nothing above them says that they are questions."""
    row: etree._Element | None = element
    for _ in range(_CLIMB):
        if row is None or (above := row.getparent()) is None or above.tag in ("body", "html"):
            return False
        alike = [e for e in above.iterchildren(str(row.tag)) if e is not row and e.get("class") == row.get("class")]
        if any(_SAID.search(text_of(e, _MORE)) for e in alike):
            headings = [text_of(e, 4 * _MORE) for e in (above, above.getprevious()) if e is not None]
            return not any(says("asked_before", heading) for heading in headings)
        if (before := row.getprevious()) is not None and _SAID.search(text_of(before, _MORE)):
            return False
        row = above
    return False

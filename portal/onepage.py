"""A policy and its interpretation on one page: as a tab, a panel, or text below a heading of its own.

Whoever reads either has the other before them: nothing is missing. A heading with nothing under it shows nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any

from lxml import etree

from portal.article import Article
from portal.facts import Region
from portal.flow import Flow, flow_of
from portal.html import Document, squeeze, text_of
from portal.interpreting import interprets
from portal.regions import layout
from portal.subjects import SHORTEST, Subject
from portal.vocabulary import load

_PAGE: Mapping[str, Any] = load("linkage")["one_page"]
_EXPLAINS = re.compile(_PAGE["explains"])
_ORIGINAL = re.compile(_PAGE["original"])
_TITLED = re.compile(_PAGE["titled"])
_STAYS = re.compile(r"(?:#|javascript:|$)", re.IGNORECASE)  # of a link that opens a part of its own page
_FIRST = re.compile(_PAGE["first"])
_ABOVE = 6  # lines above it in which its name stands
_PICTURED = re.compile(_PAGE["pictured"])
_SHOWN = ("iframe", "embed", "object", "video", "audio")  # of what a heading promises; of pictures see above
_MARKS = re.compile(r"^(?:附件?\d{0,2}[：:])?[\s:：>》»【】\[\]（）()|·■◆●▪\-—]*|[\s:：>》»【】\[\]（）()|·■◆●▪\-—]+$")
_LONGEST_LINE = 160  # characters of a line that is a title, and of what is looked at behind it
_LONGEST_NAME = 14  # characters of a heading, and of a tab
_MOST = 40  # places and tabs of a page that are looked at
_EXPLAINING = 60  # characters that follow the title of an interpretation on the page of its policy
_POLICY = 200  # characters of the text of a policy on the page of its interpretation
_BEFORE = 40  # characters of the main text that stand before what is added to it
_STEPS = 4  # elements up from a heading to the one that holds what it heads
_PANES = 3  # elements up from a tab to its bar, and from the bar to what holds its panes
_PANE_TAGS = frozenset({"div", "section", "article", "li", "dd"})
_ASIDE = frozenset({Region.NAV, Region.HEADER, Region.FOOTER, Region.SIDEBAR})


@cache
def _names(kind: str) -> frozenset[str]:
    return frozenset(load("linkage")["headings"][kind])


def shows_interpretation(doc: Document, article: Article) -> bool:
    """Returns whether the page of a policy holds its interpretation: a line says so by its title (《…》解读) or heads
    it (政策解读), is no link, and text follows; or a tab opens it."""
    flow = flow_of(doc)
    subject = Subject(article.title)
    for at in _places(flow, _EXPLAINS, article.title_end):
        if (name := _named(flow, at, "interpretation")) is not None:
            if _is_headed(doc, article, *name, _EXPLAINING):
                return True
            continue
        begin, end = _line(flow.text, at)
        line = flow.text[begin:end]
        if not SHORTEST <= len(line) <= _LONGEST_LINE or flow.links_to(end + 1) > flow.links_to(begin):
            continue
        follows = _plain(flow, end, min(end + _LONGEST_LINE, len(flow.text)))
        if follows >= _EXPLAINING and interprets(line) and subject.is_of(line):
            return True
    panes = (pane for pane in doc.tree.iter("div", "section", "li") if "none" in pane.get("style", ""))
    return any(_explains(pane, subject) for pane in islice(panes, _MOST))


def shows_policy(doc: Document, article: Article) -> bool:
    """Returns whether the page of an interpretation holds the text of the policy: as a tab (政策原文), below a heading
    or the policy's own title."""
    flow = flow_of(doc)
    subject = Subject(article.title)
    for at in _places(flow, _ORIGINAL, article.title_end):
        if (name := _named(flow, at, "policy")) is not None:
            if _is_headed(doc, article, *name, _POLICY):
                return True
            continue
        begin, end = _line(flow.text, at)
        line = flow.text[begin:end]
        if begin == at and _FIRST.match(line) and _stands_in(flow, article, at):
            above = flow.text[max(0, at - 2 * _POLICY) : at].strip().split("\n")[-_ABOVE:]
            if any(subject.is_of(name) and not interprets(name) for name in above if len(name) <= _LONGEST_LINE):
                return True
        if not _TITLED.search(line) or flow.links_to(end + 1) > flow.links_to(begin) or interprets(line):
            continue
        body = article.body
        if body is not None and _stands_in(flow, article, begin) and subject.is_of(_TITLED.sub(r"\1", line)):
            return _plain(flow, end, flow.end[body]) >= _POLICY
    return False


def _places(flow: Flow, words: re.Pattern[str], after: int) -> Iterator[int]:
    return (hit.start() for hit in islice(words.finditer(flow.text, after), _MOST))


def _named(flow: Flow, at: int, kind: str) -> tuple[etree._Element, int, int] | None:
    """Returns the element at a place that is called as a heading of this kind and nothing else, and where in the text
    it begins and ends; None for words of other texts, and for links that lead to another page."""
    node = flow.innermost(at)
    if node is None or flow.length(node) > 2 * _LONGEST_NAME or _MARKS.sub("", flow.of(node)) not in _names(kind):
        return None
    link = _link(node)
    if link is not None and not _STAYS.match(link.get("href") or ""):
        return None
    return node, flow.start[node], flow.end[node]


def _line(text: str, at: int) -> tuple[int, int]:
    """Returns where the line or cell at a position begins and ends, as far as a title reaches."""
    before = max(0, at - _LONGEST_LINE)
    behind = at + _LONGEST_LINE
    begin = max(text.rfind(mark, before, at) for mark in "\n\t") + 1
    ends = [found for mark in "\n\t" if (found := text.find(mark, at, behind)) >= 0]
    return begin or before, min(ends, default=min(behind, len(text)))


def _plain(flow: Flow, begin: int, end: int) -> int:
    """Returns how many characters stand there that are no link."""
    return len(squeeze(flow.text[begin:end])) - (flow.links_to(end) - flow.links_to(begin))


def _stands_in(flow: Flow, article: Article, at: int) -> bool:
    """Returns whether something stands in the main text, behind some of it."""
    body = article.body
    return body is not None and body in flow.start and flow.start[body] + _BEFORE <= at < flow.end[body]


def _link(node: etree._Element) -> etree._Element | None:
    return next((one for one in (node, *node.iterancestors("a")) if one.tag == "a"), None)


def _target(doc: Document, link: etree._Element) -> etree._Element | None:
    """Returns the part of the page that a link names (#tab2)."""
    name = (link.get("href") or "").removeprefix("#")
    parts = doc.tree.iter("div", "section", "ul", "li") if name else ()
    return next((part for part in parts if part.get("id") == name), None)


def _is_headed(doc: Document, article: Article, heading: etree._Element, begin: int, end: int, need: int) -> bool:
    """Returns whether a heading, or a tab, has so much text of its own, a film or a viewer; pictures, where it
    promises some."""
    flow = flow_of(doc)
    pictures = _PICTURED.search(flow.text, begin, end) is not None
    link = _link(heading)
    if (pane := _target(doc, link) if link is not None else None) is None:
        pane = _pane(heading)
    if pane is not None or link is not None:
        return pane is not None and _holds(pane, need)
    if layout(doc).place(heading).region in _ASIDE:
        return False
    node: etree._Element | None = heading
    within = _stands_in(flow, article, begin)
    body = article.body
    if not within and (body is None or flow.end.get(body, end + 1) > begin):
        return False  # before the text: what follows is the item itself
    for _ in range(_STEPS):
        if node is None or node.tag in ("body", "html"):
            return False
        above = node.getparent()
        # In what holds the main text, too, a heading is of what stands next to it.
        beside = not within and body is not None and above is not None and _is_above(above, body)
        for shown in (node, node.getnext()) if beside else (node,):
            if shown is None:
                continue
            limit = max(end, flow.end.get(shown, end))
            if _plain(flow, end, limit) >= need or _shows(flow, shown, end, pictures):
                return True
        if beside or node is body:
            return False
        node = above
    return False


def _shows(flow: Flow, node: etree._Element, after: int, pictures: bool) -> bool:
    media = node.iter(*_SHOWN, *(("img",) if pictures else ()))
    return any(flow.start.get(one, -1) >= after for one in media)


def _is_above(node: etree._Element, other: etree._Element) -> bool:
    return any(above is node for above in other.iterancestors())


def _pane(tab: etree._Element) -> etree._Element | None:
    """Returns what a tab opens: behind a bar of tabs stand as many panes, in the same order. None for no tab."""
    for _ in range(_PANES):
        bar = tab.getparent()
        if bar is None or bar.tag in ("body", "html"):
            return None
        tabs = [one for one in bar if one.tag == tab.tag]
        if len(tabs) < 2:
            tab = bar
            continue
        if any(not 0 < len(text_of(one)) <= _LONGEST_NAME for one in tabs):
            return None
        above: etree._Element | None = bar
        for _ in range(_PANES):
            if above is None or above.tag in ("body", "html"):
                return None
            behind = [one for one in above.itersiblings() if one.tag in _PANE_TAGS or one.tag == "ul"]
            inside = [one for one in behind[0] if one.tag in _PANE_TAGS] if behind else []
            if len(inside) == len(tabs):
                return inside[tabs.index(tab)]
            if len(behind) >= len(tabs):
                return behind[tabs.index(tab)]
            above = above.getparent()
        return None
    return None


def _holds(pane: etree._Element, need: int) -> bool:
    text = text_of(pane)
    linked = sum(len(text_of(link)) for link in pane.iter("a"))
    return len(text) - linked >= need or next(pane.iter("img", *_SHOWN), None) is not None


def _explains(pane: etree._Element, subject: Subject) -> bool:
    """Returns whether a tab that is not shown yet begins with the title of an interpretation; links alone explain
    nothing."""
    text = text_of(pane)
    begin = text[:_LONGEST_LINE]
    if len(text) < _LONGEST_LINE or not (interprets(begin) and subject.is_of(begin)):
        return False
    return 2 * sum(len(text_of(link)) for link in pane.iter("a")) < len(text)

"""The result page of a site search: hits, total, tabs; from the source or from what a browser rendered.

Layouts differ without end, so nothing here names one: results are the run of rows whose links look most like answers,
by length of title, a summary beside it, a date, the highlighted words of the query.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_plus, urlsplit

import msgspec
from lxml import etree
from msgspec import Struct

from portal.again import URL_WORDS, asks_again
from portal.facts import ListItem, Region, SearchHit
from portal.grouped import groups_around
from portal.html import Document, squeeze, text_of
from portal.islands import read_island
from portal.items import read_row
from portal.listing import Listing
from portal.lists import listings
from portal.markup import name_parts
from portal.regions import layout
from portal.result_cards import HEADINGS, LONGEST, SHORTEST, TITLE_NAMES, UNSEEN, cards
from portal.text import fold_title
from portal.urls import as_path, bare, is_http
from portal.vocabulary import any_of, load

HIT_LIMIT = 100  # results kept of one page
_QUESTION = 4  # characters of a question that tells results from other lists
_ANSWERS = 0.5  # share of the question in a title from which its list is the answer
_STRANGE = 0.2  # share below which a list beside the results is none
_NAME = 16  # characters of the longest heading of a block beside the results
_TOLD = 8  # numbers of results one page tells, of itself and its classes, that are looked at
_LISTED = 3  # items of the shortest list that may stand on every page
_SUMMARY = re.compile(
    r"^(?=.{40}).*(?:。|，.*(?:…|\.{3})$)"
)  # what a link says that is a summary: titles are no sentences
TAB_LENGTH = 10  # characters of the longest name of a class of results

_RESULTS: Mapping[str, Any] = load("search")["results"]
_TOTAL = re.compile(_RESULTS["total"])
_NONE = re.compile(any_of(_RESULTS["none"]))
_WORDS_ASKED = re.compile(r"=[^=&]*[^\d=&]")  # a value that is no number
_TABS = re.compile(any_of(_RESULTS["tabs"]))
_SEARCH_HOST = re.compile(r"(?:search|so|sousuo|s|zs)\.")
TITLE_WORDS = re.compile(any_of(_RESULTS["title_words"]))
_BESIDE = re.compile(any_of(_RESULTS["beside"]))
_SKIP = frozenset(_RESULTS["skip"])
_REDIRECTS = frozenset(_RESULTS["redirects"])
_REDIRECT_PATH = re.compile(_RESULTS["redirect_path"])
_MARKING = ("em", "mark", "font", "b", "strong", "i")
_MARKS = etree.XPath(
    ".//em|.//mark|.//font[@color]|.//b|.//strong|.//span[contains(@style,'color')]"
    "|.//*[contains(@class,'key') or contains(@class,'high') or contains(@class,'red')]"
)


class Results(Struct, frozen=True):
    """What a result page shows: hits of this page in order, results in all (None: not said), classes offered."""

    hits: tuple[SearchHit, ...] = ()
    total: int | None = None
    tabs: tuple[str, ...] = ()
    none: bool = False  # words say that nothing was found


class _Shown(Struct, frozen=True):
    """The results a page shows, and the classes it shows them by one below the other."""

    items: list[ListItem] = []
    classes: tuple[str, ...] = ()


def read_results(doc: Document, *, furniture: Set[tuple[str, ...]] = frozenset()) -> Results:
    """Returns what the page shows as the answer of a search; an empty `Results` where it shows none. Never raises.

    `furniture` are lists (`lists_shown`) that are none of its results: they stand on every result page.
    """
    text = text_of(doc.tree)
    total = _total(text)
    none = total == 0 or (_NONE.search(text) is not None and not total)
    tabs = _tabs(doc)
    none_said = _NONE.search(text) is not None and total is None
    shown = _Shown() if total == 0 else _hits(doc, furniture, frozenset(tabs), sure=none_said)
    hits = [
        SearchHit(item.title, unwrapped(item.url), item.date) for item in shown.items if item.title.strip() not in _SKIP
    ]
    return Results(tuple(hits[:HIT_LIMIT]), total, tabs or shown.classes, none and not hits)


def lists_shown(doc: Document) -> frozenset[tuple[str, ...]]:
    """Returns the lists of a page as the addresses of their items: of three items at least, wherever they stand."""
    return frozenset(_addresses(listing) for listing in listings(doc) if len(listing.items) >= _LISTED)


def _addresses(listing: Listing) -> tuple[str, ...]:
    return tuple(unwrapped(item.url) for item in listing.items)


def speaks_of_search(doc: Document, head_title: str) -> bool:
    """Returns whether two signs of three say that this is the result page of a search: address, title, a total."""
    parts = urlsplit(doc.url)
    addressed = URL_WORDS.search(f"{parts.path}?{parts.query}".lower()) or _SEARCH_HOST.match(parts.netloc)
    titled = TITLE_WORDS.search(head_title)
    if addressed and titled:
        return True
    return bool(addressed or titled) and _total(text_of(doc.tree)) is not None


def unwrapped(url: str) -> str:
    """Returns the address a counting redirect of a search system leads to, where it carries it; else the address."""
    query = urlsplit(url).query
    if "http" not in query:
        return url
    for name, value in parse_qsl(query, keep_blank_values=False, max_num_fields=50) if query.count("&") < 50 else ():
        target = unquote(value) if "%" in value else value
        if name.lower() in _REDIRECTS and is_http(target):
            return target
    return url


def counts_only(url: str) -> bool:
    """Returns whether an address is that of a counting redirect that does not tell where it leads."""
    return _REDIRECT_PATH.search(url.lower()) is not None


def leads_to(hit: str, page: str) -> bool:
    """Returns whether two addresses are one page's: by http or https, with www or not, and whatever a search system
    adds behind the parameters that the page has itself."""
    there, here = urlsplit(f"//{bare(hit)}"), urlsplit(f"//{bare(page)}")
    if (there.netloc, there.path.rstrip("/")) != (here.netloc, here.path.rstrip("/")):
        return False
    if here.fragment and there.fragment != here.fragment:
        return False  # a route of an application
    return set(filter(None, here.query.split("&"))) <= set(there.query.split("&"))


def _total(text: str) -> int | None:
    """Returns the first number of results the text tells, 0 only where it tells no other: a 共0条 may stand there from
    before the results came."""
    told = [int(match[1].replace(",", "")) for match in islice(_TOTAL.finditer(text), _TOLD)]
    return next((number for number in told if number), 0 if told else None)


def _hits(doc: Document, furniture: Set[tuple[str, ...]], tabs: Set[str], *, sure: bool) -> _Shown:
    """Returns the results; `sure` where the page says it has none: then only rows with date or summary count."""
    best: list[ListItem] = []
    rows: list[etree._Element] = []
    best_score = 0.0
    beside = answers = False  # of the best so far: stands in a sidebar, holds what was asked for
    asked = _asked(doc)
    for listing in listings(doc):
        if listing.region in (Region.HEADER, Region.NAV, Region.FOOTER) or not listing.visible:
            continue
        if len(listing.heading) <= _NAME and _BESIDE.search(listing.heading):
            continue  # 热门推荐 holds what was published, whatever is asked
        if furniture and _addresses(listing) in furniture:
            continue
        score, items = _score(doc, listing, tabs)
        if sure and score < 1.5 * sum(min(len(item.title), 24) / 24 for item in items):
            continue
        aside = listing.region is Region.SIDEBAR
        near = not aside and _nearness(asked, items) >= _ANSWERS
        if (near, score) > (answers, best_score):
            best, best_score, beside, answers, rows = items, score, aside, near, listing.rows
    if best and not beside and (groups := groups_around(doc, rows)) is not None:
        named = tuple(name for name in groups.names if _TABS.search(name))
        return _Shown(list(groups.items), named if len(named) >= 2 else ())
    if asked and beside:
        # Latest news beside the results are no results, however well they look.
        marked = _marked(doc)
        if _nearness(asked, marked) >= _ANSWERS:
            best = marked
        elif _nearness(asked, best) < _STRANGE:
            best = []
    if not best and not sure:
        best = _marked(doc)
    if len(best) < 2:
        island = read_island(doc)
        if island is not None and len(island.items) > len(best) and any(item.date for item in island.items):
            best = list(island.items)
    if not best and not sure:
        total = _total(text_of(doc.tree))
        best = cards(doc, total) or _few(doc, tabs, total or 0)
    return _Shown(best)


def _asked(doc: Document) -> frozenset[str]:
    """Returns the pairs of characters of what was searched for, as the page's own search boxes repeat it; empty where
    they do not."""
    values = [
        squeeze(box.get("value") or "")
        for box in doc.tree.iter("input")
        if (box.get("type") or "text").lower() in ("text", "search")
    ]
    repeated = [value for value in values if len(value) >= _QUESTION and value in unquote_plus(doc.url)]
    return _pairs(max(repeated, key=len, default=""))


def _pairs(text: str) -> frozenset[str]:
    folded = fold_title(text)
    return frozenset(folded[at : at + 2] for at in range(len(folded) - 1))


def _nearness(asked: frozenset[str], items: Sequence[ListItem]) -> float:
    """Returns the share of the question that the nearest of the titles holds, 0 to 1."""
    return max((len(asked & _pairs(item.title)) / len(asked) for item in items), default=0.0) if asked else 0.0


def _score(doc: Document, listing: Listing, tabs: Set[str]) -> tuple[float, list[ListItem]]:
    rows = set(listing.rows)
    score = 0.0
    kept: list[ListItem] = []
    for item, anchor in zip(listing.items, listing.anchors, strict=False):
        length = len(item.title)
        if length < 4 or item.title in tabs or anchor.get(UNSEEN) is not None or item.title in _SKIP:
            continue
        if asks_again(doc, anchor, item.title):
            continue
        row: etree._Element | None = anchor
        while row is not None and row not in rows:
            row = row.getparent()
        if row is not None and item.title not in text_of(anchor):
            item = _whole(item, row)
        if row is not None and _SUMMARY.search(item.title):
            item = _headed(item, row, anchor)
        around = len(text_of(row)) - length if row is not None else 0
        value = min(length, 24) / 24
        value *= 1.0 + (1.0 if around > 30 else 0.0) + (0.7 if item.date else 0.0) + (1.0 if _MARKS(anchor) else 0.0)
        score += value
        kept.append(item)
    if kept and sum(len(item.title) for item in kept) / len(kept) < 6:
        score *= 0.2
    if listing.region is Region.SIDEBAR:
        score *= 0.5
    return score, kept


def _whole(item: ListItem, row: etree._Element) -> ListItem:
    """Returns an item whose title is no link (查看详情 below it is) with the whole of its heading.

    Marked words cut a text into pieces, and the summary may be the longest of them. seen: the title in one cell, a link
    查看 in another
    """
    for element in row.iter("h1", "h2", "h3", "h4", "h5", "div", "p", "span"):
        if element.tag not in HEADINGS and not name_parts(element) & TITLE_NAMES:
            continue
        if SHORTEST <= len(title := squeeze(text_of(element, LONGEST + 1))) <= LONGEST:
            return msgspec.structs.replace(item, title=title)
    for marked in row.iter(*_MARKING):
        around = marked.getparent()
        if around is None or around is row or around.find(".//a") is not None:
            continue
        pieces = (text_of(marked, LONGEST), marked.tail or "", around.text or "")
        if item.title in map(squeeze, pieces) and len(title := squeeze(text_of(around, LONGEST + 1))) <= LONGEST:
            return msgspec.structs.replace(item, title=title)
    return item


def _headed(item: ListItem, row: etree._Element, anchor: etree._Element) -> ListItem:
    """Returns an item whose link is its summary with the title that stands before it, in bold or as a heading."""
    for element in row.iterdescendants():
        if element is anchor:
            break
        if element.tag not in (*HEADINGS, "b", "strong", "dt") and not name_parts(element) & TITLE_NAMES:
            continue
        title = squeeze(text_of(element, LONGEST + 1))
        if SHORTEST <= len(title) <= LONGEST and next(element.iter("a"), None) is None:
            return msgspec.structs.replace(item, title=title)
    return item


def _marked(doc: Document) -> list[ListItem]:
    """Returns single results: links of the body whose text has marked words or that stand in a heading."""
    page = layout(doc)
    found: list[ListItem] = []
    seen: set[str] = set()
    for anchor in doc.tree.iter("a"):
        place = page.place(anchor)
        text = squeeze(text_of(anchor))
        if len(text) < 6 or not place.visible or place.region in (Region.HEADER, Region.NAV, Region.FOOTER):
            continue
        if anchor.get(UNSEEN) is not None or asks_again(doc, anchor, text):
            continue
        if not anchor.xpath(".//em|.//mark|.//font[@color]") and not anchor.xpath(
            "ancestor::h2|ancestor::h3|ancestor::h4"
        ):
            continue
        holder = anchor.getparent()
        row = read_row(doc, [holder if holder is not None else anchor])
        if row.item is not None and row.item.url and row.item.url not in seen:
            seen.add(row.item.url)
            found.append(row.item)
    return found


def _few(doc: Document, tabs: Set[str], total: int) -> list[ListItem]:
    """Returns results that are too few to be a list, if no more than the page says there are: links of the body, each
    with a day in its row."""
    page = layout(doc)
    found: dict[str, ListItem] = {}
    for anchor in doc.tree.iter("a") if total else ():
        place, row, title = page.place(anchor), anchor.getparent(), squeeze(text_of(anchor))
        if row is None or not place.visible or place.region is not Region.BODY or anchor.get(UNSEEN) is not None:
            continue
        if not SHORTEST <= len(title) <= LONGEST or title in tabs:
            continue
        item = read_row(doc, [row]).item
        if item is not None and item.url and item.date is not None and not asks_again(doc, anchor, title):
            found.setdefault(item.url, item)
    return list(found.values()) if len(found) <= total else []


def _tabs(doc: Document) -> tuple[str, ...]:
    """Returns the names of the classes results may be narrowed to: the run of short words that names most of them."""
    best: list[str] = []
    for parent, place in layout(doc).places.items():
        # Classes may stand in what is called a nav or a head: what their links do tells them from the site's menu.
        if place.region is Region.FOOTER or not place.visible:
            continue
        if parent.tag not in ("ul", "div", "p", "td", "nav", "dl", "ol", "tr", "select") or not 2 <= len(parent) <= 30:
            continue
        names: list[str] = []
        for child in parent:
            if child.tag not in ("li", "a", "span", "dd", "td", "label", "div", "em", "button", "option"):
                continue
            if len(child) > 3 or is_http(child.get("value") or ""):
                continue  # an option that is an address leads to another site
            text = re.sub(r"\s*[\(（\[]?\d*[\)）\]]?$", "", squeeze(text_of(child)))
            if 2 <= len(text) <= TAB_LENGTH and _TABS.search(text) and all(_narrows(doc, a) for a in child.iter("a")):
                names.append(text)
        if len(names) >= 2 and len(names) > len(best) and len(set(names)) == len(names):
            best = names
    return tuple(best)


def _narrows(doc: Document, anchor: etree._Element) -> bool:
    """Returns whether a link may narrow the same search: handled by script, the same page, or an address that carries
    what was asked. Entries of a menu lead to pages of their own, some of them by a number (seen: list.asp?cid=11)."""
    if not is_http(address := doc.absolute(anchor.get("href") or "")):
        return True
    there, here = urlsplit(as_path(address)), urlsplit(as_path(doc.url))
    return there.path == here.path or _WORDS_ASKED.search(there.query) is not None

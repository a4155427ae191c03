"""A result that stands by itself beside the list of the others: the best match, in a card of its own above them."""

from __future__ import annotations

from urllib.parse import urlsplit

from lxml import etree

from portal.again import asks_again
from portal.dates import find_dates
from portal.facts import Region, SearchHit
from portal.grouped import BESIDE
from portal.html import Document, squeeze, text_of
from portal.lists import listings
from portal.regions import layout
from portal.result_cards import HEADINGS, SHORTEST, UNSEEN
from portal.results import unwrapped
from portal.text import fold_title
from portal.urls import is_http

_MORE = 12  # characters a link says beside the title, at most: a class in brackets
_NAME = 16  # characters of the longest heading of a block beside the results
_CLIMB = 4  # levels between a link and its card
_LISTED = 3  # items of the shortest list that may stand on every result page
_CARD = 800  # characters of the largest block that shows one result
_TAGS = (*HEADINGS, "div", "p", "span", "b", "strong", "dt", "td")


def alone(doc: Document, asked: str) -> SearchHit | None:
    """Returns what says the title asked for (folded) and stands in no list, a link first, None where there is none.

    It has no address where a script opens it. What asks again, is recommended, or stands in the head of the page is
    none.
    """
    page = layout(doc)
    listed = {anchor for listing in listings(doc) if len(listing.items) >= _LISTED for anchor in listing.anchors}
    for anchor in doc.tree.iter("a"):
        text = squeeze(text_of(anchor, len(asked) + 4 * _MORE))
        if asked not in (folded := fold_title(text)) or len(folded) > len(asked) + _MORE or anchor in listed:
            continue
        place, url = page.place(anchor), doc.absolute(anchor.get("href") or "")
        if anchor.get(UNSEEN) is not None or not place.visible or place.region is not Region.BODY:
            continue
        if asks_again(doc, anchor, text) or is_beside(anchor) or urlsplit(url).path == urlsplit(doc.url).path:
            continue
        if is_http(url):
            return SearchHit(text, unwrapped(url))
        if next(anchor.iterancestors(*HEADINGS), None) is not None:
            return SearchHit(text, "")
    return _unlinked(doc, asked)


def _unlinked(doc: Document, asked: str) -> SearchHit | None:
    """Returns the title of a card that a script opens: plain text, with a day beside it and no link that has a title.

    seen: 政策直达 above the results, <div onclick>. A heading that repeats the question has no day beside it.
    """
    page = layout(doc)
    for element in doc.tree.iter(*_TAGS):
        text = squeeze(text_of(element, len(asked) + 4 * _MORE))
        if asked not in (folded := fold_title(text)) or len(folded) > len(asked) + _MORE:
            continue
        place, card = page.place(element), element.getparent()
        if card is None or element.get(UNSEEN) is not None or not place.visible or place.region is not Region.BODY:
            continue
        if next(element.iterancestors("a"), None) is not None or is_beside(element):
            continue
        if any(len(squeeze(text_of(link))) >= SHORTEST for link in card.iter("a")):
            continue
        said = squeeze(text_of(card, _CARD + 1))
        if len(said) <= _CARD and find_dates(said.replace(text, "", 1)):
            return SearchHit(text, "")
    return None


def is_beside(anchor: etree._Element) -> bool:
    """Returns whether a link stands in a block headed 猜你想找 or the like."""
    element: etree._Element | None = anchor
    for _ in range(_CLIMB):
        if element is None:
            return False
        for before in element.itersiblings(preceding=True):
            said = squeeze(text_of(before, 2 * _NAME)) if isinstance(before.tag, str) else ""
            if len(said) <= _NAME and BESIDE.search(said):
                return True
        element = element.getparent()
    return False

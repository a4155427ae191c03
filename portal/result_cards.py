"""Results that are no links: cards a script opens, blocks alike side by side, pictures with the title below them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from portal.dates import find_dates
from portal.facts import ListItem, Region
from portal.html import Document, squeeze, text_of
from portal.markup import name_parts
from portal.regions import layout
from portal.vocabulary import load

UNSEEN = "data-mingcha-unseen"  # a browser says so of what it does not lay out: `crawler.browser.unseen`
SHORTEST, LONGEST = 6, 200  # characters of a title without a link
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5"})
_CARD = 800  # characters of the largest block that shows one result
_PARTS = 8  # elements a block that shows one result has at most
_SAID = 20  # characters a block says beside its title
_BLOCKS = ("div", "p", "ul", "ol", "li", "dl", "dt", "dd", "table", "section", "h1", "h2", "h3", "h4", "h5")
_CLIMB = 2  # levels between the link of a picture and its card

_RESULTS: Mapping[str, Any] = load("search")["results"]
TITLE_NAMES = frozenset(_RESULTS["title_names"])


def cards(doc: Document, total: int | None) -> list[ListItem]:
    """Returns results that are no links: blocks alike that a script opens, each with a title that stands alone in it
    and more beside it. One alone counts where the page says how many there are: a heading may repeat the question."""
    page = layout(doc)
    groups: dict[tuple[str, ...], list[ListItem]] = {}
    for element in doc.tree.iter("h2", "h3", "h4", "h5", "div", "p", "span"):
        if element.tag not in HEADINGS and not name_parts(element) & TITLE_NAMES:
            continue
        place, card = page.place(element), element.getparent()
        if not place.visible or place.region not in (Region.BODY, Region.SIDEBAR) or element.get(UNSEEN) is not None:
            continue
        title = squeeze(text_of(element, LONGEST + 1))
        if card is None or not SHORTEST <= len(title) <= LONGEST or next(element.iter("a", "input"), None) is not None:
            continue
        said = squeeze(text_of(card, _CARD + 1))
        if not len(title) + _SAID <= len(said) <= _CARD:
            continue
        dates = find_dates(said.replace(title, "", 1))
        alike = (str(element.tag), element.get("class") or "", str(card.tag), card.get("class") or "")
        groups.setdefault(alike, []).append(ListItem(title=title, url="", date=dates[-1].date if dates else None))
    found = max(groups.values(), key=len, default=[])
    return (found if len(found) > 1 or total else []) or _blocks_alike(doc) or _pictured(doc)


def _blocks_alike(doc: Document) -> list[ListItem]:
    """Returns what blocks alike say first that stand side by side, have no link and more below it; the most of them."""
    page = layout(doc)
    groups: dict[tuple[etree._Element, str, str], list[ListItem]] = {}
    for element in doc.tree.iter("div", "li", "dl", "section", "article"):
        place, above, name = page.place(element), element.getparent(), element.get("class") or ""
        if above is None or not name or not 2 <= len(element) <= _PARTS or not place.visible:
            continue
        if place.region not in (Region.BODY, Region.SIDEBAR):
            continue
        title, said = squeeze(text_of(element[0], LONGEST + 1)), squeeze(text_of(element, _CARD + 1))
        if not SHORTEST <= len(title) <= LONGEST or not len(title) + SHORTEST <= len(said) <= _CARD:
            continue
        if next(element.iter("a", "input"), None) is not None:
            continue
        dates = find_dates(said.replace(title, "", 1))
        item = ListItem(title=title, url="", date=dates[-1].date if dates else None)
        groups.setdefault((above, str(element.tag), name), []).append(item)
    found = max(groups.values(), key=len, default=[])
    return found if len(found) > 1 else []


def _pictured(doc: Document) -> list[ListItem]:
    """Returns what cards alike say below a picture that is their link; the most of them, two at least."""
    page = layout(doc)
    groups: dict[tuple[str, ...], list[ListItem]] = {}
    for picture in doc.tree.iter("img"):
        anchor = next(picture.iterancestors("a"), None)
        if anchor is None or squeeze(text_of(anchor, SHORTEST)):
            continue
        card = anchor.getparent()
        for _ in range(_CLIMB):
            if card is None or len(squeeze(text_of(card, SHORTEST + 1))) >= SHORTEST:
                break
            card = card.getparent()
        if card is None or not (place := page.place(card)).visible or place.region is not Region.BODY:
            continue
        if sum(1 for _ in card.iter("a")) > 1 or len(said := squeeze(text_of(card, _CARD + 1))) > _CARD:
            continue
        title = next((text for e in card.iterdescendants() if (text := _caption(e))), "")
        if title:
            dates = find_dates(said.replace(title, "", 1))
            item = ListItem(
                title=title,
                url=doc.absolute(anchor.get("href") or ""),
                date=dates[-1].date if dates else None,
            )
            groups.setdefault((str(card.tag), card.get("class") or ""), []).append(item)
    found = max(groups.values(), key=len, default=[])
    return found if len(found) > 1 else []


def _caption(element: etree._Element) -> str:
    """Returns the text of an element that may be a title: no longer, and no day alone; "" of another."""
    if (
        not isinstance(element.tag, str)
        or element.tag in ("a", "img")
        or any(e is not element for e in element.iter(*_BLOCKS))
    ):
        return ""
    text = squeeze(text_of(element, LONGEST + 1))
    if not SHORTEST <= len(text) <= LONGEST:
        return ""
    return "" if (dates := find_dates(text)) and len(text) < 2 * SHORTEST + 8 * len(dates) else text

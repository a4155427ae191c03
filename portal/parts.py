"""A list in parts: by unit, by letter, in panels of tabs, in two columns. The newest item may stand in any of them.

Parts stand where the main list stands, under the same tags and classes, and are dated as it is. A block whose heading
leads on, or is the name of another column, is an excerpt of that one; so is what a heading of its own sets apart from
the list of the page.

seen: notices of a county by township, orders of a bureau in two tabs of which the first is the older
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from portal.facts import ListItem, Region
from portal.groups import signature
from portal.headings import heading_of, is_period, years_above
from portal.html import Document, text_of
from portal.items import read_row
from portal.listing import Listing, is_own
from portal.regions import Layout, layout
from portal.vocabulary import any_of, load

_BLOCKS: Mapping[str, Any] = load("lists")["blocks"]
_OTHER = re.compile(rf"^\W{{0,3}}(?:{any_of([*_BLOCKS['side'], *_BLOCKS['latest']])})")
_CLIMB = 4  # levels between the lists and what holds them all
_LOOSE = 2  # of these that need not be of one class: columns of a layout are not (left, right)
_MOST = 60  # parts
_ROWS = 200  # of one part
_STATES = frozenset({"on", "active", "cur", "current", "show", "hide", "selected", "in", "first", "last", "this"})
_MENU = (Region.NAV, Region.HEADER, Region.SIDEBAR)


def items_in_parts(doc: Document, main: Listing, *, reference: dt.date | None) -> tuple[ListItem, ...]:
    """Returns the items of a list with those of the parts that stand beside it, in document order; its own where it is
    no part."""
    if not main.dated or main.headed or main.region is not Region.BODY or main.dated < len(main.items):
        return main.items
    page = layout(doc)
    path: list[etree._Element] = [main.parent]
    for _ in range(_CLIMB):
        above = path[0].getparent()
        if above is None or above.tag in ("html", "body"):
            break
        found: dict[etree._Element, tuple[ListItem, ...]] = {}
        for parent in _alike(above, path):
            if len(found) >= _MOST:
                break
            if parent is not main.parent and (items := _read(doc, page, parent, main, reference)):
                found[parent] = items
        if found:
            found[main.parent] = main.items
            seen: dict[tuple[str, str], ListItem] = {}
            for parent in sorted(found, key=page.order):
                for item in found[parent]:
                    seen.setdefault((item.url, item.title), item)
            return tuple(seen.values())
        path.insert(0, above)
    return main.items


def _alike(above: etree._Element, path: list[etree._Element]) -> Iterator[etree._Element]:
    """Yields the elements below one that are reached by the tags of a path, and by its classes where it is long."""
    level = [above]
    for depth, step in enumerate(path):
        loose = len(path) <= _LOOSE and depth < len(path) - 1
        names = _names(step)
        level = [child for one in level for child in one.iterchildren(str(step.tag)) if loose or _names(child) == names]
    yield from level


def _names(element: etree._Element) -> frozenset[str]:
    return frozenset(signature(element).split()) - _STATES


def _read(
    doc: Document, page: Layout, parent: etree._Element, main: Listing, reference: dt.date | None
) -> tuple[ListItem, ...]:
    """Returns the items of what may be a part of the list, () where it is none."""
    place = page.place(parent)
    if place.region is not Region.BODY or not place.visible:
        return ()
    rows = [row for row in parent.iterchildren(main.tag) if text_of(row)]
    years = years_above(rows)
    items = [
        read_row(doc, [row], reference=dt.date(years[row][0], 12, 31) if row in years else reference).item
        for row in rows[:_ROWS]
    ]
    kept = tuple(item for item in items if item is not None and item.date is not None)
    if not kept or len(kept) < len(items) or not _belongs(doc, page, parent, main):
        return ()
    return kept


def _belongs(doc: Document, page: Layout, parent: etree._Element, main: Listing) -> bool:
    heading, leads = heading_of(doc, page, parent)
    if leads or _OTHER.search(heading):
        return False
    if not heading or is_period(heading):
        return True
    if not main.heading or is_own(doc, main.heading):
        return False  # set apart from the list of the page
    return heading not in _menu(doc, page)


def _menu(doc: Document, page: Layout) -> frozenset[str]:
    """Returns the texts of the links of menus: names of columns."""
    known = doc.cache.get("menu names")
    if not isinstance(known, frozenset):
        links = [a for a in doc.tree.iter("a") if page.place(a).region in _MENU]
        known = doc.cache["menu names"] = frozenset(text_of(link) for link in links)
    return known

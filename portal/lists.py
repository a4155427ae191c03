"""The lists of a page, and the main one among them.

A list is a run of rows: children of one element (or of several alike side by side) that each hold one item. Every link
proposes the rows it may stand in; candidates are weighed by how many items they hold, how many of them are dated, how
long the titles are, where the list stands, and what its heading says. Menus, link collections and side lists lose.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from lxml import etree
from msgspec import structs

from portal.breadcrumb import read_breadcrumb
from portal.facts import ListItem, Region
from portal.groups import headings_between, merged, row_groups, signature
from portal.headings import NO_YEARS, goes_on, heading_of, is_period, years_above
from portal.html import Document, text_of
from portal.item_titles import is_title_link
from portal.items import Row, header_texts, read_row, text_beside
from portal.links import link_text
from portal.listing import Listing, names_aside
from portal.loose_days import day_in_month
from portal.regions import Layout, layout
from portal.years import in_years, lacks_year

ITEM_LIMIT = 2000  # items kept of one list
_WEIGHT = {Region.BODY: 1.0, Region.SIDEBAR: 0.45}
_FOLDER = re.compile(r"[^/?#]*//[^/?#]+(?:/[^/?#]*)*?/(?:(?:index|default|list)\.\w{3,5})?(?:[?#]|$)", re.IGNORECASE)
_MENU = 0.4  # weight of what looks like a menu of columns, where another list stands on the page
_COVERS = 3  # items of one name from which what stands beside them tells them apart
_DAYS = 2  # of one item: its row tells the day and perhaps another; with more it holds a list nobody can read
_CELLS = 4  # links of the smallest row of cells
_WRAPPERS = frozenset({"div", "section", "td", "li"})  # hold one part of a list that is written in blocks
_HEADINGS = frozenset({"dt", "h2", "h3", "h4", "h5"})


def listings(doc: Document, *, reference: dt.date | None = None) -> tuple[Listing, ...]:
    """Returns the lists of the page that do not overlap, the heaviest first; cached per page.

    `reference` serves dates without a year.
    """
    key = f"listings:{reference}"
    found = doc.cache.get(key)
    if not isinstance(found, tuple):
        found = doc.cache[key] = _find(doc, layout(doc), reference)
    return found


def main_list(doc: Document, *, reference: dt.date | None = None) -> Listing | None:
    """Returns the list a page is about, None where it shows none that can be told from menus and side lists."""
    page = layout(doc)
    found = [
        listing
        for listing in listings(doc, reference=reference)
        if _is_main(listing) and not _above_trail(page, listing) and not listing.beside
    ]
    if len(found) < 2 or found[0].dated or not _are_columns(found[0].items):
        return found[0] if found else None
    return max(found, key=lambda listing: listing.score * (_MENU if _are_columns(listing.items) else 1.0))


def _beside_main(doc: Document, parent: etree._Element) -> bool:
    """Returns whether the page itself says where its contents stand (<main>), and the list stands in an <aside> of it:
    latest posts beside an empty column fill nothing."""
    aside = next((e for e in (parent, *parent.iterancestors()) if e.tag in ("aside", "main")), None)
    return aside is not None and aside.tag == "aside" and next(doc.tree.iter("main"), None) is not None


def _above_trail(page: Layout, listing: Listing) -> bool:
    """Returns whether a list ends before the breadcrumb: it belongs to the head of the page (menus can make up more
    than half of it)."""
    if page.crumb is None or not listing.anchors:
        return False
    trail = page.place(page.crumb)
    order = page.order(page.crumb)
    return page.order(listing.anchors[-1]) < order < 0.8 * page.size and trail.region is not Region.FOOTER


def _is_main(listing: Listing) -> bool:
    if listing.aside:
        return False
    if listing.dated or (len(listing.items) > 1 and all(item.date_text for item in listing.items)):
        return True  # every row says its day, or its month
    titles = [len(item.title) for item in listing.items]
    return len(titles) >= 3 and sum(titles) / len(titles) >= 9


def _find(doc: Document, page: Layout, reference: dt.date | None) -> tuple[Listing, ...]:
    groups = row_groups(doc, page)
    steps = read_breadcrumb(doc)
    own = steps[-1].text if steps else ""
    candidates: list[Listing] = []
    for parents, tag, rows in merged(groups):
        listing = _read(doc, page, parents, tag, rows, reference)
        if listing is not None:
            listing.beside = _beside_main(doc, listing.parent)
            if len(own) >= 2 and own in listing.heading:
                listing.score *= 1.6  # the list stands under the name of its column
            candidates.append(listing)
    candidates.sort(key=lambda listing: -listing.score)
    kept: list[Listing] = []
    taken: set[etree._Element] = set()
    for listing in candidates:
        if not any(anchor in taken for anchor in listing.anchors):
            kept.append(listing)
            taken.update(listing.anchors)
    return _mended(_joined(kept, page), page)


def _joined(found: list[Listing], page: Layout) -> list[Listing]:
    """Returns the lists, with those put together whose parts stand in a row of blocks, each in a wrapper of its own.

    Five items, a line, five items: the parts are alike and dated, nothing with words of its own stands between the
    blocks, and their days go on where the one before stopped. Panels of several columns begin anew instead.
    seen: the lists of a province's platform, whose newest items stood in another part than the one read
    """
    parts: defaultdict[tuple[etree._Element, str, str, str], list[Listing]] = defaultdict(list)
    for one in found:
        wrapper = one.parent.getparent()
        around = wrapper.getparent() if wrapper is not None else None
        if (
            wrapper is None
            or around is None
            or wrapper.tag not in _WRAPPERS
            or one.dated < len(one.items)
            or not one.anchors
        ):
            continue
        parts[
            (around, f"{wrapper.tag} {signature(wrapper)}", f"{one.parent.tag} {signature(one.parent)}", one.tag)
        ].append(one)
    gone: set[int] = set()
    for alike in parts.values():
        if len(alike) < 2:
            continue
        alike.sort(key=lambda part: page.order(part.anchors[0]))
        if not _go_on(alike):
            continue
        first = alike[0]
        first.items = tuple(item for part in alike for item in part.items)
        first.rows = [row for part in alike for row in part.rows]
        first.anchors = [anchor for part in alike for anchor in part.anchors]
        first.dated = len(first.items)
        first.score = sum(part.score for part in alike)
        first.headed = first.headed or alike[-1].headed
        gone.update(id(part) for part in alike[1:])
    return sorted((one for one in found if id(one) not in gone), key=lambda one: -one.score) if gone else found


def _go_on(parts: Sequence[Listing]) -> bool:
    """Returns whether parts of a list follow each other: each begins about where the one before it ends."""
    days = [[item.date for item in part.items if item.date is not None] for part in parts]
    for earlier, later in pairwise(days):
        if later[0] > earlier[-1] and later[0] - earlier[-1] >= earlier[0] - later[0]:
            return False
    wrappers = [wrapper for part in parts if (wrapper := part.parent.getparent()) is not None]
    return (
        len(set(wrappers)) == len(parts)
        and not headings_between(wrappers)
        and all(text_of(wrapper) == text_of(part.parent) for wrapper, part in zip(wrappers, parts, strict=True))
    )


def _mended(found: list[Listing], page: Layout) -> tuple[Listing, ...]:
    """Returns the lists with the pieces of a torn one put together.

    Broken tables leave the first rows of a list in another parent: same kind of row and link, dated, and nothing but
    rows between them.
    """
    if len(found) < 2 or not found[0].dated:
        return tuple(found)
    main = found[0]
    spans = {id(f): (page.order(f.anchors[0]), page.order(f.anchors[-1])) for f in found if f.anchors}
    result = [main]
    for other in found[1:]:
        if (
            other.dated == len(other.items)
            and other.tag == main.tag
            and signature(other.anchors[0]) == signature(main.anchors[0]) != ""
            and other.visible == main.visible
            and not _stands_between(found, spans, spans[id(main)], spans[id(other)])
        ):
            first, second = sorted((main, other), key=lambda f: spans[id(f)][0])
            main.items = first.items + second.items
            main.rows = first.rows + second.rows
            main.anchors = first.anchors + second.anchors
            main.dated += other.dated
            main.heading = first.heading
            spans[id(main)] = (spans[id(first)][0], spans[id(second)][1])
        else:
            result.append(other)
    return tuple(result)


def _stands_between(
    found: Sequence[Listing], spans: Mapping[int, tuple[int, int]], one: tuple[int, int], other: tuple[int, int]
) -> bool:
    low, high = min(one[1], other[1]), max(one[0], other[0])
    return any(low < spans[id(f)][0] < high for f in found if id(f) in spans)


def _read(
    doc: Document,
    page: Layout,
    parents: list[etree._Element],
    tag: str,
    rows: list[etree._Element],
    reference: dt.date | None,
) -> Listing | None:
    parent = parents[0]
    place = page.place(rows[0])
    if len(rows) > ITEM_LIMIT:
        rows = rows[:ITEM_LIMIT]
    read = _read_rows(doc, rows, reference, before=False)
    flat = tag in ("a", "span") or tag in ("dt", "h3", "h4")
    before = False
    dated = _dated(read)
    if (flat and dated < len(rows)) or (dated and dated < len(read) and _is_undated(read[-1])):
        other = _read_rows(doc, rows, reference, before=True)
        if before := _dated(other) > _dated(read):
            read = other
    years = years_above(rows) if any(row.item is not None and lacks_year(row.item) for row in read) else NO_YEARS
    if years:
        read = _read_rows(doc, rows, reference, before=before, years=years)
    kept = [row for row in read if row.item is not None]
    blocks = sum(1 for row in kept if row.titles > 1 and (row.dates > 1 or row.titles > (3 if tag == "tr" else 2)))
    if not kept or blocks * 2 > len(kept):
        return None
    if len(kept) == 2 and any(row.titles > 1 and row.dates > 1 for row in kept):
        return None  # a list, and another of one item beside it: their rows are the items
    kept = [row for row in kept if not (row.titles > 1 and (row.dates > 1 or row.titles > 3)) or len(kept) < 3]
    items = tuple(row.item for row in kept if row.item is not None)
    items = items if years else in_years(items)
    if len(items) >= _COVERS and all(item.title == items[0].title for item in items[1:]):
        items = _told_apart(doc, items, rows, kept)
    if not items or (flat and _are_cells(items)):
        return None
    dated = _dated(kept)
    titles = sum(min(len(item.title), 30) for item in items) / len(items)
    if len(items) < 2 and (not dated or kept[0].dates > _DAYS):
        return None
    weight = sum((3.0 if item.date else 1.0) * (0.25 + min(len(item.title), 24) / 24) for item in items)
    if not dated and titles < 7:
        weight *= 0.3
    if dated and dated * 3 < len(items):
        weight *= 0.6
    heading, headed = heading_of(doc, page, parent)
    headed = headed or goes_on(doc, page, parents[-1])
    score = weight * _WEIGHT.get(place.region, 0.1) * (1.0 if place.visible else 0.1)
    aside = names_aside(doc, heading)
    if aside:
        score *= 0.3
    return Listing(
        parent=parent,
        tag=tag,
        rows=rows,
        items=items,
        dated=dated,
        region=place.region,
        visible=place.visible,
        score=score,
        heading=heading,
        headed=headed,
        aside=aside,
        blocks=blocks,
        anchors=[row.anchor for row in kept if row.anchor is not None],
    )


def _told_apart(
    doc: Document, items: tuple[ListItem, ...], rows: Sequence[etree._Element], kept: Sequence[Row]
) -> tuple[ListItem, ...]:
    """Returns the items of a row of covers, all of whose links say the same, with what tells one from the other before
    their name (2026年第9期 政府公报); as they are where nothing does."""
    if len(kept) != len(rows) or len({item.url for item in items}) < len(items):
        return items
    starts = set(rows)
    beside = [text_beside(doc, _extent(row, starts, before=False)) for row in rows]
    if "" in beside or len(set(beside)) < len(beside):
        return items
    return tuple(
        structs.replace(item, title=f"{text} {item.title}"[:300]) for item, text in zip(items, beside, strict=True)
    )


def _are_cells(items: Sequence[ListItem]) -> bool:
    """Returns whether links stand for the same addresses again and again: cells of rows that are links each."""
    led = [item.url for item in items if item.url]
    return len(led) >= _CELLS and len(set(led)) * 2 <= len(led)


def _are_columns(items: Sequence[ListItem]) -> bool:
    """Returns whether most links lead to the first pages of folders: a menu of columns, however long their names."""
    return sum(_FOLDER.match(item.url) is not None for item in items) * 3 >= len(items) * 2


def _dated(rows: Sequence[Row]) -> int:
    return sum(1 for row in rows if row.item is not None and row.item.date is not None)


def _read_rows(
    doc: Document,
    rows: Sequence[etree._Element],
    reference: dt.date | None,
    *,
    before: bool,
    years: Mapping[etree._Element, tuple[int, int]] = NO_YEARS,
) -> list[Row]:
    """Reads each row with what follows it (or, `before`, precedes it) up to its neighbour; in the year it stands under,
    where `years` tells it."""
    starts = set(rows)
    headers: tuple[str, ...] = ()
    if rows and rows[0].tag == "tr":
        headers = _table_head(rows[0])
    ends = {row: dt.date(year, 12, 31) for row, (year, _) in years.items()}
    read = [read_row(doc, _extent(row, starts, before), headers, reference=ends.get(row, reference)) for row in rows]
    return [_in_month(row, *years[at]) if at in years else row for row, at in zip(read, rows, strict=True)]


def _in_month(row: Row, year: int, month: int) -> Row:
    """Returns a row below the heading of a month with the day it names alone (27日)."""
    if row.item is None or row.item.date is not None or not month:
        return row
    day = day_in_month(row.item.date_text, year, month)
    return row if day is None else structs.replace(row, item=structs.replace(row.item, date=day), dates=1)


def _is_undated(row: Row) -> bool:
    return row.item is not None and row.item.date is None


def _extent(row: etree._Element, starts: set[etree._Element], before: bool) -> list[etree._Element | str]:
    extent: list[etree._Element | str] = [row]
    if before:
        previous = row.getprevious()
        for _ in range(4):
            if previous is None or previous in starts:
                break
            if previous.tail:
                extent.insert(0, previous.tail)
            if isinstance(previous.tag, str):
                extent.insert(0, previous)
            previous = previous.getprevious()
        else:
            return extent
        if previous is not None and previous.tail:
            extent.insert(0, previous.tail)
        elif previous is None and (parent := row.getparent()) is not None and parent.text:
            extent.insert(0, parent.text)
        return extent
    if row.tail:
        extent.append(row.tail)
    following = row.getnext()
    for _ in range(6):
        if following is None or following in starts or (isinstance(following.tag, str) and _has_title(following)):
            break
        if following.tag in _HEADINGS and is_period(text_of(following)):
            break  # 2026年8月 opens the next part of the list
        if isinstance(following.tag, str):
            extent.append(following)
        if following.tail:
            extent.append(following.tail)
        following = following.getnext()
    return extent


def _has_title(element: etree._Element) -> bool:
    return any(is_title_link(link_text(a)) for a in element.iter("a"))


def _table_head(row: etree._Element) -> tuple[str, ...]:
    """Returns the texts of the head of the table the row stands in."""
    table = row.getparent()
    while table is not None and table.tag != "table":
        table = table.getparent()
    if table is None:
        return ()
    for count, candidate in enumerate(table.iter("tr")):
        if candidate is row or count > 3:
            break
        if head := header_texts(candidate):
            return head
    return ()

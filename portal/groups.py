"""Which elements of a page may be the rows of one list: every link proposes those it may stand in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from lxml import etree

from portal.dates import find_dates
from portal.facts import Region
from portal.headings import is_period
from portal.html import Document, markup_of, text_at, text_of
from portal.item_titles import fetches_item, is_title_link, opens_item
from portal.links import handler_addresses, link_text
from portal.markup import Tag
from portal.nesting import Markup
from portal.regions import Layout

_CLIMB = 9  # levels between a link and the rows of its list, at most
_ANCHOR_LIMIT = 4000  # links looked at

_ROWS = frozenset(
    {
        "li",
        "tr",
        "dd",
        "dt",
        "div",
        "a",
        "p",
        "article",
        "section",
        "table",
        "ul",
        "dl",
        "td",
        "h3",
        "h4",
        "h5",
        "span",
        "tbody",
        "ol",
    }
)
_LISTED = frozenset({Region.BODY, Region.SIDEBAR})
_ROW_LINKS = 6  # links in a row that may still be one item
_MOST_LINKS = (
    100  # of the largest row, whatever hides them: rows left open hold each other, and all would be read for each
)
_LONGEST_TITLE = 300  # characters of a link that are looked at
_SAME_LINKS = 2  # a picture and a title may lead to the same address; what comes behind them is no item
_NOWHERE = ("#", "javascript:", "Javascript:", "JavaScript:")
_LINES = frozenset({"li", "tr", "dl"})
_INSIDE = 4  # levels between a link that opens a row and the row
_TOLD = 24  # characters of such a row that are looked at
_PAGES = frozenset({"html", "body"})
_SILENT = frozenset({"script", "style", "noscript", "template"})


Groups = dict[tuple[etree._Element, str], list[etree._Element]]


def row_groups(doc: Document, page: Layout) -> Groups:
    """Returns the children that may be rows of one item each, by parent and tag, in document order.

    Links of menus, headers, footers and of the breadcrumb, and links the source hides, are in no list.
    """
    marked = markup_of(doc)
    held = [0] * len(marked.elements)  # links in each element
    count = 0
    trail = range(0)
    if page.crumb is not None:
        first = page.order(page.crumb)
        trail = range(first, marked.last[first] + 1)
    openings, parents = marked.openings, marked.parents
    before, again = -1, 0  # the link before, and how often one leading to the same place was met in a row
    for number in [n for n, tag in enumerate(openings) if tag.name == "a" or "onclick=" in tag.written]:
        opening, place = openings[number], page.in_order[number]
        if not place.visible or place.region not in _LISTED or number in trail:
            continue
        if opening.name != "a" and not handler_addresses(opening.attributes.get("onclick", "")):
            continue
        text = text_at(marked, number, _LONGEST_TITLE) or link_text(marked.elements[number])
        if not is_title_link(text) and not (opens_item(text) and _opens_row(marked, number)):
            continue
        count += 1
        if count > _ANCHOR_LIMIT:
            break
        alike = before >= 0 and parents[before] == parents[number] and _leads_alike(opening, openings[before])
        before, again = number, again + 1 if alike else 0
        if again >= _SAME_LINKS:
            continue  # one item, each cell of its row a link
        for _ in range(_CLIMB):
            parent = parents[number]
            if parent < 0 or openings[number].name in _PAGES:
                break
            held[number] += 1
            number = parent
    rows: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    crowded: Counter[tuple[int, str]] = Counter()
    for number in [number for number, links in enumerate(held) if links]:
        if (name := openings[number].name) in _ROWS:
            key = (parents[number], name)
            rows[key].append(number)
            if held[number] > _ROW_LINKS or len(marked.anchors(number)) > _MOST_LINKS:
                crowded[key] += 1
    for key, crowds in crowded.items():
        if crowds * 2 > len(rows[key]) or (key[1] == "div" and len(rows[key]) == 2):
            del rows[key]  # parts of a layout
    return {
        (marked.elements[parent], name): [marked.elements[number] for number in found]
        for (parent, name), found in rows.items()
        if (len(found) > 1 or not _within_row(marked, rows, parent))
    }


def _opens_row(marked: Markup, number: int) -> bool:
    """Returns whether a link that says 查看 opens the row of a list or table it stands in, or the box: no link there
    has a title, and something else is said there."""
    row = marked.parents[number]
    for _ in range(_INSIDE):
        if row < 0 or (name := marked.openings[row].name) in _PAGES:
            return False
        if name in _LINES or name == "div":
            anchors = marked.anchors(row)
            if len(anchors) > _SAME_LINKS:
                return False
            links = [text_at(marked, anchor, _LONGEST_TITLE) for anchor in anchors]
            if any(map(is_title_link, links)):
                return False
            if len(text_at(marked, row, _TOLD)) - sum(map(len, links)) >= _TOLD / 2:
                return not fetches_item(text_at(marked, number)) or bool(find_dates(text_at(marked, row)))
            if name in _LINES:
                return False
        row = marked.parents[row]
    return False


def _leads_alike(one: Tag, other: Tag) -> bool:
    href = one.attribute("href")
    return bool(href) and not href.startswith(_NOWHERE) and href == other.attribute("href")


def _within_row(marked: Markup, rows: Mapping[tuple[int, str], list[int]], number: int) -> bool:
    """Returns whether an element is, or stands alone inside, one of several rows: it is part of an item then."""
    for _ in range(_CLIMB):
        parent = marked.parents[number]
        found = rows.get((parent, marked.openings[number].name)) if parent >= 0 else None
        if found is None:
            return False
        if len(found) > 1:
            return True
        number = parent
    return False


def merged(groups: Groups) -> list[tuple[list[etree._Element], str, list[etree._Element]]]:
    """Returns every group, and beside it the union of groups in parents alike under one element."""
    result: list[tuple[list[etree._Element], str, list[etree._Element]]] = []
    alike: defaultdict[tuple[etree._Element, str, str, str], list[etree._Element]] = defaultdict(list)
    for (parent, tag), rows in groups.items():
        result.append(([parent], tag, rows))
        above = parent.getparent()
        if above is not None and parent.tag in ("ul", "ol", "dl", "table", "tbody", "div", "td", "tr"):
            alike[(above, str(parent.tag), signature(parent), tag)].append(parent)
    for (_, _, _, tag), parents in alike.items():
        if len(parents) > 1 and not headings_between(parents):
            result.append((parents, tag, [row for parent in parents for row in groups[(parent, tag)]]))
    return result


def signature(element: etree._Element) -> str:
    """Returns the classes of an element in one order: elements alike have the same."""
    return " ".join(sorted((element.get("class") or "").split()))


def headings_between(parents: Sequence[etree._Element]) -> bool:
    """Returns whether something with words of its own stands between blocks: each is a list of its own then."""
    for one, other in pairwise(parents):
        between = one.getnext()
        if one.tail and len(one.tail.strip()) > 1:
            return True
        while between is not None and between is not other:
            if isinstance(between.tag, str) and between.tag not in _SILENT:
                text = text_of(between)
                if text and not is_period(text):
                    return True
            if between.tail and len(between.tail.strip()) > 1:
                return True
            between = between.getnext()
    return False

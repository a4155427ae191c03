"""Whether a page that should show a list shows none: an empty list, words that explain it, or a script to come.

Only said of pages without a main list. `empty` needs a sign of its own: a list element without rows, a pager of zero,
words (暂无信息), or a body with nothing in it. What a script may still draw is `scripted`, and decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from itertools import islice
from typing import Any

from lxml import etree
from msgspec import Struct

from portal.counts import number_of
from portal.facts import Pager, Region
from portal.html import Document, squeeze, text_of
from portal.islands import read_scripting
from portal.markup import name_parts
from portal.regions import Layout, layout
from portal.urls import routed
from portal.vocabulary import any_of, load

_EMPTY: Mapping[str, Any] = load("lists")["empty"]
_WORDS = re.compile(any_of(_EMPTY["words"]))
_EXPLAIN = tuple(re.compile(pattern) for pattern in _EMPTY["explain"])
_PLACEHOLDER = re.compile(_EMPTY["placeholder"])
_TELLS = re.compile(f"{_EMPTY['contact']}|{_EMPTY['measured']}")  # in a few characters what a column is for
_CONSTRUCTION = re.compile(any_of(_EMPTY["construction"]))
_LIST_NAMES = frozenset(_EMPTY["list_names"])
_PAGE_NAMES = frozenset(load("pagers")["names"]["words"])
_SILENT = frozenset(
    {"script", "style", "noscript", "template", "head", "title", "option", "select", "textarea", "button"}
)
_LOADING = re.compile(any_of(load("lists")["scripted"]["loading"]))
_MEDIA = frozenset({"img", "iframe", "video", "embed", "object", "canvas", "frame", "frameset", "form", "svg"})
_PLAYING = {"video": "video", "audio": "audio", "canvas": "chart", "svg": "chart"}
_SHELLS = frozenset(_EMPTY["shells"])
_DRAWING = 200  # pixels from which a drawing (svg, canvas) is a picture rather than an icon
_TITLE = 12  # characters of a link that may be the title of an item
_INDEX = re.compile(r"/(?:index|default|list)?(?:\.\w{3,5})?(?:[#].*)?$")  # the page of a column itself
_HEADS = 12  # cells of a head
_TABLES = 40  # looked at
_CLIMB = 4  # levels between the link of a menu and the menu
_MENU = 3  # links with words from which a block at the side is a menu, whatever pictures it shows
_PICTURED = re.compile(r"background(?:-image)?\s*:[^;]*url\(", re.IGNORECASE)
_TALL = re.compile(r"(?<![\w-])height\s*:\s*[1-9]\d{2,}px", re.IGNORECASE)
_SIDE_WIDTH = 260  # pixels of the widest side column of a table layout
BLANK = 16  # characters of a body that shows nothing but a heading
SHORT = 220  # characters of a body whose words can be the explanation of an empty list


class Emptiness(Struct, frozen=True):
    """What was found in the place of a list."""

    empty: bool = False
    reason: str = ""  # words that explain why
    construction: str = ""  # 建设中, 敬请期待: the words found
    scripted: bool = False
    blank: bool = False  # nothing at all between header and footer
    media: tuple[str, ...] = ()  # what its body plays or draws: video, audio, chart


def read_emptiness(doc: Document, pager: Pager | None, aside: Collection[etree._Element] = ()) -> Emptiness:
    """Returns what stands in the place of a list on a page that has no main list. Never raises.

    `aside` are elements of lists that are not what the page is for (热点推荐): nothing in them fills it.
    """
    page = layout(doc)
    words, links, media, side = _body(page, frozenset(aside))
    plays = _playing(page) if media else ()
    links = _without_menu(doc, links)
    linked = sum(len(text_of(link)) for link in links)
    beside = sum(map(len, side))
    plain = squeeze(" ".join(words))
    size = len(re.sub(r"\s+", "", plain))
    blank = size < BLANK and linked < 6 and beside < BLANK * 2 and not media and not _TELLS.search(plain)
    container = _empty_container(page)
    # What waits for a script and is still empty is an empty list, too: a browser's view shows it after the script.
    waiting = linked < 6 and not media and any(_awaits_script(page, e) and not text_of(e) for e in page.places)
    zero = pager is not None and pager.items == 0
    said = any(len(word) <= 40 and _WORDS.search(word) for word in words)
    turning = pager is not None and pager.form in ("links", "createPageHTML", "jpage", "select") and size < 60
    turning = turning and not _turned(links)
    empty = zero or said or ((container is not None or waiting) and size < 60) or turning or blank
    if size > SHORT * 4 and not zero:
        empty = False
    if empty and not (zero or said) and _told_in_rows(page):
        empty = blank = False
    reason = _reason(_without_placeholders(words)) if size <= SHORT else ""
    if not reason and size < BLANK and beside <= SHORT:
        # What is called side (right) holds the contents where nothing else does.
        reason = _reason("；".join(text for text in side if not _PLACEHOLDER.match(text)))
    construction = ""
    if size <= SHORT // 2 and (match := _CONSTRUCTION.search(plain)):
        construction = match[0]
    return Emptiness(empty, reason, construction, _scripted(doc, page, container), blank, () if empty else plays)


def _playing(page: Layout) -> tuple[str, ...]:
    """Returns the forms of what the body plays or draws itself: no banner is a film, a map or a chart."""
    return tuple(
        dict.fromkeys(
            _PLAYING[element.tag]
            for element, place in page.places.items()
            if element.tag in _PLAYING and place.region is Region.BODY and place.visible and _is_shown(element)
        )
    )


def _without_placeholders(words: list[str]) -> str:
    return squeeze(" ".join(word for word in words if not _PLACEHOLDER.match(word)))


def _told_in_rows(page: Layout) -> bool:
    """Returns whether a table of the body says something below its head: two rows of two cells with words."""
    start = page.order(page.crumb) if page.crumb is not None else -1
    looked = 0
    for element, place in page.places.items():
        if looked >= _TABLES:
            break
        looked += element.tag == "table"
        if element.tag != "table" or place.region is not Region.BODY or not place.visible:
            continue
        if page.order(element) < start or next(element.iter("a", "form"), None) is not None:
            continue
        rows = [row for row in islice(element.iter("tr"), 3) if sum(bool(text_of(cell)) for cell in row) >= 2]
        if len(rows) >= 2:
            return True
    return False


def _reason(text: str) -> str:
    for pattern in _EXPLAIN:
        if match := pattern.search(text):
            return match[0].strip()[:120]
    return ""


def _body(page: Layout, aside: frozenset[etree._Element]) -> tuple[list[str], list[etree._Element], bool, list[str]]:
    """Returns the plain words of the body (no links, no pager), its links, whether it or a side block
    holds media, and the plain words of side blocks."""
    words: list[str] = []
    side: list[str] = []
    links: list[etree._Element] = []
    media = False
    start = page.order(page.crumb) if page.crumb is not None else -1
    inside_crumb = set(page.crumb.iter()) if page.crumb is not None else set()
    skipped: set[etree._Element] = set()
    for element, place in page.places.items():
        parent = element.getparent()
        if parent is not None and parent in skipped:
            skipped.add(element)
            continue
        if element.tag in _SILENT or element in inside_crumb or element in aside or not place.visible:
            skipped.add(element)
        elif place.region not in (Region.BODY,) or (page.order(element) < start and not place.marked):
            if place.region in (Region.HEADER, Region.NAV, Region.FOOTER):
                skipped.add(element)
            elif place.region is Region.SIDEBAR:
                # What is called side may hold the contents after all: never blank with media or text there.
                if element.tag == "a":
                    skipped.add(element)
                    media = media or (_shows_picture(element) and not _in_menu(page, element))
                else:
                    if text := (element.text or "").strip():
                        side.append(text)
                    media = media or _is_shown(element)
        elif (
            name_parts(element) & _PAGE_NAMES and element.tag in ("div", "ul", "p", "span", "td") and _is_pager(element)
        ):
            skipped.add(element)
        elif element.tag == "a":
            links.append(element)
            media = media or _shows_picture(element)
            skipped.add(element)
        else:
            if element.text and element.text.strip():
                words.append(squeeze(element.text))
            media = media or _is_shown(element)
        if parent is not None and parent not in skipped and element.tail and element.tail.strip():
            above = page.place(parent)
            if above.region is Region.BODY and above.visible:
                words.append(squeeze(element.tail))
    return words, links, media, side


def _without_menu(doc: Document, links: list[etree._Element]) -> list[etree._Element]:
    """Returns the links of a body without those of the menu the page stands in: a block of links of which one is the
    page's own and none leads below it."""
    urls = {link: doc.absolute(link.get("href") or "") for link in links}
    folder = _folder(doc.url)
    own = next((link for link, url in urls.items() if url and _folder(url) == folder), None)
    if own is None or any(_below(url, folder) for url in urls.values()):
        return links
    branch = own
    for above in islice(own.iterancestors(), _CLIMB):
        alike = [row for row in above if row.tag == branch.tag and any(link in urls for link in row.iter("a"))]
        if len(alike) >= _MENU:
            inside = {link for row in alike for link in row.iter("a")}
            return [link for link in links if link not in inside]
        if sum(link in urls for link in above.iter("a")) >= _MENU:
            break  # the heading of what it stands above
        branch = above
    return links


def _folder(url: str) -> str:
    return url if routed(url) else _INDEX.sub("/", url)


def _below(url: str, folder: str) -> bool:
    return url.startswith(folder) and _folder(url) != folder


def _turned(links: list[etree._Element]) -> bool:
    """Returns whether a pager has something to turn: a link as long as a title, or two pictures that are links."""
    return any(len(text_of(link)) >= _TITLE for link in links) or sum(map(_shows_picture, links)) >= 2


def _shows_picture(anchor: etree._Element) -> bool:
    return any(not _small(image) for image in anchor.iter("img"))


def _in_menu(page: Layout, anchor: etree._Element) -> bool:
    """Returns whether the block at the side a link stands in is a menu."""
    block = anchor
    for above in anchor.iterancestors():
        if page.place(above).region is not Region.SIDEBAR:
            break
        block = above
    return sum(len(text_of(link)) >= 2 for link in block.iter("a")) >= _MENU


def _is_shown(element: etree._Element) -> bool:
    """Returns whether an element is a picture, player, frame or form, or a box whose style puts a picture there."""
    if element.tag in _MEDIA:
        return not _small(element)
    if element.tag == "audio":
        return element.get("controls") is not None  # else it reads the page aloud
    style = element.get("style")
    return bool(style and not len(element) and _PICTURED.search(style) and _TALL.search(style))


def _is_pager(element: etree._Element) -> bool:
    text = text_of(element)
    return len(text) < 200 and ("页" in text or not text)


def _small(element: etree._Element) -> bool:
    """Returns whether an image or drawing is decoration: an icon, a spacer, a line, a square code."""
    if element.tag == "canvas":
        width = (element.get("width") or "").removesuffix("px")
        return width.isdecimal() and int(width) < _DRAWING  # the square code of a page to share
    if element.tag == "svg":
        width = (element.get("width") or "").removesuffix("px")
        return not width.isdecimal() or int(width) < _DRAWING
    if element.tag != "img":
        return False
    for name, limit in (("width", 60), ("height", 40)):
        value = (element.get(name) or "").removesuffix("px")
        if value.isdecimal() and number_of(value) <= limit:
            return True
    for cell in element.iterancestors("td"):
        width = (cell.get("width") or "").removesuffix("px")
        if width.isdecimal() and number_of(width) <= _SIDE_WIDTH:
            return True  # a side column of a table layout (seen: jsjgxh.org__04_column)
    source = (element.get("src") or "").lower()
    return any(
        word in source for word in ("icon", "line", "dot", "space", "blank", "bg", "arrow", "title", "point")
    ) or ("btn" in source and not _leads(element))


def _leads(image: etree._Element) -> bool:
    """Returns whether a picture is a link that leads to another site: the button of a column that is one (网上办事)."""
    above = image.getparent()
    return above is not None and above.tag == "a" and (above.get("href") or "").startswith(("http:", "https:"))


def _empty_container(page: Layout) -> etree._Element | None:
    """Returns a list element of the body that has no row: an empty ul, or a block called list without text."""
    start = page.order(page.crumb) if page.crumb is not None else -1
    for element, place in page.places.items():
        if place.region is not Region.BODY or not place.visible or page.order(element) < start:
            continue
        if element.tag == "th" and (head := _head_alone(element)) is not None:
            return head
        if element.tag in ("ul", "ol", "dl", "tbody", "table"):
            if element.tag == "table" and not name_parts(element) & _LIST_NAMES:
                continue
        elif element.tag not in ("div", "section") or not name_parts(element) & _LIST_NAMES:
            continue
        if text_of(element) or next(element.iter("img", "iframe", "input", "video"), None) is not None:
            continue
        if any(isinstance(inner.tag, str) and _is_shown(inner) for inner in element.iter()):
            continue
        return element
    return None


def _head_alone(cell: etree._Element) -> etree._Element | None:
    """Returns the table of the first cell of a head, where it holds nothing but the head."""
    row = cell.getparent()
    if row is None or row.tag != "tr" or cell.getprevious() is not None or not 2 <= len(row) <= _HEADS:
        return None
    table = next((above for above in islice(row.iterancestors(), 2) if above.tag == "table"), None)
    if table is None or len(list(islice(table.iter("tr"), 2))) != 1 or not all(inner.tag == "th" for inner in row):
        return None
    return table


def _awaits_script(page: Layout, element: etree._Element) -> bool:
    """Returns whether an element of the body waits to be filled: words such as 加载中, or an empty element with an id
    of its own or data attributes right before a script file."""
    place = page.place(element)
    if place.region is not Region.BODY or not place.visible or element.tag in _SILENT or len(element) > 3:
        return False
    if page.crumb is not None and page.order(element) < page.order(page.crumb):
        return False
    text = (element.text or "").strip()
    if text and len(text) <= 20 and _LOADING.search(text):
        return True
    if element.tag not in ("div", "ul", "ol", "tbody", "section", "dl") or text or len(element):
        return False
    parts = name_parts(element)
    if not element.get("id") or parts & _PAGE_NAMES:
        return False
    if any(str(name).startswith("data-") for name in element.attrib):
        return True
    following = element.getnext()
    return following is not None and following.tag == "script" and bool(following.get("src"))


def _scripted(doc: Document, page: Layout, container: etree._Element | None) -> bool:
    scripting = read_scripting(doc)
    if scripting.likely:
        return True
    if any(_awaits_script(page, element) for element in page.places):
        return True
    identity = (container.get("id") or "") if container is not None else ""
    if identity and re.search(rf"""["'#]{re.escape(identity)}["']""", doc.source.replace(f'id="{identity}"', "", 1)):
        return True
    body = doc.tree.find("body")
    if body is None:
        return False
    scripts = any(True for _ in doc.tree.iter("script"))
    shell = any(
        element.tag == "div" and (element.get("id") or "").lower() in _SHELLS and not text_of(element)
        for element in page.places
    )
    return scripts and (
        shell or (len(text_of(body)) < 20 and next(body.iter("script"), None) is not None and len(page.places) < 40)
    )

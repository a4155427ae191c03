"""Every reference of a page to another address, with element, text, region and visibility; and its forms.

Beside plain href and src: addresses in javascript: hrefs, onclick handlers, options of jump lists, anchors that scripts
write, lazy images, frames, table backgrounds. A handler that builds its address from parts names no address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any
from urllib.parse import unquote

from lxml import etree

from portal.facts import Element, Field, Form, Link
from portal.html import Document, markup_of, squeeze, text_of
from portal.markup import CODE, INDIRECT, Tag
from portal.miswritten import kept, on_a_drive
from portal.nesting import within
from portal.regions import Layout, Place, layout
from portal.urls import absolute, extension, is_attachment, reach, widest
from portal.vocabulary import load

LINK_LIMIT = 20_000  # references kept of one page
TEXT_LIMIT = 300  # characters kept of one link's text
_LONGEST_VALUE = 2000  # characters kept of what stands in a field
_MOST_FORMS = 500  # kept of one page
_MOST_FIELDS = 200  # of one form

_VOCABULARY: Mapping[str, Any] = load("lists")["links"]
_OPEN = re.compile(_VOCABULARY["open"], re.IGNORECASE)
_QUOTED = re.compile(
    r"""(?<!\+)(?<!\+ )(['"])("""
    r"""(?:https?:)?//[^'"\s<>]+"""
    r"""|(?:\.{0,2}/)?[^'"\s<>()+]*?\.(?:s?html?|jspx?|aspx?|php|do|action)(?:[?#][^'"\s<>]*)?"""
    r"""|\.{0,2}/[^'"\s<>+]+)\1(?!\s*\+)"""
)
_JUMPS = re.compile(_VOCABULARY["jump"], re.IGNORECASE)
_WRITTEN = re.compile(
    r"""<[aA]\b[^<>]*?\b(?i:href)\s*=\s*\\?(['"])([^'"<>\\+{}$\s]+)\\?\1[^<>]*>(.{0,200}?)</[aA]""", re.DOTALL
)
_TAG = re.compile(r"<[^>]*>")
_ADDRESS = re.compile(r"^(?:https?:)?//|^\.{0,2}/|\.(?:s?html?|jsp|aspx?|php|do)(?:$|[?#])", re.IGNORECASE)
_LAZY: tuple[str, ...] = tuple(_VOCABULARY["lazy"])
_PLACEHOLDER = re.compile("blank|loading|lazy|placeholder|grey|gray|transparent", re.IGNORECASE)  # names of pictures
_DRAWN = frozenset({".gif", ".png", ".svg"})
_LONGEST_KEPT = 10_000  # characters of a script that is remembered
_LONGEST_HANDLER = 240  # of a handler
_MOST_INNER = 16  # tags inside of a link that is known again by them
_FOLLOWED = frozenset({"a", "area"})
_SHOWING = frozenset({Element.A, Element.ATTACHMENT, Element.IFRAME})
_VIEWED = re.compile(r"/viewer\.html\?(?:[^#&]*&)*?file=([^&#]+)", re.IGNORECASE)
_UNKNOWN = CODE | {"a"}  # not known again: their tag holds no code, and no tag is to hold itself
_NO_TEXT = frozenset({"script", "style", "noscript", "template"})  # what a link holds beside its text
_NOTHING: list[Tag] = []
_ADDRESSES = ("href", "xlink:href", "src", "data", "poster", "background", *_LAZY)
_MEDIA = {"video": "src", "audio": "src", "source": "src", "embed": "src", "object": "data", "track": "src"}
_PLUGINS = frozenset({"embed", "object"})
_FRAMED_TYPES = frozenset(_VOCABULARY["framed_types"])
_FRAMED_NAMES = frozenset(_VOCABULARY["framed_names"])


def read_links(doc: Document) -> tuple[Link, ...]:
    """Returns every reference of the page in document order, at most 20,000; cached per page.

    The same address met twice is two references. What stands in a comment is none.
    """
    found = doc.cache.get("links")
    if not isinstance(found, tuple):
        found = tuple(_references(doc, layout(doc), markup_of(doc).refers))
        if "viewer.html?" in doc.source:
            found = (*found, *(file for link in found for file in _viewed(link)))
        doc.cache["links"] = found
    return found


def _viewed(link: Link) -> Iterator[Link]:
    """Yields the file that a page is opened or framed for which only shows it. seen: …/pdfjs/web/viewer.html?file=…"""
    if link.element in _SHOWING and (file := _VIEWED.search(link.url)) is not None:
        url = absolute(link.url, unquote(file[1]))
        if url and url.partition(":")[0] in ("http", "https"):
            yield Link(url, file[1], link.text, Element.ATTACHMENT, link.region, link.visible, link.via)


def links_below(doc: Document, element: etree._Element) -> tuple[Link, ...]:
    """Returns the links to follow (a, area, handlers) below an element, in document order."""
    page, marked = layout(doc), markup_of(doc)
    first = page.order(element)
    inside = within(marked.refers, first, marked.last[first])
    return tuple(_references(doc, page, [index for index in inside if marked.openings[index].name in _FOLLOWED]))


def _references(doc: Document, page: Layout, chosen: Sequence[int]) -> list[Link]:
    found: list[Link] = []
    marked, bases = markup_of(doc), doc.bases
    elements, openings, begins, ends = marked.elements, marked.openings, marked.begins, marked.ends
    for index in chosen:
        tag, place, begin, end = openings[index], page.in_order[index], begins[index], ends[index]
        if tag.signs & INDIRECT or (end > begin + 1 and (tag.name != "a" or end > begin + _MOST_INNER)):
            found += _links_of(doc, page, elements[index], tag)
            continue
        inner = marked.tags[begin + 1 : end] if end > begin + 1 else _NOTHING
        # The same tag with the same in it on another page, read against as much of a base, is the same links, but for
        # the place they stand in.
        if tag.links_for is not bases[tag.reach] or tag.links_inner != inner:
            tag.links, tag.links_at = _links_by_tag(doc, page, elements[index], tag, inner, place), place
            known = not inner or _UNKNOWN.isdisjoint([each.name for each in inner])
            tag.links_for, tag.links_inner = (bases[tag.reach], inner) if known else ((), _NOTHING)
        elif tag.links_at is not place:
            tag.links, tag.links_at = tuple(_moved(link, place) for link in tag.links), place
        found += tag.links
    return found[:LINK_LIMIT]


def known_link(doc: Document, tag: Tag) -> Link | None:
    """Returns the link to follow that an anchor's tag told when it was read last, None where it would tell another one
    on this page or was not read; where it stands may differ."""
    if tag.name == "a" and tag.links and tag.links_for is doc.bases[tag.reach] and tag.links[0].via == "href":
        return tag.links[0]
    return None


def _moved(link: Link, place: Place) -> Link:
    return Link(link.url, link.raw, link.text, link.element, place.region, place.visible, link.via)


def _links_by_tag(
    doc: Document, page: Layout, element: etree._Element, tag: Tag, inner: Sequence[Tag], place: Place
) -> tuple[Link, ...]:
    """Returns the links that a tag and what is in its element decide, and tells the tag their reach."""
    href = tag.attribute("href")
    if href and tag.name == "a":
        tag.reach = reach(href)
        if url := doc.absolute(href, tag.reach):
            text = _text_of(tag, inner) or link_text(element)
            kind = Element.ATTACHMENT if is_attachment(url) else Element.A
            return (Link(url, href.strip(), text[:TEXT_LIMIT], kind, place.region, place.visible),)
    known = tag.attributes
    addresses = [known[name] for name in _ADDRESSES if name in known]
    for code in (href, known.get("onclick", "")):
        addresses += handler_addresses(code)
    tag.reach = widest(addresses)
    return tuple(_links_of(doc, page, element, tag))


def _text_of(tag: Tag, inner: Sequence[Tag]) -> str:
    """Returns the folded text of a link, "" where that is for its element to tell."""
    if not inner:
        return tag.squeezed
    if not _NO_TEXT.isdisjoint([each.name for each in inner]):
        return ""
    return squeeze("".join([tag.text, *[each.text for each in inner]]))


def _links_of(doc: Document, page: Layout, element: etree._Element, opening: Tag) -> Iterator[Link]:
    tag = opening.name
    if tag in ("a", "area"):
        yield from _anchor(doc, page, element)
    elif tag == "img" or (tag == "input" and opening.attributes.get("type", "").lower() == "image"):
        yield from _one(doc, page, element, image_source(element), Element.IMG, "src", alt_of(element))
    elif tag in ("iframe", "frame"):
        source = element.get("src") or ""
        yield from _one(doc, page, element, source, Element.IFRAME, "src", element.get("title") or "")
    elif tag == "script":
        if address := element.get("src"):
            yield from _one(doc, page, element, address, Element.SCRIPT, "src", "")
        else:
            yield from _written(doc, page, element)
    elif tag == "link":
        yield from _head_link(doc, page, element)
    elif tag in _MEDIA:
        address, kind = element.get(_MEDIA[tag]) or "", Element.MEDIA
        if tag in _PLUGINS and _frames(doc, element, address):
            kind = Element.IFRAME
        yield from _one(doc, page, element, address, kind, "src", "")
        if tag == "video" and element.get("poster"):
            yield from _one(doc, page, element, element.get("poster") or "", Element.IMG, "src", "")
    elif tag == "option":
        yield from _option(doc, page, element)
    elif element.get("onclick"):
        for raw in handler_addresses(element.get("onclick") or ""):
            yield from _one(doc, page, element, raw, Element.A, "onclick", text_of(element, TEXT_LIMIT))
    if "background" in opening.attributes and tag in ("body", "table", "td", "tr", "th", "div"):
        yield from _one(doc, page, element, element.get("background") or "", Element.IMG, "src", "")


def _frames(doc: Document, element: etree._Element, address: str) -> bool:
    """Returns whether an embed or object shows a page or a document: by the type it names, else by its address."""
    if named := (element.get("type") or "").partition(";")[0].strip().lower():
        return named in _FRAMED_TYPES
    return not element.get("classid") and extension(doc.absolute(address)) in _FRAMED_NAMES


def _anchor(doc: Document, page: Layout, element: etree._Element) -> Iterator[Link]:
    """Yields the link an anchor is, at most one."""
    href = element.get("href")
    text = link_text(element)
    if href is None and "xlink:href" in element.attrib:
        href = element.get("xlink:href")  # of a map drawn as SVG
    if href and (url := doc.absolute(href) or kept(href)):
        place = page.place(element)
        kind = Element.ATTACHMENT if is_attachment(url) else Element.A
        yield Link(url, href.strip(), text[:TEXT_LIMIT], kind, place.region, place.visible, "href")
        return
    for source, via in ((href or "", "onclick"), (element.get("onclick") or "", "onclick")):
        for raw in handler_addresses(source):
            yield from _one(doc, page, element, raw, _kind(doc, raw), via, text)
            return


def _kind(doc: Document, raw: str) -> Element:
    return Element.ATTACHMENT if is_attachment(doc.absolute(raw)) else Element.A


def _one(
    doc: Document, page: Layout, element: etree._Element, raw: str, kind: Element, via: str, text: str
) -> Iterator[Link]:
    url = (doc.absolute(raw) or on_a_drive(raw)) if raw else ""
    if not url:
        return
    place = page.place(element)
    yield Link(url, raw.strip(), squeeze(text)[:TEXT_LIMIT], kind, place.region, place.visible, via)


def _head_link(doc: Document, page: Layout, element: etree._Element) -> Iterator[Link]:
    relation = (element.get("rel") or "").lower().split()
    href = element.get("href") or ""
    if "stylesheet" in relation:
        yield from _one(doc, page, element, href, Element.CSS, "href", "")
    elif "icon" in relation:
        yield from _one(doc, page, element, href, Element.IMG, "href", "")


def _option(doc: Document, page: Layout, element: etree._Element) -> Iterator[Link]:
    value = (element.get("value") or "").strip()
    if not _ADDRESS.search(value):
        return
    select = element.getparent()
    while select is not None and select.tag != "select":
        select = select.getparent()
    handler = "" if select is None else (select.get("onchange") or "") + (select.get("onclick") or "")
    if value.lower().startswith(("http://", "https://", "//")) or _JUMPS.search(handler):
        yield from _one(doc, page, element, value, _kind(doc, value), "option", text_of(element))


def _written(doc: Document, page: Layout, element: etree._Element) -> Iterator[Link]:
    """Yields the anchors a script writes as text: str += '<li><a href="../rsxx/">人事信息</a></li>'."""
    code = element.text or ""
    for raw, text in _anchors_in(code) if len(code) <= _LONGEST_KEPT else _anchors_in.__wrapped__(code):
        yield from _one(doc, page, element, raw, _kind(doc, raw), "script", text)


@lru_cache(maxsize=64)  # pages of one template hold the same scripts
def _anchors_in(code: str) -> tuple[tuple[str, str], ...]:
    written = ((match[2], match[3]) for match in _WRITTEN.finditer(code))
    return tuple(
        (raw, _TAG.sub("", text)) for raw, text in written if not raw.startswith(("javascript", "#", "mailto"))
    )


def handler_addresses(code: str) -> tuple[str, ...]:
    """Returns the addresses an event handler or javascript: href opens, as written; () where it builds or has none."""
    if not code:
        return ()
    return _opened_by(code) if len(code) <= _LONGEST_HANDLER else _opened_by.__wrapped__(code)


@lru_cache(maxsize=1024)
def _opened_by(code: str) -> tuple[str, ...]:
    if not _OPEN.search(code):
        return ()
    return tuple(dict.fromkeys(match[2] for match in _QUOTED.finditer(code) if match[2] not in ("/", "//", "./")))


def link_text(element: etree._Element) -> str:
    """Returns what a visitor reads on a link: its text, else its title, else alt or title of an image in it."""
    text = text_of(element, TEXT_LIMIT)
    if text:
        return text
    if element.get("title"):
        return squeeze(element.get("title") or "")
    for image in element.iter("img"):
        if alt := alt_of(image):
            return alt
    return squeeze(element.get("aria-label") or element.get("alt") or "")


def alt_of(element: etree._Element) -> str:
    """Returns the words that stand for an image: alt, else title."""
    return squeeze(element.get("alt") or element.get("title") or "")


def image_source(element: etree._Element) -> str:
    """Returns the address of an image as written; of a lazy one the address it will have."""
    source = (element.get("src") or "").strip()
    if not _is_placeholder(source):
        return source
    for name in _LAZY:
        if value := (element.get(name) or "").strip():
            return value
    return source


def _is_placeholder(source: str) -> bool:
    if not source or source[:6].lower().startswith(("data:", "about:")):
        return True
    return source[-4:].lower() in _DRAWN and _PLACEHOLDER.search(source.rpartition("/")[2]) is not None


def read_forms(doc: Document) -> tuple[Form, ...]:
    """Returns the forms of the page with their named controls."""
    page = layout(doc)
    forms: list[Form] = []
    for element in islice(doc.tree.iter("form"), _MOST_FORMS):
        place = page.place(element)
        controls = element.iter("input", "select", "textarea", "button")
        fields = tuple(_field(control) for control in islice(controls, _MOST_FIELDS))
        forms.append(
            Form(
                action=doc.absolute(element.get("action") or ""),
                method="post" if (element.get("method") or "").lower() == "post" else "get",
                target=element.get("target") or "",
                fields=fields,
                region=place.region,
                visible=place.visible,
            )
        )
    return tuple(forms)


def _field(control: etree._Element) -> Field:
    kind = (control.get("type") or "").lower()
    if control.tag != "input":
        kind = str(control.tag)
    return Field(
        name=(control.get("name") or "")[:TEXT_LIMIT],
        type=(kind or "text")[:TEXT_LIMIT],
        value=(control.get("value") or "")[:_LONGEST_VALUE],
        placeholder=(control.get("placeholder") or "")[:TEXT_LIMIT],
    )

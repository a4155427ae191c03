"""Lists that are not in the tree: XML islands of jpage, JSON in scripts and answers, templates, items in comments.

A browser draws these; here they are read where the data stands in the source, and otherwise only noticed, so that a
list drawn by script is never taken for an empty one.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lxml import etree

from portal.counts import MOST, number_of
from portal.dates import parse_date
from portal.facts import ListItem, Pager, Region
from portal.flow import flow_of
from portal.html import Document, parse, squeeze
from portal.item_titles import is_title_link
from portal.items import read_row
from portal.regions import layout
from portal.vocabulary import any_of, load
from portal.zone import CHINA

ITEM_LIMIT = 2000  # records read of one island
JSON_LIMIT = 3_000_000  # characters of one script that are searched for JSON
_LONGEST_TITLE = 2000  # characters of a value, markup included, that may be a title
_SOME = 20  # items of a list whose titles are looked for on its page
_DRAWN = 3  # rows that write their links from which they are a list
_FIRST_STAMP, _LAST_STAMP = 631_152_000, 4_102_444_800  # 1990 and 2100 in seconds

_LISTS: Mapping[str, Any] = load("lists")
_TITLES: tuple[str, ...] = _LISTS["json"]["title"]
_URLS: tuple[str, ...] = _LISTS["json"]["url"]
_DATES: tuple[str, ...] = _LISTS["json"]["date"]
_DEVICES: tuple[str, ...] = _LISTS["json"]["devices"]
_INNER: tuple[str, ...] = _LISTS["json"]["inner"]
_COLUMN = frozenset(_LISTS["json"]["column"])
_DRAWN_BY_SERVER: tuple[str, ...] = tuple(_LISTS["json"]["drawn"])
_HTML = frozenset(_LISTS["json"]["html"])
_TOTALS = frozenset(_LISTS["json"]["total"])
_PAGES = frozenset(_LISTS["json"]["pages"])
_ATTRIBUTES = frozenset(_LISTS["scripted"]["attributes"])
_PLACEHOLDER = re.compile(_LISTS["scripted"]["placeholder"])
_CALLS = re.compile(_LISTS["scripted"]["calls"])
_TEMPLATES = frozenset(_LISTS["scripted"]["templates"])
_JSON_START = re.compile(r"[\[{]")
# Half a character: an emoji a list's script cut in two. Nothing can print or store it.
_HALF = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_STAMP = re.compile(r"/Date\((\d{9,13})(?:[+-]\d{4})?\)/")  # how .NET writes a time
_TAG = re.compile(r"<[^>]+>")
_ROW_TAG = re.compile(r"<(?:li|tr|dd|div|p|a)\b", re.IGNORECASE)
_LINK = re.compile(r"<a\s[^<>]*href", re.IGNORECASE)
_MARKUP = re.compile(any_of(["<a ", "<li", "<tr"]), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Island:
    """A list found outside the tree: its form (jpage, json), items, and how it goes on."""

    form: str
    items: tuple[ListItem, ...]
    pager: Pager | None = None


@dataclass(frozen=True, slots=True)
class Scripting:
    """What speaks for a list drawn by script: template placeholders or attributes seen, calls that fetch, items that
    stand in a comment."""

    templated: bool = False
    calls: bool = False
    commented: int = 0

    @property
    def likely(self) -> bool:
        """True where a missing list may well be drawn by script."""
        return self.templated or self.calls or self.commented > 0


def read_island(doc: Document, *, reference: dt.date | None = None) -> Island | None:
    """Returns the largest list held as data in the page, None without one. Never raises."""
    found = [island for island in (_records(doc, reference), _json_list(doc)) if island is not None]
    return max(found, key=lambda island: len(island.items), default=None)


def is_data(doc: Document) -> bool:
    """Returns whether the document is data and no page: JSON, or the XML answer of a data proxy."""
    start = doc.source.lstrip("\ufeff \t\r\n")[:400].lower()
    if start[:1] in ("{", "["):
        return True
    return start.startswith(("<datastore", "<?xml")) and "<html" not in start


def read_scripting(doc: Document) -> Scripting:
    """Returns what speaks for lists drawn by script on this page; cached per page."""
    found = doc.cache.get("scripting")
    if isinstance(found, Scripting):
        return found
    templated = calls = False
    commented = drawn = 0
    for element in doc.tree.iter():
        if isinstance(element, etree._Comment):
            commented = max(commented, _commented_items(element.text or ""))
            continue
        if element.tag == "script":
            kind = (element.get("type") or "").lower().strip()
            code = element.text or ""
            if kind in _TEMPLATES or (kind and "template" in kind):
                templated = templated or ("{{" in code or "<%" in code or "${" in code)
            elif code and not calls:
                written = "<li" in code and "href" in code and layout(doc).place(element).region is Region.BODY
                drawn += "document.write" in code and "href" in code and _in_row(element)
                calls = written or drawn >= _DRAWN or _CALLS.search(code) is not None
            continue
        if element.tag in ("style", "head", "meta", "link"):
            continue
        if any(name in _ATTRIBUTES for name in element.attrib) or (
            element.text and "{{" in element.text and _PLACEHOLDER.search(element.text)
        ):
            templated = True
    result = doc.cache["scripting"] = Scripting(templated, calls, commented)
    return result


def _in_row(script: etree._Element) -> bool:
    """Returns whether a script stands in a row of a list or table: it writes the link of that row."""
    return any(above.tag in ("li", "tr", "dd") for above in islice(script.iterancestors(), 3))


def _commented_items(text: str) -> int:
    """Returns how many list items a comment holds; conditional comments and single links hold none."""
    if "href" not in text or not _MARKUP.search(text) or text.lstrip().lower().startswith("[if"):
        return 0
    count = min(
        len(re.findall(r"<a\s", text, re.IGNORECASE)), max(text.lower().count("<li"), text.lower().count("<tr"))
    )
    return count if count >= 3 else 0


def _records(doc: Document, reference: dt.date | None) -> Island | None:
    if "<record>" not in doc.source:
        return None
    items: list[ListItem] = []
    for part in doc.source.split("<record>")[1 : ITEM_LIMIT + 1]:
        fragment, closed, _ = part.partition("</record>")
        fragment = fragment.strip().removeprefix("<![CDATA[").removesuffix("]]>")
        if not closed or not _ROW_TAG.search(fragment):
            continue
        item = _fragment_item(doc, fragment, reference)
        if item is not None:
            items.append(item)
    total = re.search(r"<totalrecord>\s*(\d+)", doc.source, re.IGNORECASE)
    pages = re.search(r"<totalpage>\s*(\d+)", doc.source, re.IGNORECASE)
    if not items and total is None:
        return None
    return Island(
        "jpage",
        tuple(items),
        Pager("jpage", number_of(pages[1]) if pages else 0, number_of(total[1]) if total else None),
    )


def _fragment_item(doc: Document, fragment: str, reference: dt.date | None) -> ListItem | None:
    part = parse(fragment.encode("utf-8"), doc.url, "text/html; charset=utf-8")
    part.base = doc.base
    body = part.tree.find("body")
    if body is None:
        return None
    elements: list[etree._Element | str] = [body.text] if body.text else []
    for child in body:
        elements.append(child)
        if child.tail:
            elements.append(child.tail)
    return read_row(part, elements, reference=reference).item


def _json_list(doc: Document) -> Island | None:
    """Returns the largest array of items in the JSON of a page, None without one; cached per page."""
    if "json_list" not in doc.cache:
        doc.cache["json_list"] = _largest_array(doc)
    found = doc.cache["json_list"]
    return found if isinstance(found, Island) else None


def _largest_array(doc: Document) -> Island | None:
    best: Island | None = None
    drawn = drawn_by_server(doc)
    for value in _json_values(doc):
        for items, holder in _arrays(doc, value, 0):
            if items and (best is None or len(items) > len(best.items)) and not (drawn and not _shown(doc, items)):
                best = Island("json", tuple(items), _json_pager(holder))
    return best


def drawn_by_server(doc: Document) -> bool:
    """Returns whether a server has drawn the page for an application, whose scripts go on with it in the browser."""
    return any(mark in doc.source for mark in _DRAWN_BY_SERVER)


def _shown(doc: Document, items: Sequence[ListItem]) -> bool:
    """Returns whether the page shows the items of a list it holds as data. A server that draws pages writes down beside
    each all its script may need: menus, rankings, what other pages hold. Its list is what it has drawn."""
    shown = doc.cache.get("letters")
    if not isinstance(shown, str):
        shown = doc.cache["letters"] = "".join(flow_of(doc).text.split())
    some = ["".join(item.title.split()) for item in items[:_SOME]]
    return sum(title in shown for title in some) * 5 >= len(some) * 4


def _json_values(doc: Document) -> Iterator[Any]:
    if is_data(doc):
        try:
            yield json.loads(_HALF.sub(r"\\ufffd", doc.source.strip("\ufeff \t\r\n")))
        except (ValueError, RecursionError):
            return
        return
    decoder = json.JSONDecoder()
    for script in doc.tree.iter("script"):
        code = script.text or ""
        if len(code) < 40 or len(code) > JSON_LIMIT or ('"' not in code):
            continue
        if "\\u" in code:
            code = _HALF.sub(r"\\ufffd", code)
        at = 0
        for _ in range(200):
            match = _JSON_START.search(code, at)
            if match is None:
                break
            rest = code[match.start() + 1 : match.start() + 60].lstrip()
            if rest[:1] not in ('"', "{", "["):
                at = match.end()
                continue
            try:
                value, end = decoder.raw_decode(code, match.start())
            except (ValueError, RecursionError):
                at = match.end()
                continue
            at = end
            if isinstance(value, list | dict):
                yield value


def _arrays(doc: Document, value: Any, depth: int) -> Iterator[tuple[list[ListItem], Mapping[str, Any]]]:
    """Yields (items, the object that holds them) of every array of items in a JSON value."""
    if depth > 8:
        return
    if isinstance(value, list):
        items = [item for item in (_json_item(doc, v) for v in value[:2000]) if item is not None]
        if items and len(items) * 2 >= len(value):
            yield items, {}
        elif rows := [row for row in value[:ITEM_LIMIT] if isinstance(row, str) and _LINK.search(row)]:
            yield [item for row in rows if (item := _fragment_item(doc, row, None)) is not None], {}
        else:
            for child in value[:200]:
                yield from _arrays(doc, child, depth + 1)
    elif isinstance(value, dict):
        for name, child in value.items():
            if isinstance(child, str) and name.lower() in _HTML and "<a" in child and len(child) > 40:
                yield _fragment_list(doc, child), value
            elif isinstance(child, list | dict):
                for items, holder in _arrays(doc, child, depth + 1):
                    yield items, holder or value


def _fragment_list(doc: Document, fragment: str) -> list[ListItem]:
    from portal.lists import main_list  # the reader of pages, on a fragment of one

    part = parse(fragment.encode("utf-8"), doc.url, "text/html; charset=utf-8")
    part.base = doc.base
    found = main_list(part)
    return list(found.items) if found is not None else []


def _json_item(doc: Document, value: Any) -> ListItem | None:
    if not isinstance(value, dict):
        return None
    names, title = _titled(value)
    inner = next((value[name] for name in _INNER if isinstance(value.get(name), dict)), None)
    if inner is not None and not title:  # the document of a hit; beside a title, who published it
        names, title = _titled(inner)
    if len(_COLUMN.intersection(names)) >= 2:
        return None  # a node of a menu, whose date says nothing of what it publishes
    url = next((found for n in _folded(_URLS) if (found := _json_url(names.get(n)))), "")
    if len(title) < 2 or not is_title_link(title):
        return None
    date, text = None, ""
    for name in _folded(_DATES):
        raw = names.get(name)
        date = _json_date(raw)
        if date is not None:
            text = str(raw)
            break
    if not url and date is None:
        return None
    if (
        not url
        and not any(name in names for name in ("id", "docid", "articleid", "infoid", "guid", "uuid"))
        and date is None
    ):
        return None
    return ListItem(title=title[:300], url=doc.absolute(url) if url else "", date=date, date_text=text[:60])


def _titled(value: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Returns the parts of an object by their names as they are compared, and its title, "" without one."""
    names = {str(name).lower().replace("_", "").replace("-", ""): item for name, item in value.items()}
    title = next((str(names[n]) for n in _folded(_TITLES) if isinstance(names.get(n), str) and names[n].strip()), "")
    return names, squeeze(_TAG.sub("", title[:_LONGEST_TITLE]))


def _json_url(value: Any) -> str:
    """Returns the address a value names: itself, or where it tells addresses by device, that for computers."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return ""
    if isinstance(value, dict):
        value = next((value[device] for device in _DEVICES if value.get(device)), None)
    return value.strip() if isinstance(value, str) else ""


def _folded(names: tuple[str, ...]) -> Iterator[str]:
    return (name.replace("_", "") for name in names)


def _json_date(value: Any) -> dt.date | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str) and (stamp := _STAMP.fullmatch(value)):
        value = stamp[1]
    if isinstance(value, str) and not value.isdecimal():
        return parse_date(value)
    if isinstance(value, str) and len(value) == 8:
        return parse_date(value)
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):  # whole numbers of JSON may be of any size
        return None
    seconds = number / 1000 if number > _LAST_STAMP else number
    if not _FIRST_STAMP <= seconds <= _LAST_STAMP:
        return None
    return dt.datetime.fromtimestamp(seconds, CHINA).date()


def _json_pager(holder: Mapping[str, Any]) -> Pager | None:
    total: int | None = None
    pages = 0
    for name, value in holder.items():
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST:
            number = value
        elif isinstance(value, str) and value.isdecimal():
            number = number_of(value)
        else:
            continue
        folded = name.lower().replace("-", "_")
        if folded in _TOTALS or folded.replace("_", "") in _TOTALS:
            total = number
        elif folded in _PAGES or folded.replace("_", "") in _PAGES:
            pages = number
    return Pager("script", pages, total) if pages or total is not None else None

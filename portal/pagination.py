"""How a list goes on: its pager in all the forms portals use, and the addresses of the pages that follow.

Forms: links (numbered or 下一页), createPageHTML (two signatures of two vendors), jpage (XML islands with a data
proxy), select (a jump list), post (a form with the page number), script (the page is fetched by script, or the pager
written by one), encoded (the pager itself is base64). Only links, createPageHTML, select and those written by a script
name addresses that can be asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from lxml import etree

from portal.counts import number_of
from portal.facts import Pager
from portal.html import Document, markup_of, squeeze, text_at, text_of
from portal.markup import CODE
from portal.vocabulary import load

NEXT_LIMIT = 50  # addresses of following pages kept
_MOST_LINKS = 80  # of a pager
_LONGEST_WORD = 40  # characters of a link that are looked at for 下一页
_LONGEST_COUNT = 400  # characters of a text that may count pages and items

_PAGERS: Mapping[str, Any] = load("pagers")
_WORDS: Mapping[str, tuple[str, ...]] = _PAGERS["words"]
_NEXT, _LAST, _FIRST, _PREVIOUS = (frozenset(_WORDS[name]) for name in ("next", "last", "first", "previous"))
_PAGES = re.compile(_PAGERS["text"]["pages"])
_ITEMS = re.compile(_PAGERS["text"]["items"])
_CALLED: tuple[str, ...] = _PAGERS["script"]["called"]
_CALL = re.compile(_PAGERS["script"]["call"])
_SLASHED = re.compile(_PAGERS["text"]["slashed"])
_TURN = re.compile(_PAGERS["script"]["turn"], re.IGNORECASE)
_POSTED = re.compile(_PAGERS["script"]["posted"])
_TOTAL = re.compile(_PAGERS["script"]["total"], re.IGNORECASE)
_SHOWN = re.compile(_PAGERS["script"]["shown"], re.IGNORECASE)
_ENCODED = re.compile(_PAGERS["script"]["encoded"])
_LETTERS: tuple[str, ...] = _PAGERS["script"]["letters"]
_LAYERS = re.compile(_PAGERS["script"]["layers"])
_JPAGE = re.compile(_PAGERS["script"]["jpage"])
_NAMED = re.compile(_PAGERS["script"]["named"])
_COUNT = re.compile(_PAGERS["script"]["count"], re.IGNORECASE)
_CURRENT = re.compile(_PAGERS["script"]["current"], re.IGNORECASE)
_FOLLOWING = re.compile(_PAGERS["script"]["following"], re.IGNORECASE)
_NAMES = frozenset(_PAGERS["names"]["words"])
_FIELDS = frozenset(_PAGERS["names"]["fields"])
_PARAMETERS = frozenset(_PAGERS["names"]["parameters"])
_NUMBER = re.compile(r"^[\[\(【<\s]*(?:第|page)?\s*(\d{1,5})\s*页?[\]\)】>\s]*$", re.IGNORECASE)
_NUMBERED = re.compile(r"[_\-](\d{1,4})\.[a-z]{3,6}$|/page/(\d{1,4})/?$")
_ARROWS = " <>«»‹›←→"
_ONWARD_WORDS = _NEXT | _LAST
_ONWARD_CHINESE = tuple(word for word in _WORDS["next"] if len(word) > 1 and not word.isascii())
_ONWARD = frozenset({"next"})  # as a class or rel of a link
_SENTENCE = re.compile(r"[。；！？]")
_LAST_NUMBER = re.compile(r"\d+(?=\D*$)")
_LINE_COMMENT = re.compile(r"(?<![:'\"])//[^\n]*")
_COMMENT = re.compile(rf"/\*.*?\*/|{_LINE_COMMENT.pattern}", re.DOTALL)
_RECORDS = re.compile(r"<totalrecord>\s*(\d+)\s*</totalrecord>", re.IGNORECASE)
_RECORD_PAGES = re.compile(r"<totalpage>\s*(\d+)\s*</totalpage>", re.IGNORECASE)
_INDEX = re.compile(r"^[\w\-]+$")
_PAGE_FILE = re.compile(r"/[\w/-]+\.s?html?$")  # as tagname of a link of easysite: /x/y/21892-2.html
_ITEM_STEM = re.compile(r"^t\d{8}_\d+|^post_\d+|^content_\d+")  # what pages through an article is no pager of a list


def read_pager(doc: Document) -> Pager | None:
    """Returns the pager of the page's list, None where there is none; cached per page. Never raises."""
    if "pager" not in doc.cache:
        doc.cache["pager"] = _read(doc)
    found = doc.cache["pager"]
    return found if isinstance(found, Pager) else None


def _read(doc: Document) -> Pager | None:
    found = _by_call(doc)
    text_pages, text_items = _counts(doc)
    if found is not None:
        items = text_items if found.items is None else found.items
        return replace(found, pages=found.pages or text_pages, items=items)
    by_links = _by_links(doc)
    if by_links is not None:
        return replace(by_links, pages=max(by_links.pages, text_pages), items=text_items)
    for pager in (_by_island(doc), _by_variables(doc), _by_select(doc), _by_form(doc), _by_script(doc)):
        if pager is not None:
            items = text_items if pager.items is None else pager.items
            return replace(pager, pages=pager.pages or text_pages, items=items)
    if text_pages or text_items is not None:
        return Pager("script", text_pages, text_items)
    return None


def numbered_url(url: str, stem: str, extension: str, number: int) -> str:
    """Returns the address of page `number` beside `url`: index_2.html for index and html; 0 is the stem itself."""
    parts = urlsplit(url)
    folder = parts.path.rpartition("/")[0]
    name = f"{stem}_{number}.{extension}" if number else f"{stem}.{extension}"
    return urlunsplit((parts.scheme, parts.netloc, f"{folder}/{name}", "", ""))


def _by_call(doc: Document) -> Pager | None:
    for script in doc.tree.iter("script"):
        code = script.text or ""
        if len(code) > 200_000 or not any(name in code for name in _CALLED):
            continue
        for match in _CALL.finditer(_uncommented(code)):
            before = code[max(0, match.start() - 12) : match.start()]
            if re.search(r"function\s+$", before):
                continue
            arguments = [part.strip().strip("'\"") for part in match[2].split(",")]
            pager = _called(doc, arguments)
            if pager is not None:
                return pager
    return None


def _uncommented(code: str) -> str:
    """Returns a script without its comments. Behind the last `*/` none is looked for that ends with one: each of many
    that do not end would be followed to the end of the script."""
    ended = code.rfind("*/") + 2 if "*/" in code else 0
    if "/*" not in code[ended:]:
        return _COMMENT.sub("", code)
    return _COMMENT.sub("", code[:ended]) + _LINE_COMMENT.sub("", code[ended:])


def _called(doc: Document, arguments: Sequence[str]) -> Pager | None:
    """Returns the pager of createPageHTML(pages, current from 0, stem, extension) or (container, pages, current from 1,
    stem, extension, items); None where the call pages through an article or is built from variables."""
    if len(arguments) >= 4 and arguments[0].isdecimal() and arguments[1].isdecimal():
        pages, current, stem, extension = number_of(arguments[0]), number_of(arguments[1]), arguments[2], arguments[3]
        items = number_of(arguments[4]) if len(arguments) > 4 and arguments[4].isdecimal() else None
        first = current + 1
    elif len(arguments) >= 5 and arguments[1].isdecimal() and arguments[2].isdecimal():
        pages, current, stem, extension = number_of(arguments[1]), number_of(arguments[2]), arguments[3], arguments[4]
        items = number_of(arguments[5]) if len(arguments) > 5 and arguments[5].isdecimal() else None
        # Page 1 is the stem itself, page 2 is stem_2 here and stem_1 in the other signature.
        first = current + 1
        urls = [
            numbered_url(doc.base, stem, extension, n) for n in range(first, min(pages, first + NEXT_LIMIT - 1) + 1)
        ]
        return Pager("createPageHTML", pages, items, tuple(urls), current) if _INDEX.match(stem) else None
    else:
        return None
    if not _INDEX.match(stem) or not _INDEX.match(extension) or _ITEM_STEM.match(stem):
        return None
    last = min(pages - 1, first + NEXT_LIMIT - 1)
    urls = [numbered_url(doc.base, stem, extension, n) for n in range(first, last + 1)]
    return Pager("createPageHTML", pages, items, tuple(urls), first)


_HOLDERS = frozenset({"div", "ul", "p", "td", "span", "table", "nav", "ol", "form", "center"})


def _pager_blocks(doc: Document) -> tuple[int, ...]:
    """Returns the numbers of the elements that are called a pager; cached per page."""
    found = doc.cache.get("pager_blocks")
    if not isinstance(found, tuple):
        page = markup_of(doc)
        holders = [number for number, tag in enumerate(page.openings) if tag.written and tag.name in _HOLDERS]
        named = [number for number in holders if not _NAMES.isdisjoint(page.openings[number].parts)]
        found = doc.cache["pager_blocks"] = tuple(named)
    return found


def _by_links(doc: Document) -> Pager | None:
    """Reads pagers made of links: blocks named so first, then any run of links with 下一页 or page numbers."""
    page = markup_of(doc)
    for block in _pager_blocks(doc):
        links = page.anchors(block)
        if 0 < len(links) <= _MOST_LINKS:
            pager = _from_anchors(doc, [page.elements[number] for number in links])
            if pager is not None:
                return pager
    turning = [
        page.elements[number]
        for number in page.links
        if text_at(page, number, _LONGEST_WORD).strip(" <>[]【】") in _ONWARD_WORDS
    ]
    seen: set[etree._Element] = set()
    for anchor in turning:
        holder = anchor.getparent()
        if holder is not None and holder.tag in ("li", "span", "b", "td"):
            holder = holder.getparent()
        if holder is None or holder in seen:
            continue
        seen.add(holder)
        anchors = list(islice(holder.iter("a"), _MOST_LINKS + 1))
        if 0 < len(anchors) <= _MOST_LINKS and (pager := _from_anchors(doc, anchors)) is not None:
            return pager
    return None


def _from_anchors(doc: Document, anchors: Sequence[etree._Element]) -> Pager | None:
    numbers: dict[int, str] = {}
    onward: dict[str, None] = {}
    turned = 0
    pages = last = 0
    steps = 0
    for anchor in anchors:
        text = squeeze(text_of(anchor)) or squeeze(anchor.get("title") or "")
        bare = text.strip(" [【】]").lower()
        match = _NUMBER.match(text)
        word = (
            bare in _NEXT
            or bare in _LAST
            or bare in _FIRST
            or bare in _PREVIOUS
            or bare.strip(_ARROWS) in _ONWARD_WORDS
            or _leads_on(anchor)
        )
        if not match and not word:
            if len(text) > 12:
                return None  # titles: no pager
            continue
        steps += 1
        href = anchor.get("href") or ""
        url = doc.absolute(href) or (
            doc.absolute(told) if _PAGE_FILE.match(told := anchor.get("tagname") or "") else ""
        )
        if not url and (turn := _TURN.search(href + " " + (anchor.get("onclick") or ""))):
            turned += 1
            pages = max(pages, number_of(turn[1]))
        if match:
            pages = max(pages, number_of(match[1]))
            if url:
                numbers[number_of(match[1])] = url
        elif url and (bare in _NEXT or bare.strip(_ARROWS) in _NEXT or _leads_on(anchor)):
            onward[url] = None
        elif url and (bare in _LAST or bare.strip(_ARROWS) in _LAST):
            last = max(last, page_number(url))
    if steps < 2 and not onward:
        return None
    second = not page_number(doc.url) and any(page_number(url) == 1 for url in onward)
    if last and (second or any(n > 1 and page_number(url) == n - 1 for n, url in numbers.items())):
        last += 1  # page 2 is index_1.html here
    pages = max(pages, last)
    current = page_number(doc.url) or 1
    urls = list(onward) + [numbers[n] for n in sorted(numbers) if n > current]
    urls = [u for u in dict.fromkeys(urls) if u != doc.url]
    # A number in the address may belong to the column (list_12.html); beside its like in the pager it is the page's.
    alike = any(n != current and page_number(url) == n and _same_shape(url, doc) for n, url in numbers.items())
    proven = current if current > 1 and alike else 0
    if urls:
        return Pager("links", pages, None, tuple(urls[:NEXT_LIMIT]), proven)
    if numbers or turned or steps >= 2:
        return Pager("script" if turned else "links", max(pages, 1 if numbers else 0), None, (), proven)
    return None


def _same_shape(url: str, doc: Document) -> bool:
    """Returns whether an address is the page's own but for the last number in it."""
    return _LAST_NUMBER.sub("", url) == _LAST_NUMBER.sub("", doc.url)


def _leads_on(anchor: etree._Element) -> bool:
    """Returns whether class or rel say that a link leads to the following page, whatever its text."""
    return bool(_ONWARD & {word.lower() for name in ("class", "rel") for word in (anchor.get(name) or "").split()})


def page_number(url: str) -> int:
    """Returns the page number an address carries (index_3.html, 1751_2.html, ?page=4, /page/2), 0 without one."""
    path, _, query = url.partition("?")
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name.lower() in _PARAMETERS and value.isdecimal():
            return number_of(value)
    match = _NUMBERED.search(path)
    return number_of(match[1] or match[2]) if match else 0


def unnumbered(url: str) -> str:
    """Returns the address without the page number it carries: that of 8.html for 8_2.html, as it is without one."""
    path, mark, query = url.partition("?")
    parts = query.split("&")
    kept = [part for part in parts if part.partition("=")[0].lower() not in _PARAMETERS]
    if len(kept) < len(parts):
        return f"{path}?{'&'.join(kept)}" if kept else path
    match = _NUMBERED.search(path)
    if match is None:
        return url
    return f"{path[: match.start()]}{path[match.end(match.lastindex or 0) :]}{mark}{query}"


def _counts(doc: Document) -> tuple[int, int | None]:
    """Returns (pages, items) as the page's text says them near its list, (0, None) where it does not."""
    pages, items = 0, None
    told = [tag for tag in markup_of(doc).tags if "页" in tag.text or "条" in tag.text]
    texts = [tag.text for tag in told if tag.name not in CODE]
    for text in texts:
        if len(text) > _LONGEST_COUNT or _SENTENCE.search(text):
            continue  # 共30条 in prose counts the articles of a law
        if not pages and (match := _PAGES.search(text)):
            pages = number_of(next(group for group in match.groups() if group))
        if items is None and (match := _ITEMS.search(text)):
            items = number_of(next(group for group in match.groups() if group))
    if not pages or items is None:
        for block in _pager_blocks(doc):
            text = text_at(markup_of(doc), block, _LONGEST_COUNT + 1)
            if len(text) > _LONGEST_COUNT:
                continue
            if not pages and (match := _PAGES.search(text)):
                pages = number_of(next(group for group in match.groups() if group))
            if not pages and (match := _SLASHED.search(text)) and number_of(match[1]) <= number_of(match[2]):
                pages = number_of(match[2])
            if items is None and (match := _ITEMS.search(text)):
                items = number_of(next(group for group in match.groups() if group))
    return pages, items


def _by_island(doc: Document) -> Pager | None:
    if ("<record" not in doc.source and "dataproxy" not in doc.source) or not _JPAGE.search(doc.source):
        return None
    records, pages = _RECORDS.search(doc.source), _RECORD_PAGES.search(doc.source)
    return Pager("jpage", number_of(pages[1]) if pages else 0, number_of(records[1]) if records else None)


def _by_select(doc: Document) -> Pager | None:
    for select in doc.tree.iter("select"):
        handler = (select.get("onchange") or "").lower()
        if "location" not in handler and "page" not in handler and "jump" not in handler and "go" not in handler:
            continue
        options = list(select.iter("option"))
        numbers = [squeeze(text_of(option)) for option in options]
        if len(options) < 1 or not all(re.fullmatch(r"第?\s*\d{1,5}\s*页?", number) for number in numbers):
            continue
        chosen = next((n for n, option in enumerate(options) if option.get("selected") is not None), 0)
        values = [option.get("value") or "" for option in options[chosen + 1 :]]
        urls = [doc.absolute(value) for value in values if not value.strip().isdecimal()]
        return Pager("select", len(options), None, tuple([u for u in urls if u][:NEXT_LIMIT]))
    return None


def _by_form(doc: Document) -> Pager | None:
    for form in doc.tree.iter("form"):
        for control in form.iter("input"):
            if (control.get("name") or "").lower() in _FIELDS and (control.get("type") or "").lower() == "hidden":
                return Pager("post")
    if pages := [number_of(number) for number in _POSTED.findall(doc.source)]:
        return Pager("post", max(pages))
    return None


def _by_variables(doc: Document) -> Pager | None:
    """Reads pagers whose script keeps the number of pages in a variable and writes 下一页 itself, the address of the
    following page put together there: "index" + "_" + nextPage + ".html". Pages count from 0 in such addresses."""
    for script in doc.tree.iter("script"):
        code = script.text or ""
        if "页" not in code or len(code) > 200_000 or not _NAMED.search(code):
            continue
        code = _uncommented(code)
        pages = max([number_of(match[1]) for match in _COUNT.finditer(code)], default=0)
        if pages < 2 or not any(word in code for word in _ONWARD_CHINESE):
            continue
        here = _CURRENT.search(code)
        current = number_of(here[1]) if here else 0
        first = here is not None and current == 0
        if not (following := _FOLLOWING.search(code)):
            return Pager("script", pages, None, (), 1 if first else 0)
        stem, extension = following[1].rstrip("_"), following[2].lower()
        if _ITEM_STEM.match(stem):
            return None
        last = min(pages - 1, current + NEXT_LIMIT)
        urls = tuple(numbered_url(doc.base, stem, extension, number) for number in range(current + 1, last + 1))
        return Pager("script", pages, None, urls, 1 if first else 0)
    return None


def _by_script(doc: Document) -> Pager | None:
    for script in doc.tree.iter("script"):
        code = script.text or ""
        if not any(letters in code for letters in _LETTERS):
            continue
        if _ENCODED.search(code):
            return Pager("encoded")
        if _LAYERS.search(code):
            total, shown = _TOTAL.search(code), _SHOWN.search(code)
            items = (number_of(total[1]) or None) if total else None
            pages = -(-items // number_of(shown[1])) if items and shown and number_of(shown[1]) else 0
            return Pager("script", pages, items)
    return None

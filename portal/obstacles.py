"""What stands instead of content: bot protection, error pages, notices of moved sites, jumps to elsewhere.

Source: field guide 9 and 10. Status codes are not known here: these pages answer 200 under ordinary addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from portal.facts import Challenge
from portal.flow import flow_of
from portal.html import Document, markup_of, squeeze, text_of
from portal.text import visible
from portal.titles import head_title
from portal.vocabulary import any_of, load

_REFRESH = re.compile(r"^\s*(?P<delay>\d+(?:\.\d+)?)?\s*[;,]?\s*url\s*=\s*['\"]?(?P<url>[^'\">]+)", re.IGNORECASE)
_WRITTEN = re.compile(
    r"http-equiv\s*=\s*\\?[\"']?refresh\\?[\"']?[^>]*?content\s*=\s*\\?[\"']?\s*\d+\s*;\s*url\s*=\s*(?P<url>[^\"'\\>]+)",
    re.IGNORECASE,
)
_JUMP = re.compile(
    r"(?:(?:window|self|top|parent|document)\s*\.\s*)*location(?:\s*\.\s*href)?\s*(?:=\s*|\.\s*(?:replace|assign)\s*\(\s*)"
    r"(?P<quote>[\"'])(?P<url>[^\"'\s]{1,500})(?P=quote)"
)
_OPEN = re.compile(
    r"window\s*\.\s*open\s*\(\s*(?:(?P<quote>[\"'])(?P<url>[^\"']{1,500})(?P=quote)|(?P<name>\w+))"
    r"\s*,\s*[\"']_(?:self|top|parent)[\"']"
)
_NAMED = (
    r"\b{name}\s*=\s*(?:[^;\n]*?(?:getElementById\s*\(\s*|\$\s*\(\s*|querySelector\s*\(\s*)"
    r"[\"']#?(?P<id>[\w-]+)[\"']|[\"'](?P<url>[^\"']+)[\"'])"
)
_DEVICE = re.compile(r"userAgent|navigator\.|Android|iPhone|Mobile|screen\.width", re.IGNORECASE)
_LONG_DELAY = 60  # seconds; a page that refreshes later shows content meanwhile
_STUB = 60  # visible characters up to which a script's jump is what the page is for


@cache
def _challenges() -> tuple[tuple[Challenge, tuple[str, ...], tuple[str, ...], tuple[str, ...], int], ...]:
    return tuple(
        (
            Challenge(entry["vendor"], entry["interactive"]),
            tuple(word.lower() for word in entry.get("all", ())),
            tuple(word.lower() for word in entry.get("any", ())),
            tuple(word.lower() for word in entry.get("words", ())),
            int(entry["max_visible"]),
        )
        for entry in load("challenges")["challenge"]
    )


def visible_length(doc: Document) -> int:
    """Returns the characters of visible text without white space."""
    found = doc.cache.get("visible_length")
    if not isinstance(found, int):
        found = doc.cache["visible_length"] = visible(flow_of(doc).text)
    return found


def challenge_of(doc: Document) -> Challenge | None:
    """Returns the bot protection that stands instead of content, None where content is shown.

    Markers of a protection in a page with content mean nothing: they stay there after the check.
    """
    size = visible_length(doc)
    if size > max(entry[4] for entry in _challenges()):
        return None
    source = doc.source[:400_000].lower()
    text = flow_of(doc).text.lower() + head_title(doc).lower()
    for challenge, every, some, said, limit in _challenges():
        if size > limit or (said and not any(word in text for word in said)):
            continue
        if some and not any(word in source for word in some):
            continue
        if all(word in source or word in source.replace(" ", "") for word in every):
            return challenge
    return None


@cache
def _errors() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    table = load("errors")
    return (
        re.compile(
            rf"\s*(?:{any_of(table['title']['starts'])})(?=\s*(?:$|[\-_—–:：!！,，.|]|{any_of(table['title']['follows'])}))",
            re.IGNORECASE,
        ),
        re.compile(any_of(table["title"]["contains"]), re.IGNORECASE),
        re.compile(any_of(table["text"]["phrases"]), re.IGNORECASE),
        re.compile(any_of(table["notice"]["phrases"])),
        re.compile(any_of(table["jump"]["phrases"])),
    )


def error_words_of(doc: Document) -> str:
    """Returns the words that make the page an error page or a notice of a moved or closed site, "" without any."""
    flow = flow_of(doc)
    size = visible_length(doc)
    starts, contains, phrases, notices, jumps = _errors()
    table = load("errors")
    head = head_title(doc)
    limit = int(table["text"]["max_visible"])
    if size <= 3 * limit:
        hit = starts.match(head) or (contains.search(head) if len(head) <= 40 else None)
        if hit is not None:
            return squeeze(head)[:60]
    if size <= limit:
        for heading in doc.tree.iter("h1", "h2", "h3", "h4"):
            said = squeeze(text_of(heading))
            if len(said) <= 20 and (starts.match(said) or contains.search(said)):
                return said
        hit = phrases.search(flow.text)
        if hit is not None and (size <= limit / 2 or flow.text.find("\n", hit.end()) - hit.end() < 80):
            return hit.group()
    for pattern, name in ((notices, "notice"), (jumps, "jump")):
        rule = table[name]
        if size <= rule["max_visible"] and shown_links(doc) <= rule["max_links"]:
            hit = pattern.search(head) or pattern.search(flow.text)
            if hit is not None:
                return hit.group()
    return ""


def shown_links(doc: Document) -> int:
    """Returns how many links of the page show more than a letter."""
    flow = flow_of(doc)
    return sum(flow.stops[link] - flow.starts[link] > 1 for link in markup_of(doc).links)


def redirect_of(doc: Document) -> str:
    """Returns the absolute address the page sends its visitor to by itself, "" when it stays.

    Read: meta refresh, one written by script, location and window.open(..., "_self") of a page that shows hardly
    anything else. Jumps for other devices and to the page itself do not count.
    """
    for target in _targets(doc):
        address = doc.absolute(target.strip())
        if address and address != doc.absolute(doc.url) and address != doc.url:
            return address
    return ""


def _targets(doc: Document) -> Iterator[str]:
    for element in doc.tree.iter("meta"):
        if (element.get("http-equiv") or "").strip().lower() != "refresh":
            continue
        if any(parent.tag == "noscript" for parent in element.iterancestors()):
            continue
        hit = _REFRESH.match(element.get("content") or "")
        if hit and float(hit["delay"] or 0) <= _LONG_DELAY:
            yield hit["url"]
    if visible_length(doc) > _STUB and not error_words_of(doc):
        return
    for element in doc.tree.iter("script"):
        code = element.text or ""
        if not any(word in code for word in ("location", "open", "efresh")):
            continue
        for hit in _WRITTEN.finditer(code):
            yield hit["url"]
        for hit in _JUMP.finditer(code):
            if not _DEVICE.search(code[max(0, hit.start() - 300) : hit.start()]):
                yield hit["url"]
        for hit in _OPEN.finditer(code):
            if hit["url"]:
                yield hit["url"]
            elif hit["name"]:
                yield from _variable(doc, code, hit["name"])
    body = doc.tree.find(".//body")
    handler = (body.get("onload") or "") if body is not None else ""
    for hit in _JUMP.finditer(handler):
        yield hit["url"]


def _variable(doc: Document, code: str, name: str) -> Iterator[str]:
    """Yields what a script variable holds: a literal, or the text of the element it is read from."""
    for hit in re.finditer(_NAMED.format(name=re.escape(name)), code):
        if hit["url"]:
            yield hit["url"]
        for element in doc.tree.iter():
            if hit["id"] and isinstance(element.tag, str) and element.get("id") == hit["id"]:
                yield (
                    squeeze("".join(map(str, element.itertext()))) or element.get("value") or element.get("href") or ""
                )

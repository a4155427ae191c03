"""What stands instead of content: bot protection, error pages, notices of moved sites, jumps to elsewhere.

Source: field guide 9 and 10. Status codes are not known here: these pages answer 200 under ordinary addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import chain, islice
from typing import Any, NamedTuple

from portal.facts import Challenge, Element
from portal.flow import flow_of
from portal.heads import head_title, segments
from portal.html import Document, markup_of, squeeze, text_of
from portal.links import read_links
from portal.meta import official_meta
from portal.text import visible
from portal.urls import host_of, registrable
from portal.vocabulary import any_of, load

_REFRESH = re.compile(
    r"^\s{0,20}(?P<delay>\d+(?:\.\d+)?)?\s{0,20}[;,]?\s{0,20}url\s*=\s*['\"]?(?P<url>[^'\">]+)", re.IGNORECASE
)
_WRITTEN = re.compile(
    r"http-equiv\s*=\s*\\?[\"']?refresh\\?[\"']?[^>]{0,200}?content\s*=\s*\\?[\"']?\s*\d+\s*;\s*url\s*=\s*(?P<url>[^\"'\\>]+)",
    re.IGNORECASE,
)
_JUMP = re.compile(
    r"(?:(?:window|self|top|parent|document)\s*\.\s*){0,5}location(?:\s*\.\s*href)?\s*(?:=\s*|\.\s*(?:replace|assign)\s*\(\s*)"
    r"(?P<quote>[\"'])(?P<url>[^\"'\s]{1,500})(?P=quote)"
)
_OPEN = re.compile(
    r"window\s*\.\s*open\s*\(\s*(?:(?P<quote>[\"'])(?P<url>[^\"']{1,500})(?P=quote)|(?P<name>\w+))"
    r"\s*,\s*[\"']_(?:self|top|parent)[\"']"
)
_NAMED = (
    r"\b{name}\s*=\s*(?:[^;\n]{{0,200}}?(?:getElementById\s*\(\s*|\$\s*\(\s*|querySelector\s*\(\s*)"
    r"[\"']#?(?P<id>[\w-]+)[\"']|[\"'](?P<url>[^\"']+)[\"'])"
)
_DEVICE = re.compile(r"userAgent|navigator\.|Android|iPhone|Mobile|screen\.width", re.IGNORECASE)
_ALERT = re.compile(r"\balert\s*\(\s*(?P<quote>[\"'])(?P<said>[^\"'\n]{4,60})(?P=quote)")
_ABSENT = re.compile("不存在|找不到|没有找到|未找到|删除")
_ABOUT = re.compile("关于.{2,30}的[\u4e00-\u9fff]{2,8}$")  # 关于网站运行时错误的情况说明 is an item, however short
_DATED = re.compile(r"(?:时间|日期)\s*[:：]\s*(?:19|20)\d\d\s*[-/.年]")  # the byline of an item
_ASKED = re.compile(r"[?？]|怎么|如何|怎样|咋")
_SPLASH: Mapping[str, Any] = load("errors")["splash"]
_WAY_IN = re.compile(f"[^\\w]*(?:{'|'.join(_SPLASH['ways'])})[^\\w]*", re.IGNORECASE)
_MOST_NAMES = 5  # variables of a script whose addresses are looked for, and places where each may be given one
_LONG_DELAY = 60  # seconds; a page that refreshes later shows content meanwhile
_STUB = 60  # visible characters up to which a script's jump is what the page is for


class _Known(NamedTuple):
    """A protection as the vocabulary knows it; words in lower case."""

    challenge: Challenge
    every: tuple[str, ...]
    some: tuple[str, ...]
    said: tuple[str, ...]  # one of these must be visible
    none: tuple[str, ...]
    max_visible: int


@cache
def _challenges() -> tuple[_Known, ...]:
    def some(entry: Mapping[str, Sequence[str]], key: str) -> tuple[str, ...]:
        return tuple(word.lower() for word in entry.get(key, ()))

    return tuple(
        _Known(
            Challenge(entry["vendor"], entry["interactive"]),
            every=some(entry, "all"),
            some=some(entry, "any"),
            said=some(entry, "words"),
            none=some(entry, "none"),
            max_visible=int(entry["max_visible"]),
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
    if size > max(known.max_visible for known in _challenges()):
        return None
    source = doc.source[:400_000].lower()
    text = flow_of(doc).text.lower() + head_title(doc).lower()
    for known in _challenges():
        if size > known.max_visible or (known.said and not any(word in text for word in known.said)):
            continue
        if (known.some and not any(word in source for word in known.some)) or any(
            word in source for word in known.none
        ):
            continue
        if all(word in source or word in source.replace(" ", "") for word in known.every):
            return known.challenge
    return None


@cache
def _errors() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    table = load("errors")
    return (
        re.compile(
            rf"\s*(?:{any_of(table['title']['starts'])})(?=\s*(?:$|[\-_—–:：!！,，.|]|{any_of(table['title']['follows'])}))",
            re.IGNORECASE,
        ),
        re.compile(any_of((*table["title"]["contains"], *chain(*table["absent"].values()))), re.IGNORECASE),
        re.compile(any_of(table["text"]["phrases"]), re.IGNORECASE),
        re.compile(any_of(table["notice"]["phrases"])),
        re.compile(any_of(table["jump"]["phrases"])),
    )


@cache
def _lines() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Returns the patterns of a line that tells an error, of one that says the site is being worked on, and of what may
    stand before the words of an error."""
    table = load("errors")["line"]
    leads = rf"\W*(?:(?:{any_of(table['leads'])})\W+){{0,2}}"
    # A sentence ends behind it, or goes on with another: 系统错误整改情况 is a title.
    end = r"(?:了|啦)?(?:[\s，,。.！!、；;：:~～…)）]|或|$)[^?？]{0,40}$"
    return (
        re.compile(rf"{leads}(?:{'|'.join(table['patterns'])}){end}", re.IGNORECASE),
        re.compile(rf"(?:^|[，,。：:！!])(?:{'|'.join(table['working'])})(?![^?？]{{0,30}}[?？])"),
        re.compile(leads, re.IGNORECASE),
    )


def _told_in_a_line(doc: Document, size: int) -> str:
    """Returns the line of a short page that tells an error, or what a page that shows nothing tells in a box."""
    table = load("errors")["line"]
    if size > table["max_visible"] or official_meta(doc).get("ArticleTitle"):
        return ""
    error, working, _ = _lines()
    told = [squeeze(line) for line in re.split(r"[\n\t]", flow_of(doc).text)]
    told += _alerted(doc, size)
    for line in told:
        if 4 <= len(line) <= table["max_line"] and error.match(line):
            return line
    if size <= table["working_visible"] and shown_links(doc) <= load("errors")["notice"]["max_links"]:
        return next((line[:60] for line in told if working.search(line)), "")
    return ""


def alerted_error(doc: Document) -> str:
    """Returns what a page with next to nothing to see tells in an alert of its script, or as all it says: that there is
    not what was asked for. "" of any other page, and of those that ask for a login or are busy.

    seen: ashx and php that hand out files and answer 200 <script>alert('文件不存在！');history.back()</script>, or the
    words alone.
    """
    told = _alerted(doc, size := visible_length(doc))
    if 0 < size <= _STUB:
        told += map(squeeze, flow_of(doc).text.strip().split("\n")[:1])
    return next(filter(tells_absence, told), "")


def tells_absence(said: str) -> bool:
    """Returns whether an alert, or the only line of a page, tells that there is not what was asked for."""
    return bool(_ABSENT.search(said) and _lines()[0].match(said))


def stated_error(line: str) -> bool:
    """Returns whether a line tells an error and nothing else."""
    return len(line) <= load("errors")["line"]["max_line"] and _lines()[0].match(line) is not None


def _alerted(doc: Document, size: int) -> list[str]:
    return [hit["said"] for hit in _ALERT.finditer(doc.source[:20_000])] if size <= _STUB else []


def _is_question(text: str, hit: re.Match[str]) -> bool:
    """Returns whether the line of a hit asks about the error: 提示“系统异常，请稍后再试”怎么办."""
    end = text.find("\n", hit.end())
    return _ASKED.search(text, hit.end(), end if end >= 0 else len(text)) is not None


def _is_reported(text: str, hit: re.Match[str]) -> bool:
    """Returns whether an item with a day of its own speaks of an error within a line: 曾提示“您访问的页面不存在”，
    现已修复; 经查，存在文章已被删除、链接失效等问题. What is said in the place of an item begins its line."""
    if not _DATED.search(text):
        return False
    _, _, leads = _lines()
    return leads.fullmatch(text, text.rfind("\n", 0, hit.start()) + 1, hit.start()) is None


def _said_in_title(head: str, size: int, contains: re.Pattern[str]) -> bool:
    """Returns whether a title tells an error: of a longer page, in a part of its own."""
    table = load("errors")
    if len(head) > 40:
        return False
    if size <= table["text"]["max_visible"]:
        return contains.search(head) is not None and not any(map(_ABOUT.match, segments(head)))
    return any(contains.search(part) and len(part) <= table["title"]["alone"] for part in segments(head))


def error_words_of(doc: Document) -> str:
    """Returns the words that make the page an error page or a notice of a moved or closed site, "" without any."""
    flow = flow_of(doc)
    size = visible_length(doc)
    starts, contains, phrases, notices, jumps = _errors()
    table = load("errors")
    head = head_title(doc)
    limit = int(table["text"]["max_visible"])
    if size <= 3 * limit and (starts.match(head) or _said_in_title(head, size, contains)):
        return squeeze(head)[:60]
    if size <= limit:
        for heading in doc.tree.iter("h1", "h2", "h3", "h4"):
            said = squeeze(text_of(heading))
            if len(said) <= 20 and (starts.match(said) or contains.search(said)) and not _ABOUT.match(said):
                return said
        hit = next((hit for hit in phrases.finditer(flow.text) if not _is_reported(flow.text, hit)), None)
        if (
            hit is not None
            and not _is_question(flow.text, hit)
            and (size <= limit / 2 or flow.text.find("\n", hit.end()) - hit.end() < 80)
        ):
            return hit.group()
    if line := _told_in_a_line(doc, size):
        return line
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
    own = (doc.absolute(doc.url).partition("#")[0], doc.url.partition("#")[0])  # another route is no other document
    for target in _targets(doc):
        address = doc.absolute(target.strip())
        if address and address.partition("#")[0] not in own:
            return address
    return ""


def beyond_splash(doc: Document) -> str:
    """Returns where a home page leads that is nothing but a picture and the way in (进入网站), "" for any other page.

    For home pages alone: what a column consists of may be one link that says 点击进入.
    """
    if visible_length(doc) > _SPLASH["max_visible"]:
        return ""
    links = [link for link in read_links(doc) if link.element is Element.A and link.visible]
    ways = {link.url for link in links if _WAY_IN.fullmatch("".join(link.text.split()))}
    others = {link.url for link in links} - ways
    if len(ways) != 1 or len(others) > _SPLASH["max_links"]:
        return ""
    way = ways.pop()
    return way if registrable(host_of(way)) == registrable(host_of(doc.url)) else ""


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
        names: set[str] = set()
        for hit in _OPEN.finditer(code):
            if hit["url"]:
                yield hit["url"]
            elif hit["name"] not in names and len(names) < _MOST_NAMES:
                names.add(hit["name"])
                yield from _variable(doc, code, hit["name"])
    body = doc.tree.find(".//body")
    handler = (body.get("onload") or "") if body is not None else ""
    for hit in _JUMP.finditer(handler):
        yield hit["url"]


def _variable(doc: Document, code: str, name: str) -> Iterator[str]:
    """Yields what a script variable holds: a literal, or the text of the element it is read from."""
    for hit in islice(re.finditer(_NAMED.format(name=re.escape(name)), code), _MOST_NAMES):
        if hit["url"]:
            yield hit["url"]
        for element in doc.tree.iter():
            if hit["id"] and isinstance(element.tag, str) and element.get("id") == hit["id"]:
                yield (
                    squeeze("".join(map(str, element.itertext()))) or element.get("value") or element.get("href") or ""
                )

"""Links between policies and their interpretations, as written in the page.

Counted are links inside the main text and in dedicated blocks (相关解读, 相关文件, 关联政策), and those around the text
that name the same document; never those of menus, sidebars and lists of other items (field guide 6). A heading with
nothing under it is no link. A link a script answers (`javascript:;`) counts where its text names a title.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache

from lxml import etree

from portal.article import Article
from portal.blocks import Block, dedicated_blocks, links_of
from portal.facts import PageKind, Region
from portal.flow import flow_of
from portal.html import Document, markup_of, squeeze
from portal.interpreting import interprets
from portal.onepage import shows_interpretation, shows_policy
from portal.regions import layout
from portal.subjects import SHORTEST, TELLING, TRAILING, Subject
from portal.text import fold_title, quoted_titles
from portal.vocabulary import any_of, words

_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|wps|ofd|zip|rar|et|txt)$", re.IGNORECASE)
_EDGE = re.compile(r"^[\s\d.、:：\-—>·•（）()【】\[\]]+|[\s:：>》】\])）]+$")
_SCRIPT = re.compile(r"^\s*javascript:", re.IGNORECASE)
_WRITES_LINK = re.compile(r"<a\s[^>]{0,80}href", re.IGNORECASE)  # markup of a link in a script
_OPENED = re.compile(
    r"(?:window\.open|location(?:\.href)?\s*=|location\.(?:assign|replace))\s*(?:\(\s*)?[\"']([^\"']{2,500})[\"']"
)
_COLUMN = re.compile(r"(?:/|/index(?:_\d+)?\.\w{3,5}|list\w{0,60}\.\w{3,5})$", re.IGNORECASE)
_ITEMS = frozenset({PageKind.ARTICLE, PageKind.POLICY, PageKind.INTERPRETATION, PageKind.GUIDE, PageKind.LETTER})
_COUNTERPARTS = frozenset({PageKind.POLICY, PageKind.INTERPRETATION})
_ORIGINAL = re.compile(r"[^《》]{0,8}原文(?:链接|件)?[^《》]{0,4}")  # 政策原文, 点击查看原文>>: no menu says so


@cache
def _policy_end() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of(words('linkage', 'policy', 'nouns'))})$")


@cache
def _policy_names() -> frozenset[str]:
    return frozenset(fold_title(name) for name in words("linkage", "policy", "names"))


@cache
def _noise() -> re.Pattern[str]:
    return re.compile(rf"^\s*(?:{any_of(words('linkage', 'policy', 'noise'))})", re.MULTILINE)


@lru_cache(maxsize=4096)
def names_policy(text: str) -> bool:
    """Returns whether a link text is the title of a policy, or a name for its text (政策原文)."""
    if interprets(text):
        return False
    text = _FILE.sub("", squeeze(text))
    if fold_title(_EDGE.sub("", text)) in _policy_names():
        return True
    plain = _EDGE.sub("", TRAILING.sub("", text))
    for title in (*quoted_titles(text), plain):
        bare = TRAILING.sub("", title).rstrip('》〉”"')
        if len(bare) >= SHORTEST - 2 and _policy_end().search(bare):
            return len(plain) >= SHORTEST
    return False


def policy_links(doc: Document, article: Article, own_kind: PageKind) -> tuple[str, ...]:
    """Returns the hrefs as written of links to the policies an item explains or rests on; none for a policy itself. "#"
    where the text of the policy stands on the page of its interpretation."""
    if own_kind not in _ITEMS or own_kind is PageKind.POLICY:
        return ()
    own = [fold_title(title) for title in quoted_titles(article.title)]
    title = fold_title(article.title)

    def wanted(text: str, link: etree._Element) -> bool:
        if names_policy(text):
            return True
        if own_kind is not PageKind.INTERPRETATION or interprets(text):
            return False
        folded = fold_title(TRAILING.sub("", _FILE.sub("", squeeze(text))))
        if len(folded) < SHORTEST:
            return False
        return folded in title or any(quoted in folded or folded in quoted for quoted in own if len(quoted) >= SHORTEST)

    def offered(block: Block, text: str, link: etree._Element) -> bool:
        if interprets(text):
            return False
        if block.holds == "policy":
            return own_kind is PageKind.INTERPRETATION or wanted(text, link)
        return block.holds in ("related", "attachment") and wanted(text, link)

    found = _collect(doc, article, wanted, offered)
    return found or (("#",) if own_kind is PageKind.INTERPRETATION and shows_policy(doc, article) else ())


def interpretation_links(doc: Document, article: Article, own_kind: PageKind) -> tuple[str, ...]:
    """Returns the hrefs as written of links to interpretations of this page; none for an interpretation itself. "#"
    where an interpretation stands on the page itself, as a tab or behind the text."""
    if own_kind not in _ITEMS or own_kind is PageKind.INTERPRETATION:
        return ()

    def wanted(text: str, link: etree._Element) -> bool:
        if not interprets(text):
            return False
        href = _href(link)
        if _COLUMN.search(href) and "解读" not in text:
            return False
        plain = _EDGE.sub("", text)
        # 政策解读 alone may lead to the column of that name.
        return len(plain) >= SHORTEST or not (_COLUMN.search(href) or _SCRIPT.match(href))

    def offered(block: Block, text: str, link: etree._Element) -> bool:
        if block.holds == "interpretation":
            href = _href(link)
            return not _COLUMN.search(href) and (len(text) >= SHORTEST or not _SCRIPT.match(href))
        return wanted(text, link)

    found = _collect(doc, article, wanted, offered)
    return found or (("#",) if own_kind is PageKind.POLICY and shows_interpretation(doc, article) else ())


def awaited_links(doc: Document, article: Article, own_kind: PageKind) -> bool:
    """Returns whether a script may draw the counterpart of a policy or an interpretation: it announces one (相关解读,
    政策原文) without a link there, or a script of its text writes links."""
    if own_kind not in _COUNTERPARTS or (scripts := list(doc.tree.iter("script"))) == []:
        return False
    counterpart = "policy" if own_kind is PageKind.INTERPRETATION else "interpretation"
    if not dedicated_blocks(doc, article.title_end).announced.isdisjoint((counterpart, "related")):
        return True
    return any(
        _WRITES_LINK.search(code.text or "") and layout(doc).place(code).region is Region.BODY for code in scripts
    )


def _collect(
    doc: Document,
    article: Article,
    wanted: Callable[[str, etree._Element], bool],
    offered: Callable[[Block, str, etree._Element], bool],
) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for block, link, text in _candidates(doc, article):
        counts = offered(block, text, link) if block is not None else wanted(text, link)
        if counts and (href := _href(link)):
            found.setdefault(href)
    return tuple(found)


_Candidate = tuple[Block | None, etree._Element, str]


def _candidates(doc: Document, article: Article) -> list[_Candidate]:
    """Returns the links that may name a policy or an interpretation: their dedicated block, element and text; cached
    per article."""
    known = article.cache.get("linkage")
    if isinstance(known, list):
        return known
    blocks = dedicated_blocks(doc, article.title_end).blocks
    held = [(block, link) for block in blocks for link in links_of(doc, block)]
    inside = {link for _, link in held}
    places: list[tuple[Block | None, etree._Element]] = [
        *((None, link) for link in _body_links(doc, article) if link not in inside),
        *held,
    ]
    found = [(block, link, text) for block, link in places if (text := _text(doc, link))]
    subject, beside = Subject(article.title), _beside(doc, article)
    if subject.subjects or _may_tell(doc, beside):
        page = markup_of(doc)
        links = (link for link in map(page.elements.__getitem__, beside) if link not in inside)
        found += [
            (None, link, text)
            for link in links
            if (text := _text(doc, link)) and (subject.is_of(text) or _ORIGINAL.fullmatch(text))
        ]
    article.cache["linkage"] = found
    return found


def _beside(doc: Document, article: Article) -> list[int]:
    """Returns the links around the main text: after the title, in no menu, sidebar or footer."""
    after = article.title_end
    if after <= 0:
        return []
    flow, places = flow_of(doc), layout(doc).in_order
    begin = flow.start.get(article.body, 0) if article.body is not None else after
    end = flow.end.get(article.body, 0) if article.body is not None else 0
    starts = flow.starts
    return [
        number
        for number in markup_of(doc).links
        if (at := starts[number]) >= after and not begin <= at < end and places[number].region is Region.BODY
    ]


def _may_tell(doc: Document, links: Sequence[int]) -> bool:
    """Returns whether any of these links may quote a title or say what was issued: all are asked at once."""
    flow = flow_of(doc)
    texts = [flow.text[flow.starts[link] : flow.stops[link]] for link in links]
    return not all(map(str.strip, texts)) or TELLING.search("\0".join(texts)) is not None  # or an image says it


def _body_links(doc: Document, article: Article) -> Iterator[etree._Element]:
    """Yields the links of the main text, up to a heading of lists of other items."""
    if article.body is None:
        return
    links = list(article.body.iter("a"))
    if not links:
        return
    flow = flow_of(doc)
    places = layout(doc)
    begin = max(flow.start.get(article.body, 0), article.title_end)
    end = flow.end.get(article.body, 0)
    cut = _noise().search(flow.text, begin, end)
    limit = cut.start() if cut else end
    for link in links:
        at = flow.start.get(link, -1)
        if begin <= at < limit and places.place(link).region not in (Region.NAV, Region.SIDEBAR, Region.FOOTER):
            yield link


def _href(link: etree._Element) -> str:
    """Returns the address as written, that of the onclick handler where the href is a script, "" without any."""
    href = (link.get("href") or "").strip()
    if href and not _SCRIPT.match(href) and href != "#":
        return "" if href.startswith("#") else href
    opened = _OPENED.search(link.get("onclick") or "") or _OPENED.search(href)
    return opened.group(1) if opened else href if _SCRIPT.match(href) else ""


def _text(doc: Document, link: etree._Element) -> str:
    text = squeeze(flow_of(doc).of(link))
    if text:
        return text
    image = next(link.iter("img"), None)
    return squeeze(link.get("title") or (image.get("alt") or image.get("title") or "" if image is not None else ""))

"""What a page is for, decided from facts the other readers found.

Order: what stands instead of content, the home page, results of a search, then items against lists by weight of
evidence, then the kinds of items (`item_kinds.py`). The words are in vocabulary/kinds.toml.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from lxml import etree

from portal.article import Article
from portal.breadcrumb import read_breadcrumb
from portal.facts import PageKind, Region
from portal.flow import flow_of
from portal.heads import head_title, is_site_name, segments
from portal.html import Document
from portal.islands import is_data, read_island
from portal.item_kinds import is_guide, is_letter, item_kind
from portal.kind_evidence import NO_LISTS, Evidence, Lists, addressed, pattern, regex, word_set
from portal.meta import is_foreign_column
from portal.obstacles import shown_links, visible_length
from portal.pagination import read_pager
from portal.regions import layout
from portal.text import fold_title
from portal.urls import as_path, is_attachment, normalise
from portal.vocabulary import words

_HOST = re.compile(r"//([\w.-]{1,60}\.gov\.cn)\b")
_OWN_LINKS = 3
_NAME = 14  # characters of the name of a site
_MANY = 6  # lists on a page that can only be a home page
_FOOTER = 1200  # characters at the end of a page in which it says who runs it
_STUB = 60  # visible characters up to which a page that jumps elsewhere is nothing but the jump
_PROSE = 120  # characters of a main text that make an item


_WEIGHTIEST = Lists(items=100, dated=100, pager=True)
_HOMELIEST = Lists(blocks=100)


def page_kind(doc: Document, article: Article, evidence: Evidence, lists: Lists = NO_LISTS) -> PageKind:
    """Returns what the page is for. Where the caller does not know the page to be of a portal, articles of sites
    without any mark of a government body are OTHER."""
    if evidence.challenge is not None:
        return PageKind.CHALLENGE
    if evidence.error_words or (evidence.redirect and visible_length(doc) <= _STUB):
        return PageKind.ERROR
    if evidence.home or (evidence.home is None and _looks_home(doc, article, evidence, lists)):
        return PageKind.HOME
    if (
        evidence.hits
        or _titled_search(evidence)
        or (evidence.result_total is not None and addressed(evidence.url, "search"))
    ):
        return PageKind.SEARCH
    if _is_function(doc, article, evidence, lists):
        return PageKind.OTHER
    item, listing = _item_weight(doc, article, evidence, lists), _list_weight(evidence, lists)
    if item >= 3 and item >= listing:
        kind = item_kind(doc, article, evidence)
        # Guides and answered letters are published by government bodies only; news is published by anybody.
        return kind if kind in (PageKind.GUIDE, PageKind.LETTER) or _ours(doc, evidence) else PageKind.OTHER
    return _column_kind(doc, article, evidence, lists, item, listing)


def surely_item(doc: Document, article: Article, evidence: Evidence) -> bool:
    """Returns whether `page_kind` makes an item of the page whatever lists stand on it. `evidence` says nothing of
    lists yet: reading them is the dearest part of an article, and this spares it."""
    marked = bool(evidence.meta.get("ArticleTitle"))
    if evidence.challenge is not None or evidence.error_words or evidence.redirect:
        return False
    if evidence.home or evidence.hits or evidence.result_total is not None or _titled_search(evidence):
        return False
    if not (marked or article.bylined) or not _ours(doc, evidence):
        return False
    if evidence.home is None and _looks_home(doc, article, evidence, _HOMELIEST):
        return False
    item = _item_weight(doc, article, evidence, _WEIGHTIEST)
    if item >= _list_weight(evidence, _WEIGHTIEST):
        return True
    # A pager is found much sooner than lists.
    return item >= _list_weight(evidence, _WEIGHTIEST._replace(pager=False)) and not _may_turn(doc)


def _may_turn(doc: Document) -> bool:
    """Returns whether whatever list stands on the page may go on elsewhere."""
    if is_data(doc) or read_pager(doc) is not None:
        return True
    island = read_island(doc)
    return island is not None and island.pager is not None


def _titled_search(evidence: Evidence) -> bool:
    if evidence.meta.get("ArticleTitle") or evidence.meta.get("PubDate"):
        return False
    return any(pattern("search", "titles").search(name) for name in segments(evidence.head_title)[:1])


def _ours(doc: Document, evidence: Evidence) -> bool:
    known = evidence.portal or evidence.home is not None or evidence.document is not None
    return known or is_official(doc, evidence.url, evidence.meta)


def is_official(doc: Document, url: str, meta: Mapping[str, str]) -> bool:
    """Returns whether the page shows that it belongs to a government body: host, official tags, site code, badge."""
    cached = doc.cache.get("official")
    if isinstance(cached, bool):
        return cached
    host = (urlsplit(url).hostname or "").lower() if "//" in url else ""
    strong = [word for word in words("kinds", "official", "source") if word not in word_set("official", "weak")]
    found = (
        host.endswith(words("kinds", "official", "hosts"))
        or any(regex("official", "names").search(part) for part in segments(head_title(doc)))
        or any(meta.get(tag) for tag in words("kinds", "official", "tags"))
        or any(word in doc.source for word in strong)
        or _links_home(doc)
        or regex("official", "run_by").search(flow_of(doc).text[-_FOOTER:]) is not None
        or sum(word in doc.source for word in words("kinds", "official", "weak")) >= 2
    )
    doc.cache["official"] = found
    return found


def _links_home(doc: Document) -> bool:
    """Returns whether one government host is named so often that it is the page's own (saved pages have no address), or
    style sheets and scripts come from one."""
    counts = Counter(_HOST.findall(doc.source[:600_000].lower()))
    if counts and max(counts.values()) >= _OWN_LINKS:
        return True
    parts = (
        *(link.get("href") or "" for link in doc.tree.iter("link") if "style" in (link.get("rel") or "").lower()),
        *(script.get("src") or "" for script in doc.tree.iter("script")),
    )
    return any(_HOST.match(part.removeprefix("https:").removeprefix("http:")) for part in parts)


def _path(url: str) -> str:
    try:
        return urlsplit(url).path or "/"
    except ValueError:
        return ""


def _at_root(evidence: Evidence) -> bool:
    if "//" not in evidence.url or _path(as_path(evidence.url)).lower() not in word_set("home", "paths"):
        return False
    asked = "?" in evidence.url  # /index.php?m=content&a=show&id=7
    return not (asked and (addressed(evidence.url, "item") or addressed(evidence.url, "column")))


def _looks_home(doc: Document, article: Article, evidence: Evidence, lists: Lists) -> bool:
    """Returns whether a page is a home page by itself: many links, no breadcrumb, no item, titled by its site alone."""
    root = _at_root(evidence)
    if evidence.meta.get("ArticleTitle") or (not root and (evidence.breadcrumb or layout(doc).crumb is not None)):
        return False
    if evidence.meta.get("ColumnType") in word_set("home", "column_types"):
        return True
    if article.bylined and article.found_by == "vocabulary" and article.text_length >= _PROSE:
        return False
    links = shown_links(doc)
    head = evidence.head_title or head_title(doc)
    parts = segments(head)
    column = evidence.meta.get("ColumnName", "")
    if column.endswith("首页") and (root or links >= 40):
        return True
    if column and not is_foreign_column(column) and not is_site_name(column, evidence.meta):
        return False
    named = not parts or all(is_site_name(part, evidence.meta) or part.endswith("首页") for part in parts)
    named = named or (root and "首页" in head)  # 首页-某市人事考试中心: whatever that body is called
    if root and ((named and head) or (links >= 80 and layout(doc).crumb is None)):
        return not (article.bylined and article.text_length >= 4 * _PROSE and lists.blocks < 2)
    if lists.pager or _is_text(doc, article):
        return False
    if not named:  # 中国·某县: one short name, and excerpts of many columns
        return len(parts) == 1 and len(parts[0]) <= _NAME and links >= 80 and lists.blocks >= _MANY
    if links < 60:
        return links >= 30 and lists.blocks >= 3 and not article.bylined
    return lists.blocks >= (3 if article.bylined and article.text_length >= _PROSE else 1)


def _is_text(doc: Document, article: Article) -> bool:
    """Returns whether a byline stands above running text: an item, however its <title> reads."""
    if not article.bylined or article.body is None or article.text_length < 4 * _PROSE:
        return False
    flow = flow_of(doc)
    return flow.links_in(article.body) < 0.2 * max(1, flow.length(article.body))


def _is_function(doc: Document, article: Article, evidence: Evidence, lists: Lists) -> bool:
    """Returns whether the page is a function: a login, an application form, a lookup, a site map."""
    if evidence.meta.get("ArticleTitle") or article.bylined:
        return False
    shown = layout(doc)
    passwords = fields = texts = 0
    for element in doc.tree.iter("input", "textarea"):
        kind = (element.get("type") or "text").lower() if element.tag == "input" else "textarea"
        place = shown.place(element)
        if kind == "password":
            passwords += 1
        elif kind in ("text", "textarea", "tel", "email") and place.visible and place.region is Region.BODY:
            fields += 1
            texts += kind == "textarea"
    few = lists.items < 5
    if passwords and few:
        return True
    titled = any(
        pattern("function", "title").search(name)
        for name in (article.title, *evidence.breadcrumb[-1:], *segments(evidence.head_title)[:1])
    )
    # No filter above a list asks for running text: what looks like an empty list is the form itself.
    listed = lists.pager or (lists.empty and not texts)
    return (fields >= 5 and few and not listed) or (titled and lists.dated < 3 and (fields >= 1 or few))


def _item_weight(doc: Document, article: Article, evidence: Evidence, lists: Lists) -> float:
    if evidence.weight is None:
        evidence.weight = _weight_alone(doc, article, evidence)
    weight = evidence.weight
    if article.body is not None and lists.items:
        flow = flow_of(doc)
        size = max(1, flow.length(article.body))
        if flow.links_in(article.body) / size > 0.5 and not _all_files(article.body):
            weight -= 1 if article.bylined and article.text_length >= 4 * _PROSE else 3
    return weight


def _all_files(body: etree._Element) -> bool:
    """Returns whether every link leads to a file: what an item has attached, not rows of a list."""
    return all(is_attachment(link.get("href") or "") for link in body.iter("a") if link.get("href"))


def _weight_alone(doc: Document, article: Article, evidence: Evidence) -> float:
    weight = 0.0
    if evidence.meta.get("ArticleTitle"):
        weight += 4
    if article.bylined:
        weight += 2.5
    elif article.pub_date is not None:
        weight += 0.5
    if article.found_by == "vocabulary" and article.text_length >= _EMPTY_TEXT:
        weight += 1
    if article.text_length >= 4 * _PROSE:
        weight += 2
    elif article.text_length >= _PROSE:
        weight += 1.5
    elif article.media or article.text_length >= _EMPTY_TEXT:
        weight += 0.5
    if evidence.document is not None:
        weight += 2
    if addressed(evidence.url, "item"):
        weight += 1.5
    elif addressed(evidence.url, "column"):
        weight -= 1
    if is_guide(doc, article):
        weight += 3  # guides and letters carry neither a byline nor much prose
    elif is_letter(doc):
        weight += 1
    if article.title_element is not None and len(article.title) >= 10:
        weight += 1
        telling = regex("policy", "issued").search(article.title) or regex("policy", "norm").search(article.title)
        if telling or pattern("interpretation", "title").search(article.title):
            weight += 1
        if _own_name(article, evidence):
            weight += 1
    return weight


def _own_name(article: Article, evidence: Evidence) -> bool:
    """Returns whether the heading is what the page itself is called, not the first of its rows, and no column: a byline
    stands below it, or, at the address of an item, the trail ends in the column above it, or it is called as no column
    is (……的公告)."""
    named = fold_title(article.title)
    if named not in map(fold_title, segments(evidence.head_title)[:1]):
        return False
    if article.bylined:
        return True
    steps = [*evidence.breadcrumb, evidence.meta.get("ColumnName", "")]
    if not addressed(evidence.url, "item") or named in map(fold_title, steps):
        return False
    return bool(evidence.breadcrumb) or regex("policy", "formal").search(article.title) is not None


_EMPTY_TEXT = 20


def _list_weight(evidence: Evidence, lists: Lists) -> float:
    weight = 0.0
    if lists.items >= 3:
        weight += 1
    if lists.items >= 8:
        weight += 0.5
    if lists.dated >= 3:
        weight += 2.5
    if lists.dated >= 10:
        weight += 1
    if lists.pager:
        weight += 2
    if lists.empty or lists.scripted:
        weight += 2
    if evidence.meta.get("ColumnName") and not evidence.meta.get("ArticleTitle"):
        weight += 1
    if addressed(evidence.url, "column") and not addressed(evidence.url, "item"):
        weight += 1
    return weight


def _column_kind(
    doc: Document, article: Article, evidence: Evidence, lists: Lists, item: float, listing: float
) -> PageKind:
    bare = not (lists.pager or lists.empty or lists.dated)
    if bare and lists.blocks >= 10 and layout(doc).crumb is None:
        return PageKind.OTHER  # a topic page of many small lists
    if bare and lists.items < 3 and article.text_length >= 4 * _PROSE and not evidence.meta.get("ColumnName"):
        return PageKind.OTHER  # a single page of text
    nothing = not (lists.items or lists.pager or lists.empty or lists.scripted)
    if item >= 2.5 and article.bylined and nothing:
        return item_kind(doc, article, evidence) if _ours(doc, evidence) else PageKind.OTHER
    if listing >= 1 or not nothing:
        if not lists.items and lists.child_columns >= 3 and not (lists.empty or lists.scripted):
            return PageKind.COLUMN_INDEX
        return PageKind.COLUMN
    if lists.child_columns >= 3 or lists.blocks > lists.beside:
        return PageKind.COLUMN_INDEX
    named = segments(evidence.head_title)
    if article.text_length < _PROSE and (evidence.breadcrumb or named) and not _stands_below(doc, named):
        # A player alone (播放, in the frame of an item) is no column; else it is one of nothing.
        alone = not evidence.breadcrumb and next(doc.tree.iter("video", "audio", "embed", "object"), None) is not None
        return PageKind.OTHER if alone else PageKind.COLUMN
    return PageKind.OTHER


def _stands_below(doc: Document, named: Sequence[str]) -> bool:
    """Returns whether the trail of a page ends with a link to another page, and the page is not called so: it is a page
    in that column (a form of 网上调查, its result), not the column."""
    trail = read_breadcrumb(doc)
    if not trail or not named or not trail[-1].url or normalise(trail[-1].url) == normalise(doc.url):
        return False
    return fold_title(trail[-1].text) not in map(fold_title, named)

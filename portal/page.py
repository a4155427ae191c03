"""The reader: one page's bytes in, `PageFacts` out."""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from portal import kind_evidence
from portal.article import Article, read_article
from portal.breadcrumb import is_home_step, read_breadcrumb
from portal.columns import is_archived
from portal.documents import document_meta
from portal.facts import Challenge, Crumb, Element, Link, PageFacts, PageKind, Region
from portal.flow import flow_of
from portal.headings import is_period
from portal.heads import head_title
from portal.html import Document, markup_of, parse
from portal.islands import read_scripting
from portal.kind_evidence import Evidence
from portal.kinds import page_kind, surely_item
from portal.letters import letter_subject
from portal.linkage import awaited_links, interpretation_links, policy_links
from portal.links import links_below, read_forms, read_links
from portal.meta import official_meta
from portal.obstacles import beyond_splash, challenge_of, error_words_of, redirect_of
from portal.page_lists import NO_LISTS, PageLists, child_columns, is_channel, items_for, outline, read_lists
from portal.results import Results, read_results, speaks_of_search
from portal.searchbox import search_box
from portal.text import doc_numbers, quoted_titles, simhash
from portal.titles import column_title
from portal.urls import is_attachment, is_http

READ_LIMIT = 4_000_000  # bytes of a page that are read; what follows is ignored
TITLE_LIMIT = 1000  # characters of a title that are kept
QUOTE_LIMIT = 200_000  # characters of a main text searched for quoted titles and document numbers
_COLUMNS = frozenset({PageKind.COLUMN, PageKind.COLUMN_INDEX})
_NUMBERED = frozenset({PageKind.ARTICLE, PageKind.POLICY})
_ITEMS = frozenset({PageKind.ARTICLE, PageKind.POLICY, PageKind.INTERPRETATION, PageKind.GUIDE, PageKind.LETTER})


def read_page(
    data: bytes,
    url: str,
    *,
    content_type: str = "",
    as_of: dt.date | None = None,
    home: bool | None = None,
    portal: bool = False,
) -> PageFacts:
    """Returns what the reader sees on a page as fetched. Never raises; reads the first 4 MB.

    `as_of` (Asia/Shanghai) only serves dates without a year; `home` says that the page is the portal's home page,
    `portal` that it belongs to a portal under audit: items of other sites are only items where they look official.
    """
    return read_document(parse(data[:READ_LIMIT], url, content_type), as_of=as_of, home=home, portal=portal)


def read_rendered(
    html: str, url: str, *, as_of: dt.date | None = None, home: bool | None = None, portal: bool = False
) -> PageFacts:
    """Returns what the reader sees on a page as a browser shows it: the serialised DOM. Never raises."""
    data = html.encode("utf-8", "replace")
    return read_page(data, url, content_type="text/html; charset=utf-8", as_of=as_of, home=home, portal=portal)


# Elements of a page's own kind (<gov-related to=...>): what they show, their script draws.
_COMPONENT = re.compile(r"<[a-z][a-z0-9]{0,40}-[a-z][a-z0-9-]{0,40}[\s>]")


class _Seen(NamedTuple):
    """What the readers found on a page, whatever it is for."""

    evidence: Evidence
    article: Article
    crumbs: tuple[Crumb, ...]
    links: tuple[Link, ...]
    results: Results


def read_document(
    doc: Document, *, as_of: dt.date | None = None, home: bool | None = None, portal: bool = False
) -> PageFacts:
    """Returns what the reader sees on a parsed page; see `read_page`."""
    seen = _look(doc, as_of, home, portal)
    lists, shown = NO_LISTS, kind_evidence.NO_LISTS
    children: tuple[Crumb, ...] = ()
    # The lists beside an item are a third of the work, and no facts of it.
    if not surely_item(doc, seen.article, seen.evidence):
        lists = read_lists(doc, as_of)
        children, below = child_columns(doc, lists, seen.crumbs)
        shown = outline(lists, below)
    kind = page_kind(doc, seen.article, seen.evidence, shown)
    if kind in _ITEMS:
        lists, children = NO_LISTS, ()
    kind, title = _named(doc, seen, lists, kind)
    return _facts(doc, seen, lists, children, kind, title)


def _look(doc: Document, as_of: dt.date | None, home: bool | None, portal: bool) -> _Seen:
    meta = official_meta(doc)
    crumbs = read_breadcrumb(doc)
    document = document_meta(doc)
    links = read_links(doc)  # readers of lists ask their tags where they lead
    article = read_article(doc, meta, document, reference=as_of)
    head = head_title(doc)
    results = read_results(doc) if speaks_of_search(doc, head) else Results()
    redirect = redirect_of(doc)
    if home and not redirect:
        redirect = beyond_splash(doc)
    evidence = Evidence(
        url=doc.url,
        home=home,
        portal=portal,
        head_title=head,
        meta=meta,
        document=document,
        hits=len(results.hits),
        result_total=results.total,
        breadcrumb=tuple(crumb.text for crumb in crumbs if not is_home_step(crumb)),
        challenge=challenge_of(doc),
        error_words=error_words_of(doc),
        redirect=redirect,
    )
    return _Seen(evidence, article, crumbs, links, results)


def _named(doc: Document, seen: _Seen, lists: PageLists, kind: PageKind) -> tuple[PageKind, str]:
    """Returns what the page is for and what it is called: with its title at hand, a column that only shows excerpts of
    others is told from one with a list of its own."""
    meta, steps = seen.evidence.meta, seen.evidence.breadcrumb
    if kind in _COLUMNS:
        title = column_title(doc, meta, steps)
        if is_channel(lists, title, seen.crumbs):
            return PageKind.COLUMN_INDEX, title
        if lists.main is not None and lists.main.heading and not is_period(lists.main.heading):
            title = column_title(doc, meta, steps, heading=lists.main.heading)
        return kind, title
    if kind is PageKind.LETTER and not meta.get("ArticleTitle"):
        return kind, letter_subject(doc) or seen.article.title
    return kind, seen.article.title


def _facts(
    doc: Document, seen: _Seen, lists: PageLists, children: tuple[Crumb, ...], kind: PageKind, title: str
) -> PageFacts:
    """Returns what was found, as far as pages of this kind have it."""
    evidence, article, links, results = seen.evidence, seen.article, seen.links, seen.results
    meta, redirect, challenge = evidence.meta, evidence.redirect, evidence.challenge
    items = items_for(kind, lists)
    column, search = kind in _COLUMNS, kind is PageKind.SEARCH
    bearing = not (column or search or kind is PageKind.HOME)  # a day, a source, a text of its own
    text = article.text[:QUOTE_LIMIT]
    inner = _body_links(doc, article)
    return PageFacts(
        url=doc.url,
        kind=kind,
        encoding=doc.encoding,
        title=title[:TITLE_LIMIT],
        head_title=evidence.head_title,
        meta=meta,
        base=doc.base if doc.base != doc.url else "",
        site_name=meta.get("SiteName", ""),
        pub_date=article.pub_date if bearing else None,
        written_date=article.written_date if bearing else None,
        source=article.source if bearing else "",
        document=evidence.document,
        text_length=article.text_length,
        excerpt=article.excerpt,
        body_empty=kind in _ITEMS and article.body_empty,
        media=article.media or (lists.emptiness.media if column and not items else ()),
        attachments=_attachments(inner, links) if not (search or kind is PageKind.HOME) else (),
        breadcrumb=seen.crumbs,
        links=(*links, *_jump(redirect, challenge)),
        body_links=inner if bearing else (),
        forms=read_forms(doc),
        search_box=search_box(doc),
        items=items,
        hits=results.hits if search else (),
        result_total=results.total if search else None,
        result_tabs=results.tabs if search else (),
        pager=lists.pager if not bearing else None,
        child_columns=children,
        empty_list=column and not items and lists.emptiness.empty,
        empty_reason=lists.emptiness.reason if not items else "",
        under_construction=lists.emptiness.construction if not items else "",
        scripted_list=lists.emptiness.scripted and not items,
        archived=column and is_archived(_own_words(doc), title),
        quoted_titles=quoted_titles(f"{title}\n{text}") if bearing else (),
        doc_numbers=doc_numbers(f"{title}\n{text}") if bearing else (),
        printed_number=article.printed_number if kind in _NUMBERED else "",
        printed_validity=article.printed_validity if kind in _NUMBERED else "",
        links_to_policy=policy_links(doc, article, kind),
        links_to_interpretation=interpretation_links(doc, article, kind),
        links_awaited=awaited_links(doc, article, kind),
        loads_data=kind in (PageKind.POLICY, PageKind.INTERPRETATION)
        and (read_scripting(doc).calls or _COMPONENT.search(doc.source) is not None),
        redirect=redirect,
        challenge=challenge,
        error_words=evidence.error_words,
        sketch=simhash(flow_of(doc).text),
    )


def _jump(redirect: str, challenge: Challenge | None) -> tuple[Link, ...]:
    """Returns where a page sends its visitor by itself as a link of it: if that is gone, so is what led to the page.

    seen: stubs of parent columns (field guide 9) whose first child was taken down.
    """
    if challenge is not None or not is_http(redirect):
        return ()
    return (Link(redirect, redirect, "自动跳转", Element.A, Region.BODY, True, "refresh"),)


def _own_words(doc: Document) -> str:
    """Returns what the page says itself: its text without the texts of links, which name other pages."""
    flow = flow_of(doc)
    parts: list[str] = []
    at = 0
    for link in markup_of(doc).links:
        if (start := flow.starts[link]) >= at:
            parts.append(flow.text[at:start])
            at = flow.stops[link]
    return " ".join((*parts, flow.text[at:]))[:20_000]


def _body_links(doc: Document, article: Article) -> tuple[Link, ...]:
    parts = ([article.body] if article.body is not None else []) + list(article.blocks)
    return tuple(link for part in parts for link in links_below(doc, part))


def _attachments(inner: tuple[Link, ...], links: tuple[Link, ...]) -> tuple[Link, ...]:
    """Returns the attachments of an item: of its main text, dedicated blocks, and those beside them in the body."""
    found: dict[str, Link] = {}
    for link in inner:
        if link.element is Element.ATTACHMENT:
            found.setdefault(link.url, link)
    sought = (Element.ATTACHMENT, Element.IFRAME)
    for link in [link for link in links if link.element in sought]:
        if link.region is Region.BODY and (link.element is Element.ATTACHMENT or is_attachment(link.url)):
            found.setdefault(link.url, link)
    return tuple(found.values())

"""The reader: one page's bytes in, `PageFacts` out."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache

from portal.article import Article, read_article
from portal.breadcrumb import is_home_step, read_breadcrumb
from portal.columns import is_archived, looks_like_column
from portal.documents import document_meta
from portal.emptiness import Emptiness, read_emptiness
from portal.facts import Challenge, Crumb, Element, Link, ListItem, PageFacts, PageKind, Pager, Region
from portal.flow import flow_of
from portal.headings import is_period
from portal.heads import head_title
from portal.html import Document, markup_of, parse
from portal.islands import Island, is_data, read_island, read_scripting
from portal.kinds import NO_LISTS, Evidence, Lists, page_kind, surely_item
from portal.letters import letter_subject
from portal.linkage import awaited_links, interpretation_links, policy_links
from portal.links import links_below, read_forms, read_links
from portal.listing import Listing
from portal.lists import listings, main_list
from portal.meta import official_meta
from portal.obstacles import beyond_splash, challenge_of, error_words_of, redirect_of
from portal.pagination import read_pager
from portal.parts import items_in_parts
from portal.results import Results, read_results, speaks_of_search
from portal.searchbox import search_box
from portal.text import doc_numbers, quoted_titles, simhash
from portal.titles import column_title
from portal.unlinked import unlinked_items
from portal.urls import host_of, is_attachment, is_http, normalise, twin

READ_LIMIT = 4_000_000  # bytes of a page that are read; what follows is ignored
TITLE_LIMIT = 1000  # characters of a title that are kept
QUOTE_LIMIT = 200_000  # characters of a main text searched for quoted titles and document numbers
_FIRST_PAGE = re.compile(r"/(?:(?:index|default)\.\w{3,5})?$", re.IGNORECASE)
_LISTS = frozenset({PageKind.COLUMN, PageKind.COLUMN_INDEX, PageKind.HOME})
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


@dataclass(slots=True)
class _Lists:
    """The lists of a page, before its kind is known."""

    main: Listing | None
    items: tuple[ListItem, ...]
    others: tuple[Listing, ...]
    pager: Pager | None
    emptiness: Emptiness


# Elements of a page's own kind (<gov-related to=...>): what they show, their script draws.
_COMPONENT = re.compile(r"<[a-z][a-z0-9]{0,40}-[a-z][a-z0-9-]{0,40}[\s>]")
_NO_LISTS = _Lists(None, (), (), None, Emptiness())


def read_document(
    doc: Document, *, as_of: dt.date | None = None, home: bool | None = None, portal: bool = False
) -> PageFacts:
    """Returns what the reader sees on a parsed page; see `read_page`."""
    meta = official_meta(doc)
    crumbs = read_breadcrumb(doc)
    document = document_meta(doc)
    links = read_links(doc)  # readers of lists ask their tags where they lead
    article = read_article(doc, meta, document, reference=as_of)
    head = head_title(doc)
    results = read_results(doc) if speaks_of_search(doc, head) else Results()
    challenge, error_words, redirect = challenge_of(doc), error_words_of(doc), redirect_of(doc)
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
        challenge=challenge,
        error_words=error_words,
        redirect=redirect,
    )
    lists, shown = _NO_LISTS, NO_LISTS
    children: tuple[Crumb, ...] = ()
    if not surely_item(doc, article, evidence):  # the lists beside an item are a third of the work, and no facts of it
        lists = _read_lists(doc, as_of)
        children, below = _child_columns(doc, lists, crumbs)
        blocks = _blocks(lists)
        shown = Lists(
            items=len(lists.items),
            dated=sum(item.date is not None for item in lists.items),
            pager=lists.pager is not None,
            empty=lists.emptiness.empty,
            scripted=lists.emptiness.scripted,
            child_columns=below,
            blocks=len(blocks),
            beside=sum(block.beside for block in blocks),
        )
    kind = page_kind(doc, article, evidence, shown)
    if kind in _ITEMS:
        lists, children = _NO_LISTS, ()
    if kind in (PageKind.COLUMN, PageKind.COLUMN_INDEX):
        steps = tuple(crumb.text for crumb in crumbs if not is_home_step(crumb))
        title = column_title(doc, meta, steps)
        if _is_channel(lists, title, crumbs):
            kind = PageKind.COLUMN_INDEX
        elif lists.main is not None and lists.main.heading and not is_period(lists.main.heading):
            title = column_title(doc, meta, steps, heading=lists.main.heading)
    elif kind is PageKind.LETTER and not meta.get("ArticleTitle"):
        title = letter_subject(doc) or article.title
    else:
        title = article.title
    items = _items_for(kind, lists)
    listing = kind in (PageKind.COLUMN, PageKind.COLUMN_INDEX)
    bearing = kind not in _LISTS and kind is not PageKind.SEARCH
    text = article.text[:QUOTE_LIMIT]
    inner = _body_links(doc, article)
    return PageFacts(
        url=doc.url,
        kind=kind,
        encoding=doc.encoding,
        title=title[:TITLE_LIMIT],
        head_title=head,
        meta=meta,
        base=doc.base if doc.base != doc.url else "",
        site_name=meta.get("SiteName", ""),
        pub_date=article.pub_date if bearing else None,
        written_date=article.written_date if bearing else None,
        source=article.source if bearing else "",
        document=document,
        text_length=article.text_length,
        excerpt=article.excerpt,
        body_empty=kind in _ITEMS and article.body_empty,
        media=article.media,
        attachments=_attachments(inner, links) if kind not in (PageKind.HOME, PageKind.SEARCH) else (),
        breadcrumb=crumbs,
        links=(*links, *_jump(redirect, challenge)),
        body_links=inner if bearing else (),
        forms=read_forms(doc),
        search_box=search_box(doc),
        items=items,
        hits=results.hits if kind is PageKind.SEARCH else (),
        result_total=results.total if kind is PageKind.SEARCH else None,
        result_tabs=results.tabs if kind is PageKind.SEARCH else (),
        pager=lists.pager if kind in _LISTS or kind is PageKind.SEARCH else None,
        child_columns=children,
        empty_list=listing and not items and lists.emptiness.empty,
        empty_reason=lists.emptiness.reason if not items else "",
        under_construction=lists.emptiness.construction if not items else "",
        scripted_list=lists.emptiness.scripted and not items,
        archived=listing and is_archived(_own_words(doc), title),
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
        error_words=error_words,
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


def _read_lists(doc: Document, as_of: dt.date | None) -> _Lists:
    if is_data(doc):
        island = read_island(doc, reference=as_of)
        items = island.items if island is not None else ()
        return _Lists(None, items, (), island.pager if island is not None else None, Emptiness())
    main = main_list(doc, reference=as_of)
    island = read_island(doc, reference=as_of)
    items = main.items if main is not None else ()
    if island is not None and island.items and _outweighs(island, main):
        items, main = island.items, None
    items = items or unlinked_items(doc, reference=as_of)
    others = tuple(other for other in listings(doc, reference=as_of) if other is not main)
    pager = read_pager(doc)
    if island is not None and island.items and not (main and main.items) and island.pager is not None:
        pager = pager or island.pager
    if main is not None and pager is None:
        items = items_in_parts(doc, main, reference=as_of)
    return _Lists(
        main,
        items,
        others,
        pager,
        Emptiness() if items else read_emptiness(doc, pager, [other.parent for other in others if other.aside]),
    )


def _outweighs(island: Island, main: Listing | None) -> bool:
    """Returns whether the list held as data is the list of the page: it is dated, or made of nothing but rows of a list
    (jpage), and the tree has none like it."""
    dated = sum(item.date is not None for item in island.items)
    if main is None:
        return island.form == "jpage" or dated * 2 >= len(island.items)
    return island.form == "jpage" and dated > main.dated


def _blocks(lists: _Lists) -> tuple[Listing, ...]:
    """Returns the lists of items on a page that shows several, each in a block of its own."""
    found = [lists.main] if lists.main is not None else []
    found += [
        other
        for other in lists.others
        if other.visible
        and other.region in (Region.BODY, Region.SIDEBAR)
        and len(other.items) >= 2
        and _of_items(other)
    ]
    return tuple(found)


def _is_channel(lists: _Lists, title: str, crumbs: tuple[Crumb, ...]) -> bool:
    """Returns whether a page shows excerpts of several columns, each under a heading that leads to it, and no list of
    its own."""
    if lists.main is None or lists.pager is not None or not lists.main.headed:
        return False
    heading = lists.main.heading
    if title and title in heading and not (len(crumbs) > 1 and all(crumb.text in heading for crumb in crumbs)):
        return False  # its own list, with excerpts of others below (seen: www.gov.cn__02_column)
    return sum(1 for block in _blocks(lists) if block.headed and block.region is Region.BODY) >= 2


def _of_items(listing: Listing) -> bool:
    titles = [len(item.title) for item in listing.items]
    return listing.dated > 0 or sum(titles) / len(titles) >= 9


def _items_for(kind: PageKind, lists: _Lists) -> tuple[ListItem, ...]:
    """Returns the items a page of this kind shows: the main list of a column, every list of a home page or an index."""
    if kind is PageKind.COLUMN:
        return lists.items
    if kind not in (PageKind.HOME, PageKind.COLUMN_INDEX):
        return ()
    seen: dict[tuple[str, str], ListItem] = {}
    for listing in _blocks(lists):
        for item in listing.items if kind is PageKind.HOME or not listing.beside else ():
            seen.setdefault((item.url, item.title), item)
    for item in lists.items:
        seen.setdefault((item.url, item.title), item)
    return tuple(seen.values())


def _child_columns(doc: Document, lists: _Lists, crumbs: tuple[Crumb, ...]) -> tuple[tuple[Crumb, ...], int]:
    """Returns the columns a page leads to from a menu of its own (short links beside or in place of its list), and how
    many of them stand below it: a menu in which the page itself is one of the entries names its neighbours.
    """
    host = host_of(doc.url)
    hosts = frozenset({host, twin(host)} - {""})
    own = _column_of(doc.url)
    above = {_column_of(crumb.url) for crumb in crumbs if crumb.url}
    found: dict[str, Crumb] = {}
    below: set[str] = set()
    for listing in lists.others:
        if listing.region not in (Region.SIDEBAR, Region.BODY) or not listing.visible or listing.dated:
            continue
        if len(listing.items) < 2 or sum(len(item.title) for item in listing.items) / len(listing.items) > 12:
            continue
        # First of all it may be the heading of its own menu.
        neighbours = listing.beside or any(item.url and _column_of(item.url) == own for item in listing.items[1:])
        menu = [item for item in listing.items if looks_like_column(_menu_link(item, listing.region), hosts)]
        if len(menu) * 3 < sum(1 for item in listing.items if item.url):
            continue  # links to other sites, one of which stands below this host
        for item in menu:
            key = _column_of(item.url)
            if key != own and key not in above:
                found.setdefault(key, Crumb(item.title, item.url))
                if not neighbours:
                    below.add(key)
    return tuple(found.values())[:200], len(below)


def _menu_link(item: ListItem, region: Region) -> Link:
    return Link(item.url, item.url, item.title, Element.A, region)


@lru_cache(maxsize=1024)  # the menus of a site stand on most of its pages
def _column_of(url: str) -> str:
    """Returns the identity of the column an address means: that of its first page, however it is written (a folder with
    or without its stroke, the index in it)."""
    return _FIRST_PAGE.sub("", normalise(url))


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

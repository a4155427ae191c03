"""The columns of a portal: which links lead to them, what each publishes, and the tree they form.

Columns are discovered from the navigation of the home page, from breadcrumbs, from menus of column pages and from the
official tags (ColumnName, ColumnType); what the owner declares in targets.toml wins over all of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct, field

from portal.artifacts import ColumnRecord, Level
from portal.breadcrumb import is_home_step
from portal.facts import Crumb, Element, Link, PageFacts, PageKind, Pager, Region
from portal.model import ColumnDeclaration, ColumnForm, ColumnKind
from portal.urls import as_path, is_attachment, is_http, is_image, normalise, same_site, trap
from portal.vocabulary import any_of, load

NAME_LENGTH = 14  # characters of the longest name of a column in a menu

_COLUMNS: Mapping[str, Any] = load("columns")
_KINDS: tuple[tuple[ColumnKind, re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (ColumnKind(entry["kind"]), re.compile(any_of(entry["words"])), tuple(entry["pinyin"]))
    for entry in _COLUMNS["kind"]
)
_SKIP = frozenset(word.lower() for word in _COLUMNS["candidates"]["skip"])
_LIST_URL = re.compile(_COLUMNS["candidates"]["list_url"], re.IGNORECASE)
_ITEM_URL = re.compile(_COLUMNS["candidates"]["item_url"], re.IGNORECASE)
_ARCHIVED_WORDS = re.compile(any_of(_COLUMNS["archived"]["words"]))
_ARCHIVED_NAMES = re.compile(any_of(_COLUMNS["archived"]["names"]))
_ARCHIVED_PERIOD = re.compile(_COLUMNS["archived"]["period"])
_COLUMN_PARAMETER = re.compile(_COLUMNS["candidates"]["column_parameter"], re.IGNORECASE)
_NO_COLUMN_URL = re.compile(_COLUMNS["candidates"]["no_column_url"], re.IGNORECASE)
_NO_COLUMN_NAME = re.compile(_COLUMNS["candidates"]["no_column_name"])
_MORE = re.compile(r"^\W*(?:更\s*多|more|查看更多|全部)\W*$", re.IGNORECASE)
_INDEX = re.compile(r"/(?:index|default|main|home)\.[a-z]{3,5}$", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
# Lists that stand above a column, of which each names it. Addresses that differ by their query alone share a folder:
# what more of them name stands in a menu beside every list (seen: 栏目导航 of ASP portals).
_ABOVE = 2
_MANY = 3  # pages alike from which they are views of one thing
_CJK = re.compile(r"[\u4e00-\u9fff]")
_KEPT_UP = frozenset({ColumnKind.NEWS, ColumnKind.NOTICE, ColumnKind.POLICY, ColumnKind.INTERPRETATION})
ITEM_KINDS = frozenset({PageKind.ARTICLE, PageKind.POLICY, PageKind.INTERPRETATION, PageKind.LETTER})
_LIST_KINDS = frozenset({PageKind.COLUMN, PageKind.COLUMN_INDEX})


def column_kind(name: str, path: Sequence[str] = (), column_type: str = "", url: str = "") -> ColumnKind:
    """Returns what a column publishes: by its own name, then ColumnType, address, the columns above it.

    Of a foreign edition, whose columns are named without a Chinese character, an address such as /en/news/ tells none
    of the kinds that a portal must keep up from week to week.
    """
    for text in (name, column_type):
        kind = _kind_of(text)
        if kind is not None:
            return kind
    foreign = bool(name) and not any(map(_CJK.search, (name, *path)))
    segments = [segment.lower() for segment in url.partition("://")[2].partition("?")[0].split("/")[1:] if segment]
    for segment in reversed(segments):
        stem = segment.partition(".")[0]
        for kind, _, pinyin in _KINDS:
            if any(stem == part or (len(part) > 3 and stem.startswith(part)) for part in pinyin):
                return ColumnKind.OTHER if foreign and kind in _KEPT_UP else kind
    for step in reversed(path[:-1] if path and path[-1] == name else path):
        kind = _kind_of(step)
        if kind is not None:
            return kind
    return ColumnKind.OTHER


def _kind_of(text: str) -> ColumnKind | None:
    if not text:
        return None
    for kind, pattern, _ in _KINDS:
        if pattern.search(text):
            return kind
    return None


def is_archived(facts_text: str, name: str = "") -> bool:
    """Returns whether words on a column page, or its name, say that it is no longer updated.

    A name that is a year or a month holds what was published then.
    """
    return bool(
        _ARCHIVED_WORDS.search(facts_text)
        or (name and (_ARCHIVED_NAMES.search(name) or _ARCHIVED_PERIOD.match(name.strip())))
    )


def looks_like_column(link: Link, hosts: AbstractSet[str]) -> bool:
    """Returns whether a link may lead to a column: a short name, an address of a folder or list on the portal."""
    return link.element is Element.A and _names_column(
        link.url, link.text.strip(), link.region is Region.NAV, frozenset(hosts)
    )


@lru_cache(maxsize=2048)  # a menu stands on every page
def _names_column(url: str, text: str, in_menu: bool, hosts: frozenset[str]) -> bool:
    if not is_http(url) or not same_site(url, hosts):
        return False
    if is_attachment(url) or is_image(url) or trap(url):
        return False
    if text.lower() in _SKIP or text.lower().strip("[]【】<>《》| ") in _SKIP:
        return False
    target = "/" + as_path(url).partition("://")[2].partition("/")[2]
    if target == "/" or _ITEM_URL.search(target) or _NO_COLUMN_URL.search(target) or _NO_COLUMN_NAME.match(text):
        return False
    if _MORE.match(text):
        return bool(_LIST_URL.search(target))
    if not 2 <= len(text) <= NAME_LENGTH or (not _CJK.search(text) and not in_menu):
        return False
    return bool(_LIST_URL.search(target)) or in_menu


def candidate_columns(page: PageFacts, hosts: AbstractSet[str]) -> tuple[Crumb, ...]:
    """Returns the links of a page that look like columns, each address once, menus first.

    The text of a 更多 link is "" unless another link to the same address names it.
    """
    home = normalise(page.url)
    found: dict[str, Crumb] = {}
    regions = (Region.NAV, Region.HEADER, Region.BODY, Region.SIDEBAR, Region.FOOTER)
    for region in regions:
        for link in page.links:
            if link.region is not region or not looks_like_column(link, hosts):
                continue
            if region is Region.FOOTER and link.via != "href":
                continue
            key = normalise(link.url)
            if key == home:
                continue
            name = "" if _MORE.match(link.text.strip()) else link.text.strip()
            known = found.get(key)
            if known is None or (not known.text and name):
                found[key] = Crumb(name, link.url)
    return tuple(found.values())


class ColumnTags(msgspec.Struct, frozen=True, gc=False, rename={"name": "ColumnName", "type": "ColumnType"}):
    """The official tags of a page that speak of its column, "" where they are missing."""

    name: str = ""
    type: str = ""


class Dated(msgspec.Struct, frozen=True, gc=False):
    """Stands for a date of publication: that a page has one matters for columns, not which."""


class PageOutline(msgspec.Struct, frozen=True, gc=False):
    """The facts of a page that tell columns, named as in `PageFacts`: a portal's pages together fit into memory."""

    url: str
    kind: PageKind
    title: str
    meta: ColumnTags
    breadcrumb: tuple[Crumb, ...] = ()
    child_columns: tuple[Crumb, ...] = ()
    pager: Pager | None = None
    pub_date: Dated | None = None
    archived: bool = False
    empty_list: bool = False
    scripted_list: bool = False
    sketch: int = 0


class _Node(Struct):
    url: str
    name: str = ""
    path: tuple[str, ...] = ()
    form: ColumnForm = ColumnForm.UNKNOWN
    kind: ColumnKind | None = None
    column_type: str = ""
    level: Level = Level.OTHER
    parent: str = ""
    children: dict[str, None] = field(default_factory=dict)
    declaration: ColumnDeclaration | None = None
    confirmed: bool = False  # a page was read that is a column, or its owner declares it


def discover(
    home: PageFacts,
    pages: Iterable[PageOutline],
    declared: tuple[ColumnDeclaration, ...],
    hosts: AbstractSet[str],
) -> tuple[ColumnRecord, ...]:
    """Returns the columns of the portal as a tree of records: declared ones first, then as the home page shows them.

    `pages` are the pages read (first pages of lists, no further ones). Without a declaration an address becomes a
    column when its page is one, or when a menu leads to it and its page is a single page; unopened ones stay UNKNOWN.
    """
    nodes: dict[str, _Node] = {}
    for declaration in declared:
        node = nodes.setdefault(normalise(declaration.url), _Node(declaration.url))
        node.declaration, node.confirmed, node.level = declaration, True, Level.SECOND
    for crumb in candidate_columns(home, hosts):
        key = normalise(crumb.url)
        node = nodes.setdefault(key, _Node(crumb.url))
        node.name = node.name or crumb.text
        node.level = Level.SECOND
    read: dict[str, PageOutline] = {}
    home_key = normalise(home.url)
    for page in pages:
        key = normalise(page.url)
        if key != home_key:
            read[key] = page
    claims = _claims(read)
    for page in read.values():
        _note_menu(page, nodes, read, hosts, claims)
        _note_trail(page, nodes, home_key, hosts)
    for key, page in read.items():
        _note_page(page, nodes, key)
    for column in read.values():
        _link_trail(column, nodes, home_key)
    for key in [key for key, node in nodes.items() if _place(key) == _place(home_key) and node.declaration is None]:
        del nodes[key]
    for key, page in read.items():
        # An item that a menu leads to stays a single page only where nothing says it is one of many.
        if key in nodes and not nodes[key].confirmed and page.kind in ITEM_KINDS and page.pub_date is not None:
            del nodes[key]
    views = _views(nodes)
    kept = {key: node for key, node in nodes.items() if key not in views and _keep(node, read)}
    return tuple(_record(node, kept) for node in kept.values())


def _keep(node: _Node, read: Mapping[str, PageOutline]) -> bool:
    if node.declaration is not None:
        return True
    if not (node.name or node.path):
        return False  # a frame or a shell: nobody could say which column is meant
    page = read.get(normalise(node.url))
    return node.confirmed or page is None or page.kind not in (PageKind.HOME, PageKind.SEARCH)


def _views(nodes: Mapping[str, _Node]) -> frozenset[str]:
    """Returns the addresses that are views of one thing rather than columns: a list narrowed and sorted in many ways,
    one base of documents sorted by theme, by genre and by body, or a series of pages named by the month or the number.
    What the home page's menus lead to is none.

    seen: /wjk.jspx?theme=16, ?genre=2, ?org=3 beside /wjk.jspx: a theme without documents is no empty column, nor one
    without new ones out of date. Columns told apart in the query have one parameter (?cid=16), or call it so
    (?BigClassID=1 and ?SmallClassID=12 of ASP).
    """
    narrowed: dict[tuple[str, str], list[str]] = {}
    sorted_by: dict[str, dict[str, list[str]]] = {}  # whole list -> parameter -> lists of one value of it alone
    series: dict[tuple[str, str], list[str]] = {}
    for key, node in nodes.items():
        if node.declaration is not None or node.level is Level.SECOND:
            continue
        address, _, query = key.partition("?")
        if query:
            narrowed.setdefault((address, node.name), []).append(key)
            parameter = query.partition("=")[0]
            if "&" not in query and address in nodes and not _COLUMN_PARAMETER.search(parameter):
                sorted_by.setdefault(address, {}).setdefault(parameter, []).append(key)
        if _DIGITS.search(node.name):
            series.setdefault((_DIGITS.sub("0", key), _DIGITS.sub("0", node.name)), []).append(key)
    found: set[str] = set()
    for keys in narrowed.values():
        queries = {key: frozenset(key.partition("?")[2].split("&")) for key in keys}
        if sum(any(other < query for other in queries.values()) for query in queries.values()) >= _MANY:
            found.update(keys)
    for parameters in sorted_by.values():
        ways = [keys for keys in parameters.values() if len(keys) > 1]
        found.update(key for keys in ways for key in keys if len(ways) > 1)
    found.update(key for keys in series.values() if len(keys) >= _MANY for key in keys)
    return frozenset(found)


def _claims(read: Mapping[str, PageOutline]) -> Counter[str]:
    """Returns how many lists name a page in their menu that does not name them: those above it, or all of a portal."""
    claims: Counter[str] = Counter()
    for own, page in read.items():
        if page.kind in _LIST_KINDS:
            claims.update(key for crumb in page.child_columns if not _names(read.get(key := normalise(crumb.url)), own))
    return claims


def _note_menu(
    page: PageOutline,
    nodes: dict[str, _Node],
    read: Mapping[str, PageOutline],
    hosts: AbstractSet[str],
    claims: Mapping[str, int],
) -> None:
    own = normalise(page.url)
    if page.kind not in _LIST_KINDS:
        return
    for crumb in page.child_columns:
        key = normalise(crumb.url)
        if key == own or not same_site(crumb.url, hosts):
            continue
        child = nodes.setdefault(key, _Node(crumb.url))
        child.name = child.name or crumb.text
        # The menu of a column page lists its siblings as often as its children: only an index is a parent for sure.
        below = key.startswith(_folder(own)) and ("?" not in own or claims.get(key, 0) <= _ABOVE)
        if below or (page.kind is PageKind.COLUMN_INDEX and not _names(read.get(key), own)):
            parent = nodes.setdefault(own, _Node(page.url))
            if not child.parent and not _above(nodes, key, own):
                child.parent = own
                parent.children[key] = None


def _place(url: str) -> str:
    """Returns an address without scheme, www and the name of a folder's own page."""
    return _INDEX.sub("/", url.partition("://")[2].removeprefix("www.")).rstrip("/")


def _folder(url: str) -> str:
    """Returns the folder an address stands for: /zwgk/ of /zwgk/index.html, /category/zwgk/ of /category/zwgk."""
    above, _, last = url.rpartition("/")
    return f"{above}/" if not last or "." in last or "?" in last else f"{url}/"


def _names(page: PageOutline | None, key: str) -> bool:
    """Returns whether a page names another in its menu: pages that name each other are neighbours."""
    return page is not None and any(normalise(crumb.url) == key for crumb in page.child_columns)


def _above(nodes: Mapping[str, _Node], key: str, start: str) -> bool:
    """Returns whether `key` stands above `start` in the tree: making it a child would close a circle."""
    seen: set[str] = set()
    while start and start not in seen:
        if start == key:
            return True
        seen.add(start)
        node = nodes.get(start)
        start = node.parent if node is not None else ""
    return False


def _note_trail(page: PageOutline, nodes: dict[str, _Node], home_key: str, hosts: AbstractSet[str]) -> None:
    """A step of a breadcrumb with an address of its own is a column."""
    own = normalise(page.url)
    for crumb in page.breadcrumb:
        if not crumb.url or is_home_step(crumb) or not same_site(crumb.url, hosts):
            continue
        key = normalise(crumb.url)
        if key in (home_key, own) or is_attachment(crumb.url) or _ITEM_URL.search(crumb.url):
            continue
        node = nodes.setdefault(key, _Node(crumb.url))
        node.name = node.name or crumb.text


def _link_trail(page: PageOutline, nodes: dict[str, _Node], home_key: str) -> None:
    """Links parents and children, and completes paths, along the breadcrumb of a page."""
    own = normalise(page.url)
    above = ""
    names: list[str] = []
    for crumb in page.breadcrumb:
        if is_home_step(crumb):
            continue
        names.append(crumb.text)
        key = normalise(crumb.url) if crumb.url else ""
        if not key or key == home_key or key not in nodes:
            continue
        node = nodes[key]
        if not node.path:
            node.path = tuple(names)
        if above and above != key and not node.parent and not _above(nodes, key, above):
            node.parent = above
            nodes[above].children[key] = None
        above = key
    if own in nodes and page.kind in _LIST_KINDS:
        node = nodes[own]
        if above and above != own and not node.parent and not _above(nodes, own, above):
            node.parent = above
            nodes[above].children[own] = None
        if names and not node.path:
            last = names if names[-1] == node.name or not node.name else [*names, node.name]
            node.path = tuple(last)


def _note_page(page: PageOutline, nodes: dict[str, _Node], key: str) -> None:
    node = nodes.get(key)
    if node is None:
        if page.kind not in _LIST_KINDS or _nameless(page) or _NO_COLUMN_URL.search(page.url) or _is_drawn_item(page):
            return
        node = nodes[key] = _Node(page.url)
    node.column_type = page.meta.type
    if page.kind in _LIST_KINDS:
        node.confirmed = True
        node.name = page.title or node.name or page.meta.name
        node.form = ColumnForm.INDEX if page.kind is PageKind.COLUMN_INDEX else ColumnForm.LIST
        if page.archived:
            node.form = ColumnForm.ARCHIVE
    elif page.kind in (PageKind.OTHER, PageKind.GUIDE) or page.kind in ITEM_KINDS:
        node.form = ColumnForm.SINGLE
        node.name = node.name or page.meta.name or page.title


def _is_drawn_item(page: PageOutline) -> bool:
    """Returns whether a page is one a script draws an item into, by its address: the frame says nothing of what it
    holds.

    seen: /gkmlpt/content/2/3/post_301.html of a province's platform, whose policies were columns until a browser came
    """
    return page.scripted_list and not page.breadcrumb and _ITEM_URL.search(page.url) is not None


def _nameless(page: PageOutline) -> bool:
    return page.empty_list and not page.breadcrumb and not page.meta.name


def _record(node: _Node, nodes: Mapping[str, _Node]) -> ColumnRecord:
    declaration = node.declaration
    path = declaration.path if declaration is not None and declaration.path else node.path
    name = (path[-1] if declaration is not None and path else "") or node.name or (path[-1] if path else "")
    if not path:
        parent = nodes.get(node.parent)
        path = (*(parent.path or (parent.name,) if parent is not None and parent.name else ()), name) if name else ()
    kind = declaration.kind if declaration is not None and declaration.kind else None
    form = declaration.form if declaration is not None and declaration.form else None
    return ColumnRecord(
        url=node.url,
        name=name,
        path=tuple(step for step in path if step),
        kind=kind or column_kind(name, path, node.column_type, node.url),
        form=form or node.form,
        level=node.level,
        parent=nodes[node.parent].url if node.parent in nodes else "",
        children=tuple(nodes[key].url for key in node.children if key in nodes),
        declared=declaration is not None,
        limit_days=declaration.limit_days if declaration is not None else None,
        owner=declaration.owner if declaration is not None else "",
        exempt=declaration.exempt if declaration is not None else "",
    )

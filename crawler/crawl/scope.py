"""The scope of a crawl: which URLs are visited, in what order, which are only verified, and which are left alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from crawler.crawl.census import Entry, Fate
from crawler.crawl.frontier import Rank, Visit
from portal.actions import changes_something, says_deed
from portal.artifacts import Absence, Attempt, Level, PageRecord
from portal.columns import candidate_columns
from portal.drawn import frame_of
from portal.facts import Element, Link, PageFacts, Region
from portal.model import Portal
from portal.text import SAME_TEXT, sketch_distance
from portal.urls import host_of, is_attachment, is_http, is_image, normalise, same_site, site_hosts, trap, twin

HOPS = 5  # frames within frames and script jumps after one another that are followed
CHAIN = 24  # pages of one shape after one another, each known from the one before alone: two years of months
WAYS = 4096  # addresses of which is remembered whether they may be visited
WORDS = 8192  # texts of links that are remembered
OWN_LINKS = 10  # pages of its own folder that a home page leads to at least, where the folder is the whole portal
OWN_SHARE = 0.75  # of the pages of its host that it leads to
DOOR = "door"  # note of a bundle: by which door its pages are read
FOLDER = "folder"  # another: the folder the portal is on its host
HINT = "script"  # Link.via of markup found inside a script
_PAGES = frozenset({Element.A, Element.IFRAME})
_FOLLOWED = frozenset({Element.A, Element.ATTACHMENT})
_NUMBER = re.compile(r"\d+")
_DOOR = re.compile(r"https?://[^/?#]*", re.IGNORECASE)

# Duplicates of pages rather than endless ground: never visited, but a visitor of the home page may click on them.
_DUPLICATES = frozenset({"print", "mobile", "traditional", "aged"})


class Scope:
    """Decides over URLs of one portal. `skipped` counts the URLs left alone by reason.

    `wants` says whether a visit of that key and rank would be news: others are not made.
    """

    def __init__(self, portal: Portal, wants: Callable[[str, Rank], bool] = lambda key, rank: True) -> None:
        self.portal = portal
        self.hosts = site_hosts(portal)
        self.home = normalise(portal.home)
        self.repetition = Repetition()
        self.skipped: Counter[str] = Counter()
        self._untouched: set[str] = set()  # what would change something on the server by what a link to it says
        self._harmless: set[str] = set()  # texts of links that say nothing of the kind
        self._wants = wants
        self._way = lru_cache(maxsize=WAYS)(self._find_way)  # pages lead to the same columns again and again
        self._doors: frozenset[str] = frozenset()  # beginnings of addresses by which the same pages are reached
        self.door = ""  # the one of them by which they are read
        self.folder = ""  # the path the portal is on its host, "" where the host is the portal's as a whole
        self._chain: dict[str, int] = {}  # how many pages of its own shape led to a page, one after another

    def know_frame(self, home: PageRecord) -> None:
        """Takes note of what the server answers for everything, where a script draws the home page from it."""
        frame = frame_of(home)
        self.repetition.frame = frame.sketch if frame is not None else 0

    def arrive(self, home: Attempt, facts: PageFacts) -> None:
        """Takes note of how the home page was found: of http and https, with www and without, those addresses by which
        the home page names most of its pages are those by which pages are read. Others lead to the same pages."""
        final = facts.redirect or home.final_url or self.portal.home
        host = host_of(final)
        self.enclose(_own_folder(self.portal, facts))
        if host not in {host_of(self.portal.home), twin(host_of(self.portal.home))} or urlsplit(final).port:
            return
        doors = _doors(host)
        met = Counter(door for link in facts.links if link.element is Element.A and (door := _door(link.url)) in doors)
        own = _door(final)
        self.enter(max(doors, key=lambda door: (met[door], door == own)))

    def enter(self, door: str) -> None:
        """Has pages read by a door: `door` of a sitting before, or as the home page shows."""
        self.door, self._doors = door, frozenset(_doors(host_of(door)))
        self._way.cache_clear()

    def enclose(self, folder: str) -> None:
        """Takes a folder of the home page's host for the whole portal: as of a sitting before, or as the home page
        shows. "" stands for all of the host."""
        self.folder = folder
        self._way.cache_clear()

    def own(self, url: str) -> str:
        """Returns the address by which a page is read: by another door (https, without www) it is the same page."""
        door = _door(url)
        if door == self.door or door not in self._doors:
            return url
        rest = url[len(door) :]
        return self.door + rest if rest not in ("", "/") else self.portal.home

    def internal(self, url: str) -> bool:
        """Returns whether the URL stands on one of the portal's hosts, and in its folder where the portal is one. Files
        are where the system keeps those of all its portals."""
        if not same_site(url, self.hosts):
            return False
        return not self.folder or _in_folder(url, self.portal, self.folder) or not self._page_like(url)

    def judge(self, key: str, link: Link, level: Level) -> tuple[Fate, bool, Absence | None]:
        """Returns fate, whether internal, and why it is left alone: of a URL met on a page of `level`."""
        internal = self.internal(link.url)
        if _harmful(link) or changes_something(key):
            self.skipped["trap_state"] += 1
            return Fate.LEAVE, internal, Absence.NOT_GATHERED
        if not is_http(link.url) or link.element not in _PAGES:
            return Fate.VERIFY, internal, None
        if reason := trap(key):
            if reason in _DUPLICATES and level is Level.HOME:
                return Fate.VERIFY, internal, None
            if internal:
                self.skipped[f"trap_{reason}"] += 1
                return Fate.LEAVE, internal, Absence.NOT_GATHERED
        visited = internal and self._page_like(link.url) and self.own(link.url) == link.url
        return (Fate.VISIT if visited else Fate.VERIFY), internal, None

    def seeds(self) -> Iterator[Visit]:
        """Yields the visits every crawl begins with: the home page, then the declared columns."""
        yield Visit(self.home, self.portal.home, Rank.HOME, Level.HOME)
        for column in self.portal.columns:
            if self.internal(column.url):
                # Level as if linked from the home page until the home page says otherwise: a declared column is one
                # of the portal's main sections.
                yield Visit(normalise(column.url), column.url, Rank.DECLARED, Level.SECOND)

    def visits(self, visit: Visit, facts: PageFacts, fresh: Sequence[Entry]) -> list[Visit]:
        """Returns the visits a page leads to. `fresh` are its links that no page before it had."""
        level = Level.SECOND if visit.level is Level.HOME else Level.OTHER
        found: list[Visit] = []
        self._leave_deeds(facts.links)

        def offer(url: str, rank: Rank, level: Level, *, hops: int = 0, origin: str = "") -> None:
            key = self._way(url)
            if key and key not in self._untouched and self._wants(key, rank):
                found.append(visit.onward(key, self.own(url), rank, level, hops=hops, origin=origin))

        if visit.hops < HOPS:
            # What a frame shows and where a stub jumps is the page itself to a visitor: same rank, same level.
            frames = {link.url for link in facts.links if link.element is Element.IFRAME}
            if facts.redirect:
                frames.add(facts.redirect)
            for url in sorted(frames):
                offer(url, visit.rank, visit.level, hops=visit.hops + 1, origin=visit.origin)
        if visit.level is Level.HOME:
            for crumb in candidate_columns(facts, self.hosts):
                offer(crumb.url, Rank.COLUMN, level)
        for crumb in facts.child_columns:
            offer(crumb.url, Rank.CHILD, level)
        for crumb in facts.breadcrumb:
            offer(crumb.url, Rank.CHILD, Level.OTHER)
        if visit.rank.opens_column or visit.rank is Rank.LIST_PAGE or (visit.rank is Rank.LOST and visit.origin):
            if visit.rank.opens_column:
                for item in facts.items:
                    offer(item.url, Rank.ITEM, level)
            # Only the nearest: page two of every list comes before page three of any.
            for url in facts.pager.next_urls[:1] if facts.pager else ():
                offer(url, Rank.LIST_PAGE, Level.OTHER, origin=visit.origin or visit.key)
        for link in facts.links:
            if link.via == HINT and link.element is Element.A:
                # Menus written by script are known by this alone where no browser is at hand.
                offer(link.url, Rank.CHILD if visit.level is Level.HOME else Rank.DEEPER, level)
        for entry in fresh:
            if entry.fate is Fate.VISIT and not self._goes_on(visit, facts, entry):
                found.append(visit.onward(entry.key, entry.url, self._rank(visit, entry), level))
            elif entry.fate is Fate.VERIFY:  # the link is asked as it is written, its page is read by the portal's door
                offer(entry.url, self._rank(visit, entry), level)
        return found

    def leave(self, key: str) -> None:
        """Has an address left alone that a link said changes something, whatever else leads to it."""
        self._untouched.add(key)

    def _leave_deeds(self, links: Sequence[Link]) -> None:
        texts = {link.text for link in links} - self._harmless  # pages say the same again and again
        deeds = {text for text in texts if says_deed(text)}
        if len(self._harmless) > WORDS:
            self._harmless.clear()
        self._harmless |= texts - deeds
        if deeds:
            self._untouched.update(normalise(link.url) for link in links if link.text in deeds and _harmful(link))

    def _goes_on(self, visit: Visit, facts: PageFacts, entry: Entry) -> bool:
        """Returns whether a link only goes on along a chain without end: next month, next page of a generated series.

        Articles are exempt: each of them has a next one, and they end.
        """
        if facts.pub_date is not None or _shape(visit.key) != _shape(entry.key):
            return False
        depth = self._chain[entry.key] = self._chain.get(visit.key, 0) + 1
        return depth > CHAIN

    def _rank(self, visit: Visit, entry: Entry) -> Rank:
        if visit.level is Level.HOME:
            return Rank.FRONT_ITEM
        if visit.rank.opens_column and entry.region is Region.BODY:
            return Rank.ITEM
        return Rank.DEEPER

    def _find_way(self, url: str) -> str:
        """Returns the key of a page of the portal that may be visited, "" for any other address."""
        if not url or not is_http(url) or not self.internal(url) or not self._page_like(url):
            return ""
        key = normalise(self.own(url))
        return "" if trap(key) or changes_something(key) else key

    @staticmethod
    def _page_like(url: str) -> bool:
        return not is_attachment(url) and not is_image(url)


def _own_folder(portal: Portal, facts: PageFacts) -> str:
    """Returns the folder of the home page where that is the portal, "" where it has the host for itself.

    seen: counties and bureaus below their city, www.city.gov.cn/county/, whose heads lead to the city and its other
    counties. Only what the home page leads to tells them from a portal that begins in a folder (/portal/index.html,
    /html/): its pages stand elsewhere. An operator who names the host in `hosts` has said that all of it is meant.
    """
    folder = urlsplit(portal.home).path.rpartition("/")[0] + "/"
    if folder == "/" or host_of(portal.home) in portal.hosts:
        return ""
    hosts = frozenset({host_of(portal.home), twin(host_of(portal.home))})
    pages = {normalise(link.url) for link in facts.links if link.element is Element.A and same_site(link.url, hosts)}
    pages = {page for page in pages if not is_attachment(page) and not is_image(page)}
    own = sum(_in_folder(page, portal, folder) for page in pages)
    return folder if own >= OWN_LINKS and own >= OWN_SHARE * len(pages) else ""


def _in_folder(url: str, portal: Portal, folder: str) -> bool:
    """Returns whether an address stands in a folder of the home page's host, or on another host."""
    home = host_of(portal.home)
    return host_of(url) not in {home, twin(home)} or f"{urlsplit(url).path}/".startswith(folder)


def _doors(host: str) -> list[str]:
    names = (host, twin(host)) if twin(host) else (host,)
    return [f"{scheme}://{name}" for scheme in ("http", "https") for name in names]


def _door(url: str) -> str:
    """Returns scheme and host of an address, port included where it names one, "" of what is none."""
    found = _DOOR.match(url)
    return found[0].lower() if found else ""


def _harmful(link: Link) -> bool:
    """Returns whether following a link would change something on the server."""
    return changes_something(link.url, link.text if link.element in _FOLLOWED else "")


class Repetition:
    """Notices addresses that go on for ever and show the same page: facets, calendars, counters in the query.

    Addresses of one shape (digits and the query left out) belong together. When the latest `run` pages of a shape each
    look like one of the four before, no more of that shape are asked for. Shapes without a query need three times as
    many: articles that are one picture in a large frame look alike too, and they end.
    """

    def __init__(self, run: int = 10) -> None:
        self._run = run
        self._runs: dict[str, tuple[tuple[int, ...], int]] = {}  # shape -> (latest sketches, how many looked alike)
        self._stopped: set[str] = set()
        self.frame = 0  # sketch of what the server answers for every page of an application: it tells none from another

    def note(self, url: str, sketch: int) -> None:
        """Takes note of a page read: its URL and the sketch of its text (0: no text to compare)."""
        if not sketch or (self.frame and sketch_distance(self.frame, sketch) <= SAME_TEXT):
            return
        shape = _shape(url)
        latest, count = self._runs.get(shape, ((), 0))
        alike = not latest or any(sketch_distance(known, sketch) <= SAME_TEXT for known in latest)
        count = count + 1 if alike else 1
        self._runs[shape] = ((*latest[-3:], sketch), count)
        if count >= (self._run if shape.endswith("?") else 3 * self._run):
            self._stopped.add(shape)

    def stops(self, url: str) -> bool:
        """Returns whether addresses of this shape are no longer visited."""
        return bool(self._stopped) and _shape(url) in self._stopped


def _shape(url: str) -> str:
    path, mark, _ = url.partition("?")
    host, _, tail = path.partition("://")[2].partition("/")
    return f"{host}/{_NUMBER.sub('#', tail)}{mark}"

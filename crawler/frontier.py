"""The frontier: which page is visited next, and the Scrapy scheduler over it.

URLs wait as plain values in one queue per rank; what has been seen is refused before a Scrapy request exists. Every
visit offered is journalled in the bundle, and a page that has its record there is done: that is all a killed crawl
needs to go on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Protocol, Self

from scrapy.core.scheduler import BaseScheduler
from scrapy.http import Request

from portal.artifacts import Level

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.spiders import Spider


class Rank(IntEnum):
    """Why a page is visited; lower ranks first, within a rank first come first served."""

    HOME = 0
    DECLARED = 1  # a column its owner declared
    COLUMN = 2  # looks like a column on the home page
    CHILD = 3  # a column found on another page
    FRONT_ITEM = 4  # linked from the home page
    ITEM = 5  # linked from the first page of a column
    LIST_PAGE = 6  # a further page of a list
    DEEPER = 7  # anything else on the site
    AGAIN = 8  # a column whose first try failed

    @property
    def opens_column(self) -> bool:
        """True where the page is visited as the first page of a column."""
        return self in (Rank.DECLARED, Rank.COLUMN, Rank.CHILD, Rank.AGAIN)


@dataclass(frozen=True, slots=True)
class Visit:
    """One page to be visited. `key` is its identity, `url` what is requested."""

    key: str
    url: str
    rank: Rank
    level: Level
    referrer: str = ""
    hops: int = 0  # frames and script jumps followed to get here
    origin: str = ""  # of a further list page: the key of the column's first page

    def state(self) -> list[Any]:
        """Returns the visit as JSON values for the journal, without its key."""
        return [self.url, int(self.rank), self.level.value, self.referrer, self.hops, self.origin]

    @classmethod
    def restored(cls, key: str, state: list[Any]) -> Visit:
        """Returns the visit a journal kept."""
        url, rank, level, referrer, hops, origin = state
        return cls(key, url, Rank(rank), Level(level), referrer, hops, origin)


class Frontier:
    """Visits waiting by rank, and everything ever seen."""

    def __init__(self) -> None:
        self._first: deque[Visit] = deque()
        self._queues: tuple[deque[Visit], ...] = tuple(deque() for _ in Rank)
        self._waiting: dict[str, Rank] = {}
        self._taken: set[str] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, key: str) -> bool:
        return key in self._taken or key in self._waiting

    def offer(self, visit: Visit) -> bool:
        """Returns whether the visit was new, or moved a waiting one to a better rank; one taken before is refused."""
        if visit.key in self._taken:
            return False
        rank = self._waiting.get(visit.key)
        if rank is not None and (rank <= visit.rank or rank is Rank.AGAIN):
            return False  # what failed waits for its second try, however many pages lead to it
        self._waiting[visit.key] = visit.rank
        self._queues[visit.rank].append(visit)
        return True

    def first(self, visits: Iterable[Visit]) -> None:
        """Puts waiting visits before all others, whatever their ranks: they were under way already."""
        self._first.extend(visits)

    def again(self, visit: Visit) -> None:
        """Queues a visit that was taken before once more."""
        self._taken.discard(visit.key)
        self.offer(visit)

    def take(self) -> Visit | None:
        """Returns the next visit and counts it as taken; None when nothing waits."""
        while self._first:
            visit = self._first.popleft()
            if self._waiting.pop(visit.key, None) is not None:
                self._taken.add(visit.key)
                return visit
        for rank, queue in enumerate(self._queues):
            while queue:
                visit = queue.popleft()
                if self._waiting.get(visit.key) == rank:  # else it moved to a better rank and was taken there
                    del self._waiting[visit.key]
                    self._taken.add(visit.key)
                    return visit
        return None

    def next_rank(self) -> int:
        """Returns the rank of the visit `take` would return, a number beyond all ranks when nothing waits."""
        while self._first:
            if self._first[0].key in self._waiting:
                return self._first[0].rank
            self._first.popleft()
        for rank, queue in enumerate(self._queues):
            while queue and self._waiting.get(queue[0].key) != rank:
                queue.popleft()
            if queue:
                return rank
        return len(self._queues)

    def done(self, key: str) -> None:
        """Notes that a page needs no visit any more: it was read before, or a redirect ended on it."""
        self._taken.add(key)
        self._waiting.pop(key, None)

    def waiting(self) -> Iterator[Visit]:
        """Yields the visits not taken, in order."""
        for rank, queue in enumerate(self._queues):
            yield from (visit for visit in queue if self._waiting.get(visit.key) == rank)


class Source(Protocol):
    """What the scheduler draws visits from: a frontier with a budget."""

    def take(self) -> Visit | None:
        """Returns the next visit within the budget, or None."""

    def pending(self) -> bool:
        """Returns whether `take` would return a visit."""

    def enqueue(self, url: str) -> bool:
        """Takes a URL asked for from outside (a Scrapy request somebody yielded); False when it was seen before."""


VISIT = "visit"


class FrontierScheduler(BaseScheduler):
    """Scrapy's scheduler over the frontier: a Request is made only when it is sent."""

    def __init__(self, source: Source, callback: Callable[..., Any], errback: Callable[..., Any]) -> None:
        self._source = source
        self._callback = callback
        self._errback = errback

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Returns the scheduler over the frontier of the crawler's spider."""
        spider: Any = crawler.spider
        return cls(spider.source, spider.parse, spider.failed)

    def open(self, spider: Spider) -> None:
        """Does nothing: the frontier is open before the spider is."""

    def close(self, reason: str) -> None:
        """Does nothing: the frontier outlives the spider."""

    def has_pending_requests(self) -> bool:
        """Returns whether a page may be visited now."""
        return self._source.pending()

    def enqueue_request(self, request: Request) -> bool:
        """Returns whether the request's URL was new to the frontier."""
        return self._source.enqueue(request.url)

    def next_request(self) -> Request | None:
        """Returns the request of the next visit, or None."""
        visit = self._source.take()
        if visit is None:
            return None
        return Request(visit.url, self._callback, errback=self._errback, meta={VISIT: visit}, dont_filter=True)

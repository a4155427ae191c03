"""The frontier: which page is visited next, and the Scrapy scheduler over it.

URLs wait as plain values in one queue per rank; what has been seen is refused before a Scrapy request exists. Every
visit offered is journalled in the bundle, and a page that has its record there is done: that is all a killed crawl
needs to go on.

Within a rank branches take turns. A branch is what a better ranked page leads to, and whatever that leads to in its
turn without getting better: a page with a million links, or a calendar without end, is one branch among those of the
other pages, however many addresses it invents. Turns are numbers given when a visit is offered, not the place of a
pointer, so that a crawl taken up from its journal goes on in the same order.

Columns without end would come before everything else for ever. So a section (whatever a page linked from the home page
leads to) that had as many pages as are left of the budget waits until nothing else does.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Protocol, Self

from scrapy.core.scheduler import BaseScheduler
from scrapy.http import Request

from crawler.crawl.renewal_order import Claim
from portal.artifacts import Level

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.spiders import Spider


class Rank(IntEnum):
    """Why a page is visited; lower ranks first."""

    HOME = 0
    DECLARED = 1  # a column its owner declared
    COLUMN = 2  # looks like a column on the home page
    CHILD = 3  # a column found on another page
    FRONT_ITEM = 4  # linked from the home page
    ITEM = 5  # linked from the first page of a column
    LIST_PAGE = 6  # a further page of a list
    DEEPER = 7  # anything else on the site
    AGAIN = 8  # a column whose first try failed
    LOST = 9  # another page that was lost in an outage

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
    branch: str = ""  # the key of the page it takes turns by
    section: str = ""  # the key of the page nearest to the home page that led to it, "" where the home page did
    claim: Claim = Claim.NEAR  # why it is visited tonight; in a whole audit all are alike
    age: int = 0  # days it was not seen; of accusations: minus its place among them

    @property
    def order(self) -> tuple[Rank, bool, int]:
        """What it is queued by: the rank it has now, whether it is there by its turn alone, the longest unseen first.

        What findings stand against comes with the columns their owners declared, turns of the census come last.
        """
        rank = self.rank
        if rank < Rank.AGAIN and self.claim is Claim.FINDING:
            rank = min(rank, Rank.DECLARED)
        elif rank < Rank.AGAIN and self.claim is Claim.SHARE:
            rank = max(rank, Rank.DEEPER)
        return rank, self.claim is Claim.SHARE, -self.age

    def state(self) -> list[Any]:
        """Returns the visit as JSON values for the journal, without its key."""
        return [
            self.url,
            int(self.rank),
            self.level.value,
            self.referrer,
            self.hops,
            self.origin,
            self.branch,
            self.section,
            int(self.claim),
            self.age,
        ]

    def onward(self, key: str, url: str, rank: Rank, level: Level, *, hops: int = 0, origin: str = "") -> Visit:
        """Returns a visit this page leads to."""
        branch = self.key if self.rank < rank else self.branch
        section = self.section or ("" if self.level is Level.HOME else self.key)
        return Visit(key, url, rank, level, self.key, hops, origin, branch, section)

    @classmethod
    def restored(cls, key: str, state: list[Any]) -> Visit:
        """Returns the visit a journal kept."""
        url, rank, level, referrer, hops, origin, *more = state
        branch, section, *why = more or ("", "")  # a bundle of 0.1 has no branches
        claim, age = why or (Claim.NEAR, 0)
        return cls(key, url, Rank(rank), Level(level), referrer, hops, origin, branch, section, Claim(claim), age)


Place = tuple[tuple[Rank, bool, int], int, int, Visit]
"""Of a visit in the queue: its order, how many of its branch and rank were offered before, how many of all were."""


class Frontier:
    """Visits waiting in order, and everything ever seen. `pages` is how many there may be altogether."""

    def __init__(self, pages: int) -> None:
        self._first: deque[Visit] = deque()
        self._queue: list[Place] = []  # a heap
        self._late: list[Place] = []  # another: of sections that had their share
        self._waiting: dict[str, Rank] = {}
        self._taken: set[str] = set()
        self._turns: Counter[tuple[Rank, str]] = Counter()
        self._offered = 0
        self._had: Counter[str] = Counter()  # pages by section
        self._left = pages

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, key: str) -> bool:
        return key in self._taken or key in self._waiting

    def offer(self, visit: Visit) -> bool:
        """Returns whether the visit was new, or moved a waiting one to a better rank; one taken before is refused."""
        if not self.wants(visit.key, visit.rank):
            return False
        self._waiting[visit.key] = visit.rank
        heappush(self._queue, self._place(visit))
        return True

    def wants(self, key: str, rank: Rank) -> bool:
        """Returns whether `offer` would take a visit."""
        if key in self._taken:
            return False
        waiting = self._waiting.get(key)
        # What failed waits for its second try, however many pages lead to it.
        return waiting is None or rank < waiting < Rank.AGAIN

    def restore(self, visit: Visit) -> None:
        """Offers a visit a journal kept; one that is done has had its turn and is part of its section's share."""
        if not self.offer(visit):
            self._place(visit)
            self._count(visit)

    def first(self, visits: Iterable[Visit]) -> None:
        """Puts waiting visits before all others, whatever their ranks: they were under way already."""
        self._first.extend(visits)

    def again(self, visit: Visit) -> bool:
        """Queues a visit that was taken before once more; returns False where it waits for that already."""
        self._taken.discard(visit.key)
        return self.offer(visit)

    def take(self) -> Visit | None:
        """Returns the next visit and counts it as taken; None when nothing waits."""
        visit = self._next()
        if visit is None:
            return None
        if self._first:
            self._first.popleft()
        else:
            heappop(self._queue or self._late)
        del self._waiting[visit.key]
        self._taken.add(visit.key)
        self._count(visit)
        return visit

    def next_rank(self) -> int:
        """Returns the rank of the visit `take` would return, a number beyond all ranks when nothing waits."""
        visit = self._next()
        return len(Rank) if visit is None else visit.order[0]

    def done(self, key: str) -> None:
        """Notes that a page needs no visit any more: it was read before, or a redirect ended on it."""
        self._taken.add(key)
        self._waiting.pop(key, None)

    def waiting(self) -> Iterator[Visit]:
        """Yields the visits not taken, in order."""
        for queue in (self._queue, self._late):
            yield from (place[-1] for place in sorted(queue) if self._waits(place[-1]))

    def _next(self) -> Visit | None:
        """Returns the visit whose turn it is, which then stands at the head of the first queue that is not empty."""
        while self._first:
            if self._first[0].key in self._waiting:
                return self._first[0]
            self._first.popleft()
        while self._queue:
            visit = self._queue[0][-1]
            if not self._waits(visit):
                heappop(self._queue)
            elif visit.section and self._had[visit.section] >= self._left:
                heappush(self._late, heappop(self._queue))
            else:
                return visit
        while self._late and not self._waits(self._late[0][-1]):
            heappop(self._late)
        return self._late[0][-1] if self._late else None

    def _waits(self, visit: Visit) -> bool:
        return self._waiting.get(visit.key) == visit.rank  # else it moved to a better rank, or was done otherwise

    def _place(self, visit: Visit) -> Place:
        turn = self._turns[visit.rank, visit.branch]
        self._turns[visit.rank, visit.branch] = turn + 1
        self._offered += 1
        return visit.order, turn, self._offered, visit

    def _count(self, visit: Visit) -> None:
        self._had[visit.section] += 1
        self._left -= 1


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
        # Its address is written as it is to be asked: Scrapy need not make sure of that again.
        meta = {VISIT: visit, "verbatim_url": True}
        return Request(visit.url, self._callback, errback=self._errback, meta=meta, dont_filter=True)

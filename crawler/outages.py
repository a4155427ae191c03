"""Outages: which pages were lost while the portal as a whole was out of order, to be asked for once more after it.

One page that fails may be broken, and so may all pages of a list; they are asked for again later, by another method,
before anybody is told. Several in a row that came by different ways, and a good answer after them, are an outage that
is over: what was lost in it says nothing about the pages.
"""

from __future__ import annotations

from crawler.frontier import Rank, Visit

LEAST = 3  # pages lost in a row that are an outage
PAUSES = (5.0, 30.0)  # seconds before each look whether it is over, where nothing else is left to ask


class Outages:
    """The pages lost since the portal answered last, and whether asking again for such pages is of any use."""

    def __init__(self) -> None:
        self._lost: dict[str, Visit] = {}
        self._asked_again: set[str] = set()
        self._looks = 0
        self._in_vain = 0  # pages asked for again that failed again, one after another

    @property
    def hopeless(self) -> bool:
        """True where the pages asked for again keep failing: it was no outage, or there is another one."""
        return self._in_vain >= LEAST

    def lost(self, visit: Visit) -> None:
        """Notes a page whose server did not answer, or only that it failed or that it refuses."""
        self._lost[visit.key] = visit
        self._in_vain += visit.rank is Rank.LOST

    def over(self, answered: Visit) -> list[Visit]:
        """Returns the pages to be asked for again now that one was answered: each of them once."""
        outage = self._is_one()
        lost, self._lost, self._looks = self._lost, {}, 0
        if answered.rank is Rank.LOST:
            self._in_vain = 0
        if not outage:
            return []
        again = [visit for key, visit in lost.items() if key != answered.key and key not in self._asked_again]
        self._asked_again.update(visit.key for visit in again)
        return again

    def look(self) -> tuple[Visit, float] | None:
        """Returns a page by which to see whether the outage is over, and the seconds to wait before; None for neither.

        To be asked when no other page is left that could tell.
        """
        if not self._is_one() or self.hopeless or self._looks == len(PAUSES):
            return None
        self._looks += 1
        return next(iter(self._lost.values())), PAUSES[self._looks - 1]

    def _is_one(self) -> bool:
        return len(self._lost) >= LEAST and len({(visit.rank, visit.branch) for visit in self._lost.values()}) > 1

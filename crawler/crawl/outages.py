"""Outages: what was lost while the portal as a whole was out of order, to be asked for once more after it.

One page or file that fails may be broken, and so may all pages of a list; they are asked for again later, by another
method, before anybody is told. Several in a row that came by different ways, and a good answer after them, are an
outage that is over: what was lost in it says nothing about the pages and files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from crawler.crawl.census import Entry
from crawler.crawl.frontier import Rank, Visit

LEAST = 3  # answers lost in a row that are an outage
PAUSES = (5.0, 30.0)  # seconds before each look whether it is over, where nothing else is left to ask

T = TypeVar("T", Visit, Entry)

Asked = Visit | Entry
"""A page that was asked for, or a link of the portal that is no page."""


class Outages:
    """What was lost since the portal answered last, and whether asking again for such things is of any use."""

    def __init__(self) -> None:
        self._lost: dict[str, Asked] = {}
        self._asked_again: set[str] = set()
        self._under_way: set[str] = set()  # keys of links that are asked again; the frontier knows such pages
        self._looks = 0
        self._in_vain = 0  # asked for again that failed again, one after another

    @property
    def hopeless(self) -> bool:
        """True where what is asked again keeps failing: it was no outage, or there is another one."""
        return self._in_vain >= LEAST

    def lost(self, one: Asked) -> None:
        """Notes that the server did not answer, or only that it failed or that it refuses."""
        self._lost[one.key] = one
        self._in_vain += self._is_second(one)
        self._under_way.discard(one.key)

    def over(self, answered: Asked) -> list[Asked]:
        """Returns what is to be asked for again now that something was answered: each of it once."""
        outage = self._is_one()
        lost, self._lost, self._looks = self._lost, {}, 0
        if self._is_second(answered):
            self._in_vain = 0
        self._under_way.discard(answered.key)
        if not outage:
            return []
        again = [one for key, one in lost.items() if key != answered.key and key not in self._asked_again]
        self._asked_again.update(one.key for one in again)
        self._under_way.update(one.key for one in again if isinstance(one, Entry))
        return again

    def given_up(self, link: Entry) -> bool:
        """Returns whether a link that waits to be asked again is left alone: asking has become hopeless."""
        if link.key not in self._under_way or not self.hopeless:
            return False
        self._under_way.discard(link.key)
        return True

    def look(self, kind: type[T]) -> tuple[T, float] | None:
        """Returns a page or link by which to see whether the outage is over, and the seconds to wait before; or None.

        To be asked when nothing else of that kind is left that could tell.
        """
        if not self._is_one() or self.hopeless or self._looks == len(PAUSES):
            return None
        found = next((one for one in self._lost.values() if isinstance(one, kind)), None)
        if found is None:
            return None
        self._looks += 1
        return found, PAUSES[self._looks - 1]

    def state(self) -> dict[str, Any]:
        """Returns what whoever goes on with the audit has to know, as JSON values."""
        return {
            "lost": list(self._lost),
            "again": sorted(self._asked_again),
            "links": sorted(self._under_way),
            "looks": self._looks,
            "in_vain": self._in_vain,
        }

    def restore(
        self, state: Mapping[str, Any], visits: Mapping[str, Visit], link: Callable[[str], Entry | None]
    ) -> list[Entry]:
        """Takes over what was noted; returns the links that were to be asked again."""
        found = {key: visits.get(key) or link(key) for key in (*state["lost"], *state["links"])}
        self._lost = {key: one for key in state["lost"] if (one := found[key]) is not None}
        self._asked_again, self._under_way = set(state["again"]), set(state["links"])
        self._looks, self._in_vain = state["looks"], state["in_vain"]
        return [one for key in state["links"] if isinstance(one := found[key], Entry)]

    def _is_second(self, one: Asked) -> bool:
        return one.rank is Rank.LOST if isinstance(one, Visit) else one.key in self._asked_again

    def _is_one(self) -> bool:
        return len(self._lost) >= LEAST and len({_way(one) for one in self._lost.values()}) > 1


def _way(one: Asked) -> tuple[Rank | None, str]:
    """Returns by which rank and branch a page came, or on which page a link stands."""
    return (one.rank, one.branch) if isinstance(one, Visit) else (None, one.page)

"""What a host answers to paths that cannot exist, and whether its other answers can be told from that.

A host that answers nonsense with 404 needs none of this. One that answers it well (a frame for everything, an error
page with status 200) shows a lost page only by its likeness to that answer.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from checks._outlines import Asked, asked_links
from portal.artifacts import Attempt, FetchOutcome, HostRecord, LinkRecord
from portal.lost import ONLY_A_PICTURE
from portal.text import SAME_TEXT, fold_title, sketch_distance
from portal.urls import host_of

# Pages of a host that must differ from its answer to nonsense before likeness to it tells anything: on a host where one
# shell answers everything, all are alike and nothing is proven.
DISTINCT = 3


class Variety(msgspec.Struct, frozen=True):
    """How many real addresses of a host that answers nonsense well are answered alike, and how many otherwise."""

    alike: int
    unlike: int

    @property
    def telling(self) -> bool:
        """Returns whether most are answered otherwise: what is answered as nonsense is nothing."""
        return self.unlike >= DISTINCT and self.alike < self.unlike

    @property
    def various(self) -> bool:
        """Returns whether several are answered otherwise: it is not one frame for everything."""
        return self.unlike >= DISTINCT


def variety(links: Mapping[str, LinkRecord], hosts: Mapping[str, HostRecord]) -> dict[str, Variety]:
    """Returns how the hosts that answer nonsense well answer real addresses, as far as what came was read."""
    if not any(nonsense_of(record) for record in hosts.values()):
        return {}
    seen: dict[str, list[bool]] = {}
    for link in asked_links(links):
        randoms = nonsense_of(hosts.get(host_of(link.url)))
        read = next((a for a in reversed(link.attempts) if a.outcome is FetchOutcome.OK and a.sketch), None)
        if randoms and read is not None:
            seen.setdefault(host_of(link.url), []).append(any(alike(read, random) for random in randoms))
    return {host: Variety(likes.count(True), likes.count(False)) for host, likes in seen.items()}


def nonsense_of(record: HostRecord | None) -> list[Attempt]:
    """Returns the good answers a host gave to a page and to a file that cannot exist."""
    both = (record.random_page, record.random_file) if record is not None else ()
    return [random for random in both if random is not None and random.outcome is FetchOutcome.OK]


def like_nonsense(attempt: Attempt, url: str, hosts: Mapping[str, HostRecord]) -> bool:
    """Returns whether an answer is the one its host gives to a path that cannot exist."""
    return any(alike(attempt, random) for random in nonsense_of(hosts.get(host_of(attempt.final_url or url))))


# By these a host says itself that there is nothing at an address: what it answers well is something else.
_SAID = frozenset({FetchOutcome.NOT_FOUND, FetchOutcome.CLIENT_ERROR, FetchOutcome.SERVER_ERROR})


def told_from_nonsense(link: Asked, hosts: Mapping[str, HostRecord]) -> bool:
    """Returns whether the last good answer of a link could be told from its host's answer to nonsense: it is no page,
    or came from elsewhere, nonsense is refused, or both were read. Not where nobody asked, or one was not read."""
    good = max((a for a in link.attempts if a.outcome is FetchOutcome.OK), key=lambda a: a.at, default=None)
    if good is None:
        return False
    if good.sniffed != "html" and "html" not in good.content_type.lower():
        return True
    came_from = host_of(good.final_url or link.url)
    record = hosts.get(came_from)
    if record is None:
        return came_from != host_of(link.url)
    return all(_told_apart(good, random) for random in (record.random_page, record.random_file))


def nonsense_unknown(attempt: Attempt, url: str, hosts: Mapping[str, HostRecord]) -> bool:
    """Returns whether nobody knows if an answer is the one its host gives to a page that cannot exist: none was asked
    for, none came, or the text of one of the two is not known."""
    record = hosts.get(host_of(attempt.final_url or url))
    return record is None or not _told_apart(attempt, record.random_page)


def _told_apart(attempt: Attempt, random: Attempt | None) -> bool:
    return random is not None and (random.outcome in _SAID or likeness(attempt, random) is not None)


def alike(a: Attempt, b: Attempt) -> bool:
    """Returns whether two answers show the same text. Unknown is not alike."""
    return likeness(a, b) is True


def likeness(a: Attempt, b: Attempt) -> bool | None:
    """Returns whether two answers show the same text: title, length and fingerprint agree. None where that is not known
    of one of them, and what is known does not differ."""
    if a.text_length is None or b.text_length is None:
        return None
    if ONLY_A_PICTURE in a.signs and ONLY_A_PICTURE in b.signs and a.length == b.length and a.title == b.title:
        return True
    longest = max(a.text_length, b.text_length)
    if abs(a.text_length - b.text_length) > max(20, longest * 0.1) or fold_title(a.title) != fold_title(b.title):
        return False
    if not a.sketch or not b.sketch:
        return None
    return sketch_distance(a.sketch, b.sketch) <= SAME_TEXT

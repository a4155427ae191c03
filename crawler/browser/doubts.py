"""Whether an answer without the title may still become another one: what a page shows before it has asked, or while it
asks.

Pages show 共0条 or the newest documents first, and the results when their script is answered. Three things tell: a
request that carries the question and waits for its answer; one that was answered, after which the page stood still; and
what the same search did for the titles before.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from enum import Enum
from urllib.parse import unquote_plus

from crawler.browser.sent import Sent
from portal.artifacts import SearchStatus
from portal.text import fold_title

# Answers of a kind that stayed as they were, before the next ones are believed at once; fewer where a request of the
# page itself was answered (it may have been one for suggestions).
ENOUGH, FEWER = 2, 1
_PART = 12  # characters of the question by which a request is known to carry it
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


class Asked(Enum):
    """What became of the question in the requests of a page's own scripts."""

    NOT = "not"  # by the address of the page itself, or in a way nobody can read
    WAITS = "waits"
    ANSWERED = "answered"


# Of an answer: its status, whether it has results, whether they have to do with the question, what became of that.
Kind = tuple[SearchStatus, bool, bool, Asked]


def asked_by_script(sent: Iterable[Sent], asked: str) -> Asked:
    """Returns what became of the question (`asked` is folded) in these requests."""
    carrying = [each for each in sent if _carries(each, asked[:_PART])]
    if any(each.waits and not each.element for each in carrying):
        return Asked.WAITS
    # A script element that waits may be that of a counter whose host is never reached.
    return Asked.ANSWERED if any(not each.waits for each in carrying) else Asked.NOT


def _carries(sent: Sent, part: str) -> bool:
    body = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), unquote_plus(sent.body))
    return part in fold_title(unquote_plus(sent.url)) or part in fold_title(body)


class Doubts:
    """What a search has shown of how long its answers change."""

    def __init__(self) -> None:
        self._stayed: Counter[Kind] = Counter()
        self._changes = False

    def about(self, kind: Kind) -> bool:
        """Returns whether an answer without the title is to be looked at once more after a while."""
        return self._changes or self._stayed[kind] < (FEWER if kind[3] is Asked.ANSWERED else ENOUGH)

    def learn(self, kind: Kind, *, changed: bool) -> None:
        """Takes in what a look after a while has shown; `changed` also where the page has only asked for something."""
        self._changes |= changed
        self._stayed[kind] += not changed

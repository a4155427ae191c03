"""What a title speaks of: the documents it quotes or issues, by which two titles are known to be of one subject."""

from __future__ import annotations

import re
from functools import lru_cache

from portal.text import fold_title, quoted_titles

SHORTEST = 6  # characters of a title
TRAILING = re.compile(r"(?:[（(【\[][^（）()【】\[\]]{1,30}[）)】\]]|链接|全文|原文){1,9}$")
TELLING = re.compile(
    "[》〉﹀︾]|(?:印发|发布|公布)[^\0]{0,100}的(?:通知|公告|决定|通告)|原文"
)  # of what is quoted, or issued
_ISSUED = re.compile(r"(?:印发|发布|公布)《?(?P<what>.{4,80}?)》?的(?:通知|公告|决定|通告)$")


class Subject:
    """What a title speaks of."""

    def __init__(self, title: str) -> None:
        self.folded = fold_title(title)
        self.subjects = _subjects(title)

    def is_of(self, text: str) -> bool:
        """Returns whether another title speaks of the same document: what one quotes (or issues) stands in the
        other."""
        if self.subjects and any(subject in fold_title(text) for subject in self.subjects):
            return True
        return any(subject in self.folded for subject in _subjects(text))


def _subjects(title: str) -> tuple[str, ...]:
    return _told_subjects(title) if TELLING.search(title) else ()


@lru_cache(maxsize=1024)
def _told_subjects(title: str) -> tuple[str, ...]:
    issued = _ISSUED.search(TRAILING.sub("", title))
    names = [*quoted_titles(title), *([issued["what"]] if issued else [])]
    return tuple(folded for folded in map(fold_title, names) if len(folded) >= SHORTEST)

"""Words by which a title says that it explains something: needs no reader of pages, so that checks need none either."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from portal.vocabulary import any_of, words


@cache
def _interpreting() -> tuple[re.Pattern[str], re.Pattern[str]]:
    return (
        re.compile(any_of(words("linkage", "policy", "interpreting"))),
        re.compile(any_of(words("linkage", "policy", "not_interpreting"))),
    )


@lru_cache(maxsize=4096)
def interprets(text: str) -> bool:
    """Returns whether a title or link text announces an interpretation (解读, 图解, 答记者问, 问答...)."""
    yes, no = _interpreting()
    return bool(yes.search(no.sub("", text)))

"""Links of a result page that ask again: 仍然搜索, 您是不是要找, 相关搜索, 搜索历史.

What they say is often what was asked for, and they are no results.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from lxml import etree

from portal.html import Document, squeeze, text_of
from portal.text import fold_title
from portal.urls import as_path
from portal.vocabulary import any_of, load

_NAME = 16  # characters of the longest heading of a list of questions
_FLAG = 3  # characters of the longest value that is no name of a document
_CLIMB = 3  # levels between a link and the list it stands in

_RESULTS: Mapping[str, Any] = load("search")["results"]
URL_WORDS = re.compile(_RESULTS["url_words"])  # of an address in small letters: to ignore case takes four times as long
_AGAIN = re.compile(any_of(_RESULTS["again"]) + r"[^\w]*$")


def asks_again(doc: Document, anchor: etree._Element, title: str) -> bool:
    """Returns whether a link asks the search what it says: 仍然搜索, 您是不是要找, 相关搜索 are no results."""
    if _AGAIN.search(_said_before(anchor)) or _among_questions(anchor):
        return True
    if "?" not in (address := anchor.get("href") or ""):
        return False
    there, here = urlsplit(as_path(doc.absolute(address))), urlsplit(as_path(doc.url))
    searches = there.path == here.path or URL_WORDS.search(f"{there.path}?{there.query}".lower()) is not None
    if there.netloc != here.netloc or not searches or there.query.count("&") > 50:
        return False
    values = [value for value in parse_qsl(there.query) if value not in parse_qsl(here.query)]
    own = [value for _, value in parse_qsl(there.query) if fold_title(value) == fold_title(title)]
    # What leads to a document names it, by its address or a number: visit/link.do?url=http...&q=...
    return bool(own) and all(len(value) <= _FLAG or value in own for _, value in values)


def _said_before(anchor: etree._Element) -> str:
    """Returns the end of what stands right before a link, in the same block."""
    before, above = anchor.getprevious(), anchor.getparent()
    if before is None:
        said = above.text if above is not None else ""
    elif (before.tail or "").strip() or not isinstance(before.tag, str):
        said = before.tail
    else:
        said = text_of(before, 2 * _NAME)
    return squeeze(said or "")[-_NAME:]


def _among_questions(anchor: etree._Element) -> bool:
    """Returns whether a link stands in a list below 搜索历史 or the like."""
    element: etree._Element | None = anchor
    for _ in range(_CLIMB):
        if element is None:
            break
        others = (e for e in element.itersiblings(preceding=True) if isinstance(e.tag, str) and e.tag != element.tag)
        above = next(others, None)
        if above is not None and len(said := squeeze(text_of(above, 2 * _NAME))) <= _NAME and _AGAIN.search(said):
            return True
        element = element.getparent()
    return False

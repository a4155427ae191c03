"""The <title> of a page: its parts, and which of them name the site."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from functools import cache, lru_cache

from portal.html import Document, markup_of, squeeze
from portal.text import fold_title
from portal.vocabulary import any_of, words

MARKUP = re.compile(r"<[A-Za-z/!][^<>]{0,200}>")
_BRACKETS = re.compile(r"[（(【\[][^（）()【】\[\]]{1,20}[）)】\]]$")
_LONGEST = 1000  # characters of a <title> that are kept
_WELCOME = 3  # characters around the name of a site that leave it a name: 首页, 官网, 欢迎您


def head_title(doc: Document) -> str:
    """Returns the text of <title>, blanks folded, escaped markup (&lt;br&gt;) taken out; cached per page."""
    known = doc.cache.get("head_title")
    if isinstance(known, str):
        return known
    page = markup_of(doc)  # it stands near the beginning: a walk over the tree goes to the end
    first = next((number for number, tag in enumerate(page.openings) if number and tag.name == "title"), 0)
    found = squeeze(page.text(first)) if first else ""
    found = found[: 4 * _LONGEST]
    if "<" in found or "&" in found:
        found = squeeze(MARKUP.sub(" ", html.unescape(found)))
    found = doc.cache["head_title"] = found[:_LONGEST]
    return found


@cache
def _split() -> re.Pattern[str]:
    return re.compile(rf"\s*(?:{any_of(words('articles', 'title', 'separators'))})+\s*")


@cache
def _site_end() -> re.Pattern[str]:
    long = any_of(words("articles", "title", "site_ends"))
    short = any_of(words("articles", "title", "site_ends_short"))
    return re.compile(
        rf"(?:{long})!?$|^[\u4e00-\u9fff]{{2,14}}(?:{short})$|^(?:https?://)?[\w.-]+\.(?:cn|com|org|net)$"
    )


@cache
def no_titles() -> frozenset[str]:
    """Returns the folded words that name a form of page (正文, 详情), never a text."""
    return frozenset(fold_title(word) for word in words("articles", "title", "empty"))


@lru_cache(maxsize=1024)
def segments(head: str) -> tuple[str, ...]:
    """Returns the parts of a <title> between its separators, without empty ones and words for page forms."""
    return tuple(
        part for part in (squeeze(p) for p in _split().split(head)) if part and fold_title(part) not in no_titles()
    )


def is_site_name(text: str, meta: Mapping[str, str]) -> bool:
    """Returns whether a piece of a title names the site: its SiteName, or words only sites end with."""
    folded = fold_title(text)
    site = fold_title(meta.get("SiteName", ""))
    if site and len(folded) >= 4 and (folded in site or folded.endswith(site)):
        return True
    if site and site in folded and len(folded) - len(site) <= _WELCOME:
        return True  # not so what a government's own documents begin with: 某县人民政府关于……的通知
    plain = _BRACKETS.sub("", text.strip(" []【】")).strip("！!。 ")
    return bool(_site_end().search(plain))


def strip_site(head: str, meta: Mapping[str, str]) -> str:
    """Returns <title> without the names of column and site at its ends, in its own spelling."""
    parts = list(segments(head))
    column = fold_title(meta.get("ColumnName", ""))

    def outer(part: str) -> bool:
        return is_site_name(part, meta) or (bool(column) and fold_title(part) == column)

    while len(parts) > 1 and outer(parts[-1]):
        parts.pop()
    while len(parts) > 1 and outer(parts[0]):
        parts.pop(0)
    if not parts:
        return ""
    start = head.find(parts[0])
    end = head.rfind(parts[-1]) + len(parts[-1])
    longest = max(parts, key=len)
    # title_column_site where the column is not named by a tag: the longest piece is the title, the next a column.
    others = [part for part in parts if part is not longest]
    if others and len(longest) >= 10 and all(len(p) <= 10 and not p.isdecimal() for p in others):
        return longest
    return squeeze(head[start:end]) if 0 <= start < end else longest

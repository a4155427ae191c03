"""What a page is for, from facts already read; and what stands there instead of content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from portal.article import Article
from portal.facts import Challenge, DocumentMeta, PageKind
from portal.html import Document


@dataclass(frozen=True, slots=True)
class Evidence:
    """What `page_kind` decides on; every field is what the other readers of `portal` found."""

    url: str = ""
    home: bool | None = None  # the caller knows: this is (not) the home page
    head_title: str = ""
    meta: Mapping[str, str] = field(default_factory=dict)
    document: DocumentMeta | None = None
    items: int = 0  # of the main list
    dated_items: int = 0
    pager: bool = False
    empty_list: bool = False
    scripted_list: bool = False
    child_columns: int = 0
    list_blocks: int = 0  # separate lists with headings of their own on the page
    hits: int = 0  # results of a search page
    result_total: int | None = None
    breadcrumb: tuple[str, ...] = ()
    challenge: Challenge | None = None
    error_words: str = ""
    redirect: str = ""
    visible_length: int = 0  # characters of all visible text


def page_kind(doc: Document, article: Article, evidence: Evidence) -> PageKind:
    """Returns what the page is for."""
    return PageKind.OTHER


def challenge_of(doc: Document) -> Challenge | None:
    """Returns the bot protection that stands instead of content, None where content is shown."""
    return None


def error_words_of(doc: Document) -> str:
    """Returns the words that make the page an error page or a notice of a moved or closed site, "" without any."""
    return ""


def redirect_of(doc: Document) -> str:
    """Returns the absolute address the page sends its visitor to by itself, "" when it stays."""
    return ""

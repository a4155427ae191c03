"""Links between policies and their interpretations, as written in the page."""

from __future__ import annotations

from portal.article import Article
from portal.facts import PageKind
from portal.html import Document


def policy_links(doc: Document, article: Article, own_kind: PageKind) -> tuple[str, ...]:
    """Returns the hrefs as written of links to the policy this page explains, in body or dedicated block."""
    return ()


def interpretation_links(doc: Document, article: Article, own_kind: PageKind) -> tuple[str, ...]:
    """Returns the hrefs as written of links to interpretations of this page, in body or dedicated block."""
    return ()


def interpretation_forms(title: str, article: Article) -> tuple[str, ...]:
    """Returns the forms an interpretation takes: article, image, video, conference, expert, qa."""
    return ()

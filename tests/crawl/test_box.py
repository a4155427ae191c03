"""Where the search box is looked for when the home page has none."""

from __future__ import annotations

from crawler.browser.box import page_with_box
from portal.artifacts import PageRecord
from portal.facts import PageKind, Region, SearchBox
from tests.unit.checks.make import HOME, page, url

SITE = SearchBox("#word", Region.HEADER, True, url("/search"), field="word")
LETTERS = SearchBox("#no", Region.BODY, True, url("/letters"), field="no")


def shown(box: SearchBox, *addresses: str) -> list[PageRecord]:
    """Returns column pages that show a box."""
    return [page(url(address), PageKind.COLUMN, search_box=box) for address in addresses]


def test_the_box_most_pages_share_is_the_portals() -> None:
    pages = [*shown(LETTERS, "/a/"), *shown(SITE, "/d/", "/c/", "/b/")]
    assert page_with_box(pages, HOME) == url("/b/")


def test_a_box_of_a_single_column_is_not_the_portals() -> None:
    assert page_with_box(shown(LETTERS, "/a/", "/b/"), HOME) == ""
    assert page_with_box([*shown(SITE, "/b/", "/c/"), page(HOME, PageKind.HOME, search_box=SITE)], HOME) == ""

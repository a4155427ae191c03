"""The official page tags (网页标签) of a page.

Source: 政府网站发展指引 (国办发〔2017〕47号) annex 网页标签规范: SiteName, SiteDomain, SiteIDCode on every page;
ColumnName, ColumnDescription, ColumnKeywords, ColumnType on columns; ArticleTitle, PubDate, ContentSource and the
optional Keywords, Author, Description, Image, Url on content pages.
"""

from __future__ import annotations

from functools import cache, lru_cache

from portal.html import Document, squeeze
from portal.vocabulary import words

OFFICIAL = (
    "SiteName",
    "SiteDomain",
    "SiteIDCode",
    "ColumnName",
    "ColumnDescription",
    "ColumnKeywords",
    "ColumnType",
    "ArticleTitle",
    "PubDate",
    "ContentSource",
    "Keywords",
    "Author",
    "Description",
    "Image",
    "Url",
)
_CANONICAL = {name.lower(): name for name in OFFICIAL}
_PREFIX = "meta-"
_LONGEST = 1000  # characters of a value that are kept


@cache
def _placeholders() -> frozenset[str]:
    return frozenset(words("labels", "meta", "placeholders"))


@cache
def _foreign_columns() -> frozenset[str]:
    return frozenset(words("labels", "meta", "foreign_columns"))


def official_meta(doc: Document) -> dict[str, str]:
    """Returns the official tags that have content, by their canonical names.

    Names match in any case and with the prefix `meta-`. Blank and placeholder values do not count. Where a block
    stands twice the first one wins; the block of an included header (ColumnName 公共头) only counts where it is alone.
    """
    cached = doc.cache.get("official_meta")
    if isinstance(cached, dict):
        return cached
    found: dict[str, str] = {}
    late: dict[str, str] = {}
    foreign = False
    for element in doc.tree.iter("meta"):
        name = _name(element.get("name") or "")
        if not name:
            continue
        value = squeeze(element.get("content") or "")
        if name == "ColumnName":
            foreign = value in _foreign_columns()
        if not value or value in _placeholders():
            continue
        target = late if foreign and name.startswith("Column") else found
        target.setdefault(name, value[:_LONGEST])
    for name, value in late.items():
        found.setdefault(name, value)
    doc.cache["official_meta"] = found
    return found


def is_foreign_column(name: str) -> bool:
    """Returns whether a ColumnName belongs to an included header or footer (公共头), not to the page."""
    return name in _foreign_columns()


@lru_cache(maxsize=256)
def _name(written: str) -> str:
    return _CANONICAL.get(written.strip().lower().removeprefix(_PREFIX), "")

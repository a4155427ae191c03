"""The metadata table of a policy document (索引号, 发文机关, 文号, 成文日期, 发布日期, 有效性)."""

from __future__ import annotations

from portal.facts import DocumentMeta
from portal.html import Document


def document_meta(doc: Document) -> DocumentMeta | None:
    """Returns the metadata table of the page, None where there is none."""
    return None

"""A document as one HTML page for paper: blocks, faces and measures as in the DOCX. A browser makes the PDF of it.

The page asks for nothing: pictures are in it, scripts and addresses are refused by its own policy.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Template
from markupsafe import Markup, escape

from reports.document.model import (
    LONG,
    Annex,
    Block,
    Document,
    Figure,
    Form,
    Heading,
    Paragraph,
    Signature,
    Table,
    clean,
)
from reports.layout import LABEL, TALLEST, WIDEST, layout
from reports.page import template

_NAMES = {
    Heading: "heading",
    Paragraph: "paragraph",
    Table: "table",
    Form: "form",
    Figure: "figure",
    Annex: "annex",
    Signature: "signature",
}


def render_html(document: Document) -> str:
    """Returns the document as one HTML page that needs no network. Elements with `data-face` show which face of the
    layout they are set in."""
    look = layout()
    return _template().render(
        document=document,
        parts=_parts(document),
        page=look.page,
        size=look.size,
        faces={name: Markup(", ".join(_quoted(one) for one in face.stack)) for name, face in look.faces.items()},
        western=Markup(", ".join(f"local({_quoted(name)})" for name in look.faces["western"].stack)),
        width=look.width(),
        wide=look.width(wide=True),
        label=LABEL,
        shown=_shown,
        data=_data,
    )


def _parts(document: Document) -> list[tuple[bool, list[tuple[str, Block]]]]:
    """Returns the blocks by the kind of block, in runs of pages that lie alike: whether across, and what is on them."""
    parts: list[tuple[bool, list[tuple[str, Block]]]] = [(False, [])]
    for block in document.blocks:
        if isinstance(block, Annex) and block.wide is not parts[-1][0]:
            parts.append((block.wide, []))
        parts[-1][1].append((_NAMES[type(block)], block))
    return parts


def _shown(figure: Figure) -> Mapping[str, float]:
    """Returns a picture's width and height on paper in millimetres."""
    wide, high = figure.size
    scale = min(WIDEST / wide, TALLEST / high)
    return {"width": round(wide * scale, 2), "height": round(high * scale, 2)}


def _data(figure: Figure) -> str:
    return f"data:{figure.media_type};base64,{base64.b64encode(figure.data).decode()}"


def _quoted(name: str) -> str:
    return f'"{name}"'


_PART = re.compile(r"(?<=[/?&=._-])(?=[^/?&=._-])")  # between the parts of an address
_BREAK = "\0"  # no character of a clean text


@cache
def _template() -> Template:
    return template("document.html", clean=_cleaned)


def _cleaned(text: Any) -> Markup:
    """Returns a text for the page in which addresses may break between their parts. Nothing else breaks inside a word:
    数字、年份不能回行."""
    marked = LONG.sub(lambda word: _PART.sub(_BREAK, word[0]), clean(str(text)))
    return Markup(str(escape(marked)).replace(_BREAK, "<wbr>"))

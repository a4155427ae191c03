"""A report page as a browser would take it: what it fetches and runs, and whether its tags are balanced."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any


class Outline(HTMLParser):
    """Collects what a browser would fetch or run, and checks that tags are balanced."""

    VOID = frozenset({"meta", "img", "br", "col", "rect", "line", "path", "link"})

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.handlers: list[str] = []
        self.open: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values: dict[str, Any] = dict(attrs)
        self.handlers += [name for name in values if name.startswith("on")]
        self.fetched += [values["src"]] if "src" in values else []
        self.fetched += [values["href"]] if tag == "link" else []
        self.scripts += tag == "script"
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser

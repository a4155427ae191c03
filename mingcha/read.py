"""`mingcha read`: what the reader sees on pages, one JSON object a page or a short table."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from mingcha.printable import printable
from mingcha.wording import chinese
from portal.facts import ListItem, PageFacts, PageKind, SearchHit
from portal.page import read_page
from portal.urls import absolute

SUFFIXES = frozenset({".html", ".htm", ".shtml", ".shtm", ".xhtml", ".xml", ".json", ".jsp", ".aspx", ".php"})
_NO_BASE = "http://page.invalid/unnamed"  # no host that exists, and no path that speaks for a home page or a column


def read_paths(paths: Sequence[str], base: str = "", json_lines: bool = False) -> int:
    """Writes what the reader sees on each page to standard output and returns the exit code (0, or 1).

    Folders are read with every page below them, in order of name. `base` is the address a page was fetched from, of a
    folder the address its file names are relative to; without it addresses stay relative to a host that cannot exist.
    A path that cannot be read is named on standard error in one sentence; the others are read all the same.
    """
    failed = False
    for path in paths:
        try:
            for file, address in _pages(Path(path), base):
                _write(file, file.read_bytes(), address, json_lines)
        except OSError as error:
            failed = True
            said = f"{error.filename or path}: cannot be read: {error.strerror or error}"
            print(f"mingcha read: {chinese(said)}", file=sys.stderr)
        except _NothingError as error:
            failed = True
            print(f"mingcha read: {error}", file=sys.stderr)
    return 1 if failed else 0


class _NothingError(Exception):
    """A folder holds no page; the message names it."""


def _pages(path: Path, base: str) -> Iterator[tuple[Path, str]]:
    if not path.is_dir():
        yield path, base
        return
    files = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
    if not files:
        raise _NothingError(f"{path}：目录中没有网页文件（html、htm、shtml、xml、json）")
    for file in files:
        yield file, absolute(base, quote(file.relative_to(path).as_posix())) if base else ""


def _write(file: Path, data: bytes, base: str, json_lines: bool) -> None:
    facts = read_page(data, base or _NO_BASE)
    if json_lines:
        sys.stdout.write(msgspec.json.encode(summary(str(file), facts)).decode() + "\n")
    else:
        sys.stdout.write(printable(_table(str(file), facts)))


def summary(file: str, facts: PageFacts) -> dict[str, Any]:
    """Returns what `mingcha read --json` says of one page, ready for JSON; the names are a contract."""
    items: tuple[ListItem | SearchHit, ...] = ()
    if facts.kind is PageKind.SEARCH:
        items = facts.hits
    elif facts.kind in (PageKind.COLUMN, PageKind.COLUMN_INDEX):
        items = facts.items
    is_list = bool(items) or (facts.kind in (PageKind.COLUMN, PageKind.SEARCH) and not facts.scripted_list)
    dates = [item.date for item in items if item.date is not None]
    return {
        "file": file,
        "kind": facts.kind,
        "title": facts.title,
        "pub_date": facts.pub_date.date if facts.pub_date else None,
        "pub_date_rung": facts.pub_date.rung if facts.pub_date else None,
        "written_date": facts.written_date.date if facts.written_date else None,
        "list_items": len(items) if is_list else None,
        "newest_item_date": max(dates) if dates else None,
        "first_item_title": items[0].title if items else None,
        "empty_column": empty_column(facts),
        "search_box": facts.search_box.selector if facts.search_box else None,
        "links_to_policy": facts.links_to_policy,
        "links_to_interpretation": facts.links_to_interpretation,
        "meta": facts.meta,
        "links": [
            {
                "url": link.url,
                "raw": link.raw,
                "text": link.text,
                "element": link.element,
                "region": link.region,
                "visible": link.visible,
            }
            for link in facts.links
        ],
        "encoding": facts.encoding,
    }


def empty_column(facts: PageFacts) -> bool | None:
    """Returns whether the page is a column without contents; None where it is no column or a script may draw it."""
    if facts.kind not in (PageKind.COLUMN, PageKind.COLUMN_INDEX):
        return None
    if facts.items:
        return False
    if facts.scripted_list:
        return None
    return facts.empty_list or bool(facts.under_construction)


def _table(file: str, facts: PageFacts) -> str:
    row = summary(file, facts)
    row["meta"] = " ".join(facts.meta) or None
    row["links"] = len(facts.links)
    lines = [file]
    for name, value in row.items():
        if name != "file" and value not in (None, "", (), []):
            text = ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
            lines.append(f"  {name:<24}{text}")
    return "\n".join(lines) + "\n\n"

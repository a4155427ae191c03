"""Where in the text of a TOML file a key stands, so that a complaint can name the line."""

from __future__ import annotations

import re

_HEADER = re.compile(r"^\s*\[+\s*([\w.\-\"']+)\s*\]+\s*(#.*)?$")


def line_of(text: str, key: str = "", header: str = "", number: int = 0) -> int:
    """Returns the line (from 1) of a key below the `number`-th (from 0) header of that name, 0 where it is not found.

    Without a header the whole text is meant; a key that is not there gives the header's own line.
    """
    lines = text.splitlines()
    start, stop = 0, len(lines)
    if header:
        found = [index for index, line in enumerate(lines) if _name(line) == header]
        if number >= len(found):
            return 0
        start = found[number]
        stop = next((i for i in range(start + 1, len(lines)) if _leaves(_name(lines[i]), header)), len(lines))
    if not key:
        return start + 1 if header else 0
    # A line may hold several keys only inside braces; the first line that assigns the key is meant.
    wanted = re.compile(rf"(^|[\s{{,])[\"']?{re.escape(key)}[\"']?\s*=|^\s*\[+\s*(\w+\.)*{re.escape(key)}\s*\]+")
    for index in range(start, stop):
        if wanted.search(lines[index]):
            return index + 1
    return start + 1 if header else 0


def _name(line: str) -> str:
    match = _HEADER.match(line)
    return match.group(1) if match else ""


def _leaves(name: str, header: str) -> bool:
    """Returns whether a header of that name ends the table: another one, and none of its own sub-tables."""
    return bool(name) and not name.startswith(f"{header}.")

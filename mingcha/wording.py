"""What the program says of its errors, in Chinese: the sentences are made in English where they arise, told here.

The catalogue (`wording.toml`) has a Chinese sentence for each English one. A sentence it does not have stays as it is:
English that says what is wrong is better than nothing.

    {name}    whatever stands there, taken over; {key} is one word
    {~name}   taken over, in Chinese where the catalogue has it; may be empty
    {*name}   the rest of a sentence: the entry holds only where the catalogue has that, too
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("wording.toml")
_GAP = re.compile(r"\{([*~]?)(\w+)\}")
_KEY = r"(?:'[^']*'|[\w.-]+)"  # what a gap of that name holds: the name of a setting
_QUOTED = re.compile(r"(?<!\w)'([^']*)'(?!\w)")  # as Python writes a text


def chinese(text: str) -> str:
    """Returns what an error says in Chinese, line by line; what the catalogue does not have stays as it is."""
    return "\n".join(said if (said := _told(line)) is not None else line for line in text.split("\n"))


def _told(text: str) -> str | None:
    for pattern, kinds, words in _catalogue():
        if (match := pattern.fullmatch(text)) is None:
            continue
        found: dict[str, str] = {}
        for name, kind in kinds.items():
            part = match[name]
            said = _told(part) if kind and part else None
            if kind == "*" and said is None:
                break
            found[name] = _QUOTED.sub(r"“\1”", part) if said is None else said
        else:
            return words.format_map(found)
    return None


@cache
def _catalogue() -> tuple[tuple[re.Pattern[str], dict[str, str], str], ...]:
    entries = tomllib.loads(_FILE.read_text("utf-8"))["say"]
    return tuple(
        (re.compile("".join(_pattern(said)), re.DOTALL), _kinds(said), words) for said, words in entries.items()
    )


def _kinds(said: str) -> dict[str, str]:
    return {name: kind for kind, name in _GAP.findall(said)}


def _pattern(said: str) -> Iterator[str]:
    at = 0
    for gap in _GAP.finditer(said):
        yield re.escape(said[at : gap.start()])
        yield f"(?P<{gap[2]}>{_KEY if gap[2] == 'key' else '.*?' if gap[1] == '~' else '.+?'})"
        at = gap.end()
    yield re.escape(said[at:])

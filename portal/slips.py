"""What probably happened where a file is not TOML: the slips of people who write one in a Chinese office."""

from __future__ import annotations

import re
import unicodedata

_PLACE = re.compile(r"at line (\d+), column \d+")
_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'[^']*'|#.*")
_DAY = re.compile(r"=\s*\d{4}\s*(?:年|-\d{1,2}-|/\d|\.\d+\.)")
_UNIT = re.compile(r"=\s*[-+]?\d[\d_.]*\s*[^\s\d,}\]#._eE:TZ+-]")
_UNENDED = "Illegal character '\\n'"
_LIKE = {"“": '"', "”": '"', "‘": "'", "’": "'", "、": ",", "。": "."}
_UNSEEN = frozenset("\u200b\u200c\u200d\u2060\ufeff")  # of no width: they come along with what is copied


def slip(text: str, message: str) -> str:
    """Returns what was probably meant, English, for the parser's message on that text; "" where nothing is told."""
    match = _PLACE.search(message)
    lines = text.splitlines()
    if match is None or not 0 < int(match[1]) <= len(lines):
        return ""
    if _UNENDED in message:  # what follows the open quote is no TOML, whatever it is
        return 'a text ends on its line, with a quote; one of several lines stands between """ and """'
    line = lines[int(match[1]) - 1]
    bare = _QUOTED.sub(lambda found: " " * len(found[0]), line)
    for letter in bare:
        if said := _odd(letter):
            return said
    if _DAY.search(bare):
        return "a day that exists is written 2026-01-31"
    if _UNIT.search(bare):
        return "a number stands alone, without unit or %"
    for part, said in _MESSAGES:
        if part in message:
            return said
    if line.count('"') >= 4 and "Expected newline" in message:
        return "a text with quotes inside stands between single quotes, '...'"
    return ""


_TWICE = "this is there twice; a table that comes several times has two brackets, as [[leaf]]"
_MESSAGES = (
    ("Cannot overwrite", _TWICE),
    ("Cannot declare", _TWICE),
    (
        "Illegal character '\\n'",
        'a text ends on its line, with a quote; one of several lines stands between """ and """',
    ),
    ("Unescaped '\\'", "a backslash in a text is written twice, or the text stands between single quotes"),
    ("Unclosed array", "a list ends with ], here or above"),
    ("Unclosed inline table", "what stands between braces ends with }, on the same line"),
)


def _odd(letter: str) -> str:
    """Returns what is wrong with a letter outside quotes, "" for one that may stand there."""
    code = f"U+{ord(letter):04X}"
    if letter in _UNSEEN:
        return f"there is a letter nobody sees ({code}): take it out"
    plain = _LIKE.get(letter) or unicodedata.normalize("NFKC", letter)
    if plain == letter:
        return ""
    if plain == " ":
        return f"there is a blank of another kind ({code}): write an ordinary one"
    return f"{letter} is not {plain}: write the half-width one"

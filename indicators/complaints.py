"""What is wrong with the tables of a file, said in sentences: where, which key, what it should have been.

The decoder stops at the first thing it does not understand. What it stopped at is taken out and the rest is decoded
again, so that whoever carried a long table over learns of all slips at once.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

MOST = 50  # complaints about one file: more are told when these are put right

_AT = re.compile(r"^(?P<words>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
_TABLE = re.compile(r"^\$\.(?P<table>\w+)\[(?P<number>\d+)\](?P<rest>.*)$")
_TYPES = {
    "float": "a number, without quotes",
    "int": "a whole number, without quotes",
    "str": "a text in quotes",
    "array": 'a list, as ["..."]',
    "object": "a table of keys",
    "bool": "true or false",
    "date": "a day, as 2026-01-31",
}
_PATTERNS = {  # by how they begin
    "^[0-9A-Za-z]+(": "letters and digits joined by dots, as 1.2.3",
    "^[a-z0-9]": "small letters, digits and hyphens, as qinghe-2026",
}


class Complaint(NamedTuple):
    """One thing that is wrong: below which header (its `number`-th, from 0), at which key, and the sentence."""

    header: str
    number: int
    key: str
    words: str


def complaints(data: Mapping[str, Any], kind: type) -> Iterator[Complaint]:
    """Yields what keeps the tables of a file from being decoded as `kind`, one thing an entry; nothing where it can."""
    left = dict(data)
    numbers = {name: list(range(len(part))) for name, part in data.items() if isinstance(part, list)}
    for _ in range(MOST):
        try:
            msgspec.convert(left, kind)
        except msgspec.ValidationError as error:
            match = _AT.match(str(error))
            assert match is not None
            table = _TABLE.match(match["path"] or "$")
            found = _complaint(left, numbers, kind, match["words"], match["path"] or "$")
            yield found
            if table is None:
                return
            place = int(table["number"])
            left[table["table"]] = [one for at, one in enumerate(left[table["table"]]) if at != place]
            del numbers[table["table"]][place]
            if not left[table["table"]]:
                return  # "at least one" would be said of what was taken out here
        else:
            return


def _complaint(
    data: Mapping[str, Any], numbers: Mapping[str, list[int]], kind: type, words: str, path: str
) -> Complaint:
    unknown = re.search(r"unknown field `(\w+)`", words)
    key = unknown.group(1) if unknown else (re.findall(r"\.(\w+)", path) or [""])[-1]
    table = _TABLE.match(path)
    header, number, where = "", 0, ""
    if table:
        header = table["table"]
        number = numbers[header][int(table["number"])]
        entry = data[header][int(table["number"])]
        name = entry.get("id") if isinstance(entry, Mapping) else None
        where = f"{header} {name!r}: " if name else f"{header} number {number + 1}: "
        where += "".join(f"{part}: " for part in re.findall(r"\.(\w+)", table["rest"]))
    elif path != "$":
        where = f"{path.removeprefix('$.')}: "
        header = path.removeprefix("$.").partition(".")[0].partition("[")[0]
    if unknown:
        return Complaint(header, number, key, f"{where}unknown key {key!r}{meant(key, _names(kind))}")
    if words.startswith("Object missing required field"):
        return Complaint(
            header,
            number,
            "",
            where + words.replace("Object missing required field", "lacks the key").replace("`", "'"),
        )
    return Complaint(header, number, key, where + _plain(words, key, kind))


def _plain(words: str, key: str, kind: type) -> str:
    """Returns the decoder's words as a sentence for people who write tables, not programs."""
    if match := re.match(r"Invalid (?:enum )?value (.*)$", words):
        options = sorted(_options(kind, key))
        given = match[1].strip("'`")
        return f"{match[1].replace('`', chr(39))} is none of {', '.join(options)}{meant(given, options)}"
    if match := re.match(r"Expected `str` matching regex '(.*)'$", words):
        form = next((said for begin, said in _PATTERNS.items() if match[1].startswith(begin)), match[1])
        return f"must be {form}"
    if match := re.match(r"Expected `(?:str|array)` of length (>=|<=) (\d+)", words):
        return "must not be empty" if match.groups() == (">=", "1") else f"must have a length {match[1]} {match[2]}"
    if match := re.match(r"Expected `(?:float|int)(?: \| null)?` (>|>=|<|<=) ([\d.]+)$", words):
        bound = {">": "more than", ">=": "at least", "<": "less than", "<=": "at most"}[match[1]]
        return f"must be {bound} {float(match[2]):g}"
    if match := re.match(r"Expected `(\w+)(?: \| null)?`, got `(\w+)`", words):
        return f"must be {_TYPES.get(match[1], match[1])}"
    return words.replace("`", "'")


def _options(kind: type, key: str) -> set[str]:
    """Returns the words a key may have, wherever in the format it has any."""
    schemas = msgspec.json.schema(kind)["$defs"].values()
    found: set[str] = set()
    for schema in schemas:
        part = schema.get("properties", {}).get(key, {})
        for one in (part, part.get("items", {}), *part.get("anyOf", ())):
            found |= {str(option) for option in one.get("enum", ()) if option is not None}
    return found


def _names(kind: type) -> list[str]:
    """Returns every key of the format: for saying which one was probably meant."""
    schemas = msgspec.json.schema(kind).get("$defs", {}).values()
    return sorted({name for schema in schemas for name in schema.get("properties", {})})


def meant(word: str, options: Iterable[str]) -> str:
    """Returns "; did you mean ...?" where one of the options is near, else ""."""
    near = difflib.get_close_matches(word, list(options), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""

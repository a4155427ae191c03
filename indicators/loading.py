"""Indicator systems from TOML, read strictly: what is not understood is refused with file, line and leaf.

    IndicatorError  a file cannot be used: one sentence, `problems` has every one found

Nothing is guessed: an unknown key, check, finding kind, metric or draw, a sum that is off, a leaf whose way of deciding
contradicts its rule. An overlay is resolved against its base here; what comes out is always a whole system.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from indicators.complaints import Complaint, complaints
from indicators.soundness import problems_of
from indicators.system import Change, Exemption, Group, Leaf, Overlay, Remark, System
from portal.places import line_of
from portal.slips import slip

F = TypeVar("F", System, Overlay)
N = TypeVar("N", Group, Leaf, Remark)


class IndicatorError(Exception):
    """A system cannot be used. The message is the first problem; `problems` holds all, each one sentence."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(problems[0])
        self.problems = tuple(problems)


class _Source(Struct, frozen=True):
    path: str
    text: str

    def say(self, words: str, line: int = 0) -> str:
        return f"{self.path}, line {line}: {words}" if line else f"{self.path}: {words}"

    def line_of_node(
        self, node: str, key: str = "", tables: Sequence[str] = ("group", "leaf", "remark", "change")
    ) -> int:
        """Returns the line of a key of the group, leaf, remark or change of that id, 0 where it is not found."""
        for table in tables:
            for number in range(len(re.findall(rf"(?m)^\s*\[\[\s*{table}\s*\]\]", self.text))):
                at = line_of(self.text, "id", table, number)
                line = self.text.splitlines()[at - 1]
                if re.match(rf'\s*id\s*=\s*["\']{re.escape(node)}["\']', line):
                    return line_of(self.text, key, table, number) if key else at
        return 0


def load_system(path: Path, bases: Mapping[str, System] | None = None) -> System:
    """Returns the system of a file; an overlay is resolved against one of `bases` (by id). Raises IndicatorError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise IndicatorError([f"{path}: there is no such file"]) from error
    except UnicodeDecodeError as error:
        raise IndicatorError([f"{path}: is not UTF-8 (byte {error.start}): save it as UTF-8"]) from error
    except OSError as error:
        raise IndicatorError([f"{path}: cannot be read: {error.strerror or error}"]) from error
    return parse_system(text, str(path), bases)


def parse_system(text: str, path: str, bases: Mapping[str, System] | None = None) -> System:
    """Returns the system the text of a file describes; `path` is only named in messages. Raises IndicatorError."""
    source = _Source(path, text)
    if "\0" in text:
        raise IndicatorError([source.say("is no text: a system is written as TOML, not saved by Excel or Word")])
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        hint = slip(text, str(error))
        raise IndicatorError([source.say(f"is not TOML: {error}{f'; {hint}' if hint else ''}")]) from error
    if "base" in data:
        system = _overlaid(source, _decoded(source, data, Overlay), bases or {})
    else:
        if not data.get("leaf"):
            raise IndicatorError([source.say("has no leaf: write every requirement as a [[leaf]] with id and text")])
        system = _decoded(source, data, System)
    if problems := [_placed(source, *problem) for problem in problems_of(system)]:
        raise IndicatorError(problems)
    return system


def _placed(source: _Source, node: str, key: str, words: str) -> str:
    if node.startswith("@"):
        return source.say(words, source.line_of_node(node[1:], key, ("exemption",)))
    line = source.line_of_node(node, key) if node else line_of(source.text, key) if key else 0
    return source.say(f"{node}: {words}" if node else words, line)


def _decoded(source: _Source, data: Mapping[str, Any], kind: type[F]) -> F:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise IndicatorError([_said(source, one) for one in complaints(data, kind)]) from error


def _said(source: _Source, one: Complaint) -> str:
    header = one.header if line_of(source.text, "", one.header) else ""
    return source.say(one.words, line_of(source.text, one.key, header, one.number))


def _overlaid(source: _Source, overlay: Overlay, bases: Mapping[str, System]) -> System:
    """Returns the base with the overlay's changes. Raises IndicatorError for a base or node that is not there."""
    base = bases.get(overlay.base)
    if base is None:
        known = ", ".join(sorted(bases)) or "none"
        raise IndicatorError(
            [source.say(f"the base {overlay.base!r} is not known; known are: {known}", line_of(source.text, "base"))]
        )
    groups = {group.id: group for group in base.groups}
    leaves = {leaf.id: leaf for leaf in base.leaves}
    problems = []
    for node in overlay.drop:
        if node not in groups and node not in leaves and all(node != remark.id for remark in base.remarks):
            problems.append(source.say(f"drop: there is no {node!r} in {base.id}", line_of(source.text, "drop")))
    for change in overlay.changes:
        if change.id not in groups and change.id not in leaves:
            words = f"change {change.id!r}: there is no such group or leaf in {base.id}"
            problems.append(source.say(words, source.line_of_node(change.id)))
    if problems:
        raise IndicatorError(problems)
    for change in overlay.changes:
        try:
            if change.id in groups:
                groups[change.id] = _changed(groups[change.id], change)
            else:
                leaves[change.id] = _changed(leaves[change.id], change)
        except TypeError as error:
            raise IndicatorError(
                [source.say(f"change {change.id!r}: {error}", source.line_of_node(change.id))]
            ) from error
    gone = tuple(overlay.drop)
    return msgspec.structs.replace(
        base,
        id=overlay.id,
        version=overlay.version,
        title=overlay.title,
        source=overlay.source,
        region=overlay.region or base.region,
        note=overlay.note or base.note,
        effective_from=overlay.effective_from or base.effective_from,
        effective_until=overlay.effective_until or base.effective_until,
        scheme=overlay.scheme or base.scheme,
        groups=_merged(groups.values(), overlay.groups, gone),
        leaves=_merged(leaves.values(), overlay.leaves, gone),
        remarks=_merged(base.remarks, overlay.remarks, gone),
        exemptions=(*_still_there(base.exemptions, gone), *overlay.exemptions),
    )


def _changed(node: N, change: Change) -> N:
    """Returns the node with what the change says. Raises TypeError for a key the node does not have."""
    given = {
        name: value
        for name in change.__struct_fields__
        if name != "id" and (value := getattr(change, name)) is not None
    }
    for name in given:
        if name not in node.__struct_fields__:
            raise TypeError(f"a {type(node).__name__.lower()} has no {name}")
    if "points" in given:
        given.setdefault("unscored", False)
    return msgspec.structs.replace(node, **given)


def _merged(old: Iterable[N], new: Sequence[N], gone: Sequence[str]) -> tuple[N, ...]:
    """Returns old and new nodes in order of their place in the tree; what stands below a dropped one is gone, too."""
    kept: list[N] = [one for one in old if not _is_gone(one.id, gone)]
    return tuple(sorted(kept + list(new), key=lambda one: place(one.id)))


def _is_gone(node: str, gone: Sequence[str]) -> bool:
    return any(node == name or node.startswith(f"{name}.") for name in gone)


def _still_there(exemptions: Iterable[Exemption], gone: Sequence[str]) -> Iterator[Exemption]:
    """Yields exemptions without the nodes an overlay dropped; one that has none left is gone, too."""
    for one in exemptions:
        if nodes := tuple(node for node in one.nodes if not _is_gone(node, gone)):
            yield msgspec.structs.replace(one, nodes=nodes)


def place(node: str) -> tuple[tuple[int, str], ...]:
    """Returns a key that sorts ids as people count: 1.9 before 1.10."""
    return tuple((int(part), "") if part.isdigit() else (10**9, part) for part in node.split("."))

"""Small factories: systems from a few lines of TOML, and cases made of what was measured, found and decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from checks.base import Draw, DrawMember, Outcome
from checks.registry import all_checks
from checks.registry import check as registered
from indicators.case import Case, Defect, Mark, Measured, Standing, Word
from indicators.library import library
from indicators.loading import IndicatorError, parse_system
from indicators.reader import Reader
from indicators.reading import Reading
from indicators.system import AutoRule, System
from portal.zone import CHINA

TODAY = dt.date(2026, 11, 20)
NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=CHINA)
FILE = "own.toml"

HEAD = """\
format = 1
id = "own"
version = 1
title = "指标"
source = "某市"
levels = ["一级指标"]
"""
LAYOUT = '[layout]\ncolumns = [{ key = "text", header = "要求" }]\n'


def text_of(body: str, scheme: str = 'points = "none"', *, head: str = HEAD, layout: str = LAYOUT) -> str:
    """Returns the text of a file with that body of groups and leaves."""
    return f"{head}\n[scheme]\n{scheme}\n\n{layout}\n{body.strip()}\n"


def system(
    body: str, scheme: str = 'points = "none"', *, bases: Mapping[str, System] | None = None, **more: str
) -> System:
    """Returns the system of a file with that body; `more` replaces its head or layout."""
    return parse_system(text_of(body, scheme, **more), FILE, bases)


def one_leaf(leaf: str, points: float | None = None) -> System:
    """Returns a system of one leaf "1" with those lines, worth the points; without points it is met or not."""
    scheme = 'points = "none"' if points is None else f'points = "leaves"\ntotal = {points}'
    own = "" if points is None else f"points = {points}\n"
    return system(f'[[leaf]]\nid = "1"\ntext = "甲"\n{own}{leaf}', scheme)


def refusal(text: str, bases: Mapping[str, System] | None = None) -> tuple[str, ...]:
    """Returns every problem the text of a file is refused for; fails where it is accepted."""
    try:
        parse_system(text, FILE, bases)
    except IndicatorError as error:
        assert str(error) == error.problems[0]
        return error.problems
    raise AssertionError("the file was accepted")


def line_with(text: str, words: str) -> int:
    """Returns the number of the only line that holds the words."""
    (number,) = [number for number, line in enumerate(text.splitlines(), 1) if words in line]
    return number


def shipped(name: str) -> System:
    """Returns a system that ships."""
    return library().get(name)


def seeds() -> Path:
    """Returns where the documents of the shipped systems should lie, whether they are there or not."""
    return Path(__file__).resolve().parents[3].parent / "shared" / "seeds"


# cases


_CHECK_OF = {kind.id: module.META.id for module in all_checks() for kind in module.META.kinds}


def measured(check: str, *, good: int | Mapping[str, int] = 10, **more: Any) -> Measured:
    """Returns what a check measured by today's rules: so many subjects good of every kind, or of those groups."""
    meta = registered(check).META
    passed = good if isinstance(good, Mapping) else {kind.group or kind.id: good for kind in meta.kinds if good}
    merged: dict[str, Any] = {"version": meta.version, "outcome": Outcome.PASS, "passed": passed} | more
    return Measured(check, **merged)


def defect(
    kind: str, subject: str = "http://www.qinhe.gov.cn/a", standing: Standing = Standing.CERTAIN, **more: Any
) -> Defect:
    """Returns a finding of a kind, of the check that declares it."""
    merged: dict[str, Any] = {"key": f"{kind} {subject}", "number": "Q-1", "title": subject} | more
    return Defect(check=_CHECK_OF[kind], kind=kind, subject=subject, standing=standing, **merged)


def defects(kind: str, count: int, standing: Standing = Standing.CERTAIN, **more: Any) -> tuple[Defect, ...]:
    """Returns so many findings of a kind, each of its own subject."""
    label = f"{kind}-{standing}-{'-'.join(str(value) for value in more.values())}"
    return tuple(defect(kind, f"http://www.qinhe.gov.cn/{label}/{n}", standing, **more) for n in range(count))


def member(subject: str, result: str = "pass", **facts: Any) -> DrawMember:
    """Returns a drawn member."""
    return DrawMember(subject, subject, result, facts)


def draw(
    name: str, members: Iterable[DrawMember], rest: Iterable[DrawMember] = (), candidates: int | None = None
) -> Mapping[str, Draw]:
    """Returns a draw as `Measured.draws` wants it; all candidates were judged unless told otherwise."""
    first, others = tuple(members), tuple(rest)
    count = len(first) + len(others) if candidates is None else candidates
    return {name: Draw(name, "s1", count, first, others)}


def mark(node: str, points: float | None = None, word: Word | None = None, why: str = "") -> Mark:
    """Returns what 王芳 decided about a node."""
    return Mark(node, "王芳", NOON, points, word, why)


def case(*parts: Measured | Defect | Mark, **more: Any) -> Case:
    """Returns a case of those parts, the findings in the order given."""
    found: dict[str, Any] = {
        "measured": {part.check: part for part in parts if isinstance(part, Measured)},
        "defects": tuple(part for part in parts if isinstance(part, Defect)),
        "marks": {part.node: part for part in parts if isinstance(part, Mark)},
    }
    return Case("qinhe", "a1", TODAY, **(found | more))


def read(rule: AutoRule, made: Case, stake: float = 1.0, *, scored: bool = True) -> Reading:
    """Returns what a rule makes of a case."""
    return Reader(made).read(rule, stake, scored=scored)

"""Masks personal data, once, in everything that comes from pages, before any report sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from checks.base import Draw, DrawMember
from indicators.case import Defect
from indicators.reading import Reading
from indicators.score import LeafScore, Score
from portal.personal import mask_personal
from storage.views import AuditView, OccurrenceView


def masked(view: AuditView, mask: Callable[[str], str] = mask_personal) -> AuditView:
    """Returns the view with personal data masked in every text that comes from pages; addresses stay as they are."""
    mask = cache(mask)  # rows of sheets and places repeat the same few words

    def occurrence(seen: OccurrenceView) -> OccurrenceView:
        return replace(seen, text=mask(seen.text))

    findings = tuple(
        replace(
            finding,
            title=mask(finding.title),
            message=mask(finding.message),
            column=mask(finding.column),
            facts=_clean(finding.facts, mask),
            occurrences=tuple(occurrence(seen) for seen in finding.occurrences),
        )
        for finding in view.findings
    )
    results = tuple(
        replace(
            result,
            rows=tuple(_clean(row, mask) for row in result.rows),
            draws=tuple(_draw(draw, mask) for draw in result.draws),
            warnings=tuple(mask(warning) for warning in result.warnings),
        )
        for result in view.results
    )
    ledger = {
        name: replace(one, message=mask(one.message), column=mask(one.column)) for name, one in view.ledger.items()
    }
    return replace(view, findings=findings, results=results, ledger=ledger)


def masked_scores(scores: Sequence[Score]) -> tuple[Score, ...]:
    """Returns scores with personal data masked in every text that comes from pages: the titles and messages of
    findings, the titles and facts of drawn members. Addresses, figures and what people wrote stay as they are."""
    mask = cache(mask_personal)
    return tuple(_score(score, mask) for score in scores)


def _score(score: Score, mask: Callable[[str], str]) -> Score:
    case = score.case
    measured = {
        name: replace(one, draws={key: _draw(draw, mask) for key, draw in one.draws.items()})
        for name, one in case.measured.items()
    }
    return replace(
        score,
        case=replace(case, measured=measured, defects=tuple(_defect(one, mask) for one in case.defects)),
        leaves={name: _leaf(one, mask) for name, one in score.leaves.items()},
    )


def _leaf(one: LeafScore, mask: Callable[[str], str]) -> LeafScore:
    return replace(one, reading=_reading(one.reading, mask)) if one.reading is not None else one


def _reading(reading: Reading, mask: Callable[[str], str]) -> Reading:
    drawn = reading.draw
    return replace(
        reading,
        charges=tuple(replace(charge, defect=_defect(charge.defect, mask)) for charge in reading.charges),
        draw=replace(drawn, members=_members(drawn.members, mask)) if drawn is not None else None,
    )


def _defect(defect: Defect, mask: Callable[[str], str]) -> Defect:
    return replace(defect, title=mask(defect.title), message=mask(defect.message))


def _draw(draw: Draw, mask: Callable[[str], str]) -> Draw:
    return replace(draw, members=_members(draw.members, mask), rest=_members(draw.rest, mask))


def _members(drawn: tuple[DrawMember, ...], mask: Callable[[str], str]) -> tuple[DrawMember, ...]:
    return tuple(replace(one, title=mask(one.title), facts=_clean(one.facts, mask)) for one in drawn)


def _clean(value: Any, mask: Callable[[str], str], key: str = "") -> Any:
    if isinstance(value, str):
        return value if _is_address(key, value) else mask(value)
    if isinstance(value, Mapping):
        return {name: _clean(part, mask, name) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(part, mask, key) for part in value]
    return value


def _is_address(key: str, value: str) -> bool:
    return ("url" in key and value.isascii()) or "://" in value[:12] or (len(value) == 64 and value.isalnum())

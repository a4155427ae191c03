"""Masks personal data, once, in everything that comes from pages, before any report sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from checks.base import DrawMember
from portal.text import mask_personal
from storage.queries import AuditView, OccurrenceView


def masked(view: AuditView, mask: Callable[[str], str] = mask_personal) -> AuditView:
    """Returns the view with personal data masked in every text that comes from pages; addresses stay as they are."""

    def clean(value: Any, key: str = "") -> Any:
        if isinstance(value, str):
            return value if _is_address(key, value) else mask(value)
        if isinstance(value, Mapping):
            return {name: clean(part, name) for name, part in value.items()}
        if isinstance(value, (list, tuple)):
            return [clean(part, key) for part in value]
        return value

    def occurrence(seen: OccurrenceView) -> OccurrenceView:
        return replace(seen, text=mask(seen.text))

    def members(drawn: tuple[DrawMember, ...]) -> tuple[DrawMember, ...]:
        return tuple(replace(one, title=mask(one.title), facts=clean(one.facts)) for one in drawn)

    findings = tuple(
        replace(
            finding,
            title=mask(finding.title),
            message=mask(finding.message),
            facts=clean(finding.facts),
            occurrences=tuple(occurrence(seen) for seen in finding.occurrences),
        )
        for finding in view.findings
    )
    results = tuple(
        replace(
            result,
            rows=tuple(clean(row) for row in result.rows),
            draws=tuple(replace(draw, members=members(draw.members), rest=members(draw.rest)) for draw in result.draws),
        )
        for result in view.results
    )
    return replace(view, findings=findings, results=results)


def _is_address(key: str, value: str) -> bool:
    return "url" in key or "://" in value[:12] or (len(value) == 64 and value.isalnum())

"""What a page as a browser shows it still lacks, so that it is worth another look."""

from __future__ import annotations

from portal.facts import PageFacts, PageKind


def unfilled(facts: PageFacts | None) -> bool:
    """Returns whether a page still shows neither list nor text nor children: a script may be on its way."""
    if facts is None or facts.items or facts.child_columns or facts.empty_reason:
        return False
    return facts.empty_list or facts.scripted_list or facts.body_empty


def lacks_counterpart(facts: PageFacts | None) -> bool:
    """Returns whether a policy leads to no interpretation, or an interpretation to no policy."""
    if facts is None or facts.kind not in (PageKind.POLICY, PageKind.INTERPRETATION):
        return False
    return not (facts.links_to_interpretation if facts.kind is PageKind.POLICY else facts.links_to_policy)

"""What makes a decoded system sound: ids, sums, and rules that fit their leaf and name only what the checks declare."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from checks.base import Meta
from checks.registry import all_checks
from indicators.reader import YES_NO
from indicators.system import (
    DITTO,
    Bonus,
    Deduct,
    Found,
    Group,
    Leaf,
    Manual,
    Presence,
    Proportion,
    Sample,
    System,
    Tier,
    Veto,
    parent_of,
)
from portal.model import ColumnKind

Problem = tuple[str, str, str]  # node ("" = the system, "@x" = exemption x), key, words
CELLS = ("method", "units", "deadline", "deliverable", "remark")
TOLERANCE = 1e-6
_WORSE = frozenset({"broken_share", "failure_share", "veto"})  # shares of what is wrong


def problems_of(system: System) -> Iterator[Problem]:
    """Yields what is wrong with a system, one English phrase each; nothing for a sound one."""
    tree = list(_tree(system))
    yield from tree
    if tree:
        return  # sums and rules over a broken tree would only repeat it
    yield from _sums(system)
    yield from _cells(system)
    for leaf in system.leaves:
        yield from _leaf(system, leaf)
    yield from _rest(system)


def _tree(system: System) -> Iterator[Problem]:
    ids = [*(node.id for node in system.nodes), *(remark.id for remark in system.remarks)]
    for name, count in Counter(ids).items():
        if count > 1:
            yield name, "id", "this id is used twice"
    groups = {group.id for group in system.groups}
    leaves = {leaf.id for leaf in system.leaves}
    for node in system.nodes:
        above = parent_of(node.id)
        if above and above not in groups:
            why = "which is a leaf" if above in leaves else "which is not there"
            yield node.id, "id", f"stands below {above!r}, {why}"
    for group in system.groups:
        if not any(name.startswith(f"{group.id}.") for name in leaves):
            yield group.id, "id", "this group has no leaf"
        if group.stage and "." in group.id:
            yield group.id, "stage", "stage belongs to a group at the top"
        if group.id.count(".") + 1 > len(system.levels):
            yield group.id, "id", f"stands on level {group.id.count('.') + 1}, but levels names {len(system.levels)}"


def _sums(system: System) -> Iterator[Problem]:
    scheme = system.scheme
    scored = [node for node in system.nodes if node.points is not None]
    if scheme.points == "none":
        for node in scored:
            yield node.id, "points", 'has points, but scheme.points is "none"'
        if scheme.total is not None:
            yield "", "total", "a system without points has no total: take it out, or say where the points are"
        return
    for stage, total, name in (("score", scheme.total, "total"), ("bonus", scheme.bonus_total, "bonus_total")):
        tops = [node for node in system.children("") if system.stage(node.id) == stage]
        found = _sum(tops)
        if total is None and stage == "score":
            yield "", "points", "scheme.total is missing: the points of the document"
        elif total is not None and abs(found - total) > TOLERANCE:
            yield "", name, f"the parts at the top add up to {found:g}, not {total:g}"
    for group in system.groups:
        below = system.children(group.id)
        carried = [node for node in below if node.points is not None]
        if not carried:
            continue
        if group.points is None:
            if not group.unscored and system.stage(group.id) != "veto":
                yield group.id, "points", f"has no points, though what stands below adds up to {_sum(below):g}"
            continue
        lacking = [node for node in below if node.points is None and not node.unscored]
        for node in lacking:
            yield node.id, "points", "has no points, though its neighbours have: give them, or say unscored = true"
        if lacking:
            continue  # the sum is off for that very reason
        if abs(_sum(below) - group.points) > TOLERANCE:
            yield group.id, "points", f"has {group.points:g} points, but what stands below adds up to {_sum(below):g}"
    for node in system.nodes:
        if node.points is not None and node.unscored:
            yield node.id, "unscored", "has points and is unscored at once"
        if system.stage(node.id) == "veto" and node.points is not None:
            yield node.id, "points", "a veto has no points"
    for name, line in (("pass_at", scheme.pass_at), ("bonus_above", scheme.bonus_above)):
        if line is not None and scheme.total is not None and line > scheme.total:
            yield "", name, f"{name} is {line:g}, more than the {scheme.total:g} points there are"
    if scheme.points == "top":
        for node in scored:
            if "." in node.id:
                yield node.id, "points", 'has points, but scheme.points is "top"'
    if scheme.points == "leaves":
        for leaf in system.leaves:
            alone = all(node.points is None for node in system.children(parent_of(leaf.id)))
            if alone and leaf.points is None and not leaf.unscored and system.stage(leaf.id) == "score":
                yield leaf.id, "points", 'has no points, but scheme.points is "leaves"'


def _cells(system: System) -> Iterator[Problem]:
    """A ditto needs a cell above it: in the leaf before, or one that is itself merged further up."""
    for name in CELLS:
        before = False
        for leaf in system.leaves:
            value = getattr(leaf, name)
            if value == DITTO and not before:
                yield leaf.id, name, f"{name} is {DITTO}, but there is no cell above to merge with"
            before = before or value not in (None, DITTO)
    before = False
    for leaf in system.leaves:
        if leaf.measures == (DITTO,) and not before:
            yield leaf.id, "measures", f"measures is {DITTO}, but there is no cell above to merge with"
        before = before or leaf.measures not in (None, (DITTO,))


def _leaf(system: System, leaf: Leaf) -> Iterator[Problem]:
    rule = leaf.rule
    if leaf.decide == "manual" and rule is not None and not isinstance(rule, Manual):
        yield leaf.id, "rule", 'has an automatic rule but decide = "manual": say auto or assisted, or take the rule out'
        return
    if leaf.decide == "auto" and (rule is None or isinstance(rule, Manual)):
        yield leaf.id, "decide", 'decide = "auto" needs a rule'
        return
    if leaf.decide == "assisted" and not leaf.evidence and (rule is None or isinstance(rule, Manual)):
        yield leaf.id, "decide", 'decide = "assisted" needs a rule, or evidence = [...] naming checks'
    if leaf.clears and (leaf.decide != "assisted" or rule is None or isinstance(rule, Manual)):
        yield leaf.id, "clears", 'clears is for a leaf with decide = "assisted" and a rule'
    metas = {module.META.id: module.META for module in all_checks()}
    for name in leaf.evidence:
        if name not in metas:
            yield leaf.id, "evidence", f"there is no check {name!r}{_meant(name, metas)}"
    stage = system.stage(leaf.id)
    if isinstance(rule, Veto) != (stage == "veto") and rule is not None and not isinstance(rule, Manual):
        yield leaf.id, "rule", 'a veto rule belongs below a group with stage = "veto", and only a veto rule does'
    if leaf.most is not None:
        scope = scope_of(system, leaf)
        if leaf.points is not None:
            yield leaf.id, "most", "most is for a leaf whose scope carries the points; this one has its own"
        elif scope is None or scope.points is None:
            yield leaf.id, "most", "most needs points in a group above"
        elif leaf.most > scope.points:
            yield leaf.id, "most", f"most is {leaf.most:g}, more than the {scope.points:g} points of {scope.id}"
    if rule is None or isinstance(rule, Manual):
        return
    if rule.check not in metas:
        yield leaf.id, "check", f"there is no check {rule.check!r}{_meant(rule.check, metas)}"
        return
    yield from _names(leaf, metas[rule.check])
    yield from _amounts(system, leaf)


def _names(leaf: Leaf, meta: Meta) -> Iterator[Problem]:
    """What a rule names must be declared by its check."""
    rule = leaf.rule
    metrics: list[tuple[str, str]] = []
    if isinstance(rule, Found):
        kinds = [kind.id for kind in meta.kinds]
        for name in rule.findings:
            if name not in kinds:
                yield leaf.id, "findings", f"{meta.id} has no finding kind {name!r}{_meant(name, kinds)}"
        column_kinds = [kind.value for kind in ColumnKind]
        for name in rule.column_kind:
            if name not in column_kinds:
                yield leaf.id, "column_kind", f"there is no column kind {name!r}{_meant(name, column_kinds)}"
        for name in rule.first_level:
            if name not in rule.column_kind:
                yield leaf.id, "first_level", f"{name!r} is none of the column_kind of this rule"
        metrics += [("unmeasured", name) for name in rule.unmeasured or ()]
        metrics += [("seen", name) for name in rule.seen]
        metrics += [("needs", rule.needs)] if rule.needs else []
    if isinstance(rule, Presence) and rule.metrics:
        metrics += [("metrics", name) for name in rule.metrics]
        if rule.findings or rule.level or rule.column_kind:
            yield leaf.id, "rule", "a presence is judged by metrics or by findings, not by both"
    if isinstance(rule, Sample):
        kinds = [kind.id for kind in meta.kinds]
        for name in rule.also:
            if name not in kinds:
                yield leaf.id, "also", f"{meta.id} has no finding kind {name!r}{_meant(name, kinds)}"
    if isinstance(rule, Sample) and rule.draw not in meta.draws:
        yield leaf.id, "draw", f"{meta.id} has no draw {rule.draw!r}{_meant(rule.draw, meta.draws)}"
    if isinstance(rule, Proportion):
        metrics.append(("metric", rule.metric))
        if rule.metric in meta.metrics and not (rule.metric.endswith("_share") or _yes_no(meta, rule.metric)):
            yield leaf.id, "metric", f"{rule.metric!r} counts, and a share lies between 0 and 1: use tier or bonus"
        elif rule.metric in _WORSE:
            yield (
                leaf.id,
                "metric",
                f"{rule.metric!r} is the larger the worse: a portal without defects would get nothing",
            )
    if isinstance(rule, Tier):
        metrics += [("metric", name) for name in (rule.metric, rule.metric_high) if name]
    if isinstance(rule, Bonus):
        metrics += [("metrics", name) for name in rule.metrics]
    for key, name in metrics:
        if name not in meta.metrics:
            yield leaf.id, key, f"{meta.id} has no metric {name!r}{_meant(name, meta.metrics)}"


def _yes_no(meta: Meta, metric: str) -> bool:
    return meta.metrics[metric].endswith(YES_NO)


def _amounts(system: System, leaf: Leaf) -> Iterator[Problem]:
    """Rules that move points need some to move; those that only say yes or no must not name amounts."""
    rule, scope = leaf.rule, scope_of(system, leaf)
    own = leaf.points
    stake = own if own is not None else leaf.most or (scope.points if scope else None)
    if isinstance(rule, Deduct) and stake is None:
        yield leaf.id, "rule", "a deduction needs points here or in a group above: without, use presence"
    if isinstance(rule, Sample) and (rule.each is None) != (stake is None):
        yield leaf.id, "each", "each is needed where points are, and only there"
    if isinstance(rule, Sample) and rule.also and stake is not None:
        yield leaf.id, "also", "where points are, what else a clause asks for is a leaf of its own"
    if isinstance(rule, (Tier, Bonus)) and own is None:
        yield leaf.id, "points", "this rule gives points, so the leaf needs its own"
    if isinstance(rule, Tier) and own is not None:
        for band in rule.bands:
            if not 0 <= band.low <= band.high <= own:
                yield leaf.id, "bands", f"a band gives {band.low:g} to {band.high:g} of {own:g} points"
    if isinstance(rule, Tier) and leaf.decide == "auto" and any(band.low != band.high for band in rule.bands):
        yield leaf.id, "decide", 'bands that leave a range are for a person: decide = "assisted"'
    if isinstance(rule, Bonus) and system.stage(leaf.id) != "bonus":
        yield leaf.id, "rule", 'a bonus rule belongs below a group with stage = "bonus"'
    if stake is not None and isinstance(rule, (Deduct, Sample)) and rule.each is not None and rule.each > stake:
        yield leaf.id, "each", f"one finding costs {rule.each:g}, more than the {stake:g} points there are"


def scope_of(system: System, leaf: Leaf) -> Group | None:
    """Returns the nearest group above that carries the points of a leaf without its own; None where none does.

    A group whose children carry points themselves is no scope, and neither is one in a system whose points stand only
    at the top: the document does not say what one requirement of it costs.
    """
    if leaf.points is not None or leaf.unscored or system.scheme.points in ("none", "top"):
        return None
    for group in reversed(system.ancestors(leaf.id)):
        if group.points is not None:
            return group
    return None


def _rest(system: System) -> Iterator[Problem]:
    nodes = {node.id for node in system.nodes}
    for name, count in Counter(one.id for one in system.exemptions).items():
        if count > 1:
            yield f"@{name}", "id", f"exemption {name!r} is there twice"
    for exemption in system.exemptions:
        for node in exemption.nodes:
            if node not in nodes:
                yield f"@{exemption.id}", "nodes", f"exemption {exemption.id!r}: there is no {node!r}"
    begin, end = system.effective_from, system.effective_until
    if begin and end and end < begin:
        yield "", "effective_until", "effective_until is before effective_from"
    keys = [column.key for column in system.layout.columns if column.key != "blank"]
    for key, count in Counter(keys).items():
        if count > 1:
            yield "", "columns", f"layout: the column {key!r} is there twice"
        if key.startswith("level") and int(key[-1]) > len(system.levels):
            yield "", "columns", f"layout: {key!r} is shown, but levels names {len(system.levels)}"
    if "text" not in keys:
        yield "", "columns", "layout: the column 'text' is missing"
    if system.layout.matrix and system.scheme.points == "none":
        yield "", "matrix", "layout: a matrix of points needs points"


def _sum(nodes: Sequence[Group | Leaf]) -> float:
    return round(sum(node.points or 0.0 for node in nodes), 6)


def _meant(word: str, options: Iterable[str]) -> str:
    names = list(options)
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(names)}"

"""An indicator system as its TOML file says it: levels, leaves with the document's own words, rules, layout.

    System
      ├─ groups    the levels above the leaves; "1.2" stands below "1"
      ├─ leaves    one numbered item (or unnumbered requirement) of the document each, text letter by letter
      ├─ remarks   additions and penalties after the total
      ├─ exemptions  parts that do not concern some kinds of portal
      └─ layout    how its people expect the sheet

These types are the format: `indicators.loading` decodes a file into them and refuses what they do not name, and the
JSON Schema for editors is made from them. A cell the document leaves blank because it is merged with the one above is
written as DITTO.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

DITTO = "〃"  # the cell is merged with that of the leaf before

NodeId = Annotated[str, Meta(pattern=r"^[0-9A-Za-z]+(\.[0-9A-Za-z]+)*$", description="place in the tree: 1.2.3")]
SystemId = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{1,63}$", description="a-z, 0-9 and -")]
Words = Annotated[str, Meta(min_length=1)]
Amount = Annotated[float, Meta(gt=0, le=1000)]
Count = Annotated[int, Meta(ge=1, le=100_000)]
Share = Annotated[float, Meta(ge=0, le=1)]
PageLevel = Literal["home", "second", "other"]
Decide = Literal["auto", "assisted", "manual"]
Stage = Literal["veto", "score", "bonus"]
Period = Literal["month", "quarter", "half", "year"]


class Base(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A table of the file: frozen, and an unknown key in it is an error."""


class Rule(Base, frozen=True, kw_only=True, tag_field="kind"):
    """How a leaf is decided. The kinds are a closed set; there are no expressions and no code in the files."""


class Manual(Rule, tag="manual", frozen=True, kw_only=True):
    """A person decides; nothing a machine gathers bears on it."""


class Found(Rule, frozen=True, kw_only=True):
    """What the rules about findings share: which findings are meant."""

    check: Words
    findings: tuple[str, ...] = ()  # finding kinds of the check; empty = all of them
    level: tuple[PageLevel, ...] = ()  # level of the page; empty = any
    column_kind: tuple[str, ...] = ()  # kind of the column (portal.model.ColumnKind); empty = any
    # Of these kinds the clause means columns of the first rank (一级栏目) alone: a deeper one may or may not be meant.
    first_level: tuple[str, ...] = ()
    # Metrics that count the subjects of this rule nobody could measure. None: all the check had to skip; empty: none,
    # the rule looks at one thing, which was measured or not.
    unmeasured: tuple[str, ...] | None = None
    seen: tuple[
        str, ...
    ] = ()  # metrics that count the subjects of this rule that were measured, where `level` picks some
    needs: str = ""  # metric that must be at least 1: where nothing is there to look at, nothing was measured


class Veto(Found, tag="veto", frozen=True, kw_only=True):
    """单项否决: met when at least so many findings stand. Always a proposal until a named person confirms it."""

    at_least: Count = 1


class Deduct(Found, tag="deduct", frozen=True, kw_only=True):
    """Every finding costs `each` points, at most `Leaf.most` (else the points of the scope) together."""

    each: Amount


class Sample(Found, tag="sample", frozen=True, kw_only=True):
    """A seeded draw of `size` members; each that failed costs `each` points. Without points: none may fail.

    `also` names finding kinds of which none may stand beside: the rest of what the clause asks for.
    """

    draw: Words  # name of a draw the check declares
    size: Count
    result: str = ""  # the member's fact that holds the result; "" = its own result
    each: Amount | None = None
    also: tuple[str, ...] = ()


class Presence(Found, tag="presence", frozen=True, kw_only=True):
    """All or nothing. With `metrics`: granted when their sum is at least `at_least`; less proves nothing, a person
    looks. Without: granted when no finding of the named kinds stands."""

    metrics: tuple[str, ...] = ()
    at_least: Annotated[float, Meta(ge=0)] = 1.0


class Proportion(Rule, tag="share", frozen=True, kw_only=True):
    """Points times a metric between 0 and 1. Without points: met from `pass_at` on."""

    check: Words
    metric: Words
    pass_at: Share = 1.0


class Band(Base, frozen=True, kw_only=True):
    """One step of a tier: from `at_least` to `at_most` (both included; none = open) gives `low` to `high` points."""

    at_least: float | None = None
    at_most: float | None = None
    low: Annotated[float, Meta(ge=0)]
    high: Annotated[float, Meta(ge=0)]


class Tier(Rule, tag="tier", frozen=True, kw_only=True):
    """A counted value falls into bands. Where bands overlap, or leave a range, the range is proposed."""

    check: Words
    metric: Words
    metric_high: str = ""  # where one number does not tell: the upper reading; `metric` is then the lower one
    bands: Annotated[tuple[Band, ...], Meta(min_length=1)]
    keywords: tuple[str, ...] = ()  # what the portal's search is asked for, for rules that count its hits


class Bonus(Rule, tag="bonus", frozen=True, kw_only=True):
    """Every unit of a metric adds `each` points, at most the points of the leaf."""

    check: Words
    metrics: Annotated[tuple[str, ...], Meta(min_length=1)]  # their sum counts
    each: Amount
    up_to: Count = 100_000  # units that count


AutoRule = Veto | Deduct | Sample | Presence | Proportion | Tier | Bonus
AnyRule = Manual | AutoRule


class Cells(Base, frozen=True, kw_only=True):
    """The document's own columns beside text and points. DITTO: merged with the cell above. None: not given here."""

    id: NodeId
    method: str | None = None  # 采样方式, 考评方式
    units: str | None = None  # 责任部门, 责任单位, 牵头单位
    measures: tuple[str, ...] | None = None  # 工作措施, one numbered measure each
    deadline: str | None = None  # 完成时限
    deliverable: str | None = None  # 可检视成果
    remark: str | None = None  # 备注


class Node(Cells, frozen=True, kw_only=True):
    """What groups and leaves have in common."""

    points: Amount | None = None
    unscored: bool = False  # the document gives this one no points though its neighbours have some
    note: str = ""  # ours, never the document's: known typing errors and the like


class Group(Node, frozen=True, kw_only=True):
    """A level above the leaves. Cells given here hold for every leaf below that has none of its own."""

    title: str  # as printed, its points included; "" where the document leaves the cell blank
    short: str = ""  # its name in the matrix, where that differs
    lead: str = ""  # words before the items of the cell
    tail: str = ""  # words after them
    stage: Stage | None = None  # only of a group at the top; none = score


class Leaf(Node, frozen=True, kw_only=True):
    """One requirement: the document's words, and how it is decided."""

    text: Words  # letter by letter
    most: Amount | None = None  # the most this one can cost, where its scope carries the points; none = all of them
    decide: Decide = "manual"
    clears: bool = (
        False  # of an assisted leaf: where the rule finds nothing wrong that settles it; only a person convicts
    )
    rule: AnyRule | None = None
    evidence: tuple[str, ...] = ()  # checks whose results are shown to the person who decides


class Choice(Base, frozen=True, kw_only=True):
    """One way a remark can come out."""

    label: Words
    points: float  # added to the total


class Remark(Base, frozen=True, kw_only=True):
    """A clause after the total: additions and penalties, always for a person."""

    id: NodeId
    text: Words
    choices: Annotated[tuple[Choice, ...], Meta(min_length=1)]
    note: str = ""


class Exemption(Base, frozen=True, kw_only=True):
    """Parts that are not judged for some kinds of portal; the rest is scored as if it were the whole."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: Words
    nodes: Annotated[tuple[NodeId, ...], Meta(min_length=1)]


class Scheme(Base, frozen=True, kw_only=True):
    """Where the document puts points, and what follows from the total."""

    points: Literal["leaves", "indicators", "top", "none"]  # the lowest level that carries them
    total: Amount | None = None
    bonus_total: Amount | None = None
    pass_at: Amount | None = None  # below: 不合格
    bonus_above: Amount | None = None  # bonus clauses count only where the total is above
    period: Period = "year"  # marks are kept per period
    digits: Annotated[int, Meta(ge=0, le=4)] = 2


# Columns of a sheet. The document's own: levels to remark. What the machine says: how to reason of a person: mark to
# date. Those a layout does not name follow in this order.
CellKey = Literal[
    "index", "level1", "level2", "level3", "level4", "text", "points", "method", "units", "measures", "deadline",
    "deliverable", "remark", "blank",
    "how", "result", "score", "words", "numbers", "evidence", "entry", "mark", "reason", "who", "date",
]  # fmt: skip


class Column(Base, frozen=True, kw_only=True):
    """One column of the sheet, with the header its people know."""

    key: CellKey
    header: Words
    width: Annotated[int, Meta(ge=4, le=120)] = 16


class Layout(Base, frozen=True, kw_only=True):
    """The sheet as its people know it: their columns first, ours beside them."""

    columns: Annotated[tuple[Column, ...], Meta(min_length=1)]
    heading: tuple[str, ...] = ()  # lines above everything
    matrix: bool = False  # a first table with points and marks of the two upper levels
    matrix_heading: tuple[str, ...] = ()  # lines above that table
    table_heading: tuple[str, ...] = ()  # lines above the table of requirements
    departments: bool = False  # a second sheet, by responsible unit
    signatures: tuple[str, ...] = ()  # lines below the table: 填报人, 审核人


class System(Base, frozen=True, kw_only=True):
    """One indicator system, whole."""

    format: Literal[1]  # of the file: raised only when an old file would be read otherwise
    id: SystemId
    version: Count
    title: Words  # the document's title
    source: Words  # whose document it is, its number, where the text is from
    region: str = ""
    audience: str = ""  # 适用对象
    transcription: Literal["verbatim", "restated"] = "verbatim"
    note: str = ""
    effective_from: dt.date | None = None
    effective_until: dt.date | None = None  # last day
    levels: Annotated[tuple[str, ...], Meta(min_length=1, max_length=4)]  # what the document calls its levels
    scheme: Scheme
    layout: Layout
    groups: tuple[Group, ...] = field(name="group", default=())
    leaves: Annotated[tuple[Leaf, ...], Meta(min_length=1)] = field(name="leaf")
    remarks: tuple[Remark, ...] = field(name="remark", default=())
    exemptions: tuple[Exemption, ...] = field(name="exemption", default=())

    def group(self, node: str) -> Group:
        """Returns the group of that id. Raises KeyError."""
        for group in self.groups:
            if group.id == node:
                return group
        raise KeyError(node)

    def leaf(self, node: str) -> Leaf:
        """Returns the leaf of that id. Raises KeyError."""
        for leaf in self.leaves:
            if leaf.id == node:
                return leaf
        raise KeyError(node)

    @property
    def nodes(self) -> tuple[Group | Leaf, ...]:
        """All groups, then all leaves, each in declared order."""
        return (*self.groups, *self.leaves)

    def children(self, node: str) -> tuple[Group | Leaf, ...]:
        """Returns groups and leaves right below a node ("" = the top), groups first, each in declared order."""
        return tuple(one for one in self.nodes if parent_of(one.id) == node)

    def ancestors(self, node: str) -> tuple[Group, ...]:
        """Returns the groups above a node, the top one first."""
        by_id = {group.id: group for group in self.groups}
        return tuple(by_id[name] for name in prefixes(node) if name in by_id)

    def stage(self, node: str) -> Stage:
        """Returns the part of the system a node belongs to: veto, score or bonus."""
        top = node.partition(".")[0]
        return next((group.stage or "score" for group in self.groups if group.id == top), "score")


class Change(Cells, frozen=True, kw_only=True):
    """What an overlay says otherwise about one group or leaf of its base; keys left out stay as they are."""

    title: str | None = None
    text: Words | None = None
    points: Amount | None = None
    unscored: bool | None = None
    most: Amount | None = None
    note: str | None = None
    decide: Decide | None = None
    clears: bool | None = None
    rule: AnyRule | None = None


class Overlay(Base, frozen=True, kw_only=True):
    """A variant of another system: what it changes, drops and adds. Everything else is the base's."""

    format: Literal[1]
    base: SystemId
    id: SystemId
    version: Count
    title: Words
    source: Words
    region: str = ""
    note: str = ""
    effective_from: dt.date | None = None
    effective_until: dt.date | None = None
    scheme: Scheme | None = None
    drop: tuple[NodeId, ...] = ()
    changes: tuple[Change, ...] = field(name="change", default=())
    groups: tuple[Group, ...] = field(name="group", default=())
    leaves: tuple[Leaf, ...] = field(name="leaf", default=())
    remarks: tuple[Remark, ...] = field(name="remark", default=())
    exemptions: tuple[Exemption, ...] = field(name="exemption", default=())


def parent_of(node: str) -> str:
    """Returns the id of the group a node stands below, "" for one at the top."""
    return node.rpartition(".")[0]


def prefixes(node: str) -> Iterator[str]:
    """Yields the ids above a node, the top one first."""
    parts = node.split(".")
    for count in range(1, len(parts)):
        yield ".".join(parts[:count])

"""What the report page shows of scores: sheets cut into parts, bars of ranges, findings as links. No markup but bars.

Sheet     one system: conclusion, figures, parts, remarks
  Part    one group at the top: what was measured or marked, and apart from it what waits for people
    Head    one level, or several in a row, with what it comes to
    Words   what the document says before or after its requirements
    Entry   one requirement, its range and its proof
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup
from msgspec import Struct, field

from indicators.case import Standing, Word
from indicators.periods import period_of
from indicators.reading import Charge
from indicators.score import LeafScore, LevelScore, Scale, Score, Status, span
from indicators.soundness import scope_of
from indicators.system import Group, Leaf, Presence, System, parent_of, prefixes
from reports import charts, scores
from reports.conclusion import Figure, figures, percent, verdict, veto_names
from reports.scores import DrawRow, Kind, Row
from reports.words import Metas, period

NAMED_SHOWN = 4  # findings that stand with their titles; more stand as numbers only
_LABELLED = re.compile(r"[^，。；、：\s]{2,8}：")  # units that say themselves who is meant: 牵头单位：...
_NO_TITLE = re.compile(r"[—－\-\s]*")  # a cell the document strikes out


class Link(Struct, frozen=True):
    """One finding a requirement speaks of; `linked`: its card stands in this report."""

    number: str
    title: str
    message: str
    linked: bool


class Charges(Struct, frozen=True):
    """Findings that bear on a requirement the same way, and what each or all of them cost."""

    words: str
    links: tuple[Link, ...]
    more: tuple[Link, ...] = ()
    anchor: str = ""  # the row they were charged at

    @property
    def named(self) -> bool:
        """Whether they are few enough to stand with their titles."""
        return len(self.links) <= NAMED_SHOWN and not self.more


class Drawn(Struct, frozen=True):
    """A draw as it stands behind its summary."""

    members: tuple[DrawRow, ...]
    wrong: int
    open: int


class Head(Struct, frozen=True):
    """One level, or several that follow each other, above the requirements below it."""

    depth: int  # 1 = right below the part
    title: str
    points: str = ""
    score: str = ""
    bar: Markup = field(default_factory=Markup)
    result: str = ""
    tone: str = "none"
    words: str = ""
    note: str = ""
    what: str = "head"


class Words(Struct, frozen=True):
    """What the document says around its requirements."""

    text: str
    before: bool = False  # the requirements they belong to follow
    what: str = "words"


@dataclass(frozen=True, slots=True)
class Entry:
    """One requirement."""

    row: Row
    anchor: str
    points: str
    score: str
    limit: str  # the most it can cost, where a level above carries the points
    bar: Markup
    charges: tuple[Charges, ...]
    drawn: Drawn | None
    checks: tuple[tuple[str, str], ...]  # (title, anchor in this report or "") of the checks it rests on
    units: str  # 责任单位：..., in the document's own word for them
    marked: str
    what: str = "entry"


Line = Head | Words | Entry


class Part(Struct, frozen=True):
    """One group at the top of a system; `title` is empty for requirements that stand below none."""

    anchor: str
    title: str
    stage: str
    head: Head
    pointed: bool
    lines: tuple[Line, ...]
    folded: tuple[Line, ...]
    folded_words: str


class RemarkLine(Struct, frozen=True):
    """One clause after the total."""

    text: str
    choices: str
    result: str
    marked: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One system as the report shows it."""

    anchor: str
    system: System
    period: str
    conclusion: str
    tone: str
    chart: Markup
    figures: tuple[Figure, ...]
    notes: tuple[str, ...]
    parts: tuple[Part, ...]
    remarks: tuple[RemarkLine, ...]
    range: str
    range_bar: Markup
    measured: str
    waiting: str


def sheets(found: Sequence[Score], metas: Metas, sections: Collection[str], cards: Collection[str]) -> list[Sheet]:
    """Returns the sheets of scores. `sections` are the checks and `cards` the findings that have their place in the
    report; what has none is named without a link."""
    return [_sheet(score, metas, sections, cards) for score in found]


def veto_words(score: Score) -> str:
    """Returns what is to be said of vetoes on top of a report: those confirmed, else those proposed; "" for none."""
    for word, said in ((Word.CONFIRMED, "单项否决成立（{}），不合格"), (None, "建议单项否决（{}），须经人工确认")):
        if leaves := score.vetoes(*([word] if word else [])):
            return f"按《{score.system.title}》{said.format(veto_names(score, leaves))}"
    return ""


def _sheet(score: Score, metas: Metas, sections: Collection[str], cards: Collection[str]) -> Sheet:
    conclusion, tone = verdict(score)
    total = score.total
    full = _full(score)
    if total is not None:
        low, high = round(score.low, 2), round(score.high, 2)
        reach, bar = span(low, high), Markup(charts.reach(low, high, full, label="得分"))
        waiting = f"{round(total.waiting, 2):g}分"
    else:
        reach, bar, waiting = "", Markup(), f"{score.words(None)}项"
    return Sheet(
        anchor=anchor_of(score.system),
        system=score.system,
        period=period(score.case.period or period_of(score.case.as_of, score.system.scheme.period)),
        conclusion=conclusion,
        tone=tone,
        chart=_chart(score),
        figures=tuple(figure for figure in figures(score) if figure.name != "结论"),
        notes=score.notes,
        parts=tuple(_Cutter(score, metas, sections, cards).parts()),
        remarks=tuple(
            RemarkLine(
                scores.shown(one.remark.text),
                scores.remark_entry(one),
                f"{one.points:+g}" if one.points else "0" if one.points is not None else "待人工评定",
                scores.mark_date(one.mark),
            )
            for one in score.remarks
        ),
        range=reach,
        range_bar=bar,
        measured=percent(score.measured_share),
        waiting=waiting,
    )


def anchor_of(system: System, node: str = "") -> str:
    """Returns the place of a system, or of one of its nodes, in the report."""
    return f"score-{system.id}" + (f"-{node}" if node else "")


class _Cutter(Struct):
    """Cuts the rows of one score into parts."""

    score: Score
    metas: Metas
    sections: Collection[str]
    cards: Collection[str]
    groups: dict[str, Group] = field(default_factory=dict)
    sums: dict[str, Row] = field(default_factory=dict)  # rows of levels that carry the points of all below them
    drawn: dict[str, list[DrawRow]] = field(default_factory=dict)

    def parts(self) -> Iterator[Part]:
        """Yields the groups at the top, in the document's order."""
        self.groups = {group.id: group for group in self.score.system.groups}
        for member in scores.draws(self.score):
            self.drawn.setdefault(member.node, []).append(member)
        cut: dict[str, list[Row]] = {}
        for row in scores.rows(self.score):
            if row.kind is Kind.LEVEL:
                self.sums[row.node] = row
                continue
            top = row.node.partition(".")[0]
            cut.setdefault(top if top in self.groups else "", []).append(row)
        for top, rows in cut.items():
            yield self._part(top, rows)

    def _part(self, top: str, rows: Sequence[Row]) -> Part:
        nodes = [row.node for row in rows if row.kind is Kind.LEAF]
        told = self._told(nodes)
        folded = [node for node in nodes if node not in told]
        left_out = sum(self.score.leaves[node].status is Status.NOT_APPLICABLE for node in folded)
        counts = [f"{len(folded) - left_out}项由人工评定"] if len(folded) > left_out else []
        counts += [f"{left_out}项不适用"] if left_out else []
        group = self.groups.get(top)
        bonus = group is not None and self.score.system.stage(top) == "bonus"
        return Part(
            anchor=anchor_of(self.score.system, top) if group else "",
            title=_flat(group.title) if group else "",
            stage=scores.STAGES["bonus"] if bonus else "",
            head=self._head(1, [top]) if group else Head(1, ""),
            pointed=any(self.score.leaves[node].scale in (Scale.POINTS, Scale.SCOPE) for node in nodes),
            lines=tuple(self._lines(top, rows, told, before=())),
            folded=tuple(self._lines(top, rows, folded, before=told)),
            folded_words=("另有" if told else "共") + "、".join(counts) if counts else "",
        )

    def _told(self, nodes: Iterable[str]) -> set[str]:
        """Returns the leaves that are shown: measured, marked, or part of a sum whose other parts are."""
        every = [self.score.leaves[node] for node in nodes]
        told = {one.leaf.id for one in every if _told(one)}
        summed = {one.leaf.id: scope_of(self.score.system, one.leaf) for one in every if one.scale is Scale.SCOPE}
        shown = {scope.id for node, scope in summed.items() if scope is not None and node in told}
        return told | {
            node
            for node, scope in summed.items()
            if scope is not None and scope.id in shown and self.score.leaves[node].status is not Status.NOT_APPLICABLE
        }

    def _lines(
        self, top: str, rows: Iterable[Row], wanted: Collection[str], *, before: Collection[str]
    ) -> Iterator[Line]:
        """Yields the wanted leaves below their levels. Words after leaves are not said again below those `before`."""
        at: tuple[str, ...] = ()
        for row in rows:
            if row.kind is Kind.LEAF:
                if row.node not in wanted:
                    continue
            elif not _any_below(wanted, row.node):
                continue
            elif row.kind is Kind.TAIL:
                if not _any_below(before, row.node):
                    yield Words(row.text)
                continue
            level = parent_of(row.node) if row.kind is Kind.LEAF else row.node
            path = tuple(name for name in (*prefixes(level), level) if name in self.groups and name != top)
            yield from self._heads(at, path)
            at = path
            yield self._entry(row) if row.kind is Kind.LEAF else Words(row.text, before=True)

    def _heads(self, at: tuple[str, ...], path: tuple[str, ...]) -> Iterator[Head]:
        """Yields the levels of a path that the path before did not have; those without figures in one."""
        common = 0
        while common < min(len(at), len(path)) and at[common] == path[common]:
            common += 1
        waiting: list[str] = []
        for name in path[common:]:
            waiting.append(name)
            if name == path[-1] or self._level(name) is not None:
                head = self._head(path.index(waiting[0]) + 1, waiting)
                waiting = []
                if head.title:
                    yield head

    def _level(self, name: str) -> LevelScore | None:
        """Returns what a level comes to; None where no points stand at it or below, or one leaf says the same."""
        level = self.score.levels.get(name)
        below = [one for node, one in self.score.leaves.items() if node.startswith(f"{name}.")]
        if level is None or not (level.points or self.groups[name].points is not None):
            return None
        return None if "." in name and len(below) == 1 and below[0].scale is Scale.POINTS else level

    def _head(self, depth: int, names: Sequence[str]) -> Head:
        titles = [_flat(self.groups[name].title) for name in names]
        title = " › ".join(one for one in titles if not _NO_TITLE.fullmatch(one))
        last = names[-1]
        level, row = self._level(last), self.sums.get(last)
        note = self.groups[last].note if row is not None else ""  # of the others: how the source was printed
        if level is None:
            return Head(depth, title, note=note)
        if not level.points:
            return Head(depth, title, result="不适用", words=level.words if level.mark else "", note=note)
        untold = level.low == 0 and level.high == level.points and self.score.system.scheme.points != "top"
        return Head(
            depth,
            title,
            points=f"{level.points:g}",
            score=span(level.low, level.high),
            bar=Markup(charts.reach(level.low, level.high, level.points, label="得分")),
            result=row.result if row is not None else "",
            tone=row.tone if row is not None else "none",
            words="" if untold else level.words,
            note=note,
        )

    def _entry(self, row: Row) -> Entry:
        system, one = self.score.system, self.score.leaves[row.node]
        out = one.status is Status.NOT_APPLICABLE
        bar = Markup()
        free = row.deducts and not row.high  # nothing is deducted: an empty bar would look like no points
        if row.stake and row.low is not None and row.high is not None and not out and not free:
            bar = Markup(
                charts.reach(row.low, row.high, row.stake, label="扣分" if row.deducts else "得分", lost=row.deducts)
            )
        members = self.drawn.get(row.node, [])
        results = [member.result for member in members]
        units = row.cells.get("units", "").replace("\n", " ")
        if units and not _LABELLED.match(units):
            label = next((column.header for column in system.layout.columns if column.key == "units"), "责任单位")
            units = f"{label}：{units}"
        return Entry(
            row=row,
            anchor=anchor_of(system, row.node),
            points=row.points,
            score="不扣分" if free and not out else row.score,
            limit=f"限扣{row.stake:g}" if row.deducts and row.stake else "",
            bar=bar,
            charges=tuple(self._charges(one)),
            drawn=Drawn(tuple(members), results.count("不符合"), results.count("未能判定")) if members else None,
            checks=tuple(self._checks(one.leaf)),
            units=units,
            marked=scores.mark_date(row.mark),
        )

    def _charges(self, one: LeafScore) -> Iterator[Charges]:
        """Yields the findings of a leaf, together where they bear on it the same way."""
        alike: dict[tuple[str, str], list[Charge]] = {}
        charges = one.reading.charges if one.reading else ()
        # All or nothing: the first finding carries what all of them cost together.
        whole = next((c for c in charges if c.amount), None) if isinstance(one.leaf.rule, Presence) else None
        for charge in charges:
            certain = charge.defect.standing is Standing.CERTAIN and not charge.unsure
            shared = whole is not None and certain and not charge.elsewhere
            words = scores.charge_words(self.score, one, whole if whole is not None and shared else charge)
            alike.setdefault((words, charge.elsewhere), []).append(charge)
        for (words, elsewhere), found in alike.items():
            links = tuple(self._link(charge) for charge in {c.defect.key: c for c in found}.values())
            if len(links) > 1 and words.endswith("分") and "扣" in words:
                together = isinstance(one.leaf.rule, Presence)  # all or nothing, however many
                words = words.replace("扣", "共扣" if together else "每个扣", 1)
            limit = scores.NUMBERS_SHOWN
            cut = links[:limit], links[limit:]
            yield Charges(words, *cut, anchor=anchor_of(self.score.system, elsewhere) if elsewhere else "")

    def _link(self, charge: Charge) -> Link:
        defect = charge.defect
        title = defect.title or defect.subject
        return Link(defect.number, title, defect.message, defect.number in self.cards)

    def _checks(self, leaf: Leaf) -> Iterator[tuple[str, str]]:
        names = [getattr(leaf.rule, "check", ""), *leaf.evidence]
        for name in dict.fromkeys(filter(None, names)):
            title = self.metas[name].title if name in self.metas else name
            yield title, name if name in self.sections else ""


def _told(one: LeafScore) -> bool:
    """Returns whether a leaf has something to tell: a rule was read for it, or a person marked it."""
    if one.status is Status.NOT_APPLICABLE:
        return one.mark is not None
    return one.reading is not None or one.mark is not None


def _any_below(nodes: Collection[str], group: str) -> bool:
    return any(node.startswith(f"{group}.") for node in nodes)


def _flat(text: str) -> str:
    """Returns a title on one line: the breaks of the source are those of its narrow cell."""
    return scores.shown(text).replace("\n", "")


def _full(score: Score) -> float:
    """Returns the most a score can be drawn to: the total and the bonus beside it."""
    scheme = score.system.scheme
    total = scheme.total or (score.total.points if score.total else 0.0)
    return total + (scheme.bonus_total or (score.bonus.points if score.bonus else 0.0))


def legend() -> Mapping[str, Markup]:
    """Returns what the parts of bars mean, each as a bar of its own."""
    return {
        "earned": Markup(charts.reach(1, 1, 1, label="已得")),
        "lost": Markup(charts.reach(1, 1, 1, label="已扣", lost=True)),
        "open": Markup(charts.reach(0, 1, 1, label="待定")),
    }


def _chart(score: Score) -> Markup:
    """Returns what a system comes to as a wide bar: points with the pass line, or how requirements came out."""
    if score.total is None:
        counts = {name: score.words(word) for name, word in _WORDS}
        return Markup(charts.verdicts(counts, good="达标", bad="不达标", open_="待定"))
    scheme, full = score.system.scheme, _full(score)
    total = scheme.total or full
    marks = {0.0: "0", total: f"满分 {total:g}"}
    if full > total:
        marks[full] = f"含加分 {full:g}"
    line = (scheme.pass_at, f"合格线 {scheme.pass_at:g}") if scheme.pass_at is not None else None
    return Markup(charts.total(round(score.low, 2), round(score.high, 2), full, marks=marks, line=line))


_WORDS = (("达标", Word.MET), ("不达标", Word.NOT_MET), ("待定", None), ("不适用", Word.NOT_APPLICABLE))

"""Folds a case over a system: every leaf, every level and the total, each with the range it can still move in.

    leaf    least and most lost of its stake, a word where there are no points, and the calculation
    level   what its leaves earn; a deduction never exceeds the points of the level that carries them
    total   re-normalised over what applies, bonus above its threshold, vetoes as proposals

Leaves are read in declared order, and a finding is charged to the first leaf it costs something: at the others it is
shown with the name of that leaf. People's marks win over everything a rule says. Pure: the same case gives the same
score, whenever and wherever it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct, field

from checks.base import Meta
from checks.registry import check as registered
from indicators.case import Case, Mark, Standing, Word
from indicators.reader import Reader
from indicators.reading import Reading
from indicators.score import WORDS, LeafScore, LevelScore, RemarkScore, Scale, Score, Status, span
from indicators.soundness import scope_of
from indicators.system import Group, Leaf, Manual, Remark, System, Tier, prefixes


class _Fold(Struct):
    system: System
    case: Case
    meta_of: Callable[[str], Meta]
    reader: Reader
    exempt: frozenset[str]
    leaves: dict[str, LeafScore] = field(default_factory=dict)
    levels: dict[str, LevelScore] = field(default_factory=dict)


def score(system: System, case: Case, meta_of: Callable[[str], Meta] = lambda name: registered(name).META) -> Score:
    """Returns the score of a case under a system.

    Marks of nodes the system does not have are ignored here; `mingcha import marks` refuses them at the door.
    """
    exempt = {node for one in system.exemptions if one.id in case.exemptions for node in one.nodes}
    exempt |= {name for name, mark in case.marks.items() if mark.word is Word.NOT_APPLICABLE}
    fold = _Fold(system, case, meta_of, Reader(case, meta_of), frozenset(exempt))
    weights = _weights(fold)
    for leaf in system.leaves:
        fold.leaves[leaf.id] = _leaf(fold, leaf, weights.get(leaf.id, 0.0))
    scored = [node for node in system.children("") if system.stage(node.id) == "score"]
    extra = [node for node in system.children("") if system.stage(node.id) == "bonus"]
    total, factor = None, 1.0
    if system.scheme.points != "none":
        raw = _together([_level(fold, node) for node in scored])
        total, factor = _stretched(raw, system.scheme.total)
    bonus = _together([_level(fold, node) for node in extra]) if extra else None
    return Score(
        system,
        case,
        fold.leaves,
        fold.levels,
        total,
        bonus,
        tuple(_remark(case, remark) for remark in system.remarks),
        factor,
        tuple(_notes(system, case, factor, raw.points if total else 0.0)),
    )


def _applies(fold: _Fold, node: str) -> bool:
    return not fold.exempt.intersection((node, *prefixes(node)))


def _weights(fold: _Fold) -> dict[str, float]:
    """Returns the part of the total each leaf stands for: its points, or a share of its scope's by what it can cost."""
    system = fold.system
    weights: dict[str, float] = {}
    stakes: dict[str, dict[str, float]] = {}
    for leaf in system.leaves:
        if not _applies(fold, leaf.id) or system.stage(leaf.id) == "veto":
            continue
        if leaf.points is not None:
            weights[leaf.id] = leaf.points
        elif (scope := scope_of(system, leaf)) is not None:
            stakes.setdefault(scope.id, {})[leaf.id] = leaf.most or scope.points or 0.0
        elif system.scheme.points == "none":
            weights[leaf.id] = 1.0
    for name, each in stakes.items():
        points = system.group(name).points or 0.0
        weights |= {leaf: points * stake / sum(each.values()) for leaf, stake in each.items()}
    return weights


def _leaf(fold: _Fold, leaf: Leaf, weight: float) -> LeafScore:
    scale, stake = _scale(fold.system, leaf)
    reading = None
    if leaf.rule is not None and not isinstance(leaf.rule, Manual):
        reading = fold.reader.read(leaf.rule, stake, scored=scale in (Scale.POINTS, Scale.SCOPE))
    mark = fold.case.marks.get(leaf.id)
    if not _applies(fold, leaf.id):
        words = f"不适用{_by(mark)}" if mark else "不适用"
        return LeafScore(
            leaf, scale, Status.NOT_APPLICABLE, stake, (0.0, 0.0), Word.NOT_APPLICABLE, 0.0, words, reading, mark
        )
    if mark is not None:
        made = _marked(leaf, scale, stake, reading, mark, weight)
    elif reading is not None and (leaf.decide == "auto" or (leaf.clears and not reading.most)):
        made = _automatic(leaf, scale, stake, reading, weight)
    else:
        made = _waiting(leaf, scale, stake, reading, weight)
    if reading is not None and scale in (Scale.POINTS, Scale.SCOPE):
        machine = (Status.DECIDED, Status.RANGE, Status.NOT_MEASURED)
        counts = made.status in machine or (mark is not None and made.lost[0] > 0)
        for charge in reading.charges if counts else ():
            if not charge.elsewhere and charge.defect.standing in (Standing.CERTAIN, Standing.SUSPECT):
                fold.reader.charged.setdefault(charge.defect.key, leaf.id)
    return made


def _scale(system: System, leaf: Leaf) -> tuple[Scale, float]:
    """Returns what a leaf is expressed in, and its stake: 1 where there are no points."""
    if system.stage(leaf.id) == "veto":
        return Scale.VETO, 1.0
    if leaf.points is not None:
        return Scale.POINTS, leaf.points
    scope = scope_of(system, leaf)
    if scope is not None and scope.points is not None:
        return Scale.SCOPE, leaf.most or scope.points
    return Scale.WORD, 1.0


def _automatic(leaf: Leaf, scale: Scale, stake: float, reading: Reading, weight: float) -> LeafScore:
    lost = (reading.least, reading.most)
    if scale is Scale.VETO and reading.met:
        status = Status.PERSON  # a proposal, until a named person confirms it
        lost = (0.0, 1.0)
    elif lost[0] == lost[1]:
        status = Status.DECIDED
    else:
        status = Status.NOT_MEASURED if not reading.measured and not lost[0] else Status.RANGE
    word = _word(scale, lost) if status is not Status.PERSON else None
    return LeafScore(leaf, scale, status, stake, lost, word, reading.measured, reading.words, reading, None, weight)


def _waiting(leaf: Leaf, scale: Scale, stake: float, reading: Reading | None, weight: float) -> LeafScore:
    lost, words, measured = (0.0, stake), "由人工评定", 0.0
    if reading is not None:
        words = reading.words if scale is Scale.VETO else f"建议：{reading.words}；须人工认定"
        if isinstance(leaf.rule, Tier):
            # The document itself says what a count is worth; a person picks within it.
            lost, measured = (reading.least, reading.most), reading.measured
    return LeafScore(leaf, scale, Status.PERSON, stake, lost, None, measured, words, reading, None, weight)


def _marked(leaf: Leaf, scale: Scale, stake: float, reading: Reading | None, mark: Mark, weight: float) -> LeafScore:
    word, points = mark.word, mark.points
    if scale in (Scale.POINTS, Scale.SCOPE):
        given = min(stake, max(0.0, points or 0.0))
        lost = given if scale is Scale.SCOPE else stake - given
        words = f"{'扣' if scale is Scale.SCOPE else ''}{given:g}分{_by(mark)}"
        word = None
    else:
        lost = 1.0 if word in (Word.NOT_MET, Word.CONFIRMED) else 0.0
        words = f"{WORDS[word] if word else ''}{_by(mark)}"
    if reading is not None:
        words += f"；系统核查：{reading.words}"
    return LeafScore(leaf, scale, Status.MARKED, stake, (lost, lost), word, 0.0, words, reading, mark, weight)


def _by(mark: Mark | None) -> str:
    if mark is None:
        return ""
    return f"（{mark.who}评定{'：' + mark.why if mark.why else ''}）"


def _word(scale: Scale, lost: tuple[float, float]) -> Word | None:
    if scale is Scale.WORD:
        return Word.NOT_MET if lost[0] else Word.MET if not lost[1] else None
    return None


# levels


def _level(fold: _Fold, node: Group | Leaf) -> LevelScore:
    """Returns what a node earns; of groups it is kept in `fold.levels`."""
    if not _applies(fold, node.id):
        made = LevelScore(0.0, 0.0, 0.0, words="不适用", mark=fold.case.marks.get(node.id))
    elif isinstance(node, Leaf):
        return _of_leaf(fold, node)
    else:
        below = fold.system.children(node.id)
        if any(child.points is not None for child in below) or node.points is None:
            made = _together([_level(fold, child) for child in below])
        else:
            made = _carrier(fold, node)
    if isinstance(node, Group):
        fold.levels[node.id] = made
    return made


def _of_leaf(fold: _Fold, leaf: Leaf) -> LevelScore:
    one = fold.leaves[leaf.id]
    if one.scale is not Scale.POINTS or one.status is Status.NOT_APPLICABLE:
        return LevelScore(0.0, 0.0, 0.0)
    return LevelScore(one.stake, *one.earned, *_settled([one]))


def _carrier(fold: _Fold, group: Group) -> LevelScore:
    """Returns what a level earns that carries the points of all below it."""
    points = group.points or 0.0
    mark = fold.case.marks.get(group.id)
    if mark is not None and mark.points is not None:
        given = min(points, max(0.0, mark.points))
        return LevelScore(points, given, given, by_people=points, mark=mark, words=f"{given:g}分{_by(mark)}")
    if fold.system.scheme.points == "top":
        return LevelScore(points, 0.0, points, waiting=points, words="文件未给出下级分值，由人工评分")
    below = [one for name, one in fold.leaves.items() if name.startswith(f"{group.id}.") and one.scale is Scale.SCOPE]
    counted = [one for one in below if one.status is not Status.NOT_APPLICABLE]
    if not counted:
        return LevelScore(0.0, 0.0, 0.0, words="不适用")
    least, most = (round(sum(one.lost[end] for one in counted), 6) for end in (0, 1))
    words = f"{points:g}－{span(min(points, least), min(points, most))}＝"
    words += f"{span(round(points - min(points, most), 6), round(points - min(points, least), 6))}分"
    if most > points:
        words += f"（各项共扣{span(least, most)}分，以{points:g}分为限）"
    low, high = round(points - min(points, most), 6), round(points - min(points, least), 6)
    settled = _settled(counted)
    if low == high:  # whatever is open below cannot move it any more
        people = points * settled[1] / (settled[0] + settled[1]) if settled[0] + settled[1] else 0.0
        settled = (points - people, people, 0.0)
    return LevelScore(points, low, high, *settled, words=words)


def _settled(leaves: Iterable[LeafScore]) -> tuple[float, float, float]:
    """Returns the points of leaves settled by the machine, by people, and open."""
    automatic = people = waiting = 0.0
    for one in leaves:
        if one.status is Status.MARKED:
            people += one.weight
        elif one.status is Status.DECIDED:
            automatic += one.weight
        elif one.status is Status.RANGE:
            automatic += one.weight * one.measured
            waiting += one.weight * (1 - one.measured)
        else:
            waiting += one.weight
    return automatic, people, waiting


def _together(parts: Iterable[LevelScore]) -> LevelScore:
    found = list(parts)
    return LevelScore(
        *(
            round(sum(getattr(part, name) for part in found), 6)
            for name in ("points", "low", "high", "automatic", "by_people", "waiting")
        )
    )


def _stretched(raw: LevelScore, total: float | None) -> tuple[LevelScore, float]:
    """Returns the level as if what applies were the whole: 75 points x 100/75."""
    if total is None or not raw.points or abs(raw.points - total) < 1e-6:
        return raw, 1.0
    factor = total / raw.points
    names = ("low", "high", "automatic", "by_people", "waiting")
    return LevelScore(total, *(round(getattr(raw, name) * factor, 6) for name in names)), factor


def _remark(case: Case, remark: Remark) -> RemarkScore:
    mark = case.marks.get(remark.id)
    return RemarkScore(remark, mark.points if mark else None, mark)


def _notes(system: System, case: Case, factor: float, applicable: float) -> Iterable[str]:
    if case.unusable:
        yield f"本次核查不计分：{case.unusable}"
    begin, end = system.effective_from, system.effective_until
    if (begin and case.as_of < begin) or (end and case.as_of > end):
        yield f"核查日{case.as_of}不在本体系适用期内（{begin or ''}至{end or ''}）"
    if factor != 1.0:
        yield f"不适用的部分不计，按{applicable:g}分折算为{system.scheme.total:g}分（×{factor:.4g}）"
    if system.transcription == "restated":
        yield "本体系条款文字为转述，用于正式评估前须与公报原文核对"
    titles = {one.id: one.title for one in system.exemptions if one.id in case.exemptions}
    yield from (f"按“{title}”不核查相应部分" for title in titles.values())

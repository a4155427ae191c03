"""主要问题 and 整改情况 over all portals of a jurisdiction: what a 通报 names as typical, and how repair went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from reports import words
from reports.conclusion import percent
from reports.document.model import Align, Block, Column, Paragraph, first, second, shortened, table
from reports.inspection.problems import standing
from reports.words import Metas
from storage.rectification import Rectification, summed
from storage.views import AuditView, FindingView

EXAMPLES = 3  # named of every check, each of another portal: the lists are in the portals' own reports
LONGEST = 160  # characters of an example

_Named = list[tuple[AuditView, FindingView]]


def typical(place: int, views: Sequence[AuditView], metas: Metas) -> list[Block]:
    """Returns 主要问题: of every check how many problems of which kinds on how many portals, and examples; those of the
    gravest and widest first."""
    checks: dict[str, _Named] = {}
    for view in views:
        for finding in standing(view):
            checks.setdefault(finding.check, []).append((view, finding))
    blocks: list[Block] = [first(place, "主要问题")]
    if not checks:
        return [*blocks, Paragraph("在已检查的范围内未发现需要整改的问题。")]
    for number, (check, found) in enumerate(sorted(checks.items(), key=_gravest_first), 1):
        title = words.title_of(metas, check)
        portals = {view.portal.id for view, _ in found}
        kinds = Counter(words.kind_title(metas, finding).removeprefix(f"{title}-") for _, finding in found)
        counted = "、".join(f"{kind}{count}个" for kind, count in kinds.most_common())
        examples = "".join(_example(view, finding) for view, finding in _of_several(found))
        blocks.append(second(number, f"{title}（{len(portals)}个网站，{len(found)}个）"))
        blocks.append(Paragraph(f"{counted}。例如，{examples}"))
    return blocks


def _gravest_first(check: tuple[str, _Named]) -> tuple[int, int, int, str]:
    name, found = check
    gravest = min(_gravity(finding) for _, finding in found)
    return gravest, -len({view.portal.id for view, _ in found}), -len(found), name


def _gravity(finding: FindingView) -> int:
    return list(words.SEVERITIES).index(finding.severity)


def _of_several(found: _Named) -> _Named:
    """Returns a few problems to name: one of each portal, its gravest, and of those one with proof."""
    of: dict[str, tuple[AuditView, FindingView]] = {}
    for view, finding in sorted(found, key=lambda one: (_gravity(one[1]), not one[1].evidence)):
        of.setdefault(view.portal.id, (view, finding))
    return list(of.values())[:EXAMPLES]


def _example(view: AuditView, finding: FindingView) -> str:
    said = shortened(finding.message, LONGEST).rstrip("。")
    return f"{view.portal.name}：{said}（{finding.number}）。"


def repaired(place: int, views: Sequence[AuditView], course: Mapping[str, Rectification]) -> list[Block]:
    """Returns 整改情况 of the period: portal by portal what had to be put right and what was; `course` by portal id."""
    rows = [(view.portal.name, course[view.portal.id]) for view in views if course[view.portal.id].due]
    blocks: list[Block] = [first(place, "整改情况")]
    if not rows:
        return [*blocks, Paragraph("本期没有应整改的问题。")]
    whole = summed(one for _, one in rows)
    blocks.append(Paragraph(f"{progress(whole)}截至检查时的台账，已整改以复查合格或人工销号为准。"))
    columns = (
        Column("网站", 4),
        *(
            Column(title, 1.6, Align.RIGHT)
            for title in ("期初", "新增", "反弹", "应整改", "已整改", "整改率", "未整改", "超期")
        ),
    )
    blocks.append(table(columns, [(name, *_cells(one)) for name, one in [*rows, ("合计", whole)]]))
    if idle := [name for name, one in rows if not one.repaired and one.begun]:
        blocks.append(Paragraph(f"期初问题均未整改到位的网站：{'、'.join(idle)}。"))
    if often := [f"{name}（{one.often}个）" for name, one in rows if one.often]:
        blocks.append(Paragraph(f"问题反复出现（两次以上反弹）的网站：{'、'.join(often)}。"))
    return blocks


def progress(whole: Rectification) -> str:
    """Returns how repair went in one sentence."""
    if whole.rate is None:
        return "本期没有应整改的问题。"
    return (
        f"本期应整改的问题{whole.due}个（期初{whole.begun}个，新增{whole.new}个），已整改{whole.repaired}个，"
        f"整改率{percent(whole.rate)}；反弹{whole.back}个，尚未整改{whole.standing}个，其中超过整改时限{whole.overdue}个。"
    )


def _cells(one: Rectification) -> tuple[object, ...]:
    rate = percent(one.rate or 0)
    return one.begun, one.new, one.back, one.due, one.repaired, rate, one.standing, one.overdue

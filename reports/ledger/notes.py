"""说明 of a ledger: what it is of, how it is read and filled in, what could not be said and by which versions."""

from __future__ import annotations

from collections.abc import Sequence

from reports import words as shared
from reports.ledger.dossier import Dossier
from reports.words import Metas
from storage.ledger.excuses import reasons

_READ = (
    "“问题台账”每行是一个已去重的问题：同一失效链接出现在多个页面，只记一行，“涉及页面数”列出处数。",
    "“问题编号”在历次核查中保持不变；请勿改动，回传台账时据此对应。",
    "“机器判定”：疑似＝待复核，不作为问题通报；未整改＝已确认且仍存在；已整改＝再次核查确认正常；"
    "反弹＝整改后又出现；已排除＝复核后不成立。未再次核查到正常结果的问题不会自动销号。",
    "“严重程度”：单项否决、扣分、提示，依据相应条款；单项否决由机器提出，须经人工确认。",
    "“截图”链接指向与本表放在一起的截图目录，请一并拷贝。证据编号为证据文件内容的SHA-256前12位。",
    "重新核查单个问题（由主管单位在装有明察的电脑上运行）：mingcha recheck 问题编号；用 run.py 安装的，"
    "本表中的 mingcha 写作 python3 run.py。",
)
_FILL = (
    "棕色标题的列由责任单位填写：整改情况、整改后链接、整改完成时间；认为不属于问题的，在“异议理由”中写明理由"
    "（属于下列情形的请以其开头：{reasons}）。",
    "日期写成 2026-11-28、2026/11/28 或 2026年11月28日；链接写完整网址，一格只写一个。",
    "其余单元格已锁定，没有密码。可以筛选、排序、移动列、删去无关的行；请勿合并单元格，不要填公式，不要自行增加问题。",
    "填好后把文件（.xlsx）交回主管单位，由其用 mingcha import ledger 文件名 收回；收回后程序自动复查，合格的自动销号。",
)
_OFFICE = "灰色标题的列由主管单位填写，收回时须加 --office --by 姓名。"


def note_lines(dossiers: Sequence[Dossier], metas: Metas) -> list[tuple[str, list[str]]]:
    """Returns the headings and lines of the sheet."""
    unit = dossiers[0].unit
    words = "、".join(code.word.partition("(")[0] for code in reasons().values() if code.objection)
    fill = [line.format(reasons=words) for line in _FILL] + ([] if unit else [_OFFICE])
    return [
        ("核查对象", [line for one in dossiers for line in _about(one, brief=len(dossiers) > 1)]),
        *([("责任单位", [f"{unit}（本表只列由该单位负责的问题）"])] if unit else []),
        ("怎样阅读", [*_READ]),
        ("怎样填写", fill),
        ("未能判定", [line for one in dossiers for line in _gaps(one, metas, named=len(dossiers) > 1)]),
        *([("覆盖情况", _cover(dossiers[0], metas))] if len(dossiers) == 1 else []),
        ("版本", _versions(dossiers, metas)),
    ]


def title_of(dossiers: Sequence[Dossier]) -> str:
    """Returns the title of a ledger."""
    name = dossiers[0].portal.name if len(dossiers) == 1 else f"{len(dossiers)}个政府网站"
    unit = dossiers[0].unit
    return f"{name} 政府网站核查问题台账" + (f"（{unit}）" if unit else "")


def _about(dossier: Dossier, *, brief: bool) -> list[str]:
    view, audit, summary = dossier.view, dossier.view.audit, dossier.view.audit.summary
    lines = [
        f"{view.portal.name}　{view.portal.home}",
        f"核查批次 {audit.id}，核查日 {audit.as_of}，{shared.china(audit.started)} 至 {shared.china(audit.ended)}",
    ]
    if brief:
        lines = [f"{lines[0]}　{lines[1]}"]
    else:
        lines.append(
            f"读取页面 {summary.get('pages', 0)} 个，发出请求 {summary.get('requests', 0)} 次，"
            f"浏览器渲染 {summary.get('rendered', 0)} 个页面"
        )
    if why := shared.degraded(view):
        lines.append(f"本次核查不完整（{why}）：所列问题有效，但未列出不代表没有问题，也不据此销号。")
    lines += [f"本次核查自身：{hint['text']}" for hint in summary.get("health", ())]
    if not brief:
        lines += [f"HTTPS：{said}" for said in summary.get("https", ())]
    return lines


def _gaps(dossier: Dossier, metas: Metas, *, named: bool) -> list[str]:
    before = f"{dossier.portal.name}　" if named else ""
    return [
        f"{before}{title}：{why}" + (f"（{count}项）" if count else "（整项）")
        for title, why, count in shared.not_measured(dossier.view, metas)
    ]


def _cover(dossier: Dossier, metas: Metas) -> list[str]:
    return [
        f"{shared.title_of(metas, one.check)}：应核查 {one.coverage.intended} 项，实际核查 {one.coverage.measured} 项；"
        f"{shared.OUTCOMES[dossier.view.comes_to(one)]}"
        for one in dossier.results(metas)
    ]


def _versions(dossiers: Sequence[Dossier], metas: Metas) -> list[str]:
    lines = [f"{name} {version}" for one in dossiers for name, version in shared.versions(one.view).items()]
    lines += [
        f"规则 {one.check}（{shared.title_of(metas, one.check)}）第{one.version}版"
        for dossier in dossiers
        for one in dossier.results(metas)
    ]
    return list(dict.fromkeys(lines))

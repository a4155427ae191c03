"""What `mingcha recheck --due` and `--list` print: a line for each look, and a summary a person can act on. Chinese."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from mingcha.errors import DONE
from mingcha.printable import printable
from mingcha.rechecks.due import DueOptions, DueReport, list_due, recheck_due
from mingcha.rechecks.plan import Due
from mingcha.setting import utc_now
from reports.words import china
from storage.rechecks import Reason, Recheck

REASONS = {
    Reason.CLAIM: "单位反馈已整改",
    Reason.SUSPECT: "疑似，待复核",
    Reason.REGRESSED: "反弹，再核一次",
    Reason.ASKED: "人工发起",
}
# In the order of the summary: what closes, what comes back, what is new, what stays.
CONCLUSIONS = ("销号", "退回", "转为确认", "排除", "仍疑似", "仍存在", "正常", "未能复查")


def run_due(options: DueOptions) -> int:
    """Makes every look that is due, printing what each came to. Returns the exit code. Raises MingchaError."""
    report = recheck_due(options, told=_told, begun=_begun)
    for line in summary(report):
        print(printable(line))
    return report.exit_code


def run_list(options: DueOptions) -> int:
    """Prints what is due when, touching no network. Returns 0. Raises MingchaError."""
    now = utc_now()
    for line in listing(list_due(options, now), now):
        print(printable(line))
    return DONE


def summary(report: DueReport) -> list[str]:
    """Returns the lines that say what a run came to."""
    lines = [f"复查 {len(report.made)} 项" + _counted(report)]
    for portal, (count, why) in report.left.items():
        lines.append(f"未复查 {count} 项：{portal}，{why}")
    return lines


def listing(looks: Sequence[Due], now: dt.datetime) -> list[str]:
    """Returns a line for each look, the earliest first, and one that counts them."""
    ready = sum(one.at <= now for one in looks)
    lines = [
        f"{china(one.at)}{'（已到时）' if one.at <= now else ''}  {one.standing.number}  {REASONS[one.reason]}"
        for one in looks
    ]
    return [*lines, f"待复查 {len(looks)} 项，其中已到时 {ready} 项"]


def _counted(report: DueReport) -> str:
    words = [f"{name} {report.counts[name]}" for name in CONCLUSIONS if report.counts[name]]
    return f"：{'，'.join(words)}" if words else ""


def _begun(portal: str, count: int) -> None:
    print(f"{portal}：复查 {count} 项 ……", flush=True)


def _told(one: Recheck) -> None:
    note = f"（{one.note}）" if one.note else ""
    print(printable(f"    {one.number}  {one.conclusion}  {REASONS[one.reason]}{note}"), flush=True)

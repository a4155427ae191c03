"""What a person sees in the terminal: progress while an audit runs, and a summary that can be acted on. In Chinese."""

from __future__ import annotations

import contextlib
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from checks.base import REASONS, CheckResult, Outcome
from checks.registry import check
from mingcha.called import called, program
from mingcha.https import secured
from mingcha.printable import printable
from portal.artifacts import Absence
from portal.model import Portal

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from crawler.phases import Phase
    from mingcha.audit import AuditOutcome
    from mingcha.telling import Stand

OUTCOMES: Mapping[Outcome, str] = {
    Outcome.PASS: "[green]未发现问题[/]",
    Outcome.FAIL: "[red]发现问题[/]",
    Outcome.SUSPECT: "[yellow]疑似问题，待复核[/]",
    Outcome.NOT_MEASURED: "[cyan]未能判定[/]",
    Outcome.NOT_APPLICABLE: "不适用",
    Outcome.ERROR: "[magenta]核查程序出错[/]",
}

STAGES: Mapping[str, str] = {
    "vantage": "检查本机网络",
    "mend": "检查已采集的内容",
    "survey": "打开首页",
    "crawl": "采集页面",
    "links": "核验链接",
    "render": "渲染页面",
    "probe": "DNS与IPv6探测",
    "search": "测试站内搜索",
    "confirm": "复核疑似问题",
    "proof": "截图取证",
    "judge": "判定",
    "tell": "入库与出报告",
}


class Terminal:
    """Shows one audit. A terminal gets a live line; anything else a line per stage."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._err = Console(stderr=True, highlight=False, emoji=False)
        self._out = Console(file=sys.stdout, highlight=False, emoji=False, width=None if sys.stdout.isatty() else 120)
        self._live: Progress | None = None
        self._task: TaskID | None = None
        self._stage = ""
        self._out_folder: Path | None = None

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with contextlib.suppress(OSError):  # the terminal may be gone
            if self._live:
                self._live.stop()
            if kind is KeyboardInterrupt and self._out_folder is not None:
                self._err.print("已停止，已采集的内容全部保留，未写入半成品结果。")
                self._err.print(f"{GO_ON}{go_on(self._out_folder)}", markup=False, soft_wrap=True)

    def on_event(self, event: Mapping[str, Any]) -> None:
        """Shows one event of the audit process. A terminal that is gone is no reason to stop."""
        with contextlib.suppress(OSError):
            self._on_event(event)

    def _on_event(self, event: Mapping[str, Any]) -> None:
        match event.get("event"):
            case "started":
                self._out_folder = Path(str(event.get("folder"))).parent
            case "waiting":
                self._err.print("上一次核查的进程尚未结束，等待其结束")
            case "window":
                self._err.print(f"允许访问的时段（{event.get('window')}）已结束，正在停止，已采集的内容会保留")
            case "interrupted":
                again = "再按一次立即结束" if event.get("times") == 1 else "立即结束"
                self._err.print(f"正在停止，已采集的内容会保留（{again}）")
            case "stage":
                self._show(str(event.get("name", "")), {})
            case "progress":
                self._show(str(event.get("stage") or self._stage), event)

    def _show(self, stage: str, facts: Mapping[str, Any]) -> None:
        words = [escape(f"{self._portal.name}：{STAGES.get(stage, stage)}")]
        if facts.get("pages"):
            words.append(f"页面 {facts['pages']}（待访 {facts.get('queued', 0)}）")
        if facts.get("links"):
            words.append(f"链接 {facts['links']}")
        if facts.get("rate"):
            words.append(f"{facts['rate']:.1f} 次/秒")
        if facts.get("waiting_for"):
            words.append(f"等待 {escape(str(facts['waiting_for']))}")
        if self._err.is_terminal:
            self._draw(" · ".join(words))
        elif stage != self._stage:
            self._err.print(words[0])
        self._stage = stage

    def _draw(self, words: str) -> None:
        """Draws the live line. It begins with the first stage: it needs a thread, and an audit has none before that."""
        if self._live is None or self._task is None:
            from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

            columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
            self._live = Progress(*columns, console=self._err, transient=True)
            self._live.start()
            self._task = self._live.add_task(words)
        self._live.update(self._task, description=words)

    def summary(self, outcome: AuditOutcome) -> None:
        """Prints what was found, what could not be measured, and where everything lies."""
        # Late: while an audit gathers, nobody needs the database.
        from reports.conclusion import verdict
        from reports.words import incomplete

        out, summary = self._out, outcome.judgement.artifacts.summary
        stopped = summary.stopped_by in ("interrupted", "platform_rests")
        took = (summary.ended - summary.started).total_seconds()
        out.print(f"\n[bold]{escape(self._portal.name)}[/] {escape(self._portal.home)}")
        out.print(
            f"截至 {outcome.judgement.artifacts.as_of}，读取页面 {summary.pages} 个，"
            f"发出请求 {summary.requests} 次，用时 {took:.0f} 秒"
        )
        if outcome.blocked_by:
            out.print(f"[red]本次无法核查：{REASONS[outcome.blocked_by]}[/]")
        elif outcome.judgement.degraded:
            out.print(f"[yellow]本次核查不完整，不作销号依据（{escape(incomplete(outcome.judgement.degraded))}）[/]")
        out.print(results_table(outcome.judgement.results, outcome.told.stands))
        for hint in outcome.judgement.health:
            out.print(f"提示：{called(hint.text)}", markup=False, soft_wrap=True)
        for host in secured(outcome.judgement.artifacts.hosts.values(), summary.ended):
            if host.warning:
                out.print(f"HTTPS：{printable(host.text)}", markup=False, soft_wrap=True)
        for score in outcome.told.scores:
            out.print(f"{score.system.title}（{score.system.id}）：{verdict(score)[0]}", soft_wrap=True)
        for path, meaning in outcome.told.files:
            out.print(f"{meaning}：[bold]{escape(str(path))}[/]", soft_wrap=True)
        if outcome.told.example:
            out.print(f"复核其中一条：{program()} recheck {outcome.told.example}", markup=False, soft_wrap=True)
        if stopped and self._out_folder is not None:
            out.print("[yellow]核查尚未完成，已采集的内容全部保留；以上结果仅供参考。[/]")
            out.print(f"{GO_ON}{go_on(self._out_folder)}", markup=False, soft_wrap=True)

    def profile(self, phases: Sequence[Phase], path: Path) -> None:
        """Prints what each phase took, and where the profile lies."""
        table = Table(box=None, padding=(0, 2, 0, 0))
        for header in ("阶段", "秒", "CPU秒", "浏览器等CPU秒", "请求", "页面", "链接", "KB"):
            table.add_column(header, justify="left" if header == "阶段" else "right")
        for one in phases:
            counts = (one.requests, one.pages, one.links, one.bytes // 1024)
            seconds = (one.seconds, one.cpu, one.cpu_others)
            cells = [*(f"{value:.2f}" for value in seconds), *(str(value or "") for value in counts)]
            table.add_row(STAGES.get(one.name, one.name), *cells)
        self._err.print(table)
        self._err.print(f"性能剖析：{path}（可用 https://www.speedscope.app 打开）", markup=False, soft_wrap=True)


GO_ON = "继续核查请运行："


def go_on(out: Path, words: Sequence[str] | None = None) -> str:
    """Returns the command line that goes on with the audit in `out`: the very one that began it, its folder named."""
    script, *rest = sys.argv if words is None else words
    if program() != "mingcha":
        begin = shlex.split(program())
    elif Path(script).name == "__main__.py":
        begin = [sys.executable, "-m", "mingcha"]
    else:
        begin = ["mingcha" if shutil.which("mingcha") == script else script]
    if not any(word == "--out" or word.startswith("--out=") for word in rest):
        rest += ["--out", str(out)]
    return shlex.join([*begin, *rest])


def results_table(results: tuple[CheckResult, ...], stands: Mapping[str, Stand]) -> Table:
    """Returns one row per check, in the order of the report: verdict, findings, suspects, what limits the verdict.

    The counts are those of the report and the ledger: what this audit saw once, and others had confirmed, is certain.
    """
    table = Table(box=None, padding=(0, 2, 0, 0))
    for header in ("检查项", "结论", "问题", "疑似", "说明"):
        table.add_column(header, justify="right" if header in {"问题", "疑似"} else "left")
    from reports.words import sheet_place  # late, as the summary that is made of it

    metas = {result.check: check(result.check).META for result in results}
    for result in sorted(results, key=lambda one: (*sheet_place(metas[one.check].sheet.name), one.check)):
        stand = stands[result.check]
        table.add_row(
            metas[result.check].title,
            OUTCOMES[Outcome(stand.outcome)],
            str(stand.wrong or ""),
            str(stand.doubted or ""),
            escape(printable(remark(result))),
        )
    return table


def remark(result: CheckResult) -> str:
    """Returns in Chinese what limits a verdict: its reason, or how many subjects could not be measured."""
    if result.outcome in {Outcome.NOT_MEASURED, Outcome.NOT_APPLICABLE, Outcome.ERROR}:
        return REASONS.get(result.reason, result.reason)
    carried = result.coverage.skipped.get(Absence.CARRIED, 0)
    skipped = sum(result.coverage.skipped.values()) - carried
    said = [f"{skipped} 项未能判定"] if skipped else []
    return "，".join([*said, f"{carried} 项本次未轮到"] if carried else said)

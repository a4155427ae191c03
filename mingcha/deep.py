"""`mingcha doctor --deep`: whether what is kept is sound, a line for each kind of thing looked at. Changes nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from sqlalchemy import Engine

from mingcha.errors import DEGRADED, DONE
from mingcha.setting import database_file, evidence_folder
from mingcha.wording import chinese
from reports.words import size
from storage.database import StorageError, connect, schema_version, shown
from storage.evidence import EvidenceStore
from storage.verify import (
    Verified,
    newest_version,
    verify_bundles,
    verify_evidence,
    verify_file,
    verify_findings,
    verify_marks,
)

SHOWN = 20  # problems of one kind that are named


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report: what was looked at, what is to be said about it, and what is wrong."""

    name: str
    says: str
    problems: tuple[str, ...] = ()


def verify(database: str, *, out: TextIO | None = None) -> int:
    """Prints the report. Returns 0 when all is sound, 3 when problems were found."""
    stream = out or sys.stdout
    path = database_file(database)
    if path is not None and not path.exists():
        print(f"结果数据库尚未建立（{path}），没有可核对的内容。", file=stream)
        return DONE
    problems = 0
    for line in _lines(database):
        problems += len(line.problems)
        wrong = f"，发现 {len(line.problems)} 处不符" if line.problems else ""
        print(f"{'✗' if line.problems else '✓'} {line.name}：{line.says}{wrong}", file=stream)
        for problem in line.problems[:SHOWN]:
            print(f"    · {chinese(problem)}", file=stream)
        if len(line.problems) > SHOWN:
            print(f"    · 另有 {len(line.problems) - SHOWN} 处", file=stream)
    if not problems:
        print("结果数据库和证据完好。", file=stream)
        return DONE
    print(
        f"发现 {problems} 处不符：请停止核查并备份 {evidence_folder(database).parent}，证据不符的运行 mingcha rejudge "
        "核查目录 从采集包补存，数据库损坏或状态不符的从备份恢复。",
        file=stream,
    )
    return DEGRADED


def _lines(database: str) -> Iterator[Line]:
    try:
        engine = connect(database)
    except StorageError as error:
        yield Line("结果数据库", shown(database), (str(error),))
        return
    try:
        yield from _verified(engine, EvidenceStore(evidence_folder(database)))
    except StorageError as error:  # so damaged that the rest cannot be read
        yield Line("其余内容", "无法核对", (str(error),))
    finally:
        engine.dispose()


def _verified(engine: Engine, store: EvidenceStore) -> Iterator[Line]:
    file = verify_file(engine)
    says = f"完整性与外键检查，{file.count} 个表" if file.count else "不是SQLite，由数据库自身保证"
    says = "无法读取" if file.problems and not file.count else says
    yield Line("数据库文件", says, tuple(file.problems))
    version, newest = schema_version(engine), newest_version()
    if version is None:
        yield Line("结构版本", "空数据库")
        return
    if version != newest:
        yield Line("结构版本", version, (f"当前程序为 {newest}，先运行 mingcha db upgrade",))
        return
    findings = verify_findings(engine)
    says = f"核对 {findings.count} 条，变更记录 {findings.notes.get('transitions', 0)} 条"
    yield Line("问题状态", says, tuple(findings.problems))
    yield _evidence(verify_evidence(engine, store))
    marks = verify_marks(engine)
    yield Line("人工评分", f"核对 {marks.count} 条", tuple(marks.problems))
    bundles = verify_bundles(engine, store)
    says = (
        f"核对 {bundles.count} 个，记录 {bundles.notes.get('records', 0)} 条、证据 {bundles.notes.get('blobs', 0)} 件"
    )
    gone = bundles.notes.get("gone", 0)
    yield Line("采集包", says + (f"；另有 {gone} 个已不在原处" if gone else ""), tuple(bundles.problems))


def _evidence(found: Verified) -> Line:
    says = f"核对 {found.count} 件，{size(found.notes.get('bytes', 0))}"
    if strays := found.notes.get("strays", 0):
        says += f"；另有 {strays} 件未被引用，{size(found.notes.get('stray_bytes', 0))}"
    if expired := found.notes.get("expired", 0):
        says += f"；另有 {expired} 件已按保存规则清除"
    if parts := found.notes.get("parts", 0):
        says += f"；{parts} 个未写完的临时文件可以删除"
    return Line("证据", says, tuple(found.problems))

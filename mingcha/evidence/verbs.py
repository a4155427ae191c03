"""What the verbs of `mingcha evidence` do and say: verify, show, export."""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine

from mingcha.errors import DEGRADED, DONE, UsageError
from mingcha.evidence.package import safe_name, write_package
from mingcha.opening import opened
from mingcha.printable import printable
from mingcha.progress import progress
from mingcha.setting import evidence_folder
from portal.personal import mask_personal
from portal.zone import CHINA
from reports.words import size
from storage.evidence import EvidenceStore
from storage.proof import Piece, findings_of, meant_by, pieces
from storage.verify import Verified, verify_evidence

SHOWN = 20  # things of one kind that are named
KINDS = {"screenshot": "截图", "answer": "应答"}


def run_verify(word: str, database: str) -> int:
    """Verifies the whole store, or what is meant by `word`. Returns 0 when all is sound, else 3. Raises UsageError."""
    with at_hand(database) as (engine, store):
        meant = meant_by(engine, word) if word else None
        with progress("核对证据") as seen:
            found = verify_evidence(engine, store, meant, seen)
    for line in _verified(found, whole=not word):
        print(printable(line))
    return DEGRADED if found.problems else DONE


def _verified(found: Verified, *, whole: bool) -> Iterator[str]:
    notes = found.notes
    wrong = f"，{len(found.problems)} 件不符" if found.problems else "，全部完好"
    yield f"核对证据 {found.count} 件（{size(notes.get('bytes', 0))}）{wrong}"
    yield from named(found.problems)
    if expired := notes.get("expired", 0):
        yield f"另有 {expired} 件已按保存规则清除，只保留哈希"
    if strays := notes.get("strays", 0):
        yield f"另有 {strays} 件（{size(notes.get('stray_bytes', 0))}）没有登记，可用 mingcha evidence sweep 清除"
    if foreign := notes.get("foreign", 0):
        yield f"证据目录中有 {foreign} 个不是证据的文件，请移走"
    yield from named(found.named)
    if parts := notes.get("parts", 0):
        yield f"有 {parts} 个未写完的临时文件，可用 mingcha evidence sweep 清除"
    if found.problems:
        again = "；采集包还在的，运行 mingcha rejudge 核查目录 可以补存" if whole else ""
        yield f"请先备份证据目录，再从备份恢复不符的证据{again}。"


def named(lines: list[str]) -> Iterator[str]:
    """Yields lines that name things, the first of them, and how many more there are."""
    yield from (f"    · {line}" for line in lines[:SHOWN])
    if len(lines) > SHOWN:
        yield f"    · 另有 {len(lines) - SHOWN} 处"


def run_show(word: str, database: str) -> int:
    """Prints what is kept of whatever is meant by `word`. Returns 0, or 3 when some is damaged or missing."""
    with at_hand(database) as (engine, store):
        meant = meant_by(engine, word)
        found = pieces(engine, meant)
        lost = 0
        print(printable(f"{meant.name}：证据 {len(found)} 件"))
        for piece in found:
            state = state_of(store, piece)
            lost += state in ("已损坏", "不存在")
            at = f"{piece.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
            kind = KINDS.get(piece.kind, piece.kind)
            print(printable(f"{piece.sha256}  {kind}  {at}  {size(piece.size)}  {state}"))
            print(printable(f"    {mask_personal(piece.url)}"))
            if meant.kind == "hash":
                print(printable(f"    核查：{'、'.join(piece.audits)}"))
                print(printable(f"    问题：{'、'.join(findings_of(engine, piece.sha256)) or '无'}"))
                if state == "完好":
                    print(printable(f"    文件：{store.path(piece.sha256)}（zstd压缩）"))
    return DEGRADED if lost else DONE


def state_of(store: EvidenceStore, piece: Piece) -> str:
    """Returns in Chinese what became of a piece of proof."""
    if store.verify(piece.sha256):
        return "完好"
    if piece.expired:
        return f"已于{piece.expired.astimezone(CHINA):%Y-%m-%d}按规则“{piece.rule}”清除"
    return "已损坏" if store.exists(piece.sha256) else "不存在"


def run_export(word: str, out: Path | None, database: str, now: dt.datetime) -> int:
    """Writes the package of a finding or an audit. Returns 0, or 3 when proof is missing in it. Raises UsageError."""
    with at_hand(database) as (engine, store):
        meant = meant_by(engine, word)
        if meant.kind not in ("finding", "audit"):
            raise UsageError(f"{word} is a {meant.kind}: name a finding (问题编号) or an audit to export")
        path = out or Path(f"{safe_name(f'evidence-{meant.name}')}.zip")
        if path.is_dir():
            raise UsageError(f"--out {path} is a folder: name the file to write, such as {path / 'evidence.zip'}")
        with progress("打包") as seen:
            package = write_package(engine, store, meant, path, now, seen)
    print(package.path)
    says = f"证据 {package.count} 件，{size(package.size)}"
    if package.expired:
        says += f"；{len(package.expired)} 件已按保存规则清除，清单中保留哈希"
    print(says, file=sys.stderr)
    if not package.lost:
        return DONE
    print(f"有 {len(package.lost)} 件证据损坏或不存在，未能放入：", file=sys.stderr)
    for line in named(list(package.lost)):
        print(line, file=sys.stderr)
    return DEGRADED


@contextlib.contextmanager
def at_hand(database: str) -> Iterator[tuple[Engine, EvidenceStore]]:
    """Yields results database and evidence store. Raises UsageError where there is none, and for every StorageError."""
    with opened(database, existing=True) as engine:
        yield engine, EvidenceStore(evidence_folder(database))

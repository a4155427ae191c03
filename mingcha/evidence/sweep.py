"""`mingcha evidence sweep`: says what the rules of retention let go, and removes it when told to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from mingcha.errors import DEGRADED, DONE, UsageError
from mingcha.evidence.verbs import at_hand, named
from mingcha.printable import printable
from mingcha.progress import progress
from reports.words import size
from storage.database import StorageError
from storage.evidence import EvidenceStore
from storage.retention import Plan, Rules, plan, read_rules
from storage.sweeping import sweep


def run_sweep(rules: Path | None, database: str, now: dt.datetime, *, act: bool) -> int:
    """Prints what may go; with `act` removes it. Returns 0, or 3 when some could not be removed. Raises UsageError."""
    try:
        known = read_rules(rules)
    except StorageError as error:
        raise UsageError(str(error)) from error
    with at_hand(database) as (engine, store):
        planned = plan(engine, store, known, now)
        for line in _planned(planned, known, rules, store):
            print(printable(line))
        if not act:
            print("以上为预览，没有改动任何内容；执行请加 --yes。")
            return DONE
        with progress("清除") as seen:
            done = sweep(engine, store, planned, now, seen)
    print(
        f"已清除证据 {done.evidence} 件、采集包 {done.bundles} 个、未登记文件 {done.strays} 件、"
        f"临时文件 {done.parts} 个，腾出 {size(done.size)}；哈希和登记保留。"
    )
    for line in named(done.problems):
        print(printable(line))
    return DEGRADED if done.problems else DONE


def _planned(planned: Plan, rules: Rules, path: Path | None, store: EvidenceStore) -> Iterator[str]:
    yield (
        f"保存规则（{path or '内置'}）：证据 {rules.evidence.days} 天，整改后 {rules.evidence.closed_days} 天；"
        f"采集包 {rules.bundle.every_days} 天，每月最后一个 {rules.bundle.monthly_days} 天；"
        f"未登记文件 {rules.stray.days} 天"
    )
    yield f"可清除证据 {len(planned.evidence)} 件（{size(sum(_bytes(store.path(one)) for one in planned.evidence))}）"
    if planned.kept:
        yield "    已满期但保留：" + "，".join(f"{why} {count} 件" for why, count in planned.kept.most_common())
    held = sum(_bytes(path) for one in planned.bundles for path in one.folder.rglob("*") if path.is_file())
    yield f"可清除采集包 {len(planned.bundles)} 个（{size(held)}）"
    yield from named([f"{one.folder}（{one.audit}，{one.rule}）" for one in planned.bundles])
    strays = sum(_bytes(store.path(one)) for one in planned.strays)
    yield f"可清除未登记文件 {len(planned.strays)} 件（{size(strays)}）、临时文件 {len(planned.parts)} 个"


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0

"""The canary is judged exactly, and a night that misjudges it closes nothing."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from mingcha.night.canary.serve import ID, served
from mingcha.night.canary.verdict import Verdict, expected, verdict
from mingcha.night.run import Process
from mingcha.night.trust import said
from portal.model import Portal
from tests.app.leaflet import running
from tests.app.run import feed, mingcha, targets
from tests.night.pretended import NOW, Pretended, night, written


def found(*, leave_out: str = "", add: Sequence[tuple[str, str, str]] = ()) -> list[dict[str, Any]]:
    seen = [one for one in expected(browser=False) if one[1] != leave_out]
    return [
        {"check": check, "kind": kind, "subject": f"http://www.zhili.example{path}", "outcome": "suspect"}
        for check, kind, path in (*seen, *add)
    ]


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def test_the_canary_is_sound_only_where_all_it_has_and_nothing_else_is_found() -> None:
    assert verdict(found(), browser=False).sound
    missed = verdict(found(leave_out="soft_404"), browser=False)
    assert missed == Verdict(missing=("broken_links.soft_404 /lsgg/2019.html",))
    accused = verdict(found(add=[("empty_columns", "empty_list", "/tzgg/")]), browser=False)
    assert accused == Verdict(unexpected=("empty_columns.empty_list /tzgg/",))
    assert (missed.sound, accused.sound) == (False, False)
    assert "漏查 1 项" in said(missed, browser=False) and "误报 1 项" in said(accused, browser=False)
    assert {one.get("check") for one in found()} < {one[0] for one in expected(browser=True)}


@pytest.mark.parametrize("day", ["2026-11-29", "2026-10-07"])
async def test_an_audit_finds_exactly_what_is_wrong_with_it(tmp_path: Path, day: str) -> None:
    with served(tmp_path, dt.date.fromisoformat(day)) as file:
        words = ("--targets", str(file), "--out", "a", "--as-of", day, "--no-browser")
        ran = await mingcha("audit", ID, *words, cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert verdict(feed(tmp_path / "a", "findings.jsonl"), browser=False) == Verdict()


@pytest.mark.browser
async def test_with_a_browser_too(tmp_path: Path) -> None:
    with served(tmp_path, dt.date(2026, 11, 29)) as file:
        words = ("--targets", str(file), "--out", "a", "--as-of", "2026-11-29")
        ran = await mingcha("audit", ID, *words, cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert verdict(feed(tmp_path / "a", "findings.jsonl"), browser=True) == Verdict()


@pytest.mark.parametrize(
    ("left_out", "more", "code"), [("", [], 2), ("column_stale", ["--doubted"], 2)], ids=["sound", "misjudged"]
)
async def test_the_audits_of_a_night_know_its_verdict(
    tmp_path: Path,
    engine: Any,
    left_out: str,
    more: list[str],
    code: int,
) -> None:
    began: list[tuple[str, list[str]]] = []

    async def start(portal: Portal, out: Path, log: Path, words: Sequence[str] = ()) -> Process:
        began.append((portal.id, list(words)))
        write(log, "mingcha: no\n")
        process = Pretended()
        process.ended.set()
        return process

    async def start_canary(targets: Path, database: Path, portal: Portal, out: Path, log: Path) -> Process:
        assert (portal.id, began) == (ID, [])
        assert targets.parent == database.parent == out.parent == tmp_path / "nights" / "2026-11-28" / ".canary"
        write(out / "findings.jsonl", "\n".join(json.dumps(one) for one in found(leave_out=left_out)))
        process = Pretended(code=0)
        process.ended.set()
        return process

    run = night(tmp_path, engine, "ab", start, lambda: NOW, None, 1, start_canary, browser=False)
    assert await run.whole() == code
    assert began == [("a", more), ("b", more)]
    assert written(tmp_path)["canary"]["sound"] is not more


async def test_a_canary_that_cannot_be_audited_is_no_good_sign(tmp_path: Path, engine: Any) -> None:
    async def start(portal: Portal, out: Path, log: Path, words: Sequence[str] = ()) -> Process:
        assert list(words) == ["--doubted"]
        process = Pretended()
        process.ended.set()
        return process

    async def start_canary(targets: Path, database: Path, portal: Portal, out: Path, log: Path) -> Process:
        write(log, "mingcha: there is no room\n")
        process = Pretended(code=2)
        process.ended.set()
        return process

    await night(tmp_path, engine, "a", start, lambda: NOW, None, 1, start_canary).whole()
    assert written(tmp_path)["canary"]["error"] == "its audit ended with code 2: there is no room"


async def test_a_doubted_audit_closes_nothing(tmp_path: Path) -> None:
    states, words = [], ("audit", "one", "--no-browser", "--confirm", "now", "--spacing", "0", "--only", "broken_links")
    async with running() as site:
        targets(tmp_path, "http://www.one.gov.cn/", {"www.one.gov.cn": site.endpoint})
        for name, more in (("a", ()), ("b", ("--doubted",)), ("c", ())):
            ran = await mingcha(*words, "--out", name, *more, cwd=tmp_path)
            (said,) = feed(tmp_path / name, "findings.jsonl")
            states.append((ran.code, said["state"]))
            site.file_there = True
        again = await mingcha("rejudge", "b", cwd=tmp_path)
    assert states == [(0, "open"), (3, "open"), (0, "fixed")]
    assert "当夜自检未通过" in again.out

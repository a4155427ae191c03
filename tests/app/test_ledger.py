"""`mingcha ledger`: steps by 问题编号, several at once or none, and what the terminal says of them."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from checks.base import Outcome, Severity
from mingcha.errors import UsageError
from mingcha.ledger.files import local_files
from mingcha.ledger.verbs import Desk, Wanted, assign, end_excuse, history, let_off, list_excuses, rename, show, take
from portal.zone import CHINA
from storage.commit import commit_audit
from storage.database import open_database
from storage.evidence import EvidenceStore
from storage.ledger.book import Handing, entries
from storage.ledger.excuses import excuses, reason_named
from storage.ledger.proof import proofs
from storage.ledger.states import Deed, Step
from tests.app.run import mingcha
from tests.storage.make import PORTAL, audit, finding, metas, result

NOW = dt.datetime(2026, 3, 2, 10, tzinfo=CHINA)
FOUND = (
    finding("https://www.yun.example/a", severity=Severity.VETO, message="“通知公告”栏目无内容。"),
    finding("https://www.yun.example/b", message="“联系电话13812345678”链接无法打开（404）"),
    finding("https://www.yun.example/c", Outcome.SUSPECT),
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    path = tmp_path / "mingcha.sqlite"
    engine = open_database(path)
    commit_audit(engine, audit(1), [result(*FOUND)], metas=metas)
    engine.dispose()
    yield Desk(str(path), local_files(), NOW)


def states(desk: Desk) -> list[str]:
    engine = open_database(desk.database)
    try:
        return [str(one.state) for one in entries(engine, "yun", desk.now).values()]
    finally:
        engine.dispose()


def do(desk: Desk, deed: Deed, *words: str, why: str = "有理由", state: str = "", **data: Any) -> int:
    return take(desk, Wanted(words, state, closed=True), Step(deed, "王芳", desk.now, why, data))


def give(desk: Desk, *words: str, unit: str = "", until: dt.datetime | None = None, issuer: str = "") -> int:
    wanted = Wanted(words, closed=True)
    rules, calendar = desk.local.rules, desk.local.calendar
    how = Handing("王芳", desk.now, unit, issuer=issuer, rules=rules, calendar=calendar, deadline=until)
    return assign(desk, wanted, how)


def test_several_are_confirmed_and_handed_out_at_once(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert do(desk, Deed.CONFIRM, "yun", state="待核实") == 0
    assert give(desk, "yun-0001", "yun-0002", unit="财政局") == 0
    assert capsys.readouterr().out.splitlines() == [
        "yun-0001  待核实 -> 已确认  责任单位：云县政府办",
        "yun-0002  待核实 -> 已确认  责任单位：云县政府办",
        "yun-0001  已确认 -> 已交办  责任单位：财政局  时限：2026-03-04 18:00",
        "yun-0002  已确认 -> 已交办  责任单位：财政局  时限：2026-03-09 18:00",
    ]


def test_one_that_is_refused_keeps_all_the_others_back(desk: Desk) -> None:
    with pytest.raises(UsageError, match="yun-0003：状态为“疑似”，不能交办，先确认"):
        give(desk, "yun-0001", "yun-0003")
    with pytest.raises(UsageError, match="no finding 'yun-0009'"):
        do(desk, Deed.CONFIRM, "yun-0001", "yun-0009")
    with pytest.raises(UsageError, match="say with --state"):
        do(desk, Deed.CONFIRM, "yun")
    with pytest.raises(UsageError, match="没有符合条件的问题"):
        do(desk, Deed.CONFIRM, "yun", state="超期")
    assert states(desk) == ["待核实", "待核实", "疑似"]


def test_an_objection_keeps_what_was_handed_in_and_lists_its_reasons(desk: Desk, tmp_path: Path) -> None:
    letter = tmp_path / "函.pdf"
    letter.write_bytes(b"%PDF-1.4 letter")
    wanted = Wanted(("yun-0001",), closed=True)
    objection = Step(Deed.OBJECT, "财政局", NOW, "该栏目由教育局保障", {"reason": "not_ours"})
    assert reason_named("外部网站故障", objection=True) == reason_named("external", objection=True) == "external"
    assert reason_named("已报备（其他）", objection=False) == "reported"
    assert reason_named("已报备(其他)", objection=True) == "已报备(其他)"  # no reason of an objection
    with pytest.raises(UsageError, match=r"没有异议事由“x”；可用的有：maintenance（"):
        take(desk, wanted, replace(objection, data={"reason": "x"}))
    with pytest.raises(UsageError, match=r"none\.pdf: cannot be read"):
        take(desk, wanted, objection, [tmp_path / "none.pdf"])
    take(desk, wanted, objection, [letter])
    assert states(desk)[0] == "异议中"
    engine = open_database(desk.database)
    (kept,) = proofs(engine).values()
    found = entries(engine, "yun", NOW)[FOUND[0].fingerprint]
    engine.dispose()
    assert found.objection and found.objection.evidence == (kept.sha256,) and kept.name == "函.pdf"
    assert EvidenceStore(tmp_path / "evidence").get(kept.sha256) == letter.read_bytes()


def test_an_excuse_of_a_column_is_listed_and_ended(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    def off(word: str, column: str = "", check: str = "") -> int:
        return let_off(
            desk,
            word,
            column=column,
            check=check,
            kind="no_access",
            begins=NOW,
            ends=NOW + dt.timedelta(days=9),
            who="王芳",
            why="已发函",
            link="",
            files=(),
        )

    assert off("yun", check="links") == off("yun-0001") == 0
    with pytest.raises(UsageError, match="go with a portal's id"):
        off("yun-0001", column="新闻")
    assert states(desk) == ["豁免", "豁免", "豁免"]
    end_excuse(desk, 1, who="王芳", why="已开通权限")
    list_excuses(replace(desk, now=NOW + dt.timedelta(days=1)), "")
    lines = capsys.readouterr().out.splitlines()[-1:]
    assert lines == [
        "有效  豁免2  yun 一个问题  无后台权限(集约化平台)  2026-03-02 10:00 至 2026-03-11 10:00  王芳：已发函"
    ]
    assert states(replace(desk, now=NOW + dt.timedelta(days=1))) == ["豁免", "待核实", "疑似"]


def test_what_is_shown_is_chosen_masked_and_counted(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    give(desk, "yun-0001", "yun-0002", unit="财政局")
    late = replace(desk, now=NOW + dt.timedelta(days=3))
    show(late, Wanted((), overdue=True), as_json=False)
    out = capsys.readouterr().out.splitlines()
    assert "yun-0001  超期" in out[-2] and out[-1] == "共 1 个问题，其中超期 1 个"
    show(late, Wanted(("yun",), unit="财政局"), as_json=True)
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["number"], one["state"], one["remaining"], one["overdue"]) for one in told] == [
        ("yun-0001", "超期", -1, True),
        ("yun-0002", "已交办", 2, False),
    ]
    assert "138****5678" in told[1]["message"] and told[0]["deadline"] == "2026-03-04T18:00:00+08:00"
    do(desk, Deed.CLOSE, "yun-0001")
    show(desk, Wanted(()), as_json=True)
    assert len(capsys.readouterr().out.splitlines()) == 3  # the line of closing, and two that are live
    show(desk, Wanted((), closed=True), as_json=True)
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_history_tells_the_machine_s_part_and_people_s(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    do(desk, Deed.CONFIRM, "yun-0001", why="已核对")
    capsys.readouterr()
    history(desk, Wanted(("yun-0001",)))
    assert capsys.readouterr().out.splitlines() == [
        "yun-0001  已确认  “通知公告”栏目无内容。",
        "    2026-03-01 01:30  自动核查  自动核查 -> 待核实：首次发现，证据确凿",
        "    2026-03-02 10:00  王芳  确认 -> 已确认：已核对",
    ]


def test_a_renamed_portal_and_its_old_numbers_are_understood(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    rename(desk, "yun", "yunxian", who="王芳", why="统一标识")
    do(desk, Deed.CONFIRM, "yun-0002")
    do(desk, Deed.NOTE, "yun", state="待核实", why="电话已通知")
    assert [line.partition("  ")[0] for line in capsys.readouterr().out.splitlines()[1:]] == [
        "yunxian-0002",
        "yunxian-0001",
    ]


def test_an_id_that_changed_in_targets_is_pointed_out(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    show(replace(desk, portals=(replace(PORTAL, id="yunxian"),)), Wanted(()), as_json=True)
    assert "请运行 mingcha ledger rename yun yunxian" in capsys.readouterr().err
    show(replace(desk, portals=(PORTAL,)), Wanted(()), as_json=True)
    assert not capsys.readouterr().err


def test_files_beside_targets_hold_and_a_broken_one_is_said(tmp_path: Path) -> None:
    targets = tmp_path / "targets.toml"
    assert local_files(targets).calendar.extra_years == frozenset()
    (tmp_path / "calendar.toml").write_text("years = [2090]\n", "utf-8")
    assert local_files(targets).calendar.extra_years == frozenset({2090})
    (tmp_path / "deadlines.toml").write_text("[[rule]]\n", "utf-8")
    with pytest.raises(UsageError, match=r"deadlines\.toml"):
        local_files(targets)
    with pytest.raises(UsageError, match="--calendar"):
        local_files(targets, calendar=tmp_path / "none.toml")


def test_a_window_of_the_whole_portal_can_be_read_by_others(desk: Desk) -> None:
    end = NOW + dt.timedelta(hours=6)
    let_off(
        desk,
        "yun",
        column="",
        check="",
        kind="maintenance",
        begins=NOW,
        ends=end,
        who="王芳",
        why="升级",
        link="",
        files=(),
    )
    engine: Engine = open_database(desk.database)
    (window,) = excuses(engine, "yun", kind="maintenance", at=NOW)
    engine.dispose()
    assert (window.begins, window.ends, window.scope) == (NOW, end, "portal")


async def test_the_command_and_two_of_them_at_once(desk: Desk, tmp_path: Path) -> None:
    async def ledger(*words: str) -> tuple[int, str, str]:
        ran = await mingcha("ledger", *words, "--db", desk.database, cwd=tmp_path)
        return ran.code, ran.out, ran.err

    both = await asyncio.gather(*(ledger("confirm", "yun-0001", "--by", name) for name in ("王芳", "李强")))
    assert sorted(code for code, _, _ in both) == [0, 1]
    refused = next(err for code, _, err in both if code)
    assert refused == "mingcha: yun-0001：状态为“已确认”，不能确认\n"
    code, _, err = await ledger("deadline", "yun-0001", "--until", "3月5日", "--by", "王芳", "--why", "x")
    assert (code, err) == (1, "mingcha: --until “3月5日”不是时间，请按年-月-日书写，如2026-11-28或'2026-11-28 18:00'\n")
    code, out, _ = await ledger("object", "yun-0001", "--by", "财政局", "--why", "外站问题", "--reason", "external")
    assert (code, out) == (0, "yun-0001  已确认 -> 异议中  责任单位：云县政府办\n")
    code, out, _ = await ledger("decide", "yun-0001", "--remove", "--by", "李强", "--why", "属实")
    assert (code, out) == (0, "yun-0001  异议中 -> 剔除  责任单位：云县政府办\n")
    assert states(desk)[0] == "剔除"

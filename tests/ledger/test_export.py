"""Ledgers as they go out: of one portal, of a jurisdiction, one file a unit; every sheet, and why one is empty."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from checks.registry import all_checks
from mingcha.errors import UsageError
from mingcha.ledger.exporting import NO_UNIT, Wanted, export_ledger
from mingcha.scoring.systems import Roster
from portal.model import Portal
from storage.commit import commit_audit
from storage.evidence import EvidenceStore
from storage.ledger.book import Handing, hand_out
from storage.ledger.excuses import Excuse, Scope, excuse
from storage.ledger.states import Deed, Step
from storage.lifecycle import Sight
from storage.rechecks import Look, Reason, keep_looks
from tests.ledger.sheets import DATABASE, LATER, LEDGER, NOW, Office, cell, columns
from tests.reports import make
from tests.steps import claim, record

OTHER = Portal(id="hai", name="海河县人民政府", home="https://www.haihe.example/", unit="海河县人民政府办公室")


def rows(book: Workbook, name: str) -> list[dict[str, object]]:
    sheet = book[name]
    places = columns(sheet)
    return [
        {header: sheet.cell(row, place).value for header, place in places.items()}
        for row in range(3, sheet.max_row + 1)
    ]


def ledgers(desk: Office, out: Path, roster: Roster | None = None, **more: Any) -> list[Path]:
    wanted = Wanted(**{"shots": False, **more})
    database = str(desk.folder / DATABASE)
    return export_ledger(wanted, roster or Roster(), out=out, folder=None, database=database, now=LATER)


@pytest.fixture
def two(desk: Office) -> Office:
    """A second portal in the same jurisdiction: nobody answers for it, and one check only was made."""
    record_ = replace(make.record(18), id="hai-20261118-220000", portal=replace(OTHER, unit=""))
    found = make.links()
    moved = tuple(replace(one, fingerprint=f"{index:064x}") for index, one in enumerate(found.findings, 1))
    commit_audit(desk.engine, record_, (replace(found, findings=moved),), (), metas=make.METAS.__getitem__)
    return desk


def test_every_sheet_of_assessors_stands_in_its_place(desk: Office) -> None:
    book = openpyxl.load_workbook(desk.exported())
    names = [module.META.sheet.name for module in all_checks()]
    checks = [*("链接明细", "栏目更新", "空白栏目", "搜索测试", "解读关联", "IPv6", "可用性", "互动留言")]
    further = sorted(set(names) - set(checks))
    assert book.sheetnames == [
        *(
            "说明",
            "汇总",
            LEDGER,
            *checks,
            *further,
            "人工核查",
            "异议豁免",
            "复查记录",
            "赋分表_national-2019",
            "规则清单",
        ),
        "_mingcha",
    ]
    assert book["_mingcha"].sheet_state == "hidden"
    empty = {name: book[name]["A3"].value for name in ("IPv6", "互动留言", "异议豁免", "复查记录")}
    assert empty["IPv6"] == "未能判定（本机无IPv6出口）" and "未自动核查" in str(empty["互动留言"])
    assert empty["异议豁免"] == "没有异议和豁免" and "尚未单独复查" in str(empty["复查记录"])
    for sheet in book.worksheets[1:-1]:
        assert sheet.freeze_panes is not None and sheet.auto_filter.ref is not None
        assert sheet.page_setup.orientation == "landscape" and sheet.page_setup.paperSize == 9


def test_the_sheet_is_locked_but_for_what_people_fill_in(desk: Office) -> None:
    sheet = openpyxl.load_workbook(desk.exported())[LEDGER]
    assert sheet.protection.sheet and not sheet.protection.autoFilter
    open_ = {header for header, place in columns(sheet).items() if not sheet.cell(3, place).protection.locked}
    assert {"整改情况(单位填)", "整改后链接(单位填)", "整改完成时间", "状态", "责任单位"} <= open_
    assert not open_ & {"问题编号", "问题描述", "机器判定", "问题标识"}
    mine = openpyxl.load_workbook(desk.export("unit.xlsx", unit="县司法局"))[LEDGER]
    assert mine.cell(3, columns(mine)["状态"]).protection.locked
    assert not mine.cell(3, columns(mine)["整改情况(单位填)"]).protection.locked


def test_what_people_did_is_told(desk: Office) -> None:
    first, second, third = (desk.entry(f"yun-000{n}", NOW).fingerprint for n in (1, 2, 3))
    hand_out(desk.engine, [first], Handing("王科长", NOW, "县水利局", "李四"))
    day = dt.date(2026, 11, 20)
    claim(desk.engine, first, text="已恢复", link="https://a.example/", completed=day, who="县水利局", at=NOW)
    record(desk.engine, second, Step(Deed.OBJECT, "县民政局", NOW, "不归我局", {"reason": "not_ours"}))
    record(desk.engine, second, Step(Deed.UPHOLD, "王科长", NOW, "栏目归口"))
    excuse(
        desk.engine,
        Excuse("yun", Scope.FINDING, third, "no_access", "平台权限", NOW, LATER + dt.timedelta(days=9), "王科长", NOW),
    )
    book = openpyxl.load_workbook(desk.export(now=LATER))
    told = {str(row["问题编号"]): row for row in rows(book, LEDGER)}
    one = told["yun-0001"]
    assert (one["状态"], one["责任单位"], one["责任栏目保障人"]) == ("已反馈(待复查)", "县水利局", "李四")
    assert (one["整改情况(单位填)"], one["整改完成时间"], one["地区"]) == ("已恢复", "2026-11-20", "云溪县")
    assert one["整改时限"] and isinstance(one["剩余工作日"], int)
    assert told["yun-0002"]["异议理由"] == "非本单位责任：不归我局" and told["yun-0003"]["状态"] == "豁免"
    disputes = rows(book, "异议豁免")
    assert [(row["类别"], row["问题编号"], row["裁定"]) for row in disputes] == [
        ("异议", "yun-0002", "维持"),
        ("豁免", "yun-0003", None),
    ]
    assert disputes[0]["裁定人"] == "王科长" and disputes[1]["事由"] == "无后台权限(集约化平台)"
    (links,) = [row for row in rows(book, "汇总") if row["检查项"] == "链接有效性"]
    assert (links["已反馈待复查"], links["剔除或豁免"]) == (1, 1)


def test_a_recheck_is_told_with_its_pictures(desk: Office) -> None:
    name = desk.entry("yun-0001", NOW).fingerprint
    before, after = make.SHOTS[0], make.SHOTS[5]
    store = EvidenceStore(desk.folder / "evidence")
    for digest in (before, after):
        assert store.put(make.PICTURES[digest]) == digest
    sitting = replace(make.record(19), id="yun-recheck", kind="recheck")
    look = Look(
        name, Reason.CLAIM, NOW + dt.timedelta(days=1), "自动", "浏览器打开", Sight.UNSEEN, before, after, "验证码"
    )
    commit_audit(
        desk.engine,
        sitting,
        (),
        make.blobs(),
        metas=make.METAS.__getitem__,
        proof=(before, after),
        also=lambda session: keep_looks(session, "yun-recheck", [look], {name: "open"}),
    )
    path = desk.export(now=LATER, shots=True)
    book = openpyxl.load_workbook(path)
    (told,) = rows(book, "复查记录")
    assert (told["问题编号"], told["结果"], told["结论"]) == ("yun-0001", "未能复查", "未能复查")
    sheet = book["复查记录"]
    for header in ("前截图", "后截图"):
        link = sheet.cell(3, columns(sheet)[header]).hyperlink
        assert link is not None and link.target is not None
        assert (path.parent / str(link.target).replace("\\", "/")).is_file()  # written as spreadsheets do
    assert cell(book[LEDGER], "yun-0001", "复查结果").value == "未能复查（未能复查）"


def test_a_jurisdiction_is_one_workbook(two: Office) -> None:
    (path,) = ledgers(two, two.folder / "all.xlsx", every=True)
    book = openpyxl.load_workbook(path)
    assert not [name for name in book.sheetnames if name.startswith("赋分表")]
    assert {row["网站名称"] for row in rows(book, LEDGER)} == {make.PORTAL.name, OTHER.name}
    assert [row["序号"] for row in rows(book, LEDGER)] == list(range(1, 19))
    whole = {row["网站名称"]: row for row in rows(book, "汇总") if row["检查项"] == "全部"}
    assert whole[OTHER.name]["未整改"] == 4 and whole[make.PORTAL.name]["未整改"] == 12
    lines = {row["网站名称"]: row["结论"] for row in rows(book, "IPv6")}
    assert lines[make.PORTAL.name] == "未能判定（本机无IPv6出口）" and lines[OTHER.name] == "本次未核查此项"
    numbers = {str(row["问题编号"]) for row in rows(book, "链接明细") if row["问题编号"]}
    assert {"yun-0001", "hai-0001"} <= numbers


def test_the_portals_of_targets_are_the_jurisdiction(two: Office, capsys: pytest.CaptureFixture[str]) -> None:
    listed = {one.id: one for one in (OTHER, replace(OTHER, id="new"))}
    (path,) = ledgers(two, two.folder / "all.xlsx", Roster(listed), every=True)
    assert {row["网站名称"] for row in rows(openpyxl.load_workbook(path), LEDGER)} == {OTHER.name}
    assert "尚未核查，未列入：new" in capsys.readouterr().err


def test_every_unit_has_its_own_file_and_no_row_is_lost(two: Office) -> None:
    files = ledgers(two, two.folder / "units", per="unit")
    units = {path.stem.removeprefix("ledger-"): openpyxl.load_workbook(path) for path in files}
    assert {"县司法局", make.PORTAL.unit, NO_UNIT} <= set(units)
    told = {unit: [row["问题编号"] for row in rows(book, LEDGER)] for unit, book in units.items()}
    assert sorted(str(name) for each in told.values() for name in each) == sorted(
        [*(f"yun-{n:04d}" for n in range(1, 14)), *(f"hai-{n:04d}" for n in range(1, 6))]
    )
    assert len(told[NO_UNIT]) == 5
    justice = units["县司法局"]
    assert "人工核查" not in justice.sheetnames and {row["责任单位"] for row in rows(justice, LEDGER)} == {"县司法局"}
    fresh = [row["问题编号"] for row in rows(justice, "栏目更新")]
    assert fresh == told["县司法局"]
    assert justice.sheetnames == ["说明", "汇总", LEDGER, "栏目更新", "规则清单", "_mingcha"]


def test_a_name_that_begins_with_a_digit_leaves_the_letters_as_they_are(two: Office) -> None:
    (path,) = ledgers(two, two.folder / "all.xlsx", every=True)
    footer = openpyxl.load_workbook(path)[LEDGER].oddFooter
    assert footer is not None and footer.left.size == 9 and str(footer.left.text).strip() == "2个网站 2026-11-18"


def test_every_portal_may_have_its_own_file(two: Office) -> None:
    files = ledgers(two, two.folder / "portals", per="portal", every=True)
    assert sorted(path.name for path in files) == ["ledger-hai.xlsx", "ledger-yun.xlsx"]
    names = openpyxl.load_workbook(files[0]).worksheets
    assert any(sheet.title.startswith("赋分表") for sheet in names)


def test_what_was_closed_before_the_last_audit_is_told_when_asked_for(desk: Office) -> None:
    later = replace(make.record(21), id="yun-later")
    commit_audit(desk.engine, later, make.results(make.links()), (), metas=make.METAS.__getitem__)
    now = rows(openpyxl.load_workbook(desk.export(now=LATER)), LEDGER)
    every = rows(openpyxl.load_workbook(desk.export("closed.xlsx", now=LATER, closed=True)), LEDGER)
    assert {row["问题编号"] for row in every} - {row["问题编号"] for row in now} == {"yun-0006"}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"form": "pdf"}, "there are xlsx and csv"),
        ({"per": "month"}, "write portal or unit"),
        ({"per": "unit", "unit": "x"}, "leave out --per unit"),
        ({"every": True, "portals": ("yun",)}, "leave out --portal"),
        ({"portals": ("nowhere",)}, "no audit of nowhere"),
        ({"unit": "县外办"}, "没有由“县外办”负责的问题"),
    ],
)
def test_what_cannot_be_exported_is_one_sentence(desk: Office, more: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        ledgers(desk, desk.folder / "x", **more)

"""Of which portal, system and period a score sheet is, and how old: refused whole where it does not fit."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from mingcha.errors import UsageError
from mingcha.scoring.marks import import_marks
from mingcha.scoring.systems import systems_at_hand
from storage.database import open_database
from storage.marks import MarkView, history, keep_marks, marks
from tests.scores import scored
from tests.scores.office import HOUR, MADE, NOW, Office
from tests.scores.scored import COUNTY, QINGHE, QUARTER, YUNSHAN


def test_a_sheet_of_another_portal_or_system_than_meant_is_refused(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    office.refuse(sheet, "是网站qinghe的赋分表，不是yunshan的", portal=YUNSHAN.id)
    office.refuse(sheet, f"是体系{COUNTY}的赋分表，不是wuwei-2020的", system="wuwei-2020")
    assert len(office.take(sheet, portal=QINGHE.id, system=COUNTY).new) == 1


def test_a_sheet_of_a_portal_this_database_never_saw_is_refused(office: Office, tmp_path: Path) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    empty = open_database(tmp_path / "empty.sqlite")
    try:
        with pytest.raises(UsageError, match="网站qinghe在本数据库中没有核查记录"):
            import_marks(empty, office.books, sheet.save(), now=NOW)
        assert history(empty, QINGHE.id, COUNTY, QUARTER) == ()
    finally:
        empty.dispose()


def test_a_sheet_of_another_version_of_the_system_is_refused_unless_that_is_at_hand_too(
    office: Office, tmp_path: Path
) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    second = scored.COUNTY_TEXT.replace("version = 1", "version = 2")
    changed = systems_at_hand(scored.county(tmp_path / "changed", second))
    with pytest.raises(UsageError, match=f"按体系{COUNTY}第1版导出，现行为第2版，请重新导出"):
        import_marks(office.engine, changed, sheet.save(), now=NOW)
    assert office.told() == []
    both = systems_at_hand(scored.county(scored.county(tmp_path / "both", second), name="first.toml"))
    assert import_marks(office.engine, both, sheet.path, now=NOW).system.version == 1
    assert office.held() == {"2.2": 1.0}


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("format", "2", "由更新版本的程序导出，请升级"),
        ("format", "一", "“_mingcha”被改动"),
        ("format", None, "“_mingcha”被改动"),
        ("system", None, "“_mingcha”被改动"),
        ("version", "最新", "“_mingcha”被改动"),
        ("version", "7", "第7版导出，现行为第1版"),
        ("portal", None, "“_mingcha”被改动"),
        ("portal", "nobody", "网站nobody在本数据库中没有核查记录"),
        ("period", None, "“_mingcha”被改动"),
        ("period", "2026", "评估周期有误"),
        ("period", "2026Q5", "评估周期有误"),
        ("audit", None, "“_mingcha”被改动"),
        ("made", None, "“_mingcha”被改动"),
        ("made", "昨天", "“_mingcha”被改动"),
        ("made", "2026-11-28T09:30:00", "“_mingcha”被改动"),
    ],
)
def test_a_hidden_sheet_somebody_changed_is_refused(office: Office, key: str, value: str | None, says: str) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    hidden = sheet.book["_mingcha"]
    line = next(row[0].row for row in hidden.iter_rows() if row[0].value == key)
    hidden.cell(line, 2).value = value
    office.refuse(sheet, says)


def test_a_system_nobody_knows_is_named_with_those_there_are(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    sheet.book["_mingcha"]["B2"] = "qinghe-2027"
    with pytest.raises(UsageError, match=r"'qinghe-2027'.*qinghe-2026"):
        office.take(sheet)
    assert office.told() == []


def test_without_the_hidden_sheet_nobody_knows_whose_it_is(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    del sheet.book["_mingcha"]
    office.refuse(sheet, "缺少工作表“_mingcha”", "mingcha export scores")


def test_a_sheet_older_than_a_mark_it_would_change_is_refused_whole(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.3", "达标")
    at = sheet.fill("2.2", 2)
    mark = MarkView("2.2", "李强", MADE + HOUR, 1.0)
    keep_marks(office.engine, QINGHE.id, COUNTY, QUARTER, [mark], basis=MADE)
    assert office.refuse(sheet) == [
        "比库中的评定旧，没有导入任何评定，请重新导出后填写：",
        f"{at}：条款2.2在本表导出之后已由李强评定（2026-11-28 10:30）",
    ]
    sheet.fill("2.2", 1)
    assert [one.node for one in office.take(sheet).new] == ["2.3"]  # it says what holds


def test_a_sheet_older_than_a_withdrawal_does_not_bring_the_mark_back(office: Office) -> None:
    given = MarkView("2.2", "李强", MADE - HOUR, 1.0)
    keep_marks(office.engine, QINGHE.id, COUNTY, QUARTER, [given], basis=MADE)
    sheet = office.exported(made=MADE)
    keep_marks(office.engine, QINGHE.id, COUNTY, QUARTER, [MarkView("2.2", "李强", MADE + HOUR)], basis=MADE)
    office.take(sheet)  # nobody touched the cell
    assert marks(office.engine, QINGHE.id, COUNTY, QUARTER) == {}


def test_two_people_fill_in_copies_of_one_sheet(office: Office) -> None:
    one, other = office.sheet(), office.exported(made=MADE)
    one.fill("2.2", 1, who="王芳")
    other.fill("2.3", "达标", who="李强")
    office.take(one)
    assert [mark.node for mark in office.take(other).new] == ["2.3"]
    assert set(marks(office.engine, QINGHE.id, COUNTY, QUARTER)) == {"2.2", "2.3"}


def test_a_sheet_handed_in_before_may_be_filled_in_further(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    office.take(sheet)
    sheet.fill("2.2", 2)
    assert [mark.points for mark in office.take(sheet).new] == [2.0]


def test_a_sheet_made_in_the_second_of_a_mark_knows_it(office: Office) -> None:
    mark = MarkView("2.2", "李强", MADE + dt.timedelta(milliseconds=300), 1.0)
    keep_marks(office.engine, QINGHE.id, COUNTY, QUARTER, [mark], basis=MADE)
    sheet = office.exported(made=MADE + dt.timedelta(milliseconds=600))
    assert sheet.said("2.2", sheet.mark) == 1
    sheet.fill("2.2", 2)
    office.take(sheet)

"""The commands that take a score sheet back: what they say, keep and refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from mingcha.errors import UsageError
from mingcha.scoring.scores import score_portal
from mingcha.scoring.sheets import run_import, run_score
from mingcha.scoring.systems import Roster
from tests.app.run import mingcha
from tests.scores.office import Office
from tests.scores.scored import COUNTY, QINGHE, YUNSHAN
from tests.scores.sheet import Sheet


async def test_the_command_takes_a_sheet_back_and_shows_the_new_score(office: Office, tmp_path: Path) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1.5, who="")
    sheet.fill("R1", 0)
    path = str(sheet.save())
    more = ("--by", "王芳", "--db", str(office.database), "--systems", str(office.archive.systems))
    dry = await mingcha("import", "marks", path, "--dry-run", *more, cwd=tmp_path)
    assert (dry.code, "将导入2条评定，撤回0条，未变0条" in dry.out) == (0, True), dry.err
    assert office.told() == []
    done = await mingcha("import", "marks", path, *more, cwd=tmp_path)
    assert (done.code, "已导入2条评定，撤回0条，未变0条" in done.out) == (0, True), done.err
    assert f"qinghe，清河县2026年政务公开考评表（{COUNTY}），评估周期2026年第4季度：" in done.out
    assert "得分区间：4.5～5（满分 10）" in done.out and "人工已评分值：2" in done.out
    kept = {mark.node: (mark.points, mark.who) for mark in office.told()}
    assert kept == {"2.2": (1.5, "王芳"), "R1": (0.0, "王芳")}


async def test_the_command_says_every_cell_and_ends_with_one(office: Office, tmp_path: Path) -> None:
    sheet = office.sheet()
    cells = [sheet.fill("2.1", 1), sheet.fill("2.2", 3), sheet.fill("2.3", "=1")][1:]
    more = ("--db", str(office.database), "--systems", str(office.archive.systems))
    ran = await mingcha("import", "marks", str(sheet.save()), *more, cwd=tmp_path)
    assert (ran.code, ran.out) == (1, "")
    first, *problems = ran.err.splitlines()
    assert first.startswith("mingcha: ") and "没有导入任何评定" in first
    assert {line.strip().partition("：")[0] for line in problems} == set(cells)
    assert office.told() == []


async def test_the_command_refuses_in_one_sentence(office: Office, tmp_path: Path) -> None:
    office.sheet()
    words = ("--portal", "yunshan", "--db", str(office.database), "--systems", str(office.archive.systems))
    ran = await mingcha("import", "marks", f"{COUNTY}.xlsx", *words, cwd=tmp_path)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == f"mingcha: {COUNTY}.xlsx：是网站qinghe的赋分表，不是yunshan的\n"


async def test_a_score_may_take_marks_first(office: Office, tmp_path: Path) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 2)
    more = ("--db", str(office.database), "--systems", str(office.archive.systems), "--out", "out")
    ran = await mingcha("score", "qinghe", "--system", COUNTY, "--marks", str(sheet.save()), *more, cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert "已导入1条评定" in ran.err and "得分区间：5～5.5" in ran.out
    again = Sheet(tmp_path / "out" / f"scores-{COUNTY}.xlsx")
    assert (again.said("2.2", again.mark), again.said("2.2", "系统评分")) == (2, "2")


@pytest.mark.parametrize(
    ("portal", "system"),
    [
        (YUNSHAN.id, COUNTY),
        (QINGHE.id, "nope"),
    ],
)
def test_a_score_that_cannot_be_made_keeps_no_marks(office: Office, portal: str, system: str) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 2)
    with pytest.raises(UsageError):
        run_score(
            portal,
            Roster(named=(system,)),
            audit="",
            marks=sheet.save(),
            by="",
            out=office.folder / "out",
            folder=office.archive.systems,
            database=str(office.database),
            data=office.folder,
        )
    assert office.told() == []


def test_a_sheet_of_a_period_without_an_audit_keeps_no_marks(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 2)
    sheet.book["_mingcha"]["B5"] = "2026Q3"
    with pytest.raises(UsageError):
        run_import(
            sheet.save(),
            Roster(),
            by="",
            portal="",
            system="",
            dry=False,
            folder=office.archive.systems,
            database=str(office.database),
        )
    assert office.told() == []


async def test_after_an_import_the_score_shown_is_that_of_the_portal_with_its_exemptions(
    office: Office, tmp_path: Path
) -> None:
    entry = ['id = "qinghe"', 'name = "清河县"', f'home = "{QINGHE.home}"', 'exemptions = ["departments"]']
    (tmp_path / "targets.toml").write_text("\n".join(["[[portal]]", *entry, ""]), "utf-8")
    sheet = office.sheet("national-2019")
    sheet.fill("4.3.1", 0.4)
    ran = await mingcha("import", "marks", str(sheet.save()), "--db", str(office.database), cwd=tmp_path)
    assert ran.code == 0, ran.err
    total = score_portal(office.engine, QINGHE.id, ["national-2019"], office.books, exemptions=["departments"])[
        0
    ].score.total
    assert total is not None and total.points == 100
    assert f"得分区间：{round(total.low, 2):g}～{round(total.high, 2):g}" in ran.out

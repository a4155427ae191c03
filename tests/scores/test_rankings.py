"""Portals ranked by one system, run as the installed command."""

from __future__ import annotations

import csv
import datetime as dt
import io
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from indicators.library import library
from mingcha.scoring.ranking import export_ranking
from mingcha.scoring.scores import newest_sound, score_portal
from mingcha.scoring.systems import Roster
from portal.zone import CHINA
from storage.commit import commit_audit
from storage.database import open_database
from storage.marks import MarkView, keep_marks
from tests.app.run import Ran
from tests.scores import scored
from tests.scores.desk import Desk, one_sentence
from tests.scores.scored import COUNTY, DAY, DUANWEN, LAOBAN, QINGHE, QUARTER, SPRING, YUNSHAN


def registry(folder: Path, **more: str) -> Path:
    """Writes a targets.toml with three portals, one of which nobody audited, and one under another system."""
    lines = []
    for portal, system in ((QINGHE, COUNTY), (YUNSHAN, COUNTY), (LAOBAN, "wuwei-2020")):
        lines += ["[[portal]]", f'id = "{portal.id}"', f'name = "{portal.name}"', f'home = "{portal.home}"']
        lines += [f'systems = ["{system}"]', *(f"{key} = {value}" for key, value in more.items())]
    lines += ["[[portal]]", 'id = "beipo"', 'name = "北坡县"', 'home = "https://www.beipo.example/"']
    lines += [f'systems = ["{COUNTY}"]']
    path = folder / "targets.toml"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


async def test_the_portals_of_the_registry_are_ranked_and_those_without_an_audit_listed(
    desk: Desk, tmp_path: Path
) -> None:
    words = ("export", "ranking", "--system", COUNTY, "--targets", str(registry(tmp_path)))
    ran = await desk.run(*words)
    assert ran.out == f"ranking-{COUNTY}-{QUARTER}.xlsx\n", ran.err
    sheet = openpyxl.load_workbook(desk.folder / ran.out.strip()).worksheets[0]
    rows = [[cell for cell in row if cell not in (None, "")] for row in sheet.iter_rows(min_row=5, values_only=True)]
    assert [row[:3] for row in rows[:2]] == [
        ["1", "云山县人民政府", "云山县政府办公室"],
        ["2", "清河县人民政府", "清河县政府办公室"],
    ]
    assert [row for row in rows[2:] if row] == [["北坡县", "本期未核查"]]
    assert str(sheet["A3"].value).endswith("上期：2026年第2季度（2026-05-20）")


async def test_without_a_registry_all_portals_are_ranked_and_places_are_ranges(desk: Desk) -> None:
    ran = await desk.run("export", "ranking", "--system", COUNTY, "--format", "csv")
    assert ran.out == f"ranking-{COUNTY}-{QUARTER}.csv\n", ran.err
    text = (desk.folder / ran.out.strip()).read_text("utf-8-sig")
    rows = {row["网站名称"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}
    assert {name: (row["名次"], row["得分区间"]) for name, row in rows.items()} == {
        YUNSHAN.name: ("1～2", "8～10"),
        LAOBAN.name: ("1～3", "5～10"),
        QINGHE.name: ("2～3", "3～5.5"),
        DUANWEN.name: ("", "未能核查，请人工核查：达到时间上限"),
    }
    # No audit in the quarter before: the sound one before this.
    moved = {name: (row["较上期（下限）"], row["较上期（上限）"]) for name, row in rows.items()}
    assert moved == {
        QINGHE.name: ("-5.0", "-4.5"),
        **dict.fromkeys((YUNSHAN.name, LAOBAN.name), ("", "")),
        DUANWEN.name: (None, None),
    }


def test_an_earlier_period_can_be_ranked(desk: Desk, here: Callable[..., Ran], tmp_path: Path) -> None:
    places = ("--db", str(desk.database), "--systems", str(desk.systems), "--targets", str(registry(tmp_path)))
    ran = here("export", "ranking", "--system", COUNTY, "--period", "2026Q2", "--out", "spring.xlsx", *places)
    assert ran.code == 0, ran.err
    sheet = openpyxl.load_workbook(tmp_path / "spring.xlsx").worksheets[0]
    rows = [[cell for cell in row if cell not in (None, "")] for row in sheet.iter_rows(min_row=5, values_only=True)]
    assert rows[0][:2] == ["1", QINGHE.name]
    assert [row for row in rows[1:] if row] == [[YUNSHAN.name, "本期未核查"], ["北坡县", "本期未核查"]]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--system", "langao-2023"), ("没有可按langao-2023排名的网站",)),
        (("--system", COUNTY, "--system", "wuwei-2020"), ("按哪个指标体系排名", "qinghe-2026, wuwei-2020")),
        (("--system", COUNTY, "--period", "2026-11"), ("--period", "2026Q4")),
    ],
)
def test_what_cannot_be_ranked_is_said_in_one_sentence(
    desk: Desk, here: Callable[..., Ran], more: tuple[str, ...], says: tuple[str, ...], tmp_path: Path
) -> None:
    places = ("--db", str(desk.database), "--systems", str(desk.systems), "--targets", str(registry(tmp_path)))
    ran = here("export", "ranking", *places, *more)
    assert one_sentence(ran, *says), ran.err


def test_the_format_asked_for_is_written_whatever_the_name(desk: Desk, tmp_path: Path) -> None:
    assert ranking_of(desk, form="csv", out=tmp_path / "places.txt").read_bytes().startswith(b"\xef\xbb\xbf")


def ranking_of(desk: Desk, **more: Any) -> Path:
    values: dict[str, Any] = {
        "form": "",
        "period": "",
        "out": None,
        "folder": desk.systems,
        "database": str(desk.database),
        **more,
    }
    entries = tuple(values.pop("entries", ()))
    roster = Roster({one.id: one for one in entries}, (values.pop("name", COUNTY),))
    return export_ranking(values.pop("form"), roster, **values)


def change_of(path: Path, name: str) -> tuple[float, float]:
    """Returns how a portal moved by a ranking's CSV."""
    rows = csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
    row = next(row for row in rows if row["网站名称"] == name)
    return float(row["较上期（下限）"]), float(row["较上期（上限）"])


def test_the_change_compares_with_what_stood_at_the_time(desk: Desk, tmp_path: Path) -> None:
    database = tmp_path / "mingcha.sqlite"
    engine = open_database(database)
    try:
        found = scored.found(QINGHE, "not_found", "/old.html", level="home")
        others = [one for one in scored.good(QINGHE) if one.check != "broken_links"]
        first = (scored.result("broken_links", [found]), *others)
        commit_audit(engine, scored.record(QINGHE, SPRING), first)
        (then,) = score_portal(engine, QINGHE.id, ["national-2019"], library())
        second = (scored.result("broken_links", mended=[found]), *others)
        commit_audit(engine, scored.record(QINGHE, DAY), second)
        (now,) = score_portal(engine, QINGHE.id, ["national-2019"], library())
    finally:
        engine.dispose()
    moved = (round(now.score.low - then.score.low, 2), round(now.score.high - then.score.high, 2))
    assert moved == (0.2, 0.2)  # one link of the home page was mended
    path = ranking_of(desk, name="national-2019", form="csv", out=tmp_path / "a.csv", database=str(database))
    assert change_of(path, QINGHE.name) == moved


def test_the_change_of_an_exempted_portal_compares_like_with_like(desk: Desk, tmp_path: Path) -> None:
    database = tmp_path / "mingcha.sqlite"
    engine = open_database(database)
    try:
        for day in (SPRING, DAY):
            commit_audit(engine, scored.record(YUNSHAN, day), scored.good(YUNSHAN))
    finally:
        engine.dispose()
    path = ranking_of(
        desk,
        name="national-2019",
        form="csv",
        out=tmp_path / "a.csv",
        database=str(database),
        entries=[replace(YUNSHAN, systems=("national-2019",), exemptions=("departments",))],
    )
    assert change_of(path, YUNSHAN.name) == (0, 0)


def test_what_people_decided_of_a_portal_that_never_opened_gives_it_a_place(desk: Desk, tmp_path: Path) -> None:
    database = Path(shutil.copy(desk.database, tmp_path / "mingcha.sqlite"))
    engine = open_database(database)
    try:
        at = dt.datetime.combine(DAY, dt.time(23, 30), CHINA)
        keep_marks(engine, DUANWEN.id, COUNTY, QUARTER, [MarkView("2.2", "王芳", at, 1.0)], basis=at)
    finally:
        engine.dispose()
    path = ranking_of(desk, form="csv", out=tmp_path / "a.csv", database=str(database))
    rows = {row["网站名称"]: row for row in csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline=""))}
    assert (rows[DUANWEN.name]["名次"], rows[DUANWEN.name]["得分区间"]) == ("1～4", "1～9")
    assert "不完整" in rows[DUANWEN.name]["说明"]


def test_marks_move_the_ranking_of_their_period_only(desk: Desk, tmp_path: Path) -> None:
    database = Path(shutil.copy(desk.database, tmp_path / "mingcha.sqlite"))
    engine = open_database(database)
    try:
        head = newest_sound(engine, YUNSHAN.id)
        assert head is not None
        at = head.ended.astimezone(CHINA)
        for period, points in ((QUARTER, 2.0), ("2026Q2", 0.0)):
            keep_marks(engine, YUNSHAN.id, COUNTY, period, [MarkView("2.2", "王芳", at, points)], basis=at)
    finally:
        engine.dispose()
    path = ranking_of(desk, form="csv", out=tmp_path / "a.csv", database=str(database))
    rows = csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
    first = next(iter(rows))
    assert (first["网站名称"], first["得分区间"], first["已定分值占比"]) == (YUNSHAN.name, "10", "1.0")

"""The ranking: places are ranges as long as scores are, a confirmed veto stands last, nobody is left out in silence."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import Engine

from indicators.library import Library
from indicators.ranking import Place, ranked
from indicators.score import Score
from mingcha.scoring.scores import score_portal
from mingcha.scoring.systems import systems_at_hand
from portal.zone import CHINA
from reports.ranking import COLUMNS, Ranking, write_ranking
from storage.database import StorageError, open_database
from storage.marks import MarkView, keep_marks
from storage.queries import portals
from tests.scores import scored
from tests.scores.scored import COUNTY, DUANWEN, LAOBAN, QINGHE, QUARTER, YUNSHAN

MADE = dt.datetime(2026, 11, 28, 9, 30, tzinfo=CHINA)
ALL = (DUANWEN.id, LAOBAN.id, QINGHE.id, YUNSHAN.id)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return systems_at_hand(scored.county(tmp_path_factory.mktemp("systems")))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_database(scored.database(tmp_path_factory.mktemp("ranking") / "mingcha.sqlite"))
    mark = MarkView("V.1.3", "王芳", MADE, word="confirmed")
    keep_marks(engine, YUNSHAN.id, "national-2019", scored.PERIOD, [mark], basis=MADE)
    yield engine
    engine.dispose()


def scores(engine: Engine, books: Library, system: str, names: Sequence[str] = ALL) -> list[Score]:
    return [score_portal(engine, name, [system], books)[0].score for name in names]


def ranking(engine: Engine, places: Sequence[Place], **more: Any) -> Ranking:
    known = {one.id: one for one in portals(engine)}
    return Ranking(
        **{"system": places[0].score.system, "period": QUARTER, "portals": known, **more}, places=tuple(places)
    )


def written(made: Ranking, folder: Path) -> tuple[Worksheet, list[dict[str, Any]]]:
    """Returns the sheet and its lines by header."""
    sheet = openpyxl.load_workbook(write_ranking(made, folder / "ranking.xlsx", made=MADE)).worksheets[0]
    lines = list(sheet.iter_rows(min_row=4, max_row=4 + len(made.places), values_only=True))
    named = [dict(zip(map(str, lines[0]), line, strict=True)) for line in lines[1:]]
    return sheet, [{key: None if value == "" else value for key, value in line.items()} for line in named]


def test_a_place_is_what_a_portal_can_still_come_to(engine: Engine, books: Library, tmp_path: Path) -> None:
    sheet, lines = written(ranking(engine, ranked(scores(engine, books, COUNTY), {})), tmp_path)
    assert [cell.value for cell in sheet[4]] == [header for header, _ in COLUMNS]
    assert [(line["网站名称"], line["得分区间"], line["名次"]) for line in lines] == [
        ("云山县人民政府", "8～10", "1～3"),
        ("老坂县人民政府", "5～10", "1～4"),
        ("断文县人民政府", "0～10", "1～4"),
        ("清河县人民政府", "3～5.5", "2～4"),
    ]
    assert "名次也是区间" in str(sheet["A2"].value) and str(sheet["A1"].value).endswith("2026年第4季度排名")


def test_where_scores_do_not_touch_places_are_whole(engine: Engine, books: Library, tmp_path: Path) -> None:
    found = scores(engine, books, COUNTY, [QINGHE.id, YUNSHAN.id])
    _, lines = written(ranking(engine, ranked(found, {})), tmp_path)
    assert [(line["网站名称"], line["名次"], line["结论"]) for line in lines] == [
        ("云山县人民政府", "1", "合格"),
        ("清河县人民政府", "2", "不合格"),
    ]
    assert [(line["已定分值占比"], line["自动核查占比"]) for line in lines] == [(0.8, 0.8), (0.8, 0.8)]
    assert [line["单项否决"] for line in lines] == [None, "建议，待确认：单项否决"]
    assert [line["核查日"] for line in lines] == ["2026-11-20"] * 2


def test_equals_share_their_places(engine: Engine, books: Library) -> None:
    (one,) = scores(engine, books, COUNTY, [YUNSHAN.id])
    twin = replace(one, case=replace(one.case, portal="another"))
    places = ranked([one, twin], {})
    assert [(place.score.case.portal, place.best, place.worst) for place in places] == [
        ("another", 1, 2),
        (YUNSHAN.id, 1, 2),
    ]


def test_a_confirmed_veto_stands_last_however_good_the_points(engine: Engine, books: Library, tmp_path: Path) -> None:
    _, lines = written(ranking(engine, ranked(scores(engine, books, "national-2019"), {})), tmp_path)
    last = lines[-1]
    assert (last["网站名称"], last["名次"], last["结论"]) == ("云山县人民政府", "4", "不合格")
    assert last["单项否决"] == "成立：安全、泄密事故等严重问题"
    assert [line["名次"] for line in lines[:-1]] == ["1～3"] * 3
    assert [line["结论"] for line in lines[:-1]] == ["待定"] * 3


def test_a_proposed_veto_is_named_and_moves_nobody(engine: Engine, books: Library, tmp_path: Path) -> None:
    _, lines = written(
        ranking(engine, ranked(scores(engine, books, "national-2019", [LAOBAN.id, QINGHE.id]), {})), tmp_path
    )
    proposed = next(line for line in lines if line["网站名称"] == "清河县人民政府")
    assert proposed["单项否决"] == "建议，待确认：安全、泄密事故等严重问题" and proposed["名次"] == "1～2"


def test_without_points_the_share_of_requirements_met_counts(engine: Engine, books: Library, tmp_path: Path) -> None:
    found = scores(engine, books, "changchun-xinqu", [QINGHE.id, YUNSHAN.id])
    _, lines = written(ranking(engine, ranked(found, {})), tmp_path)
    for line in lines:
        together = line["达标"] + line["不达标"] + line["待定"]
        low, high = (float(part) for part in str(line["得分区间"]).removesuffix("%").split("～"))
        assert together == 71
        assert low == round(100 * line["达标"] / together, 2)
        assert high == round(100 * (line["达标"] + line["待定"]) / together, 2)
    assert lines[0]["网站名称"] == "云山县人民政府" and not lines[0]["不达标"] and lines[1]["不达标"]
    assert [line["结论"] for line in lines] == [None, None]  # such a document judges nobody as a whole


def test_an_audit_that_broke_off_may_still_come_to_anything_and_the_line_says_why(
    engine: Engine, books: Library, tmp_path: Path
) -> None:
    _, lines = written(ranking(engine, ranked(scores(engine, books, COUNTY, [DUANWEN.id]), {})), tmp_path)
    assert (lines[0]["得分区间"], lines[0]["已定分值占比"]) == ("0～10", 0)
    assert "不完整（达到时间上限）" in str(lines[0]["说明"])


def test_the_change_is_how_both_ends_moved_and_nothing_without_a_last_time(
    engine: Engine, books: Library, tmp_path: Path
) -> None:
    spring = score_portal(engine, QINGHE.id, [COUNTY], books, audit=f"{QINGHE.id}-20260520-220000")[0].score
    assert (spring.low, spring.high) == (8.0, 10.0)
    found = scores(engine, books, COUNTY, [QINGHE.id, YUNSHAN.id])
    made = ranking(engine, ranked(found, {QINGHE.id: spring}), last="2026Q2（2026-05-20）")
    sheet, lines = written(made, tmp_path)
    moved = {line["网站名称"]: (line["较上期（下限）"], line["较上期（上限）"]) for line in lines}
    assert moved == {"清河县人民政府": (-5.0, -4.5), "云山县人民政府": (None, None)}
    assert "上期：2026Q2（2026-05-20）" in str(sheet["A3"].value)


def test_portals_without_an_audit_are_listed_below_with_why(engine: Engine, books: Library, tmp_path: Path) -> None:
    places = ranked(scores(engine, books, COUNTY, [YUNSHAN.id]), {})
    sheet, _ = written(ranking(engine, places, missing=(("北坡县", "本期未核查"), ("=1+1", "本期未核查"))), tmp_path)
    below = [(row[1].value, row[3].value) for row in sheet.iter_rows(min_row=6) if row[1].value]
    assert below == [("北坡县", "本期未核查"), ("=1+1", "本期未核查")]
    assert str(sheet.auto_filter.ref) == "A4:P5"  # sorting the places leaves them where they are


def test_portals_without_an_audit_are_in_the_csv_too(engine: Engine, books: Library, tmp_path: Path) -> None:
    places = ranked(scores(engine, books, COUNTY, [YUNSHAN.id]), {})
    made = ranking(engine, places, missing=(("北坡县", "本期未核查"),))
    assert "北坡县" in write_ranking(made, tmp_path / "a.csv", made=MADE, as_csv=True).read_text("utf-8-sig")


def test_the_csv_says_the_same_and_opens_in_spreadsheets(engine: Engine, books: Library, tmp_path: Path) -> None:
    made = ranking(engine, ranked(scores(engine, books, COUNTY), {}))
    data = write_ranking(made, tmp_path / "ranking.csv", made=MADE, as_csv=True).read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    _, lines = written(made, tmp_path)
    for row, line in zip(rows, lines, strict=True):
        for header, cell in line.items():
            assert row[header] == str("" if cell is None else cell) or float(row[header]) == cell


@pytest.mark.parametrize("name", ["=1+1", "@SUM(A1)", "+1", '-1|" /C calc"!A0'])
def test_a_name_that_looks_like_a_formula_stays_a_name(
    engine: Engine, books: Library, name: str, tmp_path: Path
) -> None:
    places = ranked(scores(engine, books, COUNTY, [YUNSHAN.id]), {})
    known = {one.id: replace(one, name=name, unit=name) for one in portals(engine)}
    made = ranking(engine, places, portals=known)
    sheet, _ = written(made, tmp_path)
    assert [(cell.value, cell.data_type) for cell in (sheet["B5"], sheet["C5"])] == [(name, "s")] * 2
    text = write_ranking(made, tmp_path / "ranking.csv", made=MADE, as_csv=True).read_text("utf-8-sig")
    assert [row["网站名称"] for row in csv.DictReader(io.StringIO(text, newline=""))] == [f"'{name}"]


def test_a_place_that_cannot_be_written_is_one_sentence(engine: Engine, books: Library, tmp_path: Path) -> None:
    made = ranking(engine, ranked(scores(engine, books, COUNTY, [YUNSHAN.id]), {}))
    (tmp_path / "file").write_text("x")
    for name in ("a.xlsx", "a.csv"):
        with pytest.raises(StorageError, match="cannot write"):
            write_ranking(made, tmp_path / "file" / name, made=MADE)

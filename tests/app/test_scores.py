"""The verbs about systems and scores, run as the installed command: what they say, write and refuse."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sys
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from checks.registry import all_checks
from indicators.library import BUNDLED, library
from mingcha.cli import main
from mingcha.commands import run_rejudge
from mingcha.errors import UsageError
from mingcha.scoring.ranking import export_ranking
from mingcha.scoring.scores import newest_sound, score_portal
from mingcha.scoring.sheets import check_system, export_scores, schema
from mingcha.scoring.systems import Roster, checked
from portal.zone import CHINA
from storage.commit import commit_audit
from storage.database import open_database
from storage.marks import MarkView, keep_marks
from storage.queries import audit_view
from tests.app import scored
from tests.app.run import ROOT, Ran, feed, mingcha, targets
from tests.app.scored import COUNTY, COUNTY_TEXT, DAY, DUANWEN, LAOBAN, PERIOD, QINGHE, QUARTER, SPRING, YUNSHAN, Sheet
from tests.net.servers import AwkwardServer

LEAVES = {
    "changchun-xinqu": 71,
    "langao-2023": 83,
    "langfang-2023": 64,
    "national-2019": 89,
    "siping-2022": 85,
    "wuwei-2020": 93,
}
HOST = "www.one.gov.cn"


@dataclass
class Desk:
    """A folder with audits that were made, and the command run in it."""

    folder: Path
    database: Path
    systems: Path

    async def run(self, *words: str) -> Ran:
        return await mingcha(*words, "--db", str(self.database), "--systems", str(self.systems), cwd=self.folder)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("scores")
    return Desk(folder, scored.database(folder / "mingcha.sqlite"), scored.county(folder / "own"))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """The command without a process of its own, in an empty folder: for the many ways to be refused."""

    def run(*words: str) -> Ran:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["mingcha", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Ran(int(ended.value.code or 0), said.out, said.err)

    return run


def one_sentence(ran: Ran, *says: str) -> bool:
    """Returns whether a command ended with 1 and one sentence that says so, and nothing else."""
    told = ran.err.startswith("mingcha: ") and ran.err.count("\n") == 1 and all(words in ran.err for words in says)
    return (ran.code, ran.out, told) == (1, "", True)


# systems


async def test_all_systems_are_listed_with_what_they_count(tmp_path: Path) -> None:
    ran = await mingcha("systems", cwd=tmp_path)
    assert ran.code == 0, ran.err
    head, *lines = ran.out.splitlines()
    assert head.split()[:5] == ["体系", "版本", "名称", "条款", "总分"]
    cells = {line.split()[0]: line.split() for line in lines}
    assert {name: int(line[3]) for name, line in cells.items()} == LEAVES
    assert {name: line[4] for name, line in cells.items()} == {
        **dict.fromkeys(("langao-2023", "langfang-2023", "wuwei-2020"), "100"),
        **dict.fromkeys(("changchun-xinqu", "siping-2022"), "－"),
        "national-2019": "100＋30",
    }
    for name, line in cells.items():
        assert sum(int(count) for count in line[5:11:2]) == LEAVES[name]
        if "／" in line[-1]:
            assert sum(float(part) for part in line[-1].split("／")) == 100


def test_a_countys_own_system_is_listed_beside_them_and_one_of_a_shipped_id_in_its_place(
    here: Callable[..., Ran], tmp_path: Path
) -> None:
    scored.county(tmp_path / "systems")
    scored.county(tmp_path / "systems", COUNTY_TEXT.replace(COUNTY, "wuwei-2020"), "mine.toml")
    ran = here("systems")
    counts = {line.split()[0]: line.split()[3] for line in ran.out.splitlines()[1:]}
    assert counts == {**{name: str(count) for name, count in LEAVES.items()}, COUNTY: "7", "wuwei-2020": "7"}


@pytest.mark.parametrize("name", LEAVES)
def test_what_ships_passes_its_own_check(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_system(BUNDLED / f"{name}.toml", None) == 0
    said = capsys.readouterr()
    assert f"{name} 第1版，条款{LEAVES[name]}条" in said.out and said.err == ""


def test_a_good_file_is_told_what_it_holds(here: Callable[..., Ran], tmp_path: Path) -> None:
    path = scored.county(tmp_path) / "county.toml"
    ran = here("systems", "check", str(path))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"{path}：{COUNTY} 第1版，条款7条（自动5，辅助0，人工2），总分10\n"


BAD = COUNTY_TEXT.replace('"hijacked"', '"hijackt"').replace('text = "=1+1"\npoints = 2', 'text = "=1+1"\npoints = 3')


def line_with(text: str, words: str, after: str = "") -> int:
    """Returns the number of the first line with those words, after another one."""
    start = text.index(after)
    return text[: text.index(words, start)].count("\n") + 1


async def test_every_problem_of_a_file_is_a_line_with_its_place_and_leaf(tmp_path: Path) -> None:
    path = scored.county(tmp_path, BAD) / "county.toml"
    ran = await mingcha("systems", "check", str(path), cwd=tmp_path)
    assert (ran.code, ran.out) == (1, "")
    problems = ran.err.splitlines()
    kind, points = line_with(BAD, '"hijackt"'), line_with(BAD, "points = 4", 'id = "2"')
    assert any(
        line.startswith(f"{path}, line {kind}: V.1: ") and "did you mean 'hijacked'?" in line for line in problems
    ), problems
    assert any(line.startswith(f"{path}, line {points}: 2: has 4 points") for line in problems), problems
    assert len(problems) == 2


def test_every_problem_is_said_of_a_file_in_the_folder_of_systems_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = scored.county(tmp_path / "systems", BAD)
    try:
        check_system(folder / "county.toml", folder)
    except UsageError as error:
        said = str(error)
    else:
        said = capsys.readouterr().err
    assert "hijackt" in said and "has 4 points" in said


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('decide = "auto"', 'decides = "auto"', ("line {line}: leaf 'V.1': unknown key 'decides'", "mean 'decide'?")),
        ("[[leaf]]", "[[leaf", ("is not TOML", "line {line}")),
        (COUNTY_TEXT, "", ("has no leaf",)),
    ],
    ids=["key", "syntax", "empty"],
)
def test_a_file_that_cannot_be_read_says_where(
    here: Callable[..., Ran], old: str, new: str, says: Sequence[str], tmp_path: Path
) -> None:
    text = COUNTY_TEXT.replace(old, new, 1)
    path = scored.county(tmp_path, text) / "county.toml"
    ran = here("systems", "check", str(path))
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    for words in (str(path), *says):
        assert words.format(line=line_with(text, new)) in ran.err


async def test_the_schema_is_json_and_the_one_beside_the_systems(tmp_path: Path) -> None:
    ran = await mingcha("systems", "schema", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["$defs"]["Leaf"]["required"] == ["id", "text"]
    written = (ROOT / "indicators" / "system.schema.json").read_text("utf-8")
    assert ran.out.strip() == written.strip(), "run: mingcha systems schema > indicators/system.schema.json"


def test_the_schema_names_every_key_a_shipped_system_uses() -> None:
    parts = json.loads(schema())["$defs"]
    known = {key for part in parts.values() for key in part.get("properties", {})}

    def keys(value: Any) -> set[str]:
        if isinstance(value, dict):
            return set(value) | {key for part in value.values() for key in keys(part)}
        return {key for part in value for key in keys(part)} if isinstance(value, list) else set()

    for path in sorted(BUNDLED.glob("*.toml")):
        assert keys(tomllib.loads(path.read_text("utf-8"))) <= known, path.name


# score


async def test_an_audit_is_scored_under_another_system_without_asking_anybody(desk: Desk) -> None:
    ran = await desk.run("score", "qinghe", "--system", "wuwei-2020", "--system", COUNTY, "--out", "two")
    assert ran.code == 0, ran.err
    paths = [Path(line) for line in ran.out.splitlines()[:3]]
    assert paths == [Path("two", name) for name in ("scores-wuwei-2020.xlsx", f"scores-{COUNTY}.xlsx", "scores.jsonl")]
    assert len(Sheet(desk.folder / paths[0]).nodes) == LEAVES["wuwei-2020"]
    assert f"清河县2026年政务公开考评表（{COUNTY}，{QUARTER}）" in ran.out
    assert "得分区间：3～5.5（满分 10）" in ran.out and "自动核查覆盖分值：8（占 80%）" in ran.out
    assert "建议单项否决 1 项" in ran.out
    heads = [line for line in feed(desk.folder / "two", "scores.jsonl") if line["record"] == "score"]
    assert [line["system"] for line in heads] == ["wuwei-2020", COUNTY]


def test_sheets_of_an_earlier_audit_go_into_a_folder_of_its_name(
    desk: Desk, here: Callable[..., Ran], tmp_path: Path
) -> None:
    places = ("--db", str(desk.database), "--systems", str(desk.systems))
    ran = here("score", "qinghe", "--system", COUNTY, "--audit", "qinghe-20260520-220000", *places)
    assert ran.code == 0, ran.err
    assert f"（{COUNTY}，2026Q2）" in ran.out and "得分区间：8～10" in ran.out
    where = tmp_path / "mingcha-data" / "scores" / "qinghe-20260520-220000"
    assert {path.name for path in where.iterdir()} == {f"scores-{COUNTY}.xlsx", "scores.jsonl"}


async def test_an_audit_that_broke_off_scores_nothing_and_says_why(desk: Desk) -> None:
    ran = await desk.run("score", "duanwen", "--system", COUNTY, "--out", "broken")
    assert ran.code == 0, ran.err
    assert "得分区间：0～10（满分 10）" in ran.out and "自动核查覆盖分值：0（占 0%）" in ran.out
    assert "说明：本次核查不计分：本次核查不完整（达到时间上限）" in ran.out
    sheet = Sheet(desk.folder / "broken" / f"scores-{COUNTY}.xlsx")
    assert sheet.said("1.1.1", "核查结果") == "未能判定"
    assert "本次核查不完整（达到时间上限）" in str(sheet.said("1.1.1", "计算过程"))


async def test_results_of_an_older_check_are_scored_and_every_clause_says_so(desk: Desk) -> None:
    ran = await desk.run("score", "laoban", "--system", COUNTY, "--out", "older")
    assert ran.code == 0, ran.err
    sheet = Sheet(desk.folder / "older" / f"scores-{COUNTY}.xlsx")
    for node in ("V.1", "1.1.1", "1.1.2", "1.2.1", "2.1"):
        assert re.search("依据第1版检查规则的结果，现行为第[2-9]版", str(sheet.said(node, "计算过程")))
    assert sheet.said("1.1", "系统评分") == "3"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("score", "nobody"), ("portal 'nobody' was never audited", "mingcha audit nobody")),
        (("score", "qinghe", "--system", "wuwei-2021"), ("'wuwei-2021'", "did you mean 'wuwei-2020'?")),
        (("score", "qinghe", "--audit", "qinghe-1"), ("no audit 'qinghe-1'",)),
        (("score", "qinghe", "--systems", "nowhere"), ("there is no such folder", "nowhere")),
        (("export", "scores", "--portal", "nobody"), ("portal 'nobody' was never audited",)),
        (("export", "scores", "--portal", "qinghe", "--period", "2026"), ("--period", "2026H2", "national-2019")),
        (("export", "scores", "--portal", "qinghe", "--period", "2025H1"), ("never audited between 2025-01-01",)),
        (("export", "scores", "--format", "html"), ("cannot export scores as html", "xlsx and jsonl")),
        (("export", "ranking", "--format", "jsonl"), ("cannot export a ranking as jsonl", "xlsx and csv")),
        (
            ("export", "scores", "--portal", "qinghe", "--system", "wuwei-2020", "--system", "national-2019"),
            ("--system: one of wuwei-2020, national-2019",),
        ),
    ],
)
def test_what_cannot_be_scored_is_said_in_one_sentence(
    desk: Desk, here: Callable[..., Ran], words: tuple[str, ...], says: tuple[str, ...]
) -> None:
    ran = here(*words, "--db", str(desk.database))
    assert one_sentence(ran, *says), ran.err


def test_an_audit_of_another_portal_is_refused(desk: Desk) -> None:
    engine = open_database(desk.database)
    try:
        with pytest.raises(UsageError, match="yunshan"):
            score_portal(engine, QINGHE.id, ["national-2019"], library(), audit="yunshan-20261120-220000")
    finally:
        engine.dispose()


def test_an_exemption_no_system_has_is_refused(desk: Desk, here: Callable[..., Ran]) -> None:
    ran = here("score", "qinghe", "--exempt", "departements", "--db", str(desk.database))
    assert one_sentence(ran, "departements", "departments"), ran.err


# export scores


async def test_the_sheet_and_the_feed_are_exported_from_the_database(desk: Desk) -> None:
    sheet = await desk.run("export", "scores", "--portal", "qinghe", "--system", COUNTY)
    assert sheet.out == f"qinghe-20261120-220000-scores-{COUNTY}.xlsx\n", sheet.err
    assert Sheet(desk.folder / sheet.out.strip()).said("1.1.1", "系统评分") == "扣1"
    words = ("--system", COUNTY, "--system", "wuwei-2020", "--format", "jsonl")
    lines = await desk.run("export", "scores", "--portal", "qinghe", *words)
    assert lines.out == "qinghe-20261120-220000-scores.jsonl\n", lines.err
    objects = feed(desk.folder, lines.out.strip())
    assert [one["system"] for one in objects if one["record"] == "score"] == [COUNTY, "wuwei-2020"]
    assert "13912345678" not in (desk.folder / lines.out.strip()).read_text("utf-8")


def test_a_period_is_scored_by_the_audit_made_in_it(desk: Desk, here: Callable[..., Ran], tmp_path: Path) -> None:
    words = ("--portal", "qinghe", "--period", "2026H1", "--out", "half.xlsx", "--db", str(desk.database))
    ran = here("export", "scores", *words)
    assert (ran.code, ran.out) == (0, "half.xlsx\n"), ran.err
    hidden = {row[0].value: row[1].value for row in Sheet(tmp_path / "half.xlsx").book["_mingcha"].iter_rows()}
    assert (hidden["audit"], hidden["period"]) == ("qinghe-20260520-220000", "2026H1")


def test_the_portal_audited_last_is_exported_under_its_own_systems(
    desk: Desk, here: Callable[..., Ran], tmp_path: Path
) -> None:
    lines = []
    for portal in (QINGHE, YUNSHAN, DUANWEN, LAOBAN):
        lines += ["[[portal]]", f'id = "{portal.id}"', f'name = "{portal.name}"', f'home = "{portal.home}"']
        lines += ['systems = ["wuwei-2020"]']
    (tmp_path / "targets.toml").write_text("\n".join(lines) + "\n", "utf-8")
    ran = here("export", "scores", "--db", str(desk.database))
    assert ran.out.endswith("-scores-wuwei-2020.xlsx\n"), ran.out + ran.err


# export ranking


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
    assert [row for row in rows[2:] if row] == [["beipo", "本期未核查"]]


async def test_without_a_registry_all_portals_are_ranked_and_places_are_ranges(desk: Desk) -> None:
    ran = await desk.run("export", "ranking", "--system", COUNTY, "--format", "csv")
    assert ran.out == f"ranking-{COUNTY}-{QUARTER}.csv\n", ran.err
    text = (desk.folder / ran.out.strip()).read_text("utf-8-sig")
    rows = {row["网站名称"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}
    assert {name: (row["名次"], row["得分区间"]) for name, row in rows.items()} == {
        YUNSHAN.name: ("1～3", "8～10"),
        LAOBAN.name: ("1～4", "5～10"),
        DUANWEN.name: ("1～4", "0～10"),
        QINGHE.name: ("2～4", "3～5.5"),
    }
    # No audit in the quarter before: the sound one before this.
    moved = {name: (row["较上期（下限）"], row["较上期（上限）"]) for name, row in rows.items()}
    assert moved == {
        QINGHE.name: ("-5.0", "-4.5"),
        **dict.fromkeys((YUNSHAN.name, LAOBAN.name, DUANWEN.name), ("", "")),
    }
    assert "不完整" in rows[DUANWEN.name]["说明"]


def test_an_earlier_period_can_be_ranked(desk: Desk, here: Callable[..., Ran], tmp_path: Path) -> None:
    places = ("--db", str(desk.database), "--systems", str(desk.systems), "--targets", str(registry(tmp_path)))
    ran = here("export", "ranking", "--system", COUNTY, "--period", "2026Q2", "--out", "spring.xlsx", *places)
    assert ran.code == 0, ran.err
    sheet = openpyxl.load_workbook(tmp_path / "spring.xlsx").worksheets[0]
    rows = [[cell for cell in row if cell not in (None, "")] for row in sheet.iter_rows(min_row=5, values_only=True)]
    assert rows[0][:2] == ["1", QINGHE.name]
    assert [row for row in rows[1:] if row] == [[YUNSHAN.name, "本期未核查"], ["beipo", "本期未核查"]]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--system", "langao-2023"), ("no portal can be ranked by langao-2023",)),
        (("--system", COUNTY, "--system", "wuwei-2020"), ("the one system", "qinghe-2026, wuwei-2020")),
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


# systems of one's own, and what is refused before a portal is asked anything


BROKEN = COUNTY_TEXT.replace('draw = "search_titles"', 'draw = "titles"')


@pytest.mark.parametrize(
    "words",
    [("systems",), ("score", "qinghe"), ("export", "ranking"), ("import", "marks", "a.xlsx")],
    ids=lambda words: words[0],
)
def test_a_broken_system_is_refused_at_the_start_with_file_line_and_leaf(
    here: Callable[..., Ran], words: tuple[str, ...], tmp_path: Path
) -> None:
    path = scored.county(tmp_path / "systems", BROKEN) / "county.toml"
    ran = here(*words)
    line = line_with(BROKEN, 'draw = "titles"')
    assert one_sentence(ran, f"mingcha: {path}, line {line}: 1.2.1: ", "did you mean 'search_titles'?"), ran.err


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"systems": ["national-2091"]}, ("'national-2091'", "did you mean 'national-2019'?")),
        ({"exemptions": ["departements"]}, ("portal 'one'", "'departements'", "departments, no-services")),
    ],
    ids=["system", "exemption"],
)
async def test_an_unknown_system_or_exemption_is_refused_before_the_portal_is_asked(
    keys: dict[str, list[str]], says: tuple[str, ...], tmp_path: Path
) -> None:
    async with AwkwardServer() as server:
        targets(tmp_path, f"http://{HOST}/ok", {HOST: server.endpoint}, **keys)
        ran = await mingcha("audit", "one", "--out", "out", "--no-browser", cwd=tmp_path)
        assert one_sentence(ran, *says), ran.err
        assert (server.connections, server.log) == (0, [])
    assert not (tmp_path / "out").exists()


def test_an_exemption_of_a_system_the_portal_does_not_have_is_refused() -> None:
    portal = replace(QINGHE, systems=("wuwei-2020",), exemptions=("departments",))
    with pytest.raises(
        UsageError, match="portal 'qinghe': there is no exemption 'departments' in wuwei-2020; there are: none"
    ):
        checked(library(), portal)
    checked(library(), replace(portal, systems=("wuwei-2020", "national-2019")))


async def test_a_broken_system_is_refused_before_the_portal_is_asked(tmp_path: Path) -> None:
    path = scored.county(tmp_path / "mine", BROKEN) / "county.toml"
    async with AwkwardServer() as server:
        targets(tmp_path, f"http://{HOST}/ok", {HOST: server.endpoint})
        ran = await mingcha("audit", "one", "--systems", "mine", "--out", "out", "--no-browser", cwd=tmp_path)
        assert one_sentence(ran, f"{path}, line ", "1.2.1"), ran.err
        assert server.connections == 0
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
async def audited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an audit made under the county's own system and the national one."""
    folder = tmp_path_factory.mktemp("audited")
    scored.county(folder / "systems")
    async with AwkwardServer() as server:
        targets(folder, f"http://{HOST}/ok", {HOST: server.endpoint}, systems=[COUNTY, "national-2019"])
        ran = await mingcha("audit", "one", "--out", "out", "--no-browser", "--as-of", f"{DAY}", cwd=folder)
    assert ran.code == 0, ran.err + ran.out
    return folder


async def test_an_audit_is_scored_under_the_countys_own_system(audited: Path) -> None:
    heads = [line for line in feed(audited / "out", "scores.jsonl") if line["record"] == "score"]
    assert [(line["system"], line["period"]) for line in heads] == [(COUNTY, QUARTER), ("national-2019", PERIOD)]
    assert Sheet(audited / "out" / f"scores-{COUNTY}.xlsx").said("2.3", "应填") == "达标／不达标／不适用"


async def test_judging_again_beside_a_broken_system_is_refused_before_anything_is_kept(
    audited: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(audited, tmp_path / "again"))
    database = str(folder / "mingcha-data" / "mingcha.sqlite")
    broken = scored.county(tmp_path / "broken", BROKEN)
    with pytest.raises(UsageError, match=r"line \d+: 1\.2\.1: "):
        run_rejudge(folder / "out", frozenset({"broken_links"}), broken, database)
    engine = open_database(database)
    try:
        assert len(audit_view(engine, portal="one").results) == len(all_checks())
    finally:
        engine.dispose()


def test_of_two_versions_the_one_in_force_on_the_day_of_the_audit_is_used(desk: Desk, tmp_path: Path) -> None:
    dated = COUNTY_TEXT.replace('levels = ["一', 'effective_from = {year}-01-01\nlevels = ["一')
    scored.county(tmp_path / "both", dated.replace("{year}", "2026"), "a.toml")
    later = dated.replace("{year}", "2027").replace("version = 1", "version = 2")
    path = export_scores(
        QINGHE.id,
        "",
        Roster(named=(COUNTY,)),
        period="",
        out=tmp_path / "a.xlsx",
        folder=scored.county(tmp_path / "both", later, "b.toml"),
        database=str(desk.database),
    )
    hidden = {row[0].value: row[1].value for row in Sheet(path).book["_mingcha"].iter_rows()}
    assert hidden["version"] == "1"

"""The verb about indicator systems: what it lists, checks and refuses."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from indicators.library import BUNDLED
from mingcha.errors import UsageError
from mingcha.scoring.sheets import check_system, schema
from tests.app.run import ROOT, Ran, mingcha
from tests.scores import scored
from tests.scores.desk import LEAVES, line_with
from tests.scores.scored import COUNTY, COUNTY_TEXT


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


async def test_every_problem_of_a_file_is_a_line_with_its_place_and_leaf(tmp_path: Path) -> None:
    path = scored.county(tmp_path, BAD) / "county.toml"
    ran = await mingcha("systems", "check", str(path), cwd=tmp_path)
    assert (ran.code, ran.out) == (1, "")
    problems = ran.err.splitlines()
    kind, points = line_with(BAD, '"hijackt"'), line_with(BAD, "points = 4", 'id = "2"')
    assert any(line.startswith(f"{path} 第{kind}行：V.1：") and "是否为“hijacked”？" in line for line in problems), (
        problems
    )
    assert any(line.startswith(f"{path} 第{points}行：2：分值为4") for line in problems), problems
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
    assert "hijackt" in said and "分值为4" in said


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('decide = "auto"', 'decides = "auto"', ("第{line}行：条款“V.1”：没有“decides”这个设置项", "是否为“decide”？")),
        ("[[leaf]]", "[[leaf", ("格式有误", "第{line}行")),
        (COUNTY_TEXT, "", ("没有条款",)),
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

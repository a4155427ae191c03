"""The systems at hand: which file stands for an id, which version holds on a day, and what cannot be used together."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from indicators.library import Library, library, neighbours
from indicators.loading import IndicatorError
from tests.unit.indicators.make import HEAD, shipped, text_of

LEAF = '[[leaf]]\nid = "1"\ntext = "甲"\n'


def put(folder: Path, name: str, system: str = "own", version: int = 1, dates: str = "", text: str = "甲") -> Path:
    """Writes a system of one leaf."""
    head = HEAD.replace('"own"', f'"{system}"').replace("version = 1", f"version = {version}") + dates
    path = folder / name
    path.write_text(text_of(LEAF.replace("甲", text), head=head), encoding="utf-8")
    return path


def put_overlay(folder: Path, name: str, base: str, system: str) -> Path:
    """Writes an overlay that changes nothing."""
    path = folder / name
    head = f'format = 1\nbase = "{base}"\nid = "{system}"\nversion = 1\ntitle = "变体"\nsource = "某县"\n'
    path.write_text(head, encoding="utf-8")
    return path


def test_six_systems_ship_and_are_listed_by_id() -> None:
    assert [one.id for one in library().newest()] == [
        "changchun-xinqu",
        "langao-2023",
        "langfang-2023",
        "national-2019",
        "siping-2022",
        "wuwei-2020",
    ]


def test_systems_of_a_folder_stand_beside_those_that_ship(tmp_path: Path) -> None:
    put(tmp_path, "a.toml")
    (tmp_path / "notes.txt").write_text("no system", encoding="utf-8")
    both = library(tmp_path)
    assert both.get("own").leaf("1").text == "甲"
    assert both.get("wuwei-2020") == shipped("wuwei-2020")


def test_a_system_of_the_folder_replaces_the_one_that_ships(tmp_path: Path) -> None:
    put(tmp_path, "a.toml", "national-2019", 1, text="乙")
    both = library(tmp_path)
    assert [one.leaf("1").text for one in both.systems["national-2019"]] == ["乙"]
    assert len(library().get("national-2019").leaves) > 1


def test_a_file_may_stand_on_its_sound_neighbours_and_never_on_itself(tmp_path: Path) -> None:
    put(tmp_path, "a.toml", "beside")
    (tmp_path / "broken.toml").write_text("id = ", encoding="utf-8")
    found = neighbours(put(tmp_path, "b.toml", "own"))
    assert found["beside"].leaf("1").text == "甲"
    assert "own" not in found and "national-2019" in found


def test_one_id_and_version_in_two_files_is_refused(tmp_path: Path) -> None:
    first, second = put(tmp_path, "a.toml"), put(tmp_path, "b.toml")
    with pytest.raises(IndicatorError) as caught:
        library(tmp_path)
    assert str(caught.value) == f"{second}: 'own' version 1 is already in {first}"


def test_a_file_of_the_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    path = put(tmp_path, "a.toml", dates="titel = 1\n")
    with pytest.raises(IndicatorError, match="line 7: unknown key 'titel'") as caught:
        library(tmp_path)
    assert str(caught.value).startswith(str(path))


def test_overlays_may_stand_on_systems_that_ship_or_lie_beside_them(tmp_path: Path) -> None:
    put(tmp_path, "z.toml", text="乙")
    put_overlay(tmp_path, "a.toml", "own", "near")
    put_overlay(tmp_path, "b.toml", "siping-2022", "far")
    both = library(tmp_path)
    assert both.get("near").leaf("1").text == "乙"
    assert both.get("far").leaves == shipped("siping-2022").leaves


def test_an_overlay_may_take_the_id_of_the_system_it_changes(tmp_path: Path) -> None:
    put_overlay(tmp_path, "a.toml", "siping-2022", "siping-2022")
    (own,) = library(tmp_path).systems["siping-2022"]
    assert (own.title, len(own.leaves)) == ("变体", 85)


def test_an_overlay_may_stand_on_an_overlay_read_before_it(tmp_path: Path) -> None:
    put(tmp_path, "z.toml")
    put_overlay(tmp_path, "a.toml", "own", "county")
    put_overlay(tmp_path, "b.toml", "county", "town")
    assert library(tmp_path).get("town").leaf("1").text == "甲"


def test_names_of_files_do_not_decide_what_an_overlay_stands_on(tmp_path: Path) -> None:
    put(tmp_path, "z.toml")
    put_overlay(tmp_path, "b.toml", "own", "county")
    put_overlay(tmp_path, "a.toml", "county", "town")
    assert library(tmp_path).get("town").leaf("1").text == "甲"


def test_an_overlay_stands_on_the_newest_version(tmp_path: Path) -> None:
    put(tmp_path, "a.toml", version=1, text="旧")
    put(tmp_path, "b.toml", version=2, text="新")
    put_overlay(tmp_path, "c.toml", "own", "near")
    assert library(tmp_path).get("near").leaf("1").text == "新"


def test_an_overlay_stands_on_the_newest_version_whatever_its_file_is_named(tmp_path: Path) -> None:
    put(tmp_path, "b.toml", version=1, text="旧")
    put(tmp_path, "a.toml", version=2, text="新")
    put_overlay(tmp_path, "c.toml", "own", "near")
    assert library(tmp_path).get("near").leaf("1").text == "新"


@pytest.fixture
def versions(tmp_path: Path) -> Library:
    """Returns a library with three versions of one system: until 2024, of 2025, and from 2026 on."""
    put(tmp_path, "a.toml", version=1, dates="effective_until = 2024-12-31\n")
    put(tmp_path, "b.toml", version=3, dates="effective_from = 2026-01-01\n")
    put(tmp_path, "c.toml", version=2, dates="effective_from = 2025-01-01\neffective_until = 2025-12-31\n")
    return library(tmp_path)


@pytest.mark.parametrize(
    ("day", "version"),
    [
        (None, 3),
        (dt.date(2020, 1, 1), 1),
        (dt.date(2024, 12, 31), 1),
        (dt.date(2025, 1, 1), 2),
        (dt.date(2025, 12, 31), 2),
        (dt.date(2026, 1, 1), 3),
        (dt.date(2040, 1, 1), 3),
    ],
)
def test_the_version_in_force_on_a_day_is_meant(versions: Library, day: dt.date | None, version: int) -> None:
    assert versions.get("own", day).version == version
    assert [one.version for one in versions.systems["own"]] == [3, 2, 1]


def test_where_versions_overlap_the_newer_one_holds(tmp_path: Path) -> None:
    put(tmp_path, "a.toml", version=1)
    put(tmp_path, "b.toml", version=2, dates="effective_from = 2026-06-01\n")
    both = library(tmp_path)
    assert both.get("own", dt.date(2026, 5, 31)).version == 1
    assert both.get("own", dt.date(2026, 6, 1)).version == 2


def test_where_no_version_is_in_force_the_newest_is_meant(tmp_path: Path) -> None:
    put(tmp_path, "a.toml", version=1, dates="effective_until = 2024-12-31\n")
    put(tmp_path, "b.toml", version=2, dates="effective_from = 2026-01-01\n")
    assert library(tmp_path).get("own", dt.date(2025, 6, 1)).version == 2


def test_an_unknown_system_is_named_with_the_nearest() -> None:
    with pytest.raises(IndicatorError, match="there is no indicator system 'wuwei-2019'; did you mean 'wuwei-2020'"):
        library().get("wuwei-2019")
    with pytest.raises(IndicatorError, match="There are: changchun-xinqu, langao-2023, "):
        library().get("zzz")


def test_keywords_are_asked_for_once_in_order() -> None:
    words = library().keywords(["national-2019", "wuwei-2020", "wuwei-2020"])
    assert words == ("精准扶贫", "脱贫攻坚", "防范风险", "生态环保")
    assert library().keywords(["national-2019"]) == ()

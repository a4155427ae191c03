"""Systems of one's own, and what is refused before a portal is asked anything."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from checks.registry import all_checks
from indicators.library import library
from mingcha.commands import run_rejudge
from mingcha.errors import UsageError
from mingcha.scoring.sheets import export_scores
from mingcha.scoring.systems import Roster, checked
from storage.database import open_database
from storage.queries import audit_view
from tests.app.run import Ran, feed, mingcha, targets
from tests.net.servers import AwkwardServer
from tests.scores import scored
from tests.scores.desk import BROKEN, HOST, Desk, line_with, one_sentence
from tests.scores.scored import COUNTY, COUNTY_TEXT, DAY, PERIOD, QINGHE, QUARTER
from tests.scores.sheet import Sheet


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
    assert one_sentence(ran, f"mingcha: {path} 第{line}行：1.2.1：", "是否为“search_titles”？"), ran.err


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"systems": ["national-2091"]}, ("“national-2091”", "是否为“national-2019”？")),
        ({"exemptions": ["departements"]}, ("网站“one”", "“departements”", "departments, no-services")),
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
        assert one_sentence(ran, f"{path} 第", "1.2.1"), ran.err
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

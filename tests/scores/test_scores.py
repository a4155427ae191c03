"""Scores and score sheets of audits that were made, run as the installed command: what is said, written and refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from indicators.library import library
from mingcha.errors import UsageError
from mingcha.scoring.scores import score_portal
from storage.database import open_database
from tests.app.run import Ran, feed
from tests.scores.desk import LEAVES, Desk, one_sentence
from tests.scores.scored import COUNTY, DUANWEN, LAOBAN, QINGHE, YUNSHAN
from tests.scores.sheet import Sheet


async def test_an_audit_is_scored_under_another_system_without_asking_anybody(desk: Desk) -> None:
    ran = await desk.run("score", "qinghe", "--system", "wuwei-2020", "--system", COUNTY, "--out", "two")
    assert ran.code == 0, ran.err
    paths = [Path(line) for line in ran.out.splitlines()[:3]]
    assert paths == [Path("two", name) for name in ("scores-wuwei-2020.xlsx", f"scores-{COUNTY}.xlsx", "scores.jsonl")]
    assert len(Sheet(desk.folder / paths[0]).nodes) == LEAVES["wuwei-2020"]
    assert f"清河县2026年政务公开考评表（{COUNTY}，2026年第4季度）" in ran.out
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
    assert f"（{COUNTY}，2026年第2季度）" in ran.out and "得分区间：8～10" in ran.out
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
        (("score", "nobody"), ("网站“nobody”还没有核查过", "mingcha audit nobody")),
        (("score", "qinghe", "--system", "wuwei-2021"), ("“wuwei-2021”", "是否为“wuwei-2020”？")),
        (("score", "qinghe", "--audit", "qinghe-1"), ("没有核查“qinghe-1”",)),
        (("score", "qinghe", "--systems", "nowhere"), ("没有这个目录", "nowhere")),
        (("export", "scores", "--portal", "nobody"), ("网站“nobody”还没有核查过",)),
        (("export", "scores", "--portal", "qinghe", "--period", "2026"), ("--period", "2026H2", "national-2019")),
        (("export", "scores", "--portal", "qinghe", "--period", "2025H1"), ("在2025-01-01至", "没有核查过")),
        (("export", "scores", "--format", "html"), ("赋分表不能导出为html", "xlsx或jsonl")),
        (("export", "ranking", "--format", "jsonl"), ("排名不能导出为jsonl", "xlsx或csv")),
        (
            ("export", "scores", "--portal", "qinghe", "--system", "wuwei-2020", "--system", "national-2019"),
            ("请用--system写明", "wuwei-2020, national-2019"),
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

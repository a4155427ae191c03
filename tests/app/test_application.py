"""A portal that a script draws, audited by the installed command: what is wrong with it is found, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.application import COLUMNS, LOST, STATIC, TODAY, Routes, serving
from tests.app.run import feed, mingcha, targets

HOST = "www.qingxi.gov.cn"
HOME = f"http://{HOST}/"


@pytest.mark.parametrize("routes", ["hash", "path"])
async def test_an_application_is_read_in_the_browser_and_its_frame_accuses_nobody(
    tmp_path: Path, routes: Routes
) -> None:
    async with serving(routes) as port:
        targets(tmp_path, HOME, {HOST: f"127.0.0.1:{port}"})
        ran = await mingcha(
            *("audit", "one", "--out", "out", "--as-of", str(TODAY), "--confirm", "now", "--spacing", "0"),
            *("--only", "broken_links,empty_columns,update_freshness"),
            cwd=tmp_path,
        )
    assert ran.code == 0, ran.err
    mark = "#/" if routes == "hash" else ""
    found = {(one["check"], one["kind"], one["subject"]) for one in feed(tmp_path / "out", "findings.jsonl")}
    assert found == {
        ("broken_links", "not_found", HOME + LOST.lstrip("/")),
        ("empty_columns", "empty_list", f"{HOME}{mark}col/zxft"),
    }
    metrics = {one["check"]: one["metrics"] for one in feed(tmp_path / "out", "results.jsonl")}
    assert metrics["empty_columns"]["columns_measured"] == len(COLUMNS)
    assert metrics["update_freshness"]["columns_measured"] == len(COLUMNS) - 1
    assert not metrics["broken_links"]["not_measured"]


async def test_columns_of_an_application_beside_ordinary_pages_are_told_apart_by_their_routes(tmp_path: Path) -> None:
    async with serving("annex") as port:
        targets(tmp_path, HOME, {HOST: f"127.0.0.1:{port}"})
        ran = await mingcha(
            *("audit", "one", "--out", "out", "--as-of", str(TODAY), "--confirm", "now", "--spacing", "0"),
            *("--only", "broken_links,empty_columns"),
            cwd=tmp_path,
        )
    assert ran.code == 0, ran.err
    found = {(one["check"], one["kind"], one["subject"]) for one in feed(tmp_path / "out", "findings.jsonl")}
    assert found == {
        ("broken_links", "not_found", HOME + LOST.lstrip("/")),
        ("empty_columns", "empty_list", f"{HOME}hd/#/col/zxft"),
    }
    metrics = {one["check"]: one["metrics"] for one in feed(tmp_path / "out", "results.jsonl")}
    columns = metrics["empty_columns"]
    assert columns["columns"] == columns["columns_measured"] == len(COLUMNS) + len(STATIC)

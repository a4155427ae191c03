"""The life of a finding over several audits and re-checks: one identity, closed with proof only, back as regressed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.app.leaflet import running
from tests.app.run import feed, mingcha, targets


async def audit(folder: Path, name: str) -> dict[str, dict[str, Any]]:
    """Audits once and returns the broken links said, by subject."""
    words = ("--confirm", "now", "--spacing", "0", "--no-browser", "--as-of", "2026-11-20", "--only", "broken_links")
    ran = await mingcha("audit", "one", "--out", name, *words, cwd=folder)
    assert ran.code == 0, ran.err + ran.out
    return {said["subject"]: said for said in feed(folder / name, "findings.jsonl")}


async def test_a_finding_is_one_over_audits_and_closes_with_proof_only(tmp_path: Path) -> None:
    subject = "http://www.one.gov.cn/fj/biao.pdf"
    async with running() as site:
        targets(tmp_path, "http://www.one.gov.cn/", {"www.one.gov.cn": site.endpoint})
        first = (await audit(tmp_path, "a1"))[subject]
        assert (first["kind"], first["outcome"], first["state"]) == ("not_found", "fail", "open")
        again = (await audit(tmp_path, "a2"))[subject]
        assert (again["fingerprint"], again["number"]) == (first["fingerprint"], first["number"])
        assert again["first_seen"] == first["first_seen"]
        site.file_there = True
        assert (await audit(tmp_path, "a3"))[subject]["state"] == "fixed"
        assert subject not in await audit(tmp_path, "a4")
        site.file_there = False
        back = (await audit(tmp_path, "a5"))[subject]
        assert (back["state"], back["number"]) == ("regressed", first["number"])
        site.linked = False  # the other way to put it right
        assert (await audit(tmp_path, "a6"))[subject]["state"] == "fixed"


async def test_a_recheck_repeats_the_one_test(tmp_path: Path) -> None:
    async with running() as site:
        targets(tmp_path, "http://www.one.gov.cn/", {"www.one.gov.cn": site.endpoint})
        number = (await audit(tmp_path, "a1"))["http://www.one.gov.cn/fj/biao.pdf"]["number"]
        words = ("recheck", number, "--spacing", "0", "--no-browser", "--as-of", "2026-11-20")
        site.asked.clear()
        still = await mingcha(*words, "--out", "r1", cwd=tmp_path)
        assert (still.code, "仍存在" in still.out) == (0, True), still.err + still.out
        assert not any(path.startswith("/gg/") for path in site.asked)  # nothing but the subject and its page
        site.alive = False
        down = await mingcha(*words, "--out", "r2", cwd=tmp_path)
        assert (down.code, "状态不变" in down.out) == (3, True), down.err + down.out
        site.alive, site.linked = True, False
        gone = await mingcha(*words, "--out", "r3", cwd=tmp_path)
        assert (gone.code, "已整改" in gone.out) == (0, True), gone.err + gone.out
        nothing = await mingcha("recheck", "one", cwd=tmp_path)
        assert (nothing.code, "没有未销号的问题" in nothing.err) == (1, True), nothing.err + nothing.out

"""The portal of the benchmark of nights changes as it says, and its table tells every night beside the first."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.nights import Night, age, change, table
from benchmarks.plan import Plan, Ports
from benchmarks.site import make


def test_a_share_of_the_portal_changes_and_the_truth_with_it(tmp_path: Path) -> None:
    site = make(Plan(60, Ports.free()), tmp_path / "site")
    age(site, 86_400)
    before = {file: file.read_bytes() for file in (tmp_path / "site" / "www").rglob("*.html")}
    truth = change(site, 0.1)
    now = time.time()
    changed = {file for file, body in before.items() if file.exists() and file.read_bytes() != body}
    gone = {file for file in before if not file.exists()}
    assert len(changed) + len(gone) == 6  # of 55 articles
    assert len(gone) == 1
    assert all(3_000 < now - file.stat().st_mtime < 4_000 for file in changed)
    assert all(now - file.stat().st_mtime > 80_000 for file in before.keys() - changed - gone)
    new = truth.broken.keys() - site.truth.broken.keys()
    assert {kind for url, kind in truth.broken.items() if url in new} == {"404-page", "404-file"}
    assert not new & truth.good.keys()
    assert len(site.truth.pages) - len(truth.pages) == 1


def test_the_table_tells_nights_beside_the_first() -> None:
    first = Night("first", 1000, 20_000_000, 10.0, 8.0, 200.0, 500, 0, 0, 0, ("a", "b"), 0, 0)
    fresh = Night("fresh", 1000, 20_000_000, 10.0, 8.0, 200.0, 500, 0, 0, 0, ("a", "b", "c"), 0, 0)
    rolling = Night("rolling", 250, 2_000_000, 3.0, 1.0, 190.0, 510, 200, 290, 600, ("a", "c"), 0, 0)
    lines = table([first, fresh, rolling]).splitlines()
    assert len({line.count("|") for line in lines}) == 1
    assert lines[-1] == (
        "| rolling | 250 (25%) | 2.0 (10%) | 3.0 (30%) | 1.0 (12%) | 190 | 200 of 510 | 290, 600 | 2 of 3 | 0 |"
    )

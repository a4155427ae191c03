"""What a night asks of the results database."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from checks.base import Outcome
from storage.commit import commit_audit
from storage.database import open_database
from storage.nights import changes, last_complete
from tests.storage.make import PORTAL, audit, finding, metas, result

A, B = "https://www.yun.example/a.html", "https://www.yun.example/b.html"


def test_only_sound_audits_count_and_changes_are_those_of_one_audit(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "mingcha.db")
    try:
        assert last_complete(engine) == {}
        sound, degraded, recheck = audit(2), audit(3, degraded="stopped early"), audit(4, kind="recheck")
        seen = result(finding(A), finding(B, Outcome.SUSPECT))
        for record, results in ((sound, seen), (degraded, seen), (recheck, result(passed=[A]))):
            commit_audit(engine, record, [results], metas=metas)
        assert last_complete(engine) == {PORTAL.id: sound.ended.astimezone(dt.UTC)}
        assert changes(engine, sound.id) == {"open": 1, "suspect": 1}
        assert changes(engine, degraded.id) == {}
        assert changes(engine, recheck.id) == {"fixed": 1}
    finally:
        engine.dispose()

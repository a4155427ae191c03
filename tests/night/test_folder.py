"""What a night reads of those before it: who is finished, who goes on, and what an audit said at its end."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from pathlib import Path

import pytest

from mingcha.audit import AuditOptions, header
from mingcha.errors import ImpossibleError
from mingcha.night.folder import (
    DATABASE_LOCK,
    finished,
    hanging,
    kept,
    last_end,
    last_line,
    locked,
    place,
    read_night,
    unfinished,
    write_night,
)
from mingcha.night.nightly import run_nightly
from mingcha.night.plan import Night
from mingcha.night.run import NightOptions
from portal.model import Network, Portal
from portal.zone import CHINA
from storage.bundle import Bundle

NIGHT = Night(dt.date(2026, 11, 28))
NOW = dt.datetime(2026, 11, 28, 22, 0, tzinfo=CHINA)
PORTAL = Portal("yun", "云县", "http://www.yun.gov.cn/")


def left(folder: Path, day: int, started: dt.datetime, told: dt.datetime | None = None) -> Path:
    """Leaves an audit in the folder of that night of November; returns its place."""
    out = place(folder, Night(dt.date(2026, 11, day)), PORTAL.id)
    made = header(PORTAL, Network(), AuditOptions(as_of=started.date()), started)
    with Bundle.create(out / "bundle", made) as bundle:
        if told is not None:
            bundle.mark("told", told)
    return out


def ago(**time: float) -> dt.datetime:
    return NOW - dt.timedelta(**time)


def test_nothing_is_there_in_the_first_night(tmp_path: Path) -> None:
    assert finished(tmp_path, "yun", NIGHT) is None
    assert unfinished(tmp_path, "yun", NIGHT, NOW, None) is None
    assert list(tmp_path.iterdir()) == []


def test_an_unfinished_audit_of_the_night_before_goes_on(tmp_path: Path) -> None:
    out = left(tmp_path, 27, ago(hours=23))
    found = unfinished(tmp_path, "yun", NIGHT, NOW, None)
    assert found is not None and found.out == out
    assert unfinished(tmp_path, "yun", NIGHT, NOW, ago(hours=22)) is None  # one was completed since
    assert finished(tmp_path, "yun", NIGHT) is None


def test_one_killed_between_the_database_and_its_reports_goes_on(tmp_path: Path) -> None:
    out = left(tmp_path, 28, ago(hours=1))
    found = unfinished(tmp_path, "yun", NIGHT, NOW, ago(minutes=30))  # what the database has as completed is itself
    assert found is not None and found.out == out
    assert hanging(tmp_path, "yun", NIGHT)
    left(tmp_path, 27, ago(hours=20), told=ago(hours=19))
    assert not hanging(tmp_path, "yun", Night(dt.date(2026, 11, 27)))


def test_an_unfinished_audit_of_three_nights_ago_does_not(tmp_path: Path) -> None:
    left(tmp_path, 26, ago(hours=49))
    assert unfinished(tmp_path, "yun", NIGHT, NOW, None) is None


def test_an_audit_of_the_night_before_that_was_finished_tonight_is_tonights(tmp_path: Path) -> None:
    out = left(tmp_path, 27, ago(hours=23), told=ago(hours=1))
    found = finished(tmp_path, "yun", NIGHT)
    assert found is not None and found.out == out
    assert unfinished(tmp_path, "yun", NIGHT, NOW, None) is None


def test_an_audit_finished_the_night_before_is_not_tonights(tmp_path: Path) -> None:
    left(tmp_path, 27, ago(hours=23), told=ago(hours=22))
    assert finished(tmp_path, "yun", NIGHT) is None
    assert unfinished(tmp_path, "yun", NIGHT, NOW, None) is None


def test_a_folder_with_something_else_in_it_is_no_audit(tmp_path: Path) -> None:
    out = place(tmp_path, NIGHT, "yun")
    (out / "bundle").mkdir(parents=True)
    (out / "bundle" / "bundle.sqlite").write_bytes(b"no database" * 100)
    assert kept(out) is None


def test_only_the_end_of_the_last_sitting_counts(tmp_path: Path) -> None:
    events = tmp_path / "bundle" / "events.jsonl"
    events.parent.mkdir()
    end = json.dumps({"event": "end", "exit_code": 3, "degraded": "stopped early"})
    events.write_text('{"event": "begin"}\n' + end + "\n", "utf-8")
    assert last_end(tmp_path)["exit_code"] == 3
    events.write_text('{"event": "begin"}\n' + end + '\n{"event": "begin"}\n{"event": "pro', "utf-8")
    assert last_end(tmp_path) == {}


def test_the_last_line_says_why(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("核查\nmingcha: the disk is full\n", "utf-8")
    assert last_line(tmp_path / "log") == "the disk is full"
    assert last_line(tmp_path / "nowhere") == ""


def test_night_json_appears_whole_and_a_broken_one_is_none(tmp_path: Path) -> None:
    path = tmp_path / "2026-11-28" / "night.json"
    write_night(path, {"portals": [{"portal": "yun", "result": "done"}]})
    assert read_night(path)["portals"] == [{"portal": "yun", "result": "done"}]
    assert [one.name for one in path.parent.iterdir()] == ["night.json"]
    path.write_text("{", "utf-8")
    assert read_night(path) == {}


async def test_one_night_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mingcha.night.folder.LOCK_SECONDS", 0.0)
    async with locked(tmp_path / "lock", ""):
        with pytest.raises(ImpossibleError, match="another night is at work in here"):
            async with locked(tmp_path / "lock", "in here"):
                pass
    async with locked(tmp_path / "lock", ""):
        pass


async def test_one_night_at_a_time_with_one_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mingcha.night.folder.LOCK_SECONDS", 0.0)
    (tmp_path / "targets.toml").write_text('[[portal]]\nid = "yun"\nname = "云县"\nhome = "http://yun.example/"\n')
    database = tmp_path / "m.sqlite"
    options = NightOptions(tmp_path / "other", tmp_path / "targets.toml", str(database), canary=False)
    async with locked(tmp_path / DATABASE_LOCK, ""):
        with pytest.raises(ImpossibleError, match=r"with the results database .*m.sqlite"):
            await asyncio.to_thread(run_nightly, [], options)

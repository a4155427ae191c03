"""The log of events: one line each with audit, portal and phase; counters of every phase that add up."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from mingcha.logs import PROGRESS_SECONDS, EventLog
from tests.app.run import feed
from tests.seen.conftest import Audited

WHEN = dt.datetime(2026, 11, 28, 1, 2, 3, 456000, tzinfo=dt.UTC)


def events(audited: Audited) -> list[dict[str, Any]]:
    """Returns the events of the audit."""
    return feed(audited.folder, "all.jsonl")


def test_every_line_says_when_and_of_what(audited: Audited) -> None:
    lines = events(audited)
    assert lines == feed(audited.folder / "out" / "bundle", "events.jsonl")
    assert all(list(line)[:5] == ["at", "event", "audit", "portal", "phase"] for line in lines)
    times = [dt.datetime.fromisoformat(line["at"]) for line in lines]
    assert times == sorted(times)
    assert {line["audit"] for line in lines} == {audited.lines[0].audit}
    assert {line["portal"] for line in lines} == {"shilou"}
    assert (lines[0]["event"], lines[-1]["event"]) == ("begin", "end")
    assert lines[0]["as_of"] == "2026-03-02"


def test_phases_are_counted_and_add_up(audited: Audited) -> None:
    lines = events(audited)
    phases = {line["name"]: line for line in lines if line["event"] == "phase"}
    end = lines[-1]
    # What comes after the gathering is not in its summary.
    order = ["vantage", "survey", "crawl", "render", "links", "probe", "search", "proof", "judge", "tell"]
    assert [name for name in order if name in phases] == list(phases)
    assert {"vantage", "survey", "crawl", "links", "probe", "search", "judge", "tell"} <= set(phases)
    gathering = [phase for name, phase in phases.items() if name not in {"proof", "judge", "tell"}]
    totals = {name: sum(phase[name] for phase in gathering) for name in ("requests", "pages", "bytes")}
    assert totals["pages"] == end["pages"]
    # A page may still ask for something while its browser is being closed.
    assert 0 <= end["requests"] - totals["requests"] <= 2
    assert totals["bytes"] <= end["bytes"] <= totals["bytes"] * 1.05
    assert phases["crawl"]["pages"] > 40
    assert phases["probe"]["requests"] >= 5
    assert all(phase["seconds"] >= 0 and phase["cpu"] >= 0 and phase["cpu_others"] >= 0 for phase in phases.values())
    assert sum(phase["cpu"] for phase in phases.values()) > 0.1


def test_the_end_says_how_it_ended(audited: Audited) -> None:
    end = events(audited)[-1]
    assert end["exit_code"] == audited.ran.code
    found = feed(audited.folder / "out", "findings.jsonl")
    assert sum(end["findings"].values()) == len(found)
    assert isinstance(end["health"], list)


def test_progress_is_told_now_and_then_and_each_phase_at_once(tmp_path: Path) -> None:
    now = 100.0
    log = EventLog([tmp_path / "e.jsonl"], audit="a-1", portal="a", clock=lambda: now, wall=lambda: WHEN)
    for stage, passed in (("crawl", 0.0), ("crawl", 0.3), ("crawl", PROGRESS_SECONDS), ("crawl", 1.0), ("links", 0.1)):
        now += passed
        log({"event": "progress", "stage": stage, "pages": int(now)})
    log({"event": "stage", "name": "proof"})
    log({"event": "log", "level": "warning", "logger": "crawler.x", "message": "字体", "audit": "not mine"})
    log.close()
    log.write("end")
    assert (tmp_path / "e.jsonl").read_text("utf-8").splitlines() == [
        json.dumps(
            {
                "at": "2026-11-28T01:02:03.456+00:00",
                "event": event,
                "audit": "a-1",
                "portal": "a",
                "phase": phase,
                **more,
            },
            ensure_ascii=False,
        )
        for event, phase, more in (
            ("progress", "crawl", {"pages": 100}),
            ("progress", "crawl", {"pages": 105}),
            ("progress", "links", {"pages": 106}),
            ("log", "proof", {"level": "warning", "logger": "crawler.x", "message": "字体"}),
        )
    ]


def test_a_file_that_cannot_be_written_is_left_out(tmp_path: Path) -> None:
    log = EventLog([tmp_path, Path("/dev/full"), tmp_path / "e.jsonl"], audit="a-1", portal="a")
    log.write("begin")
    log.write("end")
    log.close()
    assert [line["event"] for line in feed(tmp_path, "e.jsonl")] == ["begin", "end"]

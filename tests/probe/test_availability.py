"""From probes to findings: an audit takes the series along, is judged by it again; a good week closes a finding."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from checks.base import Outcome
from mingcha.audit import conclude
from mingcha.probes.availability import keep_series, table
from mingcha.scoring.scores import score_portal
from mingcha.scoring.systems import systems_at_hand
from portal.artifacts import AvailabilityRecord, FetchOutcome, GatherSummary, ProbeSeen
from portal.model import Network, Portal
from portal.zone import CHINA
from storage.bundle import Bundle, Header
from storage.database import open_database
from storage.ledger.excuses import MAINTENANCE, Excuse, Scope, excuse
from storage.probes import Probe, keep, series
from storage.queries import audit_view

PORTAL = Portal("yun", "云县人民政府", "http://www.yun.gov.cn/")
DAY = dt.date(2026, 11, 20)
OK, TIMEOUT = FetchOutcome.OK, FetchOutcome.TIMEOUT


@dataclass
class Place:
    """A results database and a folder for audits."""

    folder: Path
    engine: Engine

    @property
    def database(self) -> str:
        return str(self.folder / "results.sqlite")

    def probed(self, first: dt.date, days: int, bad: int = 0) -> None:
        """Keeps 24 probes a day; the first `bad` of them failed."""
        begin = dt.datetime.combine(first, dt.time(0, 30), CHINA)
        made = []
        for number in range(24 * days):
            at = begin + dt.timedelta(hours=number)
            failed = number < bad
            seen = ProbeSeen(at, 0, TIMEOUT if failed else OK, 15.0 if failed else 0.2, vantage="本机")
            made.append(Probe(PORTAL.id, at - dt.timedelta(minutes=30), "x", seen))
        keep(self.engine, made)

    def audited(self, day: dt.date, home: FetchOutcome = OK) -> Path:
        """Returns the folder of an audit that saw a home page and nothing else, late on that day."""
        now = dt.datetime.combine(day, dt.time(23, 40), CHINA)
        out = self.folder / f"audit-{day}"
        header = Header(f"yun-{day}", PORTAL, Network(sealed=True), day, now, "seed", "0")
        with Bundle.create(out / "bundle", header) as bundle:
            bundle.add(GatherSummary(now, now, pages=1, home_outcome=home))
            for stage in ("crawl", "links", "probe", "search"):
                bundle.mark(stage, now)
            keep_series(bundle, self.database, now)
        conclude(out, header.audit, frozenset(), self.database)
        return out

    def result(self, out: Path) -> dict[str, Any]:
        lines = (out / "results.jsonl").read_text("utf-8").splitlines()
        (one,) = [row for row in map(json.loads, lines) if row["check"] == "reachability"]
        return dict(one)

    def states(self) -> list[str]:
        return [f"{one.kind} {one.state}" for one in audit_view(self.engine, portal=PORTAL.id).findings]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    engine = open_database(tmp_path / "results.sqlite")
    yield Place(tmp_path, engine)
    engine.dispose()


def test_a_finding_opens_at_once_and_closes_by_a_good_week(place: Place) -> None:
    place.probed(DAY - dt.timedelta(days=6), 14, bad=9)
    first = place.audited(DAY)
    assert place.states() == ["site_unreachable open"]
    assert (first / "bundle").exists()
    place.audited(DAY + dt.timedelta(days=1))
    assert place.states() == ["site_unreachable fixed"]


def test_a_portal_that_is_down_is_judged_although_the_audit_saw_nothing(place: Place) -> None:
    place.probed(DAY - dt.timedelta(days=6), 7, bad=168)
    place.audited(DAY, home=TIMEOUT)
    assert place.states() == ["site_unreachable open"]


def test_a_week_with_gaps_closes_nothing(place: Place) -> None:
    place.probed(DAY - dt.timedelta(days=6), 7, bad=9)
    place.audited(DAY)
    gap = place.audited(DAY + dt.timedelta(days=4))
    assert place.result(gap)["outcome"] == Outcome.NOT_MEASURED
    assert place.result(gap)["reason"] == "short_series"
    assert place.states() == ["site_unreachable open"]


def test_a_saved_audit_is_judged_again_by_the_same_probes(place: Place) -> None:
    place.probed(DAY - dt.timedelta(days=6), 7, bad=9)
    out = place.audited(DAY)
    before = place.result(out)
    late = ProbeSeen(dt.datetime.combine(DAY, dt.time(12, 1), CHINA), 0, TIMEOUT, 15.0, vantage="本机")
    keep(place.engine, [Probe(PORTAL.id, late.at, "x", late)])
    conclude(out, f"yun-{DAY}", frozenset(), place.database)
    assert place.result(out) == before
    assert before["metrics"]["failures"] == 9


def test_the_proof_is_the_list_of_probes(place: Place) -> None:
    place.probed(DAY - dt.timedelta(days=6), 7, bad=9)
    out = place.audited(DAY)
    with Bundle.open(out / "bundle") as bundle:
        record = bundle.get(AvailabilityRecord, "availability")
        assert record is not None
        assert len(record.probes) == 168
        lines = bundle.blob(record.evidence).decode().splitlines()
    assert lines[1] == "2026-11-14 00:30:00  本机  默认  timeout  -  15.000  -"
    assert len(lines) == 169
    (found,) = audit_view(place.engine, portal=PORTAL.id).findings
    assert record.evidence in found.evidence


def test_an_outage_of_ours_is_said_in_the_proof() -> None:
    seen = ProbeSeen(dt.datetime(2026, 11, 20, tzinfo=CHINA), 6, TIMEOUT, 15.0, error="no answer", own_line=True)
    assert table([seen]).splitlines()[1].endswith("IPv6  timeout  -  15.000  -  no answer；本机网络异常，不计入")


def test_announced_times_come_from_the_ledger(place: Place) -> None:
    place.probed(DAY - dt.timedelta(days=6), 8, bad=9)
    place.audited(DAY)  # the ledger knows portals that were audited
    begin = dt.datetime.combine(DAY - dt.timedelta(days=6), dt.time(), CHINA)

    def announce(scope: Scope, subject: str, kind: str, hours: float) -> None:
        ends = begin + dt.timedelta(hours=hours)
        excuse(place.engine, Excuse(PORTAL.id, scope, subject, kind, "机房升级", begin, ends, "张三", begin))

    announce(Scope.CHECK, "broken_links", MAINTENANCE, 9)  # about something else
    announce(Scope.PORTAL, "", MAINTENANCE, 3)
    announce(Scope.CHECK, "reachability", MAINTENANCE, 6)
    out = place.folder / "again"
    now = dt.datetime.combine(DAY, dt.time(23, 50), CHINA)
    with Bundle.create(out / "bundle", Header("a", PORTAL, Network(), DAY, now, "s", "0")) as bundle:
        bundle.add(GatherSummary(now, now, home_outcome=OK))
        keep_series(bundle, place.database, now)
    conclude(out, "a", frozenset(), place.database)
    one = place.result(out)
    assert (one["metrics"]["announced"], one["metrics"]["failures"], one["outcome"]) == (6, 3, "pass")


def test_without_probes_nothing_is_kept_and_nothing_measured(place: Place) -> None:
    out = place.audited(DAY)
    with Bundle.open(out / "bundle") as bundle:
        assert bundle.get(AvailabilityRecord, "availability") is None
    assert (place.result(out)["outcome"], place.result(out)["reason"]) == ("not_measured", "no_series")


def test_the_veto_is_proposed_to_a_person(place: Place) -> None:
    place.probed(DAY - dt.timedelta(days=6), 7, bad=9)
    place.audited(DAY)
    (scored,) = score_portal(place.engine, PORTAL.id, ["national-2019"], systems_at_hand(None))
    assert [leaf.leaf.id for leaf in scored.score.vetoes()] == ["V.2.1"]


def test_probes_of_other_days_stay_where_they_are(place: Place) -> None:
    place.probed(DAY - dt.timedelta(days=40), 50)
    with Bundle.create(
        place.folder / "b", Header("a", PORTAL, Network(), DAY, dt.datetime(2026, 11, 20, tzinfo=dt.UTC), "s", "0")
    ) as bundle:
        keep_series(bundle, place.database, dt.datetime.combine(DAY, dt.time(12), CHINA))
        with Bundle.open(place.folder / "b", write=False) as other:  # kept before the bundle is closed
            record = other.get(AvailabilityRecord, "availability")
    assert record is not None
    assert (record.probes[0].at, len(record.probes)) == (
        dt.datetime.combine(DAY - dt.timedelta(days=13), dt.time(0, 30), CHINA),
        13 * 24 + 12,
    )
    assert len(series(place.engine, PORTAL.id, record.probes[0].at, record.until)) == len(record.probes)

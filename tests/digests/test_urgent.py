"""Urgent messages: what is told at once, to whom, and only once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from checks.base import Kind, Meta, Outcome, Severity
from mingcha.messages.channels.sending import Sender
from mingcha.messages.digest import Outcome as Sent
from mingcha.messages.urgent import down, send_urgent
from portal.artifacts import FetchOutcome, ProbeSeen
from portal.model import Targets
from portal.notify import Channel, ChannelKind, Notify, Urgent
from portal.zone import CHINA
from storage.commit import commit_audit
from storage.database import open_database
from storage.ledger.excuses import MAINTENANCE, Excuse, Scope, excuse
from storage.ledger.states import Deed, Step
from storage.probes import Probe, keep
from tests.app.run import mingcha
from tests.digests.conftest import Blank
from tests.steps import record
from tests.storage.make import META, PORTAL, audit, finding, result

ALL = (Urgent.VETO, Urgent.HIJACKED, Urgent.DOWN)
HIJACK = replace(META, kinds=(*META.kinds, Kind("hijacked", "被接管", "被接管")))


def metas(check: str) -> Meta:
    return HIJACK


def night(engine: Engine, day: int, veto: Sequence[str] = (), hijacked: Sequence[str] = (), **more: Any) -> list[str]:
    """An audit that finds these; returns their fingerprints."""
    found = [
        replace(finding(f"https://a.example/{name}", Outcome.FAIL, severity=Severity.VETO, confirmations=2))
        for name in veto
    ]
    found += [
        replace(finding(f"https://b.example/{name}", Outcome.FAIL), kind="hijacked", fingerprint=f"{name:0>64}")
        for name in hijacked
    ]
    plain = finding("https://c.example/plain", Outcome.FAIL, confirmations=2)
    commit_audit(engine, audit(day), [result(*found, plain, **more)], metas=metas)
    return [one.fingerprint for one in found]


class Office:
    """A database, a folder as channel, and a clock."""

    def __init__(self, engine: Engine, folder: Path, *channels: Channel) -> None:
        self.engine = engine
        self.folder = folder / "out"
        own = Channel(id="drop", kind=ChannelKind.FOLDER, path=str(self.folder), urgent=ALL)
        self.targets = Targets(portals=(PORTAL,), notify=Notify(channels=channels or (own,)))
        self.now = dt.datetime(2026, 3, 2, 7, tzinfo=CHINA)

    def send(self) -> Sent:
        return send_urgent(Sender(self.engine, lambda: self.now, lambda seconds: None, {}, waits=()), self.targets)

    def said(self) -> list[str]:
        texts = [path.read_text("utf-8").splitlines()[0] for path in sorted(self.folder.glob("*"))]
        for path in self.folder.glob("*"):
            path.unlink()
        return texts


@pytest.fixture
def office(place: str, tmp_path: Path) -> Iterator[Office]:
    engine = open_database(place)
    yield Office(engine, tmp_path)
    engine.dispose()


def test_what_is_new_is_told_once_and_what_comes_later_alone(office: Office) -> None:
    night(office.engine, 2, veto=["1", "2"], hijacked=["3"])
    assert office.send().sent == 2
    assert office.said() == [
        "【明察】紧急：云县人民政府发现链接被他人接管的问题 1 个",
        "【明察】紧急：云县人民政府发现单项否决类问题 2 个",
    ]
    assert office.send() == Sent() and office.said() == []
    night(office.engine, 4, veto=["1", "2", "4"])
    office.now = dt.datetime(2026, 3, 4, 7, tzinfo=CHINA)
    assert office.send().sent == 1
    assert office.said() == ["【明察】紧急：云县人民政府发现单项否决类问题 1 个"]


def test_what_is_old_removed_or_put_right_meanwhile_is_not_told(office: Office, blank: Blank) -> None:
    one, _ = night(office.engine, 2, veto=["1", "2"])
    record(office.engine, one, Step(Deed.REMOVE, "王五", office.now, "误报"))
    assert office.send().sent == 1 and office.said()[0].endswith("1 个")
    office.now += dt.timedelta(days=9)
    folder = office.folder.parent / "other"
    other = Office(blank(folder / "m.sqlite"), folder)
    night(other.engine, 1, veto=["1"])
    other.now = office.now
    assert other.send() == Sent()


def test_a_channel_is_told_what_it_asks_for(tmp_path: Path, blank: Blank) -> None:
    quiet = Channel(id="quiet", kind=ChannelKind.FOLDER, path=str(tmp_path / "quiet"))
    only = Channel(id="only", kind=ChannelKind.FOLDER, path=str(tmp_path / "out"), urgent=(Urgent.HIJACKED,))
    office = Office(blank(tmp_path / "m.sqlite"), tmp_path, quiet, only)
    night(office.engine, 2, veto=["1"], hijacked=["3"])
    assert office.send().sent == 1 and "接管" in office.said()[0] and not (tmp_path / "quiet").exists()


def test_a_target_that_was_out_of_order_is_told_when_it_is_back(tmp_path: Path, blank: Blank) -> None:
    (tmp_path / "out").write_text("no folder")
    office = Office(blank(tmp_path / "m.sqlite"), tmp_path)
    night(office.engine, 2, veto=["1"])
    (failed,) = office.send().failed
    assert "不能写入目录" in failed.why
    (tmp_path / "out").unlink()
    assert office.send().sent == 1 and len(office.said()) == 1


def probe(office: Office, hour: int, outcome: FetchOutcome = FetchOutcome.TIMEOUT, **more: Any) -> None:
    at = dt.datetime(2026, 3, 2, hour, 5, tzinfo=CHINA)
    family = more.pop("family", 0)
    seen = ProbeSeen(at=at, family=family, outcome=outcome, seconds=15.0, vantage="here", **more)
    keep(office.engine, [Probe(PORTAL.id, at, "p", seen)])


def test_a_portal_that_does_not_open_is_told_once_an_outage(office: Office) -> None:
    night(office.engine, 1)
    probe(office, 1, FetchOutcome.OK)
    probe(office, 2)
    assert office.send().sent == 0  # one alone may be chance
    probe(office, 3, own_line=True)
    probe(office, 4, family=6)
    probe(office, 5, FetchOutcome.SERVER_ERROR)
    assert office.send().sent == 1
    (path,) = office.folder.iterdir()
    assert path.read_text("utf-8").splitlines()[:2] == [
        "【明察】紧急：云县人民政府打不开",
        "自3月2日2时05分起连续 2 次探测未能打开，请立即排查。",
    ]
    probe(office, 6)
    assert office.send().sent == 0
    assert down(office.engine, PORTAL.id, office.now) is not None
    office.now = dt.datetime(2026, 3, 2, 12, tzinfo=CHINA)
    probe(office, 7, FetchOutcome.OK)
    assert down(office.engine, PORTAL.id, office.now) is None
    probe(office, 8)
    probe(office, 9)
    assert office.send().sent == 1


@pytest.mark.parametrize("outcome", [FetchOutcome.BLOCKED, FetchOutcome.DNS_UNKNOWN, FetchOutcome.NO_ROUTE])
def test_what_says_nothing_about_the_portal_alarms_nobody(office: Office, outcome: FetchOutcome) -> None:
    night(office.engine, 1)
    for hour in (2, 3, 4):
        probe(office, hour, outcome)
    assert office.send() == Sent()


def test_an_announced_outage_alarms_nobody(office: Office) -> None:
    night(office.engine, 1)
    probe(office, 2)
    probe(office, 3)
    begins, ends = (dt.datetime(2026, 3, 2, hour, tzinfo=CHINA) for hour in (0, 6))
    excuse(
        office.engine,
        Excuse(
            PORTAL.id, Scope.PORTAL, "", MAINTENANCE, "升级", begins, ends, who="李四", at=begins, link="https://x.cn/"
        ),
    )
    assert office.send() == Sent()


async def test_the_command_needs_a_channel_that_asks_for_it(tmp_path: Path, blank: Blank) -> None:
    (tmp_path / "targets.toml").write_text('[[notify.channel]]\nid = "d"\nkind = "folder"\npath = "out"\n', "utf-8")
    ran = await mingcha("urgent", cwd=tmp_path)
    assert ran.code == 1 and "中没有写urgent = […]的通报渠道" in ran.err
    office = Office(blank(tmp_path / "m.sqlite"), tmp_path)
    night(office.engine, 1)
    lines = ['[[notify.channel]]\nid = "d"\nkind = "folder"\npath = "out"\nurgent = ["veto", "down"]\n[[portal]]\n']
    lines += ['id = "yun"\nhome = "https://www.yun.example/"\n']
    (tmp_path / "targets.toml").write_text("".join(lines), "utf-8")
    ran = await mingcha("urgent", cwd=tmp_path, MINGCHA_DB=str(tmp_path / "m.sqlite"))
    assert (ran.code, ran.out) == (0, "已送达 0 条。\n"), ran.err

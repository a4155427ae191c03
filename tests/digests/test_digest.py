"""The morning's digest: what is counted for whom, what is said, and how the command ends."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from sqlalchemy import Engine

from checks.base import Outcome, Severity
from mingcha.errors import UsageError
from mingcha.messages.digest import after_night, digests_of, sending, strangers, wanted
from portal.model import Portal, Targets
from portal.notify import Channel, ChannelKind, Notify
from portal.zone import CHINA
from reports.digest import Counts
from storage.commit import commit_audit
from storage.database import open_database
from storage.deliveries import OFFICE
from storage.ledger.book import Handing, hand_out
from storage.ledger.states import Deed, Step
from tests.app.run import mingcha
from tests.digests.robots import running
from tests.steps import claim, record
from tests.storage.make import PORTAL, audit, finding, metas, result

TODAY = dt.date(2026, 3, 6)  # a Friday
NOW = dt.datetime(2026, 3, 6, 7, 30, tzinfo=CHINA)
LINK = "https://mingcha.example.gov.cn/"
TARGETS = Targets(portals=(PORTAL,), notify=Notify(link=LINK))
NAMES = ("due", "late", "claimed", "veto", "fixed", "back", "gone", "fresh")
URLS = {name: f"https://www.yun.example/fj/{name}-13912345678.pdf" for name in NAMES}


def at(day: int, hour: int) -> dt.datetime:
    return dt.datetime(2026, 3, day, hour, tzinfo=CHINA)


def night(engine: Engine, day: int, bad: Sequence[str], good: Sequence[str] = ()) -> None:
    found = [
        finding(
            URLS[name],
            Outcome.FAIL,
            severity=Severity.VETO if name == "veto" else Severity.DEDUCT,
            title="来信人张三",
            confirmations=2,
        )
        for name in bad
    ]
    commit_audit(engine, audit(day), [result(*found, passed=[URLS[name] for name in good])], metas=metas)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A week of a ledger: due today, overdue, claimed, veto, fixed tonight, back tonight, removed, found tonight."""
    path = tmp_path_factory.mktemp("digest") / "m.sqlite"
    engine = open_database(path)
    old = ("due", "late", "claimed", "veto", "fixed", "back", "gone")
    night(engine, 2, old)
    night(engine, 3, old)
    prints = {name: finding(URLS[name]).fingerprint for name in NAMES}
    night(engine, 4, [name for name in old if name != "back"], good=["back"])
    for name, deadline in (("due", at(6, 18)), ("late", at(5, 18)), ("claimed", at(5, 18))):
        hand_out(engine, [prints[name]], Handing("李四", at(4, 9), "县发改局", deadline=deadline))
    claim(engine, prints["claimed"], text="已修复", who="县发改局", at=at(5, 10))
    record(engine, prints["gone"], Step(Deed.REMOVE, "王五", at(5, 11), "不是问题"))
    night(engine, 6, ["due", "late", "veto", "back", "gone", "fresh"], good=["fixed"])
    engine.dispose()
    return path


def engine_of(database: Path) -> Engine:
    return open_database(database)


def test_each_unit_and_the_office_are_told_what_stands(database: Path) -> None:
    office, bureau, portal_unit = digests_of(engine_of(database), TARGETS, TODAY, NOW)
    assert (office.unit, bureau.unit, portal_unit.unit) == (OFFICE, "云县政府办", "县发改局")
    assert portal_unit.counts == Counts(open=3, due=1, overdue=1, waiting=1)
    assert bureau.counts == Counts(open=3, veto=1, new=1, closed=1, regressed=1)
    assert office.counts == Counts(open=6, veto=1, due=1, overdue=1, new=1, closed=1, regressed=1, waiting=1)
    assert office.message.text.splitlines() == [
        "【明察】全部网站问题日报 2026年3月6日",
        "待整改 6 个，其中单项否决类 1 个",
        "今日到期 1 个，已超期 1 个",
        "新发现 1 个，反弹 1 个，已销号 1 个（3月5日12时以来）",
        "待复查 1 个",
        "有超期问题的单位 1 个",
        f"详情请登录查看：{LINK}",
        "本消息由明察自动发送，只含数量。",
    ]
    assert portal_unit.message.subject == "【明察】县发改局网站问题日报 2026年3月6日"


def test_nothing_of_a_finding_or_a_person_is_in_it(database: Path) -> None:
    for digest in digests_of(engine_of(database), TARGETS, TODAY, NOW):
        said = digest.message.subject + digest.message.text
        for word in ("yun.example", "张三", "139", "李四", "fj", "打不开"):
            assert word not in said.replace(LINK, "")


def test_an_earlier_day_is_told_as_it_stood_at_its_noon(database: Path) -> None:
    engine = engine_of(database)
    office = digests_of(engine, TARGETS, dt.date(2026, 3, 4), NOW)[0]
    assert office.counts == Counts(open=5, veto=1, closed=1)  # one was removed since: it never was one
    assert digests_of(engine, TARGETS, dt.date(2026, 3, 1), NOW)[0].counts == Counts()
    with pytest.raises(UsageError, match="has not come yet"):
        digests_of(engine, TARGETS, dt.date(2026, 3, 7), NOW)


def test_a_portal_that_is_not_in_the_file_any_more_is_left_out(database: Path) -> None:
    other = Targets(portals=(Portal(id="other", name="o", home="https://o.example/"),))
    office, *units = digests_of(engine_of(database), other, TODAY, NOW)
    assert office.counts == Counts() and units == []
    assert "没有待整改的问题。" in office.message.text and "详情请查看本单位整改台账。" in office.message.text


@pytest.mark.parametrize(
    ("values", "units"),
    [
        ({}, [OFFICE]),
        ({"units": ("*",), "office": False}, ["云县政府办", "县发改局"]),
        ({"units": ("县发改局", "别的局"), "office": True}, [OFFICE, "县发改局"]),
    ],
)
def test_a_channel_gets_the_digests_it_is_for(
    database: Path, values: dict[str, tuple[str, ...]], units: list[str]
) -> None:
    digests = digests_of(engine_of(database), TARGETS, TODAY, NOW)
    channel = Channel(id="c", kind=ChannelKind.FOLDER, path="x", **values)  # type: ignore[arg-type]
    assert [digest.unit for digest in wanted(channel, digests)] == units


def test_a_unit_with_nothing_to_tell_is_left_alone_and_one_nobody_knows_is_said(database: Path) -> None:
    channel = Channel(id="c", kind=ChannelKind.FOLDER, path="x", units=("县发改局", "县发改委", "*"), office=False)
    described = replace(TARGETS, notify=Notify(channels=(channel,)))
    digests = digests_of(engine_of(database), described, dt.date(2026, 3, 1), NOW)
    assert [digest.unit for digest in digests if not digest.quiet] == [OFFICE]
    assert wanted(channel, digests) == ()
    today = digests_of(engine_of(database), described, TODAY, NOW)
    assert list(strangers(described, today)) == [
        "提示：渠道 c 的单位“县发改委”不是任何网站、栏目或问题的责任单位，请检查名称"
    ]


def write_targets(folder: Path, base: str) -> None:
    lines = [
        "[notify]",
        f"link = {json.dumps(LINK)}",
        *("[[notify.channel]]", 'id = "drop"', 'kind = "folder"', 'path = "out"', 'units = ["*"]', "office = true"),
        *("[[notify.channel]]", 'id = "group"', 'kind = "wecom"', 'key_env = "KEY"', f"base = {json.dumps(base)}"),
        *("[[portal]]", 'id = "yun"', 'home = "https://www.yun.example/"'),
    ]
    (folder / "targets.toml").write_text("\n".join(lines), "utf-8")


async def test_the_command_sends_says_what_failed_and_sends_only_that_again(database: Path, tmp_path: Path) -> None:
    with sqlite3.connect(database) as held:
        held.execute("VACUUM INTO ?", [str(tmp_path / "m.sqlite")])
    held.close()
    environ = {"MINGCHA_DB": str(tmp_path / "m.sqlite"), "KEY": "693a91f6-7xxx"}
    async with running() as played:
        write_targets(tmp_path, played.base)
        shown = await mingcha("digest", "--date", "2026-03-06", "--dry-run", cwd=tmp_path, **environ)
        assert shown.code == 0 and "—— 渠道：drop、group" in shown.out and not (tmp_path / "out").exists()
        assert played.paths == []
        played.answer = web.json_response({"errcode": 93000, "errmsg": "invalid webhook url"})
        ran = await mingcha("digest", "--date", "2026-03-06", cwd=tmp_path, **environ)
        assert (ran.code, ran.err) == (3, "")
        assert ran.out.splitlines() == [
            "已送达 3 条，1 条未送达：",
            "    · 渠道 group，全部网站，group：对方返回错误 93000：invalid webhook url",
        ]
        names = sorted(path.name for path in (tmp_path / "out").glob("*"))
        assert len(names) == 3 and names[-1].startswith("2026-03-06-digest-县发改局")
        played.answer = None
        ran = await mingcha("digest", "--date", "2026-03-06", cwd=tmp_path, **environ)
        assert ran.code == 0 and "已送达 1 条，3 条此前已送达，未重复发送" in ran.out
        assert len(played.seen) == 1
        ran = await mingcha("digest", "--unit", "没有的局", cwd=tmp_path, **environ)
        assert ran.code == 1 and "没有要告知该单位的内容" in ran.err


def test_whoever_ends_a_night_sends_where_channels_are_and_says_why_it_cannot(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    own = shutil.copy(database, tmp_path / "m.sqlite")
    (tmp_path / "targets.toml").write_text('[[portal]]\nid = "yun"\nhome = "https://www.yun.example/"\n', "utf-8")
    assert after_night(tmp_path / "targets.toml", str(own)) == 0 and capsys.readouterr() == ("", "")
    (tmp_path / "targets.toml").write_text('[[notify.channel]]\nid = "d"\nkind = "folder"\npath = "out"\n', "utf-8")
    assert after_night(tmp_path / "targets.toml", str(own)) == 0
    assert capsys.readouterr().out == "已送达 1 条。\n" and len(list((tmp_path / "out").iterdir())) == 1
    with sending(str(own)):
        assert after_night(tmp_path / "targets.toml", str(own)) == 3
    assert "日报未能发送：另一个程序正在发送通报" in capsys.readouterr().err


async def test_without_channels_or_a_database_it_is_one_sentence(tmp_path: Path) -> None:
    ran = await mingcha("digest", cwd=tmp_path)
    assert ran.code == 1 and "当前目录没有targets.toml" in ran.err
    (tmp_path / "targets.toml").write_text("", "utf-8")
    ran = await mingcha("digest", cwd=tmp_path)
    assert ran.code == 1 and "没有通报渠道[[notify.channel]]" in ran.err
    write_targets(tmp_path, "http://127.0.0.1:1")
    ran = await mingcha("digest", cwd=tmp_path)
    assert ran.code == 1 and "没有结果数据库" in ran.err

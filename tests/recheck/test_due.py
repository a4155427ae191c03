"""What is due is looked at again by itself: confirmed on another date, claims closed or returned, nothing twice."""

from __future__ import annotations

import asyncio
import datetime as dt
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine

from mingcha.rechecks.due import DueReport, list_due, recheck_due
from mingcha.rechecks.terminal import listing, summary
from portal.zone import CHINA
from storage.database import open_database
from storage.ledger.book import entry
from storage.ledger.rename import rename_portal
from storage.queries import portals
from storage.rechecks import rechecks
from tests.app.run import ROOT, mingcha
from tests.recheck.owed import HOSTS, audit, conclusions, fill, finding, options, say_fixed
from tests.recheck.site import PDF, Site, html, running, write_targets


@pytest.fixture
def site() -> Iterator[Site]:
    with running() as made:
        for host in HOSTS.values():
            fill(made, host)
        yield made


async def test_a_finding_from_suspicion_to_its_closing(site: Site, tmp_path: Path) -> None:
    write_targets(tmp_path, site, {"one": HOSTS["one"]})
    ran = await audit(tmp_path, "one")
    assert ran.code == 0, ran.err + ran.out
    first = finding(tmp_path)
    assert first.state == "suspect"
    today = first.last_seen.astimezone(CHINA).date()

    def morning(days: int, hour: int = 9) -> dt.datetime:
        return dt.datetime.combine(today + dt.timedelta(days=days), dt.time(hour), CHINA)

    async def run(**more: object) -> DueReport:
        return await asyncio.to_thread(recheck_due, options(tmp_path, **more), clock=lambda: dt.datetime.now(dt.UTC))

    site.asked.clear()
    with time_machine.travel(first.last_seen + dt.timedelta(hours=5)):
        assert (await run()).made == []
        assert site.asked == []
    with time_machine.travel(morning(1)):
        site.down.add(HOSTS["one"])
        vain = await run()
        assert conclusions(vain) == [("one-0001", "未能复查")]
        assert vain.exit_code == 3
        assert finding(tmp_path).state == "suspect"
        assert (await run()).made == []  # not before some hours have passed
    site.down.clear()
    with time_machine.travel(morning(1, 13)):
        site.asked.clear()
        assert conclusions(await run()) == [("one-0001", "转为确认")]
        assert finding(tmp_path).state == "open"
        assert not [path for _, path in site.asked if path.startswith("/gg/")]  # the subject and its page, no more
        assert (await run()).made == []
    with time_machine.travel(morning(2)):
        say_fixed(tmp_path, "one-0001", morning(2, 8), "http://www.one.gov.cn/fj/neu.pdf")
        back = await run(claims_only=True)
        assert conclusions(back) == [("one-0001", "退回")]
        assert back.made[0].note == "整改后链接无法打开（404）"
        assert summary(back) == ["复查 1 项：退回 1"]
        assert (await run()).made == []
    with time_machine.travel(morning(2, 18)):
        site.pages[HOSTS["one"], "/fj/biao.pdf"] = PDF
        say_fixed(tmp_path, "one-0001", morning(2, 17), "http://www.one.gov.cn/fj/biao.pdf")
        good = await run()
        assert conclusions(good) == [("one-0001", "销号")]
        assert good.made[0].note == "整改后链接可以打开"
        assert good.exit_code == 0
        engine = open_database(options(tmp_path).database)
        assert str(entry(engine, first.fingerprint).state) == "已销号"
        kept = [one.conclusion for one in rechecks(engine, "one")]
        engine.dispose()
    assert kept == ["未能复查", "转为确认", "退回", "销号"]


async def test_a_portal_outside_its_hours_is_left_and_what_is_due_is_listed_without_a_network(
    site: Site, tmp_path: Path
) -> None:
    write_targets(tmp_path, site, {"one": HOSTS["one"]})
    ran = await audit(tmp_path, "one")
    assert ran.code == 0, ran.err + ran.out
    write_targets(tmp_path, site, {"one": HOSTS["one"]}, window="22:00-23:00")
    seen = finding(tmp_path).last_seen
    noon = dt.datetime.combine(seen.astimezone(CHINA).date() + dt.timedelta(days=1), dt.time(12), CHINA)
    site.asked.clear()
    report = await asyncio.to_thread(recheck_due, options(tmp_path), clock=lambda: noon)
    assert summary(report) == ["复查 0 项", "未复查 1 项：one，不在可访问时段（22:00-23:00）"]
    assert report.exit_code == 2
    lines = listing(list_due(options(tmp_path), noon), noon)
    assert lines[0].endswith("（已到时）  one-0001  疑似，待复核")
    assert lines[1] == "待复查 1 项，其中已到时 1 项"
    assert site.asked == []


async def test_what_only_an_earlier_audit_came_by_is_looked_at_all_the_same(site: Site, tmp_path: Path) -> None:
    home = site.pages[HOSTS["one"], "/"]
    assert isinstance(home, str)
    site.pages[HOSTS["one"], "/"] = home.replace('<p><a href="/fj/biao.pdf">申请表</a></p>', "")
    text = '<h1>某县公告</h1><p>发布时间：2026-11-05</p><p><a href="/fj/biao.pdf">申请表</a></p><p>公告。</p>'
    site.pages[HOSTS["one"], "/gg/5.html"] = html("公告", text)
    write_targets(tmp_path, site, {"one": HOSTS["one"]})
    words = ("--confirm", "now", "--no-browser", "--spacing", "0", "--only", "broken_links")
    for out, more in (("a1", ()), ("a2", ("--max-pages", "1"))):
        ran = await mingcha("audit", "one", "--out", out, *words, *more, cwd=tmp_path)
        assert ran.code == 0, ran.err + ran.out
    assert finding(tmp_path).state == "open"
    again = await mingcha("recheck", "one-0001", "--no-browser", "--spacing", "0", cwd=tmp_path)
    assert (again.code, "仍存在" in again.out) == (0, True), again.err + again.out
    site.pages[HOSTS["one"], "/fj/biao.pdf"] = PDF
    again = await mingcha("recheck", "one-0001", "--no-browser", "--spacing", "0", cwd=tmp_path)
    assert (again.code, "已整改" in again.out) == (0, True), again.err + again.out


async def test_a_portal_that_has_another_id_now_is_looked_at_under_that(site: Site, tmp_path: Path) -> None:
    write_targets(tmp_path, site, {"one": HOSTS["one"]})
    ran = await audit(tmp_path, "one", "--confirm", "now")
    assert ran.code == 0, ran.err + ran.out
    engine = open_database(options(tmp_path).database)
    rename_portal(engine, "one", "neu", who="张三", at=dt.datetime.now(dt.UTC))
    site.pages[HOSTS["one"], "/fj/biao.pdf"] = PDF
    write_targets(tmp_path, site, {"neu": HOSTS["one"]})
    again = await mingcha("recheck", "neu-0001", "--no-browser", "--spacing", "0", cwd=tmp_path)
    assert (again.code, "已整改" in again.out) == (0, True), again.err + again.out
    assert [one.id for one in portals(engine)] == ["neu"]
    assert [one.conclusion for one in rechecks(engine, "neu")] == ["销号"]
    engine.dispose()


async def test_a_killed_run_goes_on_where_it_was(site: Site, tmp_path: Path) -> None:
    write_targets(tmp_path, site, HOSTS)
    for portal in HOSTS:
        ran = await audit(tmp_path, portal, "--confirm", "now")
        assert ran.code == 0, ran.err + ran.out
        say_fixed(tmp_path, f"{portal}-0001", dt.datetime.now(dt.UTC))
    site.pages[HOSTS["one"], "/fj/biao.pdf"] = PDF
    site.held.add(HOSTS["two"])
    words = ("recheck", "--due", "--no-browser", "--spacing", "0")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "mingcha",
        *words,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "PATH": ""},
        stdout=asyncio.subprocess.PIPE,
    )
    await asyncio.to_thread(site.reached.wait)
    beside = await mingcha(*words, cwd=tmp_path)
    assert (beside.code, "另一个自动复查正在运行" in beside.err) == (2, True), beside.err + beside.out
    process.send_signal(signal.SIGKILL)
    assert process.stdout is not None
    assert "one-0001  销号  单位反馈已整改" in (await process.stdout.read()).decode()
    await process.wait()
    site.held.clear()
    site.asked.clear()
    again = await mingcha(*words, cwd=tmp_path)
    assert again.code == 0, again.err + again.out
    assert again.out.splitlines()[-2:] == ["    two-0001  退回  单位反馈已整改", "复查 1 项：退回 1"]
    assert {host for host, _ in site.asked} == {HOSTS["two"]}

"""What our own line failed in changes nothing: the sitting says so, tries once more, and judges only what it saw."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import time_machine

from crawler.crawl.again import Subjects, look_again
from crawler.net.fetcher import Fetcher
from crawler.net.known import KnownLinks
from crawler.probe.vantage import vantage
from mingcha.rechecks import due as module
from mingcha.rechecks.plan import rules
from mingcha.rechecks.words import link_said
from portal.artifacts import Attempt, Capability, FetchOutcome, GatherSummary, LinkRecord, Vantage
from portal.model import Portal
from portal.zone import CHINA
from storage.bundle import Bundle, Header
from tests.net.conftest import make_network
from tests.net.servers import dead_port
from tests.recheck.owed import HOSTS, audit, conclusions, fill, finding, options
from tests.recheck.site import html, running, write_targets
from tests.unit.checks.make import link

AT = dt.datetime(2026, 11, 20, 4, tzinfo=dt.UTC)
GOOD = Attempt(AT, "get", FetchOutcome.OK, 200)
HOME = "http://www.one.gov.cn/"
PORTAL = Portal(id="one", name="某县人民政府", home=HOME, rate=1000)
DEAD = "http://www.dead.cn/ok"


@pytest.mark.parametrize(("works", "routes"), [(True, True), (False, True), (True, False)])
async def test_a_silent_site_is_accused_only_while_others_answer_and_this_machine_has_a_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, works: bool, routes: bool
) -> None:
    looks: list[Vantage] = []

    async def seen(*args: Any, **more: Any) -> Vantage:
        looks.append(await vantage(*args, **more))
        gone = Capability(False, "no route")
        return looks[-1] if routes or len(looks) == 1 else replace(looks[-1], ipv4=gone, ipv6=gone)

    monkeypatch.setattr("crawler.crawl.again.vantage", seen)
    KnownLinks.write(tmp_path / "known.sqlite", [("http://www.good.cn/ok", GOOD)])
    with running() as site:
        site.pages["www.one.gov.cn", "/"] = html("某县人民政府", "<h1>某县人民政府</h1>")
        site.pages["www.good.cn", "/ok"] = html("好", "好")
        async with dead_port() as port:
            nobody = f"127.0.0.1:{port}"
            network = make_network(
                {
                    "www.one.gov.cn": site.endpoint,
                    "www.good.cn": site.endpoint if works else nobody,
                    "www.dead.cn": nobody,
                }
            )
            header = Header("one-1", PORTAL, network, AT.date(), AT, "s", "0")
            known = KnownLinks.open(tmp_path / "known.sqlite")
            with Bundle.create(tmp_path / "bundle", header) as bundle:
                bundle.add(link(DEAD, internal=False), GatherSummary(AT, AT))
                async with Fetcher(network, PORTAL, bundle) as fetcher:
                    subjects = Subjects(links=frozenset({DEAD}), fresh=True)
                    again = await look_again(bundle, subjects, fetcher, None, spacing=(0.0,), known=known)
                record = bundle.get(LinkRecord, DEAD)
    assert record is not None
    assert {one.outcome for one in record.attempts} == {FetchOutcome.REFUSED}
    held = works and routes
    assert (again.line_lost, again.holds, again.may_pass) == (not held, held, not held)
    assert len(looks) == 2


async def test_a_line_that_fails_twice_changes_nothing_and_one_that_comes_back_is_used(tmp_path: Path) -> None:
    with running() as site:
        fill(site, HOSTS["one"])
        write_targets(tmp_path, site, {"one": HOSTS["one"]})
        ran = await audit(tmp_path, "one")
        assert ran.code == 0, ran.err + ran.out
        before = finding(tmp_path)
        day = before.last_seen.astimezone(CHINA).date() + dt.timedelta(days=1)
        dead = False

        def dies_at_the_file(path: str) -> bool:
            nonlocal dead
            dead = dead or path == "/fj/biao.pdf"
            return dead

        site.cut = dies_at_the_file
        with time_machine.travel(dt.datetime.combine(day, dt.time(9), CHINA)):
            vain = await asyncio.to_thread(module.recheck_due, options(tmp_path))
        assert conclusions(vain) == [("one-0001", "未能复查")]
        after = finding(tmp_path)
        assert (after.state, after.last_seen, after.transitions) == ("suspect", before.last_seen, before.transitions)

        line = iter(["good", "dead", "good"])  # dead from the first look at the file to the next at the home page
        state = next(line)

        def fails_once(path: str) -> bool:
            nonlocal state
            was = state
            if (state, path) in {("good", "/fj/biao.pdf"), ("dead", "/")}:
                state = next(line, "good")
            return "dead" in (was, state)

        site.cut = fails_once
        site.asked.clear()
        with time_machine.travel(dt.datetime.combine(day, dt.time(14), CHINA)):
            good = await asyncio.to_thread(module.recheck_due, options(tmp_path))
        assert conclusions(good) == [("one-0001", "转为确认")]
        # Home, the file, home again: dead. Then all of it once more, with the page the link stands on.
        assert [path for _, path in site.asked].count("/") >= 4


async def test_many_findings_of_a_portal_are_looked_at_in_several_sittings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[tuple[str, int]] = []
    with running() as site:
        fill(site, HOSTS["one"])
        page = site.pages[HOSTS["one"], "/"]
        assert isinstance(page, str)
        site.pages[HOSTS["one"], "/"] = page.replace("<ul>", '<p><a href="/fj/b.pdf">乙表</a></p><ul>', 1)
        write_targets(tmp_path, site, {"one": HOSTS["one"]})
        ran = await audit(tmp_path, "one")
        assert ran.code == 0, ran.err + ran.out
        day = finding(tmp_path).last_seen.astimezone(CHINA).date() + dt.timedelta(days=1)
        monkeypatch.setattr(module, "rules", lambda: replace(rules(), sitting=1))
        with time_machine.travel(dt.datetime.combine(day, dt.time(9), CHINA)):
            report = await asyncio.to_thread(
                module.recheck_due, options(tmp_path), begun=lambda portal, count: begun.append((portal, count))
            )
    assert conclusions(report) == [("one-0001", "转为确认"), ("one-0002", "转为确认")]
    assert begun == [("one", 1), ("one", 1)]
    assert len({one.audit for one in report.made}) == 2


@pytest.mark.parametrize(
    ("url", "attempt", "said"),
    [
        (f"{HOME}a.html", Attempt(AT, "get", FetchOutcome.OK, 200, f"{HOME}a.html"), "整改后链接可以打开"),
        ("http://sub.one.gov.cn/a", Attempt(AT, "get", FetchOutcome.OK, 200), "整改后链接可以打开"),
        (
            "http://www.else.com/a",
            Attempt(AT, "get", FetchOutcome.OK, 200),
            "整改后链接可以打开，但不在本网站（www.else.com）",
        ),
        (
            f"{HOME}b",
            Attempt(AT, "get", FetchOutcome.OK, 200, signs=("soft_404:title",)),
            "整改后链接打开的疑似出错页面",
        ),
        (f"{HOME}c", Attempt(AT, "get", FetchOutcome.NOT_FOUND, 404), "整改后链接无法打开（404）"),
        (f"{HOME}d", Attempt(AT, "get", FetchOutcome.BLOCKED, 403), "整改后链接未能核实"),
        ("http://10.0.0.1/", Attempt(AT, "get", FetchOutcome.PRIVATE), "整改后链接未能核实"),
        ("已删除", None, "整改后链接不是网页地址"),
        (f"{HOME}logout", None, "整改后链接会改动网站内容，未打开"),
    ],
)
def test_what_the_link_of_a_claim_shows(url: str, attempt: Attempt | None, said: str) -> None:
    assert link_said(url, attempt, PORTAL) == said

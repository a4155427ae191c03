"""The doctor says what cannot be measured and what would help; only what makes an audit impossible stops it."""

from __future__ import annotations

import datetime as dt
import io
import os
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.browser.browsers import Found, Missing, Tried, remedies
from mingcha.doctor import (
    Grade,
    Item,
    browser_items,
    calendar_item,
    clock_item,
    database_item,
    disk_item,
    dns_item,
    doctor,
    ipv4_item,
    ipv6_item,
    names_item,
    private_item,
)
from portal.artifacts import Capability, DnsStatus
from portal.model import Names, Network, Portal, Targets
from portal.zone import CHINA
from storage.database import open_database
from tests.net.servers import DnsServer

GOOD = Capability(True, detail="192.0.2.7")
BAD = Capability(False, "no route")
LAN = Portal(id="lan", name="内网门户", home="http://10.1.2.3/")
OPEN = replace(LAN, allow_private=("10.1.0.0/16",))
NOW = dt.datetime(2026, 11, 20, 12, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("item", "grade"),
    [
        (browser_items(Found("/b", "chromium", "156", True))[1], Grade.OK),
        (browser_items(Found("/b", "chromium", "156", False))[0], Grade.OK),
        (browser_items(Found("/b", "chromium", "156", False))[1], Grade.LIMITED),
        (browser_items(Missing((Tried("/b", "snap"),), remedies()))[0], Grade.LIMITED),
        (ipv4_item(GOOD, Network()), Grade.OK),
        (ipv4_item(BAD, Network()), Grade.IMPOSSIBLE),
        (ipv4_item(BAD, Network(sealed=True)), Grade.OK),
        (ipv6_item(GOOD), Grade.OK),
        (ipv6_item(BAD), Grade.LIMITED),
        (dns_item(DnsStatus.NXDOMAIN, (), ""), Grade.OK),
        (dns_item(DnsStatus.UNKNOWN, ("192.0.2.53",), "timed out"), Grade.IMPOSSIBLE),
        (private_item(Targets(portals=())), Grade.OK),
        (private_item(Targets(portals=(LAN,))), Grade.LIMITED),
        (private_item(Targets(portals=(OPEN,))), Grade.OK),
        (private_item(Targets(portals=(replace(OPEN, id="other"), LAN))), Grade.LIMITED),
        (private_item(Targets(portals=(LAN,), network=Network(allow_private=("10.0.0.0/8",)))), Grade.OK),
        (private_item(Targets(portals=(LAN,), network=Network(hosts={"10.1.2.3": ("192.0.2.1",)}))), Grade.OK),
        (private_item(Targets(portals=(replace(LAN, network=Names(hosts={"10.1.2.3": ("192.0.2.1",)})),))), Grade.OK),
        (clock_item(NOW, NOW - dt.timedelta(days=30)), Grade.OK),
        (clock_item(NOW, NOW + dt.timedelta(days=30)), Grade.LIMITED),
        (calendar_item(NOW.date(), (2004, 2026)), Grade.OK),
        (calendar_item(NOW.date(), (2004, 2025)), Grade.LIMITED),
    ],
)
def test_each_item_is_graded_and_says_what_to_do(item: Item, grade: Grade) -> None:
    assert item.grade is grade
    assert item.says
    assert bool(item.todo) == (grade is not Grade.OK)


async def test_name_servers_of_single_portals_are_asked_for_their_own_names() -> None:
    one, two = (Portal(id=name, name=name, home=f"http://www.{name}.lan/") for name in ("one", "two"))
    network = Network(sealed=True)
    assert (await names_item(Targets(portals=(one, two), network=network))).grade is Grade.OK
    async with DnsServer({("www.one.lan", "A"): ["10.1.2.3"]}, failing={"www.two.lan"}) as server:
        own = Names(nameservers=(server.nameserver,))
        item = await names_item(Targets(portals=(replace(one, network=own), two), network=network))
        assert (item.grade, "1 个网站自有域名服务器" in item.says) == (Grade.OK, True)
        item = await names_item(Targets(portals=(one, replace(two, network=own)), network=network))
        assert (item.grade, item.todo) == (
            Grade.LIMITED,
            ("检查 targets.toml 网站 two 的 [portal.network] nameservers",),
        )


def test_who_may_reach_a_private_network_is_told_by_name() -> None:
    network = Network(allow_private=("192.168.7.0/24",))
    said = private_item(Targets(portals=(OPEN, replace(LAN, id="b", home="http://b.gov.cn/")), network=network)).says
    assert said == "所有网站可访问 192.168.7.0/24；lan可访问 10.1.0.0/16，其余一律不访问"
    assert private_item(Targets(portals=(LAN,))).todo[0].endswith('allow_private = ["10.1.2.3"]')


def test_a_database_is_looked_at_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "results.sqlite"
    assert database_item(str(path)).grade is Grade.OK
    assert not path.parent.exists()
    open_database(path).dispose()
    assert database_item(str(path)).grade is Grade.OK
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"this is no database at all" * 100)
    item = database_item(str(broken))
    assert (item.grade, bool(item.todo)) == (Grade.IMPOSSIBLE, True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert database_item(str(tmp_path / "results.sqlite")).grade is Grade.IMPOSSIBLE


def test_a_folder_that_is_not_there_is_no_crash(tmp_path: Path) -> None:
    assert disk_item(tmp_path / "gone").grade is Grade.LIMITED


@pytest.mark.browser
def test_the_report_ends_with_one_word_for_the_whole_machine(tmp_path: Path) -> None:
    out = io.StringIO()
    targets = Targets(portals=(), network=Network(sealed=True))
    code = doctor(targets=targets, database=str(tmp_path / "results.sqlite"), out=out)
    lines = out.getvalue().splitlines()
    assert [line[2:].partition("：")[0] for line in lines if line[0] in "✓!✗"] == [
        "运行环境", "浏览器", "中文字体", "IPv4", "IPv6", "DNS", "内网地址", "结果数据库", "磁盘", "时钟", "工作日历",
    ]  # fmt: skip
    worst = {"✗": 2, "!": 3, "✓": 0}
    marks = {line[0] for line in lines} & set(worst)
    assert code == next(worst[mark] for mark in worst if mark in marks)

"""`mingcha doctor`: what this machine can and cannot measure, each with what to do about it.

Nothing is sent to any portal, and nothing is changed: a browser is launched on a page of its own, routes are looked up,
one DNS question is asked, the database is opened without touching its schema.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import platform
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TextIO

from crawler.browser.browsers import Found, Missing, find_browser
from crawler.net.guard import literal, vet
from crawler.net.resolver import Resolver
from crawler.probe.vantage import ipv6_works, route
from mingcha.setting import database_file
from mingcha.wording import chinese
from portal.artifacts import Capability, DnsStatus
from portal.model import Network, Targets
from portal.urls import host_of
from portal.workdays import known_years
from portal.zone import CHINA

LITTLE_DISK = 2_000_000_000  # bytes: an audit of a large portal with its evidence may need this much
NO_DISK = 200_000_000
# Towards these (anycast name servers) the kernel is asked for a route; nothing is sent.
FAR = {4: "223.5.5.5", 6: "2400:3200::1"}


class Grade(StrEnum):
    """How good an item is: everything can be done, some measurements cannot, no audit can."""

    OK = "正常"
    LIMITED = "受限"
    IMPOSSIBLE = "无法核查"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing looked at: what was found, what cannot be measured because of it, and what would help."""

    name: str
    grade: Grade
    says: str
    todo: tuple[str, ...] = ()


def doctor(*, targets: Targets | None = None, database: str = "", out: TextIO | None = None) -> int:
    """Prints the report. Returns 0 when everything can be measured, 3 when some things cannot, 2 when no audit can."""
    items = asyncio.run(examine(targets or Targets(portals=()), database))
    stream = out or sys.stdout
    for item in items:
        mark = {Grade.OK: "✓", Grade.LIMITED: "!", Grade.IMPOSSIBLE: "✗"}[item.grade]
        print(f"{mark} {item.name}：{item.says}", file=stream)
        for line in item.todo:
            print(f"    → {line}", file=stream)
    grades = {item.grade for item in items}
    if Grade.IMPOSSIBLE in grades:
        print("本机目前无法完成核查，请先处理标 ✗ 的项目。", file=stream)
        return 2
    if Grade.LIMITED in grades:
        print("可以核查；标 ! 的项目涉及的指标将记为“未能判定”，不会判为不合格。", file=stream)
        return 3
    print("本机可以完成全部核查。", file=stream)
    return 0


async def examine(
    targets: Targets, database: str, *, look: Callable[[int], Capability] | None = None
) -> tuple[Item, ...]:
    """Returns every item in the order of the report. `look` tells the route of a family (4, 6) and may be replaced."""
    network = targets.network
    routes = look or (lambda family: route(FAR[family]))
    browser, glyphs = browser_items(await find_browser(fresh=True))
    return (
        python_item(),
        browser,
        glyphs,
        ipv4_item(routes(4), network),
        await _ipv6(routes(6), network),
        await names_item(targets),
        private_item(targets),
        database_item(database),
        disk_item(_folder_of(database)),
        clock_item(dt.datetime.now(CHINA), _newest_file()),
        calendar_item(dt.datetime.now(CHINA).date(), known_years()),
    )


def python_item() -> Item:
    """Returns the versions in use."""
    return Item("运行环境", Grade.OK, f"Python {platform.python_version()}，{platform.system()} {platform.machine()}")


def browser_items(found: Found | Missing) -> tuple[Item, Item]:
    """Returns what was proven about a browser, and about its fonts."""
    if isinstance(found, Missing):
        says = f"没有可用的浏览器（{found.why}）；站内搜索、脚本加载的栏目和截图无法核查"
        return (
            Item("浏览器", Grade.LIMITED, says, found.remedies),
            Item("中文字体", Grade.LIMITED, "没有浏览器，未能检查"),
        )
    browser = Item("浏览器", Grade.OK, f"{found.product} {found.version}（{found.path}）")
    if found.glyphs:
        return browser, Item("中文字体", Grade.OK, "可以显示汉字")
    says = "浏览器没有中文字体，截图中的汉字将显示为方框"
    return browser, Item("中文字体", Grade.LIMITED, says, ("sudo apt-get install -y fonts-noto-cjk",))


def ipv4_item(found: Capability, network: Network) -> Item:
    """Returns whether IPv4 addresses can be reached; without it most portals cannot."""
    if found.ok:
        return Item("IPv4", Grade.OK, f"有出口（本机地址 {found.detail}）")
    if network.sealed:
        return Item("IPv4", Grade.OK, "封闭网络，只访问 [network] hosts 中的地址")
    return Item("IPv4", Grade.IMPOSSIBLE, f"没有出口（{chinese(found.why)}）", ("检查网络连接和默认路由",))


def ipv6_item(found: Capability) -> Item:
    """Returns whether IPv6 addresses can be reached; without it IPv6 reachability is not measured."""
    if found.ok:
        return Item("IPv6", Grade.OK, f"有出口（{found.detail}）")
    says = f"没有出口（{chinese(found.why)}）；网站IPv6可达性将记为未能判定，域名解析仍可核查"
    return Item("IPv6", Grade.LIMITED, says, ("在有IPv6网络的机器上核查，或请网络管理员开通IPv6",))


def dns_item(status: DnsStatus, servers: Sequence[str], error: str) -> Item:
    """Returns whether names can be resolved, by the network's own name servers or the system's."""
    via = "、".join(servers) or "系统设置"
    if status is not DnsStatus.UNKNOWN:
        return Item("DNS", Grade.OK, f"可以解析（{via}）")
    todo = ("检查 /etc/resolv.conf，或在 targets.toml 的 [network] nameservers 中指定域名服务器",)
    return Item("DNS", Grade.IMPOSSIBLE, f"不能解析域名（{via}：{error}）", todo)


async def names_item(targets: Targets) -> Item:
    """Returns whether names resolve as `[network]` says, and by the name servers of single portals."""
    network = targets.network
    if network.sealed and not network.nameservers:
        item = Item("DNS", Grade.OK, "封闭网络，只用 [network] hosts 中的地址")
    else:
        answer = await Resolver(network).query("gov.cn", "SOA")
        item = dns_item(answer.status, network.nameservers, answer.error)
    own = [portal for portal in targets.portals if portal.network.nameservers]
    if item.grade is not Grade.OK or not own:
        return item
    # What is inside a house may know nothing but its own names.
    asked = await asyncio.gather(*(Resolver(targets.network_of(one)).query(host_of(one.home), "A") for one in own))
    silent = [(one.id, found.error) for one, found in zip(own, asked, strict=True) if found.status is DnsStatus.UNKNOWN]
    if not silent:
        return replace(item, says=f"{item.says}；{len(own)} 个网站自有域名服务器，可以解析")
    says = "；".join(f"{name} 自有的域名服务器不能解析（{why}）" for name, why in silent)
    todo = tuple(f"检查 targets.toml 网站 {name} 的 [portal.network] nameservers" for name, _ in silent)
    return Item("DNS", Grade.LIMITED, says, todo)


def private_item(targets: Targets) -> Item:
    """Returns which portals may reach which private networks, and whose home page is on one it may not reach."""
    opened = [("所有网站", targets.network.allow_private)]
    opened += [(portal.id, portal.allow_private) for portal in targets.portals]
    says = "；".join(f"{name}可访问 {'、'.join(networks)}" for name, networks in opened if networks)
    closed = []
    for portal in targets.portals:
        host = host_of(portal.home)
        network = targets.network_of(portal)
        address = literal(host) if host not in network.hosts else ""
        if address and vet(address, network):
            closed.append((portal.id, address))
    if not closed:
        return Item("内网地址", Grade.OK, f"{says}，其余一律不访问" if says else "一律不访问")
    todo = tuple(f'确需核查的，在 targets.toml 网站 {name} 中写 allow_private = ["{at}"]' for name, at in closed)
    names = "、".join(name for name, _ in closed)
    return Item("内网地址", Grade.LIMITED, f"{names} 的首页是内网地址，未获准访问", todo)


def database_item(database: str) -> Item:
    """Returns whether results can be kept in the database; it is opened, never created or upgraded."""
    from storage.database import StorageError, connect, schema_version, shown

    if not database:
        return Item("结果数据库", Grade.OK, "未指定")
    name, path = shown(database), database_file(database)
    if path is not None:
        name = str(path)
        if not path.exists():
            parent = _existing(path.parent)
            if os.access(parent, os.W_OK):
                return Item("结果数据库", Grade.OK, f"尚未建立，首次核查时建在 {path}")
            todo = (f"chown 或 chmod {parent}，或用 --db 指定其他位置",)
            return Item("结果数据库", Grade.IMPOSSIBLE, f"{parent} 不可写，无法建立 {path.name}", todo)
        if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
            return Item("结果数据库", Grade.IMPOSSIBLE, f"{path} 不可写", (f"chmod u+w {path} {path.parent}",))
    try:
        engine = connect(database, busy_seconds=2.0)
        try:
            version = schema_version(engine)
        finally:
            engine.dispose()
    except StorageError as error:
        todo = (
            ("检查数据库服务器是否运行，--db（或 MINGCHA_DB）中的地址、用户和库名是否正确",)
            if path is None
            else ("从备份恢复，或用 --db 指定其他位置",)
        )
        return Item("结果数据库", Grade.IMPOSSIBLE, str(error), todo)
    return Item("结果数据库", Grade.OK, f"{name}（版本 {version or '空'}）")


def disk_item(folder: Path) -> Item:
    """Returns whether there is room for evidence where results are kept (bytes)."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Item("磁盘", Grade.LIMITED, f"{folder} 无法查看（{error}）")
    says = f"{folder} 可用 {free / 1e9:.1f} GB"
    if free < NO_DISK:
        return Item("磁盘", Grade.IMPOSSIBLE, says, ("清理磁盘，或用 --out 指定其他位置",))
    if free < LITTLE_DISK:
        return Item("磁盘", Grade.LIMITED, f"{says}，大型网站的证据可能放不下", ("清理磁盘，或用 --out 指定其他位置",))
    return Item("磁盘", Grade.OK, says)


def clock_item(now: dt.datetime, newest: dt.datetime) -> Item:
    """Returns whether the clock can be right: it is not behind the program's own newest file by more than a day."""
    says = f"北京时间 {now.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
    if now < newest - dt.timedelta(days=1):
        todo = ("校准系统时间（如 timedatectl set-ntp true），或用 --as-of 指定核查日期",)
        return Item("时钟", Grade.LIMITED, f"{says}，早于程序文件的日期，可能不准；更新时效会判错", todo)
    return Item("时钟", Grade.OK, says)


def calendar_item(today: dt.date, years: tuple[int, int]) -> Item:
    """Returns whether working days of the present year are known."""
    first, last = years
    says = f"节假日安排收录 {first}–{last} 年"
    if today.year > last:
        todo = ("更新 chinesecalendar（国务院办公厅一般在上年11月公布放假安排）",)
        return Item("工作日历", Grade.LIMITED, f"{says}，缺 {today.year} 年；涉及工作日的期限将记为未能判定", todo)
    return Item("工作日历", Grade.OK, says)


async def _ipv6(found: Capability, network: Network) -> Item:
    return ipv6_item(await ipv6_works(network) if found.ok else found)


def _folder_of(database: str) -> Path:
    path = database_file(database) if database else None
    return _existing(path.parent if path is not None else Path.cwd())


def _existing(folder: Path) -> Path:
    folder = folder.absolute()
    return next((parent for parent in (folder, *folder.parents) if parent.exists()), folder)


def _newest_file() -> dt.datetime:
    newest = max((file.stat().st_mtime for file in Path(__file__).parent.glob("*.py")), default=0.0)
    return dt.datetime.fromtimestamp(newest, CHINA)

"""Portals with something that will be due, audited, and what a run of what is due made of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from mingcha.rechecks.due import DueOptions, DueReport
from storage.database import open_database
from storage.queries import find
from storage.views import FindingView
from tests.app.run import Ran, mingcha
from tests.recheck.site import Site, html
from tests.steps import claim

LISTING = "".join(
    f'<li><a href="/gg/{n}.html">某县关于第{n}号事项的公告</a><span>2026-11-{n:02}</span></li>' for n in range(1, 9)
)
HOSTS = {"one": "www.one.gov.cn", "two": "www.two.gov.cn"}


def fill(site: Site, host: str) -> None:
    """Puts a small portal there whose one attachment is missing."""
    body = f'<h1>某县人民政府</h1><p><a href="/fj/biao.pdf">申请表</a></p><ul>{LISTING}</ul>'
    site.pages[host, "/"] = html("某县人民政府", body)
    for n in range(1, 9):
        text = f"<h1>某县公告</h1><p>发布时间：2026-11-0{n}</p><p>{'公告的正文。' * 40}</p>"
        site.pages[host, f"/gg/{n}.html"] = html("公告", text)


async def audit(folder: Path, portal: str, *words: str) -> Ran:
    """Audits one portal for broken links only."""
    quick = ("--no-browser", "--spacing", "0", "--only", "broken_links")
    return await mingcha("audit", portal, "--out", f"a-{portal}", *quick, *words, cwd=folder)


def options(folder: Path, **more: object) -> DueOptions:
    values: dict[str, object] = {
        "targets": folder / "targets.toml",
        "database": str(folder / "mingcha-data" / "mingcha.sqlite"),
        "data": folder / "mingcha-data",
        "spacing": (0.0,),
        "browser": False,
        **more,
    }
    return DueOptions(**values)  # type: ignore[arg-type]  # keyword values of a test


def finding(folder: Path, number: str = "one-0001") -> FindingView:
    engine = open_database(options(folder).database)
    try:
        return find(engine, number)
    finally:
        engine.dispose()


def say_fixed(folder: Path, number: str, at: dt.datetime, link: str = "") -> None:
    """Claims in a unit's name that a finding was put right."""
    engine = open_database(options(folder).database)
    try:
        name = find(engine, number).fingerprint
        claim(engine, name, text="已重新上传", link=link, who="某局", at=at)
    finally:
        engine.dispose()


def conclusions(report: DueReport) -> list[tuple[str, str]]:
    assert report.left == {}
    return [(one.number, one.conclusion) for one in report.made]

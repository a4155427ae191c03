"""First sights over audits, from bundle to finding: remembered at the commit, judged again to the same result."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from mingcha.audit import conclude
from portal.artifacts import FetchOutcome, GatherSummary, Level
from portal.facts import ListItem, PageKind
from portal.model import Network
from storage.bundle import Bundle, Header
from storage.database import open_database
from storage.queries import audit_view
from storage.views import FindingView
from tests.unit.checks.make import HOME, NOON, PORTAL, ago, column, items, page, url, vantage

AT = url("/tzgg/")
OLD = [ListItem(f"往期第{n}号惠民通知", url(f"/tzgg/{n}.html"), ago(10 * n + 5)) for n in range(1, 9)]
LATE = ListItem("关于开展第七批补贴申报工作的通知", url("/tzgg/900.html"), ago(47))


def gather(folder: Path, days_ago: int, *shown: ListItem) -> tuple[Path, str]:
    """Writes the bundle of an audit made that many days ago, whose one column shows those items."""
    started = NOON - dt.timedelta(days=days_ago)
    name = f"qinhe-{days_ago}"
    header = Header(name, PORTAL, Network(), started.date(), started, "s", "0")
    listing = tuple(sorted(shown, key=lambda item: item.date or dt.date.min, reverse=True))
    home = page(HOME, PageKind.HOME, level=Level.HOME, items=items(ago(days_ago + 1), at="/xw/"))
    with Bundle.create(folder / name / "bundle", header) as bundle:
        bundle.add(home, column(AT), page(AT, PageKind.COLUMN, "通知公告", items=listing), vantage())
        bundle.add(GatherSummary(started, started + dt.timedelta(minutes=5), pages=2, home_outcome=FetchOutcome.OK))
        for stage in ("crawl", "links", "probe", "search"):
            bundle.mark(stage, started)
    return folder / name, name


def hints(database: str, audit: str) -> list[FindingView]:
    engine = open_database(database)
    try:
        return [one for one in audit_view(engine, audit).findings if one.kind == "listed_late"]
    finally:
        engine.dispose()


def test_an_item_dated_back_is_a_hint_from_the_second_audit_on_and_for_ever(tmp_path: Path) -> None:
    database = str(tmp_path / "mingcha.sqlite")
    only = frozenset({"update_freshness"})
    nights = [gather(tmp_path, 6, *OLD), gather(tmp_path, 3, *OLD, LATE), gather(tmp_path, 1, *OLD, LATE)]
    said = []
    for _ in range(2):  # and all of it judged again
        for out, name in nights:
            conclude(out, name, only, database)
        said.append([[(one.message, one.state) for one in hints(database, name)] for _, name in nights])
    message = (
        f"《{LATE.title}》标注的日期为{ago(47)}，{ago(3)}才首次见到（晚44天）；{ago(6)}核查同一列表时，列表已显示至"
        f"{ago(85)}的信息，其中没有该信息，请人工核实。"
    )
    assert said[0] == said[1] == [[], [(message, "suspect")], [(message, "open")]]
    assert [one.severity for one in hints(database, nights[2][1])] == ["notice"]

"""Days told loosely: the text is kept beside the item; the latest day it may mean serves where nothing tells one."""

from __future__ import annotations

import datetime as dt

import pytest

from portal.loose_days import latest_day, told_in_title
from tests.unit.portal.listed import TITLES, items_of

TODAY = dt.date(2026, 11, 29)


@pytest.mark.parametrize(
    ("told", "latest"),
    [
        ("2026年11月", "2026-11-29"),  # of this month no later than today
        ("[2026-10]", "2026-10-31"),
        ("2026年13月", None),
        ("20261127", "2026-11-27"),
        ("20269999", None),
        ("11/27/2026", "2026-11-27"),
        ("27/11/2026", "2026-11-27"),
        ("05/11/2026", "2026-11-05"),  # 11 May as well: in doubt the later
        ("05/12/2026", "2026-05-12"),  # 5 December is still to come
        ("26年11月27日", "2026-11-27"),
        ("2026-يىل 11-ئاينىڭ 20-كۈنى", "2026-11-20"),
        ("2026ལོའི་ཟླ་11ཚེས་20", "2026-11-20"),
        ("2026 оны 11 сарын 20", "2026-11-20"),
        ("2026년 11월 20일", "2026-11-20"),
        ("（11-26）", "2026-11-26"),
        ("12/26", "2025-12-26"),
        ("27日", None),  # of which month nothing says
    ],
)
def test_the_latest_day_a_text_may_mean(told: str, latest: str | None) -> None:
    row = "<li><a href=a{n}.html>{title}</a><span>{told}</span></li>"
    rows = "".join(row.format(n=n, title=title, told=told) for n, title in enumerate(TITLES))
    strict = {item.date for item in items_of(f"<ul class=u-list>{rows}</ul>")}
    assert strict == {None}
    found = latest_day(told, TODAY)
    assert (str(found) if found else None) == latest


@pytest.mark.parametrize(
    "said", ["2026年第11期总第26期", "浏览 2026 评论 11 次 26", "第1126号", "2026123", "编号：2026-1101"]
)
def test_numbers_of_other_things_are_no_days(said: str) -> None:
    rows = "".join(f"<li><a href=a{n}.html>{title}</a><span>{said}</span></li>" for n, title in enumerate(TITLES))
    assert {item.date_text for item in items_of(f"<ul class=u-list>{rows}</ul>", TODAY)} == {""}


def test_days_at_the_ends_of_titles() -> None:
    assert told_in_title("我县召开防汛工作会议（11-26）") == "（11-26）"
    assert told_in_title("我县召开防汛工作会议[11-26]") == "[11-26]"
    assert told_in_title("11/26 我县召开防汛工作会议") == "11/26"
    assert told_in_title("我县召开防汛工作会议（2026年11月26日）") == "（2026年11月26日）"
    assert told_in_title("我县2026年11月26日召开防汛工作会议") == ""
    assert told_in_title("行测试题（1-6）") == ""


def test_days_since_may_share_their_line() -> None:
    rows = "".join(
        f"<li><a href=a{n}.html>{title}</a><p>{n + 2}天前　评论 3　阅读 201</p></li>" for n, title in enumerate(TITLES)
    )
    found = [item.date for item in items_of(f"<ul class=u-list>{rows}</ul>", TODAY)]
    assert found == [TODAY - dt.timedelta(days=n + 2) for n in range(len(TITLES))]

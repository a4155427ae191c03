"""Dates in every form pages write them."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.dates import date_from_url, find_dates, first_date, parse_date

REFERENCE = dt.date(2026, 11, 1)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-09-10 09:24", "2024-09-10"),
        ("2024-09-1009:24", "2024-09-10"),
        ("2024/9/6", "2024-09-06"),
        ("2024.9.6", "2024-09-06"),
        ("2025年06月03日 13时44分", "2025-06-03"),
        ("2019年06月15日08:18", "2019-06-15"),
        ("2021年 6 月 9 日", "2021-06-09"),
        ("２０２４年９月１日", "2024-09-01"),
        ("二〇二六年十一月十八日", "2026-11-18"),
        ("二○○九年十月三十一日", "2009-10-31"),
        ("二零二〇年一月二十日", "2020-01-20"),
        ("2023-08-19 10∶08", "2023-08-19"),
        ("2023-11-30  14:52", "2023-11-30"),
        ("[提交时间：2021-06-09]", "2021-06-09"),
        ("--2021-- 06-09", "2021-06-09"),
        ("02 2022-12", "2022-12-02"),
        ("12-29 2020", "2020-12-29"),
        ("Tue Sep 10 09:24:00 CST 2024", "2024-09-10"),
        ("2026年七月十七日", "2026-07-17"),
        ("17 July 2026", "2026-07-17"),
        ("3rd Sept. 2026", "2026-09-03"),
        ("09-Jul-2026", "2026-07-09"),
        ("July 15, 2026", "2026-07-15"),
        ("20240910", "2024-09-10"),
        ("20240910112233", "2024-09-10"),
        ("2007-08-20-23:59:59", "2007-08-20"),
    ],
)
def test_a_date_is_read_in_every_form_portals_write(text: str, day: str) -> None:
    assert parse_date(text) == dt.date.fromisoformat(day)


@pytest.mark.parametrize(
    "text",
    [
        "010-62345678",
        "192.168.1.1",
        "1.5.3",
        "2024-2025",
        "2024年",
        "2024-13-40",
        "31 June 2026",
        "17 May",
        "2026年十三月一日",
        "2026年七月二三十日",
        "2026年七月十二三日",
        "2026年七月一二日",
        "2023年2月30日",
        "12-29",
        "(01-12)",
        "",
    ],
)
def test_no_date_and_no_guessed_year(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("(12-29)", "2025-12-29"),
        ("[01-12]", "2026-01-12"),
        ("11-01", "2026-11-01"),
        ("6月9日", "2026-06-09"),
        ("(2.29)", "2024-02-29"),
    ],
)
def test_missing_year_is_the_last_before_the_reference(text: str, day: str) -> None:
    assert [hit.date for hit in find_dates(text, reference=REFERENCE)] == [dt.date.fromisoformat(day)]


@pytest.mark.parametrize("text", ["共0条 第1/1页", "1/12页", "当前第 3/7 页", "第1/2", "10/20条"])
def test_counts_of_pages_are_no_days(text: str) -> None:
    assert find_dates(text, reference=REFERENCE) == []


def test_positions_are_those_of_the_text_given() -> None:
    text = "发布：２０２４-０１-０２，更新：2024年3月4日"
    assert [text[hit.start : hit.end] for hit in find_dates(text)] == ["２０２４-０１-０２", "2024年3月4日"]


def test_days_before_the_republic_are_no_dates_of_documents_and_before_the_web_of_no_address() -> None:
    assert [hit.date.year for hit in find_dates("1901-01-01 1949-09-30 1949-10-01 2024-01-01")] == [1949, 2024]
    assert [parse_date(text) for text in ("1949-09-30", "19490930", "19491001")] == [None, None, dt.date(1949, 10, 1)]
    assert date_from_url("http://x/art/1994/12/29/a.html") is None


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("/202411/t20241118_1.html", "2024-11-18"),
        ("/art/2020/12/29/art_1.html", "2020-12-29"),
        ("/c100503/2020/9/22/ab.shtml", "2020-09-22"),
        ("/2022/08-11/2559082.html", "2022-08-11"),
        ("/2024-01/02/content_1.htm", "2024-01-02"),
        ("/c/2019-04-17/1.html", "2019-04-17"),
        ("/a/2026/1120/14.html", "2026-11-20"),
        ("/a/2026/1320/14.html", None),
        ("/a/2026/1120/index.html", None),
        ("/202302/abc.html", None),
        ("/art_1229678763_4982889.html", None),
        ("/n2254098/n4904352/index_3497341_74.html", None),
    ],
)
def test_which_addresses_carry_a_day(path: str, day: str | None) -> None:
    assert date_from_url("https://www.example.gov.cn" + path) == (dt.date.fromisoformat(day) if day else None)


_MARKS = st.text(alphabet="0123456789０９-/.年月日〇一二十元 时:：[]()号 ", max_size=20)
_DATES = st.sampled_from(["2024-09-10", "2024年9月1日", "２０２４.9.1", "09-10", "二〇二四年九月十日", ""])


@given(st.lists(st.one_of(_MARKS, _DATES), max_size=6).map("".join), st.booleans())
def test_any_text_is_read_and_its_dates_stand_in_it_one_after_another(text: str, with_reference: bool) -> None:
    reference = REFERENCE if with_reference else None
    hits = find_dates(text, reference=reference)
    assert all(0 <= hit.start < hit.end <= len(text) for hit in hits)
    assert all(one.end <= other.start for one, other in pairwise(hits))
    parse_date(text)
    date_from_url("http://x/" + text)


def test_two_digits_of_a_year_only_where_asked_for() -> None:
    assert find_dates("26-11-18") == []
    assert [hit.date for hit in find_dates("[26-11-18]", short=True)] == [dt.date(2026, 11, 18)]
    assert find_dates("0915-26-11-18, 26-13-18, 26-11-18-03", short=True) == []


def test_a_date_ends_before_the_next_line() -> None:
    (hit,) = find_dates("2021-01-05\n信息来源：某局")
    assert hit.end == len("2021-01-05")


_BITS = (
    "2024",
    "1949",
    "-",
    "09",
    "10",
    "1",
    "30",
    "年",
    "月",
    "日",
    "号",
    " ",
    "\u3000",
    ":",
    "12",
    "来源",
    "Sep",
    ".",
    "x",
)


@given(st.lists(st.sampled_from(_BITS), max_size=10), st.sampled_from(["", "2024-09-10", "2023-02-30", "1949-09-30"]))
def test_the_first_date_is_the_first_of_all(bits: list[str], opening: str) -> None:
    text = opening + "".join(bits)
    for reference in (None, REFERENCE):
        found = find_dates(text, reference=reference, short=True)
        assert first_date(text, reference=reference, short=True) == (found[0] if found else None)


@pytest.mark.parametrize(
    "text", ["2025年1—8月主要经济指标", "2025年1-11月", "2025.1-8月", "2025年1-3季度", "2026年1-2期"]
)
def test_months_and_issues_of_a_year_are_no_day(text: str) -> None:
    assert find_dates(text) == []


@pytest.mark.parametrize("text", ["2025年1—8", "2025年1-8日", "2025.1.8", "2025-1-8 09:10"])
def test_a_day_is_one_however_it_is_written(text: str) -> None:
    assert [hit.date for hit in find_dates(text)] == [dt.date(2025, 1, 8)]

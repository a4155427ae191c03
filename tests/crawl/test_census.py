"""The census: one entry per address, honest counts, bounded occurrences."""

from __future__ import annotations

import datetime as dt

from crawler.census import OCCURRENCES, Census, Fate
from portal.artifacts import Absence, Attempt, FetchOutcome, Level
from portal.facts import Element, Link, Region

AT = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
OK = Attempt(AT, "get", FetchOutcome.OK, 200)


def link(url: str, text: str = "文字") -> Link:
    return Link(url, url, text, Element.A, Region.BODY)


def judge(key: str, first: Link, level: Level) -> tuple[Fate, bool, Absence | None]:
    if "logout" in key:
        return Fate.LEAVE, True, Absence.NOT_GATHERED
    return Fate.VISIT, True, None


def test_spellings_of_one_address_are_one_entry_and_every_occurrence_counts() -> None:
    census = Census(judge)
    fresh = census.note("http://a.cn/", Level.HOME, [link("http://a.cn/x?utm_source=1"), link("http://a.cn/x")])
    assert [entry.key for entry in fresh] == ["http://a.cn/x"]
    assert fresh[0].url == "http://a.cn/x?utm_source=1"
    assert census.note("http://a.cn/b", Level.OTHER, [link("http://a.cn:80/x")]) == []
    assert fresh[0].count == 3
    assert census.unique == 1
    assert len(list(census)) == 1


def test_the_nearest_level_stands_and_occurrences_are_bounded() -> None:
    census = Census(judge)
    (entry,) = census.note("http://a.cn/1", Level.OTHER, [link("http://a.cn/x")])
    census.note("http://a.cn/2", Level.SECOND, [link("http://a.cn/x")] * 40)
    census.note("http://a.cn/3", Level.OTHER, [link("http://a.cn/x")])
    record = entry.record()
    assert (record.level, record.count, len(record.occurrences)) == (Level.SECOND, 42, OCCURRENCES)
    assert record.occurrences[0].page == "http://a.cn/1"


def test_only_what_changed_is_written_again() -> None:
    census = Census(judge)
    census.note("http://a.cn/", Level.HOME, [link("http://a.cn/x"), link("http://a.cn/y"), link("")])
    assert {record.url for record in census.changed()} == {"http://a.cn/x", "http://a.cn/y"}
    assert census.changed() == []
    entry = census.get("http://a.cn/x")
    assert entry is not None
    census.settle(entry, (OK,))
    assert [record.attempts for record in census.changed()] == [(OK,)]
    assert census.settled == 1


def test_what_is_left_alone_says_so_and_a_restored_entry_goes_on_counting() -> None:
    census = Census(judge)
    (entry,) = census.note("http://a.cn/", Level.HOME, [link("http://a.cn/logout.do")])
    assert entry.settled and entry.record().skipped is Absence.NOT_GATHERED
    again = Census(judge)
    again.restore(entry.record(), Fate.LEAVE, entry.key)
    again.note("http://a.cn/2", Level.SECOND, [link("http://a.cn/logout.do")])
    found = again.get("http://a.cn/logout.do")
    assert found is not None and found.count == 2 and again.unique == again.settled == 1

"""The census: one entry per address, honest counts, bounded occurrences."""

from __future__ import annotations

import datetime as dt

from msgspec.structs import replace

from crawler.crawl.census import Census, Fate
from portal.artifacts import Absence, Attempt, FetchOutcome, Level, LinkRecord, Occurrence
from portal.facts import Element, Link, Region
from storage.places import MOST

AT = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
OK = Attempt(AT, "get", FetchOutcome.OK, 200)
BAD = Attempt(AT, "get", FetchOutcome.TIMEOUT)


def link(url: str, text: str = "文字") -> Link:
    return Link(url, url, text, Element.A, Region.BODY)


def judge(key: str, first: Link, level: Level) -> tuple[Fate, bool, Absence | None]:
    if "logout" in key:
        return Fate.LEAVE, True, Absence.NOT_GATHERED
    return Fate.VISIT, True, None


def counting() -> Census:
    return Census(judge, lambda _: None)


def test_spellings_of_one_address_are_one_entry_and_every_occurrence_counts() -> None:
    census = counting()
    fresh = census.note("http://a.cn/", Level.HOME, [link("http://a.cn/x?utm_source=1"), link("http://a.cn/x")])
    assert [entry.key for entry in fresh] == ["http://a.cn/x"]
    assert fresh[0].url == "http://a.cn/x?utm_source=1"
    assert census.note("http://a.cn/b", Level.OTHER, [link("http://a.cn:80/x"), link("")]) == []
    assert census.told()[0] == {"http://a.cn/x": 3}
    assert census.unique == 1
    assert len(list(census)) == 1


def test_the_nearest_level_stands_and_occurrences_are_bounded() -> None:
    census = counting()
    (entry,) = census.note("http://a.cn/1", Level.OTHER, [link("http://a.cn/x")])
    census.note("http://a.cn/2", Level.SECOND, [link("http://a.cn/x")] * 40)
    census.note("http://a.cn/3", Level.OTHER, [link("http://a.cn/x")])
    counts, places = census.told()
    assert (entry.level, counts) == (Level.SECOND, {entry.key: 42})
    (stands,) = places.values()
    x = ("文字", Element.A, Region.BODY, True)
    ways = [(*x, Level.OTHER, "http://a.cn/x"), (*x, Level.SECOND, "http://a.cn/x")]
    assert stands.told() == (ways, ["http://a.cn/1", *["http://a.cn/2"] * (MOST - 1)], [0, *[1] * (MOST - 1)])
    census.note("http://a.cn/4", Level.HOME, [link("http://a.cn/x")])
    assert census.told() == ({entry.key: 1}, {})
    assert entry.level is Level.HOME


def test_a_record_is_written_when_more_is_known_of_its_link_and_not_when_it_is_counted() -> None:
    written: dict[str, LinkRecord] = {}
    census = Census(judge, written.get)

    def write() -> list[str]:
        met, known = census.changed()
        assert met == []
        written.update({record.url: record for record in known})
        return [record.url for record in known]

    census.note("http://a.cn/", Level.HOME, [link("http://a.cn/x"), link("http://a.cn/y"), link("")])
    met, known = census.changed()
    assert ([record.url for record in met], known) == (["http://a.cn/x", "http://a.cn/y"], [])
    census.note("http://a.cn/1", Level.OTHER, [link("http://a.cn/x")])
    assert write() == []
    entry = census.get("http://a.cn/x")
    assert entry is not None
    census.settle(entry, (BAD,))
    assert write() == [entry.key] and written[entry.key].attempts == (BAD,)
    assert entry.attempts == () and census.knows(entry, BAD) and not census.knows(entry, OK)
    census.settle(entry, (OK,))
    assert write() == [entry.key] and written[entry.key].attempts == (BAD, OK)
    assert census.settled == 1


def test_what_was_written_of_a_link_stays_when_its_record_is_written_again() -> None:
    place = Occurrence("http://a.cn/", "文字", Element.A, Region.BODY)
    kept = LinkRecord("http://a.cn/x", True, 7, Level.OTHER, (place,))
    census = Census(judge, {kept.url: kept}.get)
    entry = census.restore(kept, Fate.VISIT, kept.url)
    assert (entry.page, entry.room, entry.settled) == ("http://a.cn/", MOST - 1, False)
    census.note("http://a.cn/", Level.HOME, [link("http://a.cn/x")])
    assert census.changed() == ([], [replace(kept, level=Level.HOME)])
    kept = replace(kept, level=Level.HOME)
    census.settle(entry, (OK,))
    assert census.changed() == ([], [replace(kept, attempts=(OK,))])


def test_what_was_carried_over_and_is_asked_for_after_all_is_known_from_tonight() -> None:
    day = dt.date(2026, 3, 1)
    written: dict[str, LinkRecord] = {}
    census = Census(judge, written.get)
    (entry,) = census.note("http://a.cn/", Level.HOME, [link("http://a.cn/x")])
    census.carry(entry, (BAD,), day, owed=True)
    written |= {record.url: record for record in census.changed()[1]}
    assert (written[entry.key].attempts, written[entry.key].carried, written[entry.key].owed) == ((BAD,), day, True)
    census.settle(entry, (OK,))
    _, (record,) = census.changed()
    assert (record.attempts, record.carried, record.owed) == ((OK,), None, False)
    assert census.settled == 1


def test_a_page_that_is_read_anew_makes_room_for_its_places() -> None:
    census = counting()
    links = [link("http://a.cn/x")] * MOST + [link("http://a.cn/x#1"), link("http://a.cn/y")]
    census.note("http://a.cn/1", Level.OTHER, links)
    census.told()
    census.note("http://a.cn/2", Level.OTHER, [link("http://a.cn/x")])
    assert census.told() == ({"http://a.cn/x": 1}, {})
    assert census.take_back(links) == {"http://a.cn/x": MOST + 1, "http://a.cn/y": 1}
    census.note("http://a.cn/1", Level.OTHER, [link("http://a.cn/x", "新")])
    assert [way[0] for way in census.told()[1]["http://a.cn/x"].told()[0]] == ["新"]


def test_what_is_left_alone_says_so_and_is_settled() -> None:
    census = counting()
    (entry,) = census.note("http://a.cn/", Level.HOME, [link("http://a.cn/logout.do")])
    _, (record,) = census.changed()
    assert entry.settled and record.skipped is Absence.NOT_GATHERED
    again = counting()
    again.restore(record, Fate.LEAVE, entry.key)
    found = again.get("http://a.cn/logout.do")
    assert found is not None and found.settled and again.unique == again.settled == 1

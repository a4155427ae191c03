"""What a batch is made of: records held until it is written, what feeds it, and records of which a part changes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from msgspec.structs import replace

from portal.artifacts import Attempt, FetchOutcome, Level, PageRecord
from storage.bundle import BATCH, Bundle
from tests.storage.bundles import HEADER, link

AT = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
URL = "http://a.cn/1"
PAGE = PageRecord(URL, Level.OTHER, Attempt(AT, "get", FetchOutcome.OK, 200), list_title="旧")


def test_what_is_held_waits_for_the_next_batch_and_is_there_for_whoever_asks(tmp_path: Path) -> None:
    with Bundle.create(tmp_path / "b", HEADER) as bundle, Bundle.open(tmp_path / "b", write=False) as seen:
        for number in range(BATCH + 1):
            bundle.hold(link(number))
        assert bundle.get(type(link(7)), link(7).url) == link(7)
        assert seen.count(type(link(7))) == 0
        bundle.flush()
        assert seen.count(type(link(7))) == BATCH + 1


def test_every_batch_is_fed_whatever_caused_it(tmp_path: Path) -> None:
    with Bundle.create(tmp_path / "b", HEADER) as bundle, Bundle.open(tmp_path / "b", write=False) as seen:
        waiting = [link(1), link(2)]
        bundle.feeding(lambda: bundle.hold(waiting.pop()) if waiting else None)
        bundle.hold(PAGE)
        assert bundle.count(PageRecord) == 1  # reading them all writes what is there
        assert [seen.get(type(link(2)), link(number).url) for number in (1, 2)] == [None, link(2)]
        bundle.flush()
        assert seen.get(type(link(1)), link(1).url) == link(1)


def test_a_part_of_a_record_is_replaced_written_or_not(tmp_path: Path) -> None:
    columns, day = ("http://a.cn/",), dt.date(2026, 3, 1)
    with Bundle.create(tmp_path / "b", HEADER) as bundle:
        assert not bundle.amend(PageRecord, URL, list_title="新")
        bundle.hold(PAGE)
        assert bundle.amend(PageRecord, URL, columns=columns, list_date=day)
        assert bundle.get(PageRecord, URL) == replace(PAGE, columns=columns, list_date=day)
        bundle.flush()
        assert not bundle.amend(PageRecord, URL, columns=columns, list_date=day)
        assert bundle.amend(PageRecord, URL, list_date=None, list_title="新")
    with Bundle.open(tmp_path / "b") as bundle:
        assert bundle.get(PageRecord, URL) == replace(PAGE, columns=columns, list_title="新")

"""Counts and places of links: told page by page, in the records when the gathering is over, lost by no kill."""

from __future__ import annotations

from pathlib import Path

from portal.artifacts import Level, LinkRecord, Occurrence
from portal.facts import Element, Region
from storage.bundle import Bundle
from storage.places import MOST
from tests.storage.test_bundle import HEADER

X, Y = "http://a.cn/x", "http://a.cn/y"


def place(page: int, text: str = "文字") -> Occurrence:
    return Occurrence(f"http://a.cn/{page}", text, Element.A, Region.BODY)


def record(url: str, count: int = 0, *places: Occurrence) -> LinkRecord:
    return LinkRecord(url, True, count, Level.OTHER, places)


def test_what_was_told_comes_into_the_records_in_order(tmp_path: Path) -> None:
    with Bundle.create(tmp_path / "b", HEADER) as bundle:
        bundle.add(record(X), record(Y))
        bundle.count_links({X: 2, Y: 1}, {X: [place(1), place(2)], Y: [place(1)]})
        bundle.flush()
        bundle.count_links({X: 5}, {X: [place(3)]})
        assert list(bundle.places_told()) == [(X, 3, "http://a.cn/1"), (Y, 1, "http://a.cn/1")]
        bundle.complete_links()
        assert list(bundle.all(LinkRecord)) == [record(X, 7, place(1), place(2), place(3)), record(Y, 1, place(1))]
        assert list(bundle.places_told()) == []
        bundle.count_links({Y: 1}, {Y: [place(4)]})
        bundle.complete_links()
        bundle.complete_links()
        assert bundle.get(LinkRecord, Y) == record(Y, 2, place(1), place(4))


def test_what_was_written_is_there_for_whoever_goes_on(tmp_path: Path) -> None:
    with Bundle.create(tmp_path / "b", HEADER) as bundle:
        bundle.add(record(X))
        bundle.count_links({X: 1}, {X: [place(1)]})
    with Bundle.open(tmp_path / "b") as bundle:
        bundle.count_links({X: 1}, {X: [place(2)]})
        bundle.complete_links()
        assert bundle.get(LinkRecord, X) == record(X, 2, place(1), place(2))


def test_a_page_that_is_read_anew_is_counted_once(tmp_path: Path) -> None:
    with Bundle.create(tmp_path / "b", HEADER) as bundle:
        bundle.add(record(X), record(Y))
        bundle.count_links({X: MOST + 2, Y: 1}, {X: [place(1), *[place(2)] * (MOST - 1)], Y: [place(1)]})
        bundle.take_back_links("http://a.cn/1", {X: 2, Y: 1})  # only one of the two was kept
        bundle.count_links({X: 3}, {X: [place(1, "新"), place(3)]})
        bundle.complete_links()
        assert bundle.get(LinkRecord, X) == record(X, MOST + 3, *[place(2)] * (MOST - 1), place(1, "新"))
        assert bundle.get(LinkRecord, Y) == record(Y, 0)


def test_counts_of_links_without_a_record_are_nobodys(tmp_path: Path) -> None:
    with Bundle.create(tmp_path / "b", HEADER) as bundle:
        bundle.count_links({X: 1}, {X: [place(1)]})
        bundle.complete_links()
        assert bundle.count(LinkRecord) == 0

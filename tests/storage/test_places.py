"""Counts and places of links: told page by page, read with the records, lost by no kill."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from portal.artifacts import Absence, Level, LinkRecord, Occurrence
from portal.facts import Element, Link, Region
from storage.bundle import Bundle, BundleError
from storage.bundle_file import FORMAT
from storage.places import MOST, Stands
from tests.storage.bundles import HEADER

X, Y = "http://a.cn/x", "http://a.cn/y"


def place(page: int, text: str = "文字") -> Occurrence:
    return Occurrence(f"http://a.cn/{page}", text, Element.A, Region.BODY)


def stands(*pages: int | tuple[int, str]) -> Stands:
    """Returns places of a link on pages, where a text may be said."""
    found = Stands()
    for page in pages:
        number, text = page if isinstance(page, tuple) else (page, "文字")
        found.add(f"http://a.cn/{number}", Link(X, "", text, Element.A, Region.BODY), Level.OTHER)
    return found


def record(url: str, count: int = 0, *places: Occurrence) -> LinkRecord:
    return LinkRecord(url, True, count, Level.OTHER, places)


def test_what_was_told_is_read_with_the_records_in_order(tmp_path: Path) -> None:
    with Bundle.create(tmp_path / "b", HEADER) as bundle:
        bundle.add(record(X), record(Y))
        bundle.count_links({X: 2, Y: 1}, {X: stands(1, 2), Y: stands(1)})
        assert bundle.get(LinkRecord, X) == record(X, 2, place(1), place(2))
        bundle.count_links({X: 5}, {X: stands(3)})
        told = [record(X, 7, place(1), place(2), place(3)), record(Y, 1, place(1))]
        assert list(bundle.all(LinkRecord)) == told
        bundle.complete_links()
        assert list(bundle.all(LinkRecord)) == [bundle.get(LinkRecord, X), bundle.get(LinkRecord, Y)] == told
        bundle.count_links({Y: 1}, {Y: stands(4)})
        bundle.complete_links()
        bundle.complete_links()
        assert bundle.get(LinkRecord, Y) == record(Y, 2, place(1), place(4))


def test_places_told_in_the_form_of_before_are_refused(tmp_path: Path) -> None:
    before = replace(HEADER, format=2)
    Bundle.create(tmp_path / "whole", before).close()
    with Bundle.open(tmp_path / "whole") as bundle:
        assert bundle.header.format == FORMAT
    with Bundle.create(tmp_path / "half", before) as bundle:
        bundle.count_links({X: 1}, {X: stands(1)})
    for write in (True, False):
        with pytest.raises(BundleError, match="left half gathered by an earlier version: begin the audit anew"):
            Bundle.open(tmp_path / "half", write=write)


def test_what_was_written_is_there_for_whoever_goes_on(tmp_path: Path) -> None:
    with Bundle.create(tmp_path / "b", HEADER) as bundle:
        bundle.add(record(X))
        bundle.count_links({X: 1}, {X: stands(1)})
    with Bundle.open(tmp_path / "b") as bundle:
        bundle.count_links({X: 1}, {X: stands(2)})
        bundle.complete_links()
        assert bundle.get(LinkRecord, X) == record(X, 2, place(1), place(2))


def test_a_page_that_is_read_anew_is_counted_once(tmp_path: Path) -> None:
    with Bundle.create(tmp_path / "b", HEADER) as bundle:
        bundle.add(record(X), record(Y))
        bundle.count_links({X: MOST + 2, Y: 1}, {X: stands(1, *[2] * (MOST - 1)), Y: stands(1)})
        bundle.take_back_links("http://a.cn/1", {X: 2, Y: 1})  # only one of the two was kept
        bundle.count_links({X: 3}, {X: stands((1, "新"), 3)})
        assert bundle.get(LinkRecord, X) == record(X, MOST + 3, *[place(2)] * (MOST - 1), place(1, "新"))
        assert bundle.get(LinkRecord, Y) == record(Y, 0)


def test_counts_of_links_without_a_record_are_nobodys(tmp_path: Path) -> None:
    with Bundle.create(tmp_path / "b", HEADER) as bundle:
        bundle.count_links({X: 1}, {X: stands(1)})
        bundle.complete_links()
        assert bundle.count(LinkRecord) == 0


def test_what_is_known_of_a_link_is_written_without_its_places(tmp_path: Path) -> None:
    with Bundle.create(tmp_path / "b", HEADER) as bundle:
        bundle.hold_link(record(X))
        bundle.count_links({X: 2}, {X: stands(1, 2)})
        bundle.flush()
        assert bundle.link(X) == record(X)
        bundle.hold_link(replace(record(X), skipped=Absence.ROBOTS))
        assert bundle.get(LinkRecord, X) == replace(record(X, 2, place(1), place(2)), skipped=Absence.ROBOTS)


def test_of_what_is_narrowed_the_places_stay(tmp_path: Path) -> None:
    with Bundle.create(tmp_path / "b", HEADER) as bundle:
        for url in (X, Y):
            bundle.hold_link(record(url))
            bundle.count_links({url: 1}, {url: stands(1)})
        bundle.narrow([("link", Y)])
        assert list(bundle.all(LinkRecord)) == [record(Y, 1, place(1))]
        bundle.hold_link(record(X))
        assert bundle.get(LinkRecord, X) == record(X)


def test_places_of_a_record_that_was_written_with_some_come_after_them(tmp_path: Path) -> None:
    with Bundle.create(tmp_path / "b", HEADER) as bundle:
        bundle.add(record(X, 2, place(1), place(2)))
        bundle.count_links({X: 1}, {X: stands(3)})
        bundle.complete_links()
        assert bundle.get(LinkRecord, X) == record(X, 3, place(1), place(2), place(3))
        bundle.take_back_links("http://a.cn/2", {X: 1})
        bundle.complete_links()
        bundle.count_links({X: 1}, {X: stands(4)})
        bundle.complete_links()
    with Bundle.open(tmp_path / "b", write=False) as bundle:
        assert bundle.get(LinkRecord, X) == record(X, 3, place(1), place(3), place(4))


def test_a_record_written_anew_says_itself_where_its_link_stands(tmp_path: Path) -> None:
    with Bundle.create(tmp_path / "b", HEADER) as bundle:
        bundle.add(record(X), record(Y))
        bundle.count_links({X: 1, Y: 1}, {X: stands(1), Y: stands(1)})
        bundle.complete_links()
        bundle.add(record(X, 1, place(9)))
        assert bundle.get(LinkRecord, X) == record(X, 1, place(9))
        bundle.forget(LinkRecord, Y)
        bundle.add(record(Y))
        assert list(bundle.all(LinkRecord)) == [record(X, 1, place(9)), record(Y)]

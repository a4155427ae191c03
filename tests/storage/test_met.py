"""Links that were met and not asked yet: kept without a record, read like all others, lost by no kill."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from msgspec.structs import replace

from portal.artifacts import Absence, Level, LinkRecord
from storage.bundle import Bundle
from storage.bundle_file import FORMAT
from tests.storage.bundles import HEADER
from tests.storage.test_places import X, Y, place, record, stands

Z = "http://a.cn/z"


def rows(folder: Path) -> tuple[int, int]:
    """Returns how many batches of links that were met, and how many records of links a bundle holds."""
    with sqlite3.connect(folder / "bundle.sqlite") as db:
        (met,) = db.execute("SELECT count(*) FROM met").fetchone()
        (records,) = db.execute("SELECT count(*) FROM record WHERE type = 'link'").fetchone()
    db.close()
    return met, records


def test_a_link_that_was_met_is_read_like_others_and_has_no_record(tmp_path: Path) -> None:
    with Bundle.create(tmp_path, HEADER) as bundle:
        bundle.meet_link(record(X))
        bundle.count_links({X: 2}, {X: stands(1, 2)})
        assert bundle.link(X) == record(X)
        bundle.flush()
        assert bundle.link(X) == record(X)
        assert bundle.get(LinkRecord, X) == record(X, 2, place(1), place(2))
        assert bundle.get(LinkRecord, Y) is None
        assert rows(tmp_path) == (1, 0)


def test_what_is_known_later_is_its_record(tmp_path: Path) -> None:
    known = replace(record(X), skipped=Absence.ROBOTS)
    with Bundle.create(tmp_path, HEADER) as bundle:
        bundle.meet_link(record(X))
        bundle.meet_link(record(Y))
        bundle.flush()
        bundle.hold_link(known)
        bundle.flush()
        assert rows(tmp_path) == (1, 1)
        assert bundle.link(X) == known
        bundle.complete_links()
        assert rows(tmp_path) == (0, 2)
        assert list(bundle.all(LinkRecord)) == [known, record(Y)]


def test_of_what_was_met_twice_the_later_holds(tmp_path: Path) -> None:
    nearer = replace(record(X), level=Level.HOME)
    with Bundle.create(tmp_path, HEADER) as bundle:
        for said in (record(X), nearer):
            bundle.meet_link(said)
            bundle.flush()
        assert bundle.link(X) == nearer
        assert list(bundle.all(LinkRecord)) == [nearer]


def test_who_goes_on_after_a_kill_knows_them(tmp_path: Path) -> None:
    killed = Bundle.create(tmp_path, HEADER)
    killed.meet_link(record(X))
    killed.count_links({X: 1}, {X: stands(1)})
    killed.flush()
    killed.meet_link(record(Y))  # of a batch that was never written
    with Bundle.open(tmp_path, write=False) as bundle:
        assert bundle.get(LinkRecord, X) == record(X, 1, place(1))
        assert list(bundle.all(LinkRecord)) == []
    with Bundle.open(tmp_path) as bundle:
        assert bundle.count(LinkRecord) == 1
        assert list(bundle.all(LinkRecord)) == [record(X, 1, place(1))]


def test_what_is_undone_makes_no_records(tmp_path: Path) -> None:
    with Bundle.create(tmp_path, HEADER) as bundle:
        bundle.meet_link(record(X))
        bundle.flush()
        with pytest.raises(RuntimeError), bundle.together():
            assert bundle.count(LinkRecord) == 1
            bundle.meet_link(record(Y))
            raise RuntimeError
        assert rows(tmp_path) == (1, 0)
        assert list(bundle.all(LinkRecord)) == [record(X)]


def test_they_can_be_amended_forgotten_and_narrowed(tmp_path: Path) -> None:
    with Bundle.create(tmp_path, HEADER) as bundle:
        for url in (X, Y, Z):
            bundle.meet_link(record(url))
        assert bundle.amend(LinkRecord, X, count=3)
        assert bundle.get(LinkRecord, X) == record(X, 3)
        bundle.forget(LinkRecord, Y)
        assert bundle.get(LinkRecord, Y) is None
        bundle.meet_link(record(Y))
        bundle.narrow([("link", Y)])
        assert list(bundle.all(LinkRecord)) == [record(Y)]


def test_a_bundle_of_before_makes_room(tmp_path: Path) -> None:
    with Bundle.create(tmp_path, replace(HEADER, format=3)) as bundle:
        bundle.hold_link(record(X))
        bundle.count_links({X: 1}, {X: stands(1)})
    with sqlite3.connect(tmp_path / "bundle.sqlite") as db:
        db.execute("DROP TABLE met")
    db.close()
    with Bundle.open(tmp_path, write=False) as bundle:
        assert list(bundle.all(LinkRecord)) == [record(X, 1, place(1))]
        assert bundle.get(LinkRecord, Y) is None
    with Bundle.open(tmp_path) as bundle:
        assert bundle.header.format == FORMAT
        bundle.meet_link(record(Y))
        assert list(bundle.all(LinkRecord)) == [record(X, 1, place(1)), record(Y)]

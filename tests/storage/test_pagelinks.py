"""Links by page: come back whole from wherever they wait, are replaced when said again, dropped with their batch."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import pytest
import zstandard
from msgspec.structs import replace

from portal.facts import Element, Link, Region
from storage.bundle import Bundle
from storage.bundle_file import FORMAT
from tests.storage.bundles import HEADER
from tests.storage.old import old_layout

MENU = tuple(
    Link(f"http://a.cn/{n}/", f"/{n}/", f"栏目{n}", Element.A, Region.NAV, visible=n % 7 > 0) for n in range(80)
)


def links(number: int) -> tuple[Link, ...]:
    """Returns the links of a page: those of all, and one of its own."""
    return (
        *MENU,
        Link(f"http://a.cn/p/{number}.html", f"{number}.html", "条目", Element.A, Region.BODY, via="onclick"),
    )


def test_links_are_read_wherever_they_wait(tmp_path: Path) -> None:
    with Bundle.create(tmp_path, HEADER) as bundle:
        for number in range(60):  # several frames, the last one not full
            bundle.keep_links(f"http://a.cn/{number}", links(number))
        assert all(bundle.links_of(f"http://a.cn/{number}") == links(number) for number in range(60))
        bundle.flush()
        bundle.keep_links("http://a.cn/7", links(700))
        bundle.keep_links("http://a.cn/8", links(8))
        bundle.keep_links("http://a.cn/8", links(800))
        bundle.keep_links("http://a.cn/huge", links(1) * 100)
        bundle.keep_links("http://a.cn/none", ())
    with Bundle.open(tmp_path, write=False) as bundle:
        wanted = {number: number for number in range(60)} | {7: 700, 8: 800}
        assert all(bundle.links_of(f"http://a.cn/{key}") == links(number) for key, number in wanted.items())
        assert bundle.links_of("http://a.cn/huge") == links(1) * 100
        assert (bundle.links_of("http://a.cn/none"), bundle.links_of("http://a.cn/nowhere")) == ((), None)


def test_what_repeats_takes_little_room(tmp_path: Path) -> None:
    with Bundle.create(tmp_path, HEADER) as bundle:
        for number in range(100):
            bundle.keep_links(f"http://a.cn/{number}", links(number))
    db = sqlite3.connect(tmp_path / "bundle.sqlite")
    packed = [row[0] for row in db.execute("SELECT packed FROM linkframe")]
    db.close()
    assert len(packed) == 2
    assert all(zstandard.decompress(frame).count('栏目7"'.encode()) == 1 for frame in packed)
    assert sum(map(len, packed)) < len(msgspec.json.encode(links(1)))


def test_a_frame_is_packed_when_it_holds_enough(tmp_path: Path) -> None:
    with Bundle.create(tmp_path, HEADER) as bundle:
        for number in range(500):
            bundle.keep_links(f"http://a.cn/{number}", links(number))
        bundle.flush()
        assert all(bundle.links_of(f"http://a.cn/{number}") == links(number) for number in range(500))
    db = sqlite3.connect(tmp_path / "bundle.sqlite")
    (frames,) = db.execute("SELECT count(*) FROM linkframe").fetchone()
    db.close()
    assert frames == 500 // 50


def test_a_dropped_batch_leaves_its_place_to_others(tmp_path: Path) -> None:
    with Bundle.create(tmp_path, HEADER) as bundle:
        with pytest.raises(RuntimeError), bundle.together():
            bundle.keep_links("http://a.cn/1", links(1))
            bundle.flush()
            assert bundle.links_of("http://a.cn/1") == links(1)
            raise RuntimeError
        assert bundle.links_of("http://a.cn/1") is None
        bundle.keep_links("http://a.cn/2", links(2))
        bundle.flush()
        assert bundle.links_of("http://a.cn/2") == links(2)


def test_a_bundle_of_before_is_gone_on_with_and_can_be_narrowed(tmp_path: Path) -> None:
    with Bundle.create(tmp_path, HEADER) as bundle:
        bundle.keep_links("http://a.cn/1", links(1))
    old_layout(tmp_path)
    with Bundle.open(tmp_path, write=False) as bundle:
        assert bundle.header.format == 1
    with Bundle.open(tmp_path) as bundle:
        assert bundle.links_of("http://a.cn/1") is None
        bundle.keep_links("http://a.cn/2", links(2))
        bundle.flush()
        assert bundle.links_of("http://a.cn/2") == links(2)
        bundle.narrow([])
        assert bundle.links_of("http://a.cn/2") is None
    with Bundle.open(tmp_path, write=False) as bundle:
        assert bundle.header.format == FORMAT  # a program of before does not know what was added


def test_links_in_the_form_of_before_are_not_known_and_make_room(tmp_path: Path) -> None:
    Bundle.create(tmp_path, replace(HEADER, format=2)).close()
    with sqlite3.connect(tmp_path / "bundle.sqlite") as db:
        db.executescript(
            "DROP TABLE pagelink;"
            "CREATE TABLE pagelink (url TEXT PRIMARY KEY, frame INTEGER, start INTEGER, length INTEGER);"
        )
        db.execute("INSERT INTO pagelink VALUES ('http://a.cn/1', 1, 0, 10)")
    db.close()
    with Bundle.open(tmp_path, write=False) as bundle:
        assert bundle.links_of("http://a.cn/1") is None
    with Bundle.open(tmp_path) as bundle:
        bundle.keep_links("http://a.cn/2", links(2))
        bundle.flush()
        assert (bundle.links_of("http://a.cn/1"), bundle.links_of("http://a.cn/2")) == (None, links(2))

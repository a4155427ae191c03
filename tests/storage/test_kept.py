"""Records of a bundle as a mapping: those a dictionary of them would hold, in order, and none of them in memory."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from checks._outlines import in_order
from portal.artifacts import LinkRecord
from storage.bundle import Bundle
from storage.kept import AT_HAND, Kept
from tests.storage.test_bundle import HEADER, link


def counted(record: LinkRecord) -> bool:
    return record.count > 0


def test_it_holds_what_a_dictionary_would_but_what_is_not_wanted(tmp_path: Path) -> None:
    with Bundle.create(tmp_path, HEADER) as bundle:
        bundle.add(*(link(number, count=number % 3) for number in (5, 1, 4, 3, 2)))
        kept = Kept(bundle, LinkRecord, counted)
        held = {record.url: record for record in bundle.all(LinkRecord) if record.count}
        assert kept == held and len(kept) == 4 and kept
        assert (list(kept), list(kept.items()), list(kept.values())) == (
            list(held),
            list(held.items()),
            list(held.values()),
        )
        gone = link(3).url
        assert (
            gone not in kept
            and kept.get(gone) is None
            and link(4).url in kept
            and kept[link(4).url] == held[link(4).url]
        )
        assert not Kept(bundle, LinkRecord, lambda record: False)


def test_to_go_through_all_of_them_holds_none(tmp_path: Path) -> None:
    with Bundle.create(tmp_path, HEADER) as bundle:
        bundle.add(*(link(number) for number in range(5000)))
        bundle.flush()
        kept = Kept(bundle, LinkRecord)
        tracemalloc.start()
        assert sum(record.count for record in kept.values()) == 5000
        assert all(kept[link(number).url] for number in range(5000))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < AT_HAND * 10_000


@given(st.dictionaries(st.text(), st.integers()))
def test_records_come_in_the_order_a_bundle_has(records: dict[str, int]) -> None:
    assert [key for key, _ in in_order(records)] == sorted(records)

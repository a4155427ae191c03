"""Records of a bundle as a mapping: those a dictionary of them would hold, in order, and none of them in memory."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks._outlines import asked_links, in_order, whole
from checks.runner import judge
from portal.artifacts import Level, LinkRecord, PageRecord
from portal.facts import Element, Link, Region
from storage.bundle import Bundle
from storage.kept import AT_HAND, Kept
from storage.places import Stands
from tests.storage.bundles import HEADER, link
from tests.unit.checks import make
from tests.unit.checks.everything import world


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


def test_links_without_their_places_are_those_that_are_wanted_and_whole_when_asked_for(tmp_path: Path) -> None:
    with Bundle.create(tmp_path, HEADER) as bundle:
        bundle.add(*(link(number, count=number % 2) for number in range(6)))
        stands = Stands()
        stands.add("http://a.cn/", Link(link(4).url, "", "文字", Element.A, Region.BODY), Level.OTHER)
        bundle.count_links({link(4).url: 3, link(3).url: -1}, {link(4).url: stands})
        for _ in range(2):
            kept = Kept(bundle, LinkRecord, counted)
            asked = list(asked_links(kept))
            assert [(one.url, one.count) for one in asked] == [(one.url, one.count) for one in kept.values()]
            assert [one.count for one in asked] == [1, 3, 1]
            assert [whole(one, kept) for one in asked] == list(kept.values())
            assert whole(asked[1], kept).occurrences[-1].page == "http://a.cn/"
            bundle.complete_links()


@pytest.mark.parametrize("carried", [None, make.ago(2)])
def test_what_lies_in_a_bundle_is_judged_as_what_lies_in_memory(tmp_path: Path, carried: object) -> None:
    empty = [make.tried(after=n * 20, sniffed="empty", length=0) for n in range(2)]
    gone = make.url("/art/2020/1.html")
    stray = [make.tried(final=make.HOME, hops=[gone], after=n * 20, **make.CONTENT) for n in range(2)]
    artifacts = make.gathered(
        *world(),
        make.page(make.url("/old.html"), record={"carried": carried}),
        # What these are is told by where they stand.
        make.link(make.url("/download?id=1"), *empty, element=Element.ATTACHMENT),
        make.link(gone, *stray, text="返回首页", page=make.url("/old.html")),
        make.link(make.url("/art/2020/2.html"), *stray),
        make.link("http://10.1.2.3/"),
        make.link(make.url("/unseen.html"), *empty, visible=False),
    )
    with Bundle.create(tmp_path, HEADER) as bundle:
        bundle.add(*artifacts.pages.values(), *artifacts.links.values())
        kept = replace(artifacts, pages=Kept(bundle, PageRecord), links=Kept(bundle, LinkRecord, counted))
        assert judge(kept) == judge(artifacts)
        assert dict(kept.link_outlines) == dict(artifacts.link_outlines)


@given(st.dictionaries(st.text(), st.integers()))
def test_records_come_in_the_order_a_bundle_has(records: dict[str, int]) -> None:
    assert [key for key, _ in in_order(records)] == sorted(records)

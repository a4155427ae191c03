"""What two versions of the readers measured of texts is never compared, whoever goes on with a bundle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from crawler.crawl.readers import note_reader, read_alike, without_measures
from portal.artifacts import HostRecord, InnerLinkProbe, LinkRecord, PageRecord
from portal.model import Network
from storage.bundle import Bundle, Header
from tests.unit.checks.make import NOON, PORTAL, TODAY, host, link, page, tried, url

READ = tried(sketch=5, text_length=60, title="公告", sniffed="html")


@pytest.fixture
def bundle(tmp_path: Path) -> Iterator[Bundle]:
    header = Header("qinhe-1", PORTAL, Network(), TODAY, NOON, "s", "0")
    with Bundle.create(tmp_path / "bundle", header) as made:
        note_reader(made)
        made.add(replace(page(url("/a")), fetch=READ), link(url("/a"), READ), host(random_page=READ))
        made.mark("probe", NOON)
        yield made


def test_the_same_readers_go_on_with_what_there_is(bundle: Bundle) -> None:
    note_reader(bundle)
    assert read_alike(bundle)
    assert bundle.stages().keys() == {"probe"}
    assert [one.fetch for one in bundle.all(PageRecord)] == [READ]


def test_others_forget_what_was_measured_and_have_the_hosts_probed_again(bundle: Bundle) -> None:
    bundle.note("reader", "another")
    note_reader(bundle)
    assert not read_alike(bundle)
    assert (bundle.count(HostRecord), bundle.stages()) == (0, {})
    assert [one.fetch for one in bundle.all(PageRecord)] == [replace(READ, sketch=0, text_length=None)]
    assert [one.attempts for one in bundle.all(LinkRecord)] == [(replace(READ, sketch=0, text_length=None),)]


def test_who_goes_on_once_more_keeps_what_it_measured_itself(bundle: Bundle) -> None:
    bundle.note("reader", "another")
    note_reader(bundle)
    bundle.add(link(url("/b"), READ), host(random_page=READ))
    bundle.mark("probe", NOON)
    note_reader(bundle)
    assert not read_alike(bundle)
    assert [one.attempts[0].text_length for one in bundle.all(LinkRecord)] == [None, 60]
    assert (bundle.count(HostRecord), list(bundle.stages())) == (1, ["probe"])


def test_a_host_is_left_without_measures_in_every_answer() -> None:
    inner = (InnerLinkProbe(url("/a"), 2, READ),)
    seen = host(ipv4=(READ,), ipv6=(READ,), inner=inner, random_page=READ, random_file=None)
    left = without_measures(seen)
    assert isinstance(left, HostRecord)
    answers = (*left.ipv4, *left.ipv6, left.inner[0].attempt, left.random_page)
    assert answers == (replace(READ, sketch=0, text_length=None),) * 4
    assert left.random_file is None

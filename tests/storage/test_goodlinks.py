"""Good links are shared, bad ones never, own ones never, and nothing for longer than some days."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine

from crawler.net.known import KnownLinks
from portal.artifacts import Attempt, FetchOutcome, Hop, Level, LinkRecord
from portal.model import Network
from storage.goodlinks import LASTS, good_answer, good_links, keep_good_links

NOW = dt.datetime(2026, 11, 28, 2, tzinfo=dt.UTC)
NETWORK = Network()
GOOD = Attempt(NOW, "get", FetchOutcome.OK, 200, "https://www.gov.cn/", content_type="text/html", sniffed="html")


def link(url: str = "https://www.gov.cn/", *attempts: Attempt, internal: bool = False) -> LinkRecord:
    """Returns the record of a link to another site, good unless told otherwise."""
    return LinkRecord(url, internal, 1, Level.HOME, attempts=attempts or (GOOD,))


def keep(engine: Engine, *links: LinkRecord, accused: frozenset[str] = frozenset(), now: dt.datetime = NOW) -> int:
    """Keeps what is good among links."""
    return keep_good_links(engine, NETWORK, links, accused, now)


def known(engine: Engine, now: dt.datetime = NOW, network: Network = NETWORK) -> dict[str, Attempt]:
    """Returns what is known to be good."""
    return dict(good_links(engine, network, now))


def test_a_good_link_comes_back_as_it_was_answered(engine: Engine) -> None:
    answer = replace(GOOD, title="中国政府网", text_length=5000, sketch=2**63 + 1, length=4096)
    assert keep(engine, link("https://www.gov.cn/", answer)) == 1
    assert known(engine) == {"https://www.gov.cn/": answer}


@pytest.mark.parametrize(
    "attempts",
    [
        (replace(GOOD, outcome=FetchOutcome.NOT_FOUND, status=404),),
        (replace(GOOD, outcome=FetchOutcome.BLOCKED, status=403),),
        (replace(GOOD, outcome=FetchOutcome.TIMEOUT, status=0),),
        (GOOD, replace(GOOD, outcome=FetchOutcome.SERVER_ERROR, status=500)),
        (replace(GOOD, hops=(Hop("https://gov.cn/", 301, "https://www.gov.cn/"),)),),
        (replace(GOOD, signs=("parked:for_sale",)),),
        (replace(GOOD, evidence="ab" * 32),),
    ],
)
def test_what_is_bad_or_doubtful_is_never_shared(engine: Engine, attempts: tuple[Attempt, ...]) -> None:
    assert good_answer(link("https://www.gov.cn/", *attempts)) is None
    assert keep(engine, link("https://www.gov.cn/", *attempts)) == 0
    assert known(engine) == {}


def test_hosts_of_the_portal_are_never_shared(engine: Engine) -> None:
    assert keep(engine, link(internal=True), LinkRecord("https://a.cn/", False, 1, Level.HOME)) == 0
    assert known(engine) == {}


def test_what_a_finding_is_about_is_never_shared(engine: Engine) -> None:
    keep(engine, link())
    assert keep(engine, link(), accused=frozenset({"https://www.gov.cn/"})) == 0
    assert known(engine) == {}


def test_what_turned_bad_is_forgotten(engine: Engine) -> None:
    keep(engine, link())
    later = replace(GOOD, at=NOW + dt.timedelta(hours=1), outcome=FetchOutcome.DNS, status=0)
    keep(engine, link("https://www.gov.cn/", later), now=NOW + dt.timedelta(hours=2))
    assert known(engine) == {}


def test_it_lasts_some_days_and_taking_it_over_makes_it_no_younger(engine: Engine) -> None:
    keep(engine, link())
    last = NOW + LASTS
    over = link("https://www.gov.cn/", replace(GOOD, known=True))
    assert keep(engine, over, now=last - dt.timedelta(days=1)) == 0
    assert len(known(engine, last)) == 1
    assert known(engine, last + dt.timedelta(seconds=1)) == {}
    keep(engine, now=last + dt.timedelta(days=30))
    assert known(engine) == {}  # the row itself is gone
    assert keep(engine, link(), now=last + dt.timedelta(days=30)) == 0  # judged again from an old bundle


def test_a_newer_answer_takes_the_place_of_an_older_one(engine: Engine) -> None:
    keep(engine, link())
    newer = replace(GOOD, at=NOW + dt.timedelta(days=3))
    assert keep(engine, link("https://www.gov.cn/", newer), now=newer.at) == 1
    assert known(engine, newer.at) == {"https://www.gov.cn/": newer}
    assert keep(engine, link(), now=newer.at) == 0
    assert known(engine, newer.at) == {"https://www.gov.cn/": newer}


def test_every_network_knows_its_own(engine: Engine) -> None:
    keep(engine, link())
    assert known(engine, network=Network(hosts={"www.gov.cn": ("127.0.0.1:8811",)}, sealed=True)) == {}


def test_thousands_are_kept_and_read(engine: Engine, tmp_path: Path) -> None:
    assert keep(engine, *(link(f"https://www.a{n}.gov.cn/") for n in range(1201))) == 1201
    path = tmp_path / "known.sqlite"
    assert KnownLinks.write(path, good_links(engine, NETWORK, NOW)) == 1201
    found = KnownLinks.open(path)
    assert found is not None
    assert found.get("https://www.a7.gov.cn/") == GOOD
    assert found.get("https://WWW.a7.gov.cn:443/#top") == GOOD  # by what is asked, not by how it is spelt
    assert found.get("https://www.a1201.gov.cn/") is None
    found.close()
    assert KnownLinks.write(path, ()) == 0
    assert KnownLinks.open(path) is None


def test_a_file_that_is_no_database_knows_nothing(tmp_path: Path) -> None:
    path = tmp_path / "known.sqlite"
    path.write_bytes(b"no database at all" * 100)
    found = KnownLinks.open(path)
    assert found is not None
    assert found.get("https://www.gov.cn/") is None
    found.close()

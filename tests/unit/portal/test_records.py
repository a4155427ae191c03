"""Names and keys of the records of a bundle, and the proof they refer to."""

from __future__ import annotations

import datetime as dt

import pytest

from portal.artifacts import (
    Attempt,
    AvailabilityRecord,
    DnsAnswer,
    DnsStatus,
    FetchOutcome,
    GatherSummary,
    HostRecord,
    InnerLinkProbe,
    Level,
    LinkRecord,
    PageRecord,
    SearchRecord,
    SearchSession,
    SearchStatus,
    SearchTitle,
    Shot,
)
from portal.records import PROVEN, RECORD_TYPES, Record, evidence_of, record_key

AT = dt.datetime(2026, 11, 18, tzinfo=dt.UTC)
URL = "http://www.example.gov.cn/"
DNS = DnsAnswer(DnsStatus.ANSWER)


def tried(evidence: str) -> Attempt:
    return Attempt(AT, "get", FetchOutcome.OK, evidence=evidence)


def asked(screenshot: str, evidence: str) -> SearchSession:
    drawn = SearchTitle("标题", URL, None, "")
    return SearchSession(drawn, AT, SearchStatus.ANSWERED, screenshot=screenshot, evidence=evidence)


@pytest.mark.parametrize(
    ("record", "key"),
    [
        (PageRecord(URL, Level.HOME, tried("a"), render_evidence="b", screenshot="c"), ("page", URL)),
        (LinkRecord(URL, True, 1, Level.HOME, attempts=(tried("a"), tried("b"), tried("c"))), ("link", URL)),
        (
            HostRecord("a.cn", DNS, DNS, ipv4=(tried("b"),), inner=(InnerLinkProbe(URL, 2, tried("c")),), evidence="a"),
            ("host", "a.cn"),
        ),
        (
            HostRecord("a.cn", DNS, DNS, ipv6=(tried("a"),), random_page=tried("b"), random_file=tried("c")),
            ("host", "a.cn"),
        ),
        (SearchRecord(URL, sessions=(asked("b", "c"), asked("", "")), screenshot="a"), ("search", "search")),
        (AvailabilityRecord(URL, AT, evidence="abc"), ("availability", "availability")),
        (Shot("f1", "abc", URL, AT, True), ("shot", "f1")),
    ],
)
def test_every_piece_of_proof_a_record_refers_to_is_known(record: Record, key: tuple[str, str]) -> None:
    assert "".join(evidence_of(record)) == "abc"
    assert record_key(record) == key
    assert isinstance(record, PROVEN) and isinstance(record, RECORD_TYPES[key[0]])


def test_a_summary_refers_to_no_proof() -> None:
    assert evidence_of(GatherSummary(AT, AT)) == ()

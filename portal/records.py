"""What the records of a bundle have in common: names of their types, keys, and the proof they refer to."""

from __future__ import annotations

from portal.artifacts import (
    Attempt,
    AvailabilityRecord,
    ColumnRecord,
    GatherSummary,
    HostRecord,
    LinkRecord,
    PageRecord,
    SearchRecord,
    Shot,
    Vantage,
)

Record = (
    PageRecord
    | LinkRecord
    | ColumnRecord
    | HostRecord
    | SearchRecord
    | AvailabilityRecord
    | Vantage
    | Shot
    | GatherSummary
)

RECORD_TYPES: dict[str, type[Record]] = {
    "page": PageRecord,
    "link": LinkRecord,
    "column": ColumnRecord,
    "host": HostRecord,
    "search": SearchRecord,
    "availability": AvailabilityRecord,
    "vantage": Vantage,
    "shot": Shot,
    "summary": GatherSummary,
}


def record_key(record: Record) -> tuple[str, str]:
    """Returns (type name, key) under which a bundle keeps the record."""
    match record:
        case PageRecord(url=key):
            return "page", key
        case LinkRecord(url=key):
            return "link", key
        case ColumnRecord(url=key):
            return "column", key
        case HostRecord(host=key):
            return "host", key
        case SearchRecord():
            return "search", "search"
        case AvailabilityRecord():
            return "availability", "availability"
        case Vantage():
            return "vantage", "vantage"
        case Shot(fingerprint=key):
            return "shot", key
        case GatherSummary():
            return "summary", "summary"


# Types of records that may refer to proof.
PROVEN: tuple[type[Record], ...] = (PageRecord, LinkRecord, HostRecord, SearchRecord, AvailabilityRecord, Shot)


def evidence_of(record: object) -> tuple[str, ...]:
    """Returns the hashes of the blobs a record refers to."""
    match record:
        case PageRecord():
            found = [record.fetch.evidence, record.render_evidence, record.screenshot]
        case LinkRecord():
            found = [attempt.evidence for attempt in record.attempts]
        case HostRecord():
            tried: list[Attempt | None] = [*record.ipv4, *record.ipv6, *(probe.attempt for probe in record.inner)]
            tried += [record.random_page, record.random_file]
            found = [record.evidence, *(attempt.evidence for attempt in tried if attempt)]
        case SearchRecord():
            found = [record.screenshot]
            found += [digest for session in record.sessions for digest in (session.screenshot, session.evidence)]
        case AvailabilityRecord():
            found = [record.evidence]
        case Shot():
            found = [record.sha256]
        case _:
            found = []
    return tuple(digest for digest in found if digest)

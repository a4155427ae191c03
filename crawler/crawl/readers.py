"""By which readers the pages of a bundle were read: what two versions measured of texts cannot be compared.

A fingerprint depends on how a page's text is told from its markup as much as on how it is counted. So the version is
that of all readers, and raises itself. Whoever meets a bundle of others takes nothing over (`renewal_earlier`), or
forgets what they measured: a copy looked at again (`mingcha.rechecks.sitting`), an audit that goes on after an upgrade.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec

from portal.artifacts import Attempt, HostRecord, LinkRecord, PageRecord
from portal.records import Record
from storage.bundle import Bundle

_NOTE = "reader"  # note of a bundle
_MIXED = "+"  # after the version that read last: others read before it


class _Key(msgspec.Struct):
    """As much of a page or a link as names it."""

    url: str


@cache
def reader() -> str:
    """Returns what tells one version of the readers of pages (programs and vocabularies) from another."""
    digest = hashlib.sha256()
    for name, file in sorted(_sources(files("portal"), "")):
        digest.update(f"{name}\n".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _sources(folder: Traversable, path: str) -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for entry in folder.iterdir():
        name = f"{path}/{entry.name}"
        if entry.is_dir() and entry.name != "__pycache__":
            found += _sources(entry, name)
        elif entry.name.endswith((".py", ".toml")):
            found.append((name, entry))
    return found


def read_alike(bundle: Bundle) -> bool:
    """Returns whether all pages of a bundle were read by the readers of this program."""
    return bool(bundle.noted(_NOTE) == reader())


def note_reader(bundle: Bundle) -> None:
    """Notes in a bundle by which readers its pages are read from now on.

    Where others read before, what they measured of texts is forgotten, and the hosts are to be probed again: their
    answers to nonsense are what texts are compared with. Raises BundleError.
    """
    said = bundle.noted(_NOTE)
    if said in (None, reader()):
        bundle.note(_NOTE, reader())
    elif said != reader() + _MIXED:
        with bundle.together():
            for host in [record.host for record in bundle.all(HostRecord)]:
                bundle.forget(HostRecord, host)
            bundle.unmark("probe")
            for url in [page.url for page in bundle.outlines(PageRecord, _Key)]:
                if (page := bundle.get(PageRecord, url)) is not None:
                    bundle.add(without_measures(page))
            for url in [link.url for link in bundle.outlines(LinkRecord, _Key)]:
                if (link := bundle.get(LinkRecord, url)) is not None:
                    bundle.add(without_measures(link))
            bundle.note(_NOTE, reader() + _MIXED)


def without_measures(record: Record) -> Record:
    """Returns a record of a bundle without what readers measured of texts: nothing is like it, or unlike."""
    match record:
        case PageRecord():
            return msgspec.structs.replace(record, fetch=_unmeasured(record.fetch))
        case LinkRecord():
            return msgspec.structs.replace(record, attempts=tuple(map(_unmeasured, record.attempts)))
        case HostRecord():
            return replace(
                record,
                ipv4=tuple(map(_unmeasured, record.ipv4)),
                ipv6=tuple(map(_unmeasured, record.ipv6)),
                inner=tuple(replace(probe, attempt=_unmeasured(probe.attempt)) for probe in record.inner),
                random_page=_unmeasured(record.random_page) if record.random_page else None,
                random_file=_unmeasured(record.random_file) if record.random_file else None,
            )
    return record


def _unmeasured(attempt: Attempt) -> Attempt:
    return msgspec.structs.replace(attempt, text_length=None, sketch=0)

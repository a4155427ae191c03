"""What an audit is told of earlier ones: where the last bundle lies, what findings stand, which links were good."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import msgspec

from checks.base import KnownFinding, Severity
from checks.registry import check
from mingcha.errors import ImpossibleError
from mingcha.judging import known_findings
from mingcha.opening import opened
from portal.model import Network
from portal.urls import normalise
from storage.goodlinks import good_links
from storage.queries import audits, live_findings

ACCUSED = "accused.json"  # file of a bundle's folder: addresses findings stand against, the most severe first
_RANK = {Severity.VETO: 0, Severity.DEDUCT: 1, Severity.NOTICE: 2}


def before(portal: str, audit: str, folder: Path, database: str, standing: Iterable[KnownFinding]) -> dict[str, str]:
    """Returns what the process that gathers is told: files by name, as in `crawler.sitting.Sitting`.

    `audit` is the one that is about to be gathered into `folder`; the one before is the newest sound one of the portal,
    wherever its bundle may be by now. `standing` are the findings that stand open. Raises ImpossibleError where the
    database cannot be read.
    """
    with opened(database, ImpossibleError) as engine:
        heads = audits(engine, portal)
    last = next((one for one in heads if one.kind == "audit" and not one.degraded and one.id != audit), None)
    if last is None or not last.bundle:
        return {}
    told = {"earlier": last.bundle}
    path = (folder / ACCUSED).absolute()
    try:
        path.write_bytes(msgspec.json.encode(accused(standing)))
    except OSError:
        return told  # they are asked for in their turn, then
    return told | {"accused": str(path)}


def accused(findings: Iterable[KnownFinding]) -> list[str]:
    """Returns the addresses findings are about and those they were seen on, normalised, the most severe first."""
    found: dict[str, None] = {}
    for finding in sorted(findings, key=lambda one: (_severity(one), one.check, one.subject)):
        for url in (finding.subject, *finding.pages):
            if "://" in url:
                found.setdefault(normalise(url))
    return list(found)


def _severity(finding: KnownFinding) -> int:
    try:
        return _RANK[check(finding.check).META.kind(finding.kind).severity]
    except KeyError:
        return len(_RANK)  # of a check of another version


def standing(portal: str, database: str) -> tuple[KnownFinding, ...]:
    """Returns the findings of a portal that stand open, as checks want to know of them. Raises ImpossibleError."""
    with opened(database, ImpossibleError) as engine:
        if not any(head.kind == "audit" for head in audits(engine, portal)):
            return ()
        return known_findings(live_findings(engine, portal))


def write_known(network: Network, path: Path, database: str) -> int:
    """Writes the links that were found good lately to `path`; returns how many. Raises ImpossibleError."""
    from crawler.net.known import KnownLinks  # late: who only asks what stands open needs none of it

    try:
        with opened(database, ImpossibleError) as engine:
            return KnownLinks.write(path, good_links(engine, network, dt.datetime.now(dt.UTC)))
    except (OSError, sqlite3.Error):
        return 0  # they are asked again, then

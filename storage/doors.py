"""A portal that moves to https (or to www, or back) is the portal it was, and so are its defects.

A finding's identity holds the address of what is to be repaired. Without this, all findings of such a portal would be
called repaired, since nothing leads to the old addresses any more, and found anew by the new ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from checks.base import CheckResult, Finding, identity
from portal.model import Portal
from portal.urls import same_site, site_hosts, twin
from storage.following import follow_finding, values_of
from storage.lifecycle import State
from storage.models import FindingRow


def readdress(session: Session, results: Sequence[CheckResult], portal: Portal) -> int:
    """Gives findings of a portal the address by which its newest audit found them again; returns how many.

    One that the audit found by its old address, too, stays: both are there. The objects of the session are stale
    afterwards where any was changed.
    """
    hosts = site_hosts(portal)
    found = {one.fingerprint: (result.check, one) for result in results for one in result.findings if one.fingerprint}
    rows = session.scalars(select(FindingRow).where(FindingRow.portal == portal.id)).all()
    fresh = found.keys() - {row.fingerprint for row in rows}
    if not fresh:
        return 0
    unmet: dict[tuple[str, str], list[FindingRow]] = {}
    for row in rows:
        if row.fingerprint not in found:
            unmet.setdefault((row.check, row.subject), []).append(row)
    moved: dict[str, FindingRow] = {}
    for fingerprint in sorted(fresh):
        check, finding = found[fingerprint]
        doors = other_doors(finding.subject) if same_site(finding.subject, hosts) else ()
        same = [row for door in doors for row in unmet.get((check, door), ()) if _is(row, finding, portal)]
        if same := [row for row in same if row not in moved.values()]:
            moved[fingerprint] = next((row for row in same if _live(row)), same[0])
    if not moved:
        return 0
    old = [row.fingerprint for row in moved.values()]
    # Numbers are unique within a portal: the rows that go stand aside, below zero, until they are gone.
    session.execute(update(FindingRow).where(FindingRow.fingerprint.in_(old)).values(number=-FindingRow.number))
    for fingerprint, row in moved.items():
        subject = found[fingerprint][1].subject
        key = f"{row.subject_key.removesuffix(row.subject)}{subject}"
        values = values_of(row, fingerprint=fingerprint, number=abs(row.number), subject=subject, subject_key=key)
        session.execute(insert(FindingRow).values(**values))
    follow_finding(session, {row.fingerprint: fingerprint for fingerprint, row in moved.items()})
    session.execute(delete(FindingRow).where(FindingRow.fingerprint.in_(old)))
    session.expire_all()
    return len(moved)


def good_by_another(row: FindingRow, passed: Set[str], hosts: Set[str]) -> bool:
    """Returns whether what a finding is about was measured good by another way to the portal's own pages.

    `passed` are the subject keys its check found good. Not where the check saw anything on that host by the old way: an
    address that is still in use is measured by itself.
    """
    if not _live(row) or not same_site(row.subject, hosts):
        return False
    group = row.subject_key.removesuffix(row.subject)
    if not any(f"{group}{other}" in passed for other in other_doors(row.subject)):
        return False
    scheme, _, rest = row.subject.partition("://")
    here = f" {scheme}://{rest.partition('/')[0]}/"
    return not any(here in key for key in passed)


def other_doors(url: str) -> Iterator[str]:
    """Yields an address by the other ways to the same page: http and https, with www and without."""
    scheme, mark, rest = url.partition("://")
    if not mark or scheme not in ("http", "https"):
        return
    host, slash, path = rest.partition("/")
    for name in (host, twin(host)):
        for other in ("http", "https"):
            if name and (other, name) != (scheme, host):
                yield f"{other}://{name}{slash}{path}"


def _is(row: FindingRow, finding: Finding, portal: Portal) -> bool:
    """Returns whether a finding at another address of its check is the stored one, were its address the same."""
    group = row.subject_key.removesuffix(row.subject).rstrip(" ")
    return identity(portal.id, row.check, group, finding.subject) == finding.fingerprint


def _live(row: FindingRow) -> bool:
    return bool(row.state) and State(row.state).live

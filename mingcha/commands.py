"""What the verbs of the command line do, with everything they need already checked by `mingcha.cli`."""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from msgspec import Struct

from crawler.targets import TargetsError, portal_for_url
from mingcha.audit import AuditOptions, audit_id, audit_portal, conclude, open_bundle
from mingcha.errors import DONE, UsageError
from mingcha.sample import SampleError, running_sample
from mingcha.scoring.systems import Roster, checked, systems_at_hand
from mingcha.setting import read_targets
from mingcha.terminal import Terminal
from portal.model import Network, Portal, Targets


class Chosen(Struct, frozen=True):
    """The portal a command is about, how names resolve for it and what it may reach."""

    portal: Portal
    network: Network
    sample: bool = False


def run_audit(
    word: str,
    *,
    targets: Path | None,
    out: Path | None,
    as_of: dt.date,
    confirm: str,
    only: frozenset[str],
    overrides: Mapping[str, Any],
    browser: bool,
    fresh: bool,
    rolling: bool,
    spacing: tuple[float, ...],
    seed: str,
    requests: Path | None,
    log: Path | None,
    profile: Path | None,
    doubted: bool,
    systems: Path | None,
    database: str,
    data: Path,
) -> int:
    """Audits one portal and shows the summary. Returns the exit code. Raises MingchaError."""
    books = systems_at_hand(systems)
    if confirm not in {"", "now", "later"}:
        raise UsageError(f"--confirm {confirm!r}: write now or later")
    if fresh and rolling:
        raise UsageError("--fresh and --rolling: what takes nothing over cannot carry anything over; choose one")
    with choose(word, targets, data, as_of) as chosen:
        checked(books, chosen.portal)
        words = (*chosen.portal.search_keywords, *books.keywords(chosen.portal.systems, as_of))
        portal = replace(chosen.portal, search_keywords=tuple(dict.fromkeys(words)), **overrides)
        folder = out or data / "audits" / audit_id(portal, dt.datetime.now(dt.UTC))
        options = AuditOptions(
            as_of=as_of,
            # Nobody waits a day for the sample: its suspects are looked at again in the same sitting.
            confirm=confirm or ("now" if chosen.sample else "later"),
            spacing=(0.2, 0.5) if chosen.sample and spacing == (2.0, 10.0, 60.0) else spacing,
            only=only,
            browser=browser,
            fresh=fresh,
            rolling=rolling,
            seed=seed,
            requests=requests,
            log=log,
            profile=profile,
            doubted=doubted,
            systems=systems,
            extra={"sample": "yes"} if chosen.sample else {},
        )
        with Terminal(portal) as terminal:
            outcome = audit_portal(
                portal, chosen.network, folder, options, database=database, on_event=terminal.on_event
            )
        terminal.summary(outcome)
        if profile is not None:
            terminal.profile(outcome.phases, profile)
        return outcome.exit_code


@contextlib.contextmanager
def choose(word: str, targets: Path | None, data: Path, as_of: dt.date) -> Iterator[Chosen]:
    """Yields the portal meant by `word`: an id or address in targets.toml, any URL, or the sample for nothing.

    Raises UsageError with one sentence when nothing is meant by it.
    """
    described = read_targets(targets) if targets else Targets(portals=())
    if not word and not described.portals:
        try:
            with running_sample(data / "sample", as_of) as path:
                sample = read_targets(path)
                yield Chosen(sample.portals[0], sample.network_of(sample.portals[0]), sample=True)
        except SampleError as error:
            raise UsageError(str(error)) from error
        return
    portal = pick(word, described, targets)
    yield Chosen(portal, described.network_of(portal))


def pick(word: str, described: Targets, path: Path | None) -> Portal:
    """Returns the portal with that id or address, or one made from a bare URL. Raises UsageError."""
    if not word:
        if len(described.portals) == 1:
            return described.portals[0]
        names = ", ".join(portal.id for portal in described.portals)
        raise UsageError(f"{path} has several portals: name one of {names}")
    for portal in described.portals:
        if portal.id == word:
            return portal
    if "://" in word or "." in word:
        try:
            return portal_for_url(word, described)
        except TargetsError as error:
            raise UsageError(str(error)) from error
    known = ", ".join(portal.id for portal in described.portals)
    if not known:
        raise UsageError(
            f"there is no portal {word!r}: none is written down. A URL works too: https://www.example.gov.cn/"
        )
    raise UsageError(f"there is no portal {word!r}; known are: {known}. A URL works too: https://www.example.gov.cn/")


def run_rejudge(audit: Path, only: frozenset[str], systems: Path | None, database: str) -> int:
    """Judges a saved bundle again and writes its reports anew. Returns the exit code."""
    systems_at_hand(systems)  # a broken system is said before anything is kept
    with open_bundle(audit / "bundle") as bundle:
        header = bundle.header
    if origin := header.options.get("recheck_of"):
        raise UsageError(f"{audit} is a re-check of single findings: judge the audit it began from again, {origin}")
    outcome = conclude(audit, header.audit, only, database, systems=systems)
    Terminal(header.portal).summary(outcome)
    return outcome.exit_code


def run_export(what: str, form: str, portal: str, out: Path | None, database: str) -> int:
    """Writes one export of the last audit of a portal. Returns 0. Raises UsageError."""
    from mingcha.telling import export

    path = export(what, form, portal, out, database)
    print(path)
    return DONE


def roster_of(targets: Path | None, names: Sequence[str] | None, exempt: Sequence[str] | None) -> Roster:
    """Returns how portals are scored: by the systems and exemptions named, else those of targets.toml."""
    entries = read_targets(targets).portals if targets else ()
    return Roster({one.id: one for one in entries}, tuple(names or ()), tuple(exempt or ()))


def run_doctor(targets: Path | None, database: str) -> int:
    """Reports on this machine. Returns 0 when everything can be measured."""
    from mingcha.doctor import doctor

    return doctor(targets=read_targets(targets) if targets else None, database=database)


def run_upgrade(database: str) -> int:
    """Brings the database to the newest schema. Returns 0. Raises UsageError."""
    from storage.database import StorageError, open_database, shown

    try:
        open_database(database).dispose()
    except StorageError as error:
        raise UsageError(str(error)) from error
    print(f"{shown(database)}：已是最新", file=sys.stderr)
    return DONE


def list_checks() -> int:
    """Prints the checks and their kinds. Returns 0."""
    from checks.registry import all_checks

    for module in all_checks():
        meta = module.META
        print(f"{meta.id}  {meta.title} (v{meta.version})")
        for kind in meta.kinds:
            print(f"    {kind.id:<26}{kind.severity:<8}{kind.title}")
    return DONE

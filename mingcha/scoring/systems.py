"""Which indicator systems are at hand, and which of them a portal is scored by. Opens no database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from msgspec import Struct, field

from indicators.library import Library, library
from indicators.loading import IndicatorError
from indicators.system import System
from mingcha.errors import UsageError
from portal.model import Portal


@cache
def systems_at_hand(folder: Path | None = None) -> Library:
    """Returns the systems that ship and those of a folder. Raises UsageError with file, line and leaf."""
    if folder is not None and not folder.is_dir():
        raise UsageError(f"--systems {folder}: there is no such folder")
    try:
        return library(folder)
    except IndicatorError as error:
        raise UsageError(str(error)) from error


def chosen(books: Library, name: str, as_of: dt.date | None = None) -> System:
    """Returns the system of that id in force on a day. Raises UsageError that names the known ones."""
    try:
        return books.get(name, as_of)
    except IndicatorError as error:
        raise UsageError(str(error)) from error


def checked(books: Library, portal: Portal) -> None:
    """Raises UsageError where a portal names a system or an exemption that is not there."""
    systems = [chosen(books, name) for name in portal.systems]
    try:
        known_exemptions(systems, portal.exemptions)
    except UsageError as error:
        raise UsageError(f"portal {portal.id!r}: {error}") from error


class Roster(Struct, frozen=True):
    """How portals are scored: what targets.toml says of them, and what a command says instead."""

    portals: Mapping[str, Portal] = field(default_factory=dict)
    named: tuple[str, ...] = ()  # --system
    exempt: tuple[str, ...] = ()  # --exempt

    def systems(self, portal: str) -> tuple[str, ...]:
        """Returns the ids of the systems a portal is scored by."""
        return self.named or self._entry(portal).systems

    def exemptions(self, portal: str) -> tuple[str, ...]:
        """Returns the exemptions that hold for a portal."""
        return self.exempt or self._entry(portal).exemptions

    def _entry(self, portal: str) -> Portal:
        return self.portals.get(portal, Portal(id=portal, name=portal, home=""))


def known_exemptions(systems: Sequence[System], given: Iterable[str]) -> None:
    """Raises UsageError for an exemption none of the systems has."""
    known = {one.id for system in systems for one in system.exemptions}
    for name in given:
        if name not in known:
            listed = ", ".join(sorted(known)) or "none"
            raise UsageError(
                f"there is no exemption {name!r} in {', '.join(s.id for s in systems)}; there are: {listed}"
            )

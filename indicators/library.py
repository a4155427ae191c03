"""The systems at hand: those that ship, and those of a user's folder; each id with all its versions."""

from __future__ import annotations

import contextlib
import datetime as dt
import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from msgspec import Struct, field

from indicators.loading import IndicatorError, load_system
from indicators.system import System

BUNDLED = Path(__file__).parent / "systems"


class Library(Struct, frozen=True):
    """Systems by id; of one id the newest version first."""

    systems: Mapping[str, tuple[System, ...]] = field(default_factory=dict)

    def get(self, name: str, as_of: dt.date | None = None) -> System:
        """Returns the system of that id: the newest version in force on a day, else the newest of all.

        Raises IndicatorError that names the nearest ids for an unknown one.
        """
        versions = self.systems.get(name)
        if versions is None:
            near = difflib.get_close_matches(name, self.systems, n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            known = ", ".join(sorted(self.systems))
            raise IndicatorError([f"there is no indicator system {name!r}{hint} There are: {known}"])
        for system in versions:
            begun = system.effective_from is None or as_of is None or system.effective_from <= as_of
            ended = system.effective_until is not None and as_of is not None and system.effective_until < as_of
            if begun and not ended:
                return system
        return versions[0]

    def newest(self) -> tuple[System, ...]:
        """Returns the newest version of every system, by id."""
        return tuple(self.systems[name][0] for name in sorted(self.systems))

    def keywords(self, names: Iterable[str], as_of: dt.date | None = None) -> tuple[str, ...]:
        """Returns what the systems of those ids ask a portal's search for, each word once, in order."""
        words: dict[str, None] = {}
        for name in names:
            for leaf in self.get(name, as_of).leaves:
                words.update(dict.fromkeys(getattr(leaf.rule, "keywords", ())))
        return tuple(words)


def neighbours(path: Path, folder: Path | None = None) -> dict[str, System]:
    """Returns the systems an overlay in a file may stand on: those that ship, and the sound ones of its folder."""
    found = _bases(_bundled())
    for other in sorted((folder or path.parent).glob("*.toml")):
        if other.resolve() != path.resolve():
            with contextlib.suppress(IndicatorError):
                system = load_system(other, found)
                found[system.id] = system
    return found


def library(folder: Path | None = None) -> Library:
    """Returns the systems that ship and those of a folder; a folder's system replaces a shipped one of its id.

    Raises IndicatorError with file, line and leaf for a file that cannot be used, and for one id and version twice.
    """
    shipped = _bundled()
    if folder is None:
        return Library(shipped)
    own = _read(sorted(folder.glob("*.toml")), _bases(shipped))
    return Library({**{name: shipped[name] for name in shipped if name not in own}, **own})


class _Shipped(Mapping[str, tuple[System, ...]]):
    """The systems that ship, one a file of its id's name, each read when first wanted: an audit wants one or two."""

    def __init__(self) -> None:
        self._paths = {path.stem: path for path in sorted(BUNDLED.glob("*.toml"))}
        self._read: dict[str, tuple[System, ...]] = {}

    def __getitem__(self, name: str) -> tuple[System, ...]:
        if name not in self._read:
            path = self._paths[name]
            base = _base_of(path)
            system = load_system(path, {base: self[base][0]} if base else {})
            if system.id != name:
                raise IndicatorError([f"{path}: the system {system.id!r} must be in a file of that name"])
            self._read[name] = (system,)
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._paths

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


@cache
def _bundled() -> _Shipped:
    return _Shipped()


def _bases(systems: Mapping[str, tuple[System, ...]]) -> dict[str, System]:
    return {name: versions[0] for name, versions in systems.items()}


def _read(paths: Iterable[Path], bases: Mapping[str, System]) -> Mapping[str, tuple[System, ...]]:
    """Returns the systems of files; overlays are read after what they may stand on."""
    found: dict[str, list[System]] = {}
    seen: dict[tuple[str, int], Path] = {}
    known = dict(bases)
    waiting = sorted(paths, key=lambda one: (bool(_base_of(one)), one.name))
    while waiting:
        # An overlay waits for its base as long as another file may bring it.
        path = next((one for one in waiting if not (base := _base_of(one)) or base in known), waiting[0])
        waiting.remove(path)
        system = load_system(path, known)
        key = (system.id, system.version)
        if key in seen:
            raise IndicatorError([f"{path}: {system.id!r} version {system.version} is already in {seen[key]}"])
        seen[key] = path
        found.setdefault(system.id, []).append(system)
        known[system.id] = max(found[system.id], key=lambda one: one.version)
    return {name: tuple(sorted(each, key=lambda one: -one.version)) for name, each in found.items()}


def _base_of(path: Path) -> str:
    """Returns the base an overlay names, "" for a whole system; whatever is wrong is said when the file is loaded."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        try:
            own = tomllib.loads(text.partition("\n[")[0])  # what is the file's own stands before its first table
        except tomllib.TOMLDecodeError:  # that was a line of a longer value
            own = tomllib.loads(text)
        return str(own.get("base", ""))
    except (OSError, ValueError):
        return ""

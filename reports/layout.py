"""The look of official documents, read from layout.toml once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

WIDEST, TALLEST = 140.0, 95.0  # millimetres of a picture: it stands on one page with what is said of it
LABEL = 30.0  # millimetres of a form's labels


@dataclass(frozen=True, slots=True)
class Face:
    """One of the standard's typefaces. `names` are the face itself, `instead` what comes nearest, best first."""

    role: str  # what people call it: 仿宋
    names: tuple[str, ...]
    instead: tuple[str, ...]

    @property
    def stack(self) -> tuple[str, ...]:
        """All names in the order they are to be tried."""
        return (*self.names, *self.instead)


@dataclass(frozen=True, slots=True)
class Layout:
    """`page` in millimetres, `size` in points; `faces`: title, body, heading, sub, plain, western."""

    page: Mapping[str, float]
    size: Mapping[str, float]
    faces: Mapping[str, Face]

    def width(self, wide: bool = False) -> float:
        """Returns the width of the type area in millimetres (版心 156×225), of a page laid across its height."""
        sides = ("height", "top", "bottom") if wide else ("width", "left", "right")
        return self.page[sides[0]] - self.page[sides[1]] - self.page[sides[2]]


@cache
def layout() -> Layout:
    """Returns the look of official documents."""
    data = tomllib.loads((resources.files("reports") / "layout.toml").read_text(encoding="utf-8"))
    faces = {
        name: Face(entry["role"], tuple(entry["names"]), tuple(entry["instead"]))
        for name, entry in data["font"].items()
    }
    return Layout(data["page"], data["size"], faces)

"""Is an audit too unlike the ones before it to be acted on? Pure; the bands and their reasons are in `band.toml`.

An audit out of its band is degraded: kept and shown, but it closes and scores nothing. The next one that comes to about
the same is believed, so that a portal that really changed is out of its band once.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from statistics import median
from typing import Any

from msgspec import Struct, field

OUT_OF_BAND = "out of band: "


class Counted(Struct, frozen=True):
    """The figures of one audit: pages read, and by check its version and how many findings it had, suspects too."""

    pages: int
    findings: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # check -> version, findings
    degraded: str = ""


def looked_at() -> int:
    """Returns how many sound audits before one its band is made from."""
    return int(_data()["earlier"])


def out_of_band(now: Counted, earlier: Sequence[Counted]) -> str:
    """Returns why an audit is not like the earlier ones (newest first), in English; "" where it is.

    A check in another version is compared with nothing.
    """
    sound = [one for one in earlier if not one.degraded][: looked_at()]
    if len(sound) < _data()["least"]:
        return ""
    last = earlier[0] if earlier[0].degraded.startswith(OUT_OF_BAND) else None
    return next((f"{OUT_OF_BAND}{why}" for why in _outside(now, sound, last)), "")


def _outside(now: Counted, sound: Sequence[Counted], last: Counted | None) -> Iterator[str]:
    pages = _data()["pages"]
    usual = median(one.pages for one in sound)
    few = usual >= pages["least"] and now.pages < pages["share"] * usual
    if few and not (last and _agree(now.pages, last.pages)):
        yield f"{now.pages} pages read, usually {usual:.0f}"
    jump = _data()["findings"]
    for check, (version, count) in now.findings.items():
        known = [one.findings[check][1] for one in sound if one.findings.get(check, (None, 0))[0] == version]
        if len(known) < _data()["least"] or count <= jump["times"] * max(known) + jump["plus"]:
            continue
        if not (last and check in last.findings and _agree(count, last.findings[check][1])):
            yield f"{count} findings of {check}, so far at most {max(known)}"


def _agree(one: int, other: int) -> bool:
    share: float = _data()["agreed"]["share"]
    return abs(one - other) <= share * max(one, other)


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(files("mingcha").joinpath("band.toml").read_text("utf-8"))

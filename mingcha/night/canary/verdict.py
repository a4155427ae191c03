"""Did an audit of the canary find what is wrong with it, and nothing else? Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

Seen = tuple[str, str, str]  # check, kind, path


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was missed and what was found that is not there, each as "check.kind path"; `error`: no audit at all."""

    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    error: str = ""

    @property
    def sound(self) -> bool:
        """True when the audit of the canary came to exactly what is wrong with it."""
        return not (self.missing or self.unexpected or self.error)

    @property
    def why(self) -> str:
        """Returns in one English sentence what is wrong, "" when nothing is."""
        if self.error:
            return f"canary: {self.error}"
        parts = [f"missed {', '.join(self.missing)}"] if self.missing else []
        parts += [f"found {', '.join(self.unexpected)}, which is not there"] if self.unexpected else []
        return f"canary: {'; '.join(parts)}" if parts else ""


def expected(*, browser: bool) -> frozenset[Seen]:
    """Returns what an audit of the canary must find."""
    wanted = (one for one in _data()["finding"] if browser or not one.get("browser"))
    return frozenset((one["check"], one["kind"], one["path"]) for one in wanted)


def verdict(findings: Iterable[Mapping[str, Any]], *, browser: bool) -> Verdict:
    """Returns what the objects of a findings.jsonl say of the night. Suspects count as found."""
    seen: set[Seen] = set()
    for one in findings:
        if one["check"] in _data()["checks"] and one["outcome"] in ("fail", "suspect"):
            seen.add((one["check"], one["kind"], _path(one["subject"])))
    wanted = expected(browser=browser)
    return Verdict(_words(wanted - seen), _words(seen - wanted))


def _path(subject: str) -> str:
    parts = urlsplit(subject)
    return (parts.path or "/") if parts.scheme else subject


def _words(seen: Iterable[Seen]) -> tuple[str, ...]:
    return tuple(sorted(f"{check}.{kind} {path}" for check, kind, path in seen))


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(files("mingcha.night.canary").joinpath("expected.toml").read_text("utf-8"))

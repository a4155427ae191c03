"""Asks an advisory source about every locked package: `python3 run.py advisories`, standard library only.

Packages are those of requirements-dev.txt (which holds all of requirements.txt) and requirements-audit.txt, asked by
pip-audit, which is itself pinned by hash and lives in an environment of its own. The source is OSV, or the mirror of it
that MINGCHA_ADVISORIES names. Where it cannot be reached, that is said in one line and nothing fails.

`.ci/advisories.toml` lists advisories that are known and bearable, each with its reason and the day it must be looked
at again. Exit codes: 0 nothing known (or nobody to ask), 1 a package is known to be vulnerable, 2 the list of ignored
advisories or the tool is broken.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements-dev.txt", "requirements-audit.txt")
IGNORED = ROOT / ".ci" / "advisories.toml"
VARIABLE = "MINGCHA_ADVISORIES"
OSV = "https://api.osv.dev/v1/query"
SECONDS = 5.0  # to find out whether a source answers
_KEYS = ("id", "package", "why", "until")
_AWAY = ("connect", "timed out", "timeout", "unavailable")  # words of a source that went away meanwhile

Packages = list[dict[str, Any]]
"""What pip-audit says of each: name, version, vulns (id, aliases, fix_versions), or skip_reason."""


class BrokenError(Exception):
    """The list of ignored advisories cannot be used, or the tool did not do its work; the message says why."""


@dataclass(frozen=True)
class Ignored:
    """One advisory that is known and bearable until a day."""

    id: str
    package: str
    why: str
    until: dt.date


def main(words: list[str] | None = None) -> int:
    """Prints what is known about the locked packages; returns the exit code."""
    if words:
        return _say(f"takes no words, not {words[0]!r}", 2)
    try:
        ignored = read_ignored(IGNORED.read_text("utf-8"))
        source = os.environ.get(VARIABLE, "").strip() or OSV
        if why := silence(source):
            return _say(f"not checked: no advisory source can be reached from here ({source}: {why})", 0)
        python = _tool()
        found = [ask(python, source, ROOT / lock) for lock in LOCKS]
    except BrokenError as error:
        return _say(str(error), 2)
    packages = [package for some in found for package in some or ()]
    if None in found or all(package.get("skip_reason") for package in packages):
        return _say(f"not checked: the advisory source ({source}) does not answer", 0)
    code, lines = judge(packages, ignored, dt.datetime.now(dt.UTC).date())
    for line in lines:
        _say(line, code)
    return code


def silence(source: str) -> str:
    """Returns why nobody answers as an OSV service at an address, "" where one does."""
    body = json.dumps({"package": {"name": "pip", "ecosystem": "PyPI"}, "version": "24.0"}).encode()
    request = urllib.request.Request(source, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return "" if isinstance(json.loads(answer.read(10_000_000)), dict) else "not an advisory source"
    except (OSError, ValueError) as error:  # no network, no such name, refused, a page instead of JSON
        return str(error)


def ask(python: str, source: str, lock: Path, run: Callable[..., Any] = subprocess.run) -> Packages | None:
    """Returns what pip-audit says of each package of a lock, None when the source went away. Raises BrokenError."""
    command = [
        *(python, "-m", "pip_audit", "--format", "json", "--desc", "off", "--aliases", "on"),
        *("--progress-spinner", "off", "--disable-pip", "--require-hashes", "--vulnerability-service", "osv"),
        *("--osv-url", source),
        *("--requirement", str(lock)),
    ]
    done = run(command, capture_output=True, text=True, check=False)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        words = (done.stderr or done.stdout).strip().splitlines() or ["no word"]
        if any(sign in done.stderr.lower() for sign in _AWAY):
            return None
        raise BrokenError(f"pip-audit failed: {words[-1]}") from None
    packages = report.get("dependencies") if isinstance(report, dict) else None
    if not packages:
        raise BrokenError(f"pip-audit named no package of {lock.name}")
    return list(packages)


def judge(packages: Packages, ignored: Iterable[Ignored], today: dt.date) -> tuple[int, list[str]]:
    """Returns the exit code the packages deserve on that day, and what to say."""
    known = {(one.package, one.id): one for one in ignored}
    met: set[tuple[str, str]] = set()
    lines, bad = [], 0
    for package in {(one["name"].lower(), one.get("version")): one for one in packages}.values():
        for found in package.get("vulns", ()):
            name = str(package["name"]).lower()
            ids = (found["id"], *found.get("aliases", ()))
            allowed = next((known[name, one] for one in ids if (name, one) in known), None)
            said = f"{name} {package['version']}: {', '.join(ids)}"
            if allowed is not None:
                met.add((allowed.package, allowed.id))
            if allowed is not None and today <= allowed.until:
                lines.append(f"ignored until {allowed.until}: {said} ({allowed.why})")
                continue
            bad += 1
            fixed = ", ".join(found.get("fix_versions", ())) or "no version"
            overdue = f"; ignored until {allowed.until}, which is over" if allowed is not None else ""
            lines.append(f"{said}; fixed in {fixed}{overdue}")
    lines += [f"{one.id} of {one.package} is ignored for nothing" for key, one in known.items() if key not in met]
    skipped = {package["name"] for package in packages if package.get("skip_reason")}
    lines += [f"could not be asked about: {', '.join(sorted(skipped))}"] if skipped else []
    asked = {package["name"] for package in packages} - skipped
    lines.append(f"{len(asked)} locked packages asked about, {bad or 'no'} advisories against them stand")
    return (1 if bad else 0), lines


def read_ignored(text: str) -> tuple[Ignored, ...]:
    """Returns the ignored advisories. Raises BrokenError for what lacks a reason or a day, or is not understood."""
    try:
        made = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BrokenError(f"{IGNORED.name}: {error}") from error
    if unknown := set(made) - {"ignore"}:
        raise BrokenError(f"{IGNORED.name}: unknown {', '.join(sorted(unknown))}")
    found = []
    for number, entry in enumerate(made.get("ignore", ()), 1):
        if set(entry) != set(_KEYS):
            raise BrokenError(f"{IGNORED.name}: entry {number} needs exactly {', '.join(_KEYS)}")
        one = Ignored(**entry)
        if not isinstance(one.until, dt.date) or len(one.why.split()) < 3:
            raise BrokenError(f"{IGNORED.name}: entry {number} needs a date in until and a reason in why")
        found.append(one)
    return tuple(found)


def _tool() -> str:
    """Returns the Python that has pip-audit. Raises BrokenError."""
    import run

    try:
        return run.environment(ROOT / "requirements-audit.txt", run.venv_folder() / "advisories")
    except run.SetupError as error:
        raise BrokenError(f"pip-audit cannot be installed: {error}") from error


def _say(message: str, code: int) -> int:
    print(f"advisories: {message}", file=sys.stderr if code else sys.stdout, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

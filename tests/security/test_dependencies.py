"""What is installed is what was reviewed: every package pinned by hash, and asked about where somebody can answer."""

from __future__ import annotations

import ast
import datetime as dt
import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Mapping
from importlib.metadata import packages_distributions
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import run as front
from tests.net.servers import dead_port
from tests.security import advisories
from tests.security.advisories import BrokenError, Ignored, ask, judge, read_ignored

ROOT = Path(__file__).resolve().parents[2]
LOCKS = tuple(sorted(ROOT.glob("requirements*.txt")))
PIN = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9-]*)==(?P<version>[^\s;]+)(?: ; (?P<marker>[^\\]+?))?(?P<hashes>(?: --hash=\S+)+)"
)
TODAY = dt.date(2026, 11, 28)
GIVEN = frozenset({"beautifulsoup4"})  # among the libraries the project was given; no room has needed it so far


def lines_of(lock: Path) -> list[str]:
    """Returns the requirements of a lock, continuation lines joined."""
    text = "\n".join(line for line in lock.read_text("utf-8").splitlines() if not line.startswith("#"))
    return [" ".join(line.split()) for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def pins(lock: Path) -> dict[str, set[str]]:
    """Returns the versions of every package of a lock (several where a marker decides)."""
    found: dict[str, set[str]] = {}
    for line in lines_of(lock):
        match = PIN.fullmatch(line)
        assert match, line
        found.setdefault(match["name"], set()).add(match["version"])
    return found


def test_there_are_locks_for_use_tests_driver_and_audit() -> None:
    names = ("requirements-audit.txt", "requirements-dev.txt", "requirements-postgresql.txt", "requirements.txt")
    assert tuple(lock.name for lock in LOCKS) == names


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_line_is_one_version_with_its_hashes(lock: Path) -> None:
    # No option that names another index, no address, no folder: nothing but pins.
    assert len(lines_of(lock)) > (1 if lock.name == "requirements-postgresql.txt" else 20)
    for line in lines_of(lock):
        match = PIN.fullmatch(line)
        assert match, line
        assert re.fullmatch(r"(?: --hash=sha256:[0-9a-f]{64})+", match["hashes"]), line


def test_locks_hold_what_the_project_asks_for_and_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    use, dev = pins(ROOT / "requirements.txt"), pins(ROOT / "requirements-dev.txt")
    driver, groups = pins(ROOT / "requirements-postgresql.txt"), project["dependency-groups"]
    extra = project["project"]["optional-dependencies"]["postgresql"]
    for wanted, lock in (
        (project["project"]["dependencies"], use),
        (groups["test"] + groups["lint"], dev),
        (extra, driver),
        (extra, dev),
    ):
        for text in wanted:
            asked = Requirement(text)
            versions = lock[canonicalize_name(asked.name)]
            assert all(asked.specifier.contains(Version(version), prereleases=True) for version in versions), text
    assert {name: versions for name, versions in (use | driver).items() if dev.get(name) != versions} == {}


def test_nothing_is_asked_for_that_the_program_does_not_import() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    rooms = [*project["tool"]["importlinter"]["root_packages"], "tests/portal"]  # the sample portal is served by it
    imported = {
        name.partition(".")[0]
        for room in rooms
        for path in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in modules_of(node)
    }
    owners = packages_distributions()
    used = {canonicalize_name(owner) for name in imported for owner in owners.get(name, ())}
    asked = {canonicalize_name(Requirement(text).name) for text in project["project"]["dependencies"]}
    assert asked - used <= GIVEN


def modules_of(node: ast.AST) -> list[str]:
    """Returns the modules an import statement names, none of any other node."""
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_the_oldest_python_finds_a_version_of_every_package(lock: Path) -> None:
    # Debian 12 has 3.11.2. A package whose newest version asks for more needs a second line.
    here = {name: str(value) for name, value in default_environment().items()}
    oldest = {**here, "python_version": "3.11", "python_full_version": "3.11.0"}
    covered: dict[str, bool] = {}
    for line in lines_of(lock):
        match = PIN.fullmatch(line)
        assert match
        marker = match["marker"]
        by_python = not marker or ("python" in marker and "platform" not in marker)
        holds = not marker or not by_python or Marker(marker).evaluate(oldest)
        covered[match["name"]] = covered.get(match["name"], False) or holds
    assert [name for name, holds in covered.items() if not holds] == []


@pytest.mark.parametrize("uv", ["/usr/bin/uv", None])
@pytest.mark.parametrize("project", [True, False])
def test_nothing_is_installed_without_its_hash(
    uv: str | None, project: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ran: list[list[str]] = []

    def note(command: list[str], **_: Any) -> Any:
        ran.append(command)
        return SimpleNamespace(returncode=0, stderr="")

    monkeypatch.setattr(shutil, "which", lambda name: uv if name == "uv" else None)
    monkeypatch.setattr(subprocess, "run", note)
    monkeypatch.setattr(front, "find_pip", lambda python: (["pip"], {}))
    front.install_packages(tmp_path / "python", ROOT / "requirements.txt", project=project)
    assert len(ran) == (2 if project else 1)
    for command in ran:
        assert ("-r" in command) is ("--require-hashes" in command)
        # The project itself is this folder: no package of another name comes with it.
        assert "-r" in command or command[-4:-1] == ["--no-deps", "--no-build-isolation", "--editable"]


# advisories


def report(*vulnerable: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"name": "lxml", "version": "6.1.0", "vulns": []}, *map(dict, vulnerable)]


FOUND = {
    "name": "Jinja2",
    "version": "3.1.2",
    "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-2024-1", "GHSA-x"], "fix_versions": ["3.1.3"]}],
}


def bearable(until: dt.date, package: str = "jinja2", name: str = "CVE-2024-1") -> Ignored:
    return Ignored(name, package, "templates are our own", until)


def test_a_known_advisory_fails_and_names_what_mends_it() -> None:
    code, lines = judge(report(FOUND, FOUND), (), TODAY)
    assert code == 1
    assert lines == [
        "jinja2 3.1.2: PYSEC-1, CVE-2024-1, GHSA-x; fixed in 3.1.3",
        "2 locked packages asked about, 1 advisories against them stand",
    ]
    assert judge(report(), (), TODAY) == (0, ["1 locked packages asked about, no advisories against them stand"])


def test_an_ignored_advisory_is_bearable_until_its_day() -> None:
    code, lines = judge(report(FOUND), (bearable(TODAY),), TODAY)
    assert (code, lines[0].startswith(f"ignored until {TODAY}: jinja2 3.1.2")) == (0, True)
    code, lines = judge(report(FOUND), (bearable(TODAY),), TODAY + dt.timedelta(days=1))
    assert (code, f"ignored until {TODAY}, which is over" in lines[0]) == (1, True)


@pytest.mark.parametrize("other", [bearable(TODAY, "lxml"), bearable(TODAY, name="CVE-2024-2")])
def test_an_entry_for_something_else_excuses_nothing_and_is_named(other: Ignored) -> None:
    code, lines = judge(report(FOUND), (other,), TODAY)
    assert code == 1
    assert f"{other.id} of {other.package} is ignored for nothing" in lines


def test_a_package_nobody_knows_is_not_counted_as_asked() -> None:
    code, lines = judge(report({"name": "own", "skip_reason": "not found"}), (), TODAY)
    assert (code, lines) == (
        0, ["could not be asked about: own", "1 locked packages asked about, no advisories against them stand"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[ignore]]\nid = "CVE-1"\npackage = "a"\nuntil = 2027-01-01', "needs exactly"),
        ('[[ignore]]\nid = "CVE-1"\npackage = "a"\nwhy = "no"\nuntil = 2027-01-01', "a reason"),
        ('[[ignore]]\nid = "CVE-1"\npackage = "a"\nwhy = "because of this"\nuntil = "2027"', "a date"),
        ("[[ignored]]", "unknown ignored"),
        ("[[", "advisories.toml"),
    ],
)
def test_an_entry_without_reason_or_day_is_none(text: str, says: str) -> None:
    with pytest.raises(BrokenError, match=says):
        read_ignored(text)


def test_the_list_of_the_project_can_be_read() -> None:
    for one in read_ignored((ROOT / ".ci" / "advisories.toml").read_text("utf-8")):
        assert one.id and one.package


async def test_without_a_source_it_says_so_in_one_line_and_fails_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with dead_port() as port:
        monkeypatch.setenv(advisories.VARIABLE, f"http://127.0.0.1:{port}/v1/query")
        assert advisories.main() == 0
    said = capsys.readouterr().out
    assert said.startswith("advisories: not checked: no advisory source can be reached from here")
    assert said.count("\n") == 1


def answering(out: str, err: str = "", code: int = 0) -> Callable[..., Any]:
    return lambda command, **_: SimpleNamespace(stdout=out, stderr=err, returncode=code)


def test_what_the_tool_says_is_taken_for_what_it_is() -> None:
    lock, source = ROOT / "requirements.txt", "http://mirror.example/"
    assert ask("python", source, lock, answering(json.dumps({"dependencies": report(FOUND)}), code=1)) == report(FOUND)
    assert ask("python", source, lock, answering("", "requests: Could not connect", 1)) is None
    for out, err in (("", "Traceback"), ('{"dependencies": []}', ""), ("[]", "")):
        with pytest.raises(BrokenError):
            ask("python", source, lock, answering(out, err, 1))


def test_the_tool_is_asked_about_whole_locks_and_installs_nothing() -> None:
    seen: list[list[str]] = []

    def note(command: list[str], **_: Any) -> Any:
        seen.append(command)
        return SimpleNamespace(stdout=json.dumps({"dependencies": report()}), stderr="", returncode=0)

    ask("python", "http://mirror.example/", ROOT / "requirements-dev.txt", note)
    assert {"--disable-pip", "--require-hashes", "osv", "http://mirror.example/"} <= set(seen[0])
    assert seen[0][-1].endswith("requirements-dev.txt")
    ci = (ROOT / ".ci" / "run").read_text("utf-8")
    assert re.search(r"^python3 run\.py advisories\b", ci, re.MULTILINE)

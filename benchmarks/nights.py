"""What the second night of a portal costs beside the first: `python -m benchmarks.nights --help`.

A made-up portal is audited; then a share of its articles gets another text, a few are removed and one in a hundred
files goes missing; then it is audited again in three ways, each following the first night: fresh (nothing taken over),
whole (asked with conditions), rolling (what has its turn). CPU is that of the whole command; requests and bytes are
those of the audit's own summary. Exit codes: 0 measured, 1 a good link was called broken, 2 not
possible.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import measure
from benchmarks.ours import reported, write_targets
from benchmarks.peers import Place
from benchmarks.plan import AS_OF, Plan, Ports, Site, Truth
from benchmarks.serve import ROOT, Served, ServeError, serve
from benchmarks.site import make
from portal.artifacts import GatherSummary
from storage.bundle import Bundle

WAYS = {"fresh": ("--fresh",), "whole": (), "rolling": ("--rolling",)}
_AGE = 86_400.0  # seconds since the portal's files were written, so that Last-Modified tells versions apart
_CHANGED = 3_600.0  # the same of those that changed before the second night


@dataclass(frozen=True, slots=True)
class Night:
    """What one audit cost and found. Bytes are received ones, headers included."""

    name: str
    requests: int
    bytes: int
    cpu_s: float
    crawl_s: float  # of them for pages and links
    peak_mb: float
    pages: int
    unchanged: int
    carried_pages: int
    carried_links: int
    broken: tuple[str, ...]  # addresses called broken
    false: int  # those of them that are not
    exit_code: int


def main(words: Sequence[str] | None = None) -> int:
    """Measures and prints. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nights", description=__doc__)
    option = parser.add_argument
    option("--pages", type=int, default=3000, help="size of the portal (3000)")
    option("--changed", type=float, default=0.02, help="share of articles that change between the nights (0.02)")
    option("--gzip", action="store_true", help="pages are sent compressed")
    option("--plain", action="store_true", help="serve with Python though nginx is there")
    option("--folder", type=Path, default=Path("out/benchmarks"), help="where everything is made (out/benchmarks)")
    option("--json", type=Path, help="write the figures to this file")
    chosen = parser.parse_args(words)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix="nights-", dir=chosen.folder.absolute()))
    workshop.chmod(0o755)
    try:
        site = make(Plan(chosen.pages, Ports.free(), gzip=chosen.gzip), workshop / "site")
        with serve(site, plain=chosen.plain) as served:
            nights = two_nights(served, workshop, chosen.changed)
    except (ServeError, OSError, ValueError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(night) for night in nights], indent=1) + "\n", "utf-8")
    print(table(nights))
    return int(any(night.false or night.exit_code for night in nights))


def two_nights(served: Served, workshop: Path, changed: float) -> list[Night]:
    """Returns the first night and the second in each way."""
    site = served.site
    age(site, _AGE)
    day = dt.date.fromisoformat(AS_OF)
    nights = [_audit(served, workshop / "first", "first", (), day, site.truth)]
    truth = change(site, changed)
    for name, words in WAYS.items():
        folder = workshop / name
        folder.mkdir()
        shutil.copy(workshop / "first" / "results.sqlite", folder)
        nights.append(_audit(served, folder, name, words, day + dt.timedelta(days=1), truth))
    return nights


def age(site: Site, seconds: float) -> None:
    """Makes every file of the portal look as if it was written that long ago."""
    when = time.time() - seconds
    for file in (site.folder / "www").rglob("*"):
        os.utime(file, (when, when))


def change(site: Site, share: float) -> Truth:
    """Changes that share of the articles, removes a tenth as many, and one file in a hundred; returns the new truth."""
    chance = random.Random(site.plan.seed + 1)
    good, broken = dict(site.truth.good), dict(site.truth.broken)
    articles = sorted(url for url in site.truth.pages if url.endswith(".html") and "/t" in url)
    chosen = chance.sample(articles, max(2, round(share * len(articles))))
    gone = chosen[: max(1, len(chosen) // 10)]
    files = sorted(url for url, kind in good.items() if kind == "file" and "%" not in url)
    gone += chance.sample(files, max(1, len(files) // 100))
    when = time.time() - _CHANGED
    for url in chosen:
        path = _path(site, url)
        path.write_bytes(path.read_bytes().replace(b'<div class="TRS_Editor">', b'<div class="TRS_Editor"><p>2026</p>'))
        os.utime(path, (when, when))
    for url in gone:
        _path(site, url).unlink()
        broken[url] = f"404-{good.pop(url)}"
    pages = [url for url in site.truth.pages if url not in set(gone)]
    return Truth(site.truth.home, pages, good, broken, site.truth.aliases)


def _path(site: Site, url: str) -> Path:
    return site.folder / "www" / url.removeprefix(site.plan.portal).lstrip("/")


def _audit(served: Served, folder: Path, name: str, words: Sequence[str], day: dt.date, truth: Truth) -> Night:
    folder.mkdir(exist_ok=True)
    place = Place(served, folder, folder)
    fixed = ["audit", "bench", "--targets", str(write_targets(place)), "--out", "out", "--db", "results.sqlite"]
    fixed += ["--no-browser", "--spacing", "0", "--as-of", day.isoformat()]
    environ = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    cost = measure.run([sys.executable, "-m", "mingcha", *fixed, *words], folder=folder, environ=environ, limit=3600)
    broken = reported(folder / "out" / "findings.jsonl")
    with Bundle.open(folder / "out" / "bundle", write=False) as bundle:
        summary = bundle.get(GatherSummary, "summary")
    assert summary is not None
    return Night(
        name=name,
        requests=summary.requests,
        bytes=summary.bytes,
        cpu_s=cost.cpu_s,
        crawl_s=_crawled(folder / "out" / "bundle" / "events.jsonl"),
        peak_mb=cost.peak_mb,
        pages=summary.pages,
        unchanged=summary.unchanged,
        carried_pages=summary.carried_pages,
        carried_links=summary.carried_links,
        broken=tuple(sorted(broken)),
        false=len(measure.score(broken, truth).false),
        exit_code=cost.exit_code,
    )


def _crawled(events: Path) -> float:
    lines = map(json.loads, events.read_text("utf-8").splitlines())
    phases = [one for one in lines if one["event"] == "phase"]
    return sum(float(one["cpu"]) for one in phases if one["name"] in ("survey", "crawl", "links"))


def table(nights: Sequence[Night]) -> str:
    """Returns the nights as a Markdown table, each beside the first."""
    first, fresh = nights[0], set(nights[1].broken)
    lines = [
        "| night | requests | MB received | CPU-s | CPU-s of pages and links | peak MB | pages taken over unchanged "
        "| pages, links without a turn | broken links of the fresh night | false |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in nights:
        requests = _beside(one.requests, first.requests, f"{one.requests:,}")
        received = _beside(one.bytes, first.bytes, f"{one.bytes / 1e6:.1f}")
        cpu = _beside(one.cpu_s, first.cpu_s, f"{one.cpu_s:.1f}")
        crawl = _beside(one.crawl_s, first.crawl_s, f"{one.crawl_s:.1f}")
        found = "—" if one is first else f"{len(fresh.intersection(one.broken))} of {len(fresh)}"
        pages, without = f"{one.unchanged:,} of {one.pages:,}", f"{one.carried_pages:,}, {one.carried_links:,}"
        cells = [one.name, requests, received, cpu, crawl, f"{one.peak_mb:.0f}", pages, without, found, str(one.false)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _beside(value: float, first: float, words: str) -> str:
    return f"{words} ({value / first:.0%})" if first else words


if __name__ == "__main__":
    sys.exit(main())

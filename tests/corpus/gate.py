"""Measures the reader on the labelled corpus of real pages and compares with pinned floors.

The corpus lies outside of the repository: the folder named by MINGCHA_CORPUS, else ../shared/corpus beside the
checkout. A page is scored for a metric where its label is not blank. Pages are read as files, without an address, as
`mingcha read FOLDER --json` reads them.

    python -m tests.corpus.gate             the figures
    python -m tests.corpus.gate --misses    and every page that is read wrongly
    python -m tests.corpus.gate --update    raises floors to the figures; never lowers one
    python -m tests.corpus.gate --update --lower   lowers floors, too (a decision to be explained in the commit)
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from bs4 import BeautifulSoup
from lxml import etree
from lxml.cssselect import CSSSelector

from mingcha.read import empty_column, summary
from portal.facts import PageFacts, PageKind
from portal.html import parse
from portal.page import read_page
from portal.text import fold_title

FLOORS = Path(__file__).with_name("floors.json")
ADDRESS = "http://page.invalid/unnamed"  # as mingcha.read names a page without address

# What the project promises of pages it has never seen; the floors pinned for the corpus may stand higher, never lower.
TARGETS = {
    "title": 0.98,
    "pub_date": 0.98,
    "newest_item_date": 0.96,
    "list_items": 0.92,
    "kind": 0.93,
    "search_box": 0.97,
    "link_targets": 0.95,
    "meta": 0.95,
    "empty_column": 0.95,
}


def corpus_folder() -> Path:
    """Returns where the corpus should lie, whether it is there or not."""
    named = os.environ.get("MINGCHA_CORPUS")
    return Path(named) if named else Path(__file__).resolve().parents[2].parent / "shared" / "corpus"


def digest(folder: Path) -> str:
    """Returns the sha256 over the labels and every page, so that changed inputs are noticed."""
    total = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        if file.suffix in (".html", ".csv"):
            total.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


@dataclass(slots=True)
class Measure:
    """The figures: right and scored pages per metric, the misses, and the time spent reading."""

    right: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    scored: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    misses: list[tuple[str, str, str, str]] = field(default_factory=list)  # metric, file, wanted, got
    pages: int = 0
    seconds: float = 0.0

    def share(self, metric: str) -> float:
        """Returns the share of scored pages read rightly; 1.0 where none is scored."""
        return self.right[metric] / self.scored[metric] if self.scored[metric] else 1.0


def measure(folder: Path) -> Measure:
    """Returns the figures of the corpus in `folder`."""
    result = Measure()
    with (folder / "index.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        data = (folder / row["file"]).read_bytes()
        begun = time.perf_counter()
        facts = read_page(data, ADDRESS)
        result.seconds += time.perf_counter() - begun
        result.pages += 1
        for metric, judge in _JUDGES.items():
            verdict = judge(row, facts, data)
            if verdict is None:
                continue
            wanted, got, right = verdict
            result.scored[metric] += 1
            result.right[metric] += right
            if not right:
                result.misses.append((metric, row["file"], wanted, got))
    return result


_Verdict = tuple[str, str, bool] | None


def _title(row: Mapping[str, str], facts: PageFacts, _: bytes) -> _Verdict:
    wanted = row["title"]
    return (wanted, facts.title, fold_title(wanted) == fold_title(facts.title)) if wanted else None


def _pub_date(row: Mapping[str, str], facts: PageFacts, _: bytes) -> _Verdict:
    got = facts.pub_date.date.isoformat() if facts.pub_date else ""
    return (row["pub_date"], got, row["pub_date"] == got) if row["pub_date"] else None


def _newest(row: Mapping[str, str], facts: PageFacts, _: bytes) -> _Verdict:
    wanted = row["newest_item_date"]
    got = str(summary("", facts)["newest_item_date"] or "")
    return (wanted, got, wanted == got) if wanted else None


def _list_items(row: Mapping[str, str], facts: PageFacts, _: bytes) -> _Verdict:
    wanted = row["list_items"]
    got = str(summary("", facts)["list_items"])
    return (wanted, got, wanted == got) if wanted else None


def _kind(row: Mapping[str, str], facts: PageFacts, _: bytes) -> _Verdict:
    got = "column" if facts.kind is PageKind.COLUMN_INDEX else facts.kind.value
    return row["kind"], got, row["kind"] == got


def _search_box(row: Mapping[str, str], facts: PageFacts, data: bytes) -> _Verdict:
    wanted = row["has_site_search_box"]
    if not wanted:
        return None
    selector = facts.search_box.selector if facts.search_box else ""
    if (wanted == "yes") != bool(selector):
        return f"{wanted} {row['search_selector']}", selector, False
    right = wanted == "no" or _same_element(data, row["search_selector"], selector)
    return f"{wanted} {row['search_selector']}", selector, right


def _same_element(data: bytes, label: str, selector: str) -> bool:
    """Returns whether both selectors meet in one input, in either of two parsers (broken pages differ)."""
    tree = parse(data, ADDRESS).tree
    ours = cast("list[etree._Element]", CSSSelector(selector)(tree))
    labelled = cast("list[etree._Element]", CSSSelector(label)(tree))
    theirs = [node for found in labelled for node in found.iter()]
    if len(ours) == 1 and ours[0] in theirs:
        return True
    soup = BeautifulSoup(data, "html.parser")
    chosen = soup.select(selector)
    return len(chosen) == 1 and any(
        chosen[0] is found or chosen[0] in list(found.descendants) for found in soup.select(label)
    )


def _link_targets(row: Mapping[str, str], facts: PageFacts, _: bytes) -> _Verdict:
    wanted = (set(row["links_to_policy"].split()), set(row["links_to_interpretation"].split()))
    got = (set(facts.links_to_policy), set(facts.links_to_interpretation))
    if not any(wanted) and not any(got):
        return None  # nothing there, nothing said
    return f"{wanted}", f"{got}", wanted == got


def _meta(row: Mapping[str, str], facts: PageFacts, _: bytes) -> _Verdict:
    label = row["meta_tags_present"].strip()
    if not label:
        return None
    wanted = set() if label == "none" else set(label.split())
    return " ".join(sorted(wanted)), " ".join(sorted(facts.meta)), wanted == set(facts.meta)


def _empty(row: Mapping[str, str], facts: PageFacts, _: bytes) -> _Verdict:
    wanted = row["is_empty_column"]
    if not wanted:
        return None
    said = empty_column(facts)
    got = {True: "yes", False: "no", None: "undecided"}[said]
    # A list drawn by script is rightly left undecided from the source alone; it is never called empty.
    return wanted, got, got == wanted or (wanted == "no" and said is None and facts.scripted_list)


_JUDGES: dict[str, Callable[[Mapping[str, str], PageFacts, bytes], _Verdict]] = {
    "title": _title,
    "pub_date": _pub_date,
    "newest_item_date": _newest,
    "list_items": _list_items,
    "kind": _kind,
    "search_box": _search_box,
    "link_targets": _link_targets,
    "meta": _meta,
    "empty_column": _empty,
}


def floors() -> dict[str, Any]:
    """Returns the pinned floors with the digest of the corpus they were measured on."""
    if not FLOORS.exists():
        return {"corpus": "", "floors": {}}
    return dict(json.loads(FLOORS.read_text(encoding="utf-8")))


def updated(pinned: Mapping[str, float], result: Measure, *, lower: bool) -> dict[str, float]:
    """Returns the floors after a measurement: never below what was pinned unless `lower`."""
    new = {metric: round(int(result.share(metric) * 1000) / 1000, 3) for metric in _JUDGES}
    if lower:
        return new
    return {metric: max(value, pinned.get(metric, 0.0)) for metric, value in new.items()}


def main(arguments: Sequence[str]) -> int:
    """Prints the figures; returns 1 where one lies below its floor."""
    folder = corpus_folder()
    if not (folder / "index.csv").exists():
        print(f"no corpus at {folder}: set MINGCHA_CORPUS", file=sys.stderr)
        return 1
    result = measure(folder)
    pinned = floors()
    for metric in _JUDGES:
        floor = pinned["floors"].get(metric, 0.0)
        print(
            f"{metric:<18}{result.right[metric]:>4}/{result.scored[metric]:<4}{result.share(metric):>7.3f}"
            f"   floor {floor:.3f}   target {TARGETS[metric]:.2f}"
        )
    print(f"{result.seconds / max(1, result.pages) * 1000:.1f} ms a page over {result.pages} pages")
    if "--misses" in arguments:
        for miss in result.misses:
            print(" | ".join(miss))
    if "--update" in arguments:
        new = updated(pinned["floors"], result, lower="--lower" in arguments)
        FLOORS.write_text(json.dumps({"corpus": digest(folder), "floors": new}, indent=2) + "\n", encoding="utf-8")
        return 0
    return int(any(result.share(metric) < pinned["floors"].get(metric, 0.0) for metric in _JUDGES))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

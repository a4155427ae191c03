"""Every attack and what it came to, as a table in Markdown: python -m tests.hostile.table [NAME ...]

One audit after another, so that times and memory are those of the audit alone. NAME chooses audits whose names contain
it. A line in bold is an audit: how it ended, what it came to, how many records and findings of everything that took no
part in the attack are not as in peace, its seconds and the highest memory of all its processes together. The lines
below it are the attacks in it: what came of their addresses, and the seconds of the slowest request for one.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import trustme

from crawler.browser.browsers import Found, find_browser
from portal.artifacts import Absence
from portal.facts import PageFacts
from tests.hostile import test_bodies, test_browser, test_names, test_network, test_outages, test_pages
from tests.hostile.drive import MEBIBYTE, Audited, unchanged
from tests.hostile.site import HOST, in_peace

HEADER = "| attack | comes to | others changed | s | peak MB |\n| --- | --- | --- | --- | --- |"
LONGEST = 60  # characters of a name
BY_ITSELF = "browser, each deadly page by itself"
# Audits in which the attack is on the portal as a whole: there are no others.
WHOLE = frozenset({"home a byte a second", "every answer endless", "name moves inwards", "TLS expired", "TLS too old"})


def audits(ca: trustme.CA) -> dict[str, Callable[[Path], Awaitable[Audited]]]:
    """Returns the audits by name."""
    return {
        "in peace": in_peace,
        "lines": test_network.line,
        "home a byte a second": test_network.home,
        "every answer endless": test_network.endless,
        "bodies": test_bodies.bodies,
        "a million links": test_pages.links,
        "pages without end": test_pages.endless,
        "circles": test_pages.circles,
        "cookies": test_pages.cookies,
        **{f"outage {name}": work for name, work in test_outages.works().items()},
        "names and TLS of others": partial(test_names.linked, ca=ca),
        "name moves inwards": partial(test_names.moving, ca=ca),
        "TLS expired": partial(test_names.expired, ca=ca),
        "TLS too old": partial(test_names.too_old, ca=ca),
        "browser, restless pages": test_browser.audit_restless,
        "browser, deadly pages": test_browser.audit_deadly,
    }


async def main(wanted: list[str]) -> None:
    """Prints the table."""
    ca = trustme.CA()
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        root = Path(folder) / "root.pem"
        ca.cert_pem.write_to_path(str(root))
        os.environ["SSL_CERT_FILE"] = str(root)
        peace = await in_peace(Path(folder) / "peace")
        print(HEADER)
        for name, work in audits(ca).items():
            if not wanted or any(word in name for word in wanted):
                audited = await work(Path(folder) / name.replace(" ", "-"))
                print(*rows(name, audited, peace), sep="\n", flush=True)
        found = await find_browser()
        if isinstance(found, Found) and (not wanted or any(word in BY_ITSELF for word in wanted)):
            print(f"| **{BY_ITSELF}** | {test_browser.PAGE_SECONDS:.0f} seconds for each | | | |")
            for name, result in (await test_browser.open_each(found)).items():
                print(f"| {name} | {rendered(result.failed, result.facts)} | | | |")


def rows(name: str, audited: Audited, peace: Audited) -> Iterator[str]:
    """Yields the line of an audit and those of the attacks in it."""
    lost = name.startswith("outage long") or name == "outage dies" or name in WHOLE
    changed = "–" if lost else str(len(unchanged(audited, peace)))
    ended = audited.summary.stopped_by or "complete"
    outcomes = Counter(result["outcome"] for result in audited.results.values())
    accused = Counter(f"{kind} {outcome}" for kind, _, outcome in audited.accused())
    said = "; ".join(filter(None, (ended, f"checks: {_counts(outcomes)}", f"findings: {_counts(accused) or 'none'}")))
    yield f"| **{name}** | {said} | {changed} | {audited.seconds:.0f} | {audited.peak // MEBIBYTE} |"
    if name in WHOLE:
        return
    came: dict[str, Counter[str]] = {}
    slowest: Counter[str] = Counter()
    for url in audited.links.keys() - peace.links.keys():
        attack = label(url)
        came.setdefault(attack, Counter())[outcome_of(audited, url)] += 1
        attempts = audited.links[url].attempts
        slowest[attack] = max(slowest[attack], *(round(attempt.elapsed) for attempt in attempts), 0)
    for attack in sorted(came):
        yield f"| {attack} | {_counts(came[attack])} | | {slowest[attack]} | |"


def label(url: str) -> str:
    """Returns the name of the attack an address belongs to; numbers in it are left out."""
    parts = urlsplit(url)
    host, path = parts.hostname or "", parts.path
    if path.startswith("/x/"):
        return re.sub(r"^\d+$", "#", path.removeprefix("/x/").removesuffix(".html"))[:LONGEST]
    if host != HOST:
        return re.sub(r"\d+", "#", host)
    return path.strip("/").partition("/")[0][:LONGEST]


def outcome_of(audited: Audited, url: str) -> str:
    """Returns in words what came of an address: as rendered, as read, as verified, or why it was not."""
    page, link = audited.pages.get(url), audited.links[url]
    if page is not None and page.render_reason:
        return rendered(page.render_failed, page.rendered)
    if not link.attempts:
        return f"not asked ({link.skipped.value})" if link.skipped else "not asked"
    return link.attempts[-1].outcome.value


def rendered(failed: Absence | None, facts: PageFacts | None) -> str:
    """Returns in words what came of opening a page in the browser."""
    if failed is not None or facts is None:
        return f"not measured ({failed.value if failed else 'nothing'} in the browser)"
    return f"read in the browser, {len(facts.items)} items"


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(counter.items()))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))

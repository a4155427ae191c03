"""Gathers the test portal in a process of its own: `python -m tests.crawl.child BUNDLE PORT`. Prints the summary."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import crawler.crawl.keeping
from crawler.gather import GatherOptions, gather
from crawler.progress import silent
from tests.crawl.drive import AS_OF, open_bundle
from tests.crawl.site import Site, portal


async def main(folder: Path, port: int) -> None:
    """Gathers into the bundle in `folder`; everything is journalled at once, so a kill loses only what is under way."""
    crawler.crawl.keeping.FLUSH_SECONDS = 0.0
    site = Site(port=port)
    entry = portal(concurrency=1)
    with open_bundle(folder, entry, site.network()) as bundle:
        options = GatherOptions(use_browser=False, home_retries=())
        summary = await gather(entry, site.network(), bundle, as_of=AS_OF, options=options, progress=silent)
        print(summary.stopped_by or "complete", summary.pages, flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))

"""The browser service of an audit, alone: `python -m benchmarks.our_browser FILE` opens each page listed in a file.

Two at a time, as an audit does; resolving, vetting and politeness are in it, without a pause between two pages.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from crawler.browser.service import TABS, BrowserService
from portal.model import Network


async def main(pages: Sequence[str]) -> None:
    """Opens the pages and prints what each came to."""
    waiting = deque(pages)

    async def work(service: BrowserService) -> None:
        while waiting:
            rendered = await service.open(waiting.popleft())
            print(rendered.url, rendered.outcome.value, len(rendered.html))

    async with BrowserService(Network(allow_private=("127.0.0.0/8",))) as service:
        await asyncio.gather(*(work(service) for _ in range(TABS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]).read_text("utf-8").splitlines()))

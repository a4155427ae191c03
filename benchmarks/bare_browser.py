"""The floor for a browser: a plain Playwright loop. `python -m benchmarks.bare_browser BROWSER FILE` opens each page
listed in a file, one after another in one tab, and reads its links and text."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright


def main(browser: str, pages: str) -> None:
    """Opens the pages and prints how many links and characters they have."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser)
        page = chromium.new_context(ignore_https_errors=True).new_page()
        for url in Path(pages).read_text("utf-8").splitlines():
            page.goto(url, wait_until="load")
            links = page.evaluate("Array.from(document.links, link => link.href)")
            text = page.evaluate("document.body.innerText")
            print(url, len(links), len(text))
        chromium.close()


if __name__ == "__main__":
    main(*sys.argv[1:3])

"""Scrapy settings of the portal spider: for `scrapy` on the command line (scrapy.cfg) and for audits alike.

Everything that would touch the network or a page beside the project's own fetcher is off: redirects, robots.txt,
compression, cookies, user agent, delays and retries are the fetcher's, so that Scrapy, link verification and probes
obey one limiter and leave one kind of evidence.
"""

from __future__ import annotations

from typing import Any

BOT_NAME = "mingcha"
SPIDER_MODULES = ["crawler.spider"]

TWISTED_REACTOR_ENABLED = False
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False  # on by default since 2.19: runs Python sent to a local port

SCHEDULER = "crawler.crawl.frontier.FrontierScheduler"
DOWNLOAD_HANDLERS = {
    "http": "crawler.handler.FetcherHandler",
    "https": "crawler.handler.FetcherHandler",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}
# Emptied, not switched off one by one: Scrapy imports what it is told to leave out (two HTTP clients with all of
# theirs), and what a later Scrapy adds would be on.
DOWNLOADER_MIDDLEWARES_BASE: dict[str, int] = {}
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}
# What the command line says at its end, and its -O FILE; an audit has none.
EXTENSIONS_BASE = {"scrapy.extensions.corestats.CoreStats": 0, "scrapy.extensions.feedexport.FeedExporter": 0}

# With more, every response starts that many worker tasks; pages are few and items none.
CONCURRENT_ITEMS = 1
# Requests in flight at most. How many of them leave, and when, is the limiter's business; those waiting there keep
# their place in the queue, so a small number keeps the order of the frontier.
CONCURRENT_REQUESTS = 4
CONCURRENT_REQUESTS_PER_DOMAIN = 4
DOWNLOAD_DELAY = 0
DOWNLOAD_DELAY_JITTER = 0
DOWNLOAD_WARNSIZE = 0
COOKIES_ENABLED = False
RETRY_ENABLED = False
REDIRECT_ENABLED = False
ROBOTSTXT_OBEY = False  # obeyed by the fetcher, for every request of an audit
WARN_ON_GENERATOR_RETURN_VALUE = False
LOG_LEVEL = "INFO"


def crawl_settings(**changes: Any) -> dict[str, Any]:
    """Returns the settings above as a dictionary for a runner, with changes."""
    settings = {name: value for name, value in globals().items() if name.isupper()}
    return {**settings, **changes}

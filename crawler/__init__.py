"""Gathers: one Scrapy spider, Playwright sessions, DNS and IPv6 probes, all behind one polite fetcher.

This is the only room with a network, and it judges nothing: what it saw goes into the bundle as records of
`portal.artifacts`. It may import `portal` and `storage.bundle`; `checks`, `reports` and the results database are
unknown to it. Every request that leaves passes the guard (vetted addresses) and the limiter (politeness group).
"""

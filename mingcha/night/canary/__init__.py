"""The canary: a small faulty portal that comes with the program and is audited along every night.

Its defects are known (`expected.toml`). A night that misses one of them, or finds what is not there, saw wrongly: what
it says of the real portals is kept, but closes and scores nothing. It is served on loopback by the night's process and
audited into a database of its own; nothing here may import a check or the crawler.
"""

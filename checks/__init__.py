"""Judges: one file per check, a pure function of what was gathered.

A check is a module with `META` and `run(artifacts, params)`; the registry finds and validates it, nothing else has to
be edited. No check may import a network, a browser, a database, a clock or a random source: time, calendars and seeds
come in with the artifacts. What could not be measured is `not_measured` with its reason, never a failure.
"""

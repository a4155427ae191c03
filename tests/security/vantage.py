"""A machine that sees everything."""

from __future__ import annotations

import datetime as dt

from portal.artifacts import Capability, Vantage

YES = Capability(True)
SEES_ALL = Vantage(dt.datetime(2026, 11, 20, tzinfo=dt.UTC), YES, YES, YES, YES, YES)

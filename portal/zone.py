"""The time zone of everything that is shown and of every calendar day: Asia/Shanghai, which has no summer time."""

from __future__ import annotations

import datetime as dt

CHINA = dt.timezone(dt.timedelta(hours=8), "Asia/Shanghai")

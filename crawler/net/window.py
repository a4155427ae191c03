"""The hours in which a portal may be asked (`window` of targets.toml), in Asia/Shanghai time."""

from __future__ import annotations

import datetime as dt

from msgspec import Struct

from portal.zone import CHINA

_DAY = 24 * 3600.0


class Window(Struct, frozen=True):
    """Hours of the day, the end excluded; may pass midnight. `text` "" is always open."""

    text: str

    def is_open(self, when: dt.datetime) -> bool:
        """Returns whether the portal may be asked at an aware time."""
        return self.closes_in(when) > 0

    def closes_in(self, when: dt.datetime) -> float:
        """Returns the seconds until it closes: 0 while it is closed, infinity where it never closes."""
        if not self.text:
            return float("inf")
        begin, end = (_seconds(word) for word in self.text.split("-"))
        since = (_of_day(when) - begin) % _DAY
        return max(0.0, (end - begin) % _DAY - since)

    def opens_in(self, when: dt.datetime) -> float:
        """Returns the seconds until it opens: 0 while it is open."""
        if self.is_open(when):
            return 0.0
        return (_seconds(self.text.partition("-")[0]) - _of_day(when)) % _DAY


def _seconds(clock: str) -> float:
    hours, minutes = clock.split(":")
    return int(hours) * 3600.0 + int(minutes) * 60.0


def _of_day(when: dt.datetime) -> float:
    local = when.astimezone(CHINA)
    return local.hour * 3600.0 + local.minute * 60.0 + local.second + local.microsecond / 1e6

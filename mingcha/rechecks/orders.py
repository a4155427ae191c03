"""What a sitting of re-checks is told to do, and what it tells back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from storage.rechecks import AUTOMATIC, Look, Reason
from storage.views import AuditHead, FindingView


@dataclass(frozen=True, slots=True)
class Asked:
    """One finding to be looked at again, and why. `link` is what its unit says shows the repair, "" for none."""

    finding: FindingView
    reason: Reason = Reason.ASKED
    link: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be re-checked: findings of one portal, and the audit whose bundle is the starting point."""

    asked: tuple[Asked, ...]
    audit: AuditHead

    @property
    def findings(self) -> tuple[FindingView, ...]:
        """The findings alone."""
        return tuple(one.finding for one in self.asked)


@dataclass(frozen=True, slots=True)
class How:
    """How a sitting is held. `spacing` is the pause before each further try at a link, in seconds; where the portal is
    silent or our own line fails, all is tried once more after the longest of them. `tell`: write reports, too."""

    as_of: dt.date
    spacing: tuple[float, ...] = (2.0, 10.0)
    browser: bool = True
    tell: bool = True
    who: str = AUTOMATIC


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look came to, for those who gave the order."""

    asked: Asked
    look: Look

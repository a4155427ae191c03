"""What a ledger tells of one portal: its audit as the reports see it, and what is known beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from indicators.score import Score
from reports import words as shared
from reports.ledger.rows import owners, unit_of
from reports.words import Metas
from storage.ledger.excuses import Excuse
from storage.rechecks import Recheck
from storage.views import AuditView, FindingView, PortalView, ResultView


@dataclass(frozen=True, slots=True)
class Dossier:
    """One portal's part of a ledger. `unit`: only what that unit answers for; "" = everything."""

    view: AuditView
    shots: Mapping[str, str] = field(default_factory=dict)  # screenshots' hashes -> paths relative to the workbook
    scores: tuple[Score, ...] = ()
    looks: tuple[Recheck, ...] = ()  # at single findings, in order of time
    excuses: tuple[Excuse, ...] = ()  # of the portal, by beginning
    unit: str = ""

    @property
    def portal(self) -> PortalView:
        """The portal it is of."""
        return self.view.portal

    def results(self, metas: Metas) -> list[ResultView]:
        """Returns the results in the order of the sheets, those of checks no longer known among them."""
        return shared.in_order(metas, self.view.results)

    def units(self, metas: Metas) -> dict[str, str]:
        """Returns who answers for each finding, by fingerprint; "" where nobody is known to."""
        column = owners(self.view, metas)
        return {one.fingerprint: unit_of(self.view, one, column.get(one.subject, "")) for one in self.view.findings}

    def of_unit(self, unit: str, metas: Metas) -> Dossier:
        """Returns the part of it a unit answers for."""
        units = self.units(metas)
        mine = tuple(one for one in self.view.findings if units[one.fingerprint] == unit)
        names = {one.fingerprint for one in mine}
        looks = tuple(look for look in self.looks if look.fingerprint in names)
        letting = {excuse.id for one in mine if (excuse := self.excuse_of(one)) is not None}
        excuses = tuple(excuse for excuse in self.excuses if excuse.id in letting)
        view = replace(self.view, findings=mine)
        return replace(self, view=view, unit=unit, scores=(), looks=looks, excuses=excuses)

    def excuse_of(self, finding: FindingView) -> Excuse | None:
        """Returns the excuse under which a finding is let off now."""
        entry = self.view.ledger.get(finding.fingerprint)
        return entry.excuse if entry else None

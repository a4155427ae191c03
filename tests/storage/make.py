"""Small values for storage tests: a check's declaration, results, findings and audits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from checks.base import CheckResult, Confirm, Coverage, Finding, Kind, Meta, Outcome, Sheet, fingerprint, subject_key
from portal.model import Portal
from portal.zone import CHINA
from storage.commit import AuditRecord

PORTAL = Portal(
    id="yun", name="云县人民政府", home="https://www.yun.example/", site_code="6100000001", unit="云县政府办"
)

META = Meta(
    id="links",
    version=1,
    title="链接",
    why="",
    clauses=(),
    requires=("link",),
    subject="target URL",
    kinds=(
        Kind("not_found", "无法打开", "打不开", confirm=Confirm.NETWORK, group="dead"),
        Kind("server_error", "无法打开", "打不开", confirm=Confirm.NETWORK, group="dead"),
        Kind("empty", "空文件", "空"),
    ),
    metrics={},
    sheet=Sheet("链接明细", ()),
)


def metas(check: str) -> Meta:
    """Returns the one declaration. Raises KeyError for another check."""
    return {META.id: META}[check]


def finding(subject: str, outcome: Outcome = Outcome.FAIL, kind: str = "not_found", **more: object) -> Finding:
    """Returns a finding with its identity filled in."""
    values: dict[str, object] = {"message": f"{subject} 打不开", "confirmations": 1, **more}
    return Finding(
        kind=kind,
        subject=subject,
        outcome=outcome,
        fingerprint=fingerprint(PORTAL.id, META, kind, subject),
        **values,  # type: ignore[arg-type]  # keyword values of a test
    )


def result(*findings: Finding, passed: Sequence[str] = (), kind: str = "not_found") -> CheckResult:
    """Returns the result of the one check, with subjects that passed."""
    return CheckResult(
        check=META.id,
        version=1,
        outcome=Outcome.FAIL if findings else Outcome.PASS,
        coverage=Coverage(
            intended=len(findings) + len(passed),
            measured=len(findings) + len(passed),
            passed=tuple(subject_key(META, kind, subject) for subject in passed),
        ),
        findings=findings,
    )


def audit(day: int, hour: int = 1, **more: object) -> AuditRecord:
    """Returns an audit of that day of March 2026, at that hour in Asia/Shanghai."""
    started = dt.datetime(2026, 3, day, hour, tzinfo=CHINA)
    values: dict[str, object] = {
        "id": f"yun-202603{day:02d}-{hour:02d}0000",
        "portal": PORTAL,
        "as_of": started.date(),
        "started": started,
        "ended": started + dt.timedelta(minutes=30),
        **more,
    }
    return AuditRecord(**values)  # type: ignore[arg-type]  # keyword values of a test

"""The contract of a check: outcomes, findings, results, and what a check declares about itself.

Outcome
  pass             measured, nothing to repair
  fail             at least one finding stands
  suspect          something looks wrong, and only a second look later may say so
  not_measured     with a reason of `portal.artifacts.Absence`: says nothing about the portal
  not_applicable   with a reason in words: the rule does not concern this portal
  error            the check itself broke; a bug of ours, never a defect of the portal
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from msgspec import Struct

from checks._outlines import LinkOutline, PageOutline, link_outlines, page_outlines
from portal.artifacts import (
    Absence,
    AvailabilityRecord,
    ColumnRecord,
    GatherSummary,
    HostRecord,
    Level,
    LinkRecord,
    Occurrence,
    PageRecord,
    SearchRecord,
    Shot,
    Vantage,
)
from portal.history import History
from portal.model import Portal
from portal.workdays import WorkCalendar

FINGERPRINT_VERSION = 1


class Outcome(StrEnum):
    """The closed set of outcomes; see the module docstring."""

    PASS = "pass"
    FAIL = "fail"
    SUSPECT = "suspect"
    NOT_MEASURED = "not_measured"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"


class Severity(StrEnum):
    """What a finding can cost: 单项否决, 扣分, 提示."""

    VETO = "veto"
    DEDUCT = "deduct"
    NOTICE = "notice"


class Confirm(StrEnum):
    """How a finding kind becomes certain."""

    STRUCTURAL = "structural"  # seen is certain: opens at once
    NETWORK = "network"  # opens only after failing again, later, by another method


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding: its wording in Chinese with {named} fill-ins, taken from `Finding.facts` and the finding."""

    id: str
    title: str  # 链接无法打开
    message: str  # “{text}”链接无法打开（{status}）
    severity: Severity = Severity.DEDUCT
    confirm: Confirm = Confirm.STRUCTURAL
    group: str = ""  # kinds of one group share an identity: what the server answers may change, the defect stays one
    remedy: str = ""  # what the unit is asked to do, Chinese
    clause: str = ""  # the clause it breaks, in its own words, with its source
    facts: tuple[str, ...] = ()  # keys every finding of this kind carries in `facts`, beside the common fill-ins
    implied_by: str = ""  # kind whose being measured means that this one was looked for, too
    absent: bool = (
        False  # says that a page lacks something: scripts may add it, so a browser is asked where there is one
    )
    outdated: bool = False  # the same of what a list holds, where the page has scripts that may draw it anew


class SheetColumn(Struct, frozen=True):
    """One column of a check's sheet: the key in a row, its Chinese header and how it is shown."""

    key: str
    header: str
    show: str = "text"  # text, url, date, number, share, bool, list, shot
    width: int = 16


@dataclass(frozen=True, slots=True)
class Sheet:
    """The sheet of a check in workbook and report: one row per subject measured, passes too."""

    name: str
    columns: tuple[SheetColumn, ...]


@dataclass(frozen=True, slots=True)
class Meta:
    """What a check declares; validated by the registry at start-up."""

    id: str  # the file's name
    version: int
    title: str  # 链接有效性
    why: str  # why it matters, Chinese, one or two sentences
    clauses: tuple[str, ...]  # sources it serves
    requires: tuple[str, ...]  # record types of portal.records.RECORD_TYPES
    subject: str  # what is to be repaired, English, one phrase
    kinds: tuple[Kind, ...]
    metrics: Mapping[str, str]  # name -> meaning with unit, Chinese
    sheet: Sheet
    draws: Mapping[str, str] = field(default_factory=dict)  # name -> what is drawn, Chinese

    def kind(self, kind_id: str) -> Kind:
        """Returns the declared kind. Raises KeyError for an undeclared one."""
        for kind in self.kinds:
            if kind.id == kind_id:
                return kind
        raise KeyError(f"{self.id}: undeclared finding kind {kind_id!r}")


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect of one subject. The runner fills message, severity, clause and fingerprint from the kind."""

    kind: str
    subject: str  # the thing to repair: no status codes, positions, titles or source pages in it
    outcome: Outcome  # FAIL or SUSPECT
    title: str = ""
    column: str = ""  # path joined with ">"
    level: Level = Level.OTHER
    internal: bool = True
    occurrences: tuple[Occurrence, ...] = ()
    occurrence_count: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)  # JSON values; fill-ins of the message
    evidence: tuple[str, ...] = ()  # sha256
    confirmations: int = 0  # independent failures seen so far, this one included
    message: str = ""
    severity: Severity = Severity.DEDUCT
    clause: str = ""
    remedy: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was intended and what was measured; closing a finding needs its subject among `subjects`."""

    intended: int = 0
    measured: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)  # Absence value -> subjects
    passed: tuple[str, ...] = ()  # subjects measured and found good, by "kind-group subject" (see subject_key)


@dataclass(frozen=True, slots=True)
class DrawMember:
    """One member of a draw and how it fared."""

    subject: str
    title: str
    result: str  # pass, fail, not_measured
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draw:
    """A reproducible sample: passes are kept too."""

    name: str
    seed: str
    candidates: int
    members: tuple[DrawMember, ...]
    rest: tuple[DrawMember, ...] = ()  # the other candidates that were judged, in the order the seed ranks them


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check says about one portal."""

    check: str
    version: int
    outcome: Outcome
    reason: str = ""  # Absence value, or words for not_applicable and error
    metrics: Mapping[str, float] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=Coverage)
    findings: tuple[Finding, ...] = ()
    draws: tuple[Draw, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()  # rows of META.sheet: JSON values by column key
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownFinding:
    """A finding that stood before this audit, so that a check can prove that its subject is gone, or good again."""

    check: str
    kind: str
    subject: str
    pages: tuple[str, ...] = ()  # the pages it was seen on
    signs: tuple[str, ...] = ()  # what its text said by itself; () where that was told otherwise


@dataclass(frozen=True)
class Artifacts:
    """Everything a check may look at. `absent` names record types that could not be gathered, and why.

    Pages and links may be read from a file one by one: who goes through all of them asks for outlines.
    """

    portal: Portal
    as_of: dt.date  # "today" of every date rule, Asia/Shanghai
    summary: GatherSummary
    calendar: WorkCalendar
    vantage: Vantage | None = None
    pages: Mapping[str, PageRecord] = field(default_factory=dict)
    columns: Mapping[str, ColumnRecord] = field(default_factory=dict)
    links: Mapping[str, LinkRecord] = field(default_factory=dict)
    hosts: Mapping[str, HostRecord] = field(default_factory=dict)
    search: SearchRecord | None = None
    availability: AvailabilityRecord | None = None
    shots: Mapping[str, Shot] = field(default_factory=dict)
    absent: Mapping[str, Absence] = field(default_factory=dict)
    seed: str = ""  # of this audit: draws made while judging depend on it and on nothing else
    known: tuple[KnownFinding, ...] = ()  # what stood open before, where the caller has a memory
    history: History | None = None  # what earlier audits saw of the lists, where the caller has a memory

    @cached_property
    def outlines(self) -> Mapping[str, PageOutline]:
        """The outline of every page, in order of address."""
        return page_outlines(self.pages)

    @cached_property
    def link_outlines(self) -> Mapping[str, LinkOutline]:
        """The outline of every link, in order of address."""
        return link_outlines(self.links, self.outlines)

    def forget(self) -> None:
        """Lets go of the outlines: nothing is judged any more. Whoever asks for them again has them made again."""
        for name in ("outlines", "link_outlines"):
            self.__dict__.pop(name, None)


Run = Callable[[Artifacts, Any], CheckResult]


def subject_key(meta: Meta, kind_id: str, subject: str) -> str:
    """Returns "group subject": the identity of a subject within a check, for `Coverage.passed`."""
    kind = meta.kind(kind_id)
    return f"{kind.group or kind.id} {subject}"


def fingerprint(portal_id: str, meta: Meta, kind_id: str, subject: str) -> str:
    """Returns the identity of a finding: sha256 hex of version | portal | check | kind group | subject."""
    kind = meta.kind(kind_id)
    return identity(portal_id, meta.id, kind.group or kind.id, subject)


def identity(portal_id: str, check: str, group: str, subject: str) -> str:
    """Returns the fingerprint of a subject of a group of kinds of a check."""
    text = "|".join((str(FINGERPRINT_VERSION), portal_id, check, group, subject))
    return hashlib.sha256(text.encode()).hexdigest()


REASONS: Mapping[str, str] = {
    Absence.NO_BROWSER: "本机没有可用的浏览器",
    Absence.NO_FONTS: "本机浏览器没有可用字体",
    Absence.NO_IPV6: "本机无IPv6出口",
    Absence.NO_DNS: "本机DNS不可用或未能得出结论",
    Absence.OWN_LINE: "核查期间本机网络异常",
    Absence.CHALLENGE: "站点启用访问防护，未能自动核查",
    Absence.CAPTCHA: "需要验证码，请人工核查",
    Absence.BLOCKED: "站点拒绝自动访问",
    Absence.LOGIN: "需要登录，请人工核查",
    Absence.ROBOTS: "robots.txt不允许自动访问",
    Absence.PRIVATE: "内网地址，未获准访问",
    Absence.DEED: "跳转到会改动网站内容的地址（退出、删除、投票等），按规则不打开",
    Absence.BUDGET: "超出本次核查的页面或请求上限",
    Absence.DEADLINE: "超出本次核查的时间上限",
    Absence.UNREACHABLE: "网站或页面无法打开",
    Absence.MOVED: "站点已跳转到其他域名",
    Absence.NOT_GATHERED: "本次未采集",
    Absence.TOO_FEW: "可供抽样的信息不足",
    Absence.UNDECIDED: "现有证据不足以判定，请人工核查",
    Absence.NO_CALENDAR: "该年度节假日安排尚未收录，工作日无法计算",
    Absence.SCRIPTED: "内容由脚本加载，未能渲染",
    Absence.CARRIED: "本次未轮到，沿用此前结果",
    Absence.ERROR: "核查程序出错",
    Absence.NO_SERIES: "未进行可用性监测",
    Absence.SHORT_SERIES: "可用性监测次数或天数不足，尚不能判定",
}

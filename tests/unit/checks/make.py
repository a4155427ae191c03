"""Small factories for what a crawl would have gathered: plain values with sensible defaults."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from checks.base import Artifacts, CheckResult, Finding
from checks.runner import judge
from portal.artifacts import (
    Attempt,
    AvailabilityRecord,
    Capability,
    ColumnRecord,
    DnsAnswer,
    DnsStatus,
    FetchOutcome,
    GatherSummary,
    Hop,
    HostRecord,
    Level,
    LinkRecord,
    NameServer,
    Occurrence,
    PageRecord,
    SearchRecord,
    SearchSession,
    SearchStatus,
    SearchTitle,
    Vantage,
)
from portal.facts import (
    DateReading,
    DocumentMeta,
    Element,
    Link,
    ListItem,
    PageFacts,
    PageKind,
    Region,
    Rung,
    SearchBox,
    SearchHit,
)
from portal.model import ColumnForm, ColumnKind, Portal
from portal.workdays import WorkCalendar
from portal.zone import CHINA

NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=CHINA)
TODAY = NOON.date()
HOME = "http://www.qinhe.gov.cn/"
PORTAL = Portal(id="qinhe", name="沁河县人民政府", home=HOME)
YES = Capability(True)
NO = Capability(False, "none here")


def url(path: str) -> str:
    """Returns an address of the portal."""
    return HOME + path.lstrip("/")


def ago(days: int) -> dt.date:
    """Returns the day that many days before today."""
    return TODAY - dt.timedelta(days=days)


def tried(
    outcome: FetchOutcome = FetchOutcome.OK,
    via: str = "get",
    *,
    after: float = 0.0,
    status: int | None = None,
    final: str = "",
    hops: Iterable[str] = (),
    **more: Any,
) -> Attempt:
    """Returns one attempt, `after` seconds past noon."""
    codes = {
        FetchOutcome.OK: 200,
        FetchOutcome.NOT_FOUND: 404,
        FetchOutcome.SERVER_ERROR: 500,
        FetchOutcome.BLOCKED: 403,
    }
    return Attempt(
        at=NOON + dt.timedelta(seconds=after),
        via=via,
        outcome=outcome,
        status=codes.get(outcome, 0) if status is None else status,
        final_url=final,
        hops=tuple(Hop(hop, 302, final) for hop in hops),
        **more,
    )


def link(
    to: str,
    *attempts: Attempt,
    internal: bool = True,
    text: str = "办事指南",
    element: Element = Element.A,
    level: Level = Level.OTHER,
    visible: bool = True,
    page: str = HOME,
    **more: Any,
) -> LinkRecord:
    """Returns one link with one occurrence."""
    place = Occurrence(page, text, element, Region.BODY, visible, level)
    return LinkRecord(to, internal, 1, level, (place,), attempts, **more)


def facts(address: str, kind: PageKind = PageKind.ARTICLE, title: str = "", **more: Any) -> PageFacts:
    """Returns the facts of a page; an article has text unless told otherwise."""
    if kind in {PageKind.ARTICLE, PageKind.POLICY, PageKind.INTERPRETATION}:
        more.setdefault("text_length", 800)
    return PageFacts(url=address, kind=kind, encoding="utf-8", title=title, head_title=title, meta={}, **more)


def page(
    address: str,
    kind: PageKind = PageKind.ARTICLE,
    title: str = "",
    *,
    level: Level = Level.OTHER,
    columns: Iterable[str] = (),
    rendered: PageFacts | None = None,
    date: dt.date | None = None,
    rung: Rung = Rung.TEXT,
    record: Mapping[str, Any] | None = None,
    **more: Any,
) -> PageRecord:
    """Returns a page read well; `record` holds further fields of the record, the rest are facts."""
    if date is not None:
        more["pub_date"] = DateReading(date, rung)
    seen = facts(address, kind, title, **more)
    return PageRecord(
        address, level, tried(evidence="e" * 64), seen, rendered, columns=tuple(columns), **dict(record or {})
    )


def column(
    address: str,
    name: str = "通知公告",
    kind: ColumnKind = ColumnKind.NOTICE,
    form: ColumnForm = ColumnForm.LIST,
    **more: Any,
) -> ColumnRecord:
    """Returns a column below 政务公开."""
    return ColumnRecord(address, name, ("政务公开", name), kind, form, **more)


def items(*dates: dt.date | None, at: str = "/tzgg/", **more: Any) -> tuple[ListItem, ...]:
    """Returns list items with those dates."""
    return tuple(
        ListItem(f"关于第{n}项工作的通知", url(f"{at}{n}.html"), date, **more) for n, date in enumerate(dates, 1)
    )


def vantage(
    *, ipv4: Capability = YES, ipv6: Capability = YES, dns: Capability = YES, browser: Capability = YES
) -> Vantage:
    """Returns what the machine can see."""
    return Vantage(NOON, ipv4, ipv6, dns, browser, browser)


def found(*values: str) -> DnsAnswer:
    """Returns a DNS answer; without values the name has no such record."""
    return DnsAnswer(DnsStatus.ANSWER if values else DnsStatus.NO_ANSWER, values)


def host(name: str = "www.qinhe.gov.cn", *, home: bool = True, **more: Any) -> HostRecord:
    """Returns a host that is well over both families unless told otherwise."""
    merged: dict[str, Any] = {
        "a": found("192.0.2.7"),
        "aaaa": found("2001:db8::7"),
        "zone": "qinhe.gov.cn",
        "nameservers": (NameServer("ns1.qinhe.gov.cn", found("192.0.2.53"), found("2001:db8::53")),),
        "nameservers_status": DnsStatus.ANSWER,
        "ipv4": tuple(tried(via="get4", after=n, family=4, **CONTENT) for n in range(3)),
        "ipv6": tuple(tried(via="get6", after=n, family=6, **CONTENT) for n in range(3)),
    } | more
    return HostRecord(host=name, home=home, **merged)


CONTENT: dict[str, Any] = {"title": "沁河县人民政府", "sketch": 0b1011, "text_length": 3000, "sniffed": "html"}

BOX = SearchBox("#q", Region.HEADER, True)


def title(number: int, **more: Any) -> SearchTitle:
    """Returns a drawn title."""
    name = f"关于印发沁河县第{number}项工程实施方案的通知"
    return SearchTitle(name, url(f"/zcwj/{number}.html"), ago(40), "政务公开>政策文件", ColumnKind.POLICY, **more)


def session(
    drawn: SearchTitle, status: SearchStatus = SearchStatus.ANSWERED, *, after: float = 0.0, **more: Any
) -> SearchSession:
    """Returns a session that finds what it looked for unless told otherwise."""
    more.setdefault("hits", (SearchHit("别的信息", url("/x.html")), SearchHit(drawn.title, drawn.url)))
    more.setdefault("tabs", ("全部", "政策文件", "办事指南"))
    if status is not SearchStatus.ANSWERED:
        more["hits"], more["tabs"] = (), ()
    return SearchSession(drawn, NOON + dt.timedelta(seconds=after), status, url("/so"), **more)


def search(*sessions: SearchSession, **more: Any) -> SearchRecord:
    """Returns a search with its box in the header of the home page unless told otherwise."""
    merged: dict[str, Any] = {
        "entry_page": HOME,
        "box": BOX,
        "in_header": True,
        "visible": True,
        "pages_looked": (HOME,),
        "seed": "s1",
    } | more
    return SearchRecord(sessions=sessions, candidates=50, **merged)


def gathered(*records: Any, **more: Any) -> Artifacts:
    """Returns artifacts of those records in the order given."""
    sorted_out: dict[str, dict[str, Any]] = {"pages": {}, "columns": {}, "links": {}, "hosts": {}}
    for record in records:
        match record:
            case PageRecord():
                sorted_out["pages"][record.url] = record
            case ColumnRecord():
                sorted_out["columns"][record.url] = record
            case LinkRecord():
                sorted_out["links"][record.url] = record
            case HostRecord():
                sorted_out["hosts"][record.host] = record
            case SearchRecord():
                more["search"] = record
            case AvailabilityRecord():
                more["availability"] = record
            case Vantage():
                more["vantage"] = record
            case _:
                raise TypeError(record)
    summary = more.pop("summary", GatherSummary(NOON, NOON, home_outcome=FetchOutcome.OK, home_final=HOME))
    merged: dict[str, Any] = {
        "vantage": vantage(),
        "seed": "seed-1",
        "portal": PORTAL,
        "as_of": TODAY,
        "calendar": WorkCalendar(),
    } | more
    sorted_all: dict[str, Any] = dict(sorted_out)
    return Artifacts(summary=summary, **sorted_all, **merged)


def result(check: str, artifacts: Artifacts, **params: Any) -> CheckResult:
    """Returns one check's result; a broken check fails the test with its reason."""
    (one,) = judge(artifacts, frozenset({check}), {check: params} if params else None)
    assert one.outcome.value != "error", one.reason
    return one


def kinds(one: CheckResult) -> list[tuple[str, str]]:
    """Returns (kind, subject) of every finding."""
    return [(finding.kind, finding.subject) for finding in one.findings]


def only(one: CheckResult) -> Finding:
    """Returns the single finding of a result."""
    assert len(one.findings) == 1, kinds(one)
    return one.findings[0]


def body_link(to: str, text: str = "政策原文") -> Link:
    """Returns a link inside the main text."""
    return Link(to, to, text, Element.A, Region.BODY)


def paper(issuer: str = "沁河县人民政府", number: str = "沁政发〔2026〕7号", **more: Any) -> DocumentMeta:
    """Returns the metadata table of a policy document."""
    return DocumentMeta(issuer=issuer, doc_no=number, **more)

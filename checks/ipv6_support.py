"""IPv6支持: whether the portal's hosts resolve, answer and say the same over IPv6, down to their inner links.

Clause: 国办秘函〔2019〕19号 IPv6改造: 未按照要求完成IPv6改造 −1; the measures are those of the national monitoring:
AAAA, home page over IPv6, success rate, name servers, consistency, second- and third-level links. A machine without
IPv6 route judges AAAA and name servers only; a resolver that cannot tell accuses nobody. Where the home page leads from
the bare name to www, or back, the name it leads to is the portal's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from checks._links import BLOCKING, NEVER_ASKED
from checks._tally import Tally
from checks._words import status_words
from checks.base import (
    REASONS,
    Artifacts,
    CheckResult,
    Confirm,
    Finding,
    Kind,
    Meta,
    Outcome,
    Sheet,
    SheetColumn,
    subject_key,
)
from portal.artifacts import (
    Absence,
    Attempt,
    DnsStatus,
    FetchOutcome,
    HostRecord,
    InnerLinkProbe,
    Level,
    LinkRecord,
)
from portal.text import fold_title, sketch_distance
from portal.urls import host_of, twin


@dataclass(frozen=True, slots=True)
class Params:
    """`inner_share`: least share (0-1) of inner links that must answer over IPv6; `inner_least`: links that must have
    been tried before the share is judged. `failures`: failed tries before a host is unreachable for certain.

    `far_sketch`: bits (0-63) from which two texts under other titles are different ones, `unrelated_sketch`: under
    whatever titles; `short_share`: share (0-1) of the longer text below which the shorter one lacks contents;
    `page_text`: visible characters over IPv4 from which an answer without a single byte over IPv6 is another one.
    """

    inner_share: float = 0.9
    inner_least: int = 3
    failures: int = 2
    far_sketch: int = 14
    unrelated_sketch: int = 24
    short_share: float = 0.7
    page_text: int = 200


_NOTHING_ALIKE = 64  # bits by which a page differs from none
_CLAUSE = (
    "《政府网站与政务新媒体检查指标》（国办秘函〔2019〕19号）扣分指标“IPv6改造”：未按照要求完成IPv6改造的，扣1分。"
    "核查内容：AAAA解析、首页IPv6可访问、IPv6域名授权体系、IPv4与IPv6内容一致性、二级三级内链支持率。"
)

META = Meta(
    id="ipv6_support",
    version=3,
    title="IPv6支持",
    why="政府网站应当支持IPv6访问；仅在页脚标注“支持IPv6”不能证明。",
    clauses=("国办秘函〔2019〕19号 IPv6改造",),
    requires=("host",),
    subject="the host name",
    kinds=(
        Kind(
            "no_aaaa",
            "域名无IPv6地址",
            "域名{title}无AAAA记录，未支持IPv6。",
            remedy="为该域名配置AAAA记录，并开通IPv6访问。",
            clause=_CLAUSE,
        ),
        Kind(
            "unreachable",
            "IPv6无法访问",
            "域名{title}有AAAA记录，但通过IPv6访问{times}次均失败（{why}），同期IPv4访问正常。",
            confirm=Confirm.NETWORK,
            remedy="检查IPv6链路、监听和安全策略，恢复IPv6访问。",
            clause=_CLAUSE,
            facts=("times", "why"),
        ),
        Kind(
            "content_differs",
            "IPv6与IPv4内容不一致",
            "域名{title}通过IPv6打开的页面（标题“{title6}”）与IPv4（标题“{title4}”）内容不一致。",
            confirm=Confirm.NETWORK,
            remedy="使IPv6与IPv4提供相同内容。",
            clause=_CLAUSE,
            facts=("title4", "title6", "distance"),
        ),
        Kind(
            "inner_links_low",
            "IPv6内链支持率低",
            "{title}首页可达，但{levels}，低于{demand}。",
            confirm=Confirm.NETWORK,
            remedy="逐个修复不能通过IPv6访问的内链。",
            clause=_CLAUSE,
            facts=("levels", "demand"),
        ),
        Kind(
            "nameserver_ipv4_only",
            "域名授权体系不支持IPv6",
            "域名{title}的授权DNS服务器（{servers}）均无IPv6地址。",
            remedy="为授权DNS服务器配置IPv6地址，或更换支持IPv6的解析服务。",
            clause=_CLAUSE,
            facts=("servers", "zone"),
        ),
    ),
    metrics={
        "hosts": "核查的域名，个",
        "hosts_aaaa": "有AAAA记录的域名，个",
        "home_aaaa": "首页域名有AAAA记录（1是，0否）",
        "home_reachable": "首页通过IPv6可访问（1是，0否）",
        "home_success_share": "首页IPv6访问成功率",
        "same_content": "首页IPv6与IPv4内容一致（1是，0否）",
        "level2_share": "二级内链IPv6支持率",
        "level2_links": "二级内链样本，个",
        "level3_share": "三级内链IPv6支持率",
        "level3_links": "三级内链样本，个",
        "nameservers_ipv6": "授权DNS服务器支持IPv6（1是，0否）",
        "own_ipv6": "本机有IPv6出口（1是，0否）",
    },
    sheet=Sheet(
        "IPv6",
        (
            SheetColumn("host", "域名", width=30),
            SheetColumn("aaaa", "AAAA", width=30),
            SheetColumn("nameservers", "NS授权IPv6", width=24),
            SheetColumn("reachable", "首页可达", width=12),
            SheetColumn("tries", "探测次数", "number", 10),
            SheetColumn("success", "成功率", "share", 10),
            SheetColumn("same", "一致性", width=12),
            SheetColumn("level2", "二级支持率(样本)", width=18),
            SheetColumn("level3", "三级支持率(样本)", width=18),
            SheetColumn("route", "本机IPv6出口", width=14),
            SheetColumn("result", "结论", width=36),
        ),
    ),
)

_YES, _NO, _UNKNOWN = "是", "否", "未能判定"


@dataclass(frozen=True, slots=True)
class _Case:
    """One host under judgement: what is known of it, and what it has come to so far."""

    record: HostRecord
    artifacts: Artifacts
    params: Params
    tally: Tally
    metrics: dict[str, float]  # of the whole portal
    row: dict[str, Any] = field(default_factory=dict)  # of the sheet
    problems: list[str] = field(default_factory=list)  # in Chinese, for the sheet
    doubts: list[Absence] = field(default_factory=list)

    def measure(self, **metrics: float) -> None:
        """Keeps metrics of the portal, if the host is that of its home page."""
        if self.record.home:
            self.metrics.update(metrics)

    def accuse(
        self,
        kind: str,
        problem: str,
        facts: Mapping[str, Any],
        attempts: Sequence[Attempt] = (),
        outcome: Outcome = Outcome.FAIL,
    ) -> None:
        """Adds a finding, and the problem it is to the sheet."""
        self.problems.append(problem)
        evidence = [self.record.evidence, *(attempt.evidence for attempt in attempts)]
        self.tally.bad(
            Finding(
                kind=kind,
                subject=self.record.host,
                outcome=outcome,
                title=self.record.host,
                level=Level.HOME if self.record.home else Level.OTHER,
                facts=dict(facts),
                evidence=tuple(dict.fromkeys(filter(None, evidence))),
                confirmations=max(1, len(attempts)),
            )
        )

    def clear(self, kind: str) -> None:
        """Says that the host was measured, and is not that."""
        self.tally.good(kind, self.record.host)

    def conclusion(self) -> str:
        """Returns what stands in the sheet."""
        parts = [f"问题：{'、'.join(self.problems)}"] if self.problems else []
        parts += [f"未能判定：{REASONS[reason]}" for reason in dict.fromkeys(self.doubts)]
        return "；".join(parts) or "合格"


def run(artifacts: Artifacts, params: Params) -> CheckResult:
    """Returns the verdict on every host of the portal."""
    tally = Tally(META)
    metrics: dict[str, float] = {}
    route = artifacts.vantage is not None and artifacts.vantage.ipv6.ok
    if artifacts.vantage is not None:
        metrics["own_ipv6"] = int(route)
    hosts, entrance = _hosts(artifacts)
    zones: set[str] = set()
    at_home: list[Absence] = []
    for record in sorted(hosts, key=lambda host: (not host.home, host.host)):
        case = _Case(record, artifacts, params, tally, metrics)
        case.row.update({"host": record.host, "route": _YES if route else _NO})
        _nameservers(case, zones)
        if _aaaa(case):
            if route:
                _reach(case)
            else:
                # AAAA was measured; only what needs a route was not.
                case.doubts.append(Absence.NO_IPV6)
                case.row["reachable"] = _UNKNOWN
        case.row["result"] = case.conclusion()
        at_home += case.doubts if record.home else ()
        tally.rows.append(case.row)
    if entrance:
        _withdraw(tally, entrance)
    if not route and hosts:
        tally.warnings.append("本机无IPv6出口，仅核查AAAA与授权体系")
    metrics["hosts"] = len(hosts)
    metrics["hosts_aaaa"] = sum(host.aaaa.status is DnsStatus.ANSWER for host in hosts)
    result = tally.conclude(metrics, nothing="没有可核查的域名")
    if at_home and result.outcome is Outcome.PASS:
        # Addresses in DNS are no proof that anything answers there, name servers none that there are addresses.
        return dataclasses.replace(result, outcome=Outcome.NOT_MEASURED, reason=at_home[0])
    return result


def _hosts(artifacts: Artifacts) -> tuple[list[HostRecord], str]:
    """Returns the hosts that are judged, and the name that only leads to one of them ("" for none): of the home page's
    bare name and its www the one the page is shown under is judged."""
    entrance = ""
    hosts = {name: record for name, record in artifacts.hosts.items() if _is_own(artifacts, record)}
    for record in list(hosts.values()):
        other = artifacts.hosts.get(twin(record.host)) if record.home else None
        shown = {host_of(a.final_url) for a in record.ipv4 if a.outcome is FetchOutcome.OK}
        if other is not None and shown == {other.host}:
            del hosts[record.host]
            entrance = record.host
            # Inner links were tried beside the entrance, and stay what they were.
            hosts[other.host] = dataclasses.replace(other, home=True, inner=other.inner or record.inner)
    return [hosts[name] for name in sorted(hosts)], entrance


def _withdraw(tally: Tally, entrance: str) -> None:
    """Clears what was held against a name that only leads to another, as far as that other one was measured."""
    shown = twin(entrance)
    passed = set(tally.coverage().passed)
    for kind in META.kinds:
        found = any(finding.kind == kind.id and finding.subject == shown for finding in tally.findings)
        if found or subject_key(META, kind.id, shown) in passed:
            tally.clear(kind.id, entrance)


def _is_own(artifacts: Artifacts, record: HostRecord) -> bool:
    declared = {host.lower() for host in artifacts.portal.hosts}
    own = record.home or record.host == host_of(artifacts.portal.home) or record.host in declared
    # A name nobody can open over IPv4 either is no host of a portal: a dead link, if anything.
    return own and not (
        record.a.status in {DnsStatus.NXDOMAIN, DnsStatus.NO_ANSWER} and record.aaaa.status is not DnsStatus.ANSWER
    )


def _aaaa(case: _Case) -> bool:
    """Judges the AAAA record; returns whether there is one."""
    record, row = case.record, case.row
    if record.aaaa.status is DnsStatus.UNKNOWN:
        case.doubts.append(Absence.NO_DNS)
        row["aaaa"] = _UNKNOWN
        case.tally.unmeasured(record.host, Absence.NO_DNS)
        return False
    has = record.aaaa.status is DnsStatus.ANSWER and bool(record.aaaa.values)
    row["aaaa"] = "、".join(record.aaaa.values) if has else "无"
    case.measure(home_aaaa=int(has))
    if has:
        case.clear("no_aaaa")
        return True
    case.measure(home_reachable=0)
    case.accuse("no_aaaa", "无AAAA记录", {"a": list(record.a.values)})
    return False


def _nameservers(case: _Case, zones: set[str]) -> None:
    """Judges the zone once, at the first of its hosts: one name server with an IPv6 address carries it. Adds it to
    `zones`, those judged."""
    record, row = case.record, case.row
    zone = record.zone or record.host
    if record.nameservers_status is not DnsStatus.ANSWER or not record.nameservers:
        row["nameservers"] = _UNKNOWN
        return
    able = [server.name for server in record.nameservers if server.aaaa.status is DnsStatus.ANSWER]
    unsure = any(server.aaaa.status is DnsStatus.UNKNOWN for server in record.nameservers)
    row["nameservers"] = f"{len(able)}/{len(record.nameservers)}" if able or not unsure else _UNKNOWN
    if zone in zones or (not able and unsure):
        return
    zones.add(zone)
    case.measure(nameservers_ipv6=int(bool(able)))
    if able:
        case.clear("nameserver_ipv4_only")
        return
    names = sorted(server.name for server in record.nameservers)
    case.accuse("nameserver_ipv4_only", "授权DNS无IPv6地址", {"servers": "、".join(names), "zone": zone})


def _reach(case: _Case) -> None:
    """Judges reachability, and what only a reachable host can be judged by."""
    record, row = case.record, case.row
    tries = [attempt for attempt in record.ipv6 if attempt.outcome.asked]
    good = [attempt for attempt in tries if attempt.outcome is FetchOutcome.OK]
    failed = [a for a in tries if a.outcome.failed and a.status not in BLOCKING]
    row["tries"] = len(tries)
    if counted := len(good) + len(failed):
        row["success"] = round(len(good) / counted, 4)
        case.measure(home_success_share=row["success"])
    if good:
        row["reachable"] = _YES
        case.measure(home_reachable=1)
        case.clear("unreachable")
        _same(case)
        _inner(case)
        return
    works_over_ipv4 = any(attempt.outcome is FetchOutcome.OK for attempt in record.ipv4)
    if not failed or not works_over_ipv4:
        # Blocked, never asked, or down altogether: that says nothing about IPv6.
        case.doubts.append(_unasked(record) if not tries else Absence.UNREACHABLE if failed else Absence.BLOCKED)
        row["reachable"] = _UNKNOWN
        return
    row["reachable"] = _NO
    case.measure(home_reachable=0)
    outcome = Outcome.FAIL if len(failed) >= case.params.failures else Outcome.SUSPECT
    facts = {"times": len(failed), "why": status_words(failed[-1]), "addresses": list(record.aaaa.values)}
    case.accuse("unreachable", "IPv6无法访问", facts, failed, outcome)


def _unasked(record: HostRecord) -> Absence:
    """Returns why nothing was learned over IPv6 of a host that has an address."""
    if not record.ipv6:
        return Absence.BUDGET  # only the first hosts of a portal are probed in full
    first = record.ipv6[0].outcome
    # No way out over IPv6 is no fault of the line as a whole.
    return Absence.NO_IPV6 if first is FetchOutcome.NO_ROUTE else NEVER_ASKED.get(first, Absence.UNDECIDED)


def _same(case: _Case) -> None:
    """Compares what was read over both families: the most alike pair decides, counters and clocks change nothing."""
    pairs = [
        (four, six)
        for four in case.record.ipv4
        for six in case.record.ipv6
        if four.outcome is FetchOutcome.OK and six.outcome is FetchOutcome.OK and four.sketch and six.sketch
    ]
    if not pairs:
        case.row["same"] = _UNKNOWN
        _blank(case)
        return
    four, six = min(pairs, key=lambda p: (sketch_distance(p[0].sketch, p[1].sketch), p[0].at, p[1].at))
    distance = sketch_distance(four.sketch, six.sketch)
    if _differs(four, six, distance, case.params):
        looks = min(len({a.at for a, _ in pairs}), len({b.at for _, b in pairs}))
        _difference(case, "IPv6与IPv4内容不一致", four, six, distance, looks)
        return
    case.row["same"] = "一致"
    case.measure(same_content=1)
    case.clear("content_differs")


def _blank(case: _Case) -> None:
    """Judges an answer without a single byte; a page without words may be drawn by a script, and is not judged."""
    least = case.params.page_text
    four = [a for a in case.record.ipv4 if a.outcome is FetchOutcome.OK and (a.text_length or 0) >= least]
    six = [a for a in case.record.ipv6 if a.outcome is FetchOutcome.OK]
    if four and six and all(a.length == 0 for a in six):
        _difference(case, "IPv6打开为空白", four[0], six[0], _NOTHING_ALIKE, min(len(four), len(six)))


def _difference(case: _Case, problem: str, four: Attempt, six: Attempt, distance: int, looks: int) -> None:
    """Says that both families show other pages: for certain where each was looked at twice."""
    case.row["same"] = "不一致"
    case.measure(same_content=0)
    facts = {
        "title4": four.title,
        "title6": six.title,
        "distance": distance,
        "length4": four.text_length,
        "length6": six.text_length or 0,
    }
    outcome = Outcome.FAIL if looks >= 2 else Outcome.SUSPECT
    case.accuse("content_differs", problem, facts, [four, six], outcome)


def _differs(four: Attempt, six: Attempt, distance: int, params: Params) -> bool:
    if distance < params.far_sketch:
        return False
    if distance >= params.unrelated_sketch or fold_title(four.title) != fold_title(six.title):
        return True
    lengths = sorted((four.text_length or 0, six.text_length or 0))
    return lengths[1] > 0 and lengths[0] / lengths[1] < params.short_share


def _inner(case: _Case) -> None:
    """Judges the share of inner links that answer over IPv6, by level; links dead over IPv4, too, do not count."""
    params = case.params
    low: list[str] = []
    failed: list[InnerLinkProbe] = []
    judged = False
    for level, words in ((2, "二级"), (3, "三级")):
        probes = [p for p in case.record.inner if p.level == level and _counts(p, case.artifacts.links.get(p.url))]
        if not probes:
            continue
        bad = [probe for probe in probes if probe.attempt.outcome is not FetchOutcome.OK]
        good = len(probes) - len(bad)
        share = good / len(probes)
        case.row[f"level{level}"] = f"{share:.0%}({good}/{len(probes)})"
        case.measure(**{f"level{level}_share": round(share, 4), f"level{level}_links": len(probes)})
        if len(probes) < params.inner_least:
            continue
        judged = True
        if share < params.inner_share:
            low.append(f"{words}链接支持率{share:.0%}（{good}/{len(probes)}）")
            failed += bad
    if low:
        urls = [probe.url for probe in failed[:50]]
        facts = {"levels": "、".join(low), "demand": f"{params.inner_share:.0%}", "failed": urls}
        case.accuse("inner_links_low", "内链支持率低", facts, [probe.attempt for probe in failed[:5]])
    elif judged:
        case.clear("inner_links_low")


def _counts(probe: InnerLinkProbe, link: LinkRecord | None) -> bool:
    attempt = probe.attempt
    if attempt.outcome is FetchOutcome.OK:
        return True
    if not attempt.outcome.failed or attempt.status in BLOCKING:
        return False
    others = [a for a in link.attempts if a.family != 6 and a.via != "get6"] if link is not None else []
    return not others or any(a.outcome is FetchOutcome.OK for a in others)

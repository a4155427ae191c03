"""Audits that can be scored, made without a crawl: results of the real checks, committed to a real database.

qinghe   a good audit in the half before, and one with findings, doubts and draws in this one
yunshan  a sound audit without any finding
duanwen  nothing but an audit that broke off
laoban   an audit judged by older rules
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from checks.base import CheckResult, Coverage, Draw, DrawMember, Finding, Meta, Outcome, fingerprint, subject_key
from checks.registry import all_checks
from checks.registry import check as registered
from portal.artifacts import Level
from portal.model import Portal
from portal.zone import CHINA
from storage.commit import AuditRecord, commit_audit
from storage.database import open_database

METAS: Mapping[str, Meta] = {module.META.id: module.META for module in all_checks()}
QINGHE = Portal(id="qinghe", name="清河县人民政府", home="https://www.qinghe.example/", unit="清河县政府办公室")
YUNSHAN = Portal(id="yunshan", name="云山县人民政府", home="https://www.yunshan.example/", unit="云山县政府办公室")
DUANWEN = Portal(id="duanwen", name="断文县人民政府", home="https://www.duanwen.example/")
LAOBAN = Portal(id="laoban", name="老坂县人民政府", home="https://www.laoban.example/")

DAY = dt.date(2026, 11, 20)
SPRING = dt.date(2026, 5, 20)
PERIOD, QUARTER = "2026H2", "2026Q4"  # of DAY, under the national system and under the county's own
HOSTILE = '=HYPERLINK("http://x")'  # how a page may call itself
COUNTY = "qinghe-2026"
# A system with every way to mark a clause: points, points taken off, words, a veto, a level, a remark.
COUNTY_TEXT = """\
format = 1
id = "qinghe-2026"
version = 1
title = "清河县2026年政务公开考评表"
source = "清河县人民政府办公室"
levels = ["一级指标", "二级指标"]

[scheme]
points = "indicators"
total = 10
pass_at = 6
period = "quarter"

[layout]
heading = ["附件1"]
departments = true
signatures = ["填报人：", "审核人："]
columns = [
    { key = "index", header = "序号", width = 6 },
    { key = "level1", header = "一级指标" },
    { key = "level2", header = "二级指标" },
    { key = "text", header = "考评要点", width = 40 },
    { key = "units", header = "责任单位", width = 20 },
]

[[group]]
id = "V"
title = "单项否决"
stage = "veto"

[[leaf]]
id = "V.1"
text = "链接被他人占用的，单项否决。"
decide = "auto"
rule = { kind = "veto", check = "broken_links", findings = ["hijacked"] }

[[group]]
id = "1"
title = "平台建设（6分）"
points = 6

[[group]]
id = "1.1"
title = "链接（3分）"
points = 3
lead = "打开网站，查看："
units = "县委办（档案室、信访局）、县政府办"

[[leaf]]
id = "1.1.1"
text = "1.首页链接打不开的，每个扣0.5分。"
decide = "auto"
rule = { kind = "deduct", check = "broken_links", findings = ["not_found", "timeout"], level = ["home"], each = 0.5 }

[[leaf]]
id = "1.1.2"
text = "2.链接打不开的，每个扣0.5分。"
decide = "auto"
rule = { kind = "deduct", check = "broken_links", findings = ["not_found", "timeout"], each = 0.5 }

[[group]]
id = "1.2"
title = "搜索（3分）"
points = 3

[[leaf]]
id = "1.2.1"
text = "随机抽取4条标题，搜索不到的，每条扣1分。"
units = "县融媒体中心"
decide = "auto"
[leaf.rule]
kind = "sample"
check = "search_hits"
findings = ["title_missed"]
draw = "search_titles"
size = 4
each = 1

[[group]]
id = "2"
title = "内容保障（4分）"
points = 4

[[leaf]]
id = "2.1"
text = "没有空白栏目。（2分）"
points = 2
units = "〃"
decide = "auto"
rule = { kind = "presence", check = "empty_columns" }

[[leaf]]
id = "2.2"
text = "=1+1"
points = 2
units = "@各部门"

[[leaf]]
id = "2.3"
text = "@x<script>alert(1)</script>"
unscored = true

[[remark]]
id = "R1"
text = "被通报批评的扣3分，被通报表扬的加3分。"
choices = [{ label = "通报批评", points = -3 }, { label = "通报表扬", points = 3 }]
"""
SITE = QINGHE.home.rstrip("/")

_CHECK_OF = {kind.id: meta.id for meta in METAS.values() for kind in meta.kinds}
_COUNTS: Mapping[str, Mapping[str, float]] = {
    "broken_links": {"links": 120, "checked": 118, "not_measured_home": 0, "not_measured_second": 0}
    | {"not_measured_other": 0},
    "empty_columns": {"columns": 30, "columns_measured": 30},
    "update_freshness": {"columns": 30, "columns_news": 2, "columns_policy": 1, "columns_interpretation": 1},
    "search_hits": {"search_usable": 1, "titles_drawn": 4, "keyword_hits_min": 6, "keyword_hits_max": 8},
    "ipv6_support": {"hosts": 1, "hosts_aaaa": 1},
    "reachability": {"days": 7, "probes": 168, "failures": 0},
    "policy_linkage": {"policies": 3, "in_scope": 3, "pairs": 3, "forms_expert": 0, "two_forms": 0, "forms_image": 1},
}


def found(portal: Portal, kind: str, path: str, **more: Any) -> Finding:
    """Returns a finding of a kind about a page of the portal, with the identity it has in every audit."""
    meta = METAS[_CHECK_OF[kind]]
    subject = path if "://" in path else f"{portal.home.rstrip('/')}{path}"
    values: dict[str, Any] = {
        "outcome": Outcome.FAIL,
        "title": f"标题{path}",
        "message": f"{subject}：{meta.kind(kind).title}",
        "level": Level.SECOND,
        "confirmations": 2,
        **more,
    }
    return Finding(kind=kind, subject=subject, fingerprint=fingerprint(portal.id, meta, kind, subject), **values)


def result(
    check: str,
    findings: Sequence[Finding] = (),
    draws: Iterable[Draw] = (),
    *,
    mended: Sequence[Finding] = (),
    **more: Any,
) -> CheckResult:
    """Returns the result of a check that looked for everything it knows: so many subjects passed, these failed, and
    those of earlier findings that are mended passed, too."""
    meta = registered(check).META
    passed = [subject_key(meta, kind.id, f"https://good.example/{n}") for kind in meta.kinds for n in range(20)]
    passed += [subject_key(meta, one.kind, one.subject) for one in mended]
    values: dict[str, Any] = {
        "version": meta.version,
        "outcome": Outcome.FAIL if findings else Outcome.PASS,
        "metrics": _COUNTS[check],
        "coverage": Coverage(20 + len(findings), 20 + len(findings), passed=tuple(dict.fromkeys(passed))),
        **more,
    }
    return CheckResult(check=check, findings=tuple(findings), draws=tuple(draws), **values)


def drawn(name: str, results: Mapping[str, str], facts: Sequence[str] = ()) -> Draw:
    """Returns a draw of subjects and how each fared, with further facts that say the same."""
    members = tuple(
        DrawMember(subject, f"抽中的{subject.rpartition('/')[2]}", said, dict.fromkeys(facts, said))
        for subject, said in results.items()
    )
    return Draw(name, f"seed-{name}", len(members) + 200, members)


def good(portal: Portal) -> tuple[CheckResult, ...]:
    """Returns results of all six checks with nothing to complain of."""
    home = portal.home.rstrip("/")
    titles = drawn("search_titles", {f"{home}/t{n}": "pass" for n in range(4)})
    policies = drawn("policies", {f"{home}/p{n}": "pass" for n in range(3)})
    pairs = drawn("interpretations", {f"{home}/j{n}": "pass" for n in range(3)}, ("to_policy", "to_interpretation"))
    draws = {"search_hits": [titles], "policy_linkage": [policies, pairs]}
    return tuple(result(check, (), draws.get(check, ())) for check in METAS)


def flawed(portal: Portal) -> tuple[CheckResult, ...]:
    """Returns results of all six checks with findings, suspicions, draws that failed in part, and nothing on IPv6."""
    home = portal.home.rstrip("/")
    titles = {f"{home}/t{n}": "pass" for n in range(3)} | {f"{home}/t3": "fail"}
    pairs = {f"{home}/j0": "pass", f"{home}/j1": "fail", f"{home}/j2": "pass"}
    return (
        result(
            "broken_links",
            [
                *(found(portal, "not_found", f"/home{n}.html", level=Level.HOME) for n in range(2)),
                found(portal, "not_found", "/evil.html", title=HOSTILE, message=f"{HOSTILE}打不开，电话13912345678"),
                found(portal, "timeout", "/slow.html", outcome=Outcome.SUSPECT, confirmations=1),
                found(portal, "hijacked", "http://www.taken.example/", internal=False),
            ],
        ),
        result("empty_columns", [found(portal, "empty_list", "/blank/", facts={"column_kind": "notice"})]),
        result(
            "update_freshness",
            [
                found(portal, "column_stale", "/news/", facts={"column_kind": "news"}),
                found(portal, "column_stale", "/unknown/"),
            ],
        ),
        result("search_hits", [found(portal, "title_missed", "/t3")], [drawn("search_titles", titles)]),
        CheckResult("ipv6_support", 1, Outcome.NOT_MEASURED, "no_ipv6", coverage=Coverage(1, 0, {"no_ipv6": 1})),
        result(
            "policy_linkage",
            [found(portal, "policy_not_linked", "/j1")],
            [
                drawn("policies", {f"{home}/p{n}": "pass" for n in range(3)}),
                drawn("interpretations", pairs, ["to_policy"]),
            ],
        ),
    )


def record(portal: Portal, day: dt.date, **more: Any) -> AuditRecord:
    """Returns an audit of that day, at ten in the evening."""
    started = dt.datetime(day.year, day.month, day.day, 22, tzinfo=CHINA)
    values: dict[str, Any] = {
        "id": f"{portal.id}-{day:%Y%m%d}-220000",
        "portal": portal,
        "as_of": day,
        "started": started,
        "ended": started + dt.timedelta(minutes=30),
        **more,
    }
    return AuditRecord(**values)


def county(folder: Path, text: str = COUNTY_TEXT, name: str = "county.toml") -> Path:
    """Writes the county's own system into a folder of systems and returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    return folder


def database(path: Path) -> Path:
    """Makes the results database with all portals and returns its path."""
    engine = open_database(path)
    try:
        older = [result(name, version=1) for name in METAS if METAS[name].version > 1]
        for audit, results in (
            (record(QINGHE, SPRING), good(QINGHE)),
            (record(QINGHE, DAY), flawed(QINGHE)),
            (record(YUNSHAN, DAY), good(YUNSHAN)),
            (record(DUANWEN, DAY, degraded="stopped early: deadline", summary={"stopped_by": "deadline"}), ()),
            (record(LAOBAN, DAY), older),
        ):
            commit_audit(engine, audit, results)
    finally:
        engine.dispose()
    return path

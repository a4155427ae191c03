"""Scores for report tests: under a small system, under the national table, and as they were with other draws."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from checks.base import Draw, DrawMember, Outcome
from indicators.case import Case, Defect, Mark, Measured, Standing
from indicators.library import library
from indicators.loading import parse_system
from indicators.score import Score
from indicators.scoring import score
from indicators.system import Sample, System
from mingcha.scoring.scores import case_of
from portal.zone import CHINA
from storage.views import AuditView
from tests.reports import make

AT = dt.datetime(2026, 11, 19, 9, 30, tzinfo=CHINA)
SYSTEMS = ("national-2019", "langao-2023", "siping-2022", "wuwei-2020", "langfang-2023", "changchun-xinqu")
POINTED = """
format = 1
id = "own"
version = 3
title = "自定指标"
source = "某县"
levels = ["一级指标", "二级指标"]
[scheme]
points = "indicators"
total = 10
[layout]
columns = [{ key = "text", header = "要求" }, { key = "units", header = "牵头部门" }]
[[group]]
id = "1"
title = "网站"
points = 10
[[group]]
id = "1.1"
title = "链接（4分）"
points = 4
lead = "逐一打开链接："
tail = "（注：只计一次。）"
[[leaf]]
id = "1.1.1"
text = "1.首页链接打不开的，每个扣1分。"
most = 2
decide = "auto"
units = "办公室"
rule = { kind = "deduct", check = "broken_links", level = ["home"], each = 1 }
[[leaf]]
id = "1.1.2"
text = "2.有链接打不开的，扣4分。"
decide = "auto"
rule = { kind = "presence", check = "broken_links" }
[[leaf]]
id = "1.1.3"
text = "3.链接文字不当的，扣1分。"
most = 1
[[group]]
id = "1.2"
title = "制度（6分）"
points = 6
[[leaf]]
id = "1.2.1"
text = "建立制度。"
"""


def system(body: str = POINTED) -> System:
    return parse_system(body.strip(), "own.toml", None)


def defect(number: int, **more: Any) -> Defect:
    values: dict[str, Any] = {
        "subject": f"https://x.example/{number}",
        "standing": Standing.CERTAIN,
        "title": f"链接{number}",
        "message": f"第{number}个打不开",
    }
    return Defect(f"key{number}", f"yun-{number:04d}", "broken_links", "not_found", **values | more)


def case(*defects: Defect, marks: Mapping[str, Mark] | None = None, **measured: Any) -> Case:
    version = make.METAS["broken_links"].version
    values: dict[str, Any] = {"passed": {kind.group or kind.id: 9 for kind in make.METAS["broken_links"].kinds}}
    one = Measured("broken_links", version, Outcome.FAIL, **values | measured)
    return Case("yun", "a1", dt.date(2026, 11, 18), {"broken_links": one}, defects, marks or {})


def national(view: AuditView, marks: Mapping[str, Mark] | None = None, exempt: str = "") -> Score:
    """Returns the audit's score under the national table."""
    found = case_of(view, marks or {}, "2026H2", exemptions=[exempt] if exempt else [])
    return score(library().get("national-2019"), found)


def redrawn(made: Score, **members: str) -> Score:
    """Returns the national score as it is where the portal's search was asked for these titles, with these results."""
    rule = made.system.leaf("4.6.2").rule
    assert isinstance(rule, Sample)
    drawn = tuple(DrawMember(f"https://www.yunxi.example/{name}.html", name, said) for name, said in members.items())
    hits = replace(made.case.measured["search_hits"], draws={rule.draw: Draw(rule.draw, "3f9a1c", 212, drawn)})
    return score(made.system, replace(made.case, measured=dict(made.case.measured) | {"search_hits": hits}))


def mark(node: str, **more: Any) -> Mark:
    return Mark(node, "张三", AT, **more)

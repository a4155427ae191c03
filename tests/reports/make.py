"""A realistic audit of a county portal with results of all six checks, committed to a real database, for report tests.

Rows are written by the Chinese headers of a check's sheet, so that they follow whatever keys the check uses.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from checks.base import (
    CheckResult,
    Coverage,
    Draw,
    DrawMember,
    Finding,
    Meta,
    Outcome,
    Severity,
    fingerprint,
    subject_key,
)
from checks.registry import check as registered
from portal.artifacts import Level, Occurrence
from portal.facts import Element, Region
from portal.model import Portal
from portal.zone import CHINA
from storage.commit import AuditRecord, Blob, commit_audit
from storage.database import open_database
from storage.queries import audit_view
from storage.views import AuditView

PORTAL = Portal(
    id="yun",
    name="云溪县人民政府",
    home="https://www.yunxi.example/",
    site_code="6109990001",
    level="county",
    unit="云溪县人民政府办公室",
)
SITE = PORTAL.home.rstrip("/")
DAY = dt.date(2026, 11, 18)


def picture(width: int = 640, height: int = 400, shade: int = 210) -> bytes:
    """Returns a PNG that looks a little like a page: a dark head, a grey body with lines."""
    rows = []
    for y in range(height):
        head = y < height // 8
        line = (y % 28) > 24 and not head
        rows.append(
            b"\0" + bytes((40, 80, 140) if head else (150, 155, 160) if line else (shade, shade, shade)) * width
        )

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"".join(rows)))
        + chunk(b"IEND", b"")
    )


PICTURES = {hashlib.sha256(data).hexdigest(): data for data in (picture(shade=shade) for shade in range(200, 212))}
SHOTS = tuple(PICTURES)
ANSWER = "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n<h1>404</h1> 来信人：张三丰 13912345678".encode()
ANSWER_ID = hashlib.sha256(ANSWER).hexdigest()
BYTES = {**PICTURES, ANSWER_ID: ANSWER}

# The six checks of an audit; reachability comes from probes between audits.
SIX = ("broken_links", "empty_columns", "update_freshness", "search_hits", "ipv6_support", "policy_linkage")
METAS: Mapping[str, Meta] = {name: registered(name).META for name in SIX}

CLAUSE = (
    "《政府网站与政务新媒体检查指标》（国办秘函〔2019〕19号）扣分指标“可用性”：首页上的链接（包括图片、附件、外部链接等），"
    "打不开或错误的，每个扣0.2分；其他页面上的链接，打不开或错误的，每个扣0.1分。"
)


def row(check: str, cells: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a sheet row from cells by header. Raises KeyError for a header the sheet does not have."""
    keys = {column.header: column.key for column in METAS[check].sheet.columns}
    return {keys[header]: value for header, value in cells.items()}


def found(check: str, kind: str, subject: str, message: str, **more: Any) -> Finding:
    """Returns a finding as the runner would complete it."""
    values: dict[str, Any] = {
        "outcome": Outcome.FAIL,
        "clause": CLAUSE,
        "remedy": "修复或删除该链接，并检查引用该链接的全部页面。",
        "confirmations": 2,
        **more,
    }
    return Finding(
        kind=kind,
        subject=subject,
        message=message,
        fingerprint=fingerprint(PORTAL.id, METAS[check], kind, subject),
        **values,
    )


def _seen(page: str, text: str, element: Element = Element.A, level: Level = Level.OTHER) -> Occurrence:
    return Occurrence(f"{SITE}{page}", text, element, Region.BODY, True, level)


def links(extra: Sequence[Finding] = (), passed: Sequence[str] = ()) -> CheckResult:
    """Returns the result of broken_links: dead pages and files, a taken-over domain, one suspicion."""
    findings = [
        found(
            "broken_links",
            "not_found",
            f"{SITE}/zwgk/gsgg/{number}.html",
            f"{SITE}/zwgk/（二级页面）中“{text}”链接无法打开（页面不存在，状态码404），"
            "2026-11-17 23:10、2026-11-18 23:15两日2次访问均失败。",
            title=text,
            column="首页>政务公开>公示公告",
            level=level,
            occurrences=tuple(_seen(f"/zwgk/index_{n}.html", text, level=level) for n in range(1, places + 1)),
            occurrence_count=places,
            facts={"status": 404, "final_url": "", "history": "两日2次"},
            evidence=(SHOTS[number % 3], ANSWER_ID),
        )
        for number, text, places, level in (
            (1, "云溪县2025年度行政许可事项清单", 3, Level.HOME),
            (2, "关于公开征集农村饮水安全问题线索的公告", 18, Level.SECOND),
            (3, "县自然资源局国有建设用地使用权挂牌出让公告（云自然资告字〔2026〕12号）", 1, Level.OTHER),
        )
    ]
    findings += [
        found(
            "broken_links",
            "hijacked",
            "http://www.old-tourism.example/",
            f"{SITE}/lyyx/（二级页面）中“云溪旅游网”链接指向的外部网站www.old-tourism.example现显示与原内容无关的赌博内容，请立即删除。",
            title="云溪旅游网",
            level=Level.SECOND,
            internal=False,
            severity=Severity.VETO,
            occurrences=(_seen("/lyyx/", "云溪旅游网", level=Level.SECOND),),
            occurrence_count=1,
            facts={"category": "赌博"},
            evidence=(SHOTS[3],),
        ),
        found(
            "broken_links",
            "timeout",
            "http://218.0.0.1:8080/download/附件1.doc",
            f"{SITE}/zwgk/tzgg/t1.html（其他页面）中“附件1.doc”链接无法打开（超时未响应），1次访问失败，待复核。",
            title="附件1.doc",
            internal=False,
            outcome=Outcome.SUSPECT,
            confirmations=1,
            occurrences=(_seen("/zwgk/tzgg/t1.html", "附件1.doc", Element.ATTACHMENT),),
            occurrence_count=1,
        ),
        *extra,
    ]
    rows = [
        row(
            "broken_links",
            {
                "链接文字": finding.title,
                "目标URL": finding.subject,
                "链接种类": "页面",
                "父页面": finding.occurrences[0].page if finding.occurrences else "",
                "页面层级": "二级页面",
                "HTTP状态": finding.facts.get("status"),
                "错误说明": "页面不存在",
                "结论": "确认：链接目标不存在" if finding.outcome is Outcome.FAIL else "疑似：链接长时间无响应",
            },
        )
        for finding in findings
    ]
    meta = METAS["broken_links"]
    return CheckResult(
        "broken_links",
        meta.version,
        Outcome.FAIL,
        metrics={
            "links": 1486,
            "checked": 1391,
            "not_measured": 94,
            "blocked": 61,
            "broken": sum(f.outcome is Outcome.FAIL for f in findings),
            "suspect": 1,
        },
        coverage=Coverage(
            1486,
            1392,
            {"robots": 12, "blocked": 61, "budget": 21},
            tuple(subject_key(meta, "not_found", subject) for subject in passed),
        ),
        findings=tuple(findings),
        rows=tuple(rows),
    )


_COLUMNS = (
    # path, class, limit, days, owner
    ("首页>新闻中心>云溪要闻", "动态要闻", 14, 1, "县融媒体中心"),
    ("首页>新闻中心>部门动态", "动态要闻", 14, 3, ""),
    ("首页>新闻中心>镇办动态", "动态要闻", 14, 31, "各镇办"),
    ("首页>新闻中心>图片新闻", "动态要闻", 14, 13, "县融媒体中心"),
    ("首页>政务公开>通知公告", "通知公告", 180, 9, "县政府办公室"),
    ("首页>政务公开>政策文件>县政府文件", "政策文件", 180, 46, "县政府办公室"),
    ("首页>政务公开>政策文件>部门规范性文件", "政策文件", 180, 263, "县司法局"),
    ("首页>政务公开>政策解读", "政策解读", 365, 40, "县政府办公室"),
    ("首页>政务公开>人事信息>人事任免", "人事信息", 365, 118, "县人社局"),
    ("首页>政务公开>财政信息>预算决算", "预算决算", 365, 361, "县财政局"),
    ("首页>政务公开>重点领域>国企监管", "其他", 365, 702, "县财政局"),
    ("首页>政务公开>重点领域>养老服务", "其他", 365, 390, "县民政局"),
    ("首页>互动交流>调查征集", "征集调查", 365, 77, ""),
    ("首页>互动交流>在线访谈", "在线访谈", 365, 205, ""),
    ("首页>专题专栏>乡村振兴", "专题", 365, 22, "县农业农村局"),
)


def freshness() -> CheckResult:
    """Returns the result of update_freshness: 15 columns, four of them too late."""
    rows, findings = [], []
    for index, (path, kind, limit, days, owner) in enumerate(_COLUMNS):
        url, newest = f"{SITE}/c{index}/", DAY - dt.timedelta(days=days)
        late = max(0, days - limit)
        rows.append(
            row(
                "update_freshness",
                {
                    "栏目路径": path,
                    "栏目URL": url,
                    "栏目类别": kind,
                    "更新要求": f"{limit}天",
                    "时限天数": limit,
                    "最新信息标题": f"{path.rpartition('>')[2]}最新一条信息",
                    "最新信息URL": f"{url}t1.html",
                    "最新信息日期": newest.isoformat(),
                    "日期来源": "列表",
                    "距检查日天数": days,
                    "超期天数": late or None,
                    "预警(剩余天数)": limit - days,
                    "保障单位": owner,
                    "结论": f"问题：超期{late}天" if late else "合格",
                },
            )
        )
        if late:
            findings.append(
                found(
                    "update_freshness",
                    "column_stale",
                    url,
                    f"“{path}”栏目最新信息发布于{newest}，截至{DAY}已{days}天未更新，超过{limit}天更新要求。",
                    title=path.rpartition(">")[2],
                    column=path,
                    level=Level.SECOND,
                    facts={"newest": newest.isoformat(), "days": days, "limit": limit, "owner": owner},
                    evidence=(SHOTS[4],),
                    remedy="及时更新该栏目；确无内容的，予以说明或合并。",
                )
            )
    return CheckResult(
        "update_freshness",
        METAS["update_freshness"].version,
        Outcome.FAIL,
        metrics={"columns": 15, "stale": len(findings), "veto": 0},
        coverage=Coverage(17, 15, {"scripted": 2}),
        findings=tuple(findings),
        rows=tuple(rows),
    )


def search() -> CheckResult:
    """Returns the result of search_hits: four draws, one missed."""
    titles = (
        ("云溪县人民政府关于印发《云溪县国土空间总体规划（2021—2035年）》的通知", "首页>政务公开>政策文件", True, 1),
        ("云溪县2026年城乡居民基本医疗保险缴费公告", "首页>政务公开>通知公告", True, 2),
        ("我县召开秋冬季森林防灭火工作会议", "首页>新闻中心>云溪要闻", True, 1),
        ("关于县城东区停车难问题的来信", "首页>互动交流>信箱", False, 0),
    )
    rows, members = [], []
    for index, (title, column, hit, place) in enumerate(titles, 1):
        url = f"{SITE}/d{index}.html"
        rows.append(
            row(
                "search_hits",
                {
                    "轮次": index,
                    "抽样种子": "3f9a1c",
                    "标题或关键词": title,
                    "原文URL": url,
                    "发布日期": f"2026-09-{10 + index}",
                    "来源栏目": column,
                    "结果页URL": f"https://so.yunxi.example/s?q={index}",
                    "首页结果条数": 10 if hit else 3,
                    "是否命中": "是" if hit else "否",
                    "命中位次": place or None,
                    "耗时(秒)": 1.4,
                    "截图": SHOTS[4 + index],
                    "结论": "合格" if hit else "问题：第一页未找到",
                },
            )
        )
        members.append(
            DrawMember(url, title, "pass" if hit else "fail", {"rank": place, "screenshot": SHOTS[4 + index]})
        )
    missed = found(
        "search_hits",
        "title_missed",
        f"{SITE}/d4.html",
        "以已发布信息标题“关于县城东区停车难问题的来信”搜索，结果第一页（3条）未找到该信息（抽样4/4）。",
        title="关于县城东区停车难问题的来信",
        column="首页>互动交流>信箱",
        evidence=(SHOTS[8],),
        remedy="检查搜索索引范围，将信件等栏目纳入全站搜索。",
    )
    return CheckResult(
        "search_hits",
        METAS["search_hits"].version,
        Outcome.FAIL,
        metrics={"titles_drawn": 4, "titles_found": 3, "search_usable": 1},
        coverage=Coverage(4, 4),
        findings=(missed,),
        draws=(Draw("titles", "3f9a1c", 212, tuple(members)),),
        rows=tuple(rows),
    )


def results(links_result: CheckResult | None = None) -> tuple[CheckResult, ...]:
    """Returns the results of all six checks."""
    empty = found(
        "empty_columns",
        "empty_list",
        f"{SITE}/zwgk/zdly/aqsc/",
        "“首页>政务公开>重点领域>安全生产”栏目无内容，且无文字说明。",
        title="安全生产",
        column="首页>政务公开>重点领域>安全生产",
        level=Level.SECOND,
        evidence=(SHOTS[9],),
        remedy="补充内容，或说明原因、合并栏目。",
    )
    policy = found(
        "policy_linkage",
        "policy_not_linked",
        f"{SITE}/zcjd/t7.html",
        "解读材料《〈云溪县招商引资优惠办法〉政策解读》未关联政策文件《云溪县招商引资优惠办法》。",
        title="《云溪县招商引资优惠办法》政策解读",
        column="首页>政务公开>政策解读",
        remedy="在解读页面增加政策文件链接。",
    )
    return (
        links_result or links(),
        CheckResult(
            "empty_columns",
            1,
            Outcome.FAIL,
            metrics={"columns": 64},
            coverage=Coverage(66, 64, {"scripted": 2}),
            findings=(empty,),
            rows=(
                row(
                    "empty_columns",
                    {
                        "栏目路径": empty.column,
                        "URL": empty.subject,
                        "空白形态": "列表空",
                        "是否有文字说明": "否",
                        "渲染方式": "浏览器",
                        "截图": SHOTS[9],
                        "结论": "问题：栏目无内容",
                    },
                ),
            ),
        ),
        freshness(),
        search(),
        CheckResult("ipv6_support", 1, Outcome.NOT_MEASURED, "no_ipv6", coverage=Coverage(2, 0, {"no_ipv6": 2})),
        CheckResult(
            "policy_linkage",
            1,
            Outcome.FAIL,
            metrics={"pairs": 12, "linked": 11},
            coverage=Coverage(12, 12),
            findings=(policy,),
            rows=(
                row(
                    "policy_linkage",
                    {
                        "方向": "解读→文件",
                        "文件标题": "云溪县招商引资优惠办法",
                        "文号": "云政发〔2026〕9号",
                        "发布日期": "2026-08-03",
                        "解读标题": policy.title,
                        "解读URL": policy.subject,
                        "间隔工作日": 2,
                        "形式": "文字",
                        "反向链接": "否",
                        "结论": "问题：解读未关联文件",
                    },
                ),
            ),
        ),
    )


def record(day: int, **more: Any) -> AuditRecord:
    """Returns an audit of that day of November 2026, at 22:00."""
    started = dt.datetime(2026, 11, day, 22, 0, tzinfo=CHINA)
    values: dict[str, Any] = {
        "id": f"yun-202611{day:02d}-220000",
        "portal": PORTAL,
        "as_of": dt.date(2026, 11, day),
        "started": started,
        "ended": started + dt.timedelta(minutes=41),
        "summary": {"pages": 812, "requests": 2934, "rendered": 57, "stopped_by": "", "home_outcome": "ok"},
        "versions": {"mingcha": "0.1.0", "browser": "Chromium 142.0"},
        **more,
    }
    return AuditRecord(**values)


def blobs() -> tuple[Blob, ...]:
    """Returns the index of the evidence, as a bundle yields it."""
    at = dt.datetime(2026, 11, 18, 22, 20, tzinfo=CHINA)
    return tuple(
        (digest, "text/html" if digest == ANSWER_ID else "image/png", len(data), f"{SITE}/", at)
        for digest, data in BYTES.items()
    )


def view(folder: Path, *results_given: CheckResult, **more: Any) -> AuditView:
    """Returns the view of a second audit: something persists, something new, something repaired."""
    old = f"{SITE}/old/removed.html"
    gone = found(
        "broken_links", "not_found", old, "链接无法打开", title="旧链接", occurrences=(_seen("/old/", "旧链接"),)
    )
    engine = open_database(folder / "reports.db")
    try:
        first = results(links(extra=(gone,)))
        commit_audit(engine, record(17), first[:1] + first[2:3], blobs())
        second = results_given or results(links(passed=(old,)))
        commit_audit(engine, record(18, **more), second, blobs())
        return audit_view(engine, portal=PORTAL.id)
    finally:
        engine.dispose()


def lines(data: bytes) -> list[dict[str, Any]]:
    """Returns the objects of a machine feed."""
    return [json.loads(line) for line in data.splitlines()]

"""Words the checks share: states of an attempt in Chinese, times as a reader in China sees them, paths of columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from checks.base import Artifacts
from portal.artifacts import Attempt, ColumnRecord, FetchOutcome
from portal.zone import CHINA

OUTCOME_WORDS: Mapping[FetchOutcome, str] = {
    FetchOutcome.OK: "正常",
    FetchOutcome.NOT_FOUND: "页面不存在",
    FetchOutcome.SERVER_ERROR: "服务器错误",
    FetchOutcome.CLIENT_ERROR: "请求被拒",
    FetchOutcome.BLOCKED: "访问受限",
    FetchOutcome.REFUSED: "拒绝连接",
    FetchOutcome.RESET: "连接被中断",
    FetchOutcome.DNS: "域名无法解析",
    FetchOutcome.DNS_UNKNOWN: "域名解析无结论",
    FetchOutcome.TIMEOUT: "超时未响应",
    FetchOutcome.TLS: "安全证书错误",
    FetchOutcome.REDIRECT_LOOP: "循环跳转",
    FetchOutcome.PRIVATE: "内网地址",
    FetchOutcome.BAD_URL: "地址格式错误",
    FetchOutcome.SCHEME: "非网页协议",
    FetchOutcome.DEED: "会改动内容，未打开",
    FetchOutcome.ROBOTS: "robots.txt不允许",
    FetchOutcome.BUDGET: "超出核查上限",
    FetchOutcome.ABORTED: "访问中止",
    FetchOutcome.NO_ROUTE: "本机无该网络出口",
}

METHOD_WORDS: Mapping[str, str] = {
    "head": "HEAD",
    "get": "GET",
    "range": "GET(首部)",
    "browser": "浏览器",
    "get4": "GET(IPv4)",
    "get6": "GET(IPv6)",
}


def minute(at: dt.datetime) -> str:
    """Returns a time as "YYYY-MM-DD HH:MM", Asia/Shanghai."""
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def status_words(attempt: Attempt) -> str:
    """Returns what an attempt came to, in Chinese: 状态码404, 超时未响应."""
    words = OUTCOME_WORDS[attempt.outcome]
    return f"{words}，状态码{attempt.status}" if attempt.status >= 400 else words


def attempt_words(attempt: Attempt) -> str:
    """Returns one attempt as a short line: when, how, what came."""
    return f"{minute(attempt.at)} {METHOD_WORDS.get(attempt.via, attempt.via)} {status_words(attempt)}"


def path_of(column: ColumnRecord) -> str:
    """Returns the column's path joined with ">", its name where no path is known."""
    return ">".join(column.path) or column.name or column.url


def column_of(artifacts: Artifacts, page_url: str) -> str:
    """Returns the path of the column a page is, or whose list holds it; "" when none is known."""
    if page_url in artifacts.columns:
        return path_of(artifacts.columns[page_url])
    page = artifacts.outlines.get(page_url)
    for url in sorted(page.columns) if page else ():
        if url in artifacts.columns:
            return path_of(artifacts.columns[url])
    return ""

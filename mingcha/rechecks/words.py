"""What is said of a re-check, in Chinese: its verdict, how it was looked at, what the link of a claim showed."""

from __future__ import annotations

from checks.base import Artifacts
from crawler.crawl.again import Subjects
from portal.actions import changes_something
from portal.artifacts import Attempt, FetchOutcome
from portal.model import Portal
from portal.urls import host_of, registrable
from storage.lifecycle import Sight

VERDICTS = {Sight.GOOD: "复查正常", Sight.FAILED: "仍存在", Sight.DOUBTFUL: "仍疑似", Sight.UNSEEN: "未能复查"}

_VIA = {
    "head": "仅取响应头",
    "range": "取文件开头",
    "get": "整页重取",
    "get4": "经IPv4重取",
    "get6": "经IPv6重取",
    "browser": "浏览器打开",
}


def method_of(subjects: Subjects, artifacts: Artifacts) -> str:
    """Returns how subjects were looked at again, as the renewed records show: "整页重取、浏览器打开"."""
    words: dict[str, None] = {}
    for url in sorted(subjects.links):
        link = artifacts.links.get(url)
        words |= dict.fromkeys(_VIA[one.via] for one in (link.attempts if link else ()) if one.via in _VIA)
    for url in sorted(subjects.pages):
        page = artifacts.pages.get(url)
        if page is not None:
            words["页面重读"] = None
            if page.rendered is not None:
                words["浏览器打开"] = None
    if subjects.hosts:
        words["域名解析与双栈访问"] = None
    if subjects.search:
        titles = artifacts.search is not None and artifacts.search.sessions
        words["原抽样标题重新检索" if titles else "搜索入口重新查看"] = None
    return "、".join(words)


def link_said(url: str, attempt: Attempt | None, portal: Portal) -> str:
    """Returns what the link given with a claim showed; `attempt` is None for what was not opened."""
    if attempt.outcome is FetchOutcome.DEED if attempt is not None else changes_something(url):
        return "整改后链接会改动网站内容，未打开"
    if attempt is None:
        return "整改后链接不是网页地址"
    family = {registrable(host_of(portal.home)), *map(registrable, portal.hosts)}
    landed = host_of(attempt.final_url or url)
    if attempt.outcome is FetchOutcome.OK:
        if registrable(landed) not in family:
            return f"整改后链接可以打开，但不在本网站（{landed}）"
        if any(sign.startswith("soft_404") for sign in attempt.signs):
            return "整改后链接打开的疑似出错页面"
        return "整改后链接可以打开"
    if attempt.outcome is FetchOutcome.BLOCKED or not attempt.outcome.asked:
        return "整改后链接未能核实"
    return f"整改后链接无法打开（{attempt.status or attempt.outcome}）"

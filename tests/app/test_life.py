"""The life of a finding over several audits and re-checks: one identity, closed with proof only, back as regressed."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.app.run import feed, mingcha, targets
from tests.loopback import listening

PDF = b"%PDF-1.4\n" + b"0" * 2000
LISTING = "".join(
    f'<li><a href="/gg/{n}.html">某县关于第{n}号事项的公告</a><span>2026-11-{n:02}</span></li>' for n in range(1, 13)
)


@dataclass
class Site:
    """A small portal whose one attachment can be there or not, and whose link to it can be taken away."""

    file_there: bool = False
    linked: bool = True
    alive: bool = True
    endpoint: str = ""
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if not self.alive:
            return web.Response(status=503, text="维护中")
        if request.path == "/":
            link = '<p><a href="/fj/biao.pdf">申请表</a></p>' if self.linked else "<p>申请表请到窗口领取。</p>"
            return page("某县人民政府", f"<h1>某县人民政府</h1>{link}<ul>{LISTING}</ul>")
        if request.path.startswith("/gg/"):
            return page("公告", f"<h1>某县公告</h1><p>发布时间：2026-11-01</p><p>{'公告的正文。' * 40}</p>")
        if request.path == "/fj/biao.pdf" and self.file_there:
            return web.Response(body=PDF, content_type="application/pdf")
        return web.Response(status=404, text="not here")


def page(title: str, body: str) -> web.Response:
    html = f"<!doctype html><html><head><meta charset=utf-8><title>{title}</title></head><body>{body}</body></html>"
    return web.Response(text=html, content_type="text/html")


@contextlib.asynccontextmanager
async def running() -> AsyncIterator[Site]:
    site = Site()
    async with listening(site.answer) as port:
        site.endpoint = f"127.0.0.1:{port}"
        yield site


async def audit(folder: Path, name: str) -> dict[str, dict[str, Any]]:
    """Audits once and returns the broken links said, by subject."""
    words = ("--confirm", "now", "--spacing", "0", "--no-browser", "--as-of", "2026-11-20", "--only", "broken_links")
    ran = await mingcha("audit", "one", "--out", name, *words, cwd=folder)
    assert ran.code == 0, ran.err + ran.out
    return {said["subject"]: said for said in feed(folder / name, "findings.jsonl")}


async def test_a_finding_is_one_over_audits_and_closes_with_proof_only(tmp_path: Path) -> None:
    subject = "http://www.one.gov.cn/fj/biao.pdf"
    async with running() as site:
        targets(tmp_path, "http://www.one.gov.cn/", {"www.one.gov.cn": site.endpoint})
        first = (await audit(tmp_path, "a1"))[subject]
        assert (first["kind"], first["outcome"], first["state"]) == ("not_found", "fail", "open")
        again = (await audit(tmp_path, "a2"))[subject]
        assert (again["fingerprint"], again["number"]) == (first["fingerprint"], first["number"])
        assert again["first_seen"] == first["first_seen"]
        site.file_there = True
        assert (await audit(tmp_path, "a3"))[subject]["state"] == "fixed"
        assert subject not in await audit(tmp_path, "a4")
        site.file_there = False
        back = (await audit(tmp_path, "a5"))[subject]
        assert (back["state"], back["number"]) == ("regressed", first["number"])
        site.linked = False  # the other way to put it right
        assert (await audit(tmp_path, "a6"))[subject]["state"] == "fixed"


async def test_a_recheck_repeats_the_one_test(tmp_path: Path) -> None:
    async with running() as site:
        targets(tmp_path, "http://www.one.gov.cn/", {"www.one.gov.cn": site.endpoint})
        number = (await audit(tmp_path, "a1"))["http://www.one.gov.cn/fj/biao.pdf"]["number"]
        words = ("recheck", number, "--spacing", "0", "--no-browser", "--as-of", "2026-11-20")
        site.asked.clear()
        still = await mingcha(*words, "--out", "r1", cwd=tmp_path)
        assert (still.code, "仍存在" in still.out) == (0, True), still.err + still.out
        assert not any(path.startswith("/gg/") for path in site.asked)  # nothing but the subject and its page
        site.alive = False
        down = await mingcha(*words, "--out", "r2", cwd=tmp_path)
        assert (down.code, "状态不变" in down.out) == (3, True), down.err + down.out
        site.alive, site.linked = True, False
        gone = await mingcha(*words, "--out", "r3", cwd=tmp_path)
        assert (gone.code, "已整改" in gone.out) == (0, True), gone.err + gone.out
        nothing = await mingcha("recheck", "one", cwd=tmp_path)
        assert (nothing.code, "no open finding" in nothing.err) == (1, True), nothing.err + nothing.out

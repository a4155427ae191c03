"""The second night through the front door: what is taken over, what is asked first, and what stands in the way."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from portal.artifacts import GatherSummary, PageRecord
from storage.bundle import Bundle
from tests.app.run import Ran, feed, mingcha, targets
from tests.crawl.site import Site, article, html, items, serve

HOST = "www.one.gov.cn"
WORDS = ("--no-browser", "--confirm", "now", "--spacing", "0")


def etagged(body: str) -> Any:
    tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:12]}"'

    def answer(request: web.Request) -> web.Response:
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        return web.Response(text=body, content_type="text/html", headers={"ETag": tag})

    return answer


def pages() -> dict[str, Any]:
    """Returns a portal of one column whose article 9, deep in the list, has a dead attachment."""
    top = "<div class='nav'><ul><li><a href='/'>首页</a></li><li><a href='/gg/'>通知公告</a></li></ul></div>"
    pager = "<div class='page'><a href='/gg/index_2.html'>下一页</a></div>"
    made = {
        "/": html("某县人民政府", top + items(3, "/gg")),
        "/gg/": html("通知公告_某县人民政府", top + items(6, "/gg") + pager),
        "/gg/index_2.html": html("通知公告_某县人民政府", top + items(8, "/gg", start=7)),
        **{f"/gg/{n}.html": article(n) for n in range(1, 15)},
        "/gg/9.html": article(9, "<a href='/fj/dead.pdf'>附件</a>"),
    }
    return {path: etagged(body) for path, body in made.items()}


async def audit(folder: Path, name: str, day: int, *more: str) -> Ran:
    return await mingcha("audit", "one", "--out", name, "--as-of", f"2026-03-{day:02}", *WORDS, *more, cwd=folder)


def gathered(folder: Path) -> tuple[GatherSummary, dict[str, PageRecord], list[str]]:
    """Returns the summary, the pages, and the warnings an audit gave while it gathered."""
    with Bundle.open(folder / "bundle") as bundle:
        summary = bundle.get(GatherSummary, "summary")
        records = {record.url: record for record in bundle.all(PageRecord)}
    assert summary is not None
    events = map(json.loads, (folder / "bundle" / "events.jsonl").read_text("utf-8").splitlines())
    said = [one["message"] for one in events if one["event"] == "log" and "taken over" in one["message"]]
    return summary, records, said


async def test_nights_take_over_close_with_proof_and_fall_back(tmp_path: Path) -> None:
    dead = f"http://{HOST}/fj/dead.pdf"
    async with serve(pages()) as site:
        targets(tmp_path, f"http://{HOST}/", {HOST: f"127.0.0.1:{site.port}"}, census_nights=30)
        first = await audit(tmp_path, "a1", 2)
        assert first.code == 0, first.err
        states = {one["subject"]: one["state"] for one in feed(tmp_path / "a1", "findings.jsonl")}
        assert states[dead] == "open"
        # The unit takes the link off the page. The page is asked for although it has no turn, and the finding closes.
        site.pages["/gg/9.html"] = etagged(article(9))
        second = await audit(tmp_path, "a2", 3, "--rolling")
        assert second.code == 0, second.err
        summary, records, warned = gathered(tmp_path / "a2")
        with Bundle.open(tmp_path / "a1" / "bundle") as bundle:
            assert summary.earlier == bundle.header.audit
        assert (warned, summary.carried_pages > 5, summary.confirmed >= 3) == ([], True, True)
        assert records[f"http://{HOST}/gg/9.html"].carried is None
        assert "项本次未轮到" in second.out + second.err
        told = {one["subject"]: one for one in feed(tmp_path / "a2", "findings.jsonl")}
        assert told[dead]["state"] == "fixed"
        coverage = next(one for one in feed(tmp_path / "a2", "results.jsonl") if one["check"] == "broken_links")
        assert coverage["coverage"]["skipped"]["carried"] == coverage["metrics"]["carried"] > 5
        again = await mingcha("rejudge", "a2", cwd=tmp_path)
        assert again.code == 0, again.err
        assert (await mingcha("doctor", "--deep", cwd=tmp_path)).code == 0
        await falls_back(tmp_path, site)


async def falls_back(folder: Path, site: Site) -> None:
    """The bundle of the last audit is swept: a whole audit, one warning."""
    shutil.rmtree(folder / "a2" / "bundle")
    third = await audit(folder, "a3", 4, "--rolling")
    assert third.code == 0, third.err
    summary, records, warned = gathered(folder / "a3")
    assert len(warned) == 1
    assert (summary.earlier, summary.carried_pages, summary.unchanged) == ("", 0, 0)
    assert all(record.fetch.status != 304 for record in records.values())


@pytest.mark.parametrize(("words", "code"), [(("--fresh", "--rolling"), 1)])
async def test_what_takes_nothing_over_carries_nothing_over(words: tuple[str, ...], code: int, tmp_path: Path) -> None:
    targets(tmp_path, f"http://{HOST}/", {HOST: "127.0.0.1:9"})
    ran = await audit(tmp_path, "a1", 2, *words)
    assert ran.code == code
    assert "互相矛盾" in ran.err

"""Two portals that link to the same other sites: the second audit asks none that were good, and all that were not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from aiohttp import web

from crawler.net.requestlog import read_log
from tests.app.run import feed, mingcha
from tests.crawl.site import Page, small_portal
from tests.seen.recorder import listed, recording, targets

HOSTS = {"shilou": "www.shilou.gov.cn", "zhongyang": "www.zhongyang.gov.cn"}
OTHER = "http://www.elsewhere.cn"
GOOD = ("/out", "/out/picture.png", "/out/paper.pdf", "/out/2.html")
BAD = ("/missing.html", "/missing.png", "/broken.html", "/empty.pdf")
DOUBTFUL = ("/moved.html",)


def pages() -> dict[str, Page]:
    """Returns the small portal with links to another site."""
    made = small_portal()
    made["/out/2.html"] = "<html><head><title>外部</title></head><body><p>外部网站的另一个页面。</p></body></html>"
    made["/out/picture.png"] = web_png
    made["/out/paper.pdf"] = b"%PDF-1.4" + b"0" * 500
    made["/broken.html"] = lambda _: web.Response(status=500)
    made["/empty.pdf"] = b""
    made["/moved.html"] = lambda _: web.Response(status=301, headers={"Location": "/out/2.html?moved"})
    made["/out/2.html?moved"] = made["/out/2.html"]
    links = "".join(
        f"<img src='{OTHER}{path}'>" if path.endswith("png") else f"<a href='{OTHER}{path}'>链接{path}</a>"
        for path in (*GOOD, *BAD, *DOUBTFUL)
    )
    home = made["/"]
    assert isinstance(home, str)
    made["/"] = home.replace("</body>", f"<div>{links}</div></body>")
    return made


def web_png(_: web.Request) -> web.Response:
    """Answers with a picture."""
    return web.Response(body=b"\x89PNG\r\n\x1a\n" + b"0" * 64, content_type="image/png")


async def test_only_what_is_known_to_be_good_is_not_asked_again(tmp_path: Path) -> None:
    asked: dict[str, Counter[str]] = {}
    async with recording(pages()) as recorder:
        targets(tmp_path, recorder.port, HOSTS, rate="1000", concurrency="2")
        for name in HOSTS:
            recorder.asked.clear()
            words = ("--no-browser", "--out", name, "--requests", f"{name}.jsonl", "--as-of", "2026-03-02")
            ran = await mingcha("audit", name, *words, cwd=tmp_path)
            assert ran.code in {0, 3}, ran.err
            urls = [one.url for one in recorder.asked]
            asked[name] = Counter(url.removeprefix(OTHER) for url in urls if url.startswith(OTHER))
            assert listed(read_log(tmp_path / f"{name}.jsonl")).total() == len(urls)
    first, second = asked["shilou"], asked["zhongyang"]
    assert all(first[path] for path in (*GOOD, *BAD, *DOUBTFUL))
    assert {path: second[path] for path in GOOD} == dict.fromkeys(GOOD, 0)
    assert all(second[path] for path in (*BAD, *DOUBTFUL))
    found = {name: subjects(tmp_path / name) for name in HOSTS}
    assert found["shilou"] == found["zhongyang"] == {OTHER + path for path in BAD}
    assert measured(tmp_path / "shilou") == measured(tmp_path / "zhongyang")


def subjects(folder: Path) -> set[str]:
    """Returns the broken links to the other site an audit reported."""
    lines = feed(folder, "findings.jsonl")
    return {line["subject"] for line in lines if line["check"] == "broken_links" and line["subject"].startswith(OTHER)}


def measured(folder: Path) -> object:
    """Returns how many links an audit says it measured."""
    (line,) = (line for line in feed(folder, "results.jsonl") if line["check"] == "broken_links")
    return line["coverage"]["measured"]

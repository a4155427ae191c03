"""An audit that was partly shut out says so at its end, with what to change."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from tests.app.run import mingcha
from tests.crawl.site import Page, small_portal
from tests.seen.recorder import recording, targets


async def test_a_portal_that_shuts_out_a_column_is_told_at_the_end(tmp_path: Path) -> None:
    shut: dict[str, Page] = {path: lambda _: web.Response(status=403) for path in small_portal() if "/zcwj/" in path}
    async with recording(small_portal() | shut) as recorder:
        targets(tmp_path, recorder.port, {"one": "www.shilou.gov.cn"}, rate="1000", concurrency="4")
        ran = await mingcha("audit", "one", "--out", "out", "--no-browser", "--as-of", "2026-03-02", cwd=tmp_path)
    assert ran.code in {0, 3}, ran.err
    (hint,) = [line for line in ran.out.splitlines() if line.startswith("提示：本站地址中被拦截")]
    assert hint.endswith("（通常低于 2%）：请对方把本机地址加入白名单，或把 targets.toml 中该站点的 rate 调低")
    assert hint.removeprefix("提示：") in (tmp_path / "out" / "report.html").read_text("utf-8")

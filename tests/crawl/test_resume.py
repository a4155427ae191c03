"""An audit that is killed or interrupted goes on where it stood: real processes, real signals, a counting server."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from aiohttp import web

from portal.artifacts import GatherSummary, LinkRecord, PageRecord
from storage.bundle import Bundle
from tests.crawl.site import HOST, Site, article, serve, small_portal

ROOT = Path(__file__).resolve().parents[2]
STOPPER = "/tzgg/4.html"


async def start(folder: Path, site: Site) -> asyncio.subprocess.Process:
    """Returns the child gathering the site."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.crawl.child", str(folder), str(site.port), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )


async def finish(child: asyncio.subprocess.Process) -> str:
    """Returns what the child printed, after it ended."""
    out, _ = await child.communicate()
    return out.decode().strip()


async def test_a_killed_audit_resumes_without_asking_again_for_what_it_has(tmp_path: Path) -> None:
    folder = tmp_path / "b"
    async with serve(small_portal()) as site:
        child: asyncio.subprocess.Process | None = None

        async def kill(_: web.Request) -> str:
            assert child is not None
            child.send_signal(signal.SIGKILL)
            await child.wait()
            return article(4)

        site.pages[STOPPER] = kill
        child = await start(folder, site)
        await finish(child)
        assert child.returncode == -signal.SIGKILL
        with Bundle.open(folder) as bundle:
            done = {page.url for page in bundle.all(PageRecord)}
            verified = {link.url for link in bundle.all(LinkRecord) if link.attempts}
        assert len(done) >= 5
        assert f"http://{HOST}{STOPPER}" not in done

        site.pages[STOPPER] = article(4)
        first = len(site.requests)
        again = await start(folder, site)
        assert await finish(again) == "complete 44"
        second = {f"http://{HOST}{path}" for method, path in site.requests[first:] if path != "/robots.txt"}
        probes = {f"http://{HOST}/"}  # the host's probes ask for the home page
        assert (second - probes) & (done | verified) == set()
        pages = {path for path in site.pages if path.endswith((".html", "/")) and path != "/"}
        assert all(1 <= site.gets()[path] <= 2 for path in pages)
    with Bundle.open(folder) as bundle:
        assert bundle.count(PageRecord) == 44
        assert all(link.attempts or link.skipped for link in bundle.all(LinkRecord))
        counts = {link.url: link.count for link in bundle.all(LinkRecord)}
        assert counts[f"http://{HOST}/xwzx/"] == 9
        assert (summary := bundle.get(GatherSummary, "summary")) and summary.stopped_by == ""


async def test_ctrl_c_keeps_what_was_gathered_and_a_second_run_completes_it(tmp_path: Path) -> None:
    folder = tmp_path / "b"
    async with serve(small_portal()) as site:
        child: asyncio.subprocess.Process | None = None

        def interrupt(_: web.Request) -> str:
            assert child is not None
            child.send_signal(signal.SIGINT)
            return article(4)

        site.pages[STOPPER] = interrupt
        child = await start(folder, site)
        assert (await finish(child)).startswith("interrupted ")
        with Bundle.open(folder) as bundle:
            assert 5 <= bundle.count(PageRecord) < 44
            assert (summary := bundle.get(GatherSummary, "summary")) and summary.stopped_by == "interrupted"
            assert "crawl" not in bundle.stages()

        site.pages[STOPPER] = article(4)
        assert await finish(await start(folder, site)) == "complete 44"
        pages = {path for path in site.pages if path.endswith((".html", "/")) and path != "/"}
        assert {path: site.gets()[path] for path in pages if site.gets()[path] != 1} == {}

"""`mingcha probe` as people run it: a process of its own, against servers on loopback."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import update

from portal.artifacts import FetchOutcome, ProbeSeen
from portal.zone import CHINA
from storage.database import open_database, writing
from storage.models import ProbeRow
from storage.probes import Probe, keep
from tests.app.run import ROOT, feed, mingcha
from tests.net.servers import AwkwardServer, dead_port, silent_port
from tests.probe.rows import kept, rows

HOSTS = {name: f"www.{name}.gov.cn" for name in ("good", "dead", "slow")}


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[AwkwardServer]:
    """Yields a server of one portal beside one nobody serves and one that never answers, with their targets.toml."""
    async with AwkwardServer() as server, dead_port() as dead, silent_port() as silent:
        ends = {"good": server.endpoint, "dead": f"127.0.0.2:{dead}", "slow": f"127.0.0.1:{silent.port}"}
        portals = "".join(
            f'[[portal]]\nid = "{name}"\nhome = "http://{host}/ok"\nrate = 100\n' for name, host in HOSTS.items()
        )
        hosts = ", ".join(f'"{host}" = ["{ends[name]}"]' for name, host in HOSTS.items())
        (folder / "targets.toml").write_text(f"{portals}[network]\nsealed = true\nhosts = {{ {hosts} }}\n", "utf-8")
        yield server


async def test_once_asks_each_portal_and_an_audit_takes_it_along(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ran = await mingcha("probe", "--once", "--limit", "1", cwd=tmp_path)
        assert ran.code == 0, ran.err
        assert kept(tmp_path) == {"good": ["ok"], "dead": ["refused"], "slow": ["timeout"]}
        assert "dead  拒绝连接（0.0秒）" in ran.out
        assert ran.out.splitlines()[-1].startswith("探测 3 次，正常 1，未能打开 2（")
        again = await mingcha("probe", "good", "--once", "--vantage", "电信", cwd=tmp_path)
        assert (again.code, again.out) == (0, "探测 1 次，正常 1，未能打开 0\n")
        assert len(server.asked()) == 2
        audit = await mingcha("audit", "good", "--no-browser", "--out", "out", "--only", "reachability", cwd=tmp_path)
    assert audit.code == 0, audit.err
    (one,) = feed(tmp_path / "out", "results.jsonl")
    assert (one["check"], one["reason"], one["metrics"]["days"]) == ("reachability", "short_series", 0)
    ((sheet,),) = rows(tmp_path, "SELECT sheet_rows FROM result WHERE check_id = 'reachability'")
    assert [row["vantage"] for row in json.loads(sheet)] == ["本机、电信"]


@asynccontextmanager
async def probing(folder: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, asyncio.StreamReader]]:
    """Yields `mingcha probe` that has begun, and what it says from there."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mingcha", "probe"),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        assert (await process.stdout.readline()).decode() == "开始监测：3 个网站\n"
        yield process, process.stdout
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_it_stops_when_asked_goes_on_after_a_kill_and_works_alone(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        async with probing(tmp_path) as (first, said):
            assert "dead  拒绝连接" in (await said.readline()).decode()  # the first that is told of is kept by then
            second = await mingcha("probe", "--once", cwd=tmp_path)
            assert second.code == 2
            assert "已有可用性监测在运行" in second.err
            first.send_signal(signal.SIGKILL)
            await first.wait()
        before = kept(tmp_path)
        async with probing(tmp_path) as (third, said):
            third.send_signal(signal.SIGTERM)
            assert (await said.read()).decode().splitlines()[-1].startswith("探测 ")
            assert await third.wait() == 0
        ran = await mingcha("probe", "--once", "--limit", "1", cwd=tmp_path)
        after = kept(tmp_path)
        assert ran.code == 0
        assert before["dead"] == ["refused"]
        assert {portal: len(outcomes) for portal, outcomes in after.items()} == dict.fromkeys(HOSTS, 1)
        assert len(server.asked()) <= 2  # one may have been under way when it was killed


async def test_a_wrong_word_is_one_sentence(tmp_path: Path) -> None:
    ran = await mingcha("probe", cwd=tmp_path)
    assert (ran.code, ran.err) == (
        1,
        "mingcha: 当前目录没有targets.toml：请先编写（见docs/targets.md），或用--targets指明\n",
    )
    (tmp_path / "targets.toml").write_text(
        '[[portal]]\nid = "a"\nhome = "http://a.cn/"\nprobes_per_day = 12\n', "utf-8"
    )
    ran = await mingcha("probe", "--once", cwd=tmp_path)
    assert (ran.code, "probes_per_day须为20至288之间的整数，现为12" in ran.err) == (1, True)


async def test_probing_loads_no_crawler_no_browser_and_no_reports(tmp_path: Path) -> None:
    async with serving(tmp_path):
        look = (
            "import sys, json, runpy; sys.argv = ['mingcha', 'probe', 'good', '--once']\n"
            "try: runpy.run_module('mingcha', run_name='__main__')\n"
            "except SystemExit: print(json.dumps(sorted(sys.modules)))"
        )
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", look),
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
    loaded = set(json.loads(out.decode().splitlines()[-1]))
    assert "crawler.probe.reach" in loaded
    assert not loaded & {"scrapy", "playwright", "twisted", "aiohttp", "xlsxwriter", "docx", "reports", "mingcha.audit"}


async def test_a_recheck_reads_the_probes_anew(tmp_path: Path) -> None:
    """The finding stays while the week that is read holds the outage, and closes when it does not."""
    (tmp_path / "mingcha-data").mkdir()
    engine = open_database(tmp_path / "mingcha-data" / "mingcha.sqlite")
    today = dt.datetime.now(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)

    def probed(days: range, outcome: FetchOutcome) -> None:
        times = [today - dt.timedelta(days=back) + dt.timedelta(hours=hour) for back in days for hour in range(24)]
        keep(engine, [Probe("good", at, "x", ProbeSeen(at, 0, outcome, 1.0, vantage="本机")) for at in times])

    try:
        probed(range(3, 8), FetchOutcome.OK)
        probed(range(2, 3), FetchOutcome.TIMEOUT)
        probed(range(1, 2), FetchOutcome.OK)
        async with serving(tmp_path):
            words = ("audit", "good", "--no-browser", "--out", "out", "--only", "reachability")
            assert (await mingcha(*words, cwd=tmp_path)).code == 0
            (found,) = feed(tmp_path / "out", "findings.jsonl")
            assert (found["kind"], found["state"], found["facts"]["share"]) == ("site_unreachable", "open", "14.29%")
            kept = await mingcha("recheck", "good", "--no-browser", cwd=tmp_path)
            assert (kept.code, "仍存在" in kept.out) == (0, True)
            with writing(engine) as session:  # as if nothing had been wrong: the week is read anew
                session.execute(update(ProbeRow).values(outcome="ok"))
            closed = await mingcha("recheck", "good", "--no-browser", cwd=tmp_path)
            assert (closed.code, "已整改，予以关闭" in closed.out) == (0, True), closed.out + closed.err
    finally:
        engine.dispose()

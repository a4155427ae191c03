"""Portals that cannot be audited, or only in part: the right exit code, a reason, and no accusation."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from checks.registry import all_checks
from tests.app.run import ROOT, feed, mingcha, targets
from tests.net.servers import AwkwardServer, dead_port

HOME = "http://www.one.gov.cn"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/status/500", "unreachable"),
        ("/status/404", "unreachable"),
        ("/status/403", "blocked"),
        ("/loop", "unreachable"),
        ("/drop", "unreachable"),
        ("/endless-headers", "unreachable"),
        ("/garbage", "unreachable"),
        ("/to/http://www.elsewhere.com/", "moved"),
    ],
)
async def test_a_home_page_that_is_not_there_accuses_nobody(path: str, reason: str, tmp_path: Path) -> None:
    async with AwkwardServer() as server:
        hosts = {"www.one.gov.cn": server.endpoint, "www.elsewhere.com": server.endpoint}
        targets(tmp_path, HOME + path, hosts)
        ran = await mingcha("audit", "one", "--out", "out", "--no-browser", "--spacing", "0", cwd=tmp_path)
    assert ran.code == 2, ran.err + ran.out
    assert feed(tmp_path / "out", "findings.jsonl") == []
    results = {result["check"]: result for result in feed(tmp_path / "out", "results.jsonl")}
    assert results["broken_links"]["outcome"] == "not_measured"
    assert results["broken_links"]["reason"] == reason
    assert (tmp_path / "out" / "report.html").exists()


@pytest.mark.parametrize("path", ["/endless", "/bomb", "/bad-encoding", "/partial"])
async def test_hostile_bytes_end_in_an_audit_of_what_could_be_read(path: str, tmp_path: Path) -> None:
    async with AwkwardServer() as server:
        targets(tmp_path, HOME + path, {"www.one.gov.cn": server.endpoint})
        ran = await mingcha("audit", "one", "--out", "out", "--no-browser", "--spacing", "0", cwd=tmp_path)
    assert ran.code in {0, 2, 3}, ran.err
    assert "Traceback" not in ran.err
    assert len(feed(tmp_path / "out", "results.jsonl")) == len(all_checks())


async def test_a_host_nobody_answers_on_is_unreachable(tmp_path: Path) -> None:
    async with dead_port() as port:
        targets(tmp_path, HOME + "/", {"www.one.gov.cn": f"127.0.0.1:{port}"})
        ran = await mingcha("audit", "one", "--out", "out", "--no-browser", "--spacing", "0", cwd=tmp_path)
    assert ran.code == 2
    assert "无法打开" in ran.out


async def test_an_interrupted_audit_keeps_what_it_has_and_goes_on_later(tmp_path: Path) -> None:
    async with AwkwardServer(pause=0.3) as server:
        targets(tmp_path, HOME + "/slow-page", {"www.one.gov.cn": server.endpoint})
        words = ("audit", "one", "--out", "out", "--no-browser")
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "mingcha", *words),
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        while not server.asked("/slow-page"):
            assert process.returncode is None
            await asyncio.sleep(0)
        process.send_signal(signal.SIGINT)
        _, err = await process.communicate()
        assert process.returncode in {2, 3}, err.decode()
        assert "Traceback" not in err.decode()
        again = await mingcha(*words, cwd=tmp_path)
        assert again.code == 0, again.err
        third = await mingcha(*words, cwd=tmp_path)
        assert third.code == 1
        assert "中是已完成的核查" in third.err


async def test_a_read_only_database_keeps_the_bundle_and_says_how_to_go_on(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        database = "sqlite:////proc/mingcha.sqlite"  # root may write everywhere but there
    else:
        (tmp_path / "locked").mkdir(mode=0o500)
        database = f"sqlite:///{tmp_path}/locked/mingcha.sqlite"
    async with AwkwardServer() as server:
        targets(tmp_path, HOME + "/ok", {"www.one.gov.cn": server.endpoint})
        ran = await mingcha("audit", "one", "--db", database, "--out", "out", "--no-browser", cwd=tmp_path)
    assert ran.code == 2
    assert "mingcha.sqlite" in ran.err
    assert "Traceback" not in ran.err


async def test_judging_again_gives_the_same_and_asks_nobody(tmp_path: Path) -> None:
    async with AwkwardServer() as server:
        targets(tmp_path, HOME + "/ok", {"www.one.gov.cn": server.endpoint})
        assert (await mingcha("audit", "one", "--out", "out", "--no-browser", cwd=tmp_path)).code == 0
    before = feed(tmp_path / "out", "results.jsonl")
    ran = await mingcha("rejudge", "out", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert feed(tmp_path / "out", "results.jsonl") == before
    for words in (
        ("ledger",),
        ("ledger", "--format", "csv"),
        ("findings",),
        ("results",),
        ("report", "--portal", "one"),
    ):
        exported = await mingcha("export", *words, cwd=tmp_path)
        assert exported.code == 0, exported.err
        assert (tmp_path / exported.out.strip()).is_file()

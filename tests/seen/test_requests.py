"""`mingcha audit --requests`: what it lists is what the server was asked, one to one, the browser's requests too."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from pathlib import Path

from crawler.browser.browsers import Found, find_browser
from crawler.net.requestlog import RequestLog, read_log
from portal.artifacts import FetchOutcome
from tests.app.run import ROOT, feed, mingcha
from tests.crawl.site import small_portal
from tests.seen.conftest import HOST, Audited
from tests.seen.recorder import listed, recording, targets


async def test_log_and_server_agree_one_to_one(audited: Audited) -> None:
    assert listed(audited.lines) == audited.recorder.counts()
    assert len(audited.lines) > 60
    if isinstance(await find_browser(), Found):
        assert {line.via for line in audited.lines} >= {"get", "head", "range", "get4", "browser"}
    else:
        assert {line.via for line in audited.lines} >= {"get", "head", "range", "get4"}


def test_times_are_those_of_the_server(audited: Audited) -> None:
    """Each request reached the server after it is said to have begun, and before it is said to be over."""
    came: dict[tuple[str, str], list[float]] = {}
    for asked in audited.recorder.asked:
        came.setdefault((asked.method, asked.url), []).append(asked.at)
    for line in sorted((line for line in audited.lines if line.method != "TLS"), key=lambda line: line.at):
        at = came[line.method, line.url].pop(0)
        if line.via != "browser":  # whose own word comes through two processes
            assert line.at.timestamp() <= at <= line.at.timestamp() + line.seconds + 1e-6


def test_a_line_says_what_for_and_to_whom(audited: Audited) -> None:
    purposes = Counter(line.purpose for line in audited.lines)
    assert purposes["robots"] == 1
    assert min(purposes[name] for name in ("page", "home", "link", "probe")) > 0
    assert {line.group for line in audited.lines} == {"lvliang"}  # the site beside it is on the same platform
    assert {line.address for line in audited.lines} == {"127.0.0.1"}
    assert {line.portal for line in audited.lines} == {"shilou"}
    handshakes = [line for line in audited.lines if line.method == "TLS"]
    assert {(line.url, line.purpose, line.outcome) for line in handshakes} == {
        (f"https://{HOST}/", "certificate", FetchOutcome.TLS)
    }
    (audit,) = {line.audit for line in audited.lines}
    assert audit.startswith("shilou-")
    gone = next(line for line in audited.lines if line.url.endswith("/gone.html"))
    assert (gone.status, gone.outcome, gone.method) == (404, FetchOutcome.NOT_FOUND, "GET")
    assert all(line.bytes > 0 for line in audited.lines if line.via == "get")


async def test_it_survives_a_kill_and_goes_on(tmp_path: Path) -> None:
    """Killed, the log lacks only what was under way; gone on with, it is added to."""
    async with recording(small_portal()) as recorder:
        targets(tmp_path, recorder.port, {"shilou": HOST}, rate="200", concurrency="2")
        words = ("audit", "shilou", "--requests", "r.jsonl", "--out", "out", "--as-of", "2026-03-02", "--no-browser")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "mingcha", *words, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
            start_new_session=True, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        await recorder.until(25)
        for pid in _children(process.pid):
            os.kill(pid, signal.SIGKILL)
        await process.wait()
        first = (tmp_path / "r.jsonl").read_bytes()
        missing = recorder.counts() - listed(read_log(tmp_path / "r.jsonl"))
        assert missing.total() <= 2
        ran = await mingcha(*words, cwd=tmp_path)
        assert ran.code in {0, 3}, ran.err
        assert (tmp_path / "r.jsonl").read_bytes().startswith(first)
        lines = read_log(tmp_path / "r.jsonl")
        assert recorder.counts() - listed(lines) == missing
        assert listed(lines) - recorder.counts() == Counter()
        assert len({line.audit for line in lines}) == 1


def test_without_it_nothing_is_written(tmp_path: Path, audited: Audited) -> None:
    assert "requests" not in {path.stem for path in (audited.folder / "out").rglob("*")}
    assert feed(audited.folder / "out", "findings.jsonl")


def test_a_line_cut_short_is_closed_before_the_next(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(b'{"at":"2026-')
    log = RequestLog(path, audit="a", portal="p")
    _note(log)
    log.close()
    _note(log)  # closed: nothing more is written, nothing raised
    assert [line.url for line in read_log(path)] == ["http://a.gov.cn/"]


def test_a_disk_that_refuses_is_no_reason_to_stop(tmp_path: Path) -> None:
    log = RequestLog(tmp_path)  # a folder
    _note(log)
    full = RequestLog(Path("/dev/full"))
    _note(full)
    _note(full)


def _note(log: RequestLog) -> None:
    import datetime as dt

    at = dt.datetime(2026, 11, 28, 9, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    log.note(at, 0.25, method="GET", url="http://a.gov.cn/", purpose="page", group="g", outcome=FetchOutcome.OK)


def _children(pid: int) -> list[int]:
    """Returns a process's children, and the process itself last."""
    words = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [*map(int, words), pid]

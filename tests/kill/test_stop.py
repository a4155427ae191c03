"""SIGTERM, Ctrl-C and a closed terminal stop an audit within seconds, keep everything and say how to go on."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

from storage.bundle import Bundle
from tests.kill.audit import ROOT, Audit, Server, children_of, gone
from tests.kill.trial import NUMBERS, Reference, comparable, differences, stored

GO_ON = "继续核查请运行："
SECONDS = 15.0  # that stopping may take here: machines of a CI are slow, and everything may run at once
SILENT = 40  # the request from which on the portal answers nothing


async def at_request(audit: Audit, number: int, *, silent: bool = False) -> asyncio.subprocess.Process:
    """Returns an audit that has just sent its n-th request."""
    reached = asyncio.Event()
    audit.server.begin(lambda count: reached.set() if count == number else None, silent_from=SILENT if silent else 0)
    process = await audit.start()
    await reached.wait()
    return process


async def ended(process: asyncio.subprocess.Process) -> tuple[int, str, str]:
    """Returns how a process ended, within seconds."""
    async with asyncio.timeout(SECONDS):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def go_on(audit: Audit, said: str) -> None:
    """Runs the very command line that was printed."""
    line = next(line for line in said.splitlines() if line.startswith(GO_ON)).removeprefix(GO_ON)
    audit.server.begin()
    shell = await asyncio.create_subprocess_shell(
        line,
        cwd=audit.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await shell.communicate()
    assert GO_ON not in out.decode(), err.decode()


def same(audit: Audit, reference: Reference) -> None:
    """Holds when the audit found what the undisturbed one found; numbers were given to what was seen first."""
    found = comparable(audit.out / "findings.jsonl")
    assert differences("findings", found, reference.findings, NUMBERS) == []


async def test_a_signal_stops_an_audit_of_a_portal_that_hangs_and_the_line_it_prints_ends_it(
    server: Server, reference: Reference, tmp_path: Path
) -> None:
    audit = Audit(tmp_path, server, keys={"concurrency": 3})
    process = await at_request(audit, SILENT, silent=True)
    children = children_of(process.pid)
    process.send_signal(signal.SIGTERM)
    code, out, err = await ended(process)
    assert (code, "正在停止" in err, "Traceback" in err) == (3, True, False), err
    await gone(children)
    assert len(stored(audit)) > SILENT // 2
    await go_on(audit, out)
    same(audit, reference)


async def test_a_second_signal_ends_at_once_and_loses_nothing_that_was_stored(
    server: Server, reference: Reference, tmp_path: Path
) -> None:
    audit = Audit(tmp_path, server)
    process = await at_request(audit, SILENT, silent=True)
    children = children_of(process.pid)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    heard = await process.stderr.readuntil("正在停止".encode())
    process.send_signal(signal.SIGTERM)
    code, out, err = await ended(process)
    assert (code, out) == (130, ""), heard
    await gone(children)
    assert not (audit.out / "findings.jsonl").exists()
    await go_on(audit, err)
    assert comparable(audit.out / "findings.jsonl") == reference.findings  # nothing was committed in between


async def test_whoever_stops_all_processes_of_a_service_stops_it_once(
    server: Server, reference: Reference, tmp_path: Path
) -> None:
    audit = Audit(tmp_path, server)
    process = await at_request(audit, SILENT)
    for pid in [*children_of(process.pid), process.pid]:
        os.kill(pid, signal.SIGTERM)
    code, out, err = await ended(process)
    assert code == 3, err
    with Bundle.open(audit.out / "bundle", write=False) as bundle:
        assert bundle.noted("so_far")["pages"] > 10  # it was flushed in good order, long before a batch was full
    await go_on(audit, out)
    same(audit, reference)


async def test_a_signal_during_the_second_look_leaves_the_audit_open(
    server: Server, reference: Reference, tmp_path: Path
) -> None:
    audit = Audit(tmp_path, server, options=("--no-browser", "--confirm", "now", "--spacing", "1"))
    server.begin()
    process = await audit.start()
    assert process.stderr is not None
    await process.stderr.readuntil("复核疑似问题".encode())
    process.send_signal(signal.SIGTERM)
    code, out, err = await ended(process)
    assert code == 3, err
    await go_on(audit, out)
    assert len(comparable(audit.out / "findings.jsonl")) == len(reference.findings)
    said = [json.loads(line) for line in (audit.out / "results.jsonl").read_text("utf-8").splitlines()]
    assert not any(result["degraded"] for result in said)


async def test_a_signal_while_the_reports_are_written_says_how_to_go_on(
    server: Server, reference: Reference, tmp_path: Path
) -> None:
    audit = Audit(tmp_path, server)
    server.begin()
    middle = f"parent:write:{reference.calls['write'] // 2}"
    code, out, err = await audit.run(MINGCHA_KILL=middle, MINGCHA_SIGNAL="SIGTERM")
    assert (code, out, "Traceback" in err) == (130, "", False), err
    await go_on(audit, err)
    assert comparable(audit.out / "findings.jsonl") == reference.findings


async def test_a_closed_terminal_is_a_signal_and_the_line_names_the_folder_that_was_not_named(
    server: Server, tmp_path: Path
) -> None:
    audit = Audit(tmp_path, server)
    reached = asyncio.Event()
    server.begin(lambda count: reached.set() if count == SILENT else None)
    process = await audit.start("audit", "shilou", "--as-of", "2026-03-02", "--no-browser")
    await reached.wait()
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGHUP)  # from the shell, and from the kernel
    code, out, err = await ended(process)
    assert code == 3, err
    (folder,) = (tmp_path / "mingcha-data" / "audits").iterdir()
    assert f"--no-browser --out mingcha-data/audits/{folder.name}" in out

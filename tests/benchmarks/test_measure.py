"""Measuring: CPU and memory of children and orphans count, what takes too long ends, logs and lists are scored."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from benchmarks.measure import run, score, traffic
from benchmarks.plan import Truth

BURN = "import time\nend = time.process_time() + {}\nwhile time.process_time() < end: pass\n"
HOLD = "held = bytearray(40 * 2**20)\nprint('held', flush=True)\nimport time\ntime.sleep({})\n"

TRUTH = Truth(
    home="http://127.0.0.1:80/",
    pages=["http://127.0.0.1:80/", "http://127.0.0.1:80/a/", "http://127.0.0.1:80/b.html"],
    good={},
    broken={
        "http://127.0.0.1:80/go/dead": "redirect-to-404",
        "http://127.0.0.1:80/%E9%99%84.doc": "404-file",
        "http://127.0.0.2:80/x/index.html": "404-external",
        "http://127.0.0.3:80/y": "refused",
    },
    aliases={"http://127.0.0.1:80/gone.html": "http://127.0.0.1:80/go/dead"},
)


def python(code: str) -> list[str]:
    """Returns the command that runs some Python."""
    return [sys.executable, "-S", "-c", code]


def children(code: str, count: int) -> str:
    """Returns Python that runs some Python in several children at once and waits for them."""
    start = f"subprocess.Popen([sys.executable, '-S', '-c', {code!r}])"
    return f"import subprocess, sys\nfor one in [{start} for _ in range({count})]: one.wait()\n"


def test_cpu_of_grandchildren_counts(workplace: Path) -> None:
    cost = run(python(children(children(BURN.format(0.25), 2), 1)), folder=workplace)
    assert 0.5 <= cost.cpu_s < 1.5
    assert (cost.exit_code, cost.timed_out) == (0, False)


def test_cpu_of_an_orphan_counts_and_it_is_ended(workplace: Path) -> None:
    orphan = BURN.format(0.3) + "print('burnt', flush=True)\ntime.sleep(60)\n"
    code = (
        f"import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-S', '-c', {orphan!r}], "
        "start_new_session=True)\nwhile 'burnt' not in open('stdout').read(): time.sleep(0.02)\n"
    )
    start = time.monotonic()
    cost = run(python(code), folder=workplace)
    assert cost.cpu_s >= 0.3
    assert time.monotonic() - start < 30


def test_memory_is_the_sum_over_the_tree(workplace: Path) -> None:
    alone = run(python(HOLD.format(0.5)), folder=workplace)
    start = f"subprocess.Popen([sys.executable, '-S', '-c', {HOLD.format(60)!r}], stdout=subprocess.PIPE)"
    code = (
        f"import subprocess, sys, time\nthree = [{start} for _ in range(3)]\nfor one in three: one.stdout.readline()\n"
        "time.sleep(0.5)\nfor one in three: one.kill()\n"
    )
    three = run(python(code), folder=workplace)
    assert 40 < alone.peak_mb < 70
    assert 120 < three.peak_mb < 180


def test_a_run_that_takes_too_long_is_ended_with_its_children(workplace: Path) -> None:
    code = children("import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)\n", 1)
    cost = run(python(code), folder=workplace, limit=1.0)
    assert (cost.exit_code, cost.timed_out) == (-signal.SIGKILL, True)
    assert cost.wall_s < 20
    with pytest.raises(ProcessLookupError):
        os.kill(int((workplace / "stdout").read_text()), 0)


def test_output_variables_and_exit_code_are_kept(workplace: Path) -> None:
    code = "import os, sys\nprint(os.environ['SAID'])\nprint('no', file=sys.stderr)\nsys.exit(3)\n"
    assert run(python(code), folder=workplace, environ={"SAID": "yes"}).exit_code == 3
    assert ((workplace / "stdout").read_text(), (workplace / "stderr").read_text()) == ("yes\n", "no\n")


def test_other_children_are_left_alone(workplace: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run(["/nowhere/at/all"], folder=workplace)
    import subprocess

    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        run(python("pass"), folder=workplace)
        assert other.poll() is None
        other.communicate(b"\n")


def test_the_log_tells_requests_addresses_and_pages() -> None:
    log = [
        "GET 200 127.0.0.1 /",
        "HEAD 200 127.0.0.1 /a/",
        "GET 200 127.0.0.1 /a/index.html",
        "GET 200 127.0.0.1 /a/index.html",
        "GET 404 127.0.0.1 /b.html",
        "GET 200 127.0.0.2 /b.html",
        "GET 404 127.0.0.1 /\\xE9\\x99\\x84.doc",
        "GET 404 127.0.0.1 /%E9%99%84.doc",
        "nonsense",
    ]
    seen = traffic(log, TRUTH)
    assert (seen.requests, seen.addresses, seen.pages) == (8, 6, 2)
    assert seen.per_address == pytest.approx(8 / 6)
    assert traffic([], TRUTH).per_address == 0


def test_recall_and_precision_count_the_broken_addresses() -> None:
    found = [
        "http://127.0.0.1:80/gone.html",  # where a dead redirect leads stands for it
        "http://127.0.0.1:80/go/dead",
        "http://127.0.0.1:80/附.doc",
        "http://127.0.0.2:80/x/",
        "http://127.0.0.1:80/never/3",
        "mailto:somebody@127.0.0.1",
    ]
    scored = score(found, TRUTH)
    assert (scored.recall, scored.precision) == (0.75, 0.75)
    assert (scored.missed, scored.false) == ({"refused": 1}, ("http://127.0.0.1:80/never/3",))
    assert score([], TRUTH).precision is None

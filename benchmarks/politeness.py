"""Is the pace kept? Audits side by side on one platform, judged by their log of requests and by the server's.

    python -m benchmarks.politeness                          three audits at once, printed as a table
    python -m benchmarks.politeness --rate 5 --no-browser
    python -m benchmarks.politeness --apart                  each into a database of its own: nothing is shared
    python -m benchmarks.politeness --log requests.jsonl     figures of the log of any audit (mingcha audit --requests)

A group keeps its pace when its admitted starts are at least 1/rate apart and no more than `concurrency` of them are
under way at once. Requests a page made in the browser are counted apart: they follow their page as the browser sends
them and are paid for afterwards, so of them the mean rate is told.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from aiohttp import web

from crawler.net.requestlog import RequestLine, read_log

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("甲县", "乙县", "丙县", "丁县", "戊县", "己县")
PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one politeness group, in seconds and per second; `smallest_gap` and `in_flight` are of admitted requests."""

    group: str
    requests: int
    by_pages: int  # sent by pages in the browser, not admitted one by one
    seconds: float  # from the first start to the last
    rate: float  # mean, everything together
    smallest_gap: float
    in_flight: int
    in_flight_with_pages: int


def figures(lines: Sequence[RequestLine]) -> list[Figures]:
    """Returns the figures of every group in a log, the group with the most requests first."""
    groups: dict[str, list[RequestLine]] = {}
    for line in lines:
        groups.setdefault(line.group, []).append(line)
    return sorted((_of(name, members) for name, members in groups.items()), key=lambda one: -one.requests)


def _of(group: str, lines: list[RequestLine]) -> Figures:
    starts = sorted(line.at.timestamp() for line in lines)
    admitted = [line for line in lines if line.via != "browser"]
    times = sorted(line.at.timestamp() for line in admitted)
    seconds = starts[-1] - starts[0]
    return Figures(
        group,
        len(lines),
        len(lines) - len(admitted),
        seconds,
        (len(lines) - 1) / seconds if seconds else 0.0,
        min((later - earlier for earlier, later in pairwise(times)), default=float("inf")),
        most_at_once([(line.at.timestamp(), line.at.timestamp() + line.seconds) for line in admitted]),
        most_at_once([(line.at.timestamp(), line.at.timestamp() + line.seconds) for line in lines]),
    )


def most_at_once(spans: Sequence[tuple[float, float]]) -> int:
    """Returns how many of (begin, end) overlap at most; one that ends as another begins does not overlap it."""
    most = now = 0
    for _, step in sorted([(begin, 1) for begin, _ in spans] + [(end, -1) for _, end in spans]):
        now += step
        most = max(most, now)
    return most


@dataclass(slots=True)
class Platform:
    """A server of several small portals that notes (begin, end) of every request; `delay` is what an answer takes.

    It asks once to be left alone for some seconds: at that number of a request (0: never).
    """

    delay: float
    refuse: tuple[int, int] = (0, 0)  # (number of the request, seconds)
    spans: list[tuple[float, float]] = field(default_factory=list)
    refused: float = 0.0  # when

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answers with a home page, a column, an article, a script or 404."""
        begin = time.time()
        number, seconds = self.refuse
        if number and not self.refused and len(self.spans) + 1 >= number:
            self.refused = time.time()
            self.spans.append((begin, self.refused))
            return web.Response(status=429, text="429", headers={"Retry-After": str(seconds)})
        await asyncio.sleep(self.delay)
        text = page(request.path)
        kind = "text/javascript" if request.path.endswith(".js") else "text/html"
        self.spans.append((begin, time.time()))
        return web.Response(text=text, content_type=kind) if text else web.Response(status=404, text="404")


def page(path: str) -> str:
    """Returns a page of the made-up portals, "" for an address they do not have."""
    words = path.strip("/").split("/")
    columns = "".join(f"<li><a href='/c{n}/'>栏目{n}</a></li>" for n in range(4))
    head = "<meta charset=utf-8><script src=/site.js></script><script src=/menu.js></script>"
    if path in ("/site.js", "/menu.js"):
        return "1"
    if path == "/":
        return (
            f"<html><head><title>首页</title>{head}</head><body><div class=nav><ul>{columns}</ul></div></body></html>"
        )
    if len(words) == 1 and words[0][:1] == "c" and words[0][1:] in "0123":
        items = "".join(
            f"<li><a href='/{words[0]}/{n}.html'>关于第{n}号重点工作的通知</a><span>2026-03-0{n}</span></li>"
            for n in range(1, 9)
        )
        return f"<html><head><title>{words[0]}</title>{head}</head><body><ul class=news>{items}</ul></body></html>"
    if len(words) == 2 and words[1].endswith(".html") and words[1][:-5] in "12345678":
        text = "为做好重点工作，现将有关事项通知如下，请各有关单位认真抓好落实。" * 10
        return f"<html><head><title>通知</title></head><body><h1>通知</h1><div class=content>{text}</div></body></html>"
    return ""


@dataclass(frozen=True, slots=True)
class Measured:
    """What audits side by side came to: exit codes, their log, and what the server noted."""

    codes: list[int]
    lines: list[RequestLine]
    spans: list[tuple[float, float]]
    refused: float = 0.0  # when the server asked to be left alone


async def measure(
    folder: Path,
    *,
    portals: int,
    rate: float,
    concurrency: int,
    delay: float = 0.0,
    browser: bool = False,
    apart: bool = False,
    refuse: tuple[int, int] = (0, 0),
) -> Measured:
    """Audits that many portals of one platform at once, each by a `mingcha audit` of its own, into one database.

    `apart` gives each a database of its own, and so a pace of its own.
    """
    platform = Platform(delay, refuse)
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", platform.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        targets = folder / "targets.toml"
        targets.write_text(_targets(portals, runner.addresses[0][1], rate, concurrency), "utf-8")
        log = folder / "requests.jsonl"
        codes = await asyncio.gather(*(_audit(folder, f"p{n}", log, browser, apart) for n in range(portals)))
    finally:
        await runner.cleanup()
    return Measured(list(codes), read_log(log), platform.spans, platform.refused)


def _targets(portals: int, port: int, rate: float, concurrency: int) -> str:
    hosts = ", ".join(f'"www.p{n}.gov.cn" = ["127.0.0.1:{port}"]' for n in range(portals))
    entries = "".join(
        f'[[portal]]\nid = "p{n}"\nname = "{NAMES[n % len(NAMES)]}"\nhome = "http://www.p{n}.gov.cn/"\n'
        for n in range(portals)
    )
    defaults = f'group = "{PLATFORM}"\nrate = {rate}\nconcurrency = {concurrency}\n'
    return f"[network]\nsealed = true\nhosts = {{ {hosts} }}\n[defaults]\n{defaults}{entries}"


async def _audit(folder: Path, portal: str, log: Path, browser: bool, apart: bool) -> int:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mingcha", "audit", portal, "--out", portal, "--requests", str(log)),
        *("--as-of", "2026-03-10", "--browser" if browser else "--no-browser"),
        *("--db", f"{portal}-db/results.sqlite" if apart else "db/results.sqlite"),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    return await process.wait()


def table(found: Sequence[Figures]) -> str:
    """Returns the figures as a Markdown table."""
    rows = [
        "| group | requests | of pages in a browser | seconds | requests/s | smallest gap of admitted starts, s "
        "| admitted in flight at most | with pages' own |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    rows += [
        f"| {one.group} | {one.requests} | {one.by_pages} | {one.seconds:.1f} | {one.rate:.2f} "
        f"| {one.smallest_gap:.4f} | {one.in_flight} | {one.in_flight_with_pages} |"
        for one in found
    ]
    return "\n".join(rows)


def main(words: list[str]) -> int:
    """Prints the figures. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.politeness", description=__doc__)
    parser.add_argument("--log", type=Path, help="log of requests to judge, instead of making one")
    parser.add_argument("--portals", type=int, default=3)
    parser.add_argument("--rate", type=float, default=10.0, help="requests per second of the platform")
    parser.add_argument("--concurrency", type=int, default=1)
    parser.add_argument("--delay", type=float, default=0.02, help="seconds the server takes to answer")
    parser.add_argument("--browser", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--apart", action="store_true", help="a database for each audit: nothing is shared")
    chosen = parser.parse_args(words)
    if chosen.log:
        print(table(figures(read_log(chosen.log))))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        measured = asyncio.run(
            measure(
                Path(folder),
                portals=chosen.portals,
                rate=chosen.rate,
                concurrency=chosen.concurrency,
                delay=chosen.delay,
                browser=chosen.browser,
                apart=chosen.apart,
            )
        )
    begins = sorted(begin for begin, _ in measured.spans)
    seconds = begins[-1] - begins[0]
    print(f"{chosen.portals} audits at once of one platform, rate {chosen.rate:g}/s (a start every", end=" ")
    print(f"{1 / chosen.rate:.4f} s), concurrency {chosen.concurrency}; exit codes {measured.codes}\n")
    print(table(figures(measured.lines)))
    print(f"\nthe server: {len(begins)} requests in {seconds:.1f} s, {(len(begins) - 1) / seconds:.2f}/s,", end=" ")
    print(f"at most {most_at_once(measured.spans)} in flight; the log: {len(measured.lines)} requests")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m tests.portal.serve`: the sample portal on loopback until it is interrupted."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import os
import signal
import sys
import threading
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.portal import build, serve


def main(argv: list[str] | None = None) -> int:
    """Returns the exit code: 0 after an interruption, 1 when the port is taken or the file cannot be written."""
    parser = argparse.ArgumentParser(prog="python -m tests.portal.serve", description=__doc__)
    parser.add_argument("--as-of", type=dt.date.fromisoformat, help="today of the sites (default: today in China)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument("--write-targets", type=Path, metavar="FILE", help="where to write the targets.toml")
    parser.add_argument(
        "--until-eof", action="store_true", help="end when standard input ends, as whoever started it did"
    )
    options = parser.parse_args(argv)
    as_of = options.as_of or dt.datetime.now(ZoneInfo("Asia/Shanghai")).date()
    try:
        asyncio.run(_run(as_of, options.seed, options.port, options.write_targets, options.until_eof))
    except OSError as error:
        print(f"cannot serve the sample portal: {error}", file=sys.stderr)
        return 1
    return 0


async def _run(as_of: dt.date, seed: int, port: int, write_targets: Path | None, until_eof: bool) -> None:
    async with serve(build(as_of, seed), port=port) as served:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(number, stop.set)
        if until_eof:
            threading.Thread(target=_at_eof, args=(loop, stop), daemon=True).start()
        if write_targets is not None:
            part = write_targets.with_name(write_targets.name + ".part")
            part.write_text(served.targets_toml, encoding="utf-8")
            part.replace(write_targets)  # whoever waits for the file never sees half of it
        families = "IPv4 and IPv6" if served.has_six else "IPv4"
        # The first line is what a program that starts this one waits for.
        print(f"ready: {len(served.world.sites)} sites on port {served.port} ({families}), Ctrl-C ends", flush=True)
        if write_targets is None:
            print(served.targets_toml, flush=True)
        await stop.wait()


def _at_eof(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    # Not through sys.stdin: its lock would be held for ever, and the interpreter wants it when it ends.
    while os.read(0, 4096):
        pass
    with contextlib.suppress(RuntimeError):  # the loop has ended already
        loop.call_soon_threadsafe(stop.set)


if __name__ == "__main__":
    sys.exit(main())

"""The bundled sample portal: started on loopback by itself for an audit without a URL."""

from __future__ import annotations

import contextlib
import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class SampleError(Exception):
    """Raised when the sample portal is not there or does not start; the message says what to do."""


@contextlib.contextmanager
def running_sample(folder: Path, as_of: dt.date) -> Iterator[Path]:
    """Yields the targets.toml of the sample portals while they are served. Raises SampleError."""
    if not (ROOT / "tests" / "portal" / "serve.py").exists():
        raise SampleError("the sample portal comes with the source checkout only; name a portal or a URL instead")
    folder.mkdir(parents=True, exist_ok=True)
    targets = folder.absolute() / "sample-targets.toml"
    command = [
        sys.executable,
        "-m",
        "tests.portal.serve",
        "--as-of",
        as_of.isoformat(),
        "--write-targets",
        str(targets),
        "--until-eof",  # its standard input is a pipe of this process: it ends with it, however that ends
    ]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as server:
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            if not line.startswith("ready"):
                raise SampleError(f"the sample portal did not start: {line.strip() or 'no output'}")
            yield targets
        finally:
            server.terminate()

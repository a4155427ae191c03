"""Runs the installed command as a process of its own, the way users do."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


async def mingcha(*words: str, cwd: Path, **environ: str) -> Ran:
    """Returns how `mingcha WORDS` ended, run in `cwd`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "mingcha",
        *words,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **environ},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return Ran(process.returncode, out.decode(), err.decode())


def targets(cwd: Path, home: str, hosts: dict[str, str], **keys: Any) -> Path:
    """Writes a targets.toml with one portal called `one` and returns its path."""
    lines = [
        "[network]",
        "sealed = true",
        f"hosts = {{ {', '.join(f'{json.dumps(name)} = [{json.dumps(end)}]' for name, end in hosts.items())} }}",
        "[[portal]]",
        'id = "one"',
        'name = "某县人民政府"',
        f"home = {json.dumps(home)}",
        "rate = 1000",
        *(f"{key} = {json.dumps(value)}" for key, value in keys.items()),
    ]
    path = cwd / "targets.toml"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def feed(folder: Path, name: str) -> list[dict[str, Any]]:
    """Returns the objects of a JSON Lines file of an audit."""
    return [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]

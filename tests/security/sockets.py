"""Which processes of a tree listen, read from /proc (Linux)."""

from __future__ import annotations

import contextlib
from pathlib import Path

from tests.hostile.drive import _descendants

_LISTENING = "0A"


def listening(pid: int) -> set[tuple[str, str]]:
    """Returns (program, local address and port as the kernel writes them) of every TCP socket that process and its
    descendants listen on, and of every UDP socket bound to a port without a peer."""
    found = set()
    own = _inodes(pid)  # a process just forked has them, too, until it becomes another program
    for one, name in {pid: "self", **_descendants(pid)}.items():
        inodes = own if one == pid else _inodes(one) - own
        for kind in ("tcp", "tcp6", "udp", "udp6"):
            for line in _lines(one, kind):
                local, peer, state, inode = line[1], line[2], line[3], line[9]
                open_to_all = state == _LISTENING if kind.startswith("tcp") else set(peer) <= set("0:")
                if inode in inodes and open_to_all:
                    found.add((name.partition(" ")[0], f"{kind} {local}"))
    return found


def _inodes(pid: int) -> set[str]:
    found = set()
    with contextlib.suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                target = str(entry.readlink())
                if target.startswith("socket:["):
                    found.add(target[8:-1])
    return found


def _lines(pid: int, kind: str) -> list[list[str]]:
    with contextlib.suppress(OSError):
        return [line.split() for line in Path(f"/proc/{pid}/net/{kind}").read_text().splitlines()[1:]]
    return []

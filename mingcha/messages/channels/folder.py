"""A folder as a channel: one text file a message, for whoever carries it on where there is no network."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from pathlib import Path

from mingcha.messages.channels.base import Message, SendError
from portal.notify import Channel

_UNSAFE = re.compile(r"[^\w.-]+")


def send(channel: Channel, message: Message, name: str) -> Path:
    """Writes one message and returns its file; a file of that name is replaced, whole or not. Raises SendError."""
    folder = Path(channel.path)
    path = folder / f"{_file_name(name)}.txt"
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            part.write_text(f"{message.text}\n", "utf-8")
            part.replace(path)
        finally:
            with contextlib.suppress(OSError):
                part.unlink()
    except OSError as error:
        raise SendError(f"不能写入目录 {folder}（{error.strerror or error}）", whole=True) from error
    return path


def _file_name(name: str) -> str:
    """Returns a name fit for a file: as it is, or with a mark of what it was, so that no two become the same."""
    safe = _UNSAFE.sub("-", name).strip(".-")[:60]
    return safe if safe == name else f"{safe}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"

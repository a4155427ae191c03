"""How a report comes to the disk: whole or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from storage.database import StorageError


def write_whole(path: Path, data: bytes | Callable[[Path], None]) -> Path:
    """Writes a report and returns its path; the folders above are made. Raises StorageError with one sentence.

    `data` is what it holds, or what writes that into the path it is given and raises OSError where it cannot.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if callable(data):
            data(part)
        else:
            part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error
    return path

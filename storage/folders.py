"""Folders and files that appear whole or not at all, and are on the disk when that is said."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
from collections.abc import Callable
from pathlib import Path


def appear(folder: Path, fill: Callable[[Path], None]) -> None:
    """Makes a folder, and those above it that are missing, with what `fill` puts into it: all at once.

    A kill on the way leaves nothing that would stand in the way of beginning again. A folder that is there already is
    filled where it is. Raises OSError when the disk refuses, and what `fill` raises; then nothing has appeared.
    """
    folder = folder.absolute()
    top = _topmost_missing(folder)
    if top is None:
        fill(folder)
        return
    staging = _staging(top)
    try:
        place = staging / folder.relative_to(top)
        place.mkdir(parents=True)
        fill(place)
        _move(staging, top, folder)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise


def write_durably(path: Path, data: bytes) -> None:
    """Writes a file through to the disk; it has its name when it is whole. Raises OSError."""
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def sync(path: Path) -> None:
    """Writes a file, or the names in a folder, through to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _topmost_missing(folder: Path) -> Path | None:
    """Returns the topmost folder of a path that does not exist yet, None when all do."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    return missing[-1] if missing else None


def _staging(top: Path) -> Path:
    """Returns where a folder is made before it appears; what killed processes left of earlier tries is removed."""
    for left in top.parent.glob(f".{glob.escape(top.name)}.*.new"):
        with contextlib.suppress(ValueError, PermissionError):
            try:
                os.kill(int(left.name.split(".")[-2]), 0)
            except ProcessLookupError:
                shutil.rmtree(left, ignore_errors=True)
    return top.with_name(f".{top.name}.{os.getpid()}.new")


def _move(staging: Path, top: Path, folder: Path) -> None:
    """Lets what was made beside it appear in its place."""
    try:
        staging.rename(top)
    except OSError:
        if not top.exists() or top == folder:
            raise
        # Another audit made the folders above meanwhile.
        folder.parent.mkdir(parents=True, exist_ok=True)
        (staging / folder.relative_to(top)).rename(folder)
        shutil.rmtree(staging, ignore_errors=True)

"""Locks of what may run once at a time: files the system lets go of however their holder ends.

On a file system without locks nothing is refused: whoever works there starts one at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import BinaryIO

from mingcha.errors import ImpossibleError, MingchaError

_AGAIN = 0.1  # seconds between two looks at a lock that is waited for


@contextlib.contextmanager
def alone(path: Path, refusal: MingchaError) -> Iterator[None]:
    """Holds a lock while it is open. Raises `refusal` where another has it, ImpossibleError where none can be made."""
    with _file(path) as file:
        if not _taken(file):
            raise refusal
        yield


@contextlib.asynccontextmanager
async def waited_for(path: Path, refusal: MingchaError, seconds: float) -> AsyncIterator[int]:
    """Yields the descriptor of a lock, waited for that long; a process that inherits it holds the lock, too.

    Raises `refusal` where another has it still, ImpossibleError where none can be made.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    with _file(path) as file:
        while not _taken(file):
            if loop.time() >= end:
                raise refusal
            await asyncio.sleep(_AGAIN)
        yield file.fileno()


def _taken(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass  # no locks here
    return True


def _file(path: Path) -> BinaryIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("ab")
    except OSError as error:
        raise ImpossibleError(f"cannot write into {path.parent}: {error.strerror or error}") from error

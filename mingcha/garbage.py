"""How often Python looks for garbage that reference counts do not find."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager

OBJECTS = 20_000  # made, less those freed, between two collections of the youngest: some 4 MB


def collect_seldom() -> None:
    """Has garbage collected every some thousand objects, and what is loaded by now never looked at again: modules stay
    and records make no cycles. To look through them every 700 took a tenth of a start and a twentieth of a crawl."""
    gc.freeze()
    gc.set_threshold(OBJECTS, 20, 20)
    atexit.register(gc.freeze)  # what is held at the end goes with the process, unlooked at


@contextmanager
def loading() -> Iterator[None]:
    """Keeps garbage from being looked for while modules are imported, and in what they made ever after."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()

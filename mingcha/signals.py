"""Signals that end a long command in good order, as calls on its event loop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator

_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def at_signals(action: Callable[[], object]) -> Iterator[None]:
    """Calls `action` at SIGINT, SIGTERM and SIGHUP while it is open, but at none that was ignored before (nohup)."""
    loop = asyncio.get_running_loop()
    numbers = [number for number in _ENDS if signal.getsignal(number) is not signal.SIG_IGN]
    for number in numbers:
        loop.add_signal_handler(number, action)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)

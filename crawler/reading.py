"""Reading with a limit on time. The readers of `portal/` know no clock, and a page may be made to keep them for hours.

While one page is read nothing else goes on: the limit is what keeps an audit inside its budget. It counts computing
time, so a busy machine makes no page slow, and it holds in the main thread of systems that have such a timer.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import gc
import logging
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from msgspec.structs import replace

from crawler.net.describe import describe
from crawler.net.message import Fetched
from portal.artifacts import Attempt
from portal.facts import PageFacts
from portal.page import read_rendered

SECONDS = 20.0  # of computing for one page; the largest real ones take two
AGAIN = 0.25  # seconds after which a limit that was not heard is said once more

log = logging.getLogger(__name__)


class SlowPageError(Exception):
    """A page was not read in its time."""


class _Watch:
    """Hears the timer's signal while something is computed, and only then: one that comes late is for nobody."""

    def __init__(self) -> None:
        self.seconds = 0.0  # the limit of what is computed now, 0 where nothing is
        self._hears = False

    def hears(self) -> bool:
        """Returns whether there is such a timer here, and makes sure its signal is heard."""
        if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
            return False
        if not self._hears:
            signal.signal(signal.SIGVTALRM, self._late)
            self._hears = True
        return True

    def _late(self, number: int, frame: FrameType | None) -> None:
        if self.seconds:
            raise SlowPageError(f"not read within {self.seconds:g} s of computing")


_WATCH = _Watch()


@contextlib.contextmanager
def in_time(seconds: float = SECONDS) -> Iterator[None]:
    """Ends what is computed inside after that many seconds with SlowPageError. An outer limit stands for an inner one.

    Only for plain computing: never around an await, or anything that must not be left half done.
    """
    if not _WATCH.hears() or _WATCH.seconds:
        yield
        return
    # An error raised while Python runs a finaliser is dropped. Without collections there are none but the reader's own,
    # and what is dropped all the same, or caught by a reader, is raised again.
    collecting = gc.isenabled()
    gc.disable()
    _WATCH.seconds = seconds
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, AGAIN)
    try:
        yield
    finally:
        _WATCH.seconds = 0.0
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if collecting:
            gc.enable()


def described(fetched: Fetched) -> Attempt:
    """Returns `describe` of an answer; of a page that takes too long to read, or breaks its reader, what is known
    without reading it."""
    try:
        with in_time():
            return describe(fetched)
    except SlowPageError as error:
        log.warning("%s: %s", fetched.attempt.final_url, error)
        return replace(fetched.attempt, error=str(error))
    except Exception as error:  # one page must not end what looks at many
        log.error("not read: %s", fetched.attempt.final_url, exc_info=error)
        return replace(fetched.attempt, error=f"not read: {type(error).__name__}")


def shown(
    html: str, url: str, *, as_of: dt.date | None = None, home: bool | None = None, portal: bool = False
) -> PageFacts:
    """Returns `read_rendered` of a page. Raises SlowPageError."""
    with in_time():
        return read_rendered(html, url, as_of=as_of, home=home, portal=portal)

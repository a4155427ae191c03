"""Sends messages within the limits of their channels, again where a reason may pass, and remembers what became of it.

Nothing is sent twice unless asked for; what fails keeps nothing else back: a channel that is out of order is left alone
for the rest of the run, and the others go on.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine

from mingcha.messages.channels import folder, mail, robots
from mingcha.messages.channels.base import Message, SendError, retry_waits, service
from portal.notify import Channel, ChannelKind
from storage.deliveries import OFFICE, Delivery, delivered, keep_delivery, lately

MINUTE = dt.timedelta(minutes=1)
SECOND = dt.timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Letter:
    """One message for a channel: about what, whose ("*": the office's), for which day."""

    message: Message
    about: str
    unit: str
    day: dt.date
    once: bool = False  # true: never again, on whatever day


@dataclass(slots=True)
class Sender:
    """Sends through channels. `now` returns the (aware) time, `sleep` waits so many seconds; tests give their own."""

    engine: Engine
    now: Callable[[], dt.datetime]
    sleep: Callable[[float], None]
    environ: Mapping[str, str]
    waits: Sequence[float] = field(default_factory=retry_waits)
    again: bool = False
    _left: dict[str, deque[dt.datetime]] = field(default_factory=dict)
    _out: dict[str, str] = field(default_factory=dict)  # channel -> why nothing more goes there

    def send(self, channel: Channel, letter: Letter) -> Iterator[Delivery | None]:
        """Yields what became of a letter for each target of a channel; see `send_to`."""
        for target in targets_of(channel):
            yield self.send_to(channel, target, letter)

    def send_to(self, channel: Channel, target: str, letter: Letter) -> Delivery | None:
        """Returns what became of a letter for one target, None where it had been delivered before.

        Raises StorageError when that cannot be remembered.
        """
        day = None if letter.once else letter.day
        if not self.again and delivered(self.engine, letter.about, channel.id, target, letter.unit, day):
            return None
        tries, why = self._try(channel, letter, target)
        result = Delivery(
            about=letter.about,
            channel=channel.id,
            target=target,
            unit=letter.unit,
            day=letter.day,
            at=self.now(),
            tries=tries,
            ok=not why,
            why=why,
        )
        keep_delivery(self.engine, result)
        return result

    def _try(self, channel: Channel, letter: Letter, target: str) -> tuple[int, str]:
        """Returns how often it was tried and why it failed, "" where it did not."""
        if why := self._out.get(channel.id):
            return 0, why
        for tries, wait in enumerate((*self.waits, None), 1):
            self._wait(channel)
            try:
                self._once(channel, letter, target)
            except SendError as error:
                if error.passing and wait is not None:
                    self.sleep(wait)
                    continue
                if error.whole:
                    self._out[channel.id] = str(error)
                return tries, str(error)
            return tries, ""
        raise AssertionError("the last try has no wait")

    def _once(self, channel: Channel, letter: Letter, target: str) -> None:
        match channel.kind:
            case ChannelKind.MAIL:
                mail.send(channel, letter.message, target, self.now(), self.environ)
            case ChannelKind.FOLDER:
                unit = "office" if letter.unit == OFFICE else letter.unit
                folder.send(channel, letter.message, f"{letter.day.isoformat()}-{letter.about}-{unit}")
            case _:
                robots.send(channel, letter.message, self.now(), self.environ)

    def _wait(self, channel: Channel) -> None:
        """Waits until the limits of the channel let one more message out, and notes that it leaves now."""
        known = service(channel)
        # Channels of one robot share its limits.
        robot = f"{channel.kind} {channel.base} {channel.key_env}" if channel.key_env else channel.id
        left = self._left.get(robot)
        if left is None:
            left = self._left[robot] = deque(lately(self.engine, channel.id, self.now() - MINUTE))
        per_minute = channel.per_minute or known.per_minute
        for span, most in ((MINUTE, per_minute), (SECOND, known.per_second)):
            if len(left) >= most and (missing := left[-most] + span - self.now()) > dt.timedelta(0):
                self.sleep(missing.total_seconds())
        left.append(self.now())
        while len(left) > max(per_minute, known.per_second):
            left.popleft()


def targets_of(channel: Channel) -> tuple[str, ...]:
    """Returns whom one message goes to: each mail address, the group of a robot, the file in a folder."""
    if channel.kind is ChannelKind.MAIL:
        return channel.to
    return ("file",) if channel.kind is ChannelKind.FOLDER else ("group",)

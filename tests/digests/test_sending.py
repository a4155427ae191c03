"""Sending: limits by the test's own clock, further tries, what is remembered, and that one failure stops no other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, select

from mingcha.messages.channels.base import Message, SendError
from mingcha.messages.channels.sending import Letter, Sender
from portal.notify import Channel, ChannelKind
from storage.database import open_database, reading
from storage.deliveries import DIGEST
from storage.models import DeliveryRow

DAY = dt.date(2026, 11, 28)
START = dt.datetime(2026, 11, 28, 0, 30, tzinfo=dt.UTC)
ROBOT = Channel(id="group", kind=ChannelKind.DINGTALK, key_env="KEY")
MAIL = Channel(id="mail", kind=ChannelKind.MAIL, host="h", sender="a@b", to=("one@b", "two@b"))


class Clock:
    """Time that passes only when somebody sleeps, or works (`cost` seconds a message)."""

    def __init__(self) -> None:
        self.at = START
        self.slept: list[float] = []

    def now(self) -> dt.datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += dt.timedelta(seconds=seconds)


@pytest.fixture
def engine(place: str) -> Iterator[Engine]:
    engine = open_database(place)
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def letter(unit: str = "县发改局", **more: Any) -> Letter:
    return Letter(Message("s", "t"), DIGEST, unit, DAY, **more)


def sender(engine: Engine, clock: Clock, **more: Any) -> Sender:
    return Sender(engine, clock.now, clock.sleep, {}, waits=(5.0, 30.0), **more)


def answering(monkeypatch: pytest.MonkeyPatch, answer: Callable[[str], SendError | None], clock: Clock) -> list[Any]:
    """Lets channels answer what the test says; returns the (growing) list of (target, time) of what left."""
    left: list[Any] = []

    def robot(channel: Channel, message: Message, now: dt.datetime, environ: object) -> None:
        left.append((channel.id, clock.at))
        if (error := answer(channel.id)) is not None:
            raise error

    def mail(channel: Channel, message: Message, to: str, now: dt.datetime, environ: object) -> None:
        left.append((to, clock.at))
        if (error := answer(to)) is not None:
            raise error

    monkeypatch.setattr("mingcha.messages.channels.robots.send", robot)
    monkeypatch.setattr("mingcha.messages.channels.mail.send", mail)
    return left


def test_a_robot_never_gets_more_than_its_limit_in_any_minute(
    engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = answering(monkeypatch, lambda target: None, clock)
    one = sender(engine, clock)
    for number in range(45):
        assert [result.ok for result in one.send(ROBOT, letter(f"单位{number}")) if result] == [True]
    times = [at for _, at in left]
    assert all(times[n + 20] - times[n] >= dt.timedelta(minutes=1) for n in range(len(times) - 20))
    assert clock.at - START < dt.timedelta(minutes=2, seconds=5)  # and no slower than that


def test_what_another_run_sent_just_now_counts(engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    left = answering(monkeypatch, lambda target: None, clock)
    for number in range(20):
        list(sender(engine, clock).send(ROBOT, letter(f"单位{number}")))
    list(sender(engine, clock).send(ROBOT, letter("又一个")))
    assert left[20][1] - left[0][1] >= dt.timedelta(minutes=1)


def test_two_channels_of_one_robot_share_its_limit(
    engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = answering(monkeypatch, lambda target: None, clock)
    one, twin = sender(engine, clock), Channel(id="twin", kind=ROBOT.kind, key_env="KEY")
    for number in range(21):
        list(one.send(twin if number % 2 else ROBOT, letter(f"单位{number}")))
    assert left[20][1] - left[0][1] >= dt.timedelta(minutes=1)


def test_a_service_takes_so_many_a_second_and_an_own_limit_holds(
    engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = answering(monkeypatch, lambda target: None, clock)
    feishu = Channel(id="f", kind=ChannelKind.FEISHU, key_env="KEY")
    slow = Channel(id="slow", kind=ChannelKind.FEISHU, key_env="OTHER", per_minute=2)
    one = sender(engine, clock)
    for number in range(11):
        list(one.send(feishu, letter(f"单位{number}")))
    times = [at for _, at in left]
    assert all(times[n + 5] - times[n] >= dt.timedelta(seconds=1) for n in range(6))
    for number in range(3):
        list(one.send(slow, letter(f"单位{number}")))
    assert left[13][1] - left[11][1] >= dt.timedelta(minutes=1)


def test_a_reason_that_may_pass_is_tried_again_with_growing_waits(
    engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [SendError("later", passing=True), SendError("later", passing=True), None]
    answering(monkeypatch, lambda target: answers.pop(0), clock)
    (result,) = sender(engine, clock).send(ROBOT, letter())
    assert result is not None and (result.ok, result.tries, clock.slept) == (True, 3, [5.0, 30.0])
    answers = [SendError("later", passing=True)] * 3
    (result,) = sender(engine, clock).send(ROBOT, letter("乙"))
    assert result is not None and (result.ok, result.tries, result.why) == (False, 3, "later")
    answers = [SendError("never")]
    (result,) = sender(engine, clock).send(ROBOT, letter("丙"))
    assert result is not None and (result.ok, result.tries) == (False, 1)


def test_one_who_is_refused_keeps_nothing_from_the_others(
    engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = answering(monkeypatch, lambda to: SendError("refused") if to == "one@b" else None, clock)
    one = sender(engine, clock)
    assert [result.ok for result in one.send(MAIL, letter()) if result] == [False, True]
    assert [result.ok for result in one.send(MAIL, letter("乙")) if result] == [False, True]
    assert len(left) == 4


def test_a_channel_out_of_order_is_left_alone_and_others_go_on(
    engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = answering(monkeypatch, lambda to: SendError("throttled", whole=True) if "@" in to else None, clock)
    one = sender(engine, clock)
    results = [result for unit in ("甲", "乙") for result in one.send(MAIL, letter(unit)) if result]
    assert [(result.tries, result.why) for result in results] == [(1, "throttled"), *[(0, "throttled")] * 3]
    assert [result.ok for result in one.send(ROBOT, letter()) if result] == [True]
    assert [target for target, _ in left] == ["one@b", "group"]


def test_nothing_is_sent_twice_unless_asked_for(engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    refusing = True
    left = answering(monkeypatch, lambda to: SendError("no") if refusing and to == "two@b" else None, clock)
    assert [result and result.ok for result in sender(engine, clock).send(MAIL, letter())] == [True, False]
    refusing = False
    assert [result and result.ok for result in sender(engine, clock).send(MAIL, letter())] == [None, True]
    assert list(sender(engine, clock).send(MAIL, letter())) == [None, None]
    assert [result and result.ok for result in sender(engine, clock, again=True).send(MAIL, letter())] == [True, True]
    other = Letter(Message("s", "t"), DIGEST, "县发改局", DAY + dt.timedelta(days=1))
    assert [result and result.ok for result in sender(engine, clock).send(MAIL, other)] == [True, True]
    with reading(engine) as session:
        kept = list(session.scalars(select(DeliveryRow).where(DeliveryRow.day == DAY).order_by(DeliveryRow.id)))
        assert [(one.target, one.ok, one.why) for one in kept] == [
            *(("one@b", True, ""), ("two@b", False, "no"), ("two@b", True, "")),
            *(("one@b", True, ""), ("two@b", True, "")),
        ]
        assert kept[0].at == START and len(left) == 7


def test_what_is_said_once_is_said_on_one_day_only(
    engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, lambda to: None, clock)
    assert [bool(result) for result in sender(engine, clock).send(ROBOT, letter(once=True))] == [True]
    later = Letter(Message("s", "t"), DIGEST, "县发改局", DAY + dt.timedelta(days=1), once=True)
    assert list(sender(engine, clock).send(ROBOT, later)) == [None]

"""What was sent to whom, and what was not and why: rows that are only ever added."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass

from sqlalchemy import Engine, select

from storage.database import reading, writing
from storage.models import DeliveryRow

DIGEST = "digest"  # `about` of a morning digest
OFFICE = "*"  # `unit` of the office's own


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one target, and what became of it. `at` is aware."""

    about: str
    channel: str
    target: str
    unit: str
    day: dt.date
    at: dt.datetime
    tries: int
    ok: bool
    why: str = ""


def keep_delivery(engine: Engine, delivery: Delivery) -> None:
    """Adds one row. Raises StorageError."""
    with writing(engine) as session:
        session.add(DeliveryRow(**asdict(delivery)))


def delivered(engine: Engine, about: str, channel: str, target: str, unit: str, day: dt.date | None) -> bool:
    """Returns whether this was delivered before; with `day` None on whatever day."""
    query = select(DeliveryRow.id).where(
        DeliveryRow.about == about,
        DeliveryRow.channel == channel,
        DeliveryRow.target == target,
        DeliveryRow.unit == unit,
        DeliveryRow.ok.is_(True),
    )
    if day is not None:
        query = query.where(DeliveryRow.day == day)
    with reading(engine) as session:
        return session.scalar(query.limit(1)) is not None


def newest_told(engine: Engine, reason: str, channel: str, target: str, unit: str) -> int:
    """Returns the highest number N of messages about "REASON N" that were delivered there, 0 for none."""
    query = select(DeliveryRow.about).where(
        DeliveryRow.about.like(f"{reason} %"),
        DeliveryRow.channel == channel,
        DeliveryRow.target == target,
        DeliveryRow.unit == unit,
        DeliveryRow.ok.is_(True),
    )
    with reading(engine) as session:
        return max((int(about.rpartition(" ")[2]) for about in session.scalars(query)), default=0)


def lately(engine: Engine, channel: str, since: dt.datetime) -> tuple[dt.datetime, ...]:
    """Returns when messages left through a channel since then (aware), in order: for its limits."""
    query = select(DeliveryRow.at).where(DeliveryRow.channel == channel, DeliveryRow.at >= since, DeliveryRow.tries > 0)
    with reading(engine) as session:
        return tuple(session.scalars(query.order_by(DeliveryRow.at)))

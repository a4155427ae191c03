"""Steps people take on findings, one at a time, as tests of many folders take them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Engine

from storage.ledger.book import claim_step, record_all
from storage.ledger.deadlines import Limit
from storage.ledger.states import Deed, Step


def record(engine: Engine, fingerprint: str, step: Step) -> None:
    """Keeps one step. Raises StepRefusedError when it is not allowed, StorageError for an unknown finding."""
    record_all(engine, [(fingerprint, step)])


def claim(
    engine: Engine,
    fingerprint: str,
    *,
    text: str,
    link: str = "",
    completed: dt.date | None = None,
    who: str,
    at: dt.datetime,
) -> None:
    """Keeps what a unit says it did (整改情况, 整改后链接, 整改完成时间)."""
    record(engine, fingerprint, claim_step(text=text, link=link, completed=completed, who=who, at=at))


def set_deadline(
    engine: Engine, fingerprint: str, deadline: dt.datetime, *, who: str, at: dt.datetime, why: str
) -> None:
    """Sets another deadline by hand."""
    record(engine, fingerprint, Step(Deed.DEADLINE, who, at, why, {"limit": Limit(deadline).data()}))

"""Links to other sites that were found good: whoever audits next in the same network need not ask them again.

Only good answers are ever shared: a bad one accuses somebody, and each portal's audit looks for itself. Hosts of the
portal itself are never shared either, whichever way they answered. A row keeps the time it was really asked; taking it
over does not make it younger.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.orm import Session

from portal.artifacts import Attempt, FetchOutcome, LinkRecord
from portal.model import Network
from storage.database import reading, writing
from storage.models import GoodLinkRow

LASTS = dt.timedelta(days=7)
_BATCH = 500


def network_digest(network: Network) -> str:
    """Returns what tells one `[network]` from another."""
    return hashlib.sha256(msgspec.json.encode(network, order="sorted")).hexdigest()[:16]


def good_answer(link: LinkRecord) -> Attempt | None:
    """Returns the answer of a link that may be shared: of another site, good at once and without any doubt; or None.

    An answer whose proof was kept was not quite as expected (a redirect, signs in the text, another type of file).
    """
    last = link.attempts[-1] if link.attempts and not link.internal else None
    if last is None or last.outcome is not FetchOutcome.OK or last.hops or last.signs or last.evidence or last.known:
        return None
    return last


def keep_good_links(
    engine: Engine, network: Network, links: Iterable[LinkRecord], accused: frozenset[str], now: dt.datetime
) -> int:
    """Keeps what an audit found good, forgets what it found otherwise and what is too old; returns how many it kept.

    `accused` are the URLs findings are about. Raises StorageError.
    """
    digest, kept = network_digest(network), 0
    with writing(engine) as session:
        session.execute(delete(GoodLinkRow).where(GoodLinkRow.at < now - LASTS))
        for batch in _batches(link for link in links if not link.internal and link.attempts):
            kept += _merge(session, digest, batch, accused, now)
    return kept


def good_links(engine: Engine, network: Network, now: dt.datetime) -> Iterator[tuple[str, Attempt]]:
    """Yields (URL, answer) of every link found good lately in that network. Raises StorageError."""
    chosen = select(GoodLinkRow.url, GoodLinkRow.attempt).where(
        GoodLinkRow.network == network_digest(network), GoodLinkRow.at >= now - LASTS
    )
    with reading(engine) as session:
        for url, attempt in session.execute(chosen.execution_options(yield_per=_BATCH)):
            yield url, msgspec.convert(attempt, Attempt)


def _merge(session: Session, digest: str, links: list[LinkRecord], accused: frozenset[str], now: dt.datetime) -> int:
    keys = {_key(link.url): link for link in links}
    among = (GoodLinkRow.network == digest, GoodLinkRow.key.in_(list(keys)))
    there = {row.key: row.at for row in session.execute(select(GoodLinkRow.key, GoodLinkRow.at).where(*among))}
    gone: list[str] = []
    new: list[dict[str, Any]] = []
    for key, link in keys.items():
        at, answer = there.get(key), good_answer(link)
        if answer is None or link.url in accused:
            last = link.attempts[-1]
            if at is not None and last.at >= at and (not last.known or link.url in accused):
                gone.append(key)
        elif answer.at >= now - LASTS and (at is None or at < answer.at):
            gone.append(key)
            row = {"network": digest, "key": key, "url": link.url, "at": answer.at}
            new.append({**row, "attempt": msgspec.to_builtins(answer)})
    session.execute(delete(GoodLinkRow).where(GoodLinkRow.network == digest, GoodLinkRow.key.in_(gone)))
    if new:
        session.execute(insert(GoodLinkRow), new)
    return len(new)


def _key(url: str) -> str:
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()


def _batches(links: Iterable[LinkRecord]) -> Iterator[list[LinkRecord]]:
    batch: list[LinkRecord] = []
    for link in links:
        batch.append(link)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch

"""Kept audits with proof of every kind, for the tests of evidence."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, select, update

from checks.base import Outcome
from crawler.net.message import Fetched, evidence_message, failure_note
from portal.artifacts import Attempt, FetchOutcome, Hop, Level, LinkRecord
from portal.model import Network
from portal.zone import CHINA
from storage.bundle import Bundle, Header
from storage.commit import commit_audit
from storage.database import open_database
from storage.evidence import EvidenceStore
from storage.models import AuditRow
from tests.reports.make import picture
from tests.storage.make import PORTAL, audit, finding, metas, result

URL = "https://www.yun.example/fj/1.pdf"
OTHER = "https://www.yun.example/fj/2.pdf"
AT = dt.datetime(2026, 3, 1, 1, 5, tzinfo=CHINA)
LATER = dt.datetime(2028, 6, 1, 3, tzinfo=CHINA)  # 823 days after the audits of March 2026
BODY = "<html><body>来信人：张三丰，手机 13912345678，附件不存在</body></html>".encode()
# With a tail that cannot be packed: a picture of some size.
PICTURE = picture() + b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(3000))


def answer() -> bytes:
    """Returns an answer as the fetcher keeps it: decompressed, after a redirect, with a header outside of ASCII."""
    hop = Hop("http://www.yun.example/fj/1.pdf", 301, URL)
    attempt = Attempt(AT, "get", FetchOutcome.NOT_FOUND, 404, URL, (hop,), address="203.0.113.9", elapsed=0.25)
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Encoding", "gzip"),
        ("Content-Length", "77"),
        ("X-Powered-By", "网站".encode("gbk").decode("latin-1")),
    ]
    return evidence_message(Fetched(attempt, BODY, headers, reason="HTTP/1.1 404 Not Found"))


def note() -> bytes:
    """Returns what is kept of a request that got no answer."""
    return failure_note(Attempt(AT, "get", FetchOutcome.TIMEOUT, final_url=OTHER, error="15 s without a word"))


@dataclass(frozen=True)
class Kept:
    """A results database, its evidence, and what the tests want to name."""

    folder: Path
    answer: str = ""
    note: str = ""
    picture: str = ""
    page: str = ""
    dns: str = ""

    @property
    def database(self) -> Path:
        return self.folder / "mingcha.sqlite"

    @property
    def store(self) -> EvidenceStore:
        return EvidenceStore(self.folder / "evidence")

    @property
    def digests(self) -> tuple[str, ...]:
        return (self.answer, self.note, self.picture, self.page, self.dns)

    def engine(self) -> Engine:
        return open_database(self.database)

    def file(self, digest: str) -> Path:
        return self.store.path(digest)


def keep(folder: Path, days: tuple[int, ...] = (1, 2), database: str = "") -> Kept:
    """Makes one audit a day of March 2026, each with the same two findings and the same proof, and their bundles."""
    engine, store = open_database(database or folder / "mingcha.sqlite"), EvidenceStore(folder / "evidence")
    for day in days:
        record = audit(day, bundle=str(folder / f"audit-{day}" / "bundle"))
        header = Header(record.id, PORTAL, Network(), record.as_of, record.started, "s", "test")
        with Bundle.create(folder / f"audit-{day}" / "bundle", header) as bundle:
            digests = (
                bundle.put(answer(), "application/http", URL, AT),
                bundle.put(note(), "text/plain; charset=utf-8", OTHER, AT),
                bundle.put(PICTURE, "image/png", URL, AT),
                bundle.put(BODY, "text/html; charset=utf-8", PORTAL.home, AT),
                bundle.put(b"www.yun.example A 203.0.113.9\n", "text/plain; charset=utf-8", "dns:www.yun.example", AT),
            )
            attempt = Attempt(AT, "get", FetchOutcome.NOT_FOUND, 404, evidence=digests[0])
            bundle.add(LinkRecord(URL, True, 1, Level.OTHER, (), (attempt,)))
            blobs = list(bundle.blobs())
            store.copy(bundle, digests)
        words = f"联系人13912345678的附件 {URL} 打不开"
        one = finding(URL, Outcome.FAIL, evidence=(digests[0], digests[2], digests[3]), message=words)
        two = finding(OTHER, Outcome.FAIL, evidence=(digests[1],), facts={"dns": digests[4]})
        commit_audit(engine, record, [result(one, two)], blobs, metas=metas)
    engine.dispose()
    return Kept(folder, *digests)


def copied(kept: Kept, folder: Path) -> Kept:
    """Returns the same in another folder: to be damaged."""
    shutil.copytree(kept.folder, folder, dirs_exist_ok=True)
    own = Kept(folder, *kept.digests)
    engine = own.engine()
    with engine.begin() as connection:
        for name, bundle in connection.execute(select(AuditRow.id, AuditRow.bundle).where(AuditRow.bundle != "")).all():
            place = folder / Path(bundle).relative_to(kept.folder)
            connection.execute(update(AuditRow).where(AuditRow.id == name).values(bundle=str(place)))
    engine.dispose()
    return own


def close(engine: Engine, started: dt.datetime) -> None:
    """An audit that measured both subjects and found them good."""
    record_ = audit(3, id=f"yun-{started:%Y%m%d}", started=started, ended=started, as_of=started.date())
    commit_audit(engine, record_, [result(passed=(URL, OTHER))], metas=metas)

"""What a power cut may leave behind, as far as a process can tell: logs torn anywhere, files cut short.

A writer is stopped (SIGSTOP) in the midst of its work and its files are copied as they are; the copy's log is cut at
every 512 bytes of its last transaction, as a disk that was writing it would leave it.
"""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from portal.artifacts import LinkRecord, PageRecord
from portal.model import Network
from portal.records import evidence_of
from storage.bundle import Bundle
from storage.commit import commit_audit
from storage.database import connect, open_database
from storage.evidence import EvidenceStore
from storage.queries import audits
from storage.verify import verify_file, verify_findings
from tests.kill.audit import Audit, Server, children_of, kill
from tests.kill.trial import Reference, comparable, pages_asked
from tests.storage.bundles import AT, HEADER
from tests.storage.make import audit, finding, metas, result

ROOT = Path(__file__).resolve().parents[2]
SECTOR = 512
EACH = 40  # records of a batch

_WRITER = """
import sys
from pathlib import Path
from storage.bundle import Bundle
from tests.kill.test_power_cut import EACH, batch
from tests.storage.bundles import HEADER
bundle = Bundle.create(Path(sys.argv[1]), HEADER)
number = 0
while True:
    for url in range(EACH):
        bundle.remember_frontier(f"{number}/{url}", [number])
    bundle.add(*batch(number))
    bundle.flush()
    print(number, flush=True)
    number += 1
"""


def batch(number: int) -> list[LinkRecord]:
    """Returns the records of one batch."""
    return [LinkRecord(f"https://www.yun.example/{number:06d}/{n}", True, number, "other") for n in range(EACH)]  # type: ignore[arg-type]  # a level is its word


@pytest.fixture(params=[3, 40], ids=["young", "older"])
def stopped(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """Yields the files of a bundle whose writer stands still, and the last batch it said was written."""
    folder = tmp_path / "running"
    writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(folder)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert writer.stdout is not None
    try:
        said = next(int(line) for line in writer.stdout if int(line) >= request.param)
        writer.send_signal(signal.SIGSTOP)
        yield folder / "bundle.sqlite", said
    finally:
        writer.kill()
        writer.wait()
        writer.stdout.close()


def last_transaction(log: Path) -> tuple[int, int]:
    """Returns where in a write-ahead log the last whole transaction begins and ends."""
    data = log.read_bytes()
    size = int.from_bytes(data[8:12], "big") + 24
    salt = data[16:24]
    ends = [32]
    for start in range(32, len(data) - size + 1, size):
        if data[start + 8 : start + 16] != salt:
            break  # left over from before the log was begun anew
        if int.from_bytes(data[start + 4 : start + 8], "big"):
            ends.append(start + size)
    return ends[-2], ends[-1]


def torn(database: Path, folder: Path) -> Iterator[Path]:
    """Yields copies of a database, the last transaction of its log cut at every sector, and once overwritten."""
    log = database.with_name(f"{database.name}-wal")
    begin, end = last_transaction(log)
    data = log.read_bytes()
    cuts = [data[:length] for length in range(begin, end + SECTOR, SECTOR)]
    for number, cut in enumerate([*cuts, data[: end - SECTOR] + bytes(SECTOR)]):
        place = folder / str(number)
        place.mkdir(parents=True)
        shutil.copy(database, place / database.name)
        (place / log.name).write_bytes(cut)
        yield place / database.name
        shutil.rmtree(place)


def whole_batches(bundle: Bundle) -> int:
    """Returns how many batches a bundle holds; every one of them is whole, records and visits."""
    count, rest = divmod(bundle.count(LinkRecord), EACH)
    assert rest == 0
    assert list(bundle.all(LinkRecord)) == sorted(
        (one for number in range(count) for one in batch(number)), key=lambda one: one.url
    )
    assert sum(1 for _ in bundle.frontier()) == count * EACH
    return count


def test_a_bundle_copied_while_it_is_written_holds_all_that_was_flushed(
    stopped: tuple[Path, int], tmp_path: Path
) -> None:
    path, said = stopped
    place = tmp_path / "copy"
    place.mkdir()
    for file in path.parent.glob("bundle.sqlite*"):
        if not file.name.endswith("-shm"):  # an index in memory: nothing a disk would hold
            shutil.copy(file, place / file.name)
    with Bundle.open(place, write=False) as bundle:
        assert whole_batches(bundle) >= said + 1
    with Bundle.open(place) as bundle:
        assert bundle.integrity() == ()
        assert whole_batches(bundle) >= said + 1


def test_a_log_torn_at_any_sector_costs_a_bundle_its_last_batch_and_nothing_else(
    stopped: tuple[Path, int], tmp_path: Path
) -> None:
    path, said = stopped
    seen = set()
    for copy in torn(path, tmp_path / "torn"):
        with Bundle.open(copy.parent) as bundle:
            assert bundle.integrity() == ()
            seen.add(found := whole_batches(bundle))
            bundle.add(*batch(found))  # and it goes on from there
        with Bundle.open(copy.parent) as bundle:
            assert bundle.count(LinkRecord) == (found + 1) * EACH
    assert len(seen) == 2 and min(seen) >= said, seen  # without the last one, and with it


def test_a_log_torn_at_any_sector_costs_the_results_database_its_last_audit_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "mingcha.sqlite"
    engine = open_database(path)
    held = sqlite3.connect(path)  # the last one to close would empty the log
    held.execute("SELECT count(*) FROM sqlite_master").fetchone()
    first, second = (
        [result(*(finding(f"https://www.yun.example/{n}") for n in range(start, start + 12)))] for start in (0, 6)
    )
    commit_audit(engine, audit(1), first, metas=metas)
    commit_audit(engine, audit(2), second, metas=metas)
    seen = set()
    for number, copy in enumerate(torn(path, tmp_path / "torn")):
        other = connect(copy)
        assert verify_file(other).problems == []
        found = verify_findings(other)
        assert found.problems == []
        seen.add((len(audits(other)), found.count))
        if number % 16 == 0:
            commit_audit(other, audit(2), second, metas=metas)  # what was lost can be committed again
            assert (len(audits(other)), verify_findings(other).count) == (2, 18)
            assert verify_findings(other).problems == []
        other.dispose()
    assert seen == {(1, 12), (2, 18)}
    held.close()
    engine.dispose()


def test_the_settings_are_those_that_are_stated(tmp_path: Path) -> None:
    said: list[str] = []
    with Bundle.create(tmp_path / "bundle", HEADER) as bundle:
        assert bundle._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert bundle._db.execute("PRAGMA synchronous").fetchone() == (1,)  # NORMAL
        bundle._db.set_trace_callback(said.append)
        bundle.add(*batch(0))
        bundle.flush()
        assert not any("synchronous" in statement for statement in said)
        bundle.mark("crawl", AT)
        bundle._db.set_trace_callback(None)
        assert bundle._db.execute("PRAGMA synchronous").fetchone() == (1,)
    marked = said[said.index("PRAGMA synchronous = FULL") :]
    assert marked[1] == "BEGIN IMMEDIATE" and marked[-2:] == ["COMMIT", "PRAGMA synchronous = NORMAL"]
    engine = open_database(tmp_path / "mingcha.sqlite")
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA synchronous")) >= 1
    engine.dispose()


@pytest.mark.parametrize("length", [0, 1, SECTOR, -1])
def test_a_blob_cut_short_is_noticed_and_written_anew(length: int, tmp_path: Path) -> None:
    data = random.Random(1).randbytes(3000)
    with Bundle.create(tmp_path / "bundle", HEADER) as bundle:
        digest = bundle.put(data, "text/html", "", AT)
        bundle.flush()
        (path,) = tmp_path.glob("bundle/blobs/*.zst")
        path.write_bytes(path.read_bytes()[:length])
        bundle.add(LinkRecord("https://a.example/", True, 1, "other", (), (_attempt(digest),)))  # type: ignore[arg-type]  # a level is its word
        assert bundle.damaged() == {digest}
        assert bundle.put(data, "text/html", "", AT) == digest
        assert bundle.damaged() == set() and bundle.blob(digest) == data
    store = EvidenceStore(tmp_path / "evidence")
    store.put(data)
    store.path(digest).write_bytes(store.path(digest).read_bytes()[:length])
    assert not store.verify(digest)
    with Bundle.open(tmp_path / "bundle") as bundle:
        assert store.copy(bundle, [digest]) == ()
    assert store.verify(digest)


def _attempt(evidence: str) -> object:
    from portal.artifacts import Attempt, FetchOutcome

    return Attempt(AT, "get", FetchOutcome.OK, 200, evidence=evidence)


def test_what_is_kept_together_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    with Bundle.create(tmp_path / "bundle", HEADER) as bundle:
        bundle.add(*batch(0))
        with pytest.raises(RuntimeError), bundle.together():
            bundle.add(*batch(1))
            assert bundle.count(LinkRecord) == 2 * EACH
            bundle.mark("confirm", AT)
            raise RuntimeError
        assert bundle.count(LinkRecord) == EACH and bundle.stages() == {}
        with bundle.together():
            bundle.add(*batch(1))
            bundle.mark("confirm", AT)
    with Bundle.open(tmp_path / "bundle") as bundle:
        assert (bundle.count(LinkRecord), list(bundle.stages())) == (2 * EACH, ["confirm"])


def test_an_audit_that_goes_on_may_reach_the_portal_another_way(tmp_path: Path) -> None:
    network = Network(hosts={"www.yun.example": ("127.0.0.1:8080",)}, sealed=True)
    with Bundle.create(tmp_path / "bundle", HEADER) as bundle:
        bundle.readdress(network)
        assert bundle.header.network == network
    with Bundle.open(tmp_path / "bundle") as bundle:
        assert bundle.header == msgspec.structs.replace(HEADER, network=network)


def test_visits_come_back_in_the_order_they_were_said_last(tmp_path: Path) -> None:
    with Bundle.create(tmp_path / "bundle", HEADER) as bundle:
        for url in ("c", "a", "b"):
            bundle.remember_frontier(url, 7)
        bundle.flush()
        bundle.remember_frontier("c", 3)
        bundle.remember_frontier("d", 7)
    with Bundle.open(tmp_path / "bundle") as bundle:
        assert list(bundle.frontier()) == [("a", 7), ("b", 7), ("c", 3), ("d", 7)]


def test_visits_are_never_written_before_the_pages_that_led_to_them(tmp_path: Path) -> None:
    with Bundle.create(tmp_path / "bundle", HEADER) as bundle:
        for number in range(2000):
            bundle.remember_frontier(str(number), 7)
            bundle.put(str(number).encode(), "text/html", "", AT)
        with Bundle.open(tmp_path / "bundle", write=False) as seen:
            assert list(seen.frontier()) == []
        bundle.add(*batch(0))
        bundle.flush()
        with Bundle.open(tmp_path / "bundle", write=False) as seen:
            assert sum(1 for _ in seen.frontier()) == 2000


def cut(path: Path, share: float) -> None:
    """Leaves a share of a file."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])


# a whole audit


async def test_pages_whose_proof_was_cut_short_are_fetched_again_and_no_others(
    server: Server, reference: Reference, tmp_path: Path
) -> None:
    one = Audit(tmp_path, server)

    def strike(number: int) -> None:
        if number == int(reference.requests * 0.95):
            kill([process.pid, *children_of(process.pid)])

    server.begin(strike)
    process = await one.start()
    await process.communicate()
    with Bundle.open(one.out / "bundle", write=False) as bundle:
        records: list[PageRecord | LinkRecord] = [*bundle.all(PageRecord), *bundle.all(LinkRecord)]
        (proof,) = (one.out / "bundle" / "blobs").glob("*.zst")
        cut(proof, 0.6)
        proofs = bundle.damaged()
        hit = {record.url for record in records if proofs.intersection(evidence_of(record))}
        whole = {record.url for record in records if evidence_of(record)} - hit
    before = len(one.log())
    server.begin()
    code, _, err = await one.run()
    assert code == reference.code, err
    assert comparable(one.out / "findings.jsonl") == reference.findings
    again = pages_asked(one.log()[before:])
    assert hit and whole and all(again[url] >= 1 for url in hit)
    assert [url for url in whole if again[url] > max(0, reference.asked.get(url, 0) - 1)] == []
    with Bundle.open(one.out / "bundle", write=False) as bundle:
        assert bundle.damaged() == set()
    assert (await one.run("doctor", "--deep"))[0] == 0


async def test_proof_that_was_cut_short_is_found_and_put_right_from_the_bundle(
    server: Server, reference: Reference, tmp_path: Path
) -> None:
    one = Audit(tmp_path, server)
    server.begin()
    assert (await one.run())[0] == reference.code
    for place, path in enumerate(sorted((tmp_path / "mingcha-data" / "evidence").glob("*/*.zst"))[:3]):
        cut(path, place / 3)
    code, said, _ = await one.run("doctor", "--deep")
    assert (code, said.count("已损坏")) == (3, 3), said
    assert (await one.run("rejudge", "out"))[0] == reference.code
    code, said, _ = await one.run("doctor", "--deep")
    assert code == 0, said

"""`mingcha evidence sweep`: what the rules let go, what they never do, and what is said of it afterwards."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from checks.base import Outcome
from mingcha.errors import UsageError
from mingcha.evidence.package import write_package
from mingcha.evidence.sweep import run_sweep
from mingcha.evidence.verbs import run_show, run_verify
from portal.zone import CHINA
from storage.bundle import Bundle, BundleError
from storage.commit import commit_audit
from storage.database import StorageError
from storage.ledger.states import Deed, Step
from storage.models import AuditRow, EvidenceRow, FindingRow
from storage.proof import meant_by
from storage.retention import LATELY, LIVE, OBJECTED, plan, read_rules
from storage.sweeping import sweep
from tests.app.run import mingcha
from tests.evidence.make import AT, LATER, PICTURE, URL, Kept, close, copied
from tests.steps import record
from tests.storage.make import audit, finding, metas, result

RULES = read_rules()


def dispute(engine: Engine) -> None:
    with engine.connect() as connection:
        fingerprint = connection.scalar(select(FindingRow.fingerprint).where(FindingRow.subject == URL))
    assert fingerprint
    record(engine, fingerprint, Step(Deed.REMOVE, "王五", LATER - dt.timedelta(days=700), "不是本单位的链接"))


def held(kept: Kept) -> set[str]:
    return {path.stem for path in kept.store.folder.glob("*/*.zst")}


def aged(kept: Kept) -> None:
    """Files are as old as their audits, as they would be."""
    for path in kept.store.folder.glob("*/*"):
        os.utime(path, (1772000000, 1772000000))


def test_proof_goes_when_its_time_has_come_and_nobody_needs_it(own: Kept) -> None:
    engine = own.engine()
    aged(own)
    assert not plan(engine, own.store, RULES, dt.datetime(2027, 1, 1, tzinfo=CHINA)).evidence  # less than two years
    planned = plan(engine, own.store, RULES, LATER)
    assert not planned.evidence and planned.kept == {LIVE: 5}
    close(engine, LATER - dt.timedelta(days=100))
    planned = plan(engine, own.store, RULES, LATER)
    assert not planned.evidence and planned.kept == {LATELY: 5}
    planned = plan(engine, own.store, RULES, LATER + dt.timedelta(days=300))
    assert set(planned.evidence) == set(own.digests)
    dispute(engine)
    planned = plan(engine, own.store, RULES, LATER + dt.timedelta(days=300))
    assert set(planned.evidence) == {own.note, own.dns} and planned.kept == {OBJECTED: 3}
    done = sweep(engine, own.store, planned, LATER)
    assert (done.evidence, done.problems) == (2, []) and done.size > 0
    assert held(own) == {own.answer, own.picture, own.page}
    again = plan(engine, own.store, RULES, LATER + dt.timedelta(days=300))
    assert not again.evidence and not again.strays


def test_expired_proof_is_said_to_be_that_everywhere(own: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    engine = own.engine()
    aged(own)
    close(engine, LATER - dt.timedelta(days=400))
    sweep(engine, own.store, plan(engine, own.store, RULES, LATER), LATER)
    assert held(own) == set()
    with engine.connect() as connection:
        rows = list(connection.execute(select(EvidenceRow.expired, EvidenceRow.expiry_rule)))
    assert len(rows) == 10 and {(row.expired, row.expiry_rule) for row in rows} == {(LATER, "证据满730天")}
    assert run_verify("", str(own.database)) == 0
    assert "5 件已按保存规则清除" in capsys.readouterr().out
    assert run_show("yun-0001", str(own.database)) == 0
    assert "已于2028-06-01按规则“证据满730天”清除" in capsys.readouterr().out
    package = write_package(engine, own.store, meant_by(engine, "yun-0001"), own.folder / "p.zip", LATER)
    assert (package.count, len(package.expired), package.lost) == (0, 3, ())


def test_what_an_audit_keeps_again_meanwhile_stays(own: Kept) -> None:
    engine = own.engine()
    close(engine, LATER - dt.timedelta(days=400))
    aged(own)
    planned = plan(engine, own.store, RULES, LATER)
    os.utime(own.file(own.picture), (LATER.timestamp(), LATER.timestamp()))  # as `put` and `copy` do
    done = sweep(engine, own.store, planned, LATER)
    assert done.evidence == 4 and held(own) == {own.picture}
    # the audit commits: the same bytes have a row that is not expired
    record_ = audit(1, id="yun-later", started=LATER, ended=LATER, as_of=LATER.date())
    blob = (own.picture, "image/png", 1, URL, LATER)
    commit_audit(engine, record_, [result(finding(URL, Outcome.FAIL, evidence=(own.picture,)))], [blob], metas=metas)
    assert not plan(engine, own.store, RULES, LATER + dt.timedelta(days=60)).strays


def test_proof_that_a_later_audit_took_over_is_as_young_as_that_audit(own: Kept) -> None:
    engine = own.engine()
    started = LATER - dt.timedelta(days=500)
    head = audit(1, id="yun-later", started=started, ended=started, as_of=started.date())
    blob = (own.picture, "image/png", len(PICTURE), URL, AT)  # got when the first audit got it
    commit_audit(engine, head, [result(finding(URL, Outcome.FAIL, evidence=(own.picture,)))], [blob], metas=metas)
    close(engine, LATER - dt.timedelta(days=400))
    planned = plan(engine, own.store, RULES, LATER)
    assert set(planned.evidence) == {own.answer, own.note, own.page, own.dns}


def test_keeping_proof_again_notes_that_it_is_wanted(own: Kept) -> None:
    aged(own)
    before = own.file(own.note).stat().st_mtime
    own.store.put(own.store.get(own.note))
    assert own.file(own.note).stat().st_mtime > before
    since = dt.datetime.fromtimestamp(before, dt.UTC) + dt.timedelta(days=1)
    assert own.store.remove(own.note, since) == 0 and own.store.verify(own.note)
    assert own.store.remove(own.dns, since) > 0 and not own.store.exists(own.dns)
    assert own.store.remove(own.dns, since) == 0


def test_a_sweep_that_was_killed_is_finished_by_the_next(own: Kept) -> None:
    engine = own.engine()
    close(engine, LATER - dt.timedelta(days=400))
    aged(own)
    kept = copied(own, own.folder.parent / "before")
    sweep(engine, own.store, plan(engine, own.store, RULES, LATER), LATER)
    for digest in own.digests:  # written down, and the bytes are still there
        own.file(digest).parent.mkdir(exist_ok=True)
        shutil.copy2(kept.file(digest), own.file(digest))
    shutil.copy2(kept.folder / "audit-1" / "bundle" / "bundle.sqlite", own.folder / "audit-1" / "bundle")
    again = plan(engine, own.store, RULES, LATER)
    assert set(again.strays) == set(own.digests) and [one.audit for one in again.bundles] == ["yun-20260301-010000"]
    done = sweep(engine, own.store, again, LATER)
    assert (done.strays, done.bundles, done.problems) == (5, 1, []) and held(own) == set()


def test_strays_and_what_a_kill_left_go_when_old(own: Kept) -> None:
    engine = own.engine()
    stray = own.store.put(b"nobody's")
    part = own.file(stray).with_suffix(".part")
    part.write_bytes(b"x")
    now = dt.datetime.now(dt.UTC)
    young = plan(engine, own.store, RULES, now)
    assert (young.strays, young.parts) == ((), ())
    later = now + dt.timedelta(days=31)
    planned = plan(engine, own.store, RULES, later)
    assert (planned.strays, planned.parts) == ((stray,), (part,))
    done = sweep(engine, own.store, planned, later)
    assert (done.strays, done.parts) == (1, 1) and held(own) == set(own.digests)


def test_bundles_thin_out_to_one_a_month_and_end(own: Kept) -> None:
    engine = own.engine()
    in_may, in_july = (dt.datetime(2026, month, 9, tzinfo=CHINA) for month in (4, 7))
    assert not plan(engine, own.store, RULES, in_may).bundles  # each younger than 60 days
    first = plan(engine, own.store, RULES, in_july).bundles
    assert [(one.audit, one.rule) for one in first] == [("yun-20260301-010000", "采集包满60天")]
    # The second is the newest of its portal, and the open findings' re-check begins with it.
    assert len(plan(engine, own.store, RULES, LATER).bundles) == 1
    close(engine, LATER - dt.timedelta(days=30))
    last = plan(engine, own.store, RULES, LATER).bundles
    assert [(one.audit, one.rule) for one in last] == [
        ("yun-20260301-010000", "采集包满60天"),
        ("yun-20260302-010000", "采集包满730天"),
    ]


async def test_a_bundle_that_was_swept_says_so_when_it_is_to_be_judged_again(own: Kept) -> None:
    engine = own.engine()
    folder = own.folder / "audit-1" / "bundle"
    (folder / "events.jsonl").write_text("{}\n")
    own.file(own.note).unlink()  # only the bundle has it
    at = dt.datetime(2026, 7, 8, 20, tzinfo=dt.UTC)  # the 9th in China
    done = sweep(engine, own.store, plan(engine, own.store, RULES, at), at)
    assert (done.bundles, done.problems) == (1, []) and done.size > 0
    assert own.store.verify(own.note)
    assert sorted(path.name for path in folder.iterdir()) == ["events.jsonl", "lock", "swept.json"]
    assert json.loads((folder / "swept.json").read_text())["audit"] == "yun-20260301-010000"
    with pytest.raises(BundleError, match="no bundle at"):
        Bundle.open(own.folder / "audit-9")
    ran = await mingcha("rejudge", "audit-1", cwd=own.folder, MINGCHA_DB=str(own.database))
    assert ran.code == 1 and ran.err.count("\n") == 1
    assert "已于2026-07-09按保存规则“采集包满60天”清理" in ran.err
    assert not plan(engine, own.store, RULES, at).bundles
    assert run_verify("", str(own.database)) == 0


def test_a_bundle_in_use_or_of_another_audit_stays(own: Kept) -> None:
    engine = own.engine()
    at = dt.datetime(2026, 7, 9, tzinfo=CHINA)
    planned = plan(engine, own.store, RULES, at)
    with (planned.bundles[0].folder / "lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = sweep(engine, own.store, planned, at)
        assert done.bundles == 0 and "in use" in done.problems[0]
    with engine.begin() as connection:
        other = update(AuditRow).where(AuditRow.id == "yun-20260301-010000")
        connection.execute(other.values(bundle=str(own.folder / "audit-2" / "bundle")))
    done = sweep(engine, own.store, plan(engine, own.store, RULES, at), at)
    assert done.bundles == 0 and "another audit" in done.problems[0]
    Bundle.open(own.folder / "audit-2" / "bundle").close()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[evidence]\nday = 3", "day"),
        ("[evidense]\ndays = 3", "unknown key 'evidense'; there are the tables evidence, bundle, stray"),
        ('[stray]\ndays = "3"', "days"),
        ("[stray]\ndays = 0", "stray.days must be from 1"),
        ("x = 1", "unknown key 'x'"),
        ("[", "is not TOML"),
    ],
)
def test_rules_that_are_wrong_are_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "retention.toml"
    file.write_text(text)
    with pytest.raises(StorageError, match=r"retention\.toml: ") as caught:
        read_rules(file)
    assert says in str(caught.value)
    with pytest.raises(UsageError):
        run_sweep(file, "none", LATER, act=False)


async def test_the_command_acts_only_when_told_to(own: Kept) -> None:
    engine = own.engine()
    close(engine, dt.datetime(2026, 3, 5, tzinfo=CHINA))
    aged(own)
    (own.folder / "retention.toml").write_text("[evidence]\ndays = 3\nclosed_days = 2\n")
    ran = await mingcha("evidence", "sweep", cwd=own.folder, MINGCHA_DB=str(own.database))
    assert ran.code == 0 and "可清除证据 5 件" in ran.out and "没有改动任何内容" in ran.out, ran.err
    assert "保存规则（retention.toml）：证据 3 天，整改后 2 天；采集包 60 天" in ran.out
    assert held(own) == set(own.digests)
    ran = await mingcha("evidence", "sweep", "--yes", cwd=own.folder, MINGCHA_DB=str(own.database))
    assert ran.code == 0 and "已清除证据 5 件" in ran.out, ran.err
    assert held(own) == set()

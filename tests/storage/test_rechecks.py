"""Looks at single findings are kept with their sitting, and say what followed from them."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Engine

from checks.base import CheckResult, Outcome, fingerprint
from storage.commit import AuditRecord, Blob, commit_audit
from storage.database import StorageError
from storage.lifecycle import Sight
from storage.queries import audits
from storage.rechecks import (
    AUTOMATIC,
    Look,
    Reason,
    keep_looks,
    newest_audits,
    newest_pictures,
    rechecks,
    waiting,
)
from tests.storage.make import META, PORTAL, audit, finding, metas, result

URL = "https://a.example/"
NAME = fingerprint(PORTAL.id, META, "not_found", URL)
SHOT, ANSWER, LATER = "a" * 64, "b" * 64, "c" * 64


def blob(digest: str, media: str = "image/jpeg") -> Blob:
    return digest, media, 1, URL, dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def look(at: AuditRecord, sight: Sight, reason: Reason = Reason.SUSPECT, after: str = "") -> Look:
    return Look(NAME, reason, at.ended, AUTOMATIC, "整页重取", sight, SHOT, after)


def sit(engine: Engine, at: AuditRecord, seen: CheckResult, one: Look, before: str) -> None:
    """Commits a sitting with its one look."""
    commit_audit(
        engine,
        at,
        [seen],
        [blob(LATER)],
        metas=metas,
        proof=[one.after] if one.after else [],
        also=lambda session: keep_looks(session, at.id, [one], {NAME: before}),
    )


def test_a_suspicion_is_confirmed_returned_and_closed(engine: Engine) -> None:
    first = finding(URL, Outcome.SUSPECT, evidence=(ANSWER, SHOT))
    commit_audit(engine, audit(1), [result(first)], [blob(SHOT), blob(ANSWER, "text/html")], metas=metas)
    assert newest_pictures(engine, [NAME, "f" * 64]) == {NAME: (SHOT,)}
    second, third, fourth = (audit(day, kind="recheck") for day in (2, 3, 4))
    sit(engine, second, result(finding(URL, Outcome.SUSPECT)), look(second, Sight.DOUBTFUL), "suspect")
    sit(engine, third, result(finding(URL)), look(third, Sight.FAILED, Reason.CLAIM), "open")
    sit(engine, fourth, result(passed=[URL]), look(fourth, Sight.GOOD, Reason.CLAIM, after=LATER), "open")
    said = [(one.number, one.result, one.conclusion, one.before, one.after) for one in rechecks(engine, "yun")]
    assert said == [
        ("yun-0001", "仍不正常", "转为确认", SHOT, ""),
        ("yun-0001", "仍不正常", "退回", SHOT, ""),
        ("yun-0001", "正常", "销号", SHOT, LATER),
    ]
    assert rechecks(engine, "another") == ()


@pytest.mark.parametrize(
    ("sight", "day", "conclusion"),
    [(Sight.GOOD, 2, "排除"), (Sight.DOUBTFUL, 1, "仍疑似"), (Sight.UNSEEN, 2, "未能复查")],
)
def test_what_becomes_of_a_suspicion(engine: Engine, sight: Sight, day: int, conclusion: str) -> None:
    commit_audit(engine, audit(1), [result(finding(URL, Outcome.SUSPECT))], metas=metas)
    seen = {
        Sight.GOOD: result(passed=[URL]),
        Sight.DOUBTFUL: result(finding(URL, Outcome.SUSPECT)),
        Sight.UNSEEN: result(),
    }[sight]
    sitting = audit(day, hour=9, kind="recheck")
    sit(engine, sitting, seen, look(sitting, sight), "suspect")
    assert [one.conclusion for one in rechecks(engine, "yun")] == [conclusion]


def test_a_look_that_cannot_be_kept_takes_its_sitting_with_it(engine: Engine) -> None:
    commit_audit(engine, audit(1), [result(finding(URL))], metas=metas)
    sitting = audit(2, kind="recheck")
    twice = [look(sitting, Sight.GOOD)] * 2
    with pytest.raises(StorageError):
        commit_audit(
            engine,
            sitting,
            [result(passed=[URL])],
            metas=metas,
            also=lambda session: keep_looks(session, sitting.id, twice, {NAME: "open"}),
        )
    assert [head.id for head in audits(engine, "yun")] == [audit(1).id]


def test_what_waits_and_what_was_tried(engine: Engine) -> None:
    other = "https://b.example/"
    both = result(finding(URL, Outcome.SUSPECT), finding(other))
    commit_audit(engine, audit(1), [both], metas=metas)
    sitting = audit(1, hour=9, kind="recheck")
    sit(engine, sitting, result(finding(URL, Outcome.SUSPECT)), look(sitting, Sight.DOUBTFUL), "suspect")
    (one,) = waiting(engine, "yun")
    assert (one.number, one.state, one.check, one.kind) == ("yun-0001", "suspect", "links", "not_found")
    assert (one.last_seen, one.since) == (sitting.ended, audit(1).ended)
    assert one.looks == ((sitting.ended, Reason.SUSPECT, Sight.DOUBTFUL),)
    certain = fingerprint(PORTAL.id, META, "not_found", other)
    assert [each.number for each in waiting(engine, "yun", [certain])] == ["yun-0001", "yun-0002"]
    assert newest_audits(engine, [NAME, certain, "f" * 64]).keys() == {NAME, certain}
    assert newest_audits(engine, [NAME])[NAME].id == sitting.id
    assert waiting(engine, "another", [certain]) == ()

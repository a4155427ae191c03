"""A portal gets another id: its whole history goes along, and the next audit knows every finding again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, func, select

from checks.base import fingerprint
from portal.zone import CHINA
from storage.commit import commit_audit
from storage.database import StorageError, open_database, reading, writing
from storage.items import ListSeen, keep_lists
from storage.items import history as seen_lists
from storage.ledger.book import entries
from storage.ledger.excuses import Excuse, Scope, excuse, excuses
from storage.ledger.rename import rename_portal
from storage.ledger.states import Deed, Step
from storage.marks import MarkView, history, keep_marks
from storage.models import Base, ItemRow
from storage.queries import audit_view, find
from storage.renamed import renamed, strayed
from storage.verify import verify_findings
from tests.steps import claim, record
from tests.storage.make import META, PORTAL, audit, finding, metas, result

A, B = "https://www.yun.example/a", "https://www.yun.example/b"
OTHER = finding(B, kind="empty", column="新闻")
NEW = replace(PORTAL, id="yunxian")
AT = dt.datetime(2026, 3, 5, 9, tzinfo=CHINA)


@pytest.fixture
def engine(place: str) -> Iterator[Engine]:
    engine = open_database(place)
    commit_audit(engine, audit(1), [result(finding(A), OTHER)], metas=metas)
    record(engine, finding(A).fingerprint, Step(Deed.CONFIRM, "王芳", AT))
    claim(engine, finding(A).fingerprint, text="已恢复", who="财政局", at=AT)
    one = Excuse("yun", Scope.FINDING, OTHER.fingerprint, "no_access", "已发函", AT, AT + dt.timedelta(9), "王芳", AT)
    excuse(engine, one)
    keep_marks(engine, "yun", "own", "2026", [MarkView("1", "王芳", AT, 1.0)], basis=AT)
    yield engine
    engine.dispose()


def rename(engine: Engine, old: str = "yun", new: str = "yunxian") -> int:
    return rename_portal(engine, old, new, who="王芳", at=AT, why="统一标识")


def counted(engine: Engine) -> dict[str, int]:
    """Returns how many rows every table has."""
    with reading(engine) as session:
        tables = Base.metadata.sorted_tables
        return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def lists(*keys: str) -> tuple[ListSeen, ...]:
    return (ListSeen(A, keys, (dt.date(2026, 1, 1), dt.date(2026, 2, 1))),)


def test_what_was_seen_of_lists_goes_along_when_the_new_id_was_audited_before(engine: Engine) -> None:
    """The hint to rename comes with the night that audits the new id: it is followed after that."""
    first, second, third = (dt.datetime(2026, 3, day, tzinfo=CHINA) for day in (1, 2, 3))
    with writing(engine) as session:
        keep_lists(session, "yun", first, lists("old", "both"), sound=True)
        keep_lists(session, "yun", third, lists("both"), sound=True)
    commit_audit(
        engine,
        audit(2, id="yunxian-1", portal=NEW),
        [],
        metas=metas,
        also=lambda session: keep_lists(session, "yunxian", second, lists("both", "new"), sound=True),
    )
    rename(engine)
    seen = seen_lists(engine, "yunxian", dt.datetime(2026, 4, 1, tzinfo=CHINA))
    assert seen.items == {"old": first.date(), "both": first.date(), "new": second.date()}
    assert [one.day for one in seen.lists[A]] == [third.date(), second.date()]
    with reading(engine) as session:
        assert session.scalar(select(ItemRow.last).where(ItemRow.key == "both")) == third


def test_everything_goes_along_and_nothing_is_lost(engine: Engine) -> None:
    before, rows = list(entries(engine, "yun", AT).values()), counted(engine)
    assert rename(engine) == 2
    after = list(entries(engine, "yunxian", AT).values())
    assert entries(engine, "yun", AT) == {}
    assert [one.fingerprint for one in after] == [
        fingerprint("yunxian", META, "not_found", A),
        fingerprint("yunxian", META, "empty", B),
    ]
    assert [(one.number, one.state, one.history) for one in after] == [
        (one.number.replace("yun-", "yunxian-"), one.state, one.history) for one in before
    ]
    assert [str(one.state) for one in after] == ["已反馈(待复查)", "豁免"]
    assert counted(engine) == rows | {"renamed": 1, "renumbered": 2}
    assert len(history(engine, "yunxian", "own", "2026")) == 1 and len(excuses(engine, "yunxian")) == 1
    assert len(audit_view(engine, portal="yunxian").findings) == 2


def test_the_next_audit_knows_every_finding_again(engine: Engine) -> None:
    rename(engine)
    here = replace(finding(A), fingerprint=fingerprint("yunxian", META, "not_found", A))
    report = commit_audit(engine, audit(6, portal=NEW), [result(here, passed=[])], metas=metas)
    assert (report.new, report.persisting) == ((), (here.fingerprint,))
    assert str(entries(engine, "yunxian", AT)[here.fingerprint].state) == "退回(复查未通过)"


def test_numbers_given_out_before_are_understood_also_after_a_second_time(engine: Engine) -> None:
    rename(engine)
    rename(engine, "yunxian", "yun-county")
    for word in ("yun-0001", "yunxian-0001", "yun-county-0001"):
        assert find(engine, word).number == "yun-county-0001"
    assert renamed(engine, "yun") == "yun-county"
    rename(engine, "yun-county", "yun")
    assert find(engine, "yunxian-0002").number == "yun-0002" and renamed(engine, "yun") == "yun"


def test_an_audit_made_under_the_old_id_starts_no_second_history(engine: Engine) -> None:
    rename(engine)
    with pytest.raises(StorageError, match="is called 'yunxian' now"):
        commit_audit(engine, audit(7), [result(finding(A))], metas=metas)
    assert counted(engine)["portal"] == 1


def test_when_both_ids_were_audited_the_histories_become_one(engine: Engine) -> None:
    c = "https://www.yun.example/c"
    again = replace(OTHER, fingerprint=fingerprint("yunxian", META, "empty", B))
    fresh = replace(finding(c), fingerprint=fingerprint("yunxian", META, "not_found", c))
    commit_audit(engine, audit(6, portal=NEW, id="new-6"), [result(again, fresh, passed=[A])], metas=metas)
    before = counted(engine)
    assert rename(engine) == 2
    found = {one.number: one for one in entries(engine, "yunxian", AT).values()}
    # Both knew `again`, as 1 here and 2 there; A was measured good by an audit that did not know of it.
    assert {number: (one.subject, str(one.state)) for number, one in found.items()} == {
        "yunxian-0001": (B, "豁免"),
        "yunxian-0002": (c, "待核实"),
        "yunxian-0003": (A, "已销号"),
    }
    assert found["yunxian-0003"].closed_by == "自动复查"
    assert [find(engine, word).number for word in ("yun-0001", "yun-0002")] == ["yunxian-0003", "yunxian-0001"]
    after = counted(engine)
    assert after["audit"] == before["audit"] and after["ledger_event"] == before["ledger_event"]
    assert (after["finding"], after["portal"]) == (before["finding"] - 1, 1)
    assert len(audit_view(engine, portal="yunxian").findings) == 3
    assert not verify_findings(engine).problems  # what both knew began twice, and that is no gap
    report = commit_audit(engine, audit(8, portal=NEW, id="new-8"), [result(again)], metas=metas)
    assert (report.new, report.persisting) == ((), (again.fingerprint,))


def test_what_was_repaired_under_one_id_and_is_back_under_the_other_is_a_relapse(engine: Engine) -> None:
    commit_audit(engine, audit(2), [result(passed=[A])], metas=metas)
    back = replace(finding(A), fingerprint=fingerprint("yunxian", META, "not_found", A))
    commit_audit(engine, audit(6, portal=NEW, id="new-6"), [result(back)], metas=metas)
    rename(engine)
    found = entries(engine, "yunxian", AT)[back.fingerprint]
    assert (str(found.state), str(found.machine)) == ("反弹", "regressed")


def test_a_new_number_is_never_one_that_was_given_out(engine: Engine) -> None:
    commit_audit(engine, audit(6, portal=NEW, id="new-6"), [result()], metas=metas)
    rename(engine)
    c = "https://www.yun.example/c"
    fresh = replace(finding(c), fingerprint=fingerprint("yunxian", META, "not_found", c))
    commit_audit(engine, audit(8, portal=NEW, id="new-8"), [result(fresh)], metas=metas)
    assert find(engine, fresh.fingerprint).number == "yunxian-0003"


def test_what_cannot_be_renamed_is_said_and_nothing_changes(engine: Engine) -> None:
    before = counted(engine)
    with pytest.raises(StorageError, match="there are: yun"):
        rename(engine, "none", "else")
    with pytest.raises(StorageError, match="no new id"):
        rename(engine, "yun", "yun")
    with pytest.raises(StorageError, match="由谁"):
        rename_portal(engine, "yun", "else", who=" ", at=AT)
    assert counted(engine) == before and len(entries(engine, "yun", AT)) == 2


def test_a_portal_that_went_by_another_id_in_targets_is_noticed(engine: Engine) -> None:
    assert strayed(engine, {"yunxian": PORTAL.home, "shan": "https://www.shan.example/"}) == (("yun", "yunxian"),)
    assert strayed(engine, {"yunxian": "http://www.yun.example/"}) == (("yun", "yunxian"),)  # it moved to https, too
    assert strayed(engine, {"yun": PORTAL.home, "yunxian": PORTAL.home}) == ()
    assert strayed(engine, {}) == ()

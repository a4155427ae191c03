"""The commit: identities persist, absence is no repair, nothing happens twice, the past rewrites nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import Engine, Text, cast, create_engine, func, select, text

from checks.base import CheckResult, Outcome
from storage.commit import AuditRecord, CommitReport, commit_audit
from storage.database import StorageError, reading, writing
from storage.models import AuditRow, FindingRow, ObservationRow, Packed, ResultRow, TransitionRow
from storage.queries import audit_view, audited, audited_last, find, last_day
from storage.views import FindingView
from tests.storage.make import META, PORTAL, audit, finding, metas, result

A, B, C = (f"https://www.yun.example/{name}.html" for name in "abc")


def put(engine: Engine, record: AuditRecord, *results: CheckResult) -> CommitReport:
    return commit_audit(engine, record, results, metas=metas)


def states(engine: Engine) -> dict[str, str]:
    with reading(engine) as session:
        return {row.subject: row.state for row in session.scalars(select(FindingRow))}


def ledger(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as session:
        return [(row.before, row.after) for row in session.scalars(select(TransitionRow).order_by(TransitionRow.id))]


def count(engine: Engine, table: type) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_finding_keeps_its_identity_and_number_from_audit_to_audit(engine: Engine) -> None:
    put(engine, audit(1), result(finding(A), finding(B)))
    report = put(engine, audit(2), result(finding(B), finding(A, kind="server_error")))
    assert len(report.persisting) == 2 and not report.new
    numbers = {view.subject: view.number for view in audit_view(engine, portal="yun").findings}
    assert numbers == {A: "yun-0001", B: "yun-0002"}
    assert count(engine, FindingRow) == 2 and count(engine, ObservationRow) == 4


def test_the_same_audit_again_changes_nothing(engine: Engine) -> None:
    first = put(engine, audit(1), result(finding(A)))
    again = put(engine, audit(1), result(finding(A)))
    assert len(first.new) == 1 and again == CommitReport(unchanged=True)
    assert count(engine, ObservationRow) == 1 and ledger(engine) == [("", "open")]


def test_a_suspicion_opens_on_another_day_but_not_on_the_same(engine: Engine) -> None:
    doubt = result(finding(A, Outcome.SUSPECT))
    put(engine, audit(1), doubt)
    put(engine, audit(1, hour=5), doubt)
    assert states(engine) == {A: "suspect"}
    report = put(engine, audit(2), doubt)
    assert states(engine) == {A: "open"} and len(report.opened) == 1


def test_absence_closes_nothing_and_a_good_measurement_does(engine: Engine) -> None:
    put(engine, audit(1), result(finding(A), finding(B)))
    put(engine, audit(2), result())
    assert states(engine) == {A: "open", B: "open"}
    view = audit_view(engine, portal="yun")
    assert {f.outcome for f in view.findings} == {"not_measured"}
    report = put(engine, audit(3), result(passed=[A, C]))
    assert states(engine) == {A: "fixed", B: "open"} and len(report.fixed) == 1
    assert [f.subject for f in audit_view(engine, portal="yun").changed("fixed")] == [A]


def test_what_was_fixed_and_fails_again_has_regressed(engine: Engine) -> None:
    put(engine, audit(1), result(finding(A)))
    put(engine, audit(2), result(passed=[A]))
    put(engine, audit(3), result(passed=[A]))
    report = put(engine, audit(4), result(finding(A)))
    assert states(engine) == {A: "regressed"} and len(report.regressed) == 1
    assert ledger(engine) == [("", "open"), ("open", "fixed"), ("fixed", "regressed")]
    view = find(engine, "yun-0001")
    assert view.regressions == 1 and view.first_seen == audit(1).ended and view.last_seen == audit(4).ended


def test_a_suspicion_that_does_not_hold_is_cleared_not_fixed(engine: Engine) -> None:
    put(engine, audit(1), result(finding(A, Outcome.SUSPECT)))
    report = put(engine, audit(2), result(passed=[A]))
    assert states(engine) == {A: "cleared"} and len(report.cleared) == 1 and not report.fixed


def test_a_degraded_audit_closes_nothing(engine: Engine) -> None:
    put(engine, audit(1), result(finding(A)))
    put(engine, audit(2, degraded="stopped early: deadline"), result(passed=[A]))
    assert states(engine) == {A: "open"}


def test_an_older_audit_committed_late_takes_its_place_in_the_past(engine: Engine) -> None:
    put(engine, audit(5), result(finding(B), passed=[A, C]))
    put(engine, audit(6), result(passed=[B]))
    put(engine, audit(2), result(finding(A), finding(B, Outcome.SUSPECT)))
    assert states(engine) == {A: "fixed", B: "fixed"}
    assert find(engine, "yun-0001").first_seen == audit(2).ended
    assert {f.subject: f.state for f in audit_view(engine, audit(2).id).findings}[B] != "fixed"
    with reading(engine) as session:
        assert session.get_one(AuditRow, audit(2).id).portal == PORTAL.id


def test_a_judged_again_audit_replaces_what_it_said_and_withdraws_what_no_longer_stands(engine: Engine) -> None:
    put(engine, audit(1), result(finding(A), finding(B)))
    put(engine, audit(1), result(finding(B)))
    assert states(engine) == {A: "cleared", B: "open"}
    assert ledger(engine)[-1] == ("open", "cleared")
    assert count(engine, AuditRow) == 1 and count(engine, ObservationRow) == 1
    put(engine, audit(1), result(finding(A), finding(B)))
    assert states(engine) == {A: "open", B: "open"}


def test_a_closing_audit_judged_again_still_closes(engine: Engine) -> None:
    put(engine, audit(1), result(finding(A)))
    put(engine, audit(2), result(passed=[A]))
    put(engine, audit(2), result(passed=[A, C]))
    assert states(engine) == {A: "fixed"} and ledger(engine) == [("", "open"), ("open", "fixed")]


def test_other_portals_and_other_checks_are_left_alone(engine: Engine) -> None:
    put(engine, audit(1), result(finding(A)))
    other = CheckResult("columns", 1, Outcome.PASS, coverage=result(passed=[A]).coverage)
    put(engine, audit(2), other)
    assert states(engine) == {A: "open"}


def test_a_commit_that_fails_half_way_leaves_nothing(engine: Engine) -> None:
    put(engine, audit(1), result(finding(A)))
    broken = finding(B, facts={"value": object()})
    with pytest.raises(Exception, match="type"):
        put(engine, audit(2), result(finding(C), broken))
    assert states(engine) == {A: "open"} and count(engine, AuditRow) == 1


def test_the_view_carries_what_reports_show(engine: Engine) -> None:
    put(engine, audit(1), result(finding(A, facts={"status": 404}, column="首页>要闻")))
    view = audit_view(engine, audit(1).id)
    (seen,) = view.findings
    assert isinstance(seen, FindingView) and seen.live and seen.change == "new"
    assert seen.facts == {"status": 404} and seen.column == "首页>要闻" and seen.confirmations == 1
    assert view.results[0].check == META.id and view.results[0].coverage.measured == 1
    assert view.audit.started == audit(1).started and view.portal.unit == PORTAL.unit


@pytest.mark.parametrize("reference", ["", "yun-0009", "ffff", "%", "nope-1"])
def test_an_unknown_finding_or_audit_is_one_sentence(engine: Engine, reference: str) -> None:
    put(engine, audit(1), result(finding(A)))
    with pytest.raises(StorageError, match="no finding"):
        find(engine, reference)
    with pytest.raises(StorageError, match="no audit"):
        audit_view(engine, "nothing")


def test_another_audit_that_began_in_the_same_second_is_not_taken_for_the_same(engine: Engine) -> None:
    first = audit(1, bundle="/srv/west/bundle")
    put(engine, first, result(finding(A)))
    later = replace(first, bundle="/srv/east/bundle", started=first.started + dt.timedelta(milliseconds=3))
    with pytest.raises(StorageError, match=r"another audit, that in /srv/west/bundle, .* began in the same second"):
        put(engine, later, result(finding(B)))
    moved = replace(first, bundle="/srv/elsewhere/bundle")  # judged again where its folder is now
    assert put(engine, moved, result(finding(A), finding(B))).new == (finding(B).fingerprint,)


def test_who_was_audited_is_known_without_reading_all_audits(engine: Engine) -> None:
    assert (audited(engine), audited_last(engine), last_day(engine)) == (frozenset(), "", None)
    commit_audit(engine, audit(2), [], metas=metas)
    commit_audit(engine, audit(1, id="other-1", portal=replace(PORTAL, id="other")), [], metas=metas)
    late = audit(3, id="third-1", portal=replace(PORTAL, id="third"), kind="recheck")
    commit_audit(engine, late, [], metas=metas)
    assert audited(engine) == {"yun", "other"}
    assert audited_last(engine) == "yun"
    assert last_day(engine) == late.as_of


def test_what_was_found_good_is_kept_packed_and_read_as_it_was_written(engine: Engine) -> None:
    good = tuple(f"https://www.yun.example/zwgk/{number}.html" for number in range(500))
    commit_audit(engine, audit(2), [result(passed=good)], metas=metas)
    whole = "\n".join(result(passed=good).coverage.passed)
    with reading(engine) as session:
        stored = session.scalar(select(cast(ResultRow.passed, Text)).select_from(ResultRow))
        assert session.scalar(select(ResultRow.passed)) == whole
    assert stored is not None and len(stored) < len(whole) / 5
    assert audit_view(engine, portal="yun").results[0].passed == {"dead": 500}
    # An older audit that comes late learns from it what was measured good since, as from rows that were never packed.
    commit_audit(engine, audit(1), [result(finding(good[7]))], metas=metas)
    with writing(engine) as session:
        session.execute(
            text("UPDATE result SET passed = :whole WHERE audit = :audit"), {"whole": whole, "audit": audit(2).id}
        )
    commit_audit(engine, audit(1, 5), [result(finding(good[8]))], metas=metas)
    assert [find(engine, number).state for number in ("yun-0001", "yun-0002")] == ["fixed", "fixed"]


@pytest.mark.parametrize("kept", ["", "dead /a", "zstd:", "zstd:no", "x" * 400, "县\n" * 900])
def test_texts_come_back_as_they_were_given(kept: str) -> None:
    packed, dialect = Packed(), create_engine("sqlite://").dialect
    assert packed.process_result_value(packed.process_bind_param(kept, dialect), dialect) == kept

"""What people take out of the ledger is taken out of scores, and the sheet says so; what is closed costs nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from indicators.library import Library
from mingcha.scoring.scores import Scored, score_portal
from mingcha.scoring.systems import systems_at_hand
from portal.zone import CHINA
from reports.html import write_report
from reports.scoresheet import write_sheet
from reports.write import registered_metas
from storage.commit import commit_audit
from storage.database import open_database
from storage.ledger.excuses import Excuse, Scope, excuse
from storage.ledger.states import Deed, Step
from storage.queries import audit_view
from tests.scores import scored
from tests.scores.scored import COUNTY, DAY, QINGHE
from tests.scores.sheet import Sheet
from tests.steps import record

AT = dt.datetime(2026, 11, 21, 9, tzinfo=CHINA)
HOME = [scored.found(QINGHE, "not_found", f"/home{n}.html") for n in range(2)]
LINKS = "1.1.1"  # 首页链接打不开的，每个扣0.5分


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return systems_at_hand(scored.county(tmp_path_factory.mktemp("systems")))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(scored.database(tmp_path / "mingcha.sqlite"))
    yield engine
    engine.dispose()


def take(engine: Engine, deed: Deed, fingerprint: str, at: dt.datetime = AT) -> None:
    record(engine, fingerprint, Step(deed, "王芳", at, "经复核", {"reason": "misread"}))


def scored_now(engine: Engine, books: Library, audit: str = "") -> Scored:
    return score_portal(engine, QINGHE.id, [COUNTY], books, audit=audit)[0]


def lost(engine: Engine, books: Library, audit: str = "") -> float:
    """Returns the points lost for certain by broken links of the home page."""
    return scored_now(engine, books, audit).score.leaves[LINKS].lost[0]


@pytest.mark.parametrize("deed", [Deed.REMOVE, Deed.CLOSE])
def test_what_a_person_takes_out_or_closes_costs_nothing(engine: Engine, books: Library, deed: Deed) -> None:
    before = lost(engine, books)
    take(engine, deed, HOME[0].fingerprint)
    assert (before, lost(engine, books)) == (1.0, 0.5)
    if deed is Deed.REMOVE:
        take(engine, Deed.REOPEN, HOME[0].fingerprint)
        assert lost(engine, books) == 1.0


def test_an_objection_that_is_only_pending_changes_nothing(engine: Engine, books: Library) -> None:
    take(engine, Deed.OBJECT, HOME[0].fingerprint)
    assert lost(engine, books) == 1.0
    take(engine, Deed.UPHOLD, HOME[0].fingerprint)
    assert lost(engine, books) == 1.0


@pytest.mark.parametrize(("days", "points"), [(36500, 0.0), (1, 1.0)])
def test_an_excuse_costs_nothing_while_it_holds(engine: Engine, books: Library, days: int, points: float) -> None:
    end = AT + dt.timedelta(days=days)
    excuse(engine, Excuse(QINGHE.id, Scope.CHECK, "broken_links", "no_access", "已发函", AT, end, "王芳", AT))
    assert lost(engine, books) == points


def test_the_sheet_and_the_report_say_what_was_taken_out(engine: Engine, books: Library, tmp_path: Path) -> None:
    take(engine, Deed.REMOVE, HOME[0].fingerprint)
    one = scored_now(engine, books)
    sheet = Sheet(write_sheet(one.score, one.view, tmp_path / "a.xlsx", made=AT))
    said = [str(cell.value) for page in sheet.book.worksheets for row in page.iter_rows() for cell in row if cell.value]
    assert any("1个已剔除或豁免，不计" in text for text in said)
    view = audit_view(engine, portal=QINGHE.id)
    page = write_report(view, tmp_path / "a.html", registered_metas(), lambda digest: b"", {}).read_text("utf-8")
    assert f"发现 {sum(finding.wrong for finding in view.findings)} 个需要整改的问题" in page
    assert "已剔除、豁免或销号" in page
    number = next(finding.number for finding in view.findings if finding.aside)
    card = page.partition(f'id="{number}"')[2].partition("</header>")[0]
    assert 'data-tags="closed' in card and card.count("剔除") == 1


def test_an_older_audit_is_scored_as_the_ledger_was_then_but_for_what_never_was_a_defect(
    engine: Engine, books: Library
) -> None:
    name = scored.record(QINGHE, DAY).id
    commit_audit(engine, scored.record(QINGHE, DAY + dt.timedelta(days=3)), scored.flawed(QINGHE))
    later = AT + dt.timedelta(days=5)
    take(engine, Deed.CLOSE, HOME[0].fingerprint, later)
    assert (lost(engine, books), lost(engine, books, name)) == (0.5, 1.0)
    take(engine, Deed.REMOVE, HOME[1].fingerprint, later)
    assert (lost(engine, books), lost(engine, books, name)) == (0.0, 0.5)

"""旧文新发: a hint where an earlier reading of the same list should have shown the item, silence everywhere else."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from checks.base import CheckResult, KnownFinding, Outcome, Severity
from portal.artifacts import Level, PageRecord
from portal.facts import ListItem, PageKind
from portal.history import History, ListReading, keys_of, reach_of
from tests.unit.checks.make import HOME, TODAY, ago, column, gathered, items, page, result, url

AT = url("/tzgg/")
FRESH_HOME = page(HOME, PageKind.HOME, level=Level.HOME, items=items(ago(1), at="/xw/"))
OLD = [ListItem(f"往期第{n}号通知", url(f"/tzgg/{n}.html"), ago(10 * n)) for n in range(1, 9)]
LATE = ListItem("关于开展第七批补贴申报工作的通知", url("/tzgg/900.html"), ago(45))


def listing(*shown: ListItem) -> PageRecord:
    return page(AT, PageKind.COLUMN, "通知公告", items=tuple(sorted(shown, key=lambda one: one.date or TODAY)[::-1]))


def known(*shown: ListItem, day: dt.date | None = None, reading: ListReading | None = None) -> History:
    """Returns a history in which those items were seen on a day, and the list was read once."""
    first = day or ago(100)
    read = reading or ListReading(ago(3), ago(80), ago(10))
    return History({key: first for item in shown for key in keys_of(item)}, {AT: (read,)})


def judged(history: History | None, *shown: ListItem, **more: Any) -> CheckResult:
    artifacts = gathered(FRESH_HOME, column(AT), listing(*shown))
    return result("update_freshness", replace(artifacts, history=history, **more))


def hints(found: CheckResult) -> list[str]:
    return [one.subject for one in found.findings if one.kind == "listed_late"]


def test_an_item_of_last_month_that_was_not_there_three_days_ago() -> None:
    found = judged(known(*OLD), *OLD, LATE)
    (one,) = (each for each in found.findings if each.kind == "listed_late")
    assert (one.subject, one.outcome, one.severity) == (LATE.url, Outcome.SUSPECT, Severity.NOTICE)
    assert one.message == (
        f"《{LATE.title}》标注的日期为{ago(45)}，{TODAY}才首次见到（晚45天）；{ago(3)}核查同一列表时，列表已显示至"
        f"{ago(80)}的信息，其中没有该信息，请人工核实。"
    )
    assert found.metrics["listed_late"] == 1


def test_it_stays_a_hint_on_the_nights_that_follow() -> None:
    seen = known(*OLD)
    later = History({**seen.items, **{key: ago(2) for key in keys_of(LATE)}}, seen.lists)
    found = judged(later, *OLD, LATE)
    assert hints(found) == [LATE.url]
    assert found.findings[-1].facts["first_seen"] == ago(2).isoformat()


@pytest.mark.parametrize(
    ("history", "why"),
    [
        (None, "nobody looked before"),
        (known(*OLD, LATE), "it was there all the time"),
        (known(*OLD, ListItem(LATE.title, url("/old/1.html"), LATE.date)), "only its address is new"),
        (known(*OLD, reading=ListReading(ago(3), ago(40), ago(10))), "the list did not reach back so far"),
        (known(*OLD, reading=ListReading(ago(20), ago(80), ago(10))), "the list was read 25 days after its date"),
        (known(*OLD, reading=ListReading(ago(60), ago(200), ago(61))), "the list was read before its date"),
    ],
)
def test_an_item_is_not_called_backdated_without_proof(history: History | None, why: str) -> None:
    assert hints(judged(history, *OLD, LATE)) == [], why


def test_a_list_that_is_another_one_now_is_no_trick_with_dates() -> None:
    others = [ListItem(f"另一栏目的第{n}号通报", url(f"/tb/{n}.html"), ago(40 + n)) for n in range(9)]
    assert hints(judged(known(*OLD), *OLD, *others)) == []
    assert len(hints(judged(known(*OLD), *OLD, *others[:4]))) == 4


def test_a_hint_that_no_longer_holds_is_cleared() -> None:
    before = (KnownFinding("update_freshness", "listed_late", LATE.url),)
    found = judged(known(*OLD, LATE), *OLD, LATE, known=before)
    assert f"listed_late {LATE.url}" in found.coverage.passed
    assert f"listed_late {LATE.url}" not in judged(known(*OLD, LATE), *OLD, LATE).coverage.passed


def dated(*days: int, pinned: int = 0) -> tuple[ListItem, ...]:
    """Returns a list with items that many days old, the first ones marked as pinned."""
    return tuple(ListItem(f"第{at}条", url(f"/{at}"), ago(day), pinned=at < pinned) for at, day in enumerate(days))


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (dated(1, 2, 3, 4, 50), (ago(50), ago(1))),
        (dated(300, 1, 2, 3, 4, 50, pinned=1), (ago(50), ago(1))),
        (dated(300, 1, 2, 3, 4, 50), (ago(50), ago(1))),  # pinned without saying so
        (dated(-3, 1, 2, 3, 4, 50), (ago(50), ago(1))),  # a date to come
        (dated(1, 2, 3, 4), None),  # too few to tell a list from a selection
        (dated(50, 40, 30, 20, 10, 1), None),  # grows at the end
        (dated(5, 1, 9, 2, 30, 7, 8, 9, 10), None),  # in no order
        ((*dated(1, 2, 3, 4, 50), ListItem("无日期", url("/x"))), None),
    ],
)
def test_how_far_back_a_list_reaches(shown: tuple[ListItem, ...], expected: tuple[dt.date, dt.date] | None) -> None:
    assert reach_of(shown, TODAY) == expected

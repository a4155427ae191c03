"""Pages that show a part of a column (a year, a sorted list) are neither blank nor out of date by themselves."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from checks.base import CheckResult
from portal.artifacts import FetchOutcome, PageRecord
from portal.facts import ListItem, PageKind
from portal.model import ColumnKind
from tests.unit.checks.make import ago, column, facts, gathered, host, items, kinds, link, page, result, tried, url

AT = url("/czzj/")
HONEST = host(random_page=tried(FetchOutcome.NOT_FOUND))


def of_years(called: str = "{}年", named: str = "财政资金", **years: tuple[ListItem, ...]) -> list[Any]:
    """Returns a column whose own page shows no item, and a page for each year, called so by the links to it."""
    records: list[Any] = [column(AT, "财政资金", ColumnKind.FINANCE), _shown(AT, ()), HONEST]
    for key, found in years.items():
        year = key.removeprefix("y")
        at = f"{AT}{year}/"
        records += [
            column(at, named.format(year), ColumnKind.FINANCE, parent=AT),
            _shown(at, found),
            link(at, text=called.format(year)),
        ]
    return records


def _shown(at: str, found: tuple[ListItem, ...]) -> Any:
    seen: dict[str, Any] = {"items": found, "empty_list": not found}
    return page(at, PageKind.COLUMN, "财政资金", rendered=facts(at, PageKind.COLUMN, "财政资金", **seen), **seen)


def row(one: CheckResult) -> Any:
    (found,) = [row for row in one.rows if row["url"] == AT]
    return found


@pytest.mark.parametrize(
    ("called", "named"), [("{}年", "财政资金"), ("{}", "财政资金"), ("[{}年度]", "财政资金"), ("往年", "{}")]
)
def test_a_year_without_items_among_others_is_no_blank_column(called: str, named: str) -> None:
    records = of_years(called, named, y2026=(), y2025=items(ago(340), at="/a/"), y2024=items(ago(700), at="/b/"))
    assert kinds(result("empty_columns", gathered(*records))) == []


def test_a_column_none_of_whose_years_shows_anything_is_blank() -> None:
    found = kinds(result("empty_columns", gathered(*of_years(y2026=(), y2025=()))))
    assert found == [("empty_list", f"{AT}2025/"), ("empty_list", f"{AT}2026/")]


@pytest.mark.parametrize(("called", "named"), [("县水利局", "财政资金"), ("2026年", "县水利局{}")])
def test_a_part_that_is_called_otherwise_too_is_a_column(called: str, named: str) -> None:
    records = of_years(called, named, y2026=(), y2025=items(ago(340), at="/a/"))
    assert kinds(result("empty_columns", gathered(*records))) == [("empty_list", f"{AT}2026/")]


def test_one_year_alone_is_a_column() -> None:
    records = of_years(y2026=())
    assert kinds(result("empty_columns", gathered(*records))) == [("empty_list", f"{AT}2026/")]


@pytest.mark.parametrize(("days", "stale"), [(20, False), (365, False), (366, True)])
def test_a_column_is_as_new_as_the_newest_of_its_years(days: int, stale: bool) -> None:
    records = of_years(y2026=(), y2025=items(ago(days), at="/a/"), y2024=items(ago(700), at="/b/"))
    one = result("update_freshness", gathered(*records))
    assert kinds(one) == ([("column_stale", AT)] if stale else [])
    assert row(one)["newest"] == ago(days).isoformat()


def test_a_year_that_was_not_read_may_hold_what_is_newer() -> None:
    records = of_years(y2026=(), y2025=items(ago(400), at="/a/"), y2024=items(ago(700), at="/b/"))
    silent = replace(page(f"{AT}2026/"), fetch=tried(FetchOutcome.TIMEOUT), facts=None)
    unread = [silent if isinstance(r, PageRecord) and r.url == silent.url else r for r in records]
    one = result("update_freshness", gathered(*unread))
    assert kinds(one) == [] and "未能判定" in row(one)["result"]


def test_dates_of_the_future_in_any_year_are_told() -> None:
    records = of_years(y2026=items(ago(5), ago(-10), at="/a/"), y2025=items(ago(400), at="/b/"))
    assert [kind for kind, _ in kinds(result("update_freshness", gathered(*records)))] == ["future_date"]


def view(found: tuple[ListItem, ...], name: str = "财政资金", query: str = "?C=M", **more: Any) -> list[Any]:
    """Returns a column of three items, and what its address shows with a query."""
    return [
        column(AT, "财政资金", ColumnKind.FINANCE),
        _shown(AT, items(ago(400), ago(410), ago(420), at="/a/")),
        column(AT + query, name, ColumnKind.FINANCE, **more),
        _shown(AT + query, found),
        HONEST,
    ]


SORTED = items(ago(420), ago(410), ago(400), at="/a/")


@pytest.mark.parametrize("found", [SORTED, SORTED[:1], ()])
def test_a_list_sorted_or_narrowed_is_the_column_it_is_called_as(found: tuple[ListItem, ...]) -> None:
    records = gathered(*view(found))
    assert kinds(result("update_freshness", records)) == [("column_stale", AT)]
    assert kinds(result("empty_columns", records)) == []


@pytest.mark.parametrize(
    ("name", "found", "declared"),
    [
        ("资金分配", SORTED, False),
        ("财政资金", items(ago(700), ago(710), at="/b/"), False),
        ("财政资金", SORTED, True),
    ],
)
def test_what_is_called_otherwise_shows_others_or_is_declared_is_a_column(
    name: str, found: tuple[ListItem, ...], declared: bool
) -> None:
    one = result("update_freshness", gathered(*view(found, name, declared=declared)))
    assert ("column_stale", AT + "?C=M") in kinds(one)

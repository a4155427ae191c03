"""Draws are reproducible, spread, and ask only what a search can fairly be asked."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from portal.artifacts import Attempt, ColumnRecord, FetchOutcome, Level, PageRecord, SearchTitle
from portal.draws import candidates_from, draw_titles, eligible_titles
from portal.facts import DateReading, PageFacts, PageKind, Rung
from portal.model import ColumnForm, ColumnKind

AS_OF = dt.date(2026, 11, 20)
OLD = dt.date(2026, 9, 1)


def title(number: int, kind: ColumnKind = ColumnKind.NEWS, text: str = "", day: dt.date | None = OLD) -> SearchTitle:
    text = text or f"关于开展第{number}次安全生产大检查的通知"
    return SearchTitle(text, f"http://a.gov.cn/{number}.html", day, "通知公告", kind)


POOL = [title(n, list(ColumnKind)[n % 5]) for n in range(60)]


def test_the_same_seed_draws_the_same_and_another_draws_others() -> None:
    assert draw_titles(POOL, 4, "a", AS_OF) == draw_titles(list(reversed(POOL)), 4, "a", AS_OF)
    assert draw_titles(POOL, 4, "a", AS_OF) != draw_titles(POOL, 4, "b", AS_OF)


def test_members_come_from_several_kinds_of_column() -> None:
    many_news = [title(n) for n in range(50)]
    others = [title(100, ColumnKind.POLICY), title(101, ColumnKind.NOTICE), title(102, ColumnKind.LETTERS)]
    drawn = draw_titles(many_news + others, 4, "s", AS_OF)
    assert {t.column_kind for t in drawn} == {
        ColumnKind.NEWS, ColumnKind.POLICY, ColumnKind.NOTICE, ColumnKind.LETTERS,
    }  # fmt: skip


def test_only_titles_a_search_can_fairly_be_asked_for_are_eligible() -> None:
    fair = title(1, day=AS_OF - dt.timedelta(days=7))
    unfair = [
        title(2, day=AS_OF - dt.timedelta(days=6)),  # the index may not know it yet
        title(3, day=None),
        title(4, text="通知"),
        title(5, text="关于转发省政府办公厅进一步做好有关工作..."),
        title(6, text="关于进一步做好有关工作的若干意见…"),
        title(7, text="同名的两条重要信息"),
        title(8, text="同名的 两条重要信息"),
        SearchTitle("没有地址的一条重要信息", "", OLD, "", ColumnKind.NEWS),
    ]
    assert eligible_titles([fair, *unfair], AS_OF) == (fair,)


def test_titles_of_foreign_editions_serve_where_there_are_no_others() -> None:
    foreign = [title(n, ColumnKind.POLICY, f"New Road Number {n} Opens to Snow Valley") for n in range(200, 205)]
    assert set(draw_titles([*foreign, *POOL[:4]], 8, "s", AS_OF)) == set(POOL[:4])
    assert len(draw_titles(foreign, 4, "s", AS_OF)) == 4


def test_too_few_candidates_give_a_smaller_draw() -> None:
    assert len(draw_titles(POOL[:2], 4, "s", AS_OF)) == 2
    assert draw_titles([], 4, "s", AS_OF) == ()


@given(st.text(max_size=8), st.integers(0, 12), st.sets(st.integers(0, 59)))
def test_a_draw_is_a_subset_without_doubles_and_a_later_page_never_reorders_it(
    seed: str, n: int, chosen: set[int]
) -> None:
    pool = [POOL[i] for i in chosen]
    drawn = draw_titles(pool, n, seed, AS_OF)
    assert len(drawn) == min(n, len(pool)) == len(set(drawn))
    assert set(drawn) <= set(pool)
    newcomer = title(999, ColumnKind.TOPIC)
    grown = draw_titles([*pool, newcomer], n, seed, AS_OF)
    assert [t for t in grown if t != newcomer] == [t for t in drawn if t in grown]


def test_candidates_are_opened_items_of_a_known_column() -> None:
    def page(number: int, kind: PageKind, outcome: FetchOutcome = FetchOutcome.OK, column: str = "c") -> PageRecord:
        facts = PageFacts(f"u{number}", kind, "utf-8", f"标题之{number}", "", {}, pub_date=DateReading(OLD, Rung.TEXT))
        attempt = Attempt(dt.datetime(2026, 11, 20, tzinfo=dt.UTC), "get", outcome)
        return PageRecord(f"u{number}", Level.SECOND, attempt, facts, columns=(column,))

    column = ColumnRecord("c", "通知公告", ("首页", "通知公告"), ColumnKind.NOTICE, ColumnForm.LIST)
    pages = [
        page(3, PageKind.ARTICLE),
        page(1, PageKind.POLICY),
        page(2, PageKind.COLUMN),
        page(4, PageKind.ARTICLE, FetchOutcome.NOT_FOUND),
        page(5, PageKind.ARTICLE, column="elsewhere"),
        page(6, PageKind.ERROR),
    ]
    assert candidates_from(pages, [column]) == (
        SearchTitle("标题之1", "u1", OLD, "首页>通知公告", ColumnKind.NOTICE),
        SearchTitle("标题之3", "u3", OLD, "首页>通知公告", ColumnKind.NOTICE),
    )

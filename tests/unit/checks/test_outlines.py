"""Outlines: what checks ask of every record, of the view that counts, and made anew when they were let go of."""

from __future__ import annotations

from checks._outlines import outline_of
from portal.artifacts import FetchOutcome
from portal.facts import PageKind, Rung
from tests.unit.checks.make import ago, facts, gathered, link, page, tried, url


def test_contents_are_those_of_the_view_that_counts() -> None:
    shown = facts(url("a.html"), PageKind.ARTICLE, "通知", body_empty=True)
    named = {"list_title": "关于通知"}
    plain = outline_of(page(url("a.html"), PageKind.OTHER, date=ago(3), record=named))
    opened = outline_of(page(url("a.html"), PageKind.OTHER, date=ago(3), rendered=shown, record=named))
    assert (plain.kind, plain.own, plain.article) == (PageKind.OTHER, (ago(3), Rung.TEXT), False)
    assert (opened.kind, opened.own, opened.date) == (PageKind.ARTICLE, None, (ago(3), Rung.TEXT))
    assert (plain.title, plain.list_title) == ("", "关于通知")
    assert (opened.title, opened.list_title) == ("通知", "")
    assert opened.article and not opened.blank  # its source is no article at all: that view is not blank


def test_links_are_told_by_their_last_answer_and_by_where_they_stand() -> None:
    old, new = url("old.html"), url("new.html")
    late, good = tried(FetchOutcome.TIMEOUT), tried(FetchOutcome.OK)
    here = gathered(
        page(old, record={"carried": ago(2)}),
        page(new),
        link(url("x"), late, late, page=old),
        link(url("y"), late, good, page=new),
        link(url("z"), page=new),
    ).link_outlines
    assert [(one.unseen, one.silent, one.outcome) for one in here.values()] == [
        (True, True, FetchOutcome.TIMEOUT),
        (False, False, FetchOutcome.OK),
        (False, True, None),
    ]


def test_they_are_made_once_and_again_when_they_were_let_go_of() -> None:
    here = gathered(page(url("b.html")), page(url("a.html")))
    made = here.outlines
    assert list(made) == [url("a.html"), url("b.html")] and here.outlines is made
    here.forget()
    assert here.outlines == made and here.outlines is not made

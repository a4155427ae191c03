"""The scope: what becomes of an address, and the order pages lead on in."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable

import msgspec
import pytest

from crawler.crawl.census import Entry, Fate
from crawler.crawl.frontier import Rank, Visit
from crawler.crawl.scope import CHAIN, Repetition, Scope
from crawler.crawl.scripted import needs_browser
from portal.artifacts import Absence, Attempt, FetchOutcome, Level
from portal.facts import Crumb, DateReading, Element, Link, ListItem, PageFacts, PageKind, Pager, Region, Rung
from portal.model import ColumnDeclaration
from tests.crawl.site import HOST, portal

BASE = f"http://{HOST}"


def link(url: str, element: Element = Element.A, text: str = "文字", region: Region = Region.BODY) -> Link:
    return Link(url, url, text, element, region)


def facts(url: str, **more: object) -> PageFacts:
    return PageFacts(url=url, kind=PageKind.COLUMN, encoding="utf-8", title="", head_title="", meta={}, **more)  # type: ignore[arg-type]  # plain keyword values


@pytest.mark.parametrize(
    ("url", "element", "level", "fate", "skipped"),
    [
        (f"{BASE}/a.html", Element.A, Level.OTHER, Fate.VISIT, None),
        (f"{BASE}/frame.html", Element.IFRAME, Level.OTHER, Fate.VISIT, None),
        ("http://shilou.gov.cn/a.html", Element.A, Level.OTHER, Fate.VISIT, None),  # the twin without www
        ("http://www.other.gov.cn/", Element.A, Level.HOME, Fate.VERIFY, None),
        (f"{BASE}/a.pdf", Element.ATTACHMENT, Level.OTHER, Fate.VERIFY, None),
        (f"{BASE}/a.pdf", Element.A, Level.OTHER, Fate.VERIFY, None),
        (f"{BASE}/a.png", Element.IMG, Level.OTHER, Fate.VERIFY, None),
        (f"{BASE}/a.js", Element.SCRIPT, Level.OTHER, Fate.VERIFY, None),
        (f"{BASE}/user/logout.do", Element.A, Level.HOME, Fate.LEAVE, Absence.NOT_GATHERED),
        (f"{BASE}/#/user/logout", Element.A, Level.HOME, Fate.LEAVE, Absence.NOT_GATHERED),
        (f"{BASE}/#/col/1", Element.A, Level.HOME, Fate.VISIT, None),
        (f"{BASE}/calendar/2031/01/", Element.A, Level.OTHER, Fate.LEAVE, Absence.NOT_GATHERED),
        (f"{BASE}/list?sort=asc", Element.A, Level.OTHER, Fate.LEAVE, Absence.NOT_GATHERED),
        (f"{BASE}/wap/index.html", Element.A, Level.HOME, Fate.VERIFY, None),
        (f"{BASE}/wap/index.html", Element.A, Level.OTHER, Fate.LEAVE, Absence.NOT_GATHERED),
        (f"{BASE}/{'a/b/' * 12}", Element.A, Level.OTHER, Fate.LEAVE, Absence.NOT_GATHERED),
        ("htttp://www.other.gov.cn/", Element.A, Level.HOME, Fate.VERIFY, None),
    ],
)
def test_every_address_has_one_fate(
    url: str, element: Element, level: Level, fate: Fate, skipped: Absence | None
) -> None:
    found, _, why = Scope(portal()).judge(url, link(url, element), level)
    assert (found, why) == (fate, skipped)


TWIN, SECURE = "http://shilou.gov.cn", f"https://{HOST}"


def arrived(*links: str, final: str = f"{BASE}/", redirect: str = "", home: str = f"{BASE}/") -> Scope:
    """Returns the scope of a portal whose home page leads to those addresses."""
    scope = Scope(dataclasses.replace(portal(), home=home))
    attempt = Attempt(dt.datetime.now(dt.UTC), "get", FetchOutcome.OK, 200, final_url=final)
    scope.arrive(attempt, facts(f"{BASE}/", links=tuple(map(link, links)), redirect=redirect))
    return scope


def test_a_page_is_read_by_one_door_and_a_link_by_another_is_asked_as_it_is_written() -> None:
    scope = arrived(f"{BASE}/a/", f"{BASE}/b/", f"{TWIN}/c/")
    for other in (f"{TWIN}/c/1.html", f"{SECURE}/c/1.html", "https://shilou.gov.cn/c/1.html"):
        assert scope.judge(other, link(other), Level.OTHER)[:2] == (Fate.VERIFY, True)
        visit = Visit(f"{BASE}/c/", f"{BASE}/c/", Rank.COLUMN, Level.SECOND)
        entry = Entry(other, other, True, Fate.VERIFY, Level.SECOND)
        (onward,) = scope.visits(visit, facts(visit.url), [entry])
        assert (onward.key, onward.url) == (f"{BASE}/c/1.html", f"{BASE}/c/1.html")
    assert scope.own(f"{TWIN}/") == f"{BASE}/"
    assert scope.own("http://zwgk.shilou.gov.cn/a") == "http://zwgk.shilou.gov.cn/a"
    assert scope.own(f"http://{HOST}:8080/a") == f"http://{HOST}:8080/a"


@pytest.mark.parametrize(
    ("scope", "door"),
    [
        (arrived(f"{TWIN}/a/", f"{TWIN}/b/", f"{BASE}/c/"), TWIN),  # a stub under one name, its pages under the other
        (arrived(f"{SECURE}/a/", final=f"{SECURE}/"), SECURE),
        (arrived(redirect=f"{TWIN}/index.html"), TWIN),
        (arrived(), BASE),
    ],
)
def test_the_door_is_the_one_the_home_page_leads_through(scope: Scope, door: str) -> None:
    assert scope.door == door
    assert scope.own(f"{BASE}/x.html") == f"{door}/x.html"
    assert scope.own(f"{door}/x.html") == f"{door}/x.html"


@pytest.mark.parametrize(
    "scope",
    [
        arrived(f"{TWIN}/a/", final=f"http://{HOST}:8080/", home=f"http://{HOST}:8080/"),
        arrived(final="http://zwgk.shilou.gov.cn/"),
        Scope(portal()),
    ],
)
def test_where_no_door_is_known_every_address_is_its_own(scope: Scope) -> None:
    assert scope.own(f"{TWIN}/x.html") == f"{TWIN}/x.html"


COUNTY = f"{BASE}/county/"
COUNTY_PAGES = [f"{COUNTY}{name}/index.jhtml" for name in "abcdefghij"]


def test_a_county_below_its_city_is_its_folder_alone() -> None:
    scope = arrived(*COUNTY_PAGES, f"{BASE}/", f"{BASE}/sister/", f"{TWIN}/yw/index.jhtml", home=COUNTY)
    assert scope.folder == "/county/"
    assert scope.internal(COUNTY) and scope.internal(f"{BASE}/county") and scope.internal(f"{TWIN}/county/a/1.jhtml")
    assert not scope.internal(f"{BASE}/") and not scope.internal(f"{BASE}/countyside/") and not scope.internal(TWIN)
    assert scope.internal(f"{BASE}/u/cms/1.pdf")  # files of all portals of the system
    city = f"{BASE}/yw/index.jhtml"
    assert scope.judge(city, link(city), Level.HOME) == (Fate.VERIFY, False, None)
    assert not scope.visits(Visit(COUNTY, COUNTY, Rank.HOME, Level.HOME), facts(COUNTY, links=(link(city),)), [])


@pytest.mark.parametrize(
    ("home", "pages"),
    [
        (f"{BASE}/", COUNTY_PAGES),
        (f"{BASE}/county/index.html", [f"{BASE}/{name}/" for name in "abcdefghijk"]),  # a home page kept in a folder
        (COUNTY, COUNTY_PAGES[:5]),  # too little to tell
        (COUNTY, [*COUNTY_PAGES, *(f"{BASE}/art/{number}.html" for number in range(9))]),  # its articles are elsewhere
    ],
)
def test_a_home_page_in_a_folder_makes_no_portal_of_it(home: str, pages: list[str]) -> None:
    assert arrived(*pages, home=home).folder == ""


def test_an_operator_who_names_the_host_means_all_of_it() -> None:
    scope = Scope(dataclasses.replace(portal(), home=COUNTY, hosts=(HOST,)))
    attempt = Attempt(dt.datetime.now(dt.UTC), "get", FetchOutcome.OK, 200, final_url=COUNTY)
    scope.arrive(attempt, facts(COUNTY, links=tuple(map(link, COUNTY_PAGES))))
    assert scope.folder == ""


def test_a_policy_that_announces_a_link_its_source_lacks_needs_a_browser() -> None:
    awaited = facts(f"{BASE}/zcwj/1.html", text_length=900, links_awaited=True)
    assert needs_browser(awaited, column=False) == "linkage"
    linked = facts(f"{BASE}/zcwj/1.html", text_length=900, links_awaited=True, links_to_interpretation=("j.html",))
    assert needs_browser(linked, column=False) == ""


def test_a_column_without_contents_is_opened_whatever_menu_stands_beside_it() -> None:
    menu = (Crumb("部门动态", f"{BASE}/bmdt/"), Crumb("乡镇动态", f"{BASE}/xzdt/"))
    bare = facts(f"{BASE}/tzgg/", child_columns=menu)
    assert needs_browser(bare, column=True) == "blank"
    above = msgspec.structs.replace(bare, kind=PageKind.COLUMN_INDEX)
    assert needs_browser(above, column=True) == ""


def test_seeds_are_the_home_page_and_the_declared_columns_of_the_portal() -> None:
    declared = (
        ColumnDeclaration(("公开", "通知"), f"{BASE}/tzgg/"),
        ColumnDeclaration(("外部",), "http://www.other.gov.cn/"),
    )
    seeds = list(Scope(portal(columns=declared)).seeds())
    assert [(seed.key, seed.rank) for seed in seeds] == [
        (f"{BASE}/", Rank.HOME),
        (f"{BASE}/tzgg/", Rank.DECLARED),
    ]


def test_a_column_leads_to_children_items_and_its_next_page_first() -> None:
    scope = Scope(portal())
    page = facts(
        f"{BASE}/tzgg/",
        items=(ListItem("通知", f"{BASE}/tzgg/1.html"), ListItem("外部", "http://www.other.gov.cn/1.html")),
        child_columns=(Crumb("人事", f"{BASE}/tzgg/rs/"),),
        breadcrumb=(Crumb("首页", f"{BASE}/"), Crumb("公开", f"{BASE}/zwgk/")),
        pager=Pager("links", next_urls=(f"{BASE}/tzgg/index_2.html", f"{BASE}/tzgg/index_3.html")),
        links=(link(f"{BASE}/frame.html", Element.IFRAME),),
    )
    other = Entry(f"{BASE}/about.html", f"{BASE}/about.html", True, Fate.VISIT, Level.SECOND)
    visit = Visit(f"{BASE}/tzgg/", f"{BASE}/tzgg/", Rank.COLUMN, Level.SECOND)
    found = {onward.key: onward for onward in scope.visits(visit, page, [other])}
    ranks = {key.removeprefix(BASE): onward.rank for key, onward in found.items()}
    assert ranks == {
        "/frame.html": Rank.COLUMN,
        "/tzgg/rs/": Rank.CHILD,
        "/": Rank.CHILD,
        "/zwgk/": Rank.CHILD,
        "/tzgg/1.html": Rank.ITEM,
        "/tzgg/index_2.html": Rank.LIST_PAGE,
        "/about.html": Rank.DEEPER,
    }
    assert found[f"{BASE}/frame.html"].level is Level.SECOND
    assert found[f"{BASE}/tzgg/index_2.html"].origin == f"{BASE}/tzgg/"


def test_a_stub_is_followed_within_the_portal_but_not_for_ever() -> None:
    scope = Scope(portal())
    stub = facts(f"{BASE}/zwgk/", redirect=f"{BASE}/zwgk/index.html")
    visit = Visit(f"{BASE}/zwgk/", f"{BASE}/zwgk/", Rank.COLUMN, Level.SECOND)
    (onward,) = scope.visits(visit, stub, [])
    assert (onward.key, onward.rank, onward.level, onward.hops) == (
        f"{BASE}/zwgk/index.html",
        Rank.COLUMN,
        Level.SECOND,
        1,
    )
    tired = Visit(f"{BASE}/zwgk/", f"{BASE}/zwgk/", Rank.COLUMN, Level.SECOND, hops=5)
    assert list(scope.visits(tired, stub, [])) == []
    away = facts(f"{BASE}/zwgk/", redirect="http://www.other.gov.cn/")
    assert list(scope.visits(visit, away, [])) == []


def test_pages_that_look_alike_under_growing_addresses_end_their_kind() -> None:
    repetition = Repetition(run=5)
    for day in range(4):
        repetition.note(f"{BASE}/plan?day={day}&view=list", 0xABCDEF)
    assert not repetition.stops(f"{BASE}/plan?day=9&view=list")
    repetition.note(f"{BASE}/plan?view=list&day=99", 0xABCDEE)
    assert repetition.stops(f"{BASE}/plan?day=100&view=list")
    assert repetition.stops(f"{BASE}/plan?sort=2")
    assert not repetition.stops(f"{BASE}/plan")
    assert not repetition.stops(f"{BASE}/other?day=1")


def test_the_frame_of_an_application_is_no_repetition() -> None:
    repetition = Repetition(run=2)
    repetition.frame = 0xABCDEF
    for number in range(40):
        repetition.note(f"{BASE}/art/{number}", 0xABCDEE)
    assert not repetition.stops(f"{BASE}/art/99")


def test_a_path_that_counts_on_ends_too_but_later() -> None:
    repetition = Repetition(run=2)
    for month in range(1, 6):
        repetition.note(f"{BASE}/diary/2027-{month:02d}.html", 0xABCDEF)
    assert not repetition.stops(f"{BASE}/diary/2028-01.html")
    repetition.note(f"{BASE}/diary/2027-06.html", 0xABCDE8)
    assert repetition.stops(f"{BASE}/diary/2028-01.html")


def test_pages_that_differ_never_end_their_kind() -> None:
    repetition = Repetition(run=5)
    for number in range(100):
        repetition.note(f"{BASE}/art/{number}.html", 0x9E3779B97F4A7C15 * (number + 1) % 2**63)
        repetition.note(f"{BASE}/empty/{number}.html", 0)
    assert not repetition.stops(f"{BASE}/art/101.html")
    assert not repetition.stops(f"{BASE}/empty/101.html")


def _followed(url: Callable[[int], str], **more: object) -> int:
    """Returns how many pages of a chain are visited where each knows only the next."""
    scope = Scope(portal())
    visit = Visit(url(0), url(0), Rank.DEEPER, Level.OTHER)
    for number in range(1, 100):
        entry = Entry(url(number), url(number), True, Fate.VISIT, Level.OTHER)
        onward = [one for one in scope.visits(visit, facts(visit.url, **more), [entry]) if one.key == entry.key]
        if not onward:
            return number
        visit = onward[0]
    return 100


def test_a_chain_of_months_ends_and_a_chain_of_articles_goes_on() -> None:
    assert _followed(lambda n: f"{BASE}/diary/{2020 + n // 12}-{n % 12 + 1}.html") == CHAIN + 1
    day = DateReading(dt.date(2026, 10, 1), Rung.TEXT, "")
    assert _followed(lambda n: f"{BASE}/art/{n}.html", pub_date=day) == 100
    assert _followed(lambda n: f"{BASE}/{'abcdefghij'[n // 10]}/{'abcdefghij'[n % 10]}.html") == 100

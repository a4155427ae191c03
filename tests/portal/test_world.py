"""The generator: repeatable, complete in its kinds, and written without a look at the readers."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import chinese_calendar
import pytest

from tests.portal import AS_OF, World, build
from tests.portal.content import days, make_up_days, query_of
from tests.portal.model import Ask
from tests.portal.subjects import canonical, names

ROOT = Path(__file__).resolve().parents[2]

KINDS = {
    "broken_links": "not_found server_error refused dns timeout tls redirect_loop soft_404 redirected_home "
    "wrong_content empty_file private_address hijacked",
    "empty_columns": "empty_list under_construction load_failed blank_document",
    "update_freshness": "home_stale column_stale undated future_date backdated",  # listed_late needs a second audit
    "search_hits": "no_search search_hidden search_broken unclassified",  # title_missed: see Site.unindexed
    "ipv6_support": "no_aaaa unreachable content_differs inner_links_low nameserver_ipv4_only",
    "policy_linkage": "no_interpretation late_interpretation policy_not_linked interpretation_not_linked",
}


def _bytes(world: World) -> dict[str, bytes]:
    return {
        f"{name}{path}": route.answer(Ask(name, "GET", path)).body
        for name, route in world.hosts.items()
        for path in route.routes
        if "?" not in path
    }


def test_the_same_arguments_give_the_same_bytes(world: World) -> None:
    again = build(world.as_of, world.seed)
    assert _bytes(again) == _bytes(world)
    assert again.truth == world.truth
    assert again.traps == world.traps


def test_another_seed_gives_other_contents(world: World) -> None:
    assert _bytes(build(world.as_of, 2)) != _bytes(world)


def test_every_kind_of_every_check_is_injected(world: World) -> None:
    wanted = {(check, kind) for check, kinds in KINDS.items() for kind in kinds.split()}
    assert {(e.check, e.kind) for e in world.truth} == wanted
    assert any(site.unindexed for site in world.sites), "nothing makes a search miss a title"


def test_there_are_more_traps_than_defects(world: World) -> None:
    assert len(world.traps) >= len(world.truth)


def test_the_first_site_has_the_size_of_a_county_portal(world: World) -> None:
    routes = world.hosts["www.mingzhou.gov.cn"].routes
    articles = [path for path in routes if re.search(r"/t\d{8}_\d+\.html$", path)]
    columns = [path for path in routes if path.endswith("/") and path != "/"]
    assert len(articles) >= 250
    assert len(columns) >= 25


@pytest.mark.parametrize("as_of", [dt.date(2026, 3, 9), dt.date(2027, 2, 3), dt.date(2024, 2, 29)])
def test_the_sample_has_the_same_defects_on_any_day(as_of: dt.date) -> None:
    moved = build(as_of)
    assert {(e.portal, e.check, e.kind) for e in moved.truth} == {(e.portal, e.check, e.kind) for e in build().truth}


@pytest.mark.parametrize("as_of", [AS_OF, dt.date(2026, 3, 9), dt.date(2028, 7, 1)])
def test_make_up_days_are_three_and_four_working_days(as_of: dt.date) -> None:
    start, third, fourth = make_up_days(as_of)

    def between(end: dt.date) -> int:
        length = (end - start).days
        return sum(chinese_calendar.is_workday(start + dt.timedelta(days=n)) for n in range(1, length + 1))

    assert (between(third), between(fourth)) == (3, 4)
    assert third.weekday() >= 5
    assert fourth <= as_of


def test_days_start_where_they_should() -> None:
    assert days(AS_OF, 14, 3, 1)[0] == AS_OF - dt.timedelta(days=14)
    assert days(AS_OF, 3, 9, 20) == sorted(days(AS_OF, 3, 9, 20), reverse=True)


@pytest.mark.parametrize(
    ("raw", "field", "value"),
    [("ci=%E6%94%BF&a=", "ci", "政"), ("ci=%D5%FE", "ci", "政"), ("ci=a+b%2Bc", "ci", "a b+c"), ("", "ci", None)],
)
def test_queries_are_read_in_both_encodings(raw: str, field: str, value: str | None) -> None:
    assert query_of(raw).get(field) == value


def test_one_address_has_one_spelling() -> None:
    assert canonical("HTTP://A.cn:80") == canonical("http://a.cn/")
    assert canonical("http://a.cn/附 件") == canonical("http://a.cn/%E9%99%84%20%E4%BB%B6")
    assert names("http://a.cn/x.html policy_to_interpretation", "http://a.cn/x.html")
    assert names("http://a.cn/x/index.html", "http://a.cn/x/")
    assert not names("http://a.cn/x.html", "http://a.cn/y.html")


# Words any web page may hold; names of formats the sites speak (the pager of TRS, the islands of jpage) are no names
# of their own either. Everything else a page is called by must be unknown to the code under test.
GENERIC = {
    "index", "html", "htm", "js", "css", "doc", "docx", "xls", "pdf", "png", "jpg", "zip", "mp4", "xml", "do",
    "robots", "txt", "m", "a", "b", "x", "old", "new", "print", "logout", "sso", "in", "mp", "jsessionid",
}  # fmt: skip


def test_no_name_of_a_page_occurs_in_the_code_under_test(world: World) -> None:
    used: set[str] = set()
    for host in world.hosts.values():
        for path in [*host.routes, *host.prefixes]:
            used.update(re.findall(r"[A-Za-z][A-Za-z_-]+", re.sub(r"%[0-9A-Fa-f]{2}", " ", path.split("?")[0])))
            answer = host.answer(Ask(host.name, "GET", path.split("?")[0]))
            if answer.content_type.startswith(("text/html", "application/javascript")):
                text = answer.body.decode("utf-8", "replace")
                for names_ in re.findall(r"""\b(?:class|id)\s*=\s*["']?([\w -]+)""", text):
                    used.update(names_.split())
    used = {name for name in used if len(name) > 1 and name.lower() not in GENERIC and not name.isdigit()}
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for room in ("portal", "crawler", "checks")
        for path in sorted((ROOT / room).rglob("*"))
        if path.suffix in (".py", ".toml", ".js")
    )
    known = set(re.findall(r"[A-Za-z][\w-]*", code)) | set(re.findall(r"[A-Za-z]+", code))
    assert sorted(used & known) == []

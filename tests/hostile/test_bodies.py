"""Attacks by what is sent: bodies that unpack to gigabytes, and markup made to choke whoever reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.reading import SlowPageError, in_time, shown
from portal.artifacts import FetchOutcome
from portal.facts import PageKind
from portal.html import MOST_MARKS, parse
from tests.hostile import wire
from tests.hostile.drive import MEBIBYTE, Audited, audit, survived
from tests.hostile.site import HOME, HOST, NEIGHBOUR, HostileServer, answer, links_to, neighbour, peaceful

pytestmark = pytest.mark.slow

HEAD = '<!doctype html><html><head><meta charset="utf-8"><title>专题专栏</title></head><body><h1>专题专栏</h1>'

BOMBS = [
    ("gzip",), ("deflate",), ("br",), ("zstd",),
    ("gzip", "gzip"), ("deflate", "br", "gzip"), ("gzip",) * 5, ("gzip",) * 12,
]  # fmt: skip
MARKUP = {
    "elements-within-elements": HEAD + "<div>" * 100_000 + wire.TEXT + "</div>" * 100_000,
    "unknown-elements-within-elements": HEAD + "".join(f"<x{n % 9}>" for n in range(100_000)) + wire.TEXT,
    "lists-within-lists": HEAD + "<ul><li>" * 50_000 + wire.TEXT,
    "tables-within-tables": HEAD + "<table><tr><td>" * 50_000 + wire.TEXT,
    "links-within-links": HEAD + "<a href='/ok'>" * 50_000 + wire.TEXT,
    "a-million-attributes": f"{HEAD}<div {' '.join(f'data-{n}={n:040}' for n in range(1_000_000))}>{wire.TEXT}</div>",
    "an-attribute-of-50-megabytes": f"{HEAD}<div title='{'v' * 50 * MEBIBYTE}'>{wire.TEXT}</div>",
    "an-address-of-megabytes": f"{HEAD}<img src='/{'a' * 3 * MEBIBYTE}.png'><a href='/{'a' * 500_000}.html'>专题</a>",
    "nothing-but-paragraphs": HEAD + "<p>" * 2_000_000,
    "nothing-but-comments": HEAD + "<!---->" * 1_000_000,
    "nothing-but-open-brackets": "<" * 4_000_000,
    "half-a-character": f'{HEAD}<script>var list = [{{"title": "通知公告\\ud83d", "url": "/ok"}}]</script>{wire.TEXT}',
}  # fmt: skip
CHARSETS = ("hex", "rot13", "idna", "undefined", "punycode", "unicode_escape", "utf-32", "x" * 5000)


@pytest.fixture(scope="module")
async def attacked(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """The audit of this file."""
    return await bodies(tmp_path_factory.mktemp("bodies"))


async def bodies(folder: Path) -> Audited:
    """Audits a portal with every such page, and with a robots.txt that is a bomb."""
    bombs = {f"/x/{'-'.join(codings)}.html": wire.packed(wire.bomb(*codings), *codings) for codings in BOMBS}
    monsters = {f"/x/{name}.html": answer(page) for name, page in MARKUP.items()}
    charsets = {f"/x/charset-{n}.html": wire.charset(name) for n, name in enumerate(CHARSETS)}
    more = {
        "/robots.txt": wire.packed(wire.bomb("gzip"), "gzip"),
        "/x/broken.html": wire.mispacked(),
        "/x/unknown.html": wire.packed(wire.PAGE, "snappy"),
        "/x/bomb.pdf": wire.packed(wire.bomb("gzip"), "gzip"),
    }
    attacks = bombs | monsters | charsets | more
    pages = peaceful(links_to(*(path for path in attacks if path != "/robots.txt")))
    async with HostileServer(pages=pages, attacks=attacks) as server, HostileServer(pages=neighbour()) as other:
        hosts = {HOST: server.endpoint, NEIGHBOUR: other.endpoint}
        return await audit(folder, f"{HOME}/", hosts, max_minutes=3)


def test_whatever_is_sent_everything_else_is_audited_as_ever_in_bounded_memory(
    attacked: Audited, peace: Audited
) -> None:
    survived(attacked, peace)
    assert attacked.summary.stopped_by == ""


@pytest.mark.parametrize("codings", BOMBS, ids="-".join)
def test_what_unpacks_to_a_gigabyte_is_cut_and_is_there(attacked: Audited, codings: tuple[str, ...]) -> None:
    attempt = attacked.last(f"{HOME}/x/{'-'.join(codings)}.html")
    assert (attempt.outcome, attempt.status) == (FetchOutcome.OK, 200)


@pytest.mark.parametrize("name", MARKUP)
def test_a_page_made_to_choke_readers_is_read_as_far_as_it_goes(attacked: Audited, name: str) -> None:
    page = attacked.pages[f"{HOME}/x/{name}.html"]
    assert page.fetch.outcome is FetchOutcome.OK
    assert page.facts is not None
    assert page.facts.kind is not PageKind.CHALLENGE


@pytest.mark.parametrize("number", range(len(CHARSETS)))
def test_a_charset_that_is_none_does_not_lose_a_page(attacked: Audited, number: int) -> None:
    page = attacked.pages[f"{HOME}/x/charset-{number}.html"]
    assert page.fetch.outcome is FetchOutcome.OK
    assert page.facts is not None


def test_what_is_packed_wrongly_is_asked_for_unpacked(attacked: Audited) -> None:
    assert attacked.last(f"{HOME}/x/unknown.html").title == "专题专栏"
    assert attacked.last(f"{HOME}/x/broken.html").outcome is FetchOutcome.OK


def test_nobody_is_accused_but_the_file_that_is_none(attacked: Audited) -> None:
    assert {(subject, outcome) for _, subject, outcome in attacked.accused()} <= {(f"{HOME}/x/bomb.pdf", "suspect")}


def test_reading_a_page_ends_in_its_time() -> None:
    slow = HEAD + "<i style='display:none'>x</i>" * 20_000
    with pytest.raises(SlowPageError), in_time(0.2):
        shown(slow * 4, f"{HOME}/x.html")
    with in_time(0.2), in_time(1000.0):
        shown(HEAD, f"{HOME}/x.html")  # the timer of before is gone


def test_no_more_of_a_page_is_parsed_than_readers_can_bear() -> None:
    document = parse((HEAD + "<p>" * (2 * MOST_MARKS)).encode(), f"{HOME}/")
    assert sum(1 for _ in document.tree.iter()) <= MOST_MARKS
    whole = parse((HEAD + "<p>公告</p>" * 1000).encode(), f"{HOME}/")
    assert sum(1 for _ in whole.tree.iter("p")) == 1000

"""The made-up portal: equal plans make equal bytes, and its truth is true of what a trivial visitor finds."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import cast
from urllib.parse import quote, urljoin, urlsplit

import pytest
from lxml import html

from benchmarks.plan import Plan, Ports, Site, Truth, identity, load
from benchmarks.serve import Served
from benchmarks.site import FAULTS, TRAPS, make
from tests.benchmarks.asking import answer

PORTS = Ports(portal=21001, other=21002, closed=(21003, 21004), silent=21005, names=21006)
LINKS = "//a/@href | //img/@src | //script/@src | //link/@href"


def digest(folder: Path) -> str:
    """Returns one hash of all files of a folder and their names."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            total.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return total.hexdigest()


def test_equal_plans_make_equal_bytes(tmp_path: Path) -> None:
    plan = Plan(45, PORTS)
    make(plan, tmp_path / "one")
    make(plan, tmp_path / "two")
    make(replace(plan, seed=8), tmp_path / "three")
    assert digest(tmp_path / "one") == digest(tmp_path / "two")
    assert digest(tmp_path / "one") != digest(tmp_path / "three")


@pytest.mark.parametrize("pages", [30, 61, 100, 333, 1000])
def test_a_site_has_as_many_pages_as_asked_for(pages: int, tmp_path: Path) -> None:
    site = make(Plan(pages, PORTS), tmp_path / "site")
    assert len(site.truth.pages) == len(set(site.truth.pages)) == pages
    assert not site.truth.good.keys() & site.truth.broken.keys()


def test_what_was_written_is_read_back(site: Site) -> None:
    assert load(site.folder) == site


def test_a_site_is_never_written_over_another(site: Site) -> None:
    with pytest.raises(FileExistsError):
        make(site.plan, site.folder)


def test_a_portal_of_a_thousand_pages_is_like_real_ones(tmp_path: Path) -> None:
    site = make(Plan(1000, PORTS), tmp_path / "site")
    pages = [path.read_bytes() for path in (tmp_path / "site" / "www").rglob("*.html")]
    assert 25_000 < sum(map(len, pages)) / len(pages) < 31_000
    links = [len(re.findall(rb'(?:href|src)="', page)) for page in pages]
    assert 80 < sum(links) / len(links) < 100
    addresses = len(site.truth.good) + len(site.truth.broken)
    assert 1.7 < addresses / 1000 < 1.95
    kinds = Counter(site.truth.broken.values())
    assert kinds.keys() == FAULTS.keys()
    assert kinds["404-page"] == 20
    gbk = [page for page in pages if b'<meta charset="gb2312">' in page]
    assert 0.15 < len(gbk) / len(pages) < 0.2
    assert "政府" in gbk[0].decode("gb18030")


def test_the_truth_is_true_and_complete(plain: Served) -> None:
    found, answers = visit_everything(plain.site.truth)
    truth = plain.site.truth
    assert found == truth.good.keys() | truth.broken.keys()
    assert {url for url, answer in answers.items() if answer != "200"} == truth.broken.keys()
    told = {kind: {answers[url] for url, k in truth.broken.items() if k == kind} for kind in set(truth.broken.values())}
    assert told.keys() == FAULTS.keys() | {"404-raw-gbk"}
    assert told.pop("500") == {"500"}
    assert told.pop("refused") == {"refused"}
    assert told.pop("silent") == {"silent"}
    assert told.pop("dns") == {"no such name"}
    assert set().union(*told.values()) == {"404"}
    assert TRAPS.keys() | {"page", "file", "image", "asset", "external", "raw-gbk"} == set(truth.good.values())


def test_files_that_refuse_head_are_there(plain: Served) -> None:
    url = next(url for url, kind in plain.site.truth.good.items() if kind == "head-refused")
    assert (answer(url, "HEAD")[0], answer(url)[0]) == ("405", "200")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://127.0.0.1:1/xxgk/", "http://127.0.0.1:1/xxgk/index.html"),
        ("http://127.0.0.1:1/a.html#top", " http://127.0.0.1:1/a.html"),
        ("http://127.0.0.1:1/%E9%99%84.pdf", "http://127.0.0.1:1/附.pdf"),
    ],
)
def test_one_address_written_in_two_ways(one: str, other: str) -> None:
    assert identity(one) == identity(other)


def visit_everything(truth: Truth) -> tuple[set[str], dict[str, str]]:
    """Returns all addresses the portal links to, starting at its home page, and what each came to.

    A trivial loop, without anything the benchmarks use.
    """
    host = urlsplit(truth.home).netloc
    waiting, answers = [truth.home], dict[str, str]()
    while waiting:
        url = waiting.pop()
        if url in answers:
            continue
        answers[url], body = answer(url)
        if urlsplit(url).netloc != host or not re.search(r"(/|\.html)$", url) or not body:
            continue
        text = body.decode("gb18030" if b'charset="gb2312"' in body[:300] else "utf-8")
        for href in map(str, cast(list[object], html.fromstring(text).xpath(LINKS))):
            if not re.match(r"javascript:|mailto:|#", href):
                waiting.append(quote(urljoin(url, href), safe=":/%"))
    return set(answers), answers

"""A re-check is the identical test for all six checks; it shares what it asks for, closes or keeps, has pictures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from storage.database import open_database
from storage.evidence import EvidenceStore
from storage.queries import audit_view, audits
from storage.rechecks import Recheck, rechecks
from storage.views import AuditView
from tests.app.run import mingcha
from tests.recheck import six
from tests.recheck.site import running, write_targets

pytestmark = pytest.mark.browser

CHECKS = {
    "broken_links",
    "empty_columns",
    "ipv6_support",
    "policy_linkage",
    "search_hits",
    "update_freshness",
}


@dataclass(frozen=True)
class Story:
    """An audit, a re-check while nothing was put right, and one after everything was."""

    first: AuditView
    again: tuple[AuditView, ...]  # the two sittings, in order
    looks: tuple[Recheck, ...]
    asked: tuple[tuple[str, ...], ...]  # what each sitting asked the portal for
    store: EvidenceStore
    printed: tuple[str, ...]


@pytest.fixture(scope="module")
async def story(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    folder = tmp_path_factory.mktemp("six")
    words = ("--as-of", "2026-11-20", "--spacing", "0")
    with running(six.world()) as site:
        six.fill(site)
        write_targets(folder, site, {"six": six.HOST}, search_titles=2)
        ran = await mingcha("audit", "six", "--out", "a", "--confirm", "now", *words, cwd=folder)
        assert ran.code == 0, ran.err + ran.out
        asked, printed = [], []
        for number in (1, 2):
            site.asked.clear()
            ran = await mingcha("recheck", "six", "--out", f"r{number}", "--by", "张三", *words, cwd=folder)
            assert ran.code == 0, ran.err + ran.out
            asked.append(tuple(path for _, path in site.asked))
            printed.append(ran.out)
            six.repair(site)
            write_targets(folder, site, {"six": six.HOST}, six=True, search_titles=2)
    engine = open_database(folder / "mingcha-data" / "mingcha.sqlite")
    sittings = sorted((one for one in audits(engine, "six") if one.kind == "recheck"), key=lambda one: one.started)
    yield Story(
        first=audit_view(engine, portal="six"),
        again=tuple(audit_view(engine, one.id) for one in sittings),
        looks=rechecks(engine, "six"),
        asked=tuple(asked),
        store=EvidenceStore(folder / "mingcha-data" / "evidence"),
        printed=tuple(printed),
    )
    engine.dispose()


def draws(view: AuditView, check: str) -> list[Any]:
    """Returns seed and members of every draw of a check."""
    return [
        (draw.name, draw.seed, draw.candidates, [member.subject for member in draw.members])
        for result in view.results
        if result.check == check
        for draw in result.draws
    ]


def of(view: AuditView) -> dict[str, tuple[str, str]]:
    return {one.fingerprint: (one.check, one.subject) for one in view.findings}


async def test_the_same_subjects_titles_and_draws(story: Story) -> None:
    assert {one.check for one in story.first.findings} == CHECKS
    assert of(story.again[0]) == of(story.first)
    for check in ("search_hits", "policy_linkage"):
        assert draws(story.first, check)
        for view in story.again:
            assert draws(view, check) == draws(story.first, check)
    by = {one.number: (one.check, one.message) for one in story.first.findings}
    assert {one.number: (one.check, one.message) for one in story.again[0].findings} == by
    titles = [member for _, _, _, members in draws(story.first, "search_hits") for member in members]
    assert len([path for path in story.asked[0] if path.startswith("/s?")]) >= len(titles)


async def test_it_asks_for_nothing_twice_that_findings_share(story: Story) -> None:
    policies = [path for path in story.asked[0] if path == six.POLICY]
    assert len(policies) <= 3  # read once, opened once for what scripts may add, and once for its picture
    assert not [path for path in story.asked[0] if path.startswith("/xw/2026")]  # none of the news is any subject


async def test_what_was_not_put_right_is_kept_and_what_was_is_closed(story: Story) -> None:
    count = len(story.first.findings)
    assert [one.conclusion for one in story.looks] == ["仍存在"] * count + ["销号"] * count
    assert story.printed[0].count("仍存在") == count
    assert story.printed[1].count("已整改，予以关闭") == count
    assert {one.who for one in story.looks} == {"张三"}


async def test_pictures_before_and_after_lie_in_the_evidence(story: Story) -> None:
    for one in story.looks:
        assert one.before, one
        assert one.after, one
        assert one.before != one.after or one.conclusion == "仍存在", one  # a result page that did not change
        assert story.store.get(one.before).startswith(b"\xff\xd8")
        assert story.store.get(one.after).startswith(b"\xff\xd8")
    assert {one.after for one in story.looks[-3:]} <= set(story.again[1].evidence)


async def test_how_it_was_looked_at_is_said(story: Story) -> None:
    checks = {one.fingerprint: one.check for one in story.first.findings}
    methods = {checks[one.fingerprint]: one.method for one in story.looks if one.conclusion == "仍存在"}
    assert methods["broken_links"].startswith("取文件开头、")
    assert methods["ipv6_support"] == "域名解析与双栈访问"
    assert methods["search_hits"].endswith("原抽样标题重新检索")
    assert {methods[check].split("、")[0] for check in ("empty_columns", "update_freshness")} == {"页面重读"}

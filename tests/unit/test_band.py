"""An audit unlike the ones before it is not acted on, until the next one agrees."""

from __future__ import annotations

import pytest

from mingcha.band import Counted, out_of_band


def seen(pages: int, links: int, degraded: str = "", version: int = 1) -> Counted:
    return Counted(pages, {"broken_links": (version, links), "empty_columns": (1, 2)}, degraded)


CALM = [seen(400, 12), seen(410, 10), seen(390, 15)]


@pytest.mark.parametrize("links", [0, 15, 40, 65])
def test_an_audit_within_the_band_is_believed(links: int) -> None:
    assert out_of_band(seen(400, links), CALM) == ""


def test_a_jump_of_findings_is_out_of_band() -> None:
    assert out_of_band(seen(400, 66), CALM) == "out of band: 66 findings of broken_links, so far at most 15"


def test_half_of_the_pages_gone() -> None:
    assert out_of_band(seen(199, 12), CALM) == "out of band: 199 pages read, usually 400"
    assert out_of_band(seen(200, 12), CALM) == ""


def test_a_small_portal_may_shrink() -> None:
    assert out_of_band(seen(3, 0), [seen(12, 0), seen(12, 0)]) == ""


@pytest.mark.parametrize("earlier", [[], CALM[:1], [CALM[0], seen(400, 9, "home page: timeout")]])
def test_too_little_is_known(earlier: list[Counted]) -> None:
    assert out_of_band(seen(400, 500), earlier) == ""


def test_the_second_audit_that_says_so_is_believed() -> None:
    jumped = seen(400, 90, "out of band: 90 findings of broken_links, so far at most 15")
    assert out_of_band(seen(400, 100), [jumped, *CALM]) == ""
    assert out_of_band(seen(400, 900), [jumped, *CALM]).startswith("out of band: 900")
    shrunk = seen(100, 12, "out of band: 100 pages read, usually 400")
    assert out_of_band(seen(105, 12), [shrunk, *CALM]) == ""
    assert out_of_band(seen(40, 12), [shrunk, *CALM]) != ""


def test_degraded_for_another_reason_proves_nothing() -> None:
    stopped = seen(400, 90, "stopped early: deadline")
    assert out_of_band(seen(400, 90), [stopped, *CALM]) != ""


def test_another_version_of_a_check_is_another_measure() -> None:
    assert out_of_band(seen(400, 500, version=2), CALM) == ""

"""A portal that stands in targets.toml twice is said."""

from __future__ import annotations

import pytest

from mingcha.strayed import say_twice
from portal.model import Portal


def said(capsys: pytest.CaptureFixture[str], *homes: str) -> str:
    say_twice(Portal(f"p{number}", "", home) for number, home in enumerate(homes))
    return capsys.readouterr().err


@pytest.mark.parametrize("twin", ["http://www.a.gov.cn/", "https://www.a.gov.cn/", "http://a.gov.cn/"])
def test_one_address_under_two_ids(capsys: pytest.CaptureFixture[str], twin: str) -> None:
    line = said(capsys, "http://www.a.gov.cn/", "http://www.b.gov.cn/", twin)
    assert line.startswith("targets.toml中p0、p2的网址相同（a.gov.cn/）")
    assert line.count("\n") == 1


def test_sites_below_one_host_are_portals_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "http://www.a.gov.cn/sl/", "http://www.a.gov.cn/jt/", "http://zwgk.a.gov.cn/") == ""

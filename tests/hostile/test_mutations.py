"""Pages broken at random end nothing: they are read, kept and judged, whatever is left of them."""

from __future__ import annotations

import random

import pytest

from portal.facts import PageFacts
from tests.hostile.mutations import NOISE, broken, judged, look_at
from tests.portal.model import Answer
from tests.portal.world import build

KINDS = ("", "text/html", "text/html; charset=gbk", "text/html; charset=hex", "application/json")
PIECES = 40  # broken pages judged together


@pytest.mark.parametrize("seed", [1, 2])
def test_pages_broken_at_random_are_read_kept_and_judged(seed: int) -> None:
    luck = random.Random(seed)
    answers = [answer for host in build().hosts.values() for answer in host.routes.values()]
    pages = [
        one.body for one in answers if isinstance(one, Answer) and "html" in one.content_type and len(one.body) > 500
    ]
    shown: list[PageFacts] = []
    for number in range(120):
        data = broken(luck.choice(pages), luck)
        shown.append(look_at(data, f"http://www.qinhe.gov.cn/c{number}/{number}.html", luck.choice(KINDS)))
        if len(shown) == PIECES:
            assert judged(shown) == []
            shown.clear()


def test_what_parsers_stumble_over_alone_and_together_is_read() -> None:
    for noise in (*NOISE, b"".join(NOISE), b"".join(reversed(NOISE)), b"<li>".join(NOISE)):
        for kind in KINDS:
            look_at(noise, "http://www.qinhe.gov.cn/", kind)
            look_at(b"<html><body><ul><li>" + noise + b"</ul>" + noise, "http://www.qinhe.gov.cn/a/", kind)

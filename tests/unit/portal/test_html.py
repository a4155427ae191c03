"""Broken markup is read as far as a browser would."""

from __future__ import annotations

import pytest

from portal.html import parse, squeeze, text_of


def test_an_included_header_with_its_own_end_does_not_cut_the_page() -> None:
    doc = parse(b"<html><body><p>head</p></body></html><div>content</div></body></html>", "http://x/")
    assert text_of(doc.tree).replace(" ", "") == "headcontent"


@pytest.mark.parametrize("tag", ["font", "div", "table><tr><td"])
@pytest.mark.parametrize("depth", [300, 3000, 30000])
def test_unclosed_elements_do_not_hide_the_text(tag: str, depth: int) -> None:
    doc = parse(f"<{tag}>".encode() * depth + "<p>正文在此</p>".encode(), "http://x/")
    assert "正文在此" in text_of(doc.tree)


@pytest.mark.parametrize("data", [b"", b"\x00", b"<", b"\xff\xfe", b"<html", b"<!--", b"<?xml version='1.0'?>"])
def test_unreadable_pages_become_empty_trees(data: bytes) -> None:
    assert text_of(parse(data, "http://x/").tree) in ("", "<", "�")


def test_blanks_of_every_width_fold() -> None:
    assert squeeze("\u3000文\u00a0 \u2002号\u200b\n") == "文 号"


def test_a_template_for_a_shadow_is_shown_and_any_other_is_not() -> None:
    page = (
        "<gov-box><template class=a shadowrootmode='open'><p>通知公告</p></template></gov-box>"
        "<template><p>示例标题</p></template>"
    )
    doc = parse(page.encode(), "http://www.qingshi.gov.cn/tz/", "text/html; charset=utf-8")
    assert text_of(doc.tree) == "通知公告"

"""Bytes of pages become text as a browser decides it."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.encoding import decode

CHINESE = "岚皋县人民政府关于印发《办法》的通知，各镇人民政府"


def page(charset: str) -> str:
    return f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={charset}"></head>{CHINESE}</html>'


@pytest.mark.parametrize("label", ["gb2312", "GBK", "gb18030", "gb_2312-80", "x-gbk"])
def test_chinese_labels_all_mean_gb18030(label: str) -> None:
    text, name = decode(page(label).encode("gb18030"))
    assert (CHINESE in text, name) == (True, "gb18030")


def test_header_wins_over_declaration() -> None:
    text, name = decode(page("utf-8").encode("gbk"), "text/html; charset=GBK")
    assert (CHINESE in text, name) == (True, "gb18030")


def test_undeclared_gbk_is_told_from_utf8() -> None:
    assert decode(f"<p>{CHINESE}</p>".encode("gbk")) == (f"<p>{CHINESE}</p>", "gb18030")


def test_short_undeclared_gbk_is_not_guessed_as_big5() -> None:
    assert decode("政策解读".encode("gbk"))[0] == "政策解读"


def test_a_wrong_declaration_is_not_believed_because_most_of_the_page_is_markup() -> None:
    markup = '<div class="row"><a href="/a/b/c.html"></a></div>' * 200
    text, name = decode((page("utf-8") + markup).encode("gbk"))
    assert (CHINESE in text, name) == (True, "gb18030")


def test_gb2312_declared_over_utf8_bytes_is_utf8() -> None:
    text, name = decode(page("gb2312").encode("utf-8"))
    assert (CHINESE in text, name) == (True, "utf-8")


def test_wrong_header_over_flawless_utf8_is_not_believed() -> None:
    assert CHINESE in decode(page("utf-8").encode("utf-8"), "text/html; charset=gb2312")[0]


def test_utf16_with_mark_wins_over_declared_gb2312() -> None:
    data = codecs.BOM_UTF16_LE + page("gb2312").encode("utf-16-le")
    text, name = decode(data)
    assert (CHINESE in text, name) == (True, "utf-16-le")


def test_mark_of_utf8_is_no_text() -> None:
    assert decode(codecs.BOM_UTF8 + b"<p>a") == ("<p>a", "utf-8")


def test_unknown_label_is_ignored() -> None:
    assert CHINESE in decode(page("unicode").encode("utf-8"), "text/html; charset=nonsense")[0]


def test_page_cut_inside_a_character_stays_utf8() -> None:
    data = f"<p>{CHINESE}</p>汉".encode()[:-1]
    assert decode(data)[1] == "utf-8"


def test_few_bad_bytes_do_not_change_a_declared_utf8() -> None:
    data = page("utf-8").encode() + b"\xff" + CHINESE.encode() * 20
    text, name = decode(data, "text/html; charset=utf-8")
    assert (CHINESE in text, name) == (True, "utf-8")


@given(st.binary(max_size=300), st.sampled_from(["", "text/html", "text/html; charset=big5", "charset==;", "é"]))
def test_any_bytes_under_any_header_are_decoded(data: bytes, header: str) -> None:
    text, name = decode(data, header)
    assert isinstance(text, str)
    assert codecs.lookup(name)

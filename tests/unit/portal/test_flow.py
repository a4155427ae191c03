"""The visible text of a page: borders, blanks, what is hidden, and where elements stand in it."""

from __future__ import annotations

import pytest

from portal.flow import Flow, flow_of
from portal.html import Document, parse


def _page(body: str) -> Document:
    return parse(f"<html><head><title>题</title></head><body>{body}</body></html>".encode(), "http://a.cn/", "")


def _flow(body: str) -> Flow:
    return flow_of(_page(body))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("甲<p>乙</p>丙", "甲\n乙\n丙"),
        ("<table><tr><td>甲</td><td> 乙 </td></tr><tr><td>丙</td></tr></table>", "甲\t乙 \t\n丙\t\n"),
        ("甲 \n <b> 乙</b>\u3000<i>丙</i>", "甲 乙 丙"),
        ("甲<br>乙<!-- 无 -->丙", "甲\n乙丙"),
        ("甲<script>var a</script>乙<div hidden>丙</div>丁", "甲乙\n丁"),
        ("甲<div style='display:none'><p>乙</p></div><span>丙</span>", "甲丙"),
        ("甲<select><option>乙</select>丙<br hidden>丁", "甲丙\n丁"),
        ("<table><tr><td>甲</td><td hidden>乙</td><td>丙</td></tr></table>", "甲\t丙\t\n"),
    ],
)
def test_text_of_a_page(body: str, text: str) -> None:
    assert _flow(body).text.strip("\n") == text.strip("\n")


def test_elements_know_their_part_of_the_text_and_positions_their_element() -> None:
    doc = _page("<div id=a>甲<p>乙<a href=/>丙丁</a></p></div><div hidden><p id=h>戊</p></div><p id=z>己<a>庚</a></p>")
    flow = flow_of(doc)
    outer, inner, link = (next(doc.tree.iter(name)) for name in ("div", "p", "a"))
    assert (flow.of(outer), flow.of(inner), flow.of(link)) == ("甲\n乙丙丁", "乙丙丁", "丙丁")
    assert flow.of(doc.tree.findall(".//p")[1]) == "" and flow.length(doc.tree.findall(".//div")[1]) == 0
    assert (flow.links_in(outer), flow.links_in(doc.tree.findall(".//p")[2])) == (2, 1)
    for element, word in ((outer, "甲"), (inner, "乙"), (link, "丁"), (doc.tree.findall(".//a")[1], "庚")):
        assert flow.innermost(flow.text.index(word)) is element
    assert flow.innermost(len(flow.text)) is None
    assert [word for word in "甲乙丙丁己庚" if flow.in_link(flow.text.index(word))] == ["丙", "丁", "庚"]
    assert not flow.in_link(len(flow.text))

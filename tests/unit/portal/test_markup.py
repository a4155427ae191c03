"""The tags of a page say what its tree says, however broken its source is."""

from __future__ import annotations

import pytest
from lxml import etree

from portal.flow import flow_of
from portal.html import markup_of, parse
from portal.markup import CLOSE, COMMENT, EMPTY, tags_of
from portal.nesting import Markup
from portal.regions import layout

XHTML = (
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
    '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">'
)
BODIES = {
    "plain": "<div id=a class='b c'>文 <b>一</b> 二<br>三</div>四",
    "marks in text": "<p title='a&gt;b\"c&amp;d'>1 &lt; 2 &amp;nbsp; &gt; 0<a href='?a=1&b=2'>x</a></p>",
    "comments": "<p>甲<!-- <b>no</b> -- > -->乙<!---->丙</p><!--[if IE]><p>x</p><![endif]-->丁<!-- <!-- <p> -->戊",
    "scripts": "<script>if (a<b && c>d) document.write('</a><!-- x');</script>尾<script src='a.js'></script>后",
    "cdata": "<p>a<![CDATA[ <x> ]]>b</p><style>a>b{}</style>",
    "odd names": '<o:p>甲</o:p><a<b>乙</a<b><div <q=1 class=x">丙</div><p a=b<c>丁</p><p =x "y>戊',
    "mark as name": "<div class='a'<span>甲</span>乙</div><a href=x <b>丙</b></a>",
    "comment as name": "<div <!-- x>甲</div><p>乙<!-- 丙 -->丁</p>",
    "controls": "甲\r\n<p title='a\nb\tc'>乙&#13;&#11;&#128;&#x200b;\u200b丙</p>",
    "nothing": "",
    "own doctype": "<p>甲</p>",
}


def _agrees(page: Markup, tree: etree._Element) -> None:
    assert page.elements == list(tree.iter(etree.Element))
    for index, element in enumerate(page.elements):
        opening, behind = page.openings[index], page.tags[page.ends[index]]
        known = {str(name): value for name, value in element.attrib.items()}
        assert {name: value for name, value in opening.attributes.items() if name in known} == {
            name: known[name] for name in opening.attributes if name in known
        }
        assert known.keys() - opening.attributes.keys() <= {name for name in known if set(name) & set("<>\"'=/")}
        if element.tag not in ("script", "style"):
            assert ("" if opening.kind == EMPTY else opening.text) == (element.text or "")
        if element is not tree:
            assert behind.text == (element.tail or "")
        parent = element.getparent()
        assert page.parents[index] == (-1 if parent is None else page.elements.index(parent))
        assert page.text(index) == "".join(map(str, element.itertext()))
        assert page.anchors(index) == [page.elements.index(anchor) for anchor in element.iter("a")]
        assert page.shown(index) <= len(page.text(index))
        assert page.last[index] == index + sum(1 for _ in element.iterdescendants(etree.Element))
    tails = [comment.tail or "" for comment in tree.iter(etree.Comment)]
    assert [tag.text for tag in page.tags if tag.kind == COMMENT] == tails
    assert sum(tag.kind == CLOSE for tag in page.tags) == sum(
        tag.kind not in (CLOSE, EMPTY, COMMENT) for tag in page.tags
    )


@pytest.mark.parametrize("name", BODIES)
def test_tags_agree_with_the_tree(name: str) -> None:
    start = XHTML if name == "own doctype" else ""
    doc = parse(f"{start}<html><head><title>题</title></head><body>{BODIES[name]}</body></html>".encode(), "http://x/")
    page = markup_of(doc)
    _agrees(page, doc.tree)
    again = parse(etree.tostring(doc.tree, encoding="utf-8", method="html"), "http://x/")  # from memory this time
    _agrees(markup_of(again), again.tree)


def test_a_page_whose_attribute_is_named_by_a_mark_is_read_as_any_other() -> None:
    odd = parse("<body><div class=nav <q=1><a href=/a>甲</a></div><p>乙</p></body>".encode(), "http://x/")
    plain = parse("<body><div class=nav><a href=/a>甲</a></div><p>乙</p></body>".encode(), "http://x/")
    assert any("<" in str(name) for name in odd.tree.find(".//div").attrib)  # type: ignore[union-attr]  # it is there
    assert flow_of(odd).text == flow_of(plain).text
    assert list(layout(odd).places.values()) == list(layout(plain).places.values())


@pytest.mark.parametrize(
    ("written", "href"),
    [
        ('href="/a?b=1&amp;c=2" title="x"', "/a?b=1&c=2"),
        ('title="x" href="/a"', "/a"),
        ('data-href="/no" href="/a"', "/a"),
        ('title=" href=" href="/a"', "/a"),
        ('data-href="/no"', ""),
        ("", ""),
    ],
)
def test_one_attribute_is_read_as_all_of_them_are(written: str, href: str) -> None:
    (tag, _) = tags_of((f"a {written}>x", "/a>"))
    assert tag.attribute("href") == tag.attributes.get("href", "") == href

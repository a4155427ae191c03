"""References of a page: element, text, region, visibility, and the constructs that hold addresses."""

from __future__ import annotations

import pytest

from portal.facts import Element, Link, Region
from portal.html import parse
from portal.links import handler_addresses, links_below, read_forms, read_links

URL = "http://www.example.gov.cn/a/index.html"


def links_of(body: str, head: str = "") -> tuple[Link, ...]:
    """Returns the references of a page with this body."""
    page = f"<html><head>{head}</head><body>{body}</body></html>"
    return read_links(parse(page.encode(), URL, "text/html; charset=utf-8"))


def test_every_kind_of_reference() -> None:
    found = links_of(
        "<a href=x.html>甲</a><a href=f.doc>附件</a><img src=p.jpg alt=图><iframe src=i.html></iframe>"
        "<script src=s.js></script><video src=v.mp4></video><table background=bg.jpg></table>",
        "<link rel=stylesheet href=c.css>",
    )
    assert {(link.element, link.url.rpartition("/")[2]) for link in found} == {
        (Element.A, "x.html"),
        (Element.ATTACHMENT, "f.doc"),
        (Element.IMG, "p.jpg"),
        (Element.IFRAME, "i.html"),
        (Element.SCRIPT, "s.js"),
        (Element.MEDIA, "v.mp4"),
        (Element.IMG, "bg.jpg"),
        (Element.CSS, "c.css"),
    }


@pytest.mark.parametrize(
    ("markup", "element"),
    [
        ("<object data=i.html type=text/html></object>", Element.IFRAME),
        ("<object data=show?id=7 type='text/html; charset=utf-8'></object>", Element.IFRAME),
        ("<object data=f.pdf></object>", Element.IFRAME),
        ("<embed src=f.pdf type=application/pdf>", Element.IFRAME),
        ("<embed src=list.jsp>", Element.IFRAME),
        ("<embed src=b.swf>", Element.MEDIA),
        ("<embed src=play?id=7>", Element.MEDIA),
        ("<object data=v.html classid=clsid:6BF52A52></object>", Element.MEDIA),
        ("<object data=m.svg type=image/svg+xml></object>", Element.MEDIA),
    ],
)
def test_an_object_that_shows_a_page_or_a_document_is_a_frame(markup: str, element: Element) -> None:
    (link,) = links_of(markup)
    assert link.element is element


@pytest.mark.parametrize(
    ("markup", "url", "via"),
    [
        ("<a href='javascript:;' onclick=\"window.open('/x/1.html')\">甲</a>", "/x/1.html", "onclick"),
        ("<a href=\"javascript:window.open('http://b.cn/y')\">甲</a>", "http://b.cn/y", "onclick"),
        ("<li onclick=\"location.href='2.shtml'\">甲</li>", "/a/2.shtml", "onclick"),
        (
            "<select onchange='window.open(this.value)'><option value='http://b.cn/'>乙</option></select>",
            "http://b.cn/",
            "option",
        ),
        ("<script>document.write('<li><a href=\"../rsxx/\">人事</a></li>')</script>", "/rsxx/", "script"),
        ("<img src='data:image/gif;base64,R0' data-original='l.jpg'>", "/a/l.jpg", "src"),
    ],
)
def test_addresses_outside_of_href(markup: str, url: str, via: str) -> None:
    (link,) = links_of(markup)
    assert link.url == (url if url.startswith("http") else f"http://www.example.gov.cn{url}")
    assert link.via == via


@pytest.mark.parametrize(
    "markup",
    [
        "<a href='javascript:void(0)'>甲</a>",
        "<a href='#' onclick='show(1)'>甲</a>",
        "<a onclick=\"window.open('/x?id=' + id)\">甲</a>",
        "<option value='3'>三</option>",
        "<!-- <a href=x.html>甲</a> -->",
        "<script>s += '<a href=\"' + url + '\">x</a>'</script>",
    ],
)
def test_what_names_no_address_is_no_link(markup: str) -> None:
    assert links_of(markup) == ()


def test_text_falls_back_to_title_and_alt() -> None:
    texts = [
        link.text
        for link in links_of("<a href=1>文 字</a><a href=2 title=题></a><a href=3><img alt=图></a>")
        if link.element is Element.A
    ]
    assert texts == ["文 字", "题", "图"]


def test_base_href_is_in_force() -> None:
    (link,) = links_of("<a href=x.html>甲</a>", "<base href='http://b.gov.cn/dir/'>")
    assert link.url == "http://b.gov.cn/dir/x.html"


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "DISPLAY : none;",
        "visibility:hidden",
        "width:0;height:0",
        "position:absolute;left:-9999px",
        "opacity:0",
        "font-size: 0 ;color:red",
        "text-indent : -9999em",
    ],
)
def test_what_the_source_hides_is_not_visible(style: str) -> None:
    (link,) = links_of(f"<div style='{style}'><a href=x.html>彩票</a></div>")
    assert not link.visible


@pytest.mark.parametrize(
    "markup",
    [
        "<ul class=nav><li><a>政务公开</a><ul style='display:none'><li><a href=x.html>通知</a></li></ul></li></ul>",
        "<div class=tab>一</div><div class=tab style='display:none'><a href=x.html>通知</a></div>",
        "<div id=con1>一</div><p>二</p><div id=con2 style='display:none'><a href=x.html>通知</a></div>",
        "<div>一</div><div class='c d'>二</div><div class='d d-none'><a href=x.html>通知</a></div>",
    ],
)
def test_what_a_visitor_can_unfold_is_visible(markup: str) -> None:
    assert links_of(markup)[-1].visible


def test_regions_by_structure_words_and_position() -> None:
    filler = "<p>正文" + "字" * 400 + "</p>"
    found = links_of(
        "<div class=topbar><a href=1>登录</a></div><div id=mainNav><a href=2>首页</a></div>"
        "<div class=dqwz>当前位置：<a href=3>首页</a> &gt; 公告</div>"
        f"<div class=con><a href=4>甲</a>{filler}</div><div class=sidebar><a href=5>热点</a></div>{filler}"
        "<div class=footer><a href=6>关于</a></div>"
    )
    by_target = {link.raw: link.region for link in found}
    assert by_target["1"] is Region.HEADER
    assert by_target["2"] is Region.NAV
    assert by_target["4"] is Region.BODY
    assert by_target["5"] is Region.SIDEBAR
    assert by_target["6"] is Region.FOOTER


def test_a_page_called_header_as_a_whole_has_no_header() -> None:
    (link,) = links_of("<div class=head-wrap><p>" + "字" * 300 + "</p><a href=1>甲</a></div>")
    assert link.region is Region.BODY


def test_handlers_that_build_addresses_name_none() -> None:
    assert handler_addresses("window.open('/x?id=' + id)") == ()
    assert handler_addresses("alert('a.html')") == ()
    assert handler_addresses("location.href='/a.html'") == ("/a.html",)


def test_links_below_an_element() -> None:
    doc = parse(b"<div id=b><a href=1>x</a></div><a href=2>y</a>", URL)
    element = doc.tree.find(".//div")
    assert element is not None
    assert [link.raw for link in links_below(doc, element)] == ["1"]


def test_forms_are_read_with_their_named_controls() -> None:
    doc = parse(
        b"<form action=/s method=POST target=_blank><input name=q placeholder=x><select name=t></select></form>", URL
    )
    (form,) = read_forms(doc)
    assert (form.action, form.method, form.target) == ("http://www.example.gov.cn/s", "post", "_blank")
    assert [(field.name, field.type) for field in form.fields] == [("q", "text"), ("t", "select")]


def _read(page: str, url: str = URL, charset: str = "utf-8") -> tuple[Link, ...]:
    return read_links(parse(page.encode(charset), url, f"text/html; charset={charset}"))


def test_the_same_tag_on_another_page_refers_to_what_that_page_makes_of_it() -> None:
    page = "<body><div class=nav><a href=x.html>甲</a><a href=/y.html>乙</a><a href=?字>丙</a></div>{}</body>".format(
        "<p>丁丁丁丁</p>" * 9
    )
    elsewhere = page.replace("class=nav", "class=main")
    links = [_read(page), _read(page, "http://www.example.gov.cn/b/c/"), _read(page, charset="gb18030")]
    assert [[link.url.removeprefix("http://www.example.gov.cn") for link in found] for found in links] == [
        ["/a/x.html", "/y.html", "/a/index.html?%E5%AD%97"],
        ["/b/c/x.html", "/y.html", "/b/c/?%E5%AD%97"],
        ["/a/x.html", "/y.html", "/a/index.html?%D7%D6"],
    ]
    assert {link.region for link in links[0]} == {Region.NAV}
    assert {link.region for link in _read(elsewhere)} == {Region.BODY}
    hidden = _read(page.replace("class=nav", "style=display:none"))
    assert [(link.url, link.visible) for link in hidden] == [(link.url, False) for link in links[0]]
    assert _read(page) == links[0]


def test_the_same_tag_leads_on_from_a_page_with_a_route_and_nowhere_from_another() -> None:
    page = '<p><a href="#/col/1">通知公告</a><a href="/x.html">公告</a></p>'
    plain, routed = "http://h.gov.cn/", "http://h.gov.cn/#/home"
    for url, wanted in ((plain, []), (routed, ["http://h.gov.cn/#/col/1"]), (plain, [])):
        assert [link.url for link in _read(page, url)] == [*wanted, "http://h.gov.cn/x.html"]


def test_what_a_script_writes_and_a_list_opens_is_its_own_on_every_page() -> None:
    for number in (1, 2):
        (link,) = links_of(f"<script>document.write('<li><a href=\"/rs{number}/\">人事</a></li>')</script>")
        assert link.url == f"http://www.example.gov.cn/rs{number}/"
    option = "<option value='/rsxx/'>人事</option>"
    assert links_of(f"<select>{option}</select>") == ()
    assert len(links_of(f"<select onchange='window.open(this.value)'>{option}</select>")) == 1
    assert len(links_of("<a href=/x>甲</a>")) == len(links_of("<a href=/x>甲<b>乙</b></a>")) == 1
    assert links_of("<a href=/x>甲<b>乙</b></a>")[0].text == "甲乙"


def test_a_link_is_known_again_by_all_that_is_in_it() -> None:
    one, other = "<a href=/x><span>甲</span><img alt=图></a>", "<a href=/x><span>乙</span><img alt=图></a>"
    texts = [[link.text for link in links_of(body) if link.element is Element.A] for body in (one, other, one)]
    assert texts == [["甲"], ["乙"], ["甲"]]
    scripts = [f"<a href=/x><script>document.write('{name * 9}')</script></a>" for name in "甲乙"]
    assert [links_of(body)[0].text for body in scripts] == ["", ""]


@pytest.mark.parametrize(
    ("source", "kept"),
    [("p.jpg", True), ("/img/loading.gif", False), ("/loading/p.gif", True), ("DATA:x", False), ("Blank.PNG", False),
     ("/lazy.jpg", True), ("", False), ("about:blank", False)],
)  # fmt: skip
def test_placeholders_give_way_to_the_picture_that_is_to_come(source: str, kept: bool) -> None:
    (link,) = links_of(f"<img src='{source}' data-src=late.jpg>")
    assert link.raw == (source if kept else "late.jpg")


def test_the_file_a_viewer_shows_is_an_attachment_of_the_page_that_frames_it() -> None:
    page = (
        "<iframe src='/pdfjs/web/viewer.html?v=2&file=%2Ffiles%2F2025.pdf#page=1'></iframe>"
        "<a href='/pdfjs/web/viewer.html?file=../../files/a.pdf'>在线浏览</a><a href='/viewer.html?id=3'>三</a>"
    )
    doc = parse(page.encode(), "http://www.qingshi.gov.cn/nb/1.html", "text/html; charset=utf-8")
    found = [
        (link.url, link.text) for link in read_links(doc) if link.url.startswith("http://www.qingshi.gov.cn/files/")
    ]
    assert found == [
        ("http://www.qingshi.gov.cn/files/2025.pdf", ""),
        ("http://www.qingshi.gov.cn/files/a.pdf", "在线浏览"),
    ]
    assert all(link.element is Element.ATTACHMENT for link in read_links(doc)[-2:])


def test_frames_and_pictures_of_one_dot_are_not_seen() -> None:
    """Old portals send forms to such a frame of an empty page: it was called a link to a blank page."""
    found = links_of(
        "<iframe src=a.html width=1 height=1></iframe><img src=b.gif width=1px height=0><iframe src=c.html height=1>"
        "</iframe><table width=1 height=1><tr><td><a href=d.html>公示</a></table><img src=e.gif width=1 height=20>"
    )
    assert [(link.url.rpartition("/")[2], link.visible) for link in found] == [
        ("a.html", False),
        ("b.gif", False),
        ("c.html", True),
        ("d.html", True),
        ("e.gif", True),
    ]

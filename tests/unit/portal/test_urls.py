"""Addresses as browsers resolve them, identities, ownership and traps."""

from __future__ import annotations

from pathlib import Path

import ada_url
import pytest
from hypothesis import given
from hypothesis import strategies as st
from publicsuffixlist import PSLFILE, PublicSuffixList

from portal.model import Portal
from portal.urls import (
    absolute,
    as_path,
    host_of,
    is_attachment,
    is_http,
    is_image,
    normalise,
    registrable,
    routed,
    same_site,
    site_hosts,
    trap,
    twin,
)

BASE = "http://www.example.gov.cn/zwgk/tzgg/index.html"


@pytest.mark.parametrize(
    ("href", "wanted"),
    [
        ("a.html", "http://www.example.gov.cn/zwgk/tzgg/a.html"),
        ("../zcwj/", "http://www.example.gov.cn/zwgk/zcwj/"),
        ("\\files\\a b.doc", "http://www.example.gov.cn/files/a%20b.doc"),
        (" \n /x\t/y.html ", "http://www.example.gov.cn/x/y.html"),
        ("//cdn.example.cn/x.js", "http://cdn.example.cn/x.js"),
        ("?page=2#top", "http://www.example.gov.cn/zwgk/tzgg/index.html?page=2"),
        ("HTTP://WWW.Example.GOV.cn:80/A", "http://www.example.gov.cn/A"),
        ("http://10.0.0.1:8080/x", "http://10.0.0.1:8080/x"),
        ("file:///C:/x.doc", "file:///C:/x.doc"),
        ("htttp://www.example.gov.cn/", "htttp://www.example.gov.cn/"),
        ("", ""),
        ("#", ""),
        ("#top", ""),
        ("javascript:;", ""),
        (" JavaScript:void(0)", ""),
        ("java\nscript:void(0)", ""),
        ("mailto:a@b.cn", ""),
        ("tel:110", ""),
        ("data:image/png;base64,xx", ""),
        ("about:blank", ""),
        ("http://[::1", ""),
    ],
)
def test_absolute_is_what_a_browser_requests(href: str, wanted: str) -> None:
    assert absolute(BASE, href) == wanted


@pytest.mark.parametrize(
    ("href", "wanted"),
    [
        ("#/col/1", "http://h.gov.cn/zw/#/col/1"),
        ("#!/col/1?p=2", "http://h.gov.cn/zw/#!/col/1?p=2"),
        ("other.html#/x", "http://h.gov.cn/zw/other.html#/x"),
        ("#/", "http://h.gov.cn/zw/"),
        ("#top", ""),
        ("#", ""),
        ("a.html#top", "http://h.gov.cn/zw/a.html"),
    ],
)
def test_fragments_are_routes_on_pages_that_have_one(href: str, wanted: str) -> None:
    assert absolute("http://h.gov.cn/zw/#/home", href) == wanted


@pytest.mark.parametrize(
    ("href", "wanted"),
    [
        ("/hd/#/col/1", "http://h.gov.cn/hd/#/col/1"),
        ("other.html#/x", "http://h.gov.cn/zw/other.html#/x"),
        ("https://app.gov.cn/#!/col/1", "https://app.gov.cn/#!/col/1"),
        ("/hd/#/", "http://h.gov.cn/hd/"),
        ("/hd/#!", "http://h.gov.cn/hd/"),
        ("#/col/1", ""),
        ("#/", ""),
    ],
)
def test_other_pages_lead_to_routes_of_an_application_at_an_address(href: str, wanted: str) -> None:
    assert absolute("http://h.gov.cn/zw/", href) == wanted


def test_a_route_is_part_of_what_a_page_is() -> None:
    assert normalise("HTTP://H.gov.cn/#/col/1") == "http://h.gov.cn/#/col/1"
    assert normalise("http://h.gov.cn/?utm_source=x#!/col/1") == "http://h.gov.cn/#!/col/1"
    assert normalise("http://h.gov.cn/#/") == normalise("http://h.gov.cn/#top") == "http://h.gov.cn/"
    assert (
        as_path("http://h.gov.cn/#!/list?id=1") == as_path("http://h.gov.cn/list?id=1") == "http://h.gov.cn/list?id=1"
    )


def test_queries_of_gbk_pages_are_sent_in_gbk_and_paths_never() -> None:
    assert absolute(BASE, "/s?q=中", "gb18030") == "http://www.example.gov.cn/s?q=%D6%D0"
    assert absolute(BASE, "/中.html", "gb18030") == "http://www.example.gov.cn/%E4%B8%AD.html"
    assert absolute(BASE, "/s?q=中", "utf-8") == "http://www.example.gov.cn/s?q=%E4%B8%AD"


@given(st.text(), st.sampled_from(["", "utf-8", "gb18030", "no-such-encoding"]))
def test_nothing_written_in_a_page_breaks_the_resolver(href: str, encoding: str) -> None:
    url = absolute(BASE, href, encoding)
    assert "#" not in url
    assert normalise(url) == normalise(normalise(url))
    trap(url)
    host_of(url)
    is_attachment(url)


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("HTTP://Www.A.CN:80", "http://www.a.cn/"),
        ("https://a.cn:443/x#y", "https://a.cn/x"),
        ("http://a.cn/x;jsessionid=0AB?b=2&a=1", "http://a.cn/x?b=2&a=1"),
        ("http://a.cn/(S(lit3py55t21z5v55vlm25s55))/News.aspx?id=1", "http://a.cn/News.aspx?id=1"),
        ("http://a.cn/(A(Yp3x_-yv5zAQA0)S(lit3py55t21z5v55vlm25s55))/a/b.aspx", "http://a.cn/a/b.aspx"),
        ("http://a.cn/web/(lit3py55t21z5v55vlm25s55)/b.aspx", "http://a.cn/web/b.aspx"),
        ("http://a.cn/(2026)/b.aspx", "http://a.cn/(2026)/b.aspx"),
        ("http://a.cn/x?PHPSESSID=abc&id=3", "http://a.cn/x?id=3"),
        ("http://a.cn/x?utm_source=w&id=3", "http://a.cn/x?id=3"),
        ("http://a.cn/api?sid=755001", "http://a.cn/api?sid=755001"),
        ("http://a.cn/api?sid=0a1b2c3d4e5f60718293", "http://a.cn/api"),
        ("http://a.cn//list.asp?u=//1", "http://a.cn/list.asp?u=//1"),
        ("http://a.cn//x///y//", "http://a.cn/x/y/"),
        ("http://a.cn/to/http://b.cn/x", "http://a.cn/to/http://b.cn/x"),
        ("http://a.cn.:80/x", "http://a.cn/x"),
        ("http://a.cn/a./b", "http://a.cn/a./b"),
        ("not an address", "not an address"),
    ],
)
def test_identity_of_a_page(url: str, wanted: str) -> None:
    assert normalise(url) == wanted


def test_hosts_of_a_portal() -> None:
    portal = Portal(id="x", name="X", home="https://www.example.gov.cn/", hosts=("XXGK.example.gov.cn",))
    hosts = site_hosts(portal)
    assert hosts == {"www.example.gov.cn", "example.gov.cn", "xxgk.example.gov.cn"}
    assert same_site("http://example.gov.cn/x", hosts)
    assert not same_site("http://other.gov.cn/x", hosts)
    assert twin("127.0.0.1") == ""
    assert registrable("www.langao.gov.cn") == "langao.gov.cn"
    assert registrable("127.0.0.1") == "127.0.0.1"


def test_registrable_domains_are_the_librarys_own_in_either_spelling() -> None:
    whole = PublicSuffixList(accept_unknown=False, only_icann=True)
    rules = [line.split()[0] for line in Path(PSLFILE).read_text("utf-8").splitlines() if line[:1] not in {"", "/"}]
    hosts = [f"www.Example.{rule.lstrip('!*.')}" for rule in rules]
    hosts += [host.encode("idna").decode("ascii") for host in hosts if not host.isascii()]
    assert len(hosts) > 7000
    assert [host for host in hosts if registrable(host) != (whole.privatesuffix(host) or host)] == []
    assert registrable("www.xn--mgba.xn--55qx5d.cn") == "xn--mgba.xn--55qx5d.cn"
    assert registrable("www.xn--no-name-at-all.cn") == "xn--no-name-at-all.cn"


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("http://a.cn/x.doc", True),
        ("http://a.cn/x.PDF?v=1", True),
        ("http://a.cn/module/download/downfile.jsp?classid=0&filename=1.docx", True),
        ("http://a.cn/x.html", False),
        ("http://a.cn/downloads/index.html", False),
        ("http://a.gov.cn", False),
    ],
)
def test_addresses_of_attachments_are_known(url: str, wanted: bool) -> None:
    assert is_attachment(url) is wanted


def test_addresses_by_scheme_and_of_images_are_known() -> None:
    assert is_http("HTTPS://a.cn/")
    assert not is_http("ftp://a.cn/")
    assert is_image("http://a.cn/x.JPG")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://a.cn/rili/2031/05", "calendar"),
        ("http://a.cn/list?year=2031&month=5", "calendar"),
        ("http://a.cn/list?date=2031-05-01", "calendar"),
        ("http://a.cn/list?sort=date&id=1", "facet"),
        ("http://a.cn/x?a=1&b=2&c=3&d=4&e=5&f=6&g=7&h=8&i=9&j=10", "facet"),
        ("http://a.cn/print/123.html", "print"),
        ("http://a.cn/x/mpost_123.html", "mobile"),
        ("http://a.cn/big5/zwgk/index.html", "traditional"),
        ("http://big5.a.cn/gate/big5/www.a.cn/zwgk/", "traditional"),
        ("http://a.cn/zwgk/?lang=zh-TW", "traditional"),
        ("http://a.cn/zwgk/?mode=old", "aged"),
        ("http://a.cn/show.jsp?id=7&isOld=1", "aged"),
        ("http://a.cn/a/b/a/b/a/b/", "endless"),
        ("http://a.cn/" + "x/" * 30, "endless"),
        ("http://a.cn/?q=" + "x" * 2000, "long"),
        ("http://a.cn/zwgk/tzgg/index_2.html", ""),
        ("http://a.cn/public/column/14981?type=4&catId=7001871&action=list", ""),
        ("http://a.cn/2024/11/18/123.html", ""),
        ("http://a.cn/zwgk/big5/1.html", ""),
        ("http://a.cn/list.jsp?type=old&cid=3", ""),
        ("http://a.cn/list.jsp?old=3", ""),
        ("http://a.cn/col/col1229283449/index.html", ""),
        ("http://a.cn/survey/vote/index.html", ""),
        ("http://a.cn/c100503/2020/12/29/9324dc33463c47e6bb89a9015d5021fe.html", ""),
    ],
)
def test_addresses_to_keep_away_from_say_why(url: str, reason: str) -> None:
    assert trap(url) == reason


# What addresses are put together of; most of it the resolver changes, or must be asked about.
_BITS = (
    "a",
    "b.html",
    ".",
    "..",
    "/",
    "//",
    "?",
    "?x=1",
    "&",
    "=",
    "%2e",
    ";",
    "@",
    ":",
    " ",
    "中",
    "\\",
    "~",
    "'",
    "|",
)
_MORE = (
    "../",
    "./",
    "..a",
    "/./",
    "/../",
    "http://",
    "https://",
    "www.a.gov.cn",
    "A.cn",
    "127.0.0.1",
    "1.2",
    ":80",
    ":8080",
)
_BASES = (
    BASE,
    "http://www.a.gov.cn",
    "https://A.cn/x/",
    "http://a.cn:80/x/y",
    "http://a.cn/x/../y/z?q=/a/b",
    "http://a.cn/%7e/ü/",
    "http://1.2/x",
    "http://user@a.cn/x//y",
)


@given(st.sampled_from(_BASES), st.lists(st.sampled_from(_BITS + _MORE), max_size=6).map("".join))
def test_plain_addresses_are_what_the_resolver_makes_of_them(base: str, href: str) -> None:
    found = absolute(base, href)
    if found.startswith("http"):
        assert found == ada_url.join_url(base, href.strip())
        assert host_of(found) == ada_url.URL(found).hostname.rstrip(".")
        assert normalise(found) == normalise(ada_url.normalize_url(found))


def test_the_pages_of_a_directory_are_told_apart_by_a_number_behind_it() -> None:
    page = "http://www.a.gov.cn/gkmlpt/index"
    assert absolute("http://www.a.gov.cn/", "/gkmlpt/index#41") == f"{page}#41"
    assert absolute(page, "#41") == absolute(f"{page}#7", "#41") == f"{page}#41"
    assert [normalise(f"{page}#41"), as_path(f"{page}#41"), routed(f"{page}#41")] == [f"{page}#41", f"{page}/41", True]
    assert absolute("http://www.a.gov.cn/zwgk/index.html", "#41") == ""
    assert normalise("http://www.a.gov.cn/zwgk/index.html#41") == "http://www.a.gov.cn/zwgk/index.html"
    assert not routed("http://www.a.gov.cn/gkmlpt/content/2/post_3.html#41")
    assert normalise(f"{page}#top") == page


def test_the_comments_below_an_item_lead_to_it() -> None:
    assert normalise("http://www.a.gov.cn/?p=313&replytocom=7") == "http://www.a.gov.cn/?p=313"

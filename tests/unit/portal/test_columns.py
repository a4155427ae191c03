"""Columns: what leads to them, what they publish, the tree they form."""

from __future__ import annotations

import msgspec
import pytest

from portal.artifacts import ColumnRecord, Level
from portal.columns import ColumnTags, PageOutline, candidate_columns, column_kind, discover, is_archived
from portal.facts import PageFacts, PageKind
from portal.model import ColumnDeclaration, ColumnForm, ColumnKind
from portal.page import read_page

HOST = "http://www.example.gov.cn"
HOSTS = frozenset({"www.example.gov.cn", "example.gov.cn"})
MENU = (
    "<div class=header><ul class=nav><li><a href=/>首页</a></li><li><a href=/zwgk/>政务公开</a></li>"
    "<li><a href=/zwgk/tzgg/index.html>通知公告</a></li><li><a href=/col/col12/index.html>政策文件</a></li>"
    "<li><a href=http://zwfw.other.gov.cn/>政务服务</a></li><li><a href=/login.jsp>登录</a></li></ul></div>"
)
ROWS = "".join(
    f"<li><a href=/zwgk/tzgg/202411/t2024111{n}_{n}.html>关于做好第{n}批项目申报工作的通知</a>"
    f"<span>2024-11-1{n}</span></li>"
    for n in range(6)
)


def read(body: str, path: str, head: str = "", home: bool = False) -> PageFacts:
    """Returns the facts of a page of the portal."""
    source = f"<html><head>{head}</head><body>{MENU}{body}</body></html>"
    return read_page(source.encode(), HOST + path, content_type="text/html; charset=utf-8", home=home)


def outlines(*pages: PageFacts) -> list[PageOutline]:
    """Returns the outlines of pages, as read from what is stored of them."""
    return msgspec.json.decode(msgspec.json.encode(pages), type=list[PageOutline])


def crumb(*steps: tuple[str, str]) -> str:
    """Returns a breadcrumb."""
    links = "".join(f" &gt; <a href={href}>{text}</a>" for text, href in steps)
    return f"<div class=dqwz>当前位置：<a href=/>首页</a>{links}</div>"


HOME = read(f"<div class=box><h2>要闻</h2><a href=/xwzx/>更多</a><ul>{ROWS}</ul></div>", "/", home=True)
NOTICES = read(
    crumb(("政务公开", "/zwgk/"), ("通知公告", "/zwgk/tzgg/index.html")) + f"<ul>{ROWS}</ul>", "/zwgk/tzgg/index.html"
)


@pytest.mark.parametrize(
    ("name", "path", "url", "kind"),
    [
        ("政策解读", (), "", ColumnKind.INTERPRETATION),
        ("公开年报", (), "", ColumnKind.ANNUAL_REPORT),
        ("政府信息公开指南", (), "", ColumnKind.DISCLOSURE),
        ("新闻出版版权", (), "", ColumnKind.OTHER),
        ("部门预决算", (), "", ColumnKind.FINANCE),
        ("人事任免", (), "", ColumnKind.PERSONNEL),
        ("通知公告", (), "", ColumnKind.NOTICE),
        ("规范性文件", (), "", ColumnKind.POLICY),
        ("政务要闻", (), "", ColumnKind.NEWS),
        ("领导信箱", (), "", ColumnKind.LETTERS),
        ("意见征集", (), "", ColumnKind.SURVEY),
        ("机构职能", (), "", ColumnKind.ORGANISATION),
        ("办事指南", (), "", ColumnKind.GUIDE),
        ("统计数据", (), "", ColumnKind.DATA),
        ("乡镇", (), "http://a.cn/zwgk/tzgg/index.html", ColumnKind.NOTICE),
        ("2024年", ("政策文件", "2024年"), "http://a.cn/c1/", ColumnKind.POLICY),
        ("甲乙", (), "http://a.cn/c1/", ColumnKind.OTHER),
        # Columns of foreign editions need not be new every fortnight; what is exempt by its address stays so.
        ("News", (), "http://a.cn/en/news/", ColumnKind.OTHER),
        ("གསར་འགྱུར།", (), "http://a.cn/bo/xwzx/", ColumnKind.OTHER),
        ("News", ("新闻中心", "News"), "http://a.cn/news/", ColumnKind.NEWS),
        ("Governor", (), "http://a.cn/en/ldzc/", ColumnKind.ORGANISATION),
    ],
)
def test_what_a_column_publishes_is_told_by_name_path_and_address(
    name: str, path: tuple[str, ...], url: str, kind: ColumnKind
) -> None:
    assert column_kind(name, path, "", url) is kind


def test_candidates_are_menus_and_more_links() -> None:
    found = {c.url.removeprefix(HOST): c.text for c in candidate_columns(HOME, HOSTS)}
    assert found == {
        "/zwgk/": "政务公开",
        "/zwgk/tzgg/index.html": "通知公告",
        "/col/col12/index.html": "政策文件",
        "/xwzx/": "",
    }


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("专项公开", True),
        ("新", False),
        ("Topics", False),
        ("某县人民政府办公室关于进一步加强政务公开工作的实施意见及其任务分工方案", False),
    ],
)
def test_beside_the_menu_a_column_has_a_short_chinese_name(text: str, named: bool) -> None:
    page = read(f"<div class=box><a href=/col/col88/index.html>{text}</a></div><ul>{ROWS}</ul>", "/", home=True)
    assert (f"{HOST}/col/col88/index.html" in {found.url for found in candidate_columns(page, HOSTS)}) is named


def by_path(columns: tuple[ColumnRecord, ...]) -> dict[str, ColumnRecord]:
    """Returns the columns by the path of their address."""
    return {column.url.removeprefix(HOST): column for column in columns}


def test_a_tree_from_menu_breadcrumb_and_pages() -> None:
    found = by_path(discover(HOME, outlines(HOME, NOTICES), (), HOSTS))
    notices = found["/zwgk/tzgg/index.html"]
    assert (notices.name, notices.kind, notices.form, notices.level) == (
        "通知公告",
        ColumnKind.NOTICE,
        ColumnForm.LIST,
        Level.SECOND,
    )
    assert notices.path == ("政务公开", "通知公告")
    assert notices.parent == f"{HOST}/zwgk/"
    assert found["/zwgk/"].children == (f"{HOST}/zwgk/tzgg/index.html",)
    assert found["/col/col12/index.html"].form is ColumnForm.UNKNOWN
    assert "/" not in found


def test_declared_columns_win() -> None:
    declared = ColumnDeclaration(
        path=("公开", "公告栏"), url=f"{HOST}/zwgk/tzgg/index.html", kind=ColumnKind.NEWS, limit_days=30, owner="办公室"
    )
    found = by_path(discover(HOME, outlines(NOTICES), (declared,), HOSTS))["/zwgk/tzgg/index.html"]
    assert (found.name, found.path, found.kind) == ("公告栏", ("公开", "公告栏"), ColumnKind.NEWS)
    assert (found.declared, found.limit_days, found.owner, found.form) == (True, 30, "办公室", ColumnForm.LIST)


def test_a_single_page_of_a_menu_is_a_single_page() -> None:
    text = (
        "<div class=con><h1>机构职能</h1><p>"
        + "贯彻执行国家有关法律法规，负责全县政务服务管理工作。" * 20
        + "</p></div>"
    )
    page = read(text, "/zwgk/")
    found = by_path(discover(HOME, outlines(page), (), HOSTS))["/zwgk/"]
    assert found.form in (ColumnForm.SINGLE, ColumnForm.LIST)
    assert found.form is (ColumnForm.LIST if page.kind.value == "column" else ColumnForm.SINGLE)


def test_items_are_no_columns() -> None:
    article = read(
        crumb(("通知公告", "/zwgk/tzgg/index.html"))
        + "<h1>关于做好第一批项目申报工作的通知</h1><p>发布时间：2024-11-11 来源：本站</p>"
        "<div class=article-content><p>" + "各有关单位：现将有关事项通知如下，请认真贯彻执行。" * 20 + "</p></div>",
        "/zwgk/tzgg/202411/t20241111_1.html",
        "<meta name=ArticleTitle content=关于做好第一批项目申报工作的通知>",
    )
    assert article.url.removeprefix(HOST) not in by_path(discover(HOME, outlines(article, NOTICES), (), HOSTS))


def test_breadcrumbs_in_a_circle_do_not_hang() -> None:
    one = read(crumb(("乙", "/b/"), ("甲", "/a/")) + f"<ul>{ROWS}</ul>", "/a/")
    two = read(crumb(("甲", "/a/"), ("乙", "/b/")) + f"<ul>{ROWS}</ul>", "/b/")
    found = by_path(discover(HOME, outlines(one, two), (), HOSTS))
    assert {found["/a/"].parent, found["/b/"].parent} != {f"{HOST}/b/", f"{HOST}/a/"}


def test_what_is_no_longer_updated_says_so() -> None:
    assert is_archived("提示：本栏目已停止更新，请移步新版网站")
    assert is_archived("", "历史归档数据") and is_archived("", "归档")
    assert not is_archived("通知公告", "通知公告")


def _named(name: str, path: str) -> PageFacts:
    return read(f"<title>{name}</title><div class=main><h2>{name}</h2><ul>{ROWS}</ul></div>", path)


def test_views_of_one_list_are_no_columns() -> None:
    narrowed = [_named("筛选浏览", f"/find?year=1{more}") for more in ("", "&kind=1", "&kind=2", "&order=1")]
    different = [_named(name, f"/list?id={n}") for n, name in enumerate(("公示公告", "人事信息", "财政信息"))]
    alike = [_named("通知公告", f"/dept?id={n}") for n in range(4)]
    found = by_path(discover(HOME, outlines(*narrowed, *different, *alike), (), HOSTS))
    assert {path.partition("?")[0] for path in found if "?" in path} == {"/list", "/dept"}


def test_a_base_of_documents_sorted_in_several_ways_is_one_column() -> None:
    ways = ["", "?theme=1", "?theme=2", "?genre=1", "?genre=2"]
    base = [_named("规范性文件库", f"/wjk.jspx{way}") for way in ways]
    one_way = [
        _named(name, f"/gk.jspx{way}") for name, way in zip(("公开", "人事信息", "财政信息"), ways, strict=False)
    ]
    found = by_path(discover(HOME, outlines(*base, *one_way), (), HOSTS))
    assert {path for path in found if ".jspx" in path} == {
        "/wjk.jspx",
        "/gk.jspx",
        "/gk.jspx?theme=1",
        "/gk.jspx?theme=2",
    }


def test_columns_told_apart_by_what_their_parameters_call_so_are_columns() -> None:
    ways = ["", "?BigClassID=1", "?BigClassID=2", "?SmallClassID=3", "?SmallClassID=4"]
    names = ["信息公开", "公示公告", "人事信息", "财政信息", "招标采购"]
    pages = [_named(name, f"/news.asp{way}") for name, way in zip(names, ways, strict=True)]
    assert len([path for path in by_path(discover(HOME, outlines(*pages), (), HOSTS)) if "news.asp" in path]) == 5


def test_a_series_of_pages_by_month_is_no_column() -> None:
    months = [_named(f"2026年{n}月活动安排", f"/calendar/2026-{n}.html") for n in range(1, 6)]
    departments = [_named("通知公告", f"/col/col{n}/index.html") for n in range(200, 204)]
    found = by_path(discover(HOME, outlines(*months, *departments), (), HOSTS))
    assert not [path for path in found if path.startswith("/calendar/")]
    assert len([path for path in found if path.startswith("/col/col20")]) == 4


def test_pages_that_name_each_other_are_neighbours() -> None:
    names = {"/x/a/": "机构设置", "/x/b/": "领导信息", "/x/c/": "人事信息", "/x/d/": "内设机构"}
    menu = "".join(f"<li><a href={path}>{name}</a></li>" for path, name in names.items())
    pages = [read(f"<div class=main><ul>{menu}</ul></div>", path) for path in names]
    found = by_path(discover(HOME, outlines(*pages), (), HOSTS))
    assert [found[path].children for path in names if path in found] == [()] * 4


@pytest.mark.parametrize(
    ("name", "archived"),
    [
        ("2025年八月", True),
        ("2025年8月", True),
        ("2019年", True),
        ("2018年度", True),
        ("2025年工作要点", False),
        ("2026年第9期", True),
        ("2025年第12号（总第240号）", True),
        ("2026年第一批", False),
    ],
)
def test_a_period_is_an_archive(name: str, archived: bool) -> None:
    assert is_archived("", name) is archived


@pytest.mark.parametrize(
    "address",
    [
        "/author/bianji",
        "/author/bianji/page/15",
        "/date/2026/08",
        "/tag/jiaoyu",
        "/tags.php?jiaoyu",
        "/category/ws/page/2",
        "/feed/",
        "/comments/feed/",
    ],
)
def test_addresses_that_sort_or_page_are_no_columns(address: str) -> None:
    text = "第2页" if "category" in address else "编辑"
    page = read(f"<div class=box><a href={address}>{text}</a></div><ul>{ROWS}</ul>", "/", home=True)
    assert f"{HOST}{address}" not in {found.url for found in candidate_columns(page, HOSTS)}


def test_neighbours_in_one_folder_are_no_children() -> None:
    menu = (
        "<ul class=left><li><a href=/category/yaowen>要闻</a></li><li><a href=/category/bumen/jiaoyu>教育</a></li></ul>"
    )
    trail = crumb(("部门动态", "/category/bumen"))
    one = read(f"{trail}{menu}<div class=list><ul>{ROWS}</ul></div>", "/category/bumen", "<title>部门动态</title>")
    found = {record.url: record for record in discover(HOME, outlines(one), (), HOSTS)}
    assert found[f"{HOST}/category/bumen"].children == (f"{HOST}/category/bumen/jiaoyu",)
    assert found[f"{HOST}/category/yaowen"].parent == ""


def test_the_home_page_under_another_address_is_no_column() -> None:
    menu = "<div class=nav><a href=https://www.example.gov.cn/index.htm>示例政府网</a><a href=/tzgg/>通知公告</a></div>"
    page = read(menu, "/", home=True)
    assert f"{HOST}/tzgg/" in {record.url for record in discover(page, (), (), HOSTS)}
    assert not [record.url for record in discover(page, (), (), HOSTS) if record.url.endswith("index.htm")]


def test_associations_and_what_was_permitted_are_columns_like_others() -> None:
    assert column_kind("社会组织") is column_kind("行政许可公示") is ColumnKind.OTHER
    assert (column_kind("组织机构"), column_kind("行政许可")) == (ColumnKind.ORGANISATION, ColumnKind.GUIDE)


def test_a_menu_beside_every_list_names_nobody_s_children() -> None:
    """Addresses that differ by their query alone share a folder."""
    entry = "<li><a href=/list.aspx?ClassID={}>{}</a></li>"
    menu = f"<ul class=left>{entry.format(51, '要闻')}{entry.format(42, '公告')}</ul>"

    def lists(numbers: tuple[int, ...]) -> dict[str, ColumnRecord]:
        pages = [
            read(f"{menu}<div class=list><ul>{ROWS}</ul></div>", f"/list.aspx?ClassID={n}", f"<title>栏目{n}</title>")
            for n in numbers
        ]
        return {record.url: record for record in discover(HOME, outlines(*pages), (), HOSTS)}

    one = lists((21,))[f"{HOST}/list.aspx?ClassID=21"]
    assert set(one.children) == {f"{HOST}/list.aspx?ClassID={n}" for n in (51, 42)}
    assert all(record.children == () for record in lists((21, 22, 23, 24)).values())


def test_a_frame_under_the_address_of_an_item_is_no_column() -> None:
    frames = [
        PageOutline(HOST + path, PageKind.COLUMN, "印发办法的通知", ColumnTags(), scripted_list=True)
        for path in ("/gkmlpt/content/2/3/post_301.html", "/gkmlpt/list")
    ]
    found = {record.url for record in discover(HOME, frames, (), HOSTS)}
    assert f"{HOST}/gkmlpt/content/2/3/post_301.html" not in found
    assert f"{HOST}/gkmlpt/list" in found

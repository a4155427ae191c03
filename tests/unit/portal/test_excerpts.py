"""Pages that show excerpts of several columns, and the columns a page leads to."""

from __future__ import annotations

from portal.facts import PageKind
from portal.html import parse
from portal.lists import listings
from portal.page import read_page
from tests.unit.portal.listed import FRAME_END, FRAME_TOP, URL


def rows(folder: str) -> str:
    """Returns three dated items of a column."""
    titles = ("召开全县经济运行调度会议", "组织开展安全生产大检查行动", "举办基层干部能力提升培训班")
    return "".join(
        f"<li><a href={folder}/t2024101{n}_{n}.html>{title}</a><span>2024-10-1{n}</span></li>"
        for n, title in enumerate(titles)
    )


def test_excerpts_with_a_link_to_more_behind_them_or_among_their_tabs() -> None:
    body = (
        f"<div class=box><ul class=a>{rows('jdt')}</ul>"
        "<div class=more><a href=jdt/index.html>更多&gt;&gt;</a></div></div><div class=box2><div class=list_menu>"
        "<ul><li><a href=gs/>出让公示</a></li><li><a href=jg/>结果公示</a></li></ul>"
        f"<a class=more href=gs/>更多</a></div><div class=list><ul>{rows('gs')}</ul>"
        f"<ul style='display: none'>{rows('jg')}</ul></div></div>"
    )
    facts = read_page((FRAME_TOP.replace("> 通知公告", "> 新闻中心") + body + FRAME_END).encode(), URL, portal=True)
    assert facts.kind is PageKind.COLUMN_INDEX
    assert len(facts.items) == 6


def test_a_list_that_loads_more_of_itself_is_no_excerpt() -> None:
    more = "<div class=more><a href='javascript:loadMore()'>更多</a></div>"
    side = f"<div class=b><h3><a href=gs/>出让公示</a></h3><ul>{rows('gs')}</ul></div>"
    body = f"<div class=a><ul>{rows('jdt')}{rows('xw')}</ul>{more}</div>{side}"
    facts = read_page((FRAME_TOP + body + FRAME_END).encode(), URL, portal=True)
    assert facts.kind is PageKind.COLUMN
    assert len(facts.items) == 6


def test_a_menu_of_long_names_is_not_the_list_of_the_page() -> None:
    names = (
        "市政府及其工作机构的领导名单",
        "市政府工作机构及其主要职责",
        "关于本市经济和社会发展的主要数据",
        "市长、副市长工作分工",
    )
    menu = "".join(f"<li><a href=../c{n}/index.html>{name}</a></li>" for n, name in enumerate(names * 2))
    items = [f"市政府办公厅关于印发20{n}年示例市政务公开工作要点的通知" for n in range(13, 18)]
    files = "".join(f"<li><a href=f{n}.html>{title}</a></li>" for n, title in enumerate(items))
    body = f"<div class=a><ul>{menu}</ul></div><div class=b><h3>文件列表</h3><ul>{files}</ul></div>"
    facts = read_page((FRAME_TOP + body + FRAME_END).encode(), URL, portal=True)
    assert [item.title for item in facts.items] == items


def test_more_is_no_part_of_a_heading() -> None:
    for heading in ("<a href=kx/>更多&gt;&gt;</a>考试快讯", "考试快讯 <a href=kx/>[更多]</a>", "考试快讯"):
        body = f"<div><div class=h>{heading}</div><ul>{rows('kx')}</ul></div>"
        doc = parse((FRAME_TOP + body + FRAME_END).encode(), URL, "text/html; charset=utf-8")
        assert listings(doc)[0].heading == "考试快讯"


def test_what_stands_above_a_list_and_is_no_heading_of_it() -> None:
    links = "".join(f"<a href=/l{n}/>栏目{n}</a> " for n in range(3))
    above = (
        "<aside><a href=/bad/page.htm>推荐新闻</a></aside>",
        f"<table><tr><td><table><tr><td>信息公开</td></tr><tr><td>{links}</td></tr></table></td></tr></table>",
    )
    for block in above:
        body = f"<div>{block}<div><ul>{rows('kx')}</ul></div></div>"
        facts = read_page((FRAME_TOP + body + FRAME_END).encode(), URL, portal=True)
        assert len(facts.items) == 3
        assert (
            listings(parse((FRAME_TOP + body + FRAME_END).encode(), URL, "text/html; charset=utf-8"))[0].heading == ""
        )


def test_a_column_is_not_called_more() -> None:
    top = FRAME_TOP.partition('<div class="crumbs')[0]
    body = f"<div class=box><div class=title>考试快讯 <a href=kx/>更多&gt;&gt;</a></div><ul>{rows('kx')}</ul></div>"
    assert read_page((top + body + FRAME_END).encode(), URL, portal=True).title == "考试快讯"


def children(menu: str) -> list[str]:
    """Returns the names of the columns a page leads to from a menu."""
    body = f"<div class=left><ul>{menu}</ul></div><ul class=list>{rows('a')}</ul>"
    facts = read_page((FRAME_TOP + body + FRAME_END).encode(), URL, portal=True)
    return [crumb.text for crumb in facts.child_columns]


def test_a_page_is_no_column_below_itself_however_its_address_is_written() -> None:
    menu = (
        "<li><a href='{}'>通知公告</a></li><li><a href=../gsgg/>公示公告</a></li><li><a href=../rsxx/>人事信息</a></li>"
    )
    for own in ("../tzgg", "../tzgg/", "../tzgg/index.html"):
        assert children(menu.format(own)) == ["公示公告", "人事信息"]


def test_a_menu_of_other_sites_is_none_of_columns() -> None:
    outside = "".join(f"<li><a href=http://www.other{n}.example.com/>其他平台{n}</a></li>" for n in range(4))
    assert children(outside + "<li><a href=/jypt/>交易平台</a></li>") == []

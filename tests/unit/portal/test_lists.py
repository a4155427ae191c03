"""The main list of a page in the shapes portals use; every page here is made up after a shape seen in the wild."""

from __future__ import annotations

import datetime as dt

import pytest

from portal.facts import PageFacts, PageKind
from portal.html import parse
from portal.lists import listings, main_list
from portal.page import read_page
from tests.unit.portal.listed import DATES, FRAME_END, FRAME_TOP, TITLES, URL, items_of

AS_OF = dt.date(2024, 11, 18)


SIMPLE = "<li><a href=t2024_{n}.html>{title}</a><span>{date}</span></li>"


def rows(template: str, joint: str = "\n") -> str:
    """Returns one filled template per title."""
    return joint.join(
        template.format(n=n, title=title, date=date, day=date[8:], month=date[:7], short=date[5:], two=date[2:])
        for n, (title, date) in enumerate(zip(TITLES, DATES, strict=True))
    )


PLAIN = {
    "ul with date behind": f"<ul class='list'>{rows(SIMPLE)}</ul>",
    "date before the link": f"<ul>{rows('<li><span>{date}</span><a href=a{n}.html title=x>{title}</a></li>')}</ul>",
    "the same link opened twice": "<ul>"
    + rows("<li><span>{date}</span><a href=a{n}.html><a href=a{n}.html>{title}</a></li>")
    + "</ul>",
    "links right in the ul": "<ul>"
    + rows("<a class=box href=a{n}.html><h3>{title}({date})</h3><p>{title}</p></a>")
    + "</ul>",
    "whole item in one link": "<ul>"
    + rows(
        "<li><a href=a{n}.html><h2>{title}</h2><div class=note><div>为贯彻落实2023年1月1日起施行的办法，现将有关事项"
        "通知如下，请认真遵照执行，并于规定时间内上报。</div><p><i>主题分类：其他</i>"
        "<i class=date>日间：{date}</i></p></div></a></li>"
    )
    + "</ul>",
    "table rows": "<table><tr><th>序号</th><th>标题</th><th>发布日期</th></tr>"
    + rows("<tr><td>{n}</td><td><a href=a{n}.html>{title}</a></td><td>{date}</td></tr>")
    + "</table>",
    "a table for every row": rows(
        "<table width=98%><tr><td width=10><img src=dot.gif></td><td><a href=a{n}.html>{title}</a></td>"
        "<td>[{date}]</td></tr></table>"
    ),
    "definition list": f"<dl>{rows('<dt><a href=a{n}.html>{title}</a></dt><dd>{date}</dd>')}</dl>",
    "div grid": "<div class=grid>"
    + rows("<div class=row><div class=c1><a href=a{n}.html>{title}</a></div><div class=c2>{date}</div></div>")
    + "</div>",
    "links and dates in one cell": "<table><tr><td>"
    + rows("·<a href=a{n}.html>{title}</a> ({date})<br>")
    + "</td></tr></table>",
    "flat spans before links": "<div class=box>"
    + rows("<span>{date}</span> <a href=a{n}.html>{title}</a><br>")
    + "</div>",
    "separators between": "<ul>"
    + rows("<li><a href=a{n}.html>{title}</a><em>{date}</em></li><div class=line1></div>")
    + "</ul>",
    "empty rows between": "<ul>"
    + rows("<li><a href=a{n}.html>{title}</a><em>{date}</em></li><li class=empty></li>")
    + "</ul>",
    "five to a ul": "<div class=con><ul>"
    + rows("<li><a href=a{n}.html>{title}</a><b>{date}</b></li>", "</ul><ul>")
    + "</ul></div>",
    "day and month apart": "<ul>"
    + rows("<li><div class=time><b>{day}</b><i>{month}</i></div><a href=a{n}.html>{title}</a></li>")
    + "</ul>",
    "date inside the link": f"<ul>{rows('<li><a href=a{n}.html>{title}<span>{date}</span></a></li>')}</ul>",
    "date in front inside the link": f"<ul>{rows('<li><a href=a{n}.html><span>[{date}]</span>{title}</a></li>')}</ul>",
    "category before the title": "<ul>"
    + rows("<li>[<a href=/zwgk/>公告</a>]<a href=a{n}.html>{title}</a><span>{date}</span></li>")
    + "</ul>",
    "summary and 详细": "<ul>"
    + rows(
        "<li><h3><a href=a{n}.html>{title}</a></h3><p>为做好相关工作，经研究决定，现就有关事项公告如下，请周知。"
        "<a href=a{n}.html>[详细]</a></p><span>发布时间：{date}</span></li>"
    )
    + "</ul>",
    "picture link beside the title": "<ul>"
    + rows("<li><a href=a{n}.html><img src=p{n}.jpg></a><a href=a{n}.html>{title}</a><span>{date}</span></li>")
    + "</ul>",
    "links by handler": "<ul>"
    + rows("<li><a href='javascript:;' onclick=\"window.open('a{n}.html')\">{title}</a><span>{date}</span></li>")
    + "</ul>",
    "paragraphs": rows("<p class=line><a href=a{n}.html>{title}</a>&nbsp;&nbsp;<span>{date}</span></p>"),
    "time of day": f"<ul>{rows('<li><a href=a{n}.html>{title}</a><span>{date} 09:24:11</span></li>')}</ul>",
    "two digits of the year": "<ul>" + rows("<li><a href=a{n}.html>{title}</a><span>[{two}]</span></li>") + "</ul>",
    "label and bracket inside the link": "<ul>"
    + rows("<li><a href=a{n}.html><h2>{title}</h2><p><i>主题分类：其他</i><i>日间：[{date}]</i></p></a></li>")
    + "</ul>",
    "views behind the date": "<ul>"
    + rows("<li><a href=a{n}.html>{title}</a><span>发布日期：{date}</span><span>浏览次数：1{n}2</span></li>")
    + "</ul>",
}


@pytest.mark.parametrize("shape", sorted(PLAIN))
def test_items_of_every_shape(shape: str) -> None:
    items = items_of(f"<div class=main>{PLAIN[shape]}</div>")
    assert [item.title for item in items] == TITLES
    assert [item.date.isoformat() if item.date else None for item in items] == DATES
    assert items[0].url.startswith("http://www.example.gov.cn/zwgk/tzgg/")


def test_dates_without_a_year_need_a_reference_or_the_address() -> None:
    body = f"<ul>{rows('<li><a href=a{n}.html>{title}</a><span>[{short}]</span></li>')}</ul>"
    assert [item.date for item in items_of(body)] == [None] * 4
    assert [str(item.date) for item in items_of(body, AS_OF)] == DATES
    by_url = "<ul><li><a href=202301/t20230105_1.html>关于开展春运工作的通知</a><span>01-05</span></li>" * 3 + "</ul>"
    assert {str(item.date) for item in items_of(by_url, AS_OF)} == {"2023-01-05"}


def test_a_date_in_the_title_is_no_list_date() -> None:
    body = (
        "<ul>" + rows("<li><a href=a{n}.html>{title}（2021年1月1日起施行）</a><span>2020-12-0{n}</span></li>") + "</ul>"
    )
    body = body.replace("2020-12-00", "2020-12-09")
    assert {item.date.year for item in items_of(body) if item.date} == {2020}


def test_truncated_titles_are_completed_by_the_title_attribute() -> None:
    body = "<ul>" + "".join(
        f"<li><a href=a{n}.html title='{title}'>{title[:12]}...</a><span>{date}</span></li>"
        for n, (title, date) in enumerate(zip(TITLES, DATES, strict=True))
    )
    assert [item.title for item in items_of(body)] == TITLES


@pytest.mark.parametrize(
    "mark",
    ["<span>置顶</span>", "<img src='/images/zhiding.gif'>", "<i class='icon-top istop'>顶</i>", "[顶]"],
)
def test_pinned_items_are_marked_and_counted(mark: str) -> None:
    pinned = f"<li>{mark}<a href=p.html>关于启用新版政务服务大厅的公告</a><span>2022-01-04</span></li>"
    plain = rows("<li><a href=a{n}.html>{title}</a><span>{date}</span></li>")
    items = items_of(f"<ul>{pinned}{plain}</ul>")
    assert [item.pinned for item in items] == [True, False, False, False, False]


def test_a_hidden_popup_of_interpretations_adds_no_items() -> None:
    popup = (
        "<div style='display:none'><h3>相关解读</h3><ul>"
        "<li><a href=jd{n}.html>一图读懂第{n}号文件的主要内容</a></li></ul></div>"
    )
    items = items_of("<ul>" + rows("<li><a href=a{n}.html>{title}</a>" + popup + "<span>{date}</span></li>") + "</ul>")
    assert [item.title for item in items] == TITLES
    assert items[1].interpretations == ("http://www.example.gov.cn/zwgk/tzgg/jd1.html",)


def test_letters_count_once_and_carry_the_day_of_the_answer() -> None:
    body = "<ul>" + "".join(
        f"<li><a href=l{n}.html>关于小区停车位收费问题的咨询第{n}件</a>[提交时间：2021-06-0{n}]"
        f"[回复时间：2021-06-1{n}]</li>"
        for n in range(1, 5)
    )
    items = items_of(body)
    assert len(items) == 4
    assert items[0].date == dt.date(2021, 6, 11)


def test_the_column_of_the_publication_day_wins_over_the_day_of_writing() -> None:
    body = "<table><tr><td>文件名称</td><td>成文日期</td><td>发布日期</td></tr>" + rows(
        "<tr><td><a href=a{n}.html>{title}</a></td><td>2024-01-0{n}</td><td>{date}</td></tr>"
    ).replace("2024-01-00", "2024-01-09")
    assert [str(item.date) for item in items_of(body + "</table>")] == DATES


def test_menus_and_side_lists_are_not_the_list() -> None:
    menu = "<div class=leftnav><ul>" + "".join(
        f"<li><a href=/zwgk/c{n}/>{name}</a></li>" for n, name in enumerate(["通知公告", "政策文件", "人事信息"])
    )
    hot = "<div class=right><h3>热点推荐</h3><ul>" + "".join(
        f"<li><a href=/x/h{n}.html>我县召开2024年第{n}次工作推进会议部署任务</a><span>2024-11-1{n}</span></li>"
        for n in range(9)
    )
    body = f"{menu}</ul></div><div class=main><ul>" + rows("<li><a href=a{n}.html>{title}</a><span>{date}</span></li>")
    assert [item.title for item in items_of(f"{body}</ul></div>{hot}</ul></div>")] == TITLES


def test_a_list_by_years_is_one_list() -> None:
    one = rows("<li><a href=a{n}.html>{title}</a><span>{date}</span></li>")
    body = f"<div><h3>2024年</h3><ul>{one}</ul><h3>2023年</h3><ul>{one.replace('2024-', '2023-')}</ul></div>"
    assert len(items_of(body)) == 8


def test_the_list_under_the_name_of_the_column_wins() -> None:
    other = "".join(f"<li><a href=b{n}.html>{title}</a></li>" for n, title in enumerate([*TITLES, "关于停水的公告"]))
    own = rows("<li><a href=a{n}.html>{title}</a></li>")
    body = f"<div><h3>综合信息</h3><ul>{other}</ul></div><div><h3>通知公告</h3><ul>{own}</ul></div>"
    assert items_of(body)[0].url.endswith("/a0.html")


def test_undated_lists_are_lists() -> None:
    items = items_of(f"<ul>{rows('<li><a href=a{n}.html>{title}</a></li>')}</ul>")
    assert [item.title for item in items] == TITLES
    assert {item.date for item in items} == {None}


def test_template_placeholders_are_no_items() -> None:
    assert items_of("<ul>" + "<li><a href='{{url}}'>{{title}}</a><span>{{date}}</span></li>" * 4 + "</ul>") == ()


def test_items_in_a_comment_are_no_items() -> None:
    assert items_of(f"<ul><!-- {rows('<li><a href=a{n}.html>{title}</a><span>{date}</span></li>')} --></ul>") == ()


def test_pager_links_are_no_items() -> None:
    pager = (
        "<div class=page>共27页 <a href=index.html>首页</a><a href=index_1.html>下一页</a>"
        "<a href=index_26.html>尾页</a></div>"
    )
    body = f"<div><ul>{rows('<li><a href=a{n}.html>{title}</a><span>{date}</span></li>')}</ul>{pager}</div>"
    assert len(items_of(body)) == 4


def test_blocks_with_headings_stay_lists_of_their_own() -> None:
    block = "<div class=block><h2>{name}</h2><a href=/{name}/>更多</a><ul>{rows}</ul></div>"
    inner = rows("<li><a href=a{n}.html>{title}</a><span>{date}</span></li>")
    page = FRAME_TOP + block.format(name="要闻", rows=inner) + block.format(name="公告", rows=inner) + FRAME_END
    found = listings(parse(page.encode(), URL, "text/html; charset=utf-8"))
    assert [len(listing.items) for listing in found[:2]] == [4, 4]


def test_a_list_of_ten_thousand_links_is_bounded() -> None:
    body = "<ul>" + "".join(
        f"<li><a href=a{n}.html>关于第{n}号文件的通知</a><span>2024-01-01</span></li>" for n in range(10_000)
    )
    assert 1000 <= len(items_of(body + "</ul>")) <= 4000


def test_a_breadcrumb_is_no_row_of_a_short_list() -> None:
    items = items_of(f"<div><a href=/zwgk/a.html>{TITLES[0]}</a><span>{DATES[0]}</span></div>")
    assert [item.title for item in items] == TITLES[:1]


def test_a_row_of_tabs_heads_no_list() -> None:
    tabs = '<div class="tab"><a href="1/">招标公告</a><a href="2/">中标公示</a><a href="3/">更正公告</a></div>'
    doc = parse(f"{FRAME_TOP}{tabs}<div><ul>{rows(SIMPLE)}</ul></div>{FRAME_END}".encode(), URL)
    found = main_list(doc)
    assert found is not None
    assert (found.heading, found.headed, len(found.items)) == ("", False, 4)


def test_latest_posts_beside_an_empty_column_fill_nothing() -> None:
    posts = "".join(
        f'<li><a href="/2026/{n}.html">全省深化教育督导体制机制改革第{n}次会议召开</a></li>' for n in range(9)
    )
    menu = "".join(f'<li><a href="/category/c{n}">栏目之{n}号</a></li>' for n in range(9))
    aside = f"<aside><section><ul>{posts}</ul></section><section><ul>{menu}</ul></section></aside>"

    def facts(main: str, title: str) -> PageFacts:
        source = f"<html><head><title>{title} – 某县人民政府</title></head><body>{main}{aside}</body></html>"
        return read_page(
            source.encode(), "http://www.a.gov.cn/category/jianyi", content_type="text/html; charset=utf-8"
        )

    empty = facts("<main><h1>Nothing here</h1></main>", "建议提案")
    assert (empty.kind, empty.items, empty.empty_list) == (PageKind.COLUMN, (), True)
    unfinished = facts("<main><h1>数据开放</h1><p>栏目正在建设中，敬请期待……</p></main>", "数据开放")
    assert (unfinished.items, bool(unfinished.under_construction)) == ((), True)
    assert len(facts("<div><h1>动态</h1></div>", "动态").items) == 9  # nothing says where the contents stand


def _blocks(*starts: int) -> str:
    """Returns blocks of three items, one a day, each going back from its start in November."""
    return "".join(
        "<div class=block><ul>"
        + "".join(
            f"<li><a href=a{day - n}.html>关于示例镇第{day - n}号事项的通报</a><span>2024-11-{day - n:02}</span></li>"
            for n in range(3)
        )
        + "</ul><div class=line></div></div>"
        for day in starts
    )


def test_a_list_in_wrapped_blocks_is_one_list() -> None:
    found = items_of(f"<div class=list>{_blocks(16, 13, 10)}</div>", AS_OF)
    assert len(found) == 9
    assert found[0].date == dt.date(2024, 11, 16)


def test_a_block_may_begin_a_little_later_than_the_one_before_it_ended() -> None:
    assert len(items_of(f"<div class=list>{_blocks(16, 14, 11)}</div>", AS_OF)) == 9


def test_panels_that_begin_anew_are_lists_of_their_own() -> None:
    assert len(items_of(f"<div class=panels>{_blocks(16, 16)}</div>", AS_OF)) == 3


@pytest.mark.parametrize(("own", "heading"), [("要闻", "要闻"), ("新闻", "通知公告")])
def test_of_two_lists_the_one_under_the_name_of_the_column_is_the_main_one(own: str, heading: str) -> None:
    def block(name: str, count: int, title: str) -> str:
        items = (
            f"<li><a href=/{count}/t{n}.html>{title.format(n)}</a><span>2024-11-1{n}</span></li>" for n in range(count)
        )
        return f"<div><h3>{name}</h3><ul>{''.join(items)}</ul></div>"

    crumb = f"<div class=dqwz>当前位置：<a href=/>首页</a> &gt; <a href=/yw/>{own}</a></div>"
    lists = block("通知公告", 8, "关于做好第{}批项目申报有关工作的通知") + block(
        "要闻", 6, "某县召开第{}次重点工作推进会议"
    )
    found = main_list(parse(f"<body>{crumb}{lists}</body>".encode(), URL, "text/html; charset=utf-8"))
    assert found is not None and found.heading == heading


@pytest.mark.parametrize("said", ["时间：{date}", "{date}"])
def test_the_day_of_an_item_is_none_of_its_summary(said: str) -> None:
    told = "<p>2023年12月31日前，各地要完成任务。2025年1月1日起施行。</p>"
    found = items_of("<ul>" + rows(f"<li><a href=a{{n}}.html>{{title}}</a>{told}<p>{said}</p></li>") + "</ul>")
    assert [str(item.date) for item in found] == DATES


def test_a_summary_dates_its_item_by_the_day_of_the_event_only() -> None:
    row = "<li><a href=a{{n}}.html>{{title}}</a><p>{{date}}{}，各部门召开工作会议。2020年1月1日起施行。</p></li>"
    assert [str(item.date) for item in items_of(f"<ul>{rows(row.format(''))}</ul>")] == DATES
    assert {item.date for item in items_of(f"<ul>{rows(row.format('前'))}</ul>")} == {None}


def test_a_day_alone_is_of_the_month_whose_heading_stands_above_it() -> None:
    row = "<dd><a href=a{n}.html>{title}</a> {day}日</dd>"
    months = "".join(f"<dt>2024年{month}月</dt>{rows(row)}" for month in (11, 10, 8))
    days = [15, 12, 30, 3]
    assert [item.date for item in items_of(f"<dl>{months}</dl>", AS_OF)] == [
        dt.date(2024, month, day) for month in (11, 10, 8) for day in days
    ]


def test_a_day_may_be_the_heading_of_the_items_below_it() -> None:
    groups = "".join(
        f"<h4>{date}</h4><ul><li><a href=a{n}.html>{title}</a></li></ul>"
        for n, (title, date) in enumerate(zip(TITLES, DATES, strict=True))
    )
    assert [str(item.date) for item in items_of(f"<div class=box>{groups}</div>")] == DATES


def test_the_two_columns_of_a_layout_are_no_rows() -> None:
    menu = "".join(f"<li><a href=/zwgk/m{n}/>信息公开{n}</a></li>" for n in range(8))
    one = f"<ul><li><a href=a.html>{TITLES[0]}</a><span>{DATES[0]}</span></li></ul>"
    found = items_of(f"<div class=main><div class=left><ul>{menu}</ul></div><div class=right>{one}</div></div>")
    assert [item.title for item in found] == TITLES[:1]


@pytest.mark.parametrize(
    "box",
    [
        "<em>{year}.{mm}</em><b>{dd}</b>",
        "<b>{dd}</b><i>{m}月</i><u>{year}</u>",
        "<i>{m}月</i><b>{dd}</b><u>{year}年</u>",
        "<u>{year}</u><i>{m}月</i><b>{dd}</b>",
    ],
)
def test_a_day_in_a_box_of_several_elements_is_read(box: str) -> None:
    def row(n: int) -> str:
        year, month, day = DATES[n].split("-")
        dated = box.format(year=year, mm=month, m=int(month), dd=day)
        return f"<li><div class=time>{dated}</div><div><a href=a{n}.html>{TITLES[n]}</a></div></li>"

    assert [str(item.date) for item in items_of(f"<ul>{''.join(map(row, range(4)))}</ul>")] == DATES


def test_a_day_only_the_hint_of_a_link_says_is_read() -> None:
    row = "<li><a href=a{n}.html title='{title}&#10;发布时间：{date}'>{title}</a></li>"
    assert [str(item.date) for item in items_of(f"<ul>{rows(row)}</ul>")] == DATES
    assert {item.date for item in items_of(f"<ul>{rows(row.replace('发布时间', '截止时间'))}</ul>")} == {None}


@pytest.mark.parametrize("cell", ["<td rowspan={span}>{year}年</td>", "<td rowspan={span}>{year}</td>"])
def test_a_day_without_a_year_is_of_the_year_that_a_cell_beside_its_row_says(cell: str) -> None:
    months = [(2024, 8, 14), (2024, 6, 28), (2023, 12, 1), (2023, 3, 9)]
    written = [
        f"<tr>{cell.format(span=2, year=year) if number % 2 == 0 else ''}<td>{month}月{day}日</td>"
        f"<td><a href=a{number}.html>{TITLES[number]}</a></td></tr>"
        for number, (year, month, day) in enumerate(months)
    ]
    head = "<tr><th>年份</th><th>日期</th><th>标题</th></tr>"
    found = items_of(f"<table>{head}{''.join(written)}</table>", AS_OF)
    assert [item.date for item in found] == [dt.date(*day) for day in months]

"""Rows of a list with more in them than a title and a date; made up after shapes seen in the wild."""

from __future__ import annotations

import datetime as dt

from portal.item_titles import is_title_link
from portal.loose_days import latest_day
from portal.page import read_page
from tests.unit.portal.listed import DATES, TITLES, items_of


def test_boxes_of_interpretations_are_about_the_item_before_them() -> None:
    rows = "".join(
        f"<li><a href=o{n}.html>《示例办法》 第{n}号令</a>"
        "<div class=popbox><div class=close></div><h3>相关解读</h3><ul>"
        f"<li><a href=jd{n}.html>示例委有关负责同志就《示例办法》的制定和实施答记者问（第{n}号令）</a></li>"
        f"<li><a href=tj{n}.html>一图读懂 | 示例办法为什么要制定、管什么、怎么管</a></li>"
        f"</ul></div><span>{date}</span></li>"
        for n, date in enumerate(DATES)
    )
    items = items_of(f"<ul class=u-list>{rows}</ul>")
    assert [item.title for item in items] == [f"《示例办法》 第{n}号令" for n in range(4)]
    assert [item.date for item in items] == [dt.date.fromisoformat(date) for date in DATES]
    assert items[1].interpretations == (
        "http://www.example.gov.cn/zwgk/tzgg/jd1.html",
        "http://www.example.gov.cn/zwgk/tzgg/tj1.html",
    )


def test_a_date_anywhere_inside_a_link_is_no_part_of_its_title() -> None:
    rows = "".join(
        f"<li><a href=t{n}.html><span class=cont_tit><img src=01.jpg><font class=cont_tit03>{title}</font>"
        f"<font class=cont_tit02>{date}</font></span></a></li><li class=cont_line>&nbsp;</li>"
        for n, (title, date) in enumerate(zip(TITLES, DATES, strict=True))
    )
    items = items_of(f"<ul>{rows}</ul>")
    assert [item.title for item in items] == TITLES
    assert [item.date for item in items] == [dt.date.fromisoformat(date) for date in DATES]


def test_a_row_whose_cells_all_lead_to_one_place_is_one_item() -> None:
    cells = ("示例矿业有限公司{n}", "示例矿业有限公司第{n}铁矿", "12{n}万吨/年", "示例省自然资源厅", "延续", "铁矿")
    rows = "".join(
        "<div class=row>"
        + "".join(f"<a href=c{n}.html><span>{cell.format(n=n)}</span></a>" for cell in (*cells, date))
        + "</div>"
        for n, date in enumerate(DATES)
    )
    items = items_of(f"<div class=table>{rows}</div>")
    assert [item.url.rpartition("/")[2] for item in items] == [f"c{n}.html" for n in range(4)]
    assert [item.date for item in items] == [dt.date.fromisoformat(date) for date in DATES]


def test_links_that_turn_several_pages_are_no_titles() -> None:
    assert not any(map(is_title_link, ("下5页", "上10页", "检索")))


def test_an_address_is_no_title() -> None:
    assert not is_title_link("http://www.example.gov.cn/art/2022/2/1/art_6450_3840.html")
    assert is_title_link("www.example.gov.cn 域名变更公告")


def test_a_title_told_by_lines_of_hints_is_no_longer_cut() -> None:
    rows = "".join(
        f"<li><a href=t{n}.html title='标题：{title}&#xD;点击数：{n}&#xD;发表时间：19年12月1日'>{title[:16]}…</a>"
        f"<span>{date}</span></li>"
        for n, (title, date) in enumerate(zip(TITLES, DATES, strict=True))
    )
    assert [item.title for item in items_of(f"<ul>{rows}</ul>")] == TITLES


def test_a_title_cut_by_three_points_is_taken_whole_from_a_hint_hardly_longer_or_in_two_lines() -> None:
    whole = [f"示例市住房和城乡建设局 {title}" for title in TITLES]
    rows = "".join(
        f"<li><a href=t{n}.html title='{title.replace(' ', '&#10;')}'>{title[:-2]}...</a><span>{date}</span></li>"
        for n, (title, date) in enumerate(zip(whole, DATES, strict=True))
    )
    assert [item.title for item in items_of(f"<ul>{rows}</ul>")] == whole


def test_arrows_behind_a_title_are_no_part_of_it() -> None:
    rows = "".join(
        f"<li><a href=t{n}.html><h3><strong>{title}</strong><span>››</span></h3></a><span>{date}</span></li>"
        for n, (title, date) in enumerate(zip(TITLES, DATES, strict=True))
    )
    assert [item.title for item in items_of(f"<ul>{rows}</ul>")] == TITLES


def test_signs_of_icon_fonts_are_no_text() -> None:
    rows = "".join(
        f"<li><a href=t{n}.html><i class=iconfont>&#xe6{n}5;</i>{title}</a><span>{date}</span></li>"
        for n, (title, date) in enumerate(zip(TITLES, DATES, strict=True))
    )
    assert [item.title for item in items_of(f"<ul>{rows}</ul>")] == TITLES


def test_the_title_of_an_item_is_not_the_name_of_its_column() -> None:
    rows = "".join(
        f"<li><a href=t{n}.html><font class=tit>工业生产明显加快</font><font>{date}</font></a></li>"
        for n, date in enumerate(DATES)
    )
    page = f"<html><head><title>最新发布</title></head><body><ul>{rows}</ul></body></html>"
    assert read_page(page.encode(), "http://www.example.gov.cn/tjsj/zxfb/", portal=True).title == "最新发布"


def test_labels_behind_dates_tell_the_day_of_publication_from_that_of_a_change() -> None:
    rows = "".join(
        f"<div class=card><div class=meta><span>{date} 发表</span><span>2026-11-20 更新</span><span>动态</span></div>"
        f"<p><a href=t{n}.html>{title}</a></p></div>"
        for n, (title, date) in enumerate(zip(TITLES, DATES, strict=True))
    )
    assert [item.date for item in items_of(f"<div>{rows}</div>")] == [dt.date.fromisoformat(date) for date in DATES]
    turned = rows.replace("发表", "修改").replace("更新", "发布")
    assert {item.date for item in items_of(f"<div>{turned}</div>")} == {dt.date(2026, 11, 20)}


def test_a_day_written_for_machines_serves_where_the_words_tell_none() -> None:
    rows = "".join(
        f"<article><a href=t{n}.html><time datetime={date}T20:30:00.000Z>11月 28</time></a>"
        f"<h1><a href=t{n}.html>{title}</a></h1></article>"
        for n, (title, date) in enumerate(zip(TITLES, DATES, strict=True))
    )
    items = items_of(f"<div>{rows}</div>")
    assert [item.title for item in items] == TITLES
    # Half past eight in the evening in Greenwich is the next day here.
    assert [item.date for item in items] == [dt.date.fromisoformat(date) + dt.timedelta(days=1) for date in DATES]


def test_a_link_that_opens_the_row_has_the_title_that_stands_beside_it() -> None:
    head = "<tr><th>序号</th><th>案件名称</th><th>处罚机关及其依据</th><th>处罚日期</th><th>操作</th></tr>"
    rows = "".join(
        f"<tr><td>{n}</td><td>示例餐饮店{n}处罚案</td><td>示例县市场监督管理局（食品安全法第一百二十四条）</td><td>{date}</td>"
        f"<td><a href=show.jsp?id={n}>[查看]</a></td></tr>"
        for n, date in enumerate(DATES)
    )
    items = items_of(f"<table>{head}{rows}</table>")
    assert [(item.title, str(item.date)) for item in items] == [
        (f"示例餐饮店{n}处罚案", date) for n, date in enumerate(DATES)
    ]
    lines = "".join(
        f"<li><span>{title}</span><em>{date}</em><a href={n}.html>查看详情</a></li>"
        for n, (title, date) in enumerate(zip(TITLES, DATES, strict=True))
    )
    assert [item.title for item in items_of(f"<ul>{lines}</ul>")] == TITLES
    boxes = "".join(
        f"<div class=col><div><img src={n}.jpg><h5>{title}</h5><p>{date}</p><a href={n}.html>查看</a></div></div>"
        for n, (title, date) in enumerate(zip(TITLES, DATES, strict=True))
    )
    assert [(item.title, str(item.date)) for item in items_of(f"<div>{boxes}</div>")] == [
        (title, date) for title, date in zip(TITLES, DATES, strict=True)
    ]
    files = "<ul>{}</ul>".format(lines.replace("查看详情", "下载"))
    assert [item.title for item in items_of(files)] == TITLES
    attached = "".join(f"<li>{title} <a href={n}.doc>下载</a></li>" for n, title in enumerate(TITLES))
    assert items_of(f"<ul>{attached}</ul>") == ()  # what an article has attached


def test_a_link_to_more_beside_a_title_opens_no_item_of_its_own() -> None:
    rows = "".join(
        f"<li><a href={n}.html>{title}</a><p>现将有关事项通知如下。<a href={n}.html>[详细]</a></p><i>{date}</i></li>"
        for n, (title, date) in enumerate(zip(TITLES, DATES, strict=True))
    )
    assert [item.title for item in items_of(f"<ul>{rows}</ul>")] == TITLES
    assert items_of("<ul><li>下载 <a href=1.html>查看</a></li><li>说明 <a href=2.html>查看</a></li></ul>") == ()


def test_covers_whose_links_say_the_same_are_told_apart_by_what_stands_beside() -> None:
    covers = "".join(
        f"<li><a href={n}/><img src=c{n}.jpg></a><span>2026年第{n}期</span><a href={n}/>政府公报</a></li>"
        for n in (9, 8, 7)
    )
    assert [item.title for item in items_of(f"<ul>{covers}</ul>")] == [f"2026年第{n}期 政府公报" for n in (9, 8, 7)]
    source = f"<html><head><title>公报</title></head><body><span>2026年</span><ul>{covers}</ul></body></html>"
    assert read_page(source.encode(), "http://www.example.gov.cn/gb/").title == "公报"


def test_lists_of_foreign_editions() -> None:
    days = ("17 July 2026", "July 15, 2026", "9 July 2026")
    rows = "".join(
        f"<li><a href=post_{n}.html>New service center {n} opens for foreign residents <b>{day}</b></a></li>"
        for n, day in enumerate(days)
    )
    trail = "<div><a href=/en/>Home</a> &gt; <a href=/en/news/>News</a> &gt; Latest</div>"
    source = f"<html><head><title>Example Government</title></head><body>{trail}<ul>{rows}</ul></body></html>"
    facts = read_page(source.encode(), "http://www.example.gov.cn/en/news/latest/")
    assert facts.title == "Latest"
    assert [item.title[-17:] for item in facts.items] == ["foreign residents"] * 3
    assert [str(item.date) for item in facts.items] == ["2026-07-17", "2026-07-15", "2026-07-09"]


def test_a_day_without_a_year_is_of_the_year_its_address_names() -> None:
    """A column that has stood still since 2017 is not fresh because its days say no year."""
    as_of = dt.date(2026, 11, 29)
    folders = {"t20171010_841975.shtml": "10-11", "t20170920_839862.shtml": "09.25", "201709/c_1.shtml": "09-13"}

    def dates(folders: dict[str, str]) -> list[str]:
        rows = "".join(
            f"<li><a href=./{url}>示例县第{n}次旅游推介会举行<span class=time>\n{day}</span></a></li>"
            for n, (url, day) in enumerate(folders.items())
        )
        return [str(item.date) for item in items_of(f"<ul>{rows}</ul>", as_of)]

    assert dates(folders) == ["2017-10-11", "2017-09-25", "2017-09-13"]
    assert dates({"t20180102_1.shtml": "12-30", "t20171229_2.shtml": "01-03"}) == ["2017-12-30", "2018-01-03"]
    assert dates({"t20170110_1.shtml": "10-11", "c_2.shtml": "10-10"}) == ["2026-10-11", "2026-10-10"]  # far from it
    assert dates({"c_1.shtml": "10.11", "c_2.shtml": "3.14", "c_3.shtml": "2.5"}) == ["None"] * 3  # may be numbers


TODAY = dt.date(2026, 11, 29)
_ROW = "<li><a href=a{n}.html>{title}</a><span>{said}</span></li>"


def told(*said: str, row: str = _ROW) -> list[tuple[dt.date | None, str]]:
    """Returns the day of each item and the text it was read from, of rows that say this beside their title."""
    rows = "".join(row.format(n=n, title=TITLES[n], said=text) for n, text in enumerate(said))
    return [(item.date, item.date_text) for item in items_of(f"<ul class=u-list>{rows}</ul>", TODAY)]


def test_days_since_are_counted_from_the_day_of_the_audit() -> None:
    found = told("刚刚", "昨天 09:30", "3天前", "发布于 2周前")
    assert [(TODAY - date).days for date, _ in found if date] == [0, 1, 3, 14]
    assert [(TODAY - date).days for date, _ in told("5小时前", "前天", "3个月前", "1年前") if date] == [0, 2, 84, 365]


def test_words_about_days_in_a_title_or_without_a_reference_are_no_day() -> None:
    rows = "".join(f"<li><a href=b{n}.html>昨天我县召开第{n}次工作推进会议</a></li>" for n in range(4))
    assert [item.date for item in items_of(f"<ul class=u-list>{rows}</ul>", TODAY)] == [None] * 4
    assert (
        items_of("<ul>" + "".join(_ROW.format(n=n, title=TITLES[n], said="昨天") for n in range(4)) + "</ul>")[0].date
        is None
    )


def test_a_month_alone_is_kept_and_is_no_day() -> None:
    assert told("2026.11", "2026年10月", "（2026-09）", "2026/8") == [
        (None, "2026.11"),
        (None, "2026年10月"),
        (None, "（2026-09）"),
        (None, "2026/8"),
    ]
    assert latest_day("2026年2月", TODAY) == dt.date(2026, 2, 28)
    assert latest_day("（2025年12月）", TODAY) == dt.date(2025, 12, 31)
    assert latest_day("第三季度", TODAY) is None


def test_a_day_in_brackets_at_the_end_of_a_title_is_kept_and_stays_in_the_title() -> None:
    row = "<li><a href=a{n}.html>{title}（2026年11月{n}7日）</a></li>"
    rows = "".join(row.format(n=n, title=TITLES[n]) for n in range(3))
    [first, *_] = items_of(f"<ul class=u-list>{rows}</ul>", TODAY)
    assert (first.date, first.date_text) == (None, "（2026年11月07日）")
    assert first.title.endswith("（2026年11月07日）")
    assert latest_day(first.date_text, TODAY) == dt.date(2026, 11, 7)


def test_the_end_of_a_span_is_no_day_of_publication() -> None:
    said = "有效期：2024-05-06至2029-05-05　公示日期：2024-05-08"
    assert told(said, said)[0] == (dt.date(2024, 5, 8), "2024-05-08")
    assert told("有效期：2024-05-06 - 2029-05-05　2024-05-07", "")[0] == (dt.date(2024, 5, 7), "2024-05-07")


def test_a_block_of_many_days_is_no_row_of_one_item() -> None:
    cards = "".join(
        f"<div class=c><h3>{title}</h3><span>{date}</span></div>" for title, date in zip(TITLES, DATES, strict=True)
    )
    assert items_of(f"<div class=box><p><a href='/zwgk/'>工作动态</a></p>{cards}</div>") == ()


def test_a_hint_whose_quotes_do_not_match_ends_before_the_next_attribute() -> None:
    rows = "".join(
        f"""<li><a href=a{n}.html title="{title} ' target="_blank">{title}</a><span>{date}</span></li>"""
        for n, (title, date) in enumerate(zip(TITLES, DATES, strict=True))
    )
    assert [item.title for item in items_of(f"<ul class=u-list>{rows}</ul>")] == TITLES


def test_a_day_beside_its_year_and_month_behind_a_stroke_is_read() -> None:
    rows = "".join(
        f"<li><h3><a href=a{n}.html>{title}</a></h3><div class=t><h3>{date[8:]}</h3><p>/ {date[:7]}</p></div></li>"
        for n, (title, date) in enumerate(zip(TITLES, DATES, strict=True))
    )
    assert [str(item.date) for item in items_of(f"<ul class=u-list>{rows}</ul>")] == DATES

"""Items: title, dates, source, main text, in the shapes of many content systems."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.article import read_article
from portal.facts import Rung
from portal.meta import official_meta
from portal.toplines import byline_line, first_byline
from tests.unit.portal.articles import TITLE, article, day
from tests.unit.portal.pages import FOOTER, PROSE, TEXT, document


@pytest.mark.parametrize(
    ("between", "number", "validity"),
    [
        ("<h5>某政办发〔2026〕5号</h5>", "某政办发〔2026〕5号", ""),
        (
            "<p><span>全文失效</span> <span>成文日期：2026-01-02</span></p><p>（某政发[2026]5号）</p>",
            "某政发〔2026〕5号",
            "全文失效",
        ),
        ("<div>【时效性：已废止】</div>", "", "已废止"),
        ("<p>根据某政发〔2026〕5号，本办法自公布之日起失效。</p>", "", ""),
        ("<p>有效期：五年</p>", "", ""),
    ],
)
def test_what_is_printed_between_title_and_text(between: str, number: str, validity: str) -> None:
    byline = "<div>发布时间：2026-11-28 来源：县政府办</div>"
    title = "某县城市供水管理办法"
    found = article(f"<h1>{title}</h1>{between}{byline}<div id=zoom>{PROSE}</div>", title=title)
    assert (found.printed_number, found.printed_validity) == (number, validity)


@pytest.mark.parametrize(("lines", "named"), [(1, False), (4, True)])
def test_a_named_container_is_the_text_unless_much_more_stands_beside(lines: int, named: bool) -> None:
    line = "<p>全县各乡镇围绕年度目标任务，持续推进重点项目建设，取得阶段性成效。</p>"
    found = article(f'<h1>{TITLE}</h1><div id="zoom">{line * lines}</div><div id="other">{line * 4}</div>', title=TITLE)
    assert found.body is not None
    assert (found.body.get("id"), found.found_by) == (("zoom", "vocabulary") if named else ("other", "prose"))


def test_date_at_the_foot_of_a_weblog() -> None:
    found = article(f"<h1>{TITLE}</h1><div>{PROSE}</div><p>posted @ 2023-08-19 07:35 某某 阅读(12)</p>", title=TITLE)
    assert day(found) == "2023-08-19"


@pytest.mark.parametrize(
    ("byline", "expected"),
    [
        ("发布时间：2024-09-10 09:24", "2024-09-10"),
        ("发布日期 : 2024/09/10", "2024-09-10"),
        ("时间：2024年9月10日 13时44分 来源：某报", "2024-09-10"),
        ("日 期：2024-09-10", "2024-09-10"),
        ("来源：某统计局发布日期：2024-09-10", "2024-09-10"),
        ("2024-09-10 09:24 来源：某报 作者：张某", "2024-09-10"),
        ("来源：某报　2024年09月10日09:24　字号：大 中 小", "2024-09-10"),
        ("(2024-09-10)", "2024-09-10"),
        ("[提交时间：2024-09-10]", "2024-09-10"),
        ("<b>发布时间</b></p><p>2024-09-10", "2024-09-10"),
        ("更新时间：2024-09-10", "2024-09-10"),
        ("二〇二四年九月十日 来源：某报", "2024-09-10"),
        ("2024-09-10", "2024-09-10"),
        ("来源：某县教育局 2024-09-10", "2024-09-10"),
        ("2024-09-10</p><p>信息来源：某县教育局", "2024-09-10"),
        ("2024年09月10日 09:24某某日报", "2024-09-10"),
        ("[<a href=/>某某网</a>] 2024-09-10 09:24 来源：某某网", "2024-09-10"),
        ("发布时间：24-09-10", "2024-09-10"),
        ("发布时间：24-09-10<span>09:24</span>", "2024-09-10"),
        ("2024-09-10 某县教育局 阅读次数：12", "2024-09-10"),
        ("原创 <a href=/>某某发布</a> 2024-09-10", "2024-09-10"),
        ("2024年9月10日 星期二 来源：某报", "2024-09-10"),
        ("2024年9月10日 星期二", ""),
        ("<span>2024-09-10</span><span>某县教育局</span><span>点击量：10</span>", "2024-09-10"),
        ("入库时间：2024-09-10", "2024-09-10"),
        ("2024-09-10起施行", ""),
        ("废止时间 2024-09-10", ""),
        ("会议时间：2024-09-10", ""),
    ],
)
def test_the_day_of_a_byline_is_the_day_of_publication(byline: str, expected: str) -> None:
    found = article(f"<h1>{TITLE}</h1><p>{byline}</p><div>{PROSE}</div>", title=TITLE)
    assert day(found) == expected


def test_visible_date_wins_over_the_tag_of_the_last_publication() -> None:
    found = article(
        f"<h1>{TITLE}</h1><p>发布时间：2020-09-15</p>{PROSE}",
        title=TITLE,
        head='<meta name="PubDate" content="2022-10-14 10:00">',
    )
    assert found.pub_date is not None
    assert (found.pub_date.date, found.pub_date.rung) == (dt.date(2020, 9, 15), Rung.TEXT)


@pytest.mark.parametrize(
    ("head", "url", "rung"),
    [
        ('<meta name="PubDate" content="2023-08-19 10∶08">', "https://x.gov.cn/t20230820_1.html", Rung.META),
        ('<meta name="apub:time" content="8/19/2023, 7:35:00 AM">', "https://x.gov.cn/1.html", Rung.META),
        ('<script type="application/ld+json">{"pubDate": "2023-08-19T07:35:00"}</script>', "", Rung.META),
        ('<meta name="publishdate" content="2023-08-19">', "https://x.gov.cn/1.html", Rung.META),
        ("", "https://x.gov.cn/202308/t20230819_1.html", Rung.URL),
    ],
)
def test_without_a_byline_tag_or_address_tell_the_day(head: str, url: str, rung: Rung) -> None:
    found = article(f"<h1>{TITLE}</h1>{PROSE}", title=TITLE, head=head, url=url)
    assert found.pub_date is not None
    assert (found.pub_date.date, found.pub_date.rung) == (dt.date(2023, 8, 19), rung)


def test_other_dates_are_not_the_publication() -> None:
    table = (
        "<table><tr><td>索引号</td><td>A1</td><td>文号</td><td>某发〔2020〕1号</td></tr>"
        "<tr><td>成文日期</td><td>2020-01-02</td><td>废止时间</td><td>2025-01-01</td></tr></table>"
    )
    related = '<div class="list"><ul><li><a href="1.html">别的消息一二三四五</a><span>2021-05-05</span></li></ul></div>'
    found = article(
        f"<p>今天：2024年2月22日 星期四</p>{related}{table}<h1>{TITLE}</h1>{PROSE}"
        "<p>会议时间：2020年3月4日上午</p><p>上一篇：<a href=2.html>旧闻</a> 2019-01-01</p>",
        title=TITLE,
    )
    assert found.pub_date is None
    assert found.written_date is not None
    assert found.written_date.date == dt.date(2020, 1, 2)


def test_table_of_a_document_gives_the_date_when_the_page_has_no_byline() -> None:
    table = (
        "<ul><li>索引号：A1</li><li>成文日期：2020-01-02</li><li>发布日期：2020-01-09</li><li>有效性：有效</li></ul>"
        "<p>主题词：无</p>"
    )
    found = article(f"{table}<h1>{TITLE}</h1>{PROSE}", title=TITLE)
    assert day(found) == "2020-01-09"


def test_event_in_the_text_is_no_byline() -> None:
    found = article(f"<h1>{TITLE}</h1><p>2024年6月5日，某局召开会议。{TEXT}</p><p>时间：2024年7月1日</p>", title=TITLE)
    assert found.pub_date is None


@pytest.mark.parametrize(
    ("byline", "source"),
    [
        ("来源：县政府办 发布时间：2024-01-02", "县政府办"),
        ("【来源： 某日报】 2024-01-02", "某日报"),
        ("信息来源:某局 浏览次数：12", "某局"),
        ("来源：来源：省厅", "省厅"),
        ("来源： 2024-01-02", ""),
        ("时间：2024-01-02 作者： 来源：", ""),
        ("发布人：张某 来源：某局", "某局"),
        ("发布部门：某局 发布时间：2024-01-02", "某局"),
        ("发布机构：某局 文号：某科发〔2017〕145号", "某局"),
        ("<table><tr><td>发布日期</td><td>2024-01-02</td><td>信息来源</td><td>某局</td></tr></table>", "某局"),
    ],
)
def test_the_source_is_read_from_the_byline(byline: str, source: str) -> None:
    assert article(f"<h1>{TITLE}</h1><p>{byline}</p>{PROSE}", title=TITLE).source == source


@pytest.mark.parametrize(
    "name", ['class="TRS_Editor"', 'id="zoom"', 'id="vsb_content"', 'class="article_content"', 'class="x17"']
)
def test_main_text_is_the_prose(name: str) -> None:
    side = (
        '<div class="right"><ul>'
        + "".join(f"<li><a href={n}.html>另一条消息的标题写在这里第{n}条</a></li>" for n in range(9))
        + "</ul></div>"
    )
    found = article(f"<h1>{TITLE}</h1><p>2024-01-02</p><div {name}>{PROSE}</div>{side}", title=TITLE)
    assert found.text.startswith("为深入贯彻")
    assert found.text.endswith("取得实效。")
    assert not found.body_empty


def test_hidden_blocks_of_a_single_page_site_are_not_the_text() -> None:
    hidden = f'<div style="display:none"><h1>首页要闻</h1>{PROSE * 3}</div>'
    found = article(f"{hidden}<h1>{TITLE}</h1><p>时间：2024-01-02</p><div>{PROSE}</div>", title=TITLE)
    assert found.text.count("为深入贯彻") == 2


def test_a_copy_for_small_screens_is_read_once() -> None:
    copy = f"<h1>{TITLE}</h1><p>2024-01-02</p><div>{PROSE}</div>"
    found = article(f'<div class="pc">{copy}</div><div class="wap">{copy}</div>', title=TITLE)
    assert found.text.count("为深入贯彻") == 2


@pytest.mark.parametrize(
    ("body", "empty"),
    [
        ('<div class="TRS_Editor"></div>', True),
        ('<div class="TRS_Editor">&nbsp;</div>', True),
        ('<div class="TRS_Editor"><img src="a.jpg"></div>', False),
        ('<div class="TRS_Editor"><a href="a.pdf">附件</a></div>', False),
        ('<div class="TRS_Editor"><iframe src="/v.html"></iframe></div>', False),
        ('<div id="zoom"></div><script>$("#zoom").html(content)</script>', False),
        ('<div id="zoom"><script>show()</script></div>', False),
        ('<div id="zoom" style="display:none">' + PROSE + "</div>", False),
        ("", True),
        ('<p><img src="long.png"></p>', False),
        ("<p>{{detail.content}}</p>", False),
    ],
)
def test_emptiness_is_said_only_when_certain(body: str, empty: bool) -> None:
    found = article(
        f"<div><h1>{TITLE}</h1><p>发布时间：2024-01-02 来源：某报</p>{body}</div>", title=f"{TITLE}-某县人民政府"
    )
    assert found.body_empty is empty


def test_media_and_forms_of_an_item_are_told() -> None:
    found = article('<h1>一图读懂：某办法</h1><div id="zoom"><img src="1.png"><video src="a.mp4"></video></div>')
    assert found.media == ("image", "video", "chart")


@pytest.mark.parametrize("curtain", ['<div style="opacity:0">', '<div style="display:none">'])
def test_a_curtain_over_the_whole_page_hides_nothing(curtain: str) -> None:
    doc = document(f"{curtain}<h1>{TITLE}</h1><p>发布时间：2024-01-02</p>{PROSE}</div>", title=TITLE)
    found = read_article(doc, official_meta(doc), None)
    assert (found.title, day(found), found.body_empty) == (TITLE, "2024-01-02", False)


def test_dates_of_list_items_near_the_title_are_no_byline() -> None:
    row = '<li><a href="a.html">另一条消息的标题写在这里</a> 2021-05-05</li>'
    found = article(f"<h1>{TITLE}</h1><ul>{row * 3}</ul>{PROSE}", title=TITLE)
    assert found.pub_date is None


def test_a_date_far_away_yields_to_the_byline() -> None:
    related = "<div><p>相关文件</p><p>某办法 发布时间：2019-01-01</p></div>"
    found = article(f"<h1>{TITLE}</h1><p>2024-01-02 来源：某局</p><div id=zoom>{PROSE}</div>{related}", title=TITLE)
    assert day(found) == "2024-01-02"


def test_time_and_place_of_an_event_are_no_byline() -> None:
    found = article(f"<h1>{TITLE}</h1><p>时间：2024年7月1日</p><p>地点：县体育馆</p>{PROSE}", title=TITLE)
    assert found.pub_date is None


def test_who_runs_the_site_makes_no_event_of_an_item_without_text() -> None:
    foot = "<div class=foot>主办单位：某镇人民政府　网站标识码：6109250099　地址：某镇政府街1号</div>"
    body = (
        "<div class=nav><a href=/>首页</a></div><h2>{}</h2><p>时间：2024-07-01 作者：党政办</p>{}<div class=text></div>"
    )
    day = article(body.format(TITLE, "") + foot, title=TITLE).pub_date
    assert day is not None and day.date == dt.date(2024, 7, 1)
    assert article(body.format(TITLE, "<p>主办：县体育局</p>") + foot, title=TITLE).pub_date is None


def test_an_item_of_a_weblog_is_read() -> None:
    found = article(
        f'<article class="post"><header><h1 class="entry-title">{TITLE}</h1><div class="entry-meta">发布于 '
        '<a href="/2024/01/"><time class="entry-date" datetime="2024-01-02T09:00:00+08:00">2024年1月2日</time></a> 由 '
        f'<a href="/author/x/">办公室</a></div></header><div class="entry-content">{PROSE}</div>'
        '<footer>发布在 <a href="/category/yw/">要闻</a></footer></article>'
        '<nav><a rel="prev" href="/1/">上一篇 别的消息 2023年12月1日</a></nav>',
        title=f"{TITLE} – 某县人民政府",
    )
    assert (found.title, day(found)) == (TITLE, "2024-01-02")
    assert found.text.startswith("为深入贯彻")


def test_written_date_of_another_document_below_the_text_is_not_its_own() -> None:
    found = article(
        f"<h1>{TITLE}</h1><p>2024-01-02</p><div id=zoom>{PROSE}</div><p>某办法 成文日期：2019-01-01</p>", title=TITLE
    )
    assert found.written_date is None


def test_a_linked_source_beside_the_date_is_a_byline() -> None:
    found = article(f'<h1>{TITLE}</h1><p>2024-01-02 08:18 来源：<a href="/">某网-文化频道</a></p>{PROSE}', title=TITLE)
    assert (day(found), found.source) == ("2024-01-02", "某网-文化频道")


def test_a_byline_and_a_footer_are_no_text() -> None:
    byline = "<p>发布时间：2024-07-01 09:30 来源：某县融媒体中心 浏览次数：12次 字体：[大 中 小] 打印 关闭窗口</p>"
    foot = "<div><p>主办：某县人民政府办公室　承办：某县大数据中心</p><p>网站标识码：6109250001</p></div>"
    logo = "<div><a href=/><img src=/logo.png alt=某县人民政府></a></div>"
    crumb = "<p>当前位置：<a href=/>首页</a> &gt; <a href=/xw/>新闻</a></p>"
    found = read_article(document(f"{logo}{crumb}<h1>{TITLE}</h1>{byline}<div></div>{foot}", title=TITLE))
    assert found.body_empty
    assert found.media == ()


def test_a_time_marked_as_publication_wins_over_what_a_reprint_carries_along() -> None:
    own = '<footer>Published <time class="entry-date published" datetime="2026-11-03T09:00:00+08:00">2026-11-03</time>'
    carried = "<p>您现在的位置：首页 &gt; 动态　发布日期：2023-07-19</p>"
    found = article(f"<article><h1>{TITLE}</h1>{carried}{PROSE}{own}</footer></article>", title=TITLE)
    assert day(found) == "2026-11-03"
    both = '<time class=published datetime="2026-11-03"></time><time class=published datetime="2026-10-01"></time>'
    assert day(article(f"<h1>{TITLE}</h1>{carried}{PROSE}{both}", title=TITLE)) == "2023-07-19"


def test_a_blank_source_is_not_the_label_below_it() -> None:
    items = "".join(f"<li>{label}：<p>{said}</p></li>" for label, said in (("来源", ""), ("发文机构", "县政府网站")))
    assert article(f"<h1>{TITLE}</h1><ul>{items}</ul><div id=zoom>{PROSE}</div>", title=TITLE).source == ""


def test_a_source_below_the_text() -> None:
    body = f"<h1>{TITLE}</h1><p>时间：2024-01-03</p><div id=zoom>{PROSE}</div>"
    assert article(f"{body}<div><span>来源：某区管委会</span></div>", title=TITLE).source == "某区管委会"
    assert article(f"{body}<ul><li>别的消息 来源：某某报</li></ul>", title=TITLE).source == ""


def test_a_tag_of_the_source_that_repeats_the_title_says_nothing() -> None:
    head = f'<meta name="ArticleTitle" content="{TITLE}"><meta name="ContentSource" content="{{}}">'
    assert article(f"<h1>{TITLE}</h1>{PROSE}", head=head.format(TITLE)).source == ""
    assert article(f"<h1>{TITLE}</h1>{PROSE}", head=head.format("某局")).source == "某局"


def test_images_below_a_title_are_its_body_where_scripts_write_head_and_foot() -> None:
    item = (
        f"<div class=ctitle><h1>{TITLE}</h1></div><p>发布时间：2026-08-05 来源：某司</p><div id=con><img src=1></div>"
    )
    found = read_article(document(f"<div class=cmain>{item}</div><script src=foot.js></script>", title=TITLE))
    assert found.media == ("image",)
    wrapped = f"<div><h1>{TITLE}</h1><div>发布时间：2026-08-05</div><p><img src=code.png></p>{FOOTER}</div>"
    assert read_article(document(wrapped, title=TITLE)).body is None


_LINES = (
    "发布时间：2024-09-10",
    "来源：县政府办 2024-09-10",
    "[2024-09-10] 浏览 3",
    "2024年9月10日",
    "日期",
    "：2024-09-10 作者",
    "首页",
    "",
    "一二三四五六七八九十" * 5,
    "来源",
    " ",
)


@given(st.lists(st.sampled_from(_LINES), max_size=8), st.sampled_from(["\n", "\t", ""]), st.integers(0, 40))
def test_bylines_are_found_around_their_words_as_without_them(lines: list[str], border: str, after: int) -> None:
    text = border.join(lines)
    found, all_ = first_byline(text, after), byline_line().search(text, after)
    assert (found and found.span()) == (all_ and all_.span())


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("由 信息员 于 <time datetime='2026-11-20T17:20:00+00:00'>周五, 11/20/2026 - 09:20</time> 发表", "2026-11-21"),
        (
            "由 <a href=/user/7>信息员</a> 于 <time datetime='2026-11-05'>星期四, 5 十一月, 2026</time> 发表",
            "2026-11-05",
        ),
        ("<div>活动时间</div><div><time datetime='2026-12-20'>周日, 12/20/2026</time></div>", ""),
        ("<h2><a href=/node/7>全市秋季旅游工作会议在云州召开</a></h2><time datetime='2026-11-20'>11/20</time>", ""),
    ],
)
def test_the_day_a_time_in_the_byline_tells_programs(line: str, read: str) -> None:
    assert day(article(f"<h1>{TITLE}</h1><div>{line}</div><div class=entry-content>{PROSE}</div>")) == read

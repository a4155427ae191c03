"""The title of an item: which of the texts on its page is the one people see."""

from __future__ import annotations

import pytest

from portal.heads import is_site_name
from tests.unit.portal.articles import TITLE, article, day
from tests.unit.portal.pages import PROSE


def test_a_document_of_the_government_whose_site_it_is_has_a_title_of_its_own() -> None:
    title = "某县人民政府办公室关于印发《某县城市供水管理办法》的通知"
    found = article(
        f"<h1>某县人民政府</h1><h1>{title}</h1><div>发布时间：2026-11-28 来源：县政府办</div><div>{PROSE}</div>",
        title="某县人民政府",
        head='<meta name="SiteName" content="某县人民政府">',
    )
    assert found.title == title


@pytest.mark.parametrize("other", ["某县人民政府", "<a href=/b.html>县人民政府召开第五次全体会议安排工作</a>"])
def test_a_heading_that_is_a_link_or_the_name_of_the_site_is_no_title(other: str) -> None:
    head = '<meta name="SiteName" content="某县人民政府">'
    assert article(f"<h1>{other}</h1><h2>{TITLE}</h2><div>{PROSE}</div>", head=head).title == TITLE


@pytest.mark.parametrize("name", ["某县人民政府", "中国某县人民政府", "某县人民政府官网", "某县人民政府门户网站"])
def test_the_name_of_a_site_is_no_title(name: str) -> None:
    assert is_site_name(name, {"SiteName": "某县人民政府"})
    assert not is_site_name(f"{name}关于印发工作规则的通知", {"SiteName": "某县人民政府"})


@pytest.mark.parametrize(
    "head_title",
    [
        f"{TITLE}-某县人民政府",
        f"{TITLE}_要闻_某县人民政府门户网站",
        f"某县人民政府门户网站_要闻_{TITLE}",
        f"{TITLE} | 某县教育局",
        "某县人民政府",
        f"&lt;p&gt;{TITLE}&lt;/p&gt; - 某县人民政府",
        f"{TITLE}{TITLE}",
    ],
)
@pytest.mark.parametrize(
    "shape",
    [
        "<h1>某县人民政府</h1><h2>{title}</h2>",
        '<div class="article-title">{title}</div>',
        '<table><tr><td class="bt">{title}</td></tr></table>',
        "<h3><font color=red>{title}</font></h3>",
    ],
)
def test_title_is_the_one_shown(shape: str, head_title: str) -> None:
    found = article(
        f'{shape.format(title=TITLE)}<p>发布时间：2024-09-10 09:24 来源：县政府办</p><div id="zoom">{PROSE}</div>',
        title=head_title,
    )
    assert found.title == TITLE


@pytest.mark.parametrize(
    "title",
    [
        "“十四五”规划纲要发布",
        "２０２４年预算公开说明",
        "2024年部门预算公开说明",
        "【公告】关于停水的说明",
        "ＡＢＣ工程开工说明会",
        "《某县条例》施行一年回顾",
        "某县举行 ABC 工程开工说明会",
    ],
)
@pytest.mark.parametrize("said", ["{title}-某县人民政府", "要闻_{title}_某县人民政府", "某县人民政府"])
def test_title_begins_with_anything(title: str, said: str) -> None:
    head = f'<meta name="ArticleTitle" content="{title}">' if "{title}" not in said else ""
    found = article(f"<h1>{title}</h1><p>某县讲规划</p>{PROSE}", title=said.format(title=title), head=head)
    assert found.title_element is not None
    assert (found.title, found.title_element.tag) == (title, "h1")


def test_title_over_two_lines_is_one() -> None:
    found = article(
        f"<h1>共论高质量发展<br>第十届论坛召开</h1>{PROSE}", title="共论高质量发展 第十届论坛召开-某市人民政府"
    )
    assert found.title == "共论高质量发展 第十届论坛召开"


def test_title_without_its_byline() -> None:
    found = article(f"<h2>{TITLE} <small>2023-08-19 来源：某日报</small></h2>{PROSE}", title=TITLE)
    assert (found.title, day(found)) == (TITLE, "2023-08-19")


def test_title_without_a_bracketed_date_behind_it() -> None:
    found = article(f"<h2>{TITLE} <small>[2023-08-19]</small></h2>{PROSE}", title=TITLE)
    assert (found.title, day(found)) == (TITLE, "2023-08-19")


def test_title_that_the_head_does_not_name_stands_above_the_byline() -> None:
    found = article(
        f"<div>当前位置：<a href=/>首页</a> &gt; 机构职能</div><h2>某县商务局主要职能</h2>"
        f"<p>发布时间：2024-03-05　来源：某县商务局</p>{PROSE}",
        title="机构职能-某县商务局",
    )
    assert found.title == "某县商务局主要职能"


def test_title_of_a_letter_stands_above_its_day() -> None:
    found = article(
        f"<div>当前位置：<a href=/>首页</a> &gt; 咨询建议</div><h3>咨询灵活就业参保问题</h3>"
        f"<div>写信人：张* 写信时间：2024-10-11 受理单位：某局</div>{PROSE}",
        title="咨询建议-某县人民政府",
    )
    assert found.title == "咨询灵活就业参保问题"


def test_official_title_finds_its_element_when_the_head_names_the_site_only() -> None:
    found = article(
        f"<div><span>{TITLE}</span></div>{PROSE}",
        title="某县人民政府",
        head=f'<meta name="ArticleTitle" content="{TITLE}">',
    )
    assert found.title == TITLE
    assert found.title_element is not None


def test_sequence_of_dashes_inside_a_title_stays() -> None:
    title = "让惩戒有尺度、有温度——就《规则》答记者问"
    assert article(f"<h1>{title}</h1>{PROSE}", title=f"{title}-某厅").title == title


@pytest.mark.parametrize(
    "byline",
    [
        "发布时间：2024-01-02 来源：某局",
        "来源：某局 2024-01-02 浏览次数：",
        "2024-01-02 09:00 点击：[ ]",
    ],
)
def test_title_without_any_mark_stands_above_the_byline(byline: str) -> None:
    found = article(f"<table><tr><td>{TITLE}</td></tr><tr><td>{byline}</td></tr></table>{PROSE}", title="某县人民政府")
    assert (found.title, day(found)) == (TITLE, "2024-01-02")


def test_metadata_table_is_no_byline_above_which_the_title_stands() -> None:
    table = "<p>索引号：A1</p><p>生成日期: 2024-01-02 主题分类: 教育</p><p>公开方式：主动公开</p>"
    found = article(f"{table}<p><b>{TITLE}</b></p><p>发布日期：2024-01-03 来源：某局</p>{PROSE}", title="某县人民政府")
    assert (found.title, day(found)) == (TITLE, "2024-01-03")


ISSUED = "某市人民政府办公室关于印发《政务云平台管理实施细则》的通知"


@pytest.mark.parametrize("shown", ["<div class=tt>{}</div>", "<p><b>{}</b></p>", ""])
def test_the_metadata_table_names_a_document_that_nothing_else_names(shown: str) -> None:
    rows = (
        ("索 引 号", "2019-1", "发 文 日 期", "2019-11-29"),
        ("名 称", ISSUED, "文 号", ""),
        ("分 类", "", "上 载 日 期", "2019-12-02"),
    )
    table = "".join(f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in rows)
    body = f"<table>{table}</table>{shown.format(ISSUED)}<p>信息来源： 市政府办</p><div id=nrr>{PROSE}</div>"
    found = article(body, title="某市人民政府")
    assert (found.title, day(found), found.source) == (ISSUED, "2019-12-02", "市政府办")
    assert found.title_element is not None

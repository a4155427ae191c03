"""Kinds of pages, read from whole pages."""

from __future__ import annotations

import pytest

from portal.facts import PageKind
from portal.page import read_document, read_page
from tests.unit.portal.pages import FOOTER, PROSE, document

MENU = '<div class="nav"><ul>' + "".join(f'<li><a href="/c{n}/">栏目第{n}</a></li>' for n in range(12)) + "</ul></div>"
BYLINE = "<p>发布时间：2024-01-02 来源：某局</p>"
ROWS = "".join(
    f'<li><a href="/202401/t202401{n:02}_{n}.html">关于第{n}项工作情况的消息标题</a><span>2024-01-{n:02}</span></li>'
    for n in range(1, 16)
)


def kind(body: str, title: str, *, crumb: str = "", head: str = "", url: str = "", footer: str = FOOTER) -> PageKind:
    place = f'<div class="crumb">当前位置：<a href="/">首页</a> &gt; {crumb}</div>' if crumb else ""
    html = f"<html><head><title>{title}</title>{head}</head><body>{MENU}{place}{body}{footer}</body></html>"
    return read_page(html.encode(), url or "https://www.example.gov.cn/a/t20240102_1.html").kind


def item(title: str, body: str = "", *, crumb: str = "政务公开 &gt; 通知公告") -> PageKind:
    return kind(
        f'<h1>{title}</h1>{BYLINE}<div id="zoom">{body or PROSE * 3}</div>', f"{title}-某县人民政府", crumb=crumb
    )


@pytest.mark.parametrize(
    ("title", "crumb", "expected"),
    [
        ("某县召开优化营商环境会议", "新闻中心", PageKind.ARTICLE),
        ("关于举办专业技术人员继续教育培训班的通知", "通知公告", PageKind.ARTICLE),
        ("关于拟录用人员名单的公示", "通知公告", PageKind.ARTICLE),
        ("某厅关于第14040218号建议的复函", "建议提案", PageKind.ARTICLE),
        ("某县2024年春节放假的通知", "通知公告", PageKind.ARTICLE),
        ("某采购项目中标公告", "公告", PageKind.ARTICLE),
        ("某县人民政府关于印发《供水管理办法》的通知", "通知公告", PageKind.POLICY),
        ("某县人民政府办公室关于印发2024年工作要点的通知（某政办发〔2024〕3号）", "政策文件", PageKind.POLICY),
        ("供水管理办法（试行）", "规范性文件", PageKind.POLICY),
        ("中华人民共和国招标投标法（2017年修正）", "", PageKind.POLICY),
        ("《中华人民共和国供水法》执法检查启动", "动态", PageKind.ARTICLE),
        ("全国人民代表大会常务委员会关于批准某议案的决议", "公报", PageKind.POLICY),
        ("某省实施《中华人民共和国供水法》办法", "", PageKind.POLICY),
        ("某县人民政府办公室印发《供水管理办法》的通知", "通知公告", PageKind.POLICY),
        ("某市政府信息发布管理办法", "通知公告", PageKind.POLICY),
        ("某局深入学习《供水管理条例》", "动态", PageKind.ARTICLE),
        ("省政府出台《关于促进供水发展的若干措施》", "省内要闻", PageKind.ARTICLE),
        ("某省印发供水行动方案 推动节约用水", "省内要闻", PageKind.ARTICLE),
        ("7月1日起施行 某市修订供水管理条例", "要闻", PageKind.ARTICLE),
        ("我市公布2024年民生实事清单", "要闻", PageKind.ARTICLE),
        ("某县人民政府关于东片区房屋征收的决定", "通知公告", PageKind.ARTICLE),
        ("《供水管理办法》政策解读", "通知公告", PageKind.INTERPRETATION),
        ("图解：供水管理办法", "政策解读", PageKind.INTERPRETATION),
        ("某厅负责人就《供水管理办法》答记者问", "新闻", PageKind.INTERPRETATION),
        ("【新闻发布会】关于加快供水改革的意见", "政策解读", PageKind.INTERPRETATION),
        ("某工程第二场新闻发布会", "专题报道", PageKind.ARTICLE),
        ("供水开户办事指南", "办事服务", PageKind.GUIDE),
        ("某县人民政府关于禁止燃放烟花爆竹的通告", "通知公告", PageKind.POLICY),
        ("关于城区部分路段禁止通行的通告", "通知公告", PageKind.ARTICLE),
        ("某县“十四五”供水发展规划", "规划计划", PageKind.POLICY),
        ("某县国民经济和社会发展第十四个五年规划和二〇三五年远景目标纲要", "规划计划", PageKind.POLICY),
        ("某县启动编制“十四五”供水发展规划", "动态", PageKind.ARTICLE),
        ("某县人大批准“十四五”规划纲要", "动态", PageKind.ARTICLE),
        ("某区支持企业上市十条措施", "政策文件", PageKind.POLICY),
        ("某县落实八条措施", "动态", PageKind.ARTICLE),
        ("《某县供水管理办法》起草说明", "通知公告", PageKind.INTERPRETATION),
        ("《某县供水管理办法（征求意见稿）》起草说明", "意见征集", PageKind.ARTICLE),
        ("《某县供水重点项目管理办法（试行）》", "通知公告", PageKind.POLICY),
        ("某县人民政府关于印发某县政府采购管理办法的通知", "通知公告", PageKind.POLICY),
        ("某县人民政府关于深化预算管理制度改革的实施意见", "政策文件", PageKind.POLICY),
        ("某县人民政府关于加强校服采购工作的指导意见", "政策法规库", PageKind.POLICY),
        ("某县人民政府令第9号《某县物业管理办法修正案》", "政府令", PageKind.POLICY),
        ("关于公开征求校服采购实施意见的公告", "通知公告", PageKind.ARTICLE),
        ("某县供水发展三年行动方案", "政策文件", PageKind.POLICY),
        ("某县供水发展三年行动方案", "工作动态", PageKind.ARTICLE),
        ("某县水务局行政处罚暂行办法", "通知公告", PageKind.POLICY),
        ("某县水务局行政处罚决定书公开规定", "通知公告", PageKind.ARTICLE),
        ("《某县供水三年行动计划》八大工程解析", "通知公告", PageKind.INTERPRETATION),
    ],
)
def test_kinds_of_items_are_told_by_title_and_trail(title: str, crumb: str, expected: PageKind) -> None:
    assert item(title, crumb=crumb) is expected


def test_guide_by_its_headings() -> None:
    rows = "".join(
        f"<p><b>{h}</b></p><p>{PROSE}</p>" for h in ("服务事项", "办理对象", "办理条件", "所需材料", "办理流程")
    )
    assert item("报考普通高校证明办理", rows, crumb="办事服务") is PageKind.GUIDE


def test_an_answered_letter_is_a_letter() -> None:
    rows = "<table><tr><td>来信人</td><td>张**</td></tr><tr><td>来信时间</td><td>2024-01-01</td></tr>"
    rows += f"<tr><td>回复单位</td><td>某局</td></tr><tr><td>回复内容</td><td>{PROSE}</td></tr></table>"
    assert item("咨询供水开户的问题", rows, crumb="互动交流 &gt; 信件公开") is PageKind.LETTER


def test_an_interpretation_may_be_a_picture_alone() -> None:
    assert item("一图读懂供水管理办法", '<img src="a.png">', crumb="政策解读") is PageKind.INTERPRETATION


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f'<ul class="list">{ROWS}</ul><script>createPageHTML(3,0,"index","html")</script>', PageKind.COLUMN),
        ('<ul class="list"></ul><script>createPageHTML(1,0,"index","html")</script>', PageKind.COLUMN),
        ("<p>暂无信息！</p>", PageKind.COLUMN),
    ],
)
def test_kinds_of_columns_are_told_by_what_they_show(body: str, expected: PageKind) -> None:
    url = "https://www.example.gov.cn/zwgk/tzgg/index.html"
    assert kind(f"<h2>通知公告</h2>{body}", "通知公告-某县人民政府", crumb="通知公告", url=url) is expected


def test_a_home_page_is_told_by_itself() -> None:
    blocks = "".join(f'<div class="box"><h3>块{n}</h3><ul>{ROWS}</ul></div>' for n in range(4))
    assert kind(blocks, "某县人民政府", url="https://www.example.gov.cn/") is PageKind.HOME
    assert kind(blocks, "某县人民政府门户网站", url="file:///saved.html") is PageKind.HOME
    assert kind(blocks, "首页-某市人事考试中心", url="https://www.example.gov.cn/") is PageKind.HOME


@pytest.mark.parametrize(
    "body",
    [
        '<h1>登录</h1><form><input name="user"><input type="password" name="p"></form>',
        "<h1>依申请公开</h1><form>" + "".join(f'<p>项{n}<input name="f{n}"></p>' for n in range(8)) + "</form>",
        "<h2>服务预约</h2><div>"
        + "".join(f'<input id="f{n}" placeholder="项{n}">' for n in range(5))
        + "<textarea></textarea><button>提交</button></div>",
    ],
)
def test_pages_that_are_functions_are_no_items(body: str) -> None:
    assert kind(body, "互动交流-某县人民政府", url="https://www.example.gov.cn/apply") is PageKind.OTHER


def test_news_of_a_site_without_government_marks_is_no_item_of_a_portal() -> None:
    body = f"<h1>债券市场是否存在泡沫</h1><p>2019年09月09日 20:52 来源：某财经</p><div>{PROSE * 4}</div>"
    page = f"<html><title>债券市场是否存在泡沫_某财经网</title><body>{body}<p>ICP证000000号</p></body></html>".encode()
    assert read_page(page, "https://finance.example.com/doc-1.html").kind is PageKind.OTHER
    assert read_page(page, "https://finance.example.com/doc-1.html", portal=True).kind is PageKind.ARTICLE


def test_what_stands_instead_of_content() -> None:
    stub = '<script>document.write(\'<meta http-equiv="Refresh" content="0;URL=/zwgk/"/>\')</script>'
    assert read_page(stub.encode(), "https://www.example.gov.cn/a/").kind is PageKind.ERROR
    gone = "<title>404</title><p>您访问的页面不存在</p>"
    assert read_page(gone.encode(), "https://www.example.gov.cn/a/").kind is PageKind.ERROR
    check = "<script>document.cookie='a';location.href=location.pathname+location.search</script>"
    assert read_page(check.encode(), "https://www.example.gov.cn/a/").kind is PageKind.CHALLENGE


@pytest.mark.parametrize(
    ("head", "footer", "expected"),
    [
        ("", "<p>版权所有：某某报业集团 未经授权禁止复制</p>", PageKind.OTHER),
        ("", "<p>主办：某某大学纪检监察室</p>", PageKind.OTHER),
        ("", "<p>主办：某县人民政府办公室 承办：某县融媒体中心</p>", PageKind.ARTICLE),
        ("", "<p>版权所有：某省教育厅</p>", PageKind.ARTICLE),
        ('<link rel="stylesheet" href="http://jyt.example.gov.cn/css/a.css">', "", PageKind.ARTICLE),
        ('<link rel="stylesheet" href="//jyt.example.gov.cn/css/a.css">', "", PageKind.ARTICLE),
        ('<script src="https://jyt.example.gov.cn/a.js"></script>', "", PageKind.ARTICLE),
        ('<link rel="stylesheet" href="http://static.example.com/css/a.css">', "", PageKind.OTHER),
        ('<link rel="stylesheet" href="/css/a.css?from=http://jyt.example.gov.cn/">', "", PageKind.OTHER),
    ],
)
def test_who_runs_a_site_shows_without_address_and_tags(head: str, footer: str, expected: PageKind) -> None:
    html = (
        f"<html><head><title>某市召开会议研究工作</title>{head}</head><body><h1>某市召开会议研究工作</h1>{BYLINE}"
        f"<div>{PROSE * 3}</div>{footer}</body></html>"
    )
    assert read_page(html.encode(), "http://page.invalid/unnamed").kind is expected


def test_a_guide_needs_neither_byline_nor_prose() -> None:
    rows = "".join(
        f"<tr><th>{label}</th><td>某县水利局</td></tr>"
        for label in ("事项名称", "实施主体", "事项类型", "服务对象", "法定时限", "收费标准", "咨询电话")
    )
    assert (
        kind(f"<h2>取水许可</h2><table>{rows}</table>", "取水许可-某县", url="http://page.invalid/x") is PageKind.GUIDE
    )


def test_a_page_titled_by_its_site_alone_is_no_home_page_when_it_turns_pages_or_tells_something() -> None:
    menu = "".join(f'<a href="/m{n}/">菜单{n}</a>' for n in range(70))
    pager = '<div class="page">共27页 <a href="index_1.html">下一页</a></div>'
    html = "<html><head><title>某县人民政府门户网站</title></head><body>{}</body></html>"
    listed = html.format(f"{menu}<ul>{ROWS}</ul>{pager}{FOOTER}")
    block = "".join(f'<li><a href="/b{n}.html">关于第{n}项工作情况的消息标题</a></li>' for n in range(5))
    blocks = "".join(f"<div><h3>栏目{name}</h3><ul>{block}</ul></div>" for name in "甲乙丙丁")
    told = html.format(f"{menu}<h1>某县召开会议</h1>{BYLINE}<div>{PROSE * 8}</div>{blocks}{FOOTER}")
    assert read_page(listed.encode(), "http://page.invalid/unnamed").kind is PageKind.COLUMN
    assert read_page(told.encode(), "http://page.invalid/unnamed").kind is PageKind.ARTICLE


@pytest.mark.parametrize(
    ("title", "count", "blocks", "expected"),
    [
        ("某县档案馆", 40, 4, PageKind.HOME),
        ("中国·某县", 90, 7, PageKind.HOME),
        ("政务公开", 40, 4, PageKind.COLUMN_INDEX),
        ("某县人民政府关于印发供水管理办法的通知", 90, 7, PageKind.COLUMN_INDEX),
    ],
)
def test_home_pages_of_small_and_of_unnamed_sites(title: str, count: int, blocks: int, expected: PageKind) -> None:
    menu = "".join(f'<li><a href="/m{n}/">菜单{n}</a></li>' for n in range(count - 5 * blocks))
    lists = "".join(
        f'<div class="box"><h3><a href="/c{block}/">栏目{block}</a></h3><ul>'
        + "".join(
            f'<li><a href="/c{block}/{n}.html">关于第{block}{n}项工作情况的消息标题</a><span>2024-01-1{n}</span></li>'
            for n in range(5)
        )
        + "</ul></div>"
        for block in range(blocks)
    )
    html = f"<html><head><title>{title}</title></head><body><ul class=nav>{menu}</ul>{lists}{FOOTER}</body></html>"
    assert read_page(html.encode(), "http://page.invalid/unnamed").kind is expected


RELATED = f"<div class='related'><h3>最新信息</h3><ul>{ROWS}</ul></div>"
TURNING = "<div class='page'><a href='index_1.html'>上一页</a> <a href='index_2.html'>下一页</a></div>"


@pytest.mark.parametrize(
    ("crumb", "beside", "reads"),
    [("政务公开", RELATED, False), ("", RELATED, False), ("政务公开", RELATED + TURNING, True)],
)
def test_lists_beside_an_item_are_read_only_where_they_may_make_it_another_page(
    crumb: str, beside: str, reads: bool
) -> None:
    title = "关于印发工作要点的通知"
    place = f'<div class="crumb">当前位置：<a href="/">首页</a> &gt; {crumb}</div>' if crumb else ""
    body = f'{MENU}{place}<h1>{title}</h1>{BYLINE}<div id="zoom">{PROSE * 5}</div>{beside}{FOOTER}'
    doc = document(body, title=title, url="https://www.example.gov.cn/zwgk/list/index.html")
    assert (read_document(doc, portal=True).kind is PageKind.COLUMN) is reads  # as this one with its pager is
    assert any(key.startswith("listings") for key in doc.cache) is reads


TITLED = "<h1>关于某项工作情况的公告</h1><p>2024-01-02 来源：某局</p>"
BLOCKS = "".join(
    f"<div><h3><a href=/show/{n}.html>关于第{n}项工作情况的消息标题</a></h3>"
    f"<p>发布时间：2024-01-{n:02} 来源：某局</p>{PROSE}</div>"
    for n in range(1, 9)
)


@pytest.mark.parametrize(
    "address",
    [
        "e/action/ShowInfo.php?classid=1&id=2",
        "index.php?m=content&c=index&a=show&catid=10&id=100",
        "a/col2/articleinfo-507.html",
        "content.aspx?id=12&classid=4",
        "list/content/12.html",
        "20240102/5b13a27b.html",
    ],
)
def test_addresses_of_items_name_their_column_too(address: str) -> None:
    related = f'<div><h3>最新消息</h3><ul class="list">{ROWS[:1600]}</ul></div>'
    shown = f"{TITLED}<p>现将有关情况公告如下，请遵照执行。</p>{related}"
    assert kind(shown, "某县人民政府", url=f"https://www.example.gov.cn/{address}") is PageKind.ARTICLE


@pytest.mark.parametrize("address", ["news.aspx?id=12", "tzgg/", "plus/list.php?tid=2", "e/action/ListInfo/?classid=1"])
@pytest.mark.parametrize("heading", ["", "<h2>通知公告</h2>", "<h2>重大建设项目批准和实施信息</h2>"])
def test_bylines_of_rows_make_no_item_of_a_column(address: str, heading: str) -> None:
    found = kind(
        f"<div class=main>{heading}{BLOCKS}</div>",
        "通知公告-某县人民政府",
        crumb="政务公开 &gt; 通知公告",
        url=f"https://www.example.gov.cn/{address}",
    )
    assert found is PageKind.COLUMN


def test_a_heading_that_links_to_its_own_page_is_a_title() -> None:
    url = "https://www.example.gov.cn/a/7.html"
    shown = f"<h1><a href='{url}'>关于某项工作情况的公告</a></h1><p>2024-01-02 来源：某局</p>{PROSE}"
    assert kind(shown, "关于某项工作情况的公告-某县人民政府", url=url) is PageKind.ARTICLE


def test_a_short_item_is_none_of_the_lists_whatever_its_address() -> None:
    found = kind(
        f"{TITLED}<p>见附件。</p>",
        "关于某项工作情况的公告-某县人民政府",
        url="https://www.example.gov.cn/zwgk/list/12.html",
    )
    assert found is PageKind.ARTICLE


@pytest.mark.parametrize("count", [1, 12])
@pytest.mark.parametrize("title", ["某县人民政府", "关于某项工作情况的公告-某县人民政府"])
def test_files_of_an_item_are_no_rows(count: int, title: str) -> None:
    files = "".join(f"<p><a href=/f/{n}.pdf>第{n}中学2024年度部门预算公开.pdf</a></p>" for n in range(count))
    found = kind(f"{TITLED}<div id=zoom>{files}</div>", title, url="https://www.example.gov.cn/view.aspx?id=12")
    assert found is PageKind.ARTICLE


@pytest.mark.parametrize("crumb", ["政务公开 &gt; 通知公告", ""])
def test_a_short_notice_without_a_byline_is_an_item_by_its_own_name(crumb: str) -> None:
    named = "某县2024年度部门预算公开情况的公告"
    body = "<h1>{}</h1><p>现将有关情况予以公布，请各单位遵照执行。</p>"
    at = "http://www.example.gov.cn/view.aspx?id=12"
    assert kind(body.format(named), f"{named}-某县人民政府", crumb=crumb, url=at) is PageKind.ARTICLE
    column = "重大建设项目批准和实施信息公开"
    trail = f"政务公开 &gt; {column}" if crumb else ""
    assert kind(body.format(column), f"{column}-某县人民政府", crumb=trail, url=at) is PageKind.COLUMN


@pytest.mark.parametrize(("title", "expected"), [("社区食堂满意度调查", PageKind.OTHER), ("网上调查", PageKind.COLUMN)])
def test_a_page_below_a_column_that_is_called_otherwise_is_not_the_column(title: str, expected: PageKind) -> None:
    # seen: a form of 网上调查 and its result, whose trails end with a link to the column
    body = f"<h1>{title}</h1><form method=post action=/vote><p>您对服务是否满意？</p><input type=radio name=a></form>"
    crumb = '<a href="/hd/">互动</a> &gt; <a href="/hd/dc/">网上调查</a>'
    assert kind(body, f"{title}-某区人民政府", crumb=crumb, url="https://www.a.gov.cn/hd/dc/1.html") is expected


@pytest.mark.parametrize(
    ("body", "crumb", "expected"),
    [
        ("<video src=/video/3.mp4 controls></video>", "", PageKind.OTHER),
        ("<embed src=/a.swf>", "", PageKind.OTHER),
        ("<video src=/video/3.mp4 controls></video>", '<a href="/">首页</a> &gt; 视频新闻', PageKind.COLUMN),
        ("", "", PageKind.COLUMN),
    ],
)
def test_a_player_alone_is_no_column(body: str, crumb: str, expected: PageKind) -> None:
    trail = f"<div class=crumb>当前位置：{crumb}</div>" if crumb else ""
    source = f"<html><head><title>播放</title></head><body>{trail}<div>{body}</div></body></html>"
    assert read_page(source.encode(), "http://www.example.gov.cn/video/play.htm?id=3", portal=True).kind is expected

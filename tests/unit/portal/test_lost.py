"""Answers that show nothing of what was linked: blank pages, jumps home, pictures, reports of errors."""

from __future__ import annotations

import pytest

from crawler.net.describe import BLANK, read_signs
from portal.flow import flow_of
from portal.lost import LEADS_HOME, ONLY_A_PICTURE, reported_error
from portal.signs import signs_in
from tests.unit.portal.pages import document


def signs(body: str, head: str = "") -> tuple[str, ...]:
    page = document(body, head=head)
    return read_signs(page, flow_of(page).text, "")


@pytest.mark.parametrize(
    ("body", "head", "expected"),
    [
        ("<div></div>", "", (BLANK,)),
        ("<div id=app></div><script src=/a.js></script>", "", ()),
        ("<p style='display:none'>县政府</p>", "", ()),
        ("<a href=/><img src=/404.png></a>", "", (ONLY_A_PICTURE,)),
        ("<img src=/top.png><script src=/a.js></script>", "", ()),
        ("", '<meta http-equiv="refresh" content="0;url=/">', (LEADS_HOME,)),
        ("<script>alert('非法参数');location.href='/index.html'</script>", "", (LEADS_HOME,)),
        ("<script>location.href='/zwgk/list.html'</script>", "", ()),
        ("<script>location.href='http://www.other.cn/'</script>", "", ()),
        ("<p>" + "各乡镇人民政府要落实养护责任。" * 9 + "</p><script>location.href='/'</script>", "", ()),
        ("<script src=//img.parkingcrew.net/caf.php></script>", "", ("parked:parking",)),
    ],
)
def test_what_a_page_without_text_does(body: str, head: str, expected: tuple[str, ...]) -> None:
    assert signs(body, head) == expected


@pytest.mark.parametrize("body", ["<div></div>", "<a href=/><img src=/404.png></a>"])
def test_nothing_is_said_of_what_a_page_lacks_that_was_not_read_whole(body: str) -> None:
    page = document(body)
    assert read_signs(page, flow_of(page).text, "", whole=False) == ()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"code":500,"msg":"系统异常，请联系管理员","data":null}', True),
        ('{"timestamp":"2026-05-01","status":404,"error":"Not Found","path":"/a"}', True),
        ('{"success":false,"message":"文件不存在"}', True),
        ('{"code":401,"msg":"没有权限访问该页面"}', False),
        ('{"code":200,"msg":"文件不存在"}', False),
        ('{"code":500,"msg":"县政府召开会议"}', False),
        ('["文件不存在"]', False),
        ('{"code":500,', False),
        ('{"code":500,"msg":' + "[" * 1900 + "]" * 1900 + "}", False),
        ('{"code":500,"msg":"系统异常","data":"' + "甲" * 2000 + '"}', False),
    ],
)
def test_reports_of_an_error(body: str, expected: bool) -> None:
    assert reported_error(body.encode()) is expected


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("网站巡查", "第3期巡查：页面不存在、信息已删除问题清单\n第4期巡查：页面不存在问题清单"),
        ("办事指南", "行政许可事项：该企业信息不存在异常记录的证明办理\n办理时限：五个工作日"),
        ("打开网页提示您访问的页面不存在怎么办？", "打开网页提示“您访问的页面不存在”怎么办？"),
        ("域名注册_域名交易平台", "域名注册 域名出售\n云主机服务"),
        ("中国福利彩票", "双色球开奖公告 投注站查询 公益金"),
        ("公示", "网站升级维护中标公示"),
        ("通知", "请登录新网站www.a.gov.cn查看办事指南"),
        ("博物馆", "开放时间：9:00至17:00，周一闭馆"),
    ],
)
def test_pages_that_speak_of_it_have_no_signs(title: str, text: str) -> None:
    assert signs_in(text, title) == ()


@pytest.mark.parametrize(
    ("title", "text", "first"),
    [
        ("", "该内容已被发布者删除", "soft_404:words"),
        ("404-对不起！您访问的页面不存在", "返回首页", "soft_404:words"),
        ("某县人民政府", "很遗憾，您要找的内容已下线", "soft_404:words"),
        ("提示", "抱歉，指定的主题不存在或已被删除", "soft_404:words"),
        ("Error report", "java.lang.NullPointerException at a.b", "soft_404:server"),
        ("提示", "网站正在维护中，请稍后访问", "working:words"),
        ("公告", "网站升级维护中，请稍后访问", "working:words"),
        ("该域名已过期", "您访问的域名已到期", "parked:no_site"),
        ("域名转让", "域名转让 价格面议", "parked:for_sale"),
        ("提示", "您还未登录或登录已超时，请重新登录", "login:words"),
        ("提示", "会话已失效", "login:words"),
        ("系统提示", "系统服务时间为每日8:00至22:00，请在服务时间内访问。", "closed:hours"),
        ("Account Suspended", "This Account has been suspended. Contact your hosting provider.", "parked:no_site"),
        ("Non-compliance ICP Filing", "备案", "parked:no_site.unfiled"),
        ("六合彩开奖_香港马会", "今期特码 一肖中特", "gambling:numbers"),
        ("Slot Gacor Online Casino", "judi online betting jackpot", "gambling:foreign"),
        ("澳门金沙娱乐场", "真人百家乐 老虎机 注册送彩金", "gambling:words"),
    ],
)
def test_pages_that_say_it_have_a_sign(title: str, text: str, first: str) -> None:
    assert signs_in(text, title)[0] == first

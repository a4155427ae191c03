"""What stands instead of content."""

from __future__ import annotations

import pytest

from portal.obstacles import alerted_error, challenge_of, error_words_of, redirect_of
from portal.page import read_page
from portal.signs import signs_in
from tests.unit.portal.pages import FOOTER, PROSE, document

JSL = "<script>document.cookie=('_')+('_')+('jsl');location.href=location.pathname+location.search</script>"
RUISHU = "<meta content='x' r='m'><script r='m'>$_ts=window['$_ts'];if(!$_ts)$_ts={};$_ts.nsd=1;</script>"
MENU = "<ul>" + "".join(f'<li><a href="/{n}/">栏目{n}</a></li>' for n in range(12)) + "</ul>"


@pytest.mark.parametrize(
    ("body", "vendor", "interactive"),
    [
        (JSL, "jiasule", False),
        (
            '<script>go({"bts":["a"],"chars":"x","ct":"1","ha":"sha1","tn":"__jsl_clearance_s"})</script>',
            "jiasule",
            False,
        ),
        (RUISHU, "ruishu", False),
        ("<script>var arg1='0123456789ABCDEF';document.cookie='acw_sc__v2='+x</script>", "aliyun", False),
        ("<p>Environment Checking...</p><p>安全检测中</p>", "generic", False),
        ("<p>请完成安全验证后继续访问</p><div id=nc></div>", "captcha", True),
        ('<script r="m">$_ts={};</script><script src="/4QbV/c.FxJzG50F.js" r="m"></script>', "ruishu", False),
        ("<script>document.cookie='sec=1;path=/';window.location.reload();</script>", "generic", False),
        ("<script>function YunSuoAutoJump(){self.location='/?security_verify_data=1'}</script>", "generic", False),
        ("<p>抱歉，您的访问请求由于疑似含有攻击被拦截</p><p>事件ID：1</p>", "generic", True),
        ("<p>The requested URL was rejected. Please consult with your administrator.</p>", "generic", True),
        ("<h1>访问被阻断</h1><p>您的请求带有不合法参数，已被网站管理员设置拦截</p>", "generic", True),
    ],
)
def test_protections_are_known_by_their_pages(body: str, vendor: str, interactive: bool) -> None:
    found = challenge_of(document(body))
    assert found is not None
    assert (found.vendor, found.interactive) == (vendor, interactive)


# An application that stores its theme and starts anew is none, though it shows nothing without its scripts.
SHELL = "<div id=app></div><script>if(!x){document.cookie='theme=1';location.reload()}</script>"


@pytest.mark.parametrize(
    "body", [SHELL, RUISHU + PROSE * 3, JSL + PROSE * 3, "", "<div id=app></div>", PROSE + "<p>请输入验证码</p>"]
)
def test_markers_beside_content_are_no_challenge(body: str) -> None:
    assert challenge_of(document(body)) is None


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("404-对不起！您访问的页面不存在", "<p>不存在、或已被删除、或暂时不可用</p>"),
        ("您的访问出错了", "<p>页面不存在</p>"),
        ("某县人民政府", f"{MENU}<p>抱歉，页面不存在或已被删除。3 秒后将转到首页</p>{FOOTER}"),
        ("502", "<p>502</p><p>360安域</p><p>源站出现问题</p>"),
        ("网站域名变更公告", "<p>我单位网站已迁移至新平台，请使用新域名访问。</p>"),
        ("公告", "<p>根据机构改革安排，本网站域名将在机构改革完成后关停。</p>"),
        ("", "<h1>404 Not Found</h1><hr>nginx"),
        ("某区人民政府", "<h2>出错啦</h2>五秒后将回到首页。"),
        ("404，您访问的页面不在这里", ""),
        ("无法找到网页", "<h1>无法找到网页</h1>您正在搜索的网页可能已经删除、更名或暂时不可用。"),
        ("HTTP状态 404 - 未找到", "<h1>HTTP状态 404 - 未找到</h1><p>源服务器未能找到目标资源的表示</p>"),
        ("某县人民政府", f"{MENU}<div>非常抱歉，您要访问的内容已下线或不存在。</div>{FOOTER}"),
        ("提示信息", '<h5>提示信息</h5><div>内容不存在</div><a href="javascript:history.back();">[返回上一页]</a>'),
        ("信息提示", "<td>该文章未发布或已被删除！</td>"),
        ("系统提示", "<div>对不起，您无权访问该页面！</div>"),
        ("某局", "<p>没有找到相关信息，该信息可能已经被删除或尚未审核！</p>"),
        ("", "<script>alert('此信息不存在');history.go(-1);</script>"),
        ("某局", "<p>尊敬的用户：系统正在进行升级，暂停服务，敬请谅解！</p>"),
        ("", "数据库连接失败"),
        ("没有找到站点", "<p>您的请求在Web服务器中没有找到对应的站点！</p>"),
    ],
)
def test_pages_of_errors_and_notices_are_told(title: str, body: str) -> None:
    assert error_words_of(document(body, title=title)) != ""


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("关于网站域名变更的公告-某县人民政府", f"{MENU}<h1>关于网站域名变更的公告</h1>{PROSE}{PROSE}{FOOTER}"),
        ("404路公交线路开通", f"{MENU}<h1>404路公交线路开通</h1>{PROSE}"),
        ("某网站升级改造项目中标公告", f"{MENU}{PROSE}<p>您访问的页面不存在的问题已整改</p>{PROSE * 8}"),
        ("404 路公交线路开通", f"{MENU}<h1>404 路公交线路开通</h1>{PROSE}"),
        ("500 强企业名单", f"{MENU}<h1>500 强企业名单</h1>{PROSE}"),
        ("通知公告", f"{MENU}{FOOTER}"),
        ("某局", f"{MENU}<ul><li><a>系统错误整改情况通报</a></li><li><a>网络异常行为监测报告</a></li></ul>{FOOTER}"),
        ("常见问题", f"{MENU}<ul><li><a>提示您没有权限访问该页面怎么办？</a></li><li>该信息不存在怎么处理</li></ul>"),
        ("通知公告", f"{MENU}<p>没有找到相关信息</p>{FOOTER}"),
        ("公告", f"{MENU}<p>该公告已撤销</p><p>此文件已失效</p>{FOOTER}"),
        ("关于医保系统错误信息更正有关情况的公告", f"{MENU}<h1>关于医保系统错误信息更正有关情况的公告</h1>{PROSE * 8}"),
        ("", "<script>if(bad){alert('请输入关键词')}</script>"),
        ("", ""),
    ],
)
def test_content_is_no_error(title: str, body: str) -> None:
    assert error_words_of(document(body, title=title)) == ""


def test_a_short_item_is_no_error_whatever_it_says() -> None:
    body = f"{MENU}<h1>提示</h1><p>内容不存在，请稍后再试。</p>{FOOTER}"
    assert error_words_of(document(body, title="某局")) != ""
    assert error_words_of(document(body, title="某局", head='<meta name="ArticleTitle" content="提示">')) == ""


@pytest.mark.parametrize(
    ("head", "body", "target"),
    [
        (
            '<meta http-equiv="refresh" content="0;URL=../zwgk/index.html">',
            "",
            "https://www.example.gov.cn/zwgk/index.html",
        ),
        (
            "",
            '<script>document.write(\'<meta http-equiv="Refresh" content="0;URL=/zwgk/"/>\')</script>',
            "https://www.example.gov.cn/zwgk/",
        ),
        (
            "",
            "<p id=url hidden>/x/list.shtml</p><script>var u=$('#url').text();window.open(u,\"_self\")</script>",
            "https://www.example.gov.cn/x/list.shtml",
        ),
        (
            "",
            "<script>setTimeout(function(){window.location.href='http://new.example.cn/'},1000)</script>",
            "http://new.example.cn/",
        ),
        ("", '<script>location.replace("/home")</script>', "https://www.example.gov.cn/home"),
        ('<meta http-equiv="refresh" content="300">', PROSE, ""),
        ('<meta http-equiv="refresh" content="0;url=b.html">', PROSE, ""),
        ("", PROSE * 3 + "<script>function s(){location.href='/search'}</script>", ""),
        ("", "<script>if(/Android|iPhone/.test(navigator.userAgent)) location.href='/m.html'</script>", ""),
        ("", JSL, ""),
    ],
)
def test_pages_that_go_elsewhere_say_where(head: str, body: str, target: str) -> None:
    assert redirect_of(document(body, head=head)) == target


@pytest.mark.parametrize(
    ("title", "text", "first"),
    [
        ("example.com", "This domain is for sale. Buy this domain.", "parked:for_sale"),
        ("404 Not Found", "nginx", "soft_404:words"),
        ("404", "", "soft_404:title"),
        ("DedeCMS提示信息", "", "soft_404:title"),
        ("某县人民政府", "首页\n没有找到您要查看的内容！", "soft_404:words"),
        ("提示", "无法把未知文档还原!", "soft_404:words"),
        ("404页面 - 某县人民政府", "", "soft_404:title"),
        ("某县人民政府-404", "返回首页", "soft_404:title"),
        ("某县人民政府", "首页\n对不起，您要访问的页面已经搬家\n版权所有", "soft_404:words"),
        ("澳门新葡京娱乐城-百家乐", "老虎机 时时彩 六合彩 注册送彩金", "gambling:words"),
        ("没有找到站点", "您的请求在Web服务器中没有找到对应的站点！", "parked:no_site"),
    ],
)
def test_signs_are_found_in_title_and_text(title: str, text: str, first: str) -> None:
    assert signs_in(text, title)[0] == first


@pytest.mark.parametrize(
    ("said", "shown", "told"),
    [
        ("文件不存在！", "", "文件不存在！"),
        ("您没有权限访问该页面", "", ""),
        ("系统繁忙", "", ""),
        ("欢迎访问", "", ""),
        ("文件不存在！", "各乡镇人民政府要落实养护责任，明确养护标准。" * 8, ""),
    ],
)
def test_alerts_that_tell_that_something_is_gone(said: str, shown: str, told: str) -> None:
    page = document(f"<p>{shown}</p><script>alert('{said}');history.back();</script>")
    assert alerted_error(page) == told


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (
            "公安机关打击跨境赌博专项行动",
            "警方破获一起利用百家乐、老虎机、六合彩等方式的网络赌博案件，涉及博彩平台三个。" * 3,
        ),
        ("第14040218号建议的复函", "您提出的建议收悉。" * 30),
        ("某县人民政府", "要闻 公告 " * 40),
        ("城区404路公交线路调整提示", "自下周一起，城区404路公交线路调整。"),
        ("404 路公交线路调整", "自下周一起调整。"),
        (
            "某县图书馆",
            "首页\n县图书馆举办讲座，主讲人提醒读者，网络流传的所谓内部信息不存在，请大家到官方网站核实以后再转发，不信谣不传谣。",
        ),
        ("外部链接提示", "您访问的链接即将离开“某县人民政府”门户网站，是否继续？"),
        ("", ""),
    ],
)
def test_honest_pages_have_no_signs(title: str, text: str) -> None:
    assert signs_in(text, title) == ()


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("关于网页404等错误处理情况的说明", "<p>部分页面曾提示“您访问的页面不存在”，现已修复，感谢大家的监督。</p>"),
        ("关于网站运行时错误的情况说明", "<p>服务器升级期间，部分页面不能打开，现已恢复。</p>"),
        ("网站整改公告", "<p>点击后出现「该信息不存在」提示的链接，已经全部改正。</p>"),
        ("网站自查通报", "<p>经查，办事指南栏目存在文章已被删除、链接失效等问题，现予通报。</p>"),
        ("关于系统维护中暂停业务办理的公告", "<p>11月3日暂停办理不动产登记业务，敬请谅解。</p>"),
    ],
)
def test_an_item_that_reports_an_error_is_none(title: str, body: str) -> None:
    page = f"<h1>{title}</h1><p>发布时间：2026-11-02 来源：县政府办</p>{body}{FOOTER}"
    assert error_words_of(document(page, title=f"{title} - 某县人民政府")) == ""


@pytest.mark.parametrize(
    "body",
    [
        "<div class=tip>您访问的信息不存在或已被删除</div>",
        "<div>“该信息不存在”</div>",
        "<p>对不起，“您访问的信息不存在”，请返回首页。</p>",
        "<p>发布时间：2026-11-02</p><p>该信息已被删除</p>",
        "<font face=宋体><p>Microsoft VBScript 运行时错误</font> <font size=2>错误 '800a000d'</font><p>类型不匹配",
        "<p>ADODB.Field 错误 '800a0bcd'</p><p>BOF 或 EOF 中有一个是“真”</p>",
        "<p>Microsoft OLE DB Provider for SQL Server error '80040e14'</p>",
    ],
)
def test_an_error_is_one_in_its_own_words(body: str) -> None:
    assert error_words_of(document(body)) != ""


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("文件不存在！", "文件不存在！"),
        ("<p>文件不存在或已被删除。</p>", "文件不存在或已被删除。"),
        ("<p>欢迎访问</p>", ""),
        (f"<p>文件不存在！</p><p>{PROSE}</p>", ""),
    ],
)
def test_all_that_a_page_says_may_be_that_something_is_gone(body: str, told: str) -> None:
    assert alerted_error(document(body)) == told


def test_signs_are_what_a_page_says_itself() -> None:
    assert signs_in("公共资源\nADODB.Field\n错误 '800a0bcd'\n行 33", "公共资源") == ("soft_404:asp",)
    assert signs_in("有网友反映点击后出现“页面不存在”，现已修复。") == ()
    assert signs_in("有网友反映页面出现错误 '800a000d'，经查系服务器升级所致，现已修复，感谢大家的监督。") == ()


@pytest.mark.parametrize(
    ("body", "way"),
    [
        ("<a href=/sy.html><img src=e.png alt=进入网站></a><p><a href=/sy.html>点击进入</a></p>", "/sy.html"),
        ("<a href=/portal/><b>ENTER</b></a><a href=/en/>English</a><p>京ICP备05000001号</p>", "/portal/"),
        ("<a href=/sy/>进入石林县人民政府门户</a>", "/sy/"),
        ("<a href=/a/>进入首页</a><a href=/b/>进入政务网</a>", ""),
        ("<a href=http://www.other.cn/>进入网站</a>", ""),
        ("<a href=/a/>进入网站</a>" + "".join(f"<a href=/{n}/>栏目</a>" for n in range(12)), ""),
        (f"<a href=/a/>进入网站</a><p>{'石林县位于云南省中部。' * 20}</p>", ""),
    ],
)
def test_a_home_page_that_is_a_picture_and_the_way_in_leads_there(body: str, way: str) -> None:
    home = "http://www.shilin.gov.cn/"
    page = f"<html><head><title>石林县人民政府</title></head><body>{body}</body></html>".encode()
    front = read_page(page, home, content_type="text/html; charset=utf-8", home=True)
    assert front.redirect == (home.rstrip("/") + way if way else "")
    assert read_page(page, home + "zwfw/", content_type="text/html; charset=utf-8", portal=True).redirect == ""


def test_a_page_that_turns_its_asker_away_says_so_in_few_words() -> None:
    assert signs_in("提示信息\n您没有权限访问该页面。", "提示信息") == ("denied:words",)
    assert signs_in("无权限办理的事项，由县政务服务中心代为受理。" * 20, "办事指南") == ()

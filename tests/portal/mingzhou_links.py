"""Links of 明州县: one of every way to be broken, and the many that only look so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.portal import files, outside
from tests.portal.model import Answer, Ask

if TYPE_CHECKING:
    from tests.portal.mingzhou import Mingzhou

CHECK = "broken_links"


def build(site: Mingzhou) -> None:
    """Puts the links into pages, registers what they answer, and notes the truth."""
    _broken_inside(site)
    _broken_outside(site)
    _fine_outside(site)
    _fine_inside(site)
    _endless(site)


def _broken_inside(site: Mingzhou) -> None:
    routes = site.host.routes
    news = site.at["/dongjing/daxiaoshi/"].items
    tell = site.at["/mingbai/zhouzhi/"].items

    def on_home(html: str) -> None:
        site.site_links += f"<p>{html}</p>"

    on_home('<a href="/kuaisu/yuyue.html">快速预约通道</a>')
    site.expect(CHECK, "not_found", "/kuaisu/yuyue.html", "a page, linked from the home page")
    on_home('<a href="/zhuanlanqu/wenmingcheng/"><img src="/mzt/tuji/biaoyu.png" width="300" alt="创建文明城市" /></a>')
    site.expect(CHECK, "not_found", "/mzt/tuji/biaoyu.png", "an image on the home page")
    on_home('<script type="text/javascript" src="/mzt/piaofu.js"></script>')
    site.expect(CHECK, "not_found", "/mzt/piaofu.js", "a script on the home page")
    site.at["/mingbai/shuzibiao/"].html += '<link rel="stylesheet" type="text/css" href="/mzt/tubiao.css" />'
    site.expect(CHECK, "not_found", "/mzt/tubiao.css", "a style sheet on a column")
    site.at["/bangban/shenghuo/"].html += '<iframe src="/bangban/tianqi.html" width="300" height="60"></iframe>'
    site.expect(CHECK, "not_found", "/bangban/tianqi.html", "a frame on a column")
    news[1].after = '<p>相关阅读：<a href="/dongjing/zhuanlan/jieri.html">节日特别报道</a></p>'
    site.expect(CHECK, "not_found", "/dongjing/zhuanlan/jieri.html", "a page, linked from an article")
    tell[5].files.append(("报名表.doc", "/mingbai/zhouzhi/fj/baoming.doc"))
    site.expect(CHECK, "not_found", "/mingbai/zhouzhi/fj/baoming.doc", "an attachment")

    site.at["/bangban/shenghuo/"].html += '<a href="/bangban/wangban/">网上办事大厅</a>'
    routes["/bangban/wangban/"] = Answer(
        b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>", 502
    )
    site.expect(CHECK, "server_error", "/bangban/wangban/", "answers 502")
    news[2].after = '<p><a href="/dongjing/huigu/a.html">往期回顾</a></p>'
    routes["/dongjing/huigu/a.html"] = Answer(status=302, headers=(("Location", "/dongjing/huigu/b.html"),))
    routes["/dongjing/huigu/b.html"] = Answer(status=302, headers=(("Location", "/dongjing/huigu/a.html"),))
    site.expect(CHECK, "redirect_loop", "/dongjing/huigu/a.html", "two addresses redirect to each other")

    news[3].after = '<p><a href="/dongjing/zhuanlan/t20190304_77.html">专栏：春耕备耕</a></p>'
    routes["/dongjing/zhuanlan/t20190304_77.html"] = site.pages.wrap(
        "提示信息", "<p>抱歉，您访问的页面不存在或已被删除！</p><p>请检查网址是否正确，或返回首页。</p>", bare=True
    )
    site.expect(CHECK, "soft_404", "/dongjing/zhuanlan/t20190304_77.html", "answers 200 and says it is gone")
    tell[6].after = '<p><a href="/mingbai/jiuwen/2019_33.html">原通告全文</a></p>'
    routes["/mingbai/jiuwen/2019_33.html"] = Answer(status=302, headers=(("Location", "/"),))
    site.expect(CHECK, "redirected_home", "/mingbai/jiuwen/2019_33.html", "a deleted page leads to the home page")
    tell[7].files.append(("申请书（样式）.doc", "/mingbai/zhouzhi/fj/yangshi.doc"))
    wrong = "<html><head><title>系统提示</title></head><body>文件读取失败，请联系管理员。</body></html>"
    routes["/mingbai/zhouzhi/fj/yangshi.doc"] = Answer(wrong.encode(), 200, "text/html; charset=utf-8")
    site.expect(CHECK, "wrong_content", "/mingbai/zhouzhi/fj/yangshi.doc", "an error page served as .doc")
    tell[8].files.append(("公告全文.pdf", "/mingbai/zhouzhi/fj/qbwz.pdf"))
    routes["/mingbai/zhouzhi/fj/qbwz.pdf"] = Answer(b"", 200, "application/pdf")
    site.expect(CHECK, "empty_file", "/mingbai/zhouzhi/fj/qbwz.pdf", "0 bytes")

    blank = site.add("/dongjing/zhenjie/", site.words.news(), news[20].date, "<p>&nbsp;</p>\n<p><br /></p>")
    site.expect("empty_columns", "blank_document", blank.path, "no text, no picture, no attachment")


def _broken_outside(site: Mingzhou) -> None:
    news = site.at["/dongjing/daxiaoshi/"].items
    tell = site.at["/mingbai/zhouzhi/"].items

    def expect(kind: str, url: str, why: str) -> None:
        site.world.expect("mingzhou", CHECK, kind, url, why)

    gone = f"http://{outside.CITY}/zhuanlanqu/2018/gone.html"
    site.pages.footer_links += f'<option value="{gone}">明南市专题</option>'
    expect("not_found", gone, "an external page behind a drop-down in the footer")
    for kind, url, text, why in (
        ("refused", f"http://{outside.REFUSES}/", "建设系统办公平台", "nothing listens"),
        ("dns", f"http://{outside.UNKNOWN}/", "明州教育网", "the name does not exist"),
        ("timeout", f"http://{outside.SILENT}/", "统计数据平台", "takes the connection and never answers"),
        ("tls", f"https://{outside.EXPIRED}/", "燃气缴费", "an expired certificate"),
        ("tls", f"https://{outside.WRONG_NAME}/", "自来水缴费", "a certificate of another name"),
    ):
        site.at["/bangban/shenghuo/"].html += f' <a href="{url}" target="_blank">{text}</a>'
        expect(kind, url, why)
    url = f"http://{outside.PARKED}/"
    site.at["/liaojie/wangshi/"].html += f'<p>更多内容请访问<a href="{url}">明州旅游网</a>。</p>'
    expect("hijacked", url, "the domain is for sale")
    url = f"http://{outside.GAMBLING}/nongchang/"
    news[6].after = f'<a href="{url}" style="display:none">生态农场</a>'
    expect("hijacked", url, "gambling behind a hidden link")

    for url, at in (
        ("http://192.168.10.8/oa/index.html", 9),
        ("http://10.12.3.4:8080/fj/mingdan.xls", 10),
        ("http://localhost:8090/yulan.html", 11),
    ):
        tell[at].after += f'<p><a href="{url}">详见此处</a></p>'
        expect("private_address", url, "an address of somebody's own network")


def _fine_outside(site: Mingzhou) -> None:
    fine = (
        (f"http://{outside.CITY}/", "明南市人民政府", "a good page"),
        (f"http://{outside.CITY}/fabuting/old.html", "明南市发布", "redirected to a real page"),
        (f"http://{outside.WAF}/", "明东省人民政府", "412 of a web application firewall"),
        (f"http://{outside.FORBIDDEN}/", "明州银行", "403 for machines"),
        (f"http://{outside.ONCE_BUSY}/", "明州快递", "429 once, then fine"),
        (f"http://{outside.SLOW}/", "明州图书馆", "slow, and fine"),
        (f"http://{outside.SERVICE}/banshi/sx?id=33", "一网通办", "asks for a login"),
        (f"http://{outside.MOVED}/", "明州新闻网", "the whole site moved to another name"),
        (f"http://{outside.NO_HEAD}/", "明州博物馆", "405 for HEAD, fine for GET"),
    )
    news = site.at["/dongjing/daxiaoshi/"].items
    report = f"http://{outside.POLICE}/jfda/0612.html"
    news[26].after = f'<p>相关报道：<a href="{report}">警方通报</a></p>'
    site.world.trap("mingzhou", CHECK, report, "news about gambling is no gambling site")
    for url, text, why in fine:
        site.pages.footer_links += f'<option value="{url}">{text}</option>'
        site.world.trap("mingzhou", CHECK, url, why)


def _fine_inside(site: Mingzhou) -> None:
    routes, pages, words = site.host.routes, site.pages, site.words
    news = site.at["/dongjing/daxiaoshi/"].items
    tell = site.at["/mingbai/zhouzhi/"].items

    def plain(title: str) -> Answer:
        return pages.wrap(title, f'<div class="mzt-biaoti">{title}</div><div class="mzt-wenz">{words.body(4)}</div>')

    guide = plain("网站使用帮助")
    routes["/bangzhu/shiyong.html"] = lambda ask: Answer(status=405) if ask.method == "HEAD" else guide
    site.site_links += '<p><a href=" /bangzhu/shiyong.html\n">使用帮助</a></p>'
    site.trap(CHECK, "/bangzhu/shiyong.html", "405 for HEAD, white space around the address")

    flaky = plain("网站地图")
    routes["/bangzhu/ditu.html"] = lambda ask: Answer(b"busy", 503) if ask.times == 0 else flaky
    site.site_links += '<p><a href="/bangzhu/ditu.html">网站地图</a></p>'
    site.trap(CHECK, "/bangzhu/ditu.html", "503 once, then fine")

    moved = f"/dongjing/banqian/{news[0].date:%Y}.html"
    routes[moved] = Answer(status=301, headers=(("Location", news[4].path),))
    news[5].after = f'<p><a href="{moved}">延伸阅读</a></p>'
    site.trap(CHECK, moved, "redirected to a real page")

    named = "/mingbai/zhouzhi/附件 资料/实施细则 说明.pdf"
    routes[quote(named)] = Answer(files.pdf("details"), content_type="application/pdf")
    tell[12].files.append(("实施细则说明.pdf", named))
    site.trap(CHECK, quote(named), "Chinese and blanks in a path")

    def by_class(ask: Ask) -> Answer:
        right = ask.query.lower() == "lb=%b9%ab%b8%e6"
        return plain_class if right else Answer(b"no such class", 404)

    plain_class = plain("公告分类浏览")
    routes["/liulan"] = by_class
    tell[13].after = '<p><a href="/liulan?lb=公告">公告分类浏览</a></p>'
    site.trap(CHECK, "/liulan?lb=%B9%AB%B8%E6", "a query in the page's own encoding")
    site.trap(CHECK, "/liulan?lb=%E5%85%AC%E5%91%8A", "asked in UTF-8 it does not exist: no browser asks so")

    news[7].state["head"] = f'<base href="{site.url("/ziliaojia/2026/")}" />'
    news[7].after = '<p><a href="peitaoce.html">配套资料</a></p>'
    routes["/ziliaojia/2026/peitaoce.html"] = plain("配套资料目录")
    directory = news[7].path.rsplit("/", 1)[0]
    site.trap(CHECK, "/ziliaojia/2026/peitaoce.html", "relative to a base address")
    site.trap(CHECK, "/ziliaojia/2026/", "the empty first choice of a drop-down is no link")
    site.trap(CHECK, f"{directory}/peitaoce.html", "not relative to the page itself")

    news[8].after = (
        '<p><a href="javascript:window.print()">打印</a> '
        '<a href="javascript:void(0)" onclick="window.close()">关闭</a> '
        '<a href="mailto:mzx@mingzhou.gov.cn">邮件</a> <a href="tel:09998800123">电话</a> <a href="#">顶部</a></p>'
        '<!-- <a href="/jiu/zhushi.html">注释中的旧链接</a> --><script type="text/javascript">'
        "var tpl = '<a href=\"/jiu/moban.html\">模板</a>';</script>"
    )
    site.trap(CHECK, "/jiu/zhushi.html", "a link in a comment is no link")
    site.trap(CHECK, "/jiu/moban.html", "a string in a script is no link")

    bus = site.add("/bangban/shenghuo/", "城区404路公交线路优化调整提示", news[20].date)
    site.trap(CHECK, bus.path, "404 is the number of a bus")
    table = (
        '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><body><table><tr><td>%s</td></tr></table></body></html>'
    )
    routes["/mingbai/zhouzhi/fj/huizong.xls"] = Answer(
        (table % "汇总</td><td>42").encode(), content_type="application/vnd.ms-excel"
    )
    tell[14].files.append(("汇总表.xls", "/mingbai/zhouzhi/fj/huizong.xls"))
    site.trap(CHECK, "/mingbai/zhouzhi/fj/huizong.xls", "a table that Excel opens, exported as HTML")
    routes["/shouyemian"] = Answer(status=302, headers=(("Location", "/"),))
    news[27].after = '<p><a href="/shouyemian">返回首页</a></p>'
    site.trap(CHECK, "/shouyemian", "a link that says it leads home, and does")

    onclick = "/dongjing/dakai.html"
    routes[onclick] = plain("今日聚焦")
    news[9].after = f'<p><a href="javascript:;" onclick="window.open(\'{onclick}\')">今日聚焦</a></p>'
    site.trap(CHECK, onclick, "opened by a script")

    building = "<p>　　目前，该项目正在建设中，主体工程已完成百分之八十，敬请期待。</p>"
    news[10].body += building
    site.trap("empty_columns", news[10].path, "an article that mentions construction")

    routes["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /neibu/\n", content_type="text/plain")
    site.site_links += '<p><a href="/neibu/tongxunlu.html">通讯录</a></p>'
    site.trap(CHECK, "/neibu/tongxunlu.html", "robots.txt keeps machines out")

    site.pages.header_links = (
        '<a href="/yonghu/zhongxin.html">个人中心</a> <a href="/yonghu/likaile?do=logout">退出登录</a>'
    )
    routes["/yonghu/zhongxin.html"] = plain("个人中心说明")
    routes["/yonghu/likaile"] = Answer(status=302, headers=(("Location", "/"),))
    site.trap(CHECK, "/yonghu/likaile?do=logout", "logs a visitor out: never asked")
    site.site.never = ("/yonghu/likaile", "/neibu/")


def _endless(site: Mingzhou) -> None:
    """Adds calendars, sessions, print and mobile twins, facets, and paths that grow."""
    pages, words, host = site.pages, site.words, site.host
    filler = words.body(4)

    def calendar(ask: Ask) -> Answer:
        if (asked := re.fullmatch(r"/yueli/(\d{4})-(\d{2})\.html", ask.path)) is None:
            return Answer(b"no such month", 404)
        year, month = int(asked[1]), int(asked[2])
        after, before = (year + month // 12, month % 12 + 1), (year - (month == 1), (month - 2) % 12 + 1)
        return pages.wrap(
            "活动日历",
            f"<h3>{year}年{month}月活动日历</h3>{filler}"
            f'<a href="/yueli/{before[0]}-{before[1]:02d}.html">上月</a> '
            f'<a href="/yueli/{after[0]}-{after[1]:02d}.html">下月</a>',
        )

    host.prefixes["/yueli/"] = calendar
    site.at["/duihua/liaotian/"].html += f'<a href="/yueli/{site.today:%Y-%m}.html">活动日历</a>'

    def deeper(ask: Ask) -> Answer:
        below = ask.path.rstrip("/") + "/xiangguan/"
        return pages.wrap("相关链接", f'<h3>相关链接</h3>{filler}<a href="{below}">相关链接</a>')

    host.prefixes["/mulu/"] = deeper
    site.at["/bangban/shenghuo/"].html += ' <a href="/mulu/xiangguan/">相关链接</a>'

    def filtered(ask: Ask) -> Answer:
        links = "".join(
            f'<a href="/tiaojian?{ask.query}&amp;{key}={at}">{key}{at}</a> '
            for key in ("nf", "fl", "px")
            for at in range(6)
        )
        rows = "".join(pages.row(item) for item in site.at["/mingbai/lantu/"].items)
        return pages.wrap("筛选浏览", f'<h3>筛选浏览</h3><div>{links}</div><ul class="mzt-tiao">{rows}</ul>')

    host.routes["/tiaojian"] = filtered
    site.at["/mingbai/lantu/"].html += ' <a href="/tiaojian?nf=1">筛选浏览</a>'

    twins = site.at["/dongjing/daxiaoshi/"].items
    for item in twins[12:24]:
        item.after += (
            f'<p><a href="/zhiban.html?print=1&amp;wz={item.path}">打印本页</a> <a href="/m{item.path}">手机版</a> '
            f'<a href="{item.path};jsessionid={abs(hash_of(item.path)):032X}">固定链接</a></p>'
        )
        host.routes[f"/m{item.path}"] = pages.wrap(item.title, item.body, bare=True)
        host.prefixes[f"{item.path};jsessionid="] = pages.article(item)
    host.routes["/zhiban.html"] = pages.wrap("打印", filler, bare=True)
    site.site.bounded = ("/yueli/", "/mulu/", "/tiaojian")
    for path in ("/yueli/", "/mulu/", "/tiaojian", "/zhiban.html", "/m/dongjing/"):
        site.trap("", path, "goes on forever or shows what another page shows")


def hash_of(text: str) -> int:
    """Returns a number that only depends on the text."""
    value = 0
    for character in text:
        value = (value * 131 + ord(character)) % (1 << 127)
    return value

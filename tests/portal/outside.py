"""Hosts the sites link to that belong to somebody else: good, gone, slow, guarded, hijacked, unreachable."""

from __future__ import annotations

from tests.portal.model import Answer, Ask, Place, World

UTF8 = "text/html; charset=utf-8"

CITY = "www.mingnanshi.gov.cn"
PARKED = "www.mz-lvyou.com"
GAMBLING = "www.mzfarm.net"
REFUSES = "oa.mzjsjt.com.cn"
SILENT = "data.mzstat.cn"
EXPIRED = "pay.mzgas.cn"
WRONG_NAME = "www.mzwater.cn"
UNKNOWN = "www.mzjiaoyu-old.cn"  # in no zone at all
WAF = "www.provx.gov.cn"
FORBIDDEN = "www.mzbank.com.cn"
ONCE_BUSY = "www.mzexpress.cn"
SLOW = "www.mzlib.cn"
SERVICE = "zwfw.mingnanshi.gov.cn"
MOVED = "www.mznews-old.cn"
NEW = "www.mznews.cn"
NO_HEAD = "www.mzmuseum.cn"
POLICE = "www.mzpolice.cn"
RECORDS = "www.beianx.cn"


def page(title: str, text: str) -> Answer:
    """Returns a plain page of somebody else's site."""
    html = f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1>{text}</body></html>"""
    return Answer(html.encode(), content_type=UTF8)


def build(world: World) -> None:
    """Adds the outside hosts to the world."""
    lines = "".join(
        f"<p>这里是{name}的介绍，内容长期有效，欢迎访问并提出宝贵意见建议。</p>"
        for name in ["机构", "服务", "交通", "联系方式"]
    )

    city = world.host(CITY)
    city.routes["/"] = page("明南市人民政府", lines)
    city.routes["/fabuting/old.html"] = Answer(status=301, headers=(("Location", "/fabuting/2026/new.html"),))
    city.routes["/fabuting/2026/new.html"] = page("明南市发布会专栏", lines)

    world.host(PARKED).fallback = page(
        "mz-lvyou.com - 该域名出售 This domain is for sale",
        "<p>您访问的域名 mz-lvyou.com 正在出售！The domain mz-lvyou.com may be for sale by its owner.</p>"
        "<p>域名交易 购买此域名 请联系 Buy this domain</p>",
    )
    world.host(GAMBLING).fallback = page(
        "澳门威尼斯人娱乐城_真人百家乐_足球投注_老虎机开户送彩金",
        "<p>真人百家乐 龙虎斗 老虎机 时时彩 六合彩 注册开户即送彩金，足球投注 体育博彩 提款快速到账。</p>"
        "<p>澳门赌场官方网站 线上娱乐城 棋牌平台 下载APP领取红包</p>",
    )
    world.host(REFUSES, Place.REFUSES)
    world.host(SILENT, Place.SILENT)
    world.host(EXPIRED, Place.TLS_EXPIRED).routes["/"] = page("燃气缴费", lines)
    world.host(WRONG_NAME, Place.TLS_WRONG_NAME).routes["/"] = page("自来水公司", lines)

    def waf(ask: Ask) -> Answer:
        return Answer(
            b'<html><head><script>var _wq="a1b2";</script></head><body onload="cl()"></body></html>',
            412,
            UTF8,
        )

    world.host(WAF).fallback = waf
    world.host(FORBIDDEN).fallback = Answer(b"<html><body>Access denied by policy</body></html>", 403, UTF8)

    def once_busy(ask: Ask) -> Answer:
        if ask.times == 0:
            return Answer(b"Too Many Requests", 429, "text/plain", (("Retry-After", "1"),))
        return page("明州快递", lines)

    world.host(ONCE_BUSY).fallback = once_busy
    slow = page("明州图书馆", lines)
    world.host(SLOW).routes["/"] = Answer(slow.body, content_type=UTF8, delay=2.5)

    service = world.host(SERVICE)
    service.routes["/"] = page("政务服务网", lines)
    service.routes["/banshi/sx?id=33"] = Answer(status=302, headers=(("Location", "/sso/in?back=33"),))
    service.routes["/sso/in"] = page(
        "统一身份认证", "<form method=post><input name=u><input type=password name=p></form>"
    )

    world.host(MOVED).fallback = Answer(status=301, headers=(("Location", f"http://{NEW}/"),))
    world.host(NEW).routes["/"] = page("明州新闻网", lines)
    world.host(POLICE).routes["/jfda/0612.html"] = page(
        "明州警方打掉一跨境网络赌博团伙",
        "<p>经查，该团伙利用赌博网站以真人百家乐、时时彩等形式组织参赌人员投注，涉案金额巨大，多名嫌疑人已被依法刑事拘留。</p>"
        "<p>警方提醒：网络赌博十赌十输，请广大群众提高警惕，发现线索及时举报。</p>" + lines,
    )
    world.host(RECORDS).routes["/"] = page("备案管理", lines)

    def no_head(ask: Ask) -> Answer:
        return Answer(b"", 405, UTF8) if ask.method == "HEAD" else page("明州博物馆", lines)

    world.host(NO_HEAD).fallback = no_head

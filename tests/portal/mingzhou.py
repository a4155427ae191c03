"""明州县: a static county portal in GBK, search on a sub-domain in a new tab. Most defects and traps live here."""

from __future__ import annotations

import datetime as dt

from tests.portal import files, mingzhou_links, mingzhou_policies
from tests.portal.builder import Builder
from tests.portal.content import days, query_of
from tests.portal.mingzhou_pages import CODE, HOST, NAME, PAGER_SCRIPT, SEARCH, STYLE, Pages
from tests.portal.model import Answer, Ask, Six, World
from tests.portal.words import PLACES

ID = "mingzhou"
SYSTEMS = ("national-2019", "wuwei-2020")  # the second asks the search for keywords, too
HOME = f"http://{HOST}/"

_SOURCES = ["县融媒体中心", "县政府办公室", "明州日报", "县委宣传部"]

_GUIDES = (
    "老年人优待证办理",
    "城乡居民医保参保登记",
    "个体工商户设立登记",
    "建筑工程施工许可证核发",
    "取水许可证延续",
    "食品经营许可证变更",
    "民办幼儿园设立审批",
    "残疾人证换领",
)

_ON_HOME = (
    "/dongjing/daxiaoshi/",
    "/mingbai/zhouzhi/",
    "/mingbai/hongtou/",
    "/mingbai/shuoming/",
    "/dongjing/zhenjie/",
    "/duihua/laixinxia/",
    "/bangban/shenghuo/",
    "/mingbai/liangxiang/",
)

_TREE = (
    # path, name, form; children are indented by path
    ("/liaojie/", "走进明州", "index"),
    ("/liaojie/mianmao/", "县情概况", "single"),
    ("/liaojie/wangshi/", "历史文化", "single"),
    ("/dongjing/", "新闻中心", "index"),
    ("/dongjing/daxiaoshi/", "明州要闻", "list"),
    ("/dongjing/gejuchu/", "部门动态", "list"),
    ("/dongjing/zhenjie/", "乡镇动态", "list"),
    ("/dongjing/jingtou/", "图片新闻", "list"),
    ("/dongjing/yingxiang/", "视频新闻", "list"),
    ("/mingbai/", "政务公开", "index"),
    ("/mingbai/zhouzhi/", "通知公告", "list"),
    ("/mingbai/hongtou/", "政策文件", "list"),
    ("/mingbai/shuoming/", "政策解读", "list"),
    ("/mingbai/ruhecha/", "公开指南", "single"),
    ("/mingbai/quanze/", "权责清单", "direct"),
    ("/mingbai/guiju/", "公开制度", "list"),
    ("/mingbai/yiniandu/", "政府信息公开年报", "list"),
    ("/mingbai/banshichu/", "机构职能", "single"),
    ("/mingbai/dangjiaren/", "领导信息", "list"),
    ("/mingbai/yongren/", "人事信息", "list"),
    ("/mingbai/lantu/", "规划计划", "list"),
    ("/mingbai/zhangben/", "财政预决算", "list"),
    ("/mingbai/shuzibiao/", "统计信息", "list"),
    ("/mingbai/chazhang/", "审计公开", "list"),
    ("/mingbai/xianqing/", "应急管理", "list"),
    ("/mingbai/xiaobao/", "工作简报", "list"),
    ("/mingbai/liangxiang/", "公示信息", "list"),
    ("/mingbai/hangqing/", "价格监测", "list"),
    ("/mingbai/chufenbu/", "行政处罚", "list"),
    ("/mingbai/shujuchi/", "数据开放", "single"),
    ("/bangban/", "办事服务", "index"),
    ("/bangban/zenmeban/", "办事指南", "list"),
    ("/bangban/shenghuo/", "便民信息", "list"),
    ("/duihua/", "互动交流", "index"),
    ("/duihua/laixinxia/", "县长信箱", "list"),
    ("/duihua/tingyijian/", "民意征集", "list"),
    ("/duihua/liaotian/", "在线访谈", "list"),
    ("/zhuanlanqu/", "专题专栏", "index"),
    ("/zhuanlanqu/wenmingcheng/", "文明城市创建", "list"),
    ("/zhuanlanqu/gongjian/", "脱贫攻坚专题（已归档）", "list"),
)


def build(world: World) -> None:
    """Adds the site, its hosts, its truth and its traps to the world."""
    site = Mingzhou(world)
    site.grow(_TREE)
    site.items()
    mingzhou_policies.build(site)
    site.publish()


class Mingzhou(Builder):
    """The site while it is being made."""

    def __init__(self, world: World) -> None:
        super().__init__(world, ID, NAME, HOST, CODE, more_hosts=(SEARCH,))
        self.site.systems = SYSTEMS
        self.sources = _SOURCES
        self.pages = Pages(self.top, world.as_of)

    def items(self) -> None:
        """Fills the columns, defects and traps of emptiness and freshness included."""
        self._news()
        self._disclosure()
        self._service()
        self._interaction()

    def _news(self) -> None:
        words, today = self.words, self.today
        for day in days(today, 0, 40, 1):
            self.add("/dongjing/daxiaoshi/", words.news(), day)
        for day in days(today, 15, 18, 4):
            self.add("/dongjing/gejuchu/", words.news(), day)
        self.expect("update_freshness", "column_stale", "/dongjing/gejuchu/", "news, the newest 15 days old, limit 14")
        for day in days(today, 14, 16, 5):
            self.add("/dongjing/zhenjie/", words.news(), day)
        self.trap("update_freshness", "/dongjing/zhenjie/", "exactly at the limit of 14 days is in time")
        for at, day in enumerate(days(today, 3, 8, 3)):
            picture = f'<p align="center"><img src="/mzt/tuji/huace{at}.png" alt="" width="600"/></p>'
            item = self.add(
                "/dongjing/jingtou/", words.title("图集：{place}{topic}现场", "镜头下的{place}{topic}"), day, picture
            )
            self.trap("empty_columns", item.path, "an article of one picture is not blank")
            self.host.routes[f"/mzt/tuji/huace{at}.png"] = Answer(
                files.png(600, 300, 40 + at * 20), content_type="image/png"
            )
        for at, day in enumerate(days(today, 6, 5, 5)):
            video = f'<video src="/mzt/sp/v{at}.mp4" controls="controls" width="640" height="360"></video>'
            item = self.add("/dongjing/yingxiang/", words.title("视频丨{place}{topic}{result}"), day, video)
            self.trap("empty_columns", item.path, "an article of one video is not blank")
            self.host.routes[f"/mzt/sp/v{at}.mp4"] = Answer(files.mp4(), content_type="video/mp4")

    def _disclosure(self) -> None:
        words, today, at = self.words, self.today, self.at
        pinned = [self.add("/mingbai/zhouzhi/", words.notice(), day, pinned=True) for day in days(today, 700, 2, 90)]
        for day in days(today, 2, 30, 6):
            self.add("/mingbai/zhouzhi/", words.notice(), day)
        at["/mingbai/zhouzhi/"].items[4].title = "关于“明州好味道”农产品展销会（秋季）延期举办的通告"
        self.trap("update_freshness", "/mingbai/zhouzhi/", f"{len(pinned)} pinned items two years old stand first")
        for day in days(today, 300, 6, 120):
            self.add("/mingbai/guiju/", words.title("明州县{topic}信息公开工作制度"), day)
        year = (today - dt.timedelta(days=60)).year - 1
        for back in range(8):
            day = dt.date(year - back + 1, 1, 20) if back else today - dt.timedelta(days=62)
            title = f"明州县人民政府{year - back}年政府信息公开工作年度报告"
            name = f"/mingbai/yiniandu/P{year - back}nianb.pdf"
            item = self.add("/mingbai/yiniandu/", title, day, "<p>　　</p>", files=[(f"{title}.pdf", name)])
            self.host.routes[name] = Answer(files.pdf(f"Annual report {year - back}"), content_type="application/pdf")
            self.trap("empty_columns", item.path, "no text, but the report as an attachment")
        for post in ["县长", "副县长", "副县长", "副县长", "县政府党组成员"]:
            person = words.person()
            self.add(
                "/mingbai/dangjiaren/",
                f"{post} {person}",
                today - dt.timedelta(days=200),
                f"<p>{person}，汉族，大学学历，现任明州县{post}，负责县政府分管领域日常工作，联系{words.pick(list(PLACES))}。"
                f"主管教育、卫生、民政等方面工作，分管县教育局、县卫生健康局、县民政局。</p>",
                path=f"/mingbai/dangjiaren/{self.number}.html",
                listed="none",
                dated=False,
            )
        self.trap("update_freshness", "/mingbai/dangjiaren/", "a list of people has no dates and no limit")
        for day in days(today, 40, 10, 25):
            self.add("/mingbai/yongren/", words.title("{place}{topic}岗位公开招聘结果公示"), day, listed="none")
        self.trap("update_freshness", "/mingbai/yongren/", "the dates stand on the articles only")
        for day in days(today, 200, 8, 90):
            self.add("/mingbai/lantu/", words.title("明州县{topic}五年规划纲要", "明州县{topic}年度工作计划"), day)
        for day in days(today, 60, 10, 30):
            item = self.add("/mingbai/zhangben/", words.title("{unit}{topic}专项资金决算公开说明"), day)
            name = f"/mingbai/zhangben/{day:%Y%m}/W0{self.number}.xls"
            item.files.append(("决算公开表.xls", name))
            self.host.routes[name] = Answer(files.xls(), content_type="application/vnd.ms-excel")
        shuffled = days(today, 25, 12, 20)
        for day in [*shuffled[5:], *shuffled[:5]]:
            self.add(
                "/mingbai/shuzibiao/", words.title("{place}{topic}统计监测分析", "全县{topic}主要指标完成情况"), day
            )
        self.trap("update_freshness", "/mingbai/shuzibiao/", "the list is not sorted by date")
        for day in days(today, 365, 7, 30):
            self.add("/mingbai/chazhang/", words.title("{unit}{topic}资金审计结果"), day)
        self.trap("update_freshness", "/mingbai/chazhang/", "exactly at the limit of 365 days is in time")
        for day in days(today, 420, 9, 30):
            self.add("/mingbai/xianqing/", words.title("{place}{topic}应急演练情况"), day)
        self.expect(
            "update_freshness", "column_stale", "/mingbai/xianqing/", "the newest item is 420 days old, limit 365"
        )
        for number in range(1, 9):
            title = words.title("政务工作简报：{place}{topic}{result}")
            path = f"/mingbai/xiaobao/jb{number}.html"
            self.add("/mingbai/xiaobao/", title, today, path=path, listed="none", dated=False)
        self.expect("update_freshness", "undated", "/mingbai/xiaobao/", "neither list nor articles carry a date")
        ahead = self.add(
            "/mingbai/liangxiang/", words.title("{place}{topic}项目中标结果公示"), today + dt.timedelta(days=40)
        )
        self.expect(
            "update_freshness",
            "future_date",
            ahead.path,
            "dated 40 days ahead of today",
            self.url("/mingbai/liangxiang/"),
        )
        for day in days(today, 8, 12, 9):
            self.add("/mingbai/liangxiang/", words.title("{place}{topic}补助对象名单公示"), day)
        self.trap("update_freshness", "/mingbai/liangxiang/", "fresh items stand beside the future one", "column_stale")
        early = today - dt.timedelta(days=250)
        late = today - dt.timedelta(days=26)
        path = f"/mingbai/liangxiang/{late:%Y%m}/t{late:%Y%m%d}_99001.html"
        title = words.title("{place}{topic}资金分配结果公示")
        reversed_ = self.add("/mingbai/liangxiang/", title, early, path=path)
        self.expect("update_freshness", "backdated", reversed_.path, "its address is 224 days younger than its date")
        self.expect("empty_columns", "empty_list", "/mingbai/hangqing/", "a list without items and without a word")
        at[
            "/mingbai/chufenbu/"
        ].note = f"<p>本栏目说明：{today.year}年以来本机关未作出行政处罚决定，暂无相关信息，特此说明。</p>"
        self.trap("empty_columns", "/mingbai/chufenbu/", "empty, and says in words why")
        self.trap("update_freshness", "/mingbai/chufenbu/", "empty for a stated reason")
        at["/mingbai/shujuchi/"].html = "<p>栏目建设中，敬请期待！</p>"
        self.expect("empty_columns", "under_construction", "/mingbai/shujuchi/", "only the words 栏目建设中")
        power = self.add(
            "/mingbai/quanze/", "明州县县级部门权责清单目录", today - dt.timedelta(days=230), words.body(6)
        )
        for path in ("/mingbai/quanze/", power.path):
            self.trap("empty_columns", path, "a column that shows its one article directly")
            self.trap("update_freshness", path, "a column that shows its one article directly")
        at["/mingbai/ruhecha/"].html = words.body(6)
        at["/mingbai/banshichu/"].html = (
            words.body(4) + "<p>　　办公地址：明州县人民路1号。办公时间：工作日8:30至17:30。</p>"
        )
        at["/liaojie/mianmao/"].html = words.body(7)
        at["/liaojie/wangshi/"].html = (
            words.body(6) + '<p><img src="/mzt/tuji/huace1.png" alt="古城墙" width="500" /></p>'
        )
        for path in ("/mingbai/ruhecha/", "/mingbai/banshichu/", "/liaojie/mianmao/", "/liaojie/wangshi/"):
            self.trap("empty_columns", path, "a column that is one page of text")
            self.trap("update_freshness", path, "a column that is one page of text has no limit")
        for path in ("/liaojie/", "/dongjing/", "/mingbai/", "/bangban/", "/duihua/", "/zhuanlanqu/"):
            self.trap("empty_columns", path, "a column that only leads to its children")
            self.trap("update_freshness", path, "a column that only leads to its children")

    def _service(self) -> None:
        words, today = self.words, self.today
        guides = _GUIDES
        for name, day in zip(guides, days(today, 90, len(guides), 20), strict=True):
            body = "".join(
                f"<p><strong>{head}</strong></p><p>　　{text}</p>"
                for head, text in (
                    ("事项名称", name),
                    ("设定依据", "有关法律、行政法规及省人民政府规章的规定。"),
                    ("申请条件", "具有本县户籍或者在本县依法登记，材料真实、齐全。"),
                    ("办理材料", "申请表一式两份；身份证件原件及复印件；其他证明材料。"),
                    ("办理流程", "申请—受理—审查—决定—送达。"),
                    ("办理时间", "自受理之日起五个工作日。"),
                    ("收费标准", "不收费。"),
                    ("联系电话", "0999-8800123"),
                )
            )
            self.add("/bangban/zenmeban/", name, day, body, label=f"[办事] {words.pick(list(PLACES))}窗口可办事项")
        for day in days(today, 30, 8, 15):
            self.add(
                "/bangban/shenghuo/",
                words.title("{place}{topic}期间公交线路调整提示", "{place}停水检修提示（{topic}）"),
                day,
            )

    def _interaction(self) -> None:
        words, today = self.words, self.today
        for day in days(today, 5, 12, 8):
            person, phone = words.person(), words.mobile()
            asked = day - dt.timedelta(days=3)
            body = f"""<table class="mzt-biao">
<tr><td>来信人</td><td>{person}</td><td>联系电话</td><td>{phone}</td></tr>
<tr><td>来信时间</td><td>{asked:%Y-%m-%d}</td><td>回复时间</td><td>{day:%Y-%m-%d}</td></tr></table>
<p>　　来信内容：县长您好，我叫{person}，家住{words.pick(list(PLACES))}，
身份证号33999919800101{words.number(1000, 9999)}，电话{phone}。
我想反映门前道路排水不畅的问题，每逢下雨积水严重，老人孩子出行不便，
请有关部门尽快处理。</p>
<p>　　答复内容：{person}同志您好，来信收悉。经住房和城乡建设局现场核实，该路段雨水管网已列入改造计划，预计本月内完工，
感谢您对我们工作的关心和支持。</p>"""
            title = words.title("反映{place}{topic}问题", "咨询{place}{topic}补贴政策", "建议{place}加强{topic}")
            self.add("/duihua/laixinxia/", title, day, body, listed=f"来信:{asked:%Y-%m-%d} 回复:{day:%Y-%m-%d}")
        for day in days(today, 20, 7, 40):
            until = day + dt.timedelta(days=60)
            stamp = f"{until.year}年{until.month}月{until.day}日"
            title = words.title("{topic}管理办法意见征集") + f"（截止{stamp}）"
            item = self.add("/duihua/tingyijian/", title, day)
            self.trap("update_freshness", item.path, "the date in the title is a deadline", "future_date", "backdated")
        for day in days(today, 50, 6, 45):
            self.add("/duihua/liaotian/", words.title("{unit}负责人谈{topic}"), day)
        for day in days(today, 10, 9, 12):
            self.add("/zhuanlanqu/wenmingcheng/", words.title("{place}创建文明城市：{topic}{result}"), day)
        for day in days(today, 1500, 10, 12):
            self.add("/zhuanlanqu/gongjian/", words.title("{place}脱贫攻坚：{topic}{result}"), day)
        self.at["/zhuanlanqu/gongjian/"].note = "<p>本专题已归档，内容不再更新，仅供查阅。</p>"
        self.trap("update_freshness", "/zhuanlanqu/gongjian/", "an archived topic")

    # publishing

    def publish(self) -> None:
        """Writes all pages, the links that are wrong on purpose, and the search."""
        routes = self.host.routes
        mingzhou_links.build(self)
        every = self.every()
        for column in self.at.values():
            match column.form:
                case "list":
                    routes.update(self.pages.listing(column))
                case "direct":
                    target = column.items[0].path
                    routes[column.path] = Answer(status=302, headers=(("Location", target),))
                case "index":
                    routes[column.path] = routes[f"{column.path}index.html"] = self.pages.index(column)
                case _:
                    routes[column.path] = routes[f"{column.path}index.html"] = self.pages.single(column)
        for item in every:
            if item.path not in routes:
                routes[item.path] = self.pages.article(item, item.state.get("head", ""))
        routes["/mzt/yangshi.css"] = Answer(STYLE.encode(), content_type="text/css")
        routes["/mzt/fanye.js"] = Answer(PAGER_SCRIPT.encode(), content_type="application/javascript")
        routes["/mzt/biaozhi.png"] = Answer(files.png(260, 52, 90), content_type="image/png")
        routes["/"] = routes["/index.html"] = self._home
        self.host.fallback = Answer(
            self.pages.wrap("页面没有找到", "<h2>404</h2><p>您要查看的页面没有找到。</p>", bare=True).body, 404
        )
        self.world.trap(ID, "search_hits", "", "results are shortened, marked, re-quoted, or found by address only")
        self.world.trap(ID, "ipv6_support", "", "reachable, same content but for counters, name servers have IPv6")
        self.world.trap(ID, "update_freshness", HOME, "the home page shows items of today", "home_stale")

        def search(ask: Ask) -> Answer:
            fields = query_of(ask.query)
            words = fields.get("ci", "").strip()
            tab = ("全部", "新闻动态", "政策文件", "办事服务", "互动信件")[int(fields.get("lx", "0") or 0) % 5]
            return self.pages.results(words, self.find(words), tab)

        so = self.world.host(SEARCH, six=Six.SAME)
        so.routes["/sou"] = so.routes["/"] = search

    def _home(self, ask: Ask) -> Answer:
        blocks = "".join(
            f'<div class="mzt-kuai"><h2><a href="{path}">{self.at[path].name}</a></h2><ul class="mzt-tiao">'
            + "".join(self.pages.row(item) for item in self.at[path].items[:6])
            + "</ul></div>"
            for path in _ON_HOME
        )
        visits = 48_210 + ask.times * 3 + ask.family  # a counter that never stands still
        clock = f"今天是{self.today.year}年{self.today.month}月{self.today.day}日　访问量：{visits}"
        return self.pages.wrap(NAME, f"<p>{clock}</p>{self.site_links}{blocks}")

    site_links: str = ""

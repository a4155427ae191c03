"""A page of a portal around a list, with titles and dates to fill it."""

from __future__ import annotations

import datetime as dt

from portal.facts import ListItem
from portal.html import parse
from portal.lists import main_list

URL = "http://www.example.gov.cn/zwgk/tzgg/index.html"
FRAME_TOP = """<html><body><div class="header"><ul class="nav"><li><a href="/">首页</a></li>
<li><a href="/zwgk/">政务公开</a></li><li><a href="/bsfw/">办事服务</a></li>
<li><a href="/hdjl/">互动交流</a></li></ul></div>
<div class="crumbs">当前位置：<a href="/">首页</a> > <a href="/zwgk/">政务公开</a> > 通知公告</div>"""
FRAME_END = """<div class="footer"><a href="/about.html">关于我们</a> <a href="/map.html">网站地图</a>
版权所有：示例县人民政府 网站标识码：6100000001</div></body></html>"""
TITLES = [
    "关于做好2024年度城乡居民基本医疗保险参保缴费工作的通知",
    "示例县人民政府关于划定森林高火险期和高火险区的通告",
    "关于公开征求《示例县供水管理办法》意见建议的公告",
    "示例县2024年下半年事业单位公开招聘工作人员公告",
]
DATES = ["2024-11-15", "2024-11-12", "2024-10-30", "2024-09-03"]


def items_of(body: str, as_of: dt.date | None = None) -> tuple[ListItem, ...]:
    """Returns the items of the main list of a framed page, () without one."""
    doc = parse((FRAME_TOP + body + FRAME_END).encode(), URL, "text/html; charset=utf-8")
    found = main_list(doc, reference=as_of)
    return found.items if found is not None else ()

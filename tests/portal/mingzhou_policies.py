"""Policies and interpretations of 明州县: pairs as they should be, the four defects, and what only looks like one."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from tests.portal import files
from tests.portal.content import Item, Paper, make_up_days
from tests.portal.model import Answer

if TYPE_CHECKING:
    from tests.portal.mingzhou import Mingzhou

OWN = "明州县人民政府"
CHECK = "policy_linkage"
_POLICIES, _READINGS = "/mingbai/hongtou/", "/mingbai/shuoming/"


def build(site: Mingzhou) -> None:
    """Adds the documents and interpretations with their truth."""
    today, words = site.today, site.words
    ago = [today - dt.timedelta(days=n) for n in range(400)]

    for day in (ago[4], ago[31], ago[55]):
        policy, subject = _policy(site, day)
        _join(policy, _reading(site, day, policy, subject), True, True)

    start, third, fourth = make_up_days(today)
    policy, subject = _policy(site, start)
    reading = _reading(site, third, policy, subject)
    _join(policy, reading, True, True)
    site.trap(CHECK, policy.path, "explained on the third working day: holidays do not count, a worked Sunday does")
    site.trap(CHECK, reading.path, "explained on the third working day: holidays do not count, a worked Sunday does")

    policy, subject = _policy(site, start)
    reading = _reading(site, fourth, policy, subject)
    _join(policy, reading, True, True)
    site.expect(CHECK, "late_interpretation", reading.path, "on the fourth working day", site.url(policy.path))

    policy, _ = _policy(site, ago[76])
    site.expect(CHECK, "no_interpretation", policy.path, "nothing explains it")

    policy, subject = _policy(site, ago[90])
    _join(policy, _reading(site, ago[90], policy, subject), False, True)
    site.expect(CHECK, "interpretation_not_linked", policy.path, "the policy does not lead to its interpretation")

    policy, subject = _policy(site, ago[104])
    reading = _reading(site, ago[104], policy, subject)
    _join(policy, reading, True, False)
    site.expect(CHECK, "policy_not_linked", reading.path, "the interpretation does not lead to its policy")

    policy, subject = _policy(site, ago[118])
    reading = _reading(site, ago[118], policy, subject)
    site.expect(CHECK, "interpretation_not_linked", policy.path, "a pair by number and title, joined by no link")
    site.expect(CHECK, "policy_not_linked", reading.path, "a pair by number and title, joined by no link")
    site.trap(CHECK, policy.path, "an interpretation quotes its number and title", "no_interpretation")

    policy, subject = _policy(site, ago[132])
    picture = f"/mingbai/shuoming/tu{policy.date:%Y%m%d}.png"
    site.host.routes[picture] = Answer(files.png(640, 900, 150), content_type="image/png")
    body = f'<p style="text-align:center"><img src="{picture}" width="640" alt="" /></p>'
    drawn = site.add(_READINGS, f"一图读懂《{subject}》", policy.date, body)
    _join(policy, drawn, True, True)
    site.trap(CHECK, drawn.path, "an interpretation that is one picture")
    site.trap("empty_columns", drawn.path, "an interpretation that is one picture")

    policy, subject = _policy(site, ago[146])
    body = f"<p>　　近日，{words.person()}就《{subject}》（{_number(policy)}）回答了记者的提问。</p>" + words.body(5)
    _join(policy, site.add(_READINGS, f"《{subject}》答记者问", policy.date, body), True, True)

    _not_ours(site, ago)
    _backdated(site, ago[40])
    for path in (_POLICIES, _READINGS):
        site.at[path].items.sort(key=lambda item: item.date, reverse=True)


def _policy(site: Mingzhou, day: dt.date) -> tuple[Item, str]:
    """Returns a policy document of the county and its name without 关于印发."""
    subject = site.words.title("明州县{topic}实施方案", "明州县{topic}管理办法", "明州县{topic}若干措施")
    number = f"明政发〔{day.year}〕{site.ordinal}号"
    body = (
        f"<p>各乡镇人民政府、街道办事处，县政府各部门：</p><p>　　《{subject}》已经县政府常务会议审议通过，"
        f"现印发给你们，请认真贯彻执行。</p><p>　　一、总体要求</p>{site.words.body(4)}"
        f"<p>　　二、主要任务</p>{site.words.body(4)}"
        f'<p style="text-align:right">{OWN}</p>'
    )
    paper = Paper(OWN, number, day, f"33999{site.number}/{day.year}-{site.number % 1000:05d}")
    return site.add(_POLICIES, f"{OWN}关于印发《{subject}》的通知", day, body, paper=paper), subject


def _number(policy: Item) -> str:
    assert policy.paper is not None
    return policy.paper.number


def _reading(site: Mingzhou, day: dt.date, policy: Item, subject: str) -> Item:
    title = f"《{subject}》政策解读" if site.number % 2 else f"关于《{subject}》的解读"
    body = (
        f"<p>　　一、出台背景</p><p>　　{OWN}印发了《{subject}》（{_number(policy)}），现就有关内容说明如下。</p>"
        f"{site.words.body(3)}<p>　　二、主要内容</p>{site.words.body(4)}"
    )
    return site.add(_READINGS, title, day, body)


def _join(policy: Item, reading: Item, forth: bool, back: bool) -> None:
    if forth:
        policy.after += f'<div class="mzt-peitao">相关解读：<a href="{reading.path}">{reading.title}</a></div>'
    if back:
        reading.after += f'<div class="mzt-peitao">政策原文：<a href="{policy.path}">{policy.title}</a></div>'


def _not_ours(site: Mingzhou, ago: list[dt.date]) -> None:
    """Adds what belongs to higher governments, and papers nobody explains."""
    year = ago[20].year
    title = "国务院办公厅关于进一步优化政务服务提升行政效能的指导意见"
    paper = Paper("国务院办公厅", f"国办发〔{year}〕3号", ago[30], f"000014349/{year}-00003")
    body = f"<p>各省、自治区、直辖市人民政府，国务院各部委、各直属机构：</p>{site.words.body(7)}<p>国务院办公厅</p>"
    item = site.add(_POLICIES, title, ago[20], body, paper=paper)
    site.trap(CHECK, item.path, "a reprinted document of the State Council needs no local interpretation")

    title = "《明东省数字经济促进条例》解读"
    body = f"<p>　　（转自明东省人民政府网站）《明东省数字经济促进条例》已由省人大常委会通过。</p>{site.words.body(6)}"
    item = site.add(_READINGS, title, ago[24], body)
    item.source = "明东省人民政府网站"
    site.trap(CHECK, item.path, "a reprinted interpretation of a provincial law pairs with nothing here")

    title = f"{OWN}关于{site.words.person()}等同志职务任免的通知"
    paper = Paper(OWN, f"明政任〔{ago[60].year}〕7号", ago[60], f"339990001/{ago[60].year}-00707")
    body = (
        f"<p>各乡镇人民政府，县政府各部门：</p><p>　　经研究决定：任命{site.words.person()}为县民政局副局长，"
        f"任命{site.words.person()}为县水利局副局长；免去{site.words.person()}县审计局副局长职务。</p><p>{OWN}</p>"
    )
    item = site.add(_POLICIES, title, ago[60], body, paper=paper)
    site.trap(CHECK, item.path, "an appointment needs no interpretation", "no_interpretation")


def _backdated(site: Mingzhou, day: dt.date) -> None:
    """Adds a pair whose policy claims to be published before it was written (文件发布逻辑错误)."""
    policy, subject = _policy(site, day)
    assert policy.paper is not None
    policy.paper.written = day + dt.timedelta(days=25)
    _join(policy, _reading(site, day, policy, subject), True, True)
    site.expect("update_freshness", "backdated", policy.path, "published 25 days before it was written")

"""Which documents concern many, by title."""

from __future__ import annotations

import pytest

from checks._scope import concerns_many

OFFICE = "沁河县人民政府办公室"


@pytest.mark.parametrize(
    "title",
    [
        f"{OFFICE}关于印发《沁河县饮用水水源保护办法》的通知",
        f"{OFFICE}关于印发沁河县政府采购管理办法的通知",
        f"{OFFICE}关于印发《沁河县工程建设项目招标投标管理规定》的通知",
        f"{OFFICE}关于公布实施《沁河县征地补偿安置办法》的通知",
        "沁河县民政局关于调整高龄津贴发放标准的通知",
        "沁河县人民政府关于进一步做好稳就业工作的实施意见（沁政发〔2026〕3号）",
        "沁河县应急指挥部关于进一步规范防控措施的通知",
        "沁河县人民政府关于划定禁猎区的通告",
        "沁河县部门预算管理办法（试行）",
        "《沁河县重点研发计划管理办法（试行）》",
        "沁河县人民政府令第9号《沁河县物业管理办法修正案》",
        f"{OFFICE}关于印发《沁河县校外培训机构设置标准》的通知",
        f"{OFFICE}关于印发沁河县严重失信名单管理办法的通知",
    ],
)
def test_titles_of_general_concern_are_in_scope(title: str) -> None:
    assert concerns_many(title)


@pytest.mark.parametrize(
    "title",
    [
        f"{OFFICE}关于李某任职的通知",
        "沁河县人民政府关于同意《沁河县城镇规划》的批复",
        "沁河县人民政府关于废止《沁河县旧货市场管理办法》的决定",
        f"{OFFICE}转发市政府办公室关于加强燃气管理的意见的通知",
        f"{OFFICE}关于公开征求《沁河县烟花爆竹管理规定（草案）》意见的通知",
        "沁河县停车场管理办法（征求意见稿）",
        "沁河县人民政府土地征收公告",
        "沁河县人民政府关于授予王某“见义勇为模范”称号的决定",
        f"{OFFICE}关于启动Ⅳ级防汛应急响应的通知",
        f"{OFFICE}关于做好当前森林防火工作的紧急通知",
        f"{OFFICE}关于印发沁河县防汛应急演练方案的通知",
        f"{OFFICE}关于印发《沁河县防汛抗旱指挥部工作规则》的通知",
        f"{OFFICE}关于印发沁河县行政许可事项清单（2026年版）的通知",
        f"{OFFICE}关于调整沁河县安全生产委员会成员的通知",
        "沁河县人民政府关于国庆节期间实行交通管制的公告",
        f"{OFFICE}关于印发《沁河县干部教育培训管理办法》的通知",
        f"{OFFICE}关于印发《沁河县2026年新型职业农民培训方案》的通知",
        "关于对某建筑公司进行资质核查的通知",
        "沁河县2025年政府信息公开工作年度报告",
        "行政处罚决定书（沁市监罚〔2026〕12号）",
    ],
)
def test_titles_that_concern_few_are_out_of_scope(title: str) -> None:
    assert not concerns_many(title)

"""Things to find on the WordPress portal: defects put among real posts, in markup nobody here wrote."""

from __future__ import annotations

import datetime as dt
from typing import Any

MISSING_FILE = "/wp-content/uploads/2026/01/quxiao-fujian.pdf"
MISSING_PAGE = "/2019/03/90210.html"
EMPTY = ("ws-jianyi", "建议提案")
UNFINISHED = "数据开放"
POLICY = "万山县人民政府办公室关于印发《万山县农村供水管护办法》的通知（万政办发〔2026〕7号）"
READING = "《万山县农村供水管护办法》政策解读"
BLANK = "万山县2026年第二季度公共场所卫生抽检结果"

_TEXT = (
    "为加强农村供水工程管护，保障群众饮水安全，根据有关法律法规，结合我县实际，制定本办法。各乡镇人民政府负责本辖区供水工程的日常管护，"
    "县水利局负责技术指导和监督检查，县财政局落实管护经费。"
)


def with_defects(content: dict[str, Any], today: dt.date) -> dict[str, Any]:
    """Returns the content with an empty category, an unfinished page, two dead links, a post without body, and a policy
    of the county whose interpretation came late and is linked in neither direction."""

    def post(title: str, days: int, category: str, body: str) -> dict[str, Any]:
        day = today - dt.timedelta(days=days)
        return {"title": title, "date": f"{day} 10:30:00", "category": category, "body": body, "files": []}

    dead = f'<p>附件：<a href="{MISSING_FILE}">报名表.pdf</a></p><p>另见<a href="{MISSING_PAGE}">往年公告</a>。</p>'
    added = [
        post("万山县2026年公开招聘社区工作者公告", 20, "ws-tonggao", f"{_TEXT}\n\n{dead}"),
        post(BLANK, 24, "ws-tonggao", ""),
        post(POLICY, 60, "ws-zhengce", f"各乡镇人民政府，县政府各部门：\n\n{_TEXT}\n\n{_TEXT}"),
        post(READING, 30, "ws-jiedu", f"一、背景\n\n{_TEXT}\n\n二、主要内容\n\n{_TEXT}"),
    ]
    return {
        **content,
        "categories": {**content["categories"], EMPTY[0]: EMPTY[1]},
        "pages": [{"title": UNFINISHED, "body": "栏目正在建设中，敬请期待……"}],
        "posts": [*content["posts"], *added],
    }

"""Published letters: what they are about, never who wrote them."""

from __future__ import annotations

import pytest

from portal.facts import PageKind
from portal.page import read_page
from tests.unit.portal.pages import FOOTER

ASKED = "安居小区何时能够接通燃气"
TEXT = "您好！我是安居小区的居民，小区建成三年仍未接通燃气，每天做饭很不方便，希望有关部门帮助解决。"
ANSWER = "来信人您好，您反映的问题已收悉。小区管网改造已列入今年计划，预计六月底前完成。"


def letter(shape: str, *, head: str = "") -> tuple[PageKind, str]:
    body = shape.format(asked=ASKED, text=TEXT, answer=ANSWER)
    html = f"<html><head><meta charset=utf-8><title>某县人民政府</title>{head}</head><body>{body}{FOOTER}</body></html>"
    facts = read_page(html.encode(), "http://www.example.gov.cn/hd/view.jsp?id=4", portal=True)
    return facts.kind, facts.title


@pytest.mark.parametrize(
    "shape",
    [
        # A table under a heading that names the form; the writer stands above the date.
        "<h2>信件公示</h2><table><tr><th>标题：</th><td>{asked}</td></tr><tr><th>来信人：</th><td>王某某</td></tr>"
        "<tr><th>来信时间：</th><td>2010-09-04 21:16:43</td></tr><tr><th>内容：</th><td>{text}</td></tr></table>"
        "<h2>受理回复</h2><table><tr><th>回复部门：</th><td>县住建局</td></tr><tr><th>回复时间：</th><td>2010-11-30</td></tr>"
        "<tr><th>回复内容：</th><td>{answer}</td></tr></table>",
        # Definitions, in which the number of the letter stands above the date.
        "<div>来信内容</div><dl><dt>姓&nbsp;名:</dt><dd>王**</dd><dt>信件编码:</dt><dd>ZX1912112TL1</dd><dt>来信时间:</dt>"
        "<dd>2019-12-11</dd><dt>信件状态:</dt><dd>已办结</dd><dt>信件标题:</dt><dd>{asked}</dd><dt>信件内容:</dt><dd>{text}</dd>"
        "</dl><div>回复内容</div><dl><dt>回复时间:</dt><dd>2019-12-16</dd><dt>回复单位:</dt><dd>住建局</dd></dl><p>{answer}</p>",
        "<p>【信件主题】{asked}</p><p>【来信时间】2024-01-02</p><p>【信件内容】{text}</p><p>【答复单位】县住建局</p><p>{answer}</p>",
    ],
)
def test_a_letter_is_called_by_its_subject(shape: str) -> None:
    assert letter(shape) == (PageKind.LETTER, ASKED)


def test_a_blank_subject_is_not_the_writer() -> None:
    labels = "<p>标题：</p><p>来信人：王某某</p><p>来信时间：2024-01-02</p>"
    assert letter("<h3>{asked}</h3>" + labels + "<p>信件内容：{text}</p><p>回复内容：{answer}</p>")[1] == ASKED


def test_the_official_tag_names_a_letter() -> None:
    shape = "<p>标题：来信一封</p><p>来信时间：2024-01-02</p><p>信件内容：{text}</p><p>答复内容：{answer}</p>"
    assert letter(shape, head=f'<meta name="ArticleTitle" content="{ASKED}">')[1] == ASKED

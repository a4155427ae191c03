"""What an interpretation says that it explains: by its title, by its first sentences."""

from __future__ import annotations

import pytest

from portal.interpreting import (
    issued_titles,
    outer_titles,
    referred_titles,
    rests_on,
    subject_of,
    told_documents,
)

NUMBER = "某政发〔2026〕2号"


@pytest.mark.parametrize(
    ("title", "subject"),
    [
        ("某县供水管理办法政策解读", "某县供水管理办法"),
        ("某县供水管理办法（2026年修订）政策解读", "某县供水管理办法（2026年修订）"),
        ("某县供水管理规定（解读）", "某县供水管理规定"),
        ("【图解】某县政府办公室关于印发某县供水方案的通知", "某县政府办公室关于印发某县供水方案的通知"),
        ("【政策解读】图解某县供水改革实施方案", "某县供水改革实施方案"),
        ("图说：某县供水提质方案", "某县供水提质方案"),
        ("关于某县供水改革方案的解读", "关于某县供水改革方案"),
        ("某县供水服务指南（试行）文件解读", "某县供水服务指南（试行）"),
        ("促进农村供水新政策解读", ""),  # of what, it does not say
        ("一图读懂：农村厕所整洁专项行动", ""),
        ("《某县供水管理办法》政策解读", ""),  # it quotes what it explains
        ("某县供水管理办法", ""),  # it explains nothing
    ],
)
def test_the_document_in_a_title_without_quotes(title: str, subject: str) -> None:
    assert subject_of(title) == subject


@pytest.mark.parametrize(
    ("title", "issued", "referred"),
    [
        ("关于印发《甲办法》《乙办法》的通知", ("甲办法", "乙办法"), ()),
        ("关于《关于印发〈甲办法〉的通知》的公告", ("关于印发〈甲办法〉的通知", "甲办法"), ()),
        ("关于废止《甲办法》和《乙办法》的决定", (), ("甲办法", "乙办法")),
        ("关于贯彻落实《甲意见》的实施意见", (), ("甲意见",)),
        ("转发市政府《甲方案》的通知", (), ("甲方案",)),
        ("关于印发《贯彻〈甲条例〉实施方案》的通知", ("贯彻〈甲条例〉实施方案",), ()),
        ("某省实施《甲法》办法", (), ("甲法",)),
    ],
)
def test_what_a_document_issues_and_what_it_refers_to(
    title: str, issued: tuple[str, ...], referred: tuple[str, ...]
) -> None:
    assert issued_titles(title) == issued
    assert referred_titles(title) == referred


def test_a_title_within_a_title_is_no_outer_one() -> None:
    assert outer_titles("《关于修改〈甲办法〉的决定》和《乙办法》解读") == ("关于修改〈甲办法〉的决定", "乙办法")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("近日，县政府办公室印发了《甲方案》。根据《乙规划》（某政发〔2026〕1号），制定本方案。", [(("甲方案",), ())]),
        (
            "县政府出台《甲办法》、《乙办法》（某政发〔2026〕2号）。",
            [(("甲办法", "乙办法"), (NUMBER,))],
        ),
        (
            "为落实《甲意见》（国发〔2026〕1号），县政府印发《乙意见》（某政发〔2026〕2号）",
            [(("乙意见",), ("某政发〔2026〕2号",))],
        ),
        ("我县印发《甲方案》。2019年印发的《乙规定》（某政发〔2019〕7号）同时废止。", [(("甲方案",), ())]),
        ("县水务局局长就《甲办法》回答了提问", [(("甲办法",), ())]),
        ("根据《甲法》规定，结合实际。", []),
        ("近日，县政府印发了有关办法（某政发〔2026〕2号）。", [((), (NUMBER,))]),
        ("县政府召开会议（某政发〔2026〕2号）。", []),
    ],
)
def test_what_a_text_says_was_issued(text: str, told: list[tuple[tuple[str, ...], tuple[str, ...]]]) -> None:
    assert [tuple(one) for one in told_documents(text)] == told


def test_what_something_rests_on() -> None:
    assert rests_on("根据《甲规划》（某政发〔2026〕1号）")
    assert not rests_on("县政府印发《甲规划》（某政发〔2026〕1号）")

"""Titles, quotes, document numbers, fingerprints, personal data."""

from __future__ import annotations

from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.personal import mask_personal
from portal.text import (
    SAME_TEXT,
    doc_numbers,
    fold_title,
    may_fold_to,
    quoted_titles,
    same_title,
    simhash,
    sketch_distance,
)

LONG = "广东省科学技术厅关于2020年省科技创新战略专项资金（基础研究）拟立项项目的公示"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("关于印发《办法》的通知", "关于印发「办法」 的通知"),
        ("<em>教育</em>惩戒（试行）", "教育惩戒(试行)"),
        ("一图读懂 | 国务院文件", "一图读懂国务院文件"),
        ("让教育惩戒有温度——答记者问", "让教育惩戒有温度--答记者问"),
        ("ＡＢＣ１２", "abc12"),
        ("&ldquo;十四五&rdquo;规划", "“十四五”规划"),
        (LONG[:24] + "...", LONG),
        (LONG, LONG[:20] + "……"),
    ],
)
def test_titles_of_one_document_are_the_same(one: str, other: str) -> None:
    assert same_title(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("关于印发办法的通知", "关于印发办法的通知（二）"),
        (LONG[:8] + "...", LONG),
        (LONG[:24], LONG),
        ("", ""),
        ("...", LONG),
    ],
)
def test_titles_of_two_documents_are_not_the_same(one: str, other: str) -> None:
    assert not same_title(one, other)


def test_quoted_titles_with_those_inside_of_them() -> None:
    text = "关于《关于印发〈管理办法〉的通知》和《乙《丙丁》法》的解读，《没有结尾"
    assert quoted_titles(text) == ("关于印发〈管理办法〉的通知", "管理办法", "乙《丙丁》法", "丙丁")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("根据国办发〔2017〕47号精神", ("国办发〔2017〕47号",)),
        ("（川办发[2020]71号）", ("川办发〔2020〕71号",)),
        ("教督(2020)５号", ("教督〔2020〕5号",)),
        ("粤侨规【2017】1号", ("粤侨规〔2017〕1号",)),
        ("依据国务院令第711号", ("国务院令第711号",)),
        ("公安部第12号令", ("公安部令第12号",)),
        ("依据国务院令第0711号", ("国务院令第711号",)),
        ("根据省政府令第十二号", ("省政府令第十二号",)),
        ("财政部公告2020年第5号", ("财政部公告2020年第5号",)),
        ("电话号码、第三号桥", ()),
    ],
)
def test_numbers_of_documents_are_read_in_one_spelling(text: str, numbers: tuple[str, ...]) -> None:
    assert doc_numbers(text) == numbers


def test_fingerprints_are_near_for_near_texts_only() -> None:
    base = "各镇人民政府，县政府各工作部门：现将工作要点印发给你们，请结合实际认真贯彻落实。" * 3 + "".join(
        chr(0x4E00 + n * 7) for n in range(600)
    )
    other = "".join(chr(0x5E00 + n * 11) for n in range(800))
    assert sketch_distance(simhash(base), simhash(base + "阅读次数：十七")) <= 6
    assert sketch_distance(simhash(base), simhash(other)) >= 16
    assert simhash(" \n\t") == 0


def test_fingerprints_of_a_page_bear_its_counters_but_no_other_text() -> None:
    frame = "".join(f"栏目{chr(0x4E00 + n)}政务公开\n" for n in range(100))
    article = "".join("".join(chr(0x5E00 + n * 31 % 9000 + m) for m in range(60)) + "\n" for n in range(20))
    page = simhash(f"{frame}发布时间：2026-11-28 浏览次数：1024\n{article}")
    assert sketch_distance(page, simhash(f"{frame}发布时间：2026-11-28 浏览次数：998\n{article}")) <= SAME_TEXT
    assert sketch_distance(page, simhash(f"{frame}发布时间：2026-11-28 浏览次数：1024\n{article[::-1]}")) > 9


def test_fingerprint_is_the_same_on_every_machine() -> None:
    assert simhash("岚皋县人民政府办公室") == 6512926203102114788


def test_personal_data_is_masked_and_offices_stay() -> None:
    text = "来信人：张三丰，电话13812345678，证件610924199001011234，邮箱zhang@x.com。办公电话0915-2522222"
    masked = mask_personal(text)
    assert masked == "来信人：张**，电话138****5678，证件610***************，邮箱z***@x.com。办公电话0915-2522222"


@pytest.mark.parametrize(
    "plain",
    [
        "统一社会信用代码 91140729110101199X，索引号016092233/2026-00012",
        "客服400-123-4567，预算12345678901元，2019 2020 2021 2022 年",
        "3000 4000 5000 6001",
        "尊敬的各位先生女士：孙中山先生诞辰纪念活动公告",
        "https://www.a.gov.cn/art/2026/1/20/art_1381234_56789012.html",
    ],
)
def test_what_is_nobodys_stays(plain: str) -> None:
    assert mask_personal(plain) == plain


@given(st.text(st.sampled_from("一关于鿿《》 <b>&Ａa1…-\u3000\uf900"), max_size=12))
def test_what_cannot_fold_to_a_text_does_not(text: str) -> None:
    assert may_fold_to(text, fold_title(text))


@given(st.text(max_size=80))
def test_any_text_is_read(text: str) -> None:
    assert 0 <= simhash(text) < 2**63
    fold_title(text)
    quoted_titles(text)
    doc_numbers(text)
    mask_personal(text)
    same_title(text, text[:20] + "…")


def _by_definition(text: str) -> int:
    """Returns the fingerprint reckoned bit by bit."""
    lines = text.encode("utf-8", "replace").split(b"\n")
    pieces = {crc32(line[at : at + 30]) for line in lines for at in range(0, len(line), 30)}
    return sum(1 << bit for bit in range(63) if 2 * sum(p * 0xFB37C4A5 >> bit & 1 for p in pieces) > len(pieces))


@given(st.text(st.sampled_from("abcΣςİß_2２Ａ①㍿ﬁ中文政府ｶﾞ\u3099가\ud800 ，\n"), max_size=200))
def test_a_fingerprint_is_the_majority_of_its_pieces_bits(text: str) -> None:
    assert simhash(text * 3) == (_by_definition(text * 3) if text.strip() else 0)

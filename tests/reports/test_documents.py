"""One document, drawn twice: what DOCX and PDF hold, how they look by measure, and what hostile texts come to."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from unicodedata import normalize

import docx
import pypdf
import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from crawler.browser import paper
from crawler.browser.paper import Printed, print_pages
from mingcha.documents.export import file_name, replaced
from reports.document.as_docx import render_docx
from reports.document.as_html import render_html
from reports.document.model import (
    Annex,
    Column,
    Document,
    Figure,
    Form,
    Paragraph,
    Signature,
    clean,
    first,
    numeral,
    second,
    table,
    third,
)
from reports.figures import Figures
from reports.words import day
from tests.reports.make import DAY, PICTURES, SHOTS, picture

HOSTILE = "=cmd|' /C calc'!A0 <script>alert(1)</script> {{7*7}} \x00\x0b\u202eevil\u2066 \ud83d]]> &amp; “引号”"
LONG = "https://www.example.gov.cn/" + "a" * 400
WHOLE = Document(
    "云溪县人民政府网站\n检查报告",
    (
        first(1, "检查概况"),
        second(1, HOSTILE),
        third(1, "小节"),
        Paragraph(f"正文，地址{LONG}。", lead="（一）依据。"),
        table((Column("编号", 1), Column("描述", 4)), [(n, HOSTILE if n == 3 else LONG) for n in range(60)]),
        Figure(picture(), "image/png", (640, 400), "图1 首页"),
        Form((("整改情况", ""), ("责任人", "见台账"))),
        Signature("云溪县人民政府办公室", day(DAY)),
        Annex("附件1", "问题清单", wide=True),
        Paragraph("附件正文"),
    ),
    number="云政网整〔2026〕1号",
)


@pytest.fixture(scope="module")
def word() -> docx.document.Document:
    return docx.Document(io.BytesIO(render_docx(WHOLE)))


@pytest.fixture(scope="module")
async def printed() -> Printed:
    found: list[Printed] = []
    await print_pages([render_html(WHOLE)], lambda _, one: found.append(one))
    return found[0]


def test_the_page_is_that_of_an_official_document(word: docx.document.Document) -> None:
    upright, across = word.sections
    measures = upright.page_width, upright.page_height, upright.top_margin, upright.bottom_margin
    assert [round(one.mm) for one in (*measures, upright.left_margin, upright.right_margin) if one is not None] == [
        210,
        297,
        37,
        35,
        28,
        26,
    ]
    assert across.page_width is not None
    assert (across.orientation, round(across.page_width.mm)) == (WD_ORIENT.LANDSCAPE, 297)
    normal = word.styles["Normal"]
    assert (normal.font.size, normal.paragraph_format.line_spacing) == (Pt(16), Pt(28))
    assert normal.element.rPr.rFonts.get(qn("w:eastAsia")) == "仿宋_GB2312"
    heads = [word.styles[f"Heading {level}"].element.rPr.rFonts.get(qn("w:eastAsia")) for level in (1, 2)]
    assert heads == ["黑体", "楷体_GB2312"]
    for footer in (upright.footer, upright.even_page_footer):
        assert [part.text for part in footer._element.iter(qn("w:instrText"))] == [" PAGE "]


def test_headings_are_headings_and_a_tables_head_repeats(word: docx.document.Document) -> None:
    lines = [(line.style.name or "", line.text) for line in word.paragraphs if line.style is not None]
    heads = [line for line in lines if line[0].startswith("Heading")]
    assert heads == [
        ("Heading 1", "一、检查概况"),
        ("Heading 2", f"（一）{clean(HOSTILE)}"),
        ("Heading 3", "1. 小节"),
    ]
    grid = word.tables[0]
    assert len(grid.rows) == 61
    assert list(grid._tbl.tr_lst[0].iter(qn("w:tblHeader")))
    assert word.inline_shapes[0].width == Mm(140)


def test_properties_stand_in_the_order_the_schema_wants(word: docx.document.Document) -> None:
    order = ["pStyle", "keepNext", "keepLines", "pageBreakBefore", "widowControl", "wordWrap", "spacing", "ind", "jc"]
    order += ["outlineLvl", "rPr", "sectPr"]
    for properties in word.element.body.iter(qn("w:pPr")):
        places = [order.index(child.tag.rpartition("}")[2]) for child in properties]
        assert places == sorted(places)
    order = ["tblStyle", "tblW", "jc", "tblInd", "tblBorders", "tblLayout", "tblCellMar", "tblLook"]
    for properties in word.element.body.iter(qn("w:tblPr")):
        places = [order.index(child.tag.rpartition("}")[2]) for child in properties]
        assert places == sorted(places)


def test_numbers_and_years_stay_on_one_line_and_addresses_may_break(word: docx.document.Document) -> None:
    broken = {line.text: line._p.find(f".//{qn('w:wordWrap')}") is not None for line in word.paragraphs}
    assert broken["附件正文"] is False
    assert broken[f"（一）依据。正文，地址{LONG}。"] is True
    page = render_html(replace(WHOLE, blocks=(Paragraph("2026-11-29见https://www.example.gov.cn/a/b_1.html?x=1&y=2"),)))
    assert (
        "2026-11-29见https://<wbr>www.<wbr>example.<wbr>gov.<wbr>cn/<wbr>a/<wbr>b_<wbr>1.<wbr>html?<wbr>x=<wbr>1&amp;<wbr>y=<wbr>2<"
        in page
    )
    assert "break-all" not in page


def test_a_hostile_text_is_text(word: docx.document.Document) -> None:
    cell = word.tables[0]._tbl.tr_lst[4].tc_lst[1]
    text = "".join(part.text or "" for part in cell.iter(qn("w:t")))
    assert text == clean(HOSTILE)
    assert not set(text) & set("\x00\x0b\u202e\u2066")
    assert not list(word.element.body.iter(qn("w:hyperlink"), qn("w:object"), qn("w:fldSimple")))
    page = render_html(WHOLE)
    assert "<script" not in page
    assert "{{7*7}}" in page  # said, never worked out
    assert "49" not in page.partition("<body")[2].partition("小节")[0]


async def test_the_pdf_says_the_same_on_numbered_pages(printed: Printed) -> None:
    pages = pypdf.PdfReader(io.BytesIO(printed.pdf)).pages
    # What the browser writes beside a glyph may be the radical that looks like the character.
    texts = [normalize("NFKC", "".join(page.extract_text().split())) for page in pages]
    whole = "".join(texts)
    for words in ("一、检查概况", "云政网整〔2026〕1号", "图1", "附件1", "整改情况", "2026年11月18日"):
        assert words in whole, words
    assert whole.count("a" * 20) >= 59
    for number, text in enumerate(texts, 1):
        assert f"—{number}—" in text
    assert [round(float(side) * 25.4 / 72) for side in pages[0].mediabox[2:]] == [210, 297]
    assert [round(float(side) * 25.4 / 72) for side in pages[-1].mediabox[2:]] == [297, 210]
    assert all("/Annots" not in page for page in pages)  # nothing to click on
    heads = [text for text in texts if text.count("编号描述")]
    assert len(heads) > 1  # the head of the long table on every page it covers


async def test_a_browser_that_draws_no_numbers_from_the_style_sheet_draws_them_in_a_footer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: list[Printed] = []
    for first_able in (0, 9999):
        monkeypatch.setattr(paper, "MARGIN_BOXES", first_able)
        await print_pages(['<p data-face="body">text</p>'], lambda _, one: found.append(one))
    texts = ["".join(pypdf.PdfReader(io.BytesIO(one.pdf)).pages[0].extract_text().split()) for one in found]
    assert texts[0] == "text"
    assert "—1—" in texts[1]


async def test_printing_asks_nobody_and_runs_nothing() -> None:
    asked: list[str] = []

    def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append("asked")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        page = (
            f'<p data-face="body">正文<img src="{address}a.png"><iframe src="{address}"></iframe>'
            f"<script>document.body.append('ran'); fetch('{address}')</script>"
            f'<style>@import "{address}a.css"; p {{ background: url({address}b.png) }}</style>'
        )
        found: list[Printed] = []
        await print_pages([page], lambda _, one: found.append(one))
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(found[0].pdf)).pages)
    assert ("正" in normalize("NFKC", text), "ran" in text, asked) == (True, False, [])


async def test_the_browser_says_which_faces_it_drew(printed: Printed) -> None:
    assert set(printed.faces) == {"title", "body", "heading", "sub", "plain"}
    assert all(printed.faces.values())


def test_a_missing_face_is_told_with_what_stands_for_it() -> None:
    official = {"title": ["方正小标宋简体"], "body": ["FangSong_GB2312", "Times New Roman"], "heading": ["SimHei"]}
    assert replaced(official) == ()
    (told,) = replaced({**official, "body": ["DejaVu Serif", "Noto Serif CJK SC"]})
    assert "仿宋以Noto Serif CJK SC代替" in told
    assert "Times New Roman以DejaVu Serif代替" in told
    assert "黑体" not in told


def test_pictures_are_shown_once_and_within_a_bound() -> None:
    size = len(PICTURES[SHOTS[0]])
    figures = Figures(lambda digest: PICTURES.get(digest, b"no picture"), limit=2 * size + 100)
    assert figures.take(("unknown",), str) is None
    one = figures.take(("unknown", SHOTS[0]), lambda digest: f"图 {digest[:4]}")
    assert one is not None
    assert (one.media_type, one.size, one.caption) == ("image/png", (640, 400), f"图 {SHOTS[0][:4]}")
    assert figures.take((SHOTS[0],), str) is None
    assert figures.take((SHOTS[1],), str) is not None
    assert (figures.take((SHOTS[2],), str), figures.left_out) == (None, 1)


def test_numbers_and_file_names() -> None:
    assert [numeral(n) for n in (1, 10, 11, 20, 42, 99)] == ["一", "十", "十一", "二十", "四十二", "九十九"]
    assert file_name("县政府/办公室..", "整改<通知>\x00书\u202e", "") == "县政府_办公室-整改_通知_书"
    assert file_name("../..", " ") == "document"
    assert len(file_name("县" * 500, "乙" * 500).encode()) < 400

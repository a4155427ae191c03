"""The page of a DOCX: paper, page numbers, styles and faces, and the properties python-docx has no words for."""

from __future__ import annotations

import datetime as dt
from typing import Any
from xml.sax.saxutils import quoteattr

from docx.document import Document as Word
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import nsdecls, qn
from docx.section import Section
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph as Lines

from reports.document.model import LONG, Document, clean
from reports.layout import Layout

# The order of a paragraph's properties from the first that is set here (ECMA-376 17.3.1.26).
_BEHIND = (
    "w:wordWrap",
    "w:overflowPunct",
    "w:topLinePunct",
    "w:autoSpaceDE",
    "w:autoSpaceDN",
    "w:bidi",
    "w:adjustRightInd",
    "w:snapToGrid",
    "w:spacing",
    "w:ind",
    "w:contextualSpacing",
    "w:mirrorIndents",
    "w:suppressOverlap",
    "w:jc",
    "w:textDirection",
    "w:textAlignment",
    "w:textboxTightWrap",
    "w:outlineLvl",
    "w:divId",
    "w:cnfStyle",
    "w:rPr",
    "w:sectPr",
    "w:pPrChange",
)
_HEADING_FACE = {1: "heading", 2: "sub", 3: "body"}


def prepare(word: Word, document: Document, look: Layout) -> None:
    """Gives an empty DOCX its paper, page numbers, styles, properties and table of faces."""
    size = look.size
    properties = word.core_properties
    properties.title, properties.author = clean(document.title).replace("\n", ""), clean(document.author)
    properties.created = properties.modified = document.made.astimezone(dt.UTC).replace(tzinfo=None)
    properties.language, properties.comments = "zh-CN", ""
    section = word.sections[0]
    lay(section, look, wide=False)
    for lang in word.styles.element.iter(qn("w:lang")):
        lang.set(qn("w:eastAsia"), "zh-CN")  # without it commas stand where Japanese or Taiwan put them
    for grid in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(grid)  # lines stand as far apart as they say
    word.settings.odd_and_even_pages_header_footer = True
    _page_number(section.footer.paragraphs[0], WD_ALIGN_PARAGRAPH.RIGHT, look)
    _page_number(section.even_page_footer.paragraphs[0], WD_ALIGN_PARAGRAPH.LEFT, look)
    normal = word.styles["Normal"]
    normal.font.size = Pt(size["body"])
    set_face(normal.element.get_or_add_rPr(), "body", look)
    form = normal.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(size["line"])
    form.widow_control = False
    for level in (1, 2, 3):
        _heading_style(word, level, look)
    _font_table(word, look)


def lay(section: Section, look: Layout, *, wide: bool) -> None:
    """Gives a section its paper; laid across (`wide`), the side for binding is on top."""
    page = look.page
    sides = [Mm(page[name]) for name in ("width", "height", "top", "right", "bottom", "left")]
    if wide:
        section.orientation = WD_ORIENT.LANDSCAPE
        width, height, top, right, bottom, left = sides
        sides = [height, width, left, top, right, bottom]
    else:
        section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height, section.top_margin, section.right_margin = sides[:4]
    section.bottom_margin, section.left_margin = sides[4:]
    section.footer_distance = min(Mm(page["footer"]), Mm(int(section.bottom_margin.mm) - 8))


def _heading_style(word: Word, level: int, look: Layout) -> None:
    style = word.styles[f"Heading {level}"]
    style.font.size, style.font.bold = Pt(look.size["body"]), level == 3
    style.font.color.rgb = RGBColor(0, 0, 0)
    set_face(style.element.get_or_add_rPr(), _HEADING_FACE[level], look)
    form = style.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.keep_with_next = True


def _font_table(word: Word, look: Layout) -> None:
    """Names the faces and what may stand for them."""
    faces = "".join(
        f"<w:font w:name={quoteattr(face.names[0])}><w:altName w:val={quoteattr(','.join(face.stack[1:]))}/></w:font>"
        for face in look.faces.values()
    )
    part = word.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    part._blob = f"{head}<w:fonts {nsdecls('w')}>{faces}</w:fonts>".encode()


def _page_number(line: Lines, align: WD_ALIGN_PARAGRAPH, look: Layout) -> None:
    """— 1 —, one character from the edge (7.5: 单页码居右空一字, 双页码居左空一字)."""
    line.alignment = align
    form, number = line.paragraph_format, Pt(look.size["number"])
    form.left_indent = form.right_indent = number
    for kind, text in ((None, "— "), ("begin", ""), (None, "PAGE"), ("separate", ""), (None, "1"), ("end", "")):
        run = line.add_run("" if text == "PAGE" else text)
        run.font.size = number
        set_face(run._r.get_or_add_rPr(), "plain", look)
        if kind:
            run._r.append(element("w:fldChar", fldCharType=kind))
        elif text == "PAGE":
            code = element("w:instrText")
            code.text = " PAGE "
            run._r.append(code)
    tail = line.add_run(" —")
    tail.font.size = number
    set_face(tail._r.get_or_add_rPr(), "plain", look)


def set_face(properties: Any, name: str, look: Layout) -> None:
    """Sets the face of a run or style, by its name in the layout; quotation marks and dashes are Chinese ones."""
    fonts = properties.get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    western = look.faces["western"].names[0]
    fonts.set(qn("w:ascii"), western)
    fonts.set(qn("w:hAnsi"), western)
    fonts.set(qn("w:eastAsia"), look.faces[name].names[0])
    fonts.set(qn("w:hint"), "eastAsia")


def break_long(line: Lines, text: str) -> None:
    """Lets a paragraph with addresses or checksums break between any two letters (允许西文在单词中间换行). In every
    other one numbers and years stay whole: 数字、年份不能回行."""
    if LONG.search(text):
        set_property(line, "w:wordWrap", "0")


def set_property(line: Lines, name: str, value: str) -> None:
    """Adds a property of a paragraph where the schema wants it: Word refuses another order."""
    behind = _BEHIND[_BEHIND.index(name) + 1 :]
    line._p.get_or_add_pPr().insert_element_before(element(name, val=value), *behind)


def element(name: str, **attributes: str) -> Any:
    """Returns a new element of a DOCX, its attributes in the same name space."""
    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made

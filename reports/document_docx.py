"""A document as DOCX: official faces by name, exact lines, page numbers outside, tables whose heads repeat.

Whoever opens the file needs the faces. What is to be taken where one is missing stands in the file (altName), and the
program that opens it falls back by itself.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import docx
from docx.document import Document as Word
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import nsdecls, qn
from docx.section import Section
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table as Grid
from docx.table import _Cell as Cell
from docx.text.paragraph import Paragraph as Lines

from reports.document import Align, Annex, Document, Figure, Form, Heading, Paragraph, Signature, Style, Table, clean
from reports.feeds import write
from reports.layout import LABEL, TALLEST, WIDEST, Layout, layout

_ALIGN = {
    Align.LEFT: WD_ALIGN_PARAGRAPH.LEFT,
    Align.CENTRE: WD_ALIGN_PARAGRAPH.CENTER,
    Align.RIGHT: WD_ALIGN_PARAGRAPH.RIGHT,
}
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
_PADDING = "70"  # of cells left and right, twentieths of a point
_HEADING_FACE = {1: "heading", 2: "sub", 3: "body"}


def write_docx(document: Document, path: Path) -> Path:
    """Writes the document and returns its path. Raises StorageError when the disk refuses."""
    return write(path, render_docx(document))


def render_docx(document: Document) -> bytes:
    """Returns the document as the bytes of a DOCX file."""
    paper = _Paper(document)
    for block in document.blocks:
        paper.draw(block)
    stream = io.BytesIO()
    paper.word.save(stream)
    return stream.getvalue()


class _Paper:
    """One DOCX under way."""

    def __init__(self, document: Document) -> None:
        self.look: Layout = layout()
        self.wide = False  # whether pages lie across by now
        self.word: Word = docx.Document()
        self._prepare(document)
        if document.mark:
            self._line(document.mark, "heading", align=WD_ALIGN_PARAGRAPH.RIGHT)
        if document.number:
            self._line(document.number, "body", align=WD_ALIGN_PARAGRAPH.CENTER)
        self._title(document.title, outline=True)

    def draw(self, block: Any) -> None:
        """Adds one block at the end."""
        match block:
            case Heading():
                self._heading(block)
            case Paragraph():
                self._paragraph(block)
            case Table():
                self._table(block)
            case Form():
                self._form(block)
            case Figure():
                self._figure(block)
            case Annex():
                self._annex(block)
            case Signature():
                self._signature(block)

    # the page

    def _prepare(self, document: Document) -> None:
        size = self.look.size
        properties = self.word.core_properties
        properties.title, properties.author = clean(document.title).replace("\n", ""), clean(document.author)
        properties.created = properties.modified = document.made.astimezone(dt.UTC).replace(tzinfo=None)
        properties.language, properties.comments = "zh-CN", ""
        section = self.word.sections[0]
        self._lay(section)
        for lang in self.word.styles.element.iter(qn("w:lang")):
            lang.set(qn("w:eastAsia"), "zh-CN")  # without it commas stand where Japanese or Taiwan put them
        for grid in section._sectPr.findall(qn("w:docGrid")):
            section._sectPr.remove(grid)  # lines stand as far apart as they say
        self.word.settings.odd_and_even_pages_header_footer = True
        self._page_number(section.footer.paragraphs[0], WD_ALIGN_PARAGRAPH.RIGHT)
        self._page_number(section.even_page_footer.paragraphs[0], WD_ALIGN_PARAGRAPH.LEFT)
        normal = self.word.styles["Normal"]
        normal.font.size = Pt(size["body"])
        self._face(normal.element.get_or_add_rPr(), "body")
        form = normal.paragraph_format
        form.space_before = form.space_after = Pt(0)
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(size["line"])
        form.widow_control = False
        for level in (1, 2, 3):
            self._heading_style(level)
        self._font_table()

    def _lay(self, section: Section) -> None:
        """Gives a section its paper; laid across, the side for binding is on top."""
        page = self.look.page
        sides = [Mm(page[name]) for name in ("width", "height", "top", "right", "bottom", "left")]
        if self.wide:
            section.orientation = WD_ORIENT.LANDSCAPE
            width, height, top, right, bottom, left = sides
            sides = [height, width, left, top, right, bottom]
        else:
            section.orientation = WD_ORIENT.PORTRAIT
        section.page_width, section.page_height, section.top_margin, section.right_margin = sides[:4]
        section.bottom_margin, section.left_margin = sides[4:]
        section.footer_distance = min(Mm(page["footer"]), Mm(int(section.bottom_margin.mm) - 8))

    def _annex(self, block: Annex) -> None:
        if block.wide is not self.wide:
            self.wide = block.wide
            self._lay(self.word.add_section(WD_SECTION.NEW_PAGE))
            self._line(block.label, "heading")
        else:
            self._line(block.label, "heading").paragraph_format.page_break_before = True
        self._title(block.title)

    def _heading_style(self, level: int) -> None:
        style = self.word.styles[f"Heading {level}"]
        style.font.size, style.font.bold = Pt(self.look.size["body"]), level == 3
        style.font.color.rgb = RGBColor(0, 0, 0)
        self._face(style.element.get_or_add_rPr(), _HEADING_FACE[level])
        form = style.paragraph_format
        form.space_before = form.space_after = Pt(0)
        form.keep_with_next = True

    def _font_table(self) -> None:
        """Names the faces and what may stand for them."""
        faces = "".join(
            f"<w:font w:name={quoteattr(face.names[0])}>"
            f"<w:altName w:val={quoteattr(','.join(face.stack[1:]))}/></w:font>"
            for face in self.look.faces.values()
        )
        part = self.word.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
        head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        part._blob = f"{head}<w:fonts {nsdecls('w')}>{faces}</w:fonts>".encode()

    def _page_number(self, line: Lines, align: WD_ALIGN_PARAGRAPH) -> None:
        """— 1 —, one character from the edge (7.5: 单页码居右空一字, 双页码居左空一字)."""
        line.alignment = align
        form, number = line.paragraph_format, Pt(self.look.size["number"])
        form.left_indent = form.right_indent = number
        for kind, text in ((None, "— "), ("begin", ""), (None, "PAGE"), ("separate", ""), (None, "1"), ("end", "")):
            run = line.add_run("" if text == "PAGE" else text)
            run.font.size = number
            self._face(run._r.get_or_add_rPr(), "plain")
            if kind:
                run._r.append(_element("w:fldChar", fldCharType=kind))
            elif text == "PAGE":
                code = _element("w:instrText")
                code.text = " PAGE "
                run._r.append(code)
        tail = line.add_run(" —")
        tail.font.size = number
        self._face(tail._r.get_or_add_rPr(), "plain")

    # blocks

    def _title(self, text: str, *, outline: bool = False) -> None:
        line = self._line(text, "title", size=self.look.size["title"], align=WD_ALIGN_PARAGRAPH.CENTER)
        form = line.paragraph_format
        form.line_spacing = Pt(self.look.size["title"] * 1.6)
        form.space_before, form.space_after = Pt(self.look.size["line"] / 2), Pt(self.look.size["line"])
        form.keep_with_next = True
        if outline:
            _set(line, "w:outlineLvl", "0")

    def _heading(self, block: Heading) -> None:
        line = self.word.add_paragraph(style=f"Heading {block.level}")
        line.add_run(clean(block.text))
        self._indent(line)

    def _paragraph(self, block: Paragraph) -> None:
        note = block.style is Style.NOTE
        size = self.look.size["table"] if note else None
        for number, text in enumerate(clean(block.text).split("\n")):
            line = self.word.add_paragraph()
            if block.lead and not number:
                self._run(line, block.lead, "sub", size)
            self._run(line, text, "body", size)
            _break_anywhere(line)
            if block.style is Style.BODY:
                line.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
                self._indent(line)
            elif block.style is Style.CENTRE:
                line.alignment = WD_ALIGN_PARAGRAPH.CENTER
            elif note:
                line.paragraph_format.line_spacing = Pt(self.look.size["table_line"])
                line.paragraph_format.space_after = Pt(4)

    def _signature(self, block: Signature) -> None:
        self._line("", "body").paragraph_format.line_spacing = Pt(self.look.size["line"] / 2)
        for text in (block.unit, block.date):
            line = self._line(text, "body", align=WD_ALIGN_PARAGRAPH.RIGHT)
            line.paragraph_format.right_indent = Pt(self.look.size["body"] * 4)  # 7.3.5: 右空四字
            line.paragraph_format.keep_with_next = True
        for text in block.lines:
            self._indent(self._line(text, "body"))

    def _figure(self, block: Figure) -> None:
        wide, high = block.size
        scale = min(WIDEST / wide, TALLEST / high)
        line = self.word.add_paragraph()
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        form = line.paragraph_format
        # An exact line would cut the picture off.
        form.line_spacing_rule, form.keep_with_next, form.space_before = WD_LINE_SPACING.SINGLE, True, Pt(6)
        line.add_run().add_picture(io.BytesIO(block.data), width=Mm(wide * scale), height=Mm(high * scale))
        caption = self._line(block.caption, "plain", size=self.look.size["small"], align=WD_ALIGN_PARAGRAPH.CENTER)
        caption.paragraph_format.line_spacing = Pt(self.look.size["table_line"])
        caption.paragraph_format.space_after = Pt(8)

    def _table(self, block: Table) -> None:
        whole = sum(column.width for column in block.columns)
        widths = [self.look.width(self.wide) * column.width / whole for column in block.columns]
        grid = self._grid(len(block.rows) + 1, widths)
        rows = grid._tbl.tr_lst  # through the elements: python-docx looks a cell up in time that grows with the table
        rows[0].get_or_add_trPr().append(_element("w:tblHeader"))
        for cell, column in zip(rows[0].tc_lst, block.columns, strict=True):
            self._cell(Cell(cell, grid), column.title, "heading", WD_ALIGN_PARAGRAPH.CENTER)
        for row, texts in zip(rows[1:], block.rows, strict=True):
            row.get_or_add_trPr().append(_element("w:cantSplit"))
            for cell, column, text in zip(row.tc_lst, block.columns, texts, strict=True):
                self._cell(Cell(cell, grid), text, "plain", _ALIGN[column.align])
        self._line("", "body", size=4).paragraph_format.line_spacing = Pt(8)

    def _form(self, block: Form) -> None:
        grid = self._grid(len(block.rows), [LABEL, self.look.width(self.wide) - LABEL])
        for row, (label, text) in zip(grid._tbl.tr_lst, block.rows, strict=True):
            left, right = (Cell(cell, grid) for cell in row.tc_lst)
            row.get_or_add_trPr().append(_element("w:cantSplit"))
            self._cell(left, label, "heading", WD_ALIGN_PARAGRAPH.CENTER)
            self._cell(right, text, "plain", WD_ALIGN_PARAGRAPH.LEFT)
            if not text:
                height = _element("w:trHeight", val=str(int(self.look.size["line"] * 20 * block.lines)))
                row.get_or_add_trPr().append(height)
        self._line("", "body", size=4).paragraph_format.line_spacing = Pt(8)

    def _grid(self, rows: int, widths: Sequence[float]) -> Grid:
        before = self.word.element.body[-2]  # the last of all is the section
        if before.tag == qn("w:p"):
            Lines(before, self.word).paragraph_format.space_after = Pt(4)
        grid: Grid = self.word.add_table(rows, len(widths))
        grid.style = "Table Grid"
        grid.autofit = False
        for column, width in zip(grid.columns, widths, strict=True):
            column.width = Mm(width)
        for row in grid._tbl.tr_lst:
            for cell, width in zip(row.tc_lst, widths, strict=True):
                cell.width = Mm(width)
        margins = _element("w:tblCellMar")
        for side in ("left", "right"):
            margins.append(_element(f"w:{side}", w=_PADDING, type="dxa"))
        behind = ("w:tblBorders", "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
        grid._tbl.tblPr.insert_element_before(_element("w:tblInd", w=_PADDING, type="dxa"), *behind)
        grid._tbl.tblPr.insert_element_before(margins, "w:tblLook", "w:tblCaption", "w:tblDescription")
        return grid

    def _cell(self, cell: Cell, text: str, face: str, align: WD_ALIGN_PARAGRAPH) -> None:
        name = "small" if self.wide else "table"
        size, high = self.look.size[name], self.look.size[f"{name}_line"]
        for number, part in enumerate(clean(text).split("\n")):
            line = cell.paragraphs[0] if not number else cell.add_paragraph()
            line.alignment = align
            line.paragraph_format.line_spacing = Pt(high)
            _break_anywhere(line)
            self._run(line, part, face, size)
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER

    # letters

    def _line(self, text: str, face: str, *, size: float | None = None, align: Any = None) -> Lines:
        line = self.word.add_paragraph()
        line.alignment = align
        self._run(line, text, face, size)
        return line

    def _run(self, line: Lines, text: str, face: str, size: float | None) -> None:
        run = line.add_run(clean(text))
        if size is not None:
            run.font.size = Pt(size)
        if face != "body":
            self._face(run._r.get_or_add_rPr(), face)

    def _face(self, properties: Any, name: str) -> None:
        fonts = properties.get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        western = self.look.faces["western"].names[0]
        fonts.set(qn("w:ascii"), western)
        fonts.set(qn("w:hAnsi"), western)
        fonts.set(qn("w:eastAsia"), self.look.faces[name].names[0])
        fonts.set(qn("w:hint"), "eastAsia")  # quotation marks and dashes are Chinese ones

    def _indent(self, line: Lines) -> None:
        line.paragraph_format.first_line_indent = Pt(self.look.size["body"] * 2)  # 左空二字


def _break_anywhere(line: Lines) -> None:
    """Lets addresses and checksums break between any two letters (允许西文在单词中间换行)."""
    _set(line, "w:wordWrap", "0")


def _set(line: Lines, name: str, value: str) -> None:
    """Adds a property of a paragraph where the schema wants it: Word refuses another order."""
    behind = _BEHIND[_BEHIND.index(name) + 1 :]
    line._p.get_or_add_pPr().insert_element_before(_element(name, val=value), *behind)


def _element(name: str, **attributes: str) -> Any:
    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made

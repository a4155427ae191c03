"""A document as DOCX: official faces by name, exact lines, page numbers outside, tables whose heads repeat.

Whoever opens the file needs the faces. What is to be taken where one is missing stands in the file (altName), and the
program that opens it falls back by itself.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import docx
from docx.document import Document as Word
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table as Grid
from docx.table import _Cell as Cell
from docx.text.paragraph import Paragraph as Lines

from reports.document.docx_page import break_long, element, lay, prepare, set_face, set_property
from reports.document.model import (
    Align,
    Annex,
    Document,
    Figure,
    Form,
    Heading,
    Paragraph,
    Signature,
    Style,
    Table,
    clean,
)
from reports.files import write_whole
from reports.layout import LABEL, TALLEST, WIDEST, Layout, layout

_ALIGN = {
    Align.LEFT: WD_ALIGN_PARAGRAPH.LEFT,
    Align.CENTRE: WD_ALIGN_PARAGRAPH.CENTER,
    Align.RIGHT: WD_ALIGN_PARAGRAPH.RIGHT,
}
_PADDING = "70"  # of cells left and right, twentieths of a point


def write_docx(document: Document, path: Path) -> Path:
    """Writes the document and returns its path. Raises StorageError when the disk refuses."""
    return write_whole(path, render_docx(document))


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
        prepare(self.word, document, self.look)
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

    def _annex(self, block: Annex) -> None:
        if block.wide is not self.wide:
            self.wide = block.wide
            lay(self.word.add_section(WD_SECTION.NEW_PAGE), self.look, wide=self.wide)
            self._line(block.label, "heading")
        else:
            self._line(block.label, "heading").paragraph_format.page_break_before = True
        self._title(block.title)

    # blocks

    def _title(self, text: str, *, outline: bool = False) -> None:
        line = self._line(text, "title", size=self.look.size["title"], align=WD_ALIGN_PARAGRAPH.CENTER)
        form = line.paragraph_format
        form.line_spacing = Pt(self.look.size["title"] * 1.6)
        form.space_before, form.space_after = Pt(self.look.size["line"] / 2), Pt(self.look.size["line"])
        form.keep_with_next = True
        if outline:
            set_property(line, "w:outlineLvl", "0")

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
            break_long(line, text)
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
        rows[0].get_or_add_trPr().append(element("w:tblHeader"))
        for cell, column in zip(rows[0].tc_lst, block.columns, strict=True):
            self._cell(Cell(cell, grid), column.title, "heading", WD_ALIGN_PARAGRAPH.CENTER)
        for row, texts in zip(rows[1:], block.rows, strict=True):
            row.get_or_add_trPr().append(element("w:cantSplit"))
            for cell, column, text in zip(row.tc_lst, block.columns, texts, strict=True):
                self._cell(Cell(cell, grid), text, "plain", _ALIGN[column.align])
        self._line("", "body", size=4).paragraph_format.line_spacing = Pt(8)

    def _form(self, block: Form) -> None:
        grid = self._grid(len(block.rows), [LABEL, self.look.width(self.wide) - LABEL])
        for row, (label, text) in zip(grid._tbl.tr_lst, block.rows, strict=True):
            left, right = (Cell(cell, grid) for cell in row.tc_lst)
            row.get_or_add_trPr().append(element("w:cantSplit"))
            self._cell(left, label, "heading", WD_ALIGN_PARAGRAPH.CENTER)
            self._cell(right, text, "plain", WD_ALIGN_PARAGRAPH.LEFT)
            if not text:
                height = element("w:trHeight", val=str(int(self.look.size["line"] * 20 * block.lines)))
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
        margins = element("w:tblCellMar")
        for side in ("left", "right"):
            margins.append(element(f"w:{side}", w=_PADDING, type="dxa"))
        behind = ("w:tblBorders", "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
        grid._tbl.tblPr.insert_element_before(element("w:tblInd", w=_PADDING, type="dxa"), *behind)
        grid._tbl.tblPr.insert_element_before(margins, "w:tblLook", "w:tblCaption", "w:tblDescription")
        return grid

    def _cell(self, cell: Cell, text: str, face: str, align: WD_ALIGN_PARAGRAPH) -> None:
        name = "small" if self.wide else "table"
        size, high = self.look.size[name], self.look.size[f"{name}_line"]
        for number, part in enumerate(clean(text).split("\n")):
            line = cell.paragraphs[0] if not number else cell.add_paragraph()
            line.alignment = align
            line.paragraph_format.line_spacing = Pt(high)
            break_long(line, part)
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
            set_face(run._r.get_or_add_rPr(), face, self.look)

    def _indent(self, line: Lines) -> None:
        line.paragraph_format.first_line_indent = Pt(self.look.size["body"] * 2)  # 左空二字

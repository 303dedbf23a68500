"""A DOCX file in the format of official papers: A4, Times New Roman, page numbers at the top.

Margins, sizes and the place of the page number follow Nghị định 30/2020/NĐ-CP, annex I.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Mm, Pt
from docx.styles.style import ParagraphStyle
from docx.table import _Cell as WordCell
from docx.text.paragraph import Paragraph as WordParagraph

from govctl.reports.forms.blocks import Block, Heading, Paragraph, Table
from govctl.reports.forms.cells import Cell, Gap, Mixed, text
from govctl.reports.zipped import fixed

FONT = "Times New Roman"
_BODY, _TABLE = Pt(13), Pt(11)
_TEXT_WIDTH = Mm(210 - 30 - 15)
_CELL, _CELL_ID = "Table Cell", "TableCell"
_HEADINGS = {1: Pt(14), 2: Pt(13), 3: Pt(13)}


def word_file(title: Sequence[str], blocks: Sequence[Block], moment: datetime) -> bytes:
    """The file; `title` stands in the middle of the first page, a line each."""
    document = Document()
    _page(document)
    _styles(document)
    for position, line in enumerate(title):
        paragraph = document.add_paragraph(style="Body Text")
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = paragraph.add_run(text(line))
        run.bold, run.font.size = True, Pt(14 if position else 16)
    for block in blocks:
        _add(document, block)
    properties = document.core_properties
    properties.author = properties.last_modified_by = "govctl"
    properties.title = text(" – ".join(title))[:250]
    properties.comments, properties.language, properties.revision = "", "vi-VN", 1
    properties.created = properties.modified = moment.replace(tzinfo=None, microsecond=0)
    target = io.BytesIO()
    document.save(target)
    return fixed(target.getvalue(), moment)


def _page(document: WordDocument) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    section.header_distance = Mm(10)
    section.different_first_page_header_footer = True  # the first page bears no number
    paragraph = section.header.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _field(paragraph, "PAGE")


def _field(paragraph: WordParagraph, code: str) -> None:
    run = paragraph.add_run()
    run.font.name, run.font.size = FONT, _BODY
    for kind, words in (("begin", ""), ("", code), ("end", "")):
        if kind:
            part = OxmlElement("w:fldChar")
            part.set(qn("w:fldCharType"), kind)
        else:
            part = OxmlElement("w:instrText")
            part.text = words
        run._r.append(part)


def _styles(document: WordDocument) -> None:
    for name, size in {"Normal": _BODY, "Body Text": _BODY}.items():
        _font(document, name, size)
    body = _style(document, "Body Text")
    body.paragraph_format.space_after = Pt(6)
    for level, size in _HEADINGS.items():
        style = _font(document, f"Heading {level}", size)
        style.font.bold, style.font.italic = True, level == 3
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(12), Pt(6)
        style.paragraph_format.keep_with_next = True
    cells = document.styles.add_style(_CELL, WD_STYLE_TYPE.PARAGRAPH)
    cells.element.styleId = _CELL_ID
    cells.base_style = document.styles["Normal"]
    style = _font(document, _CELL, _TABLE)
    style.paragraph_format.space_after = Pt(2)


def _style(document: WordDocument, name: str) -> ParagraphStyle:
    style = document.styles[name]
    if not isinstance(style, ParagraphStyle):
        raise TypeError(f"{name} is no style of paragraphs")
    return style


def _font(document: WordDocument, name: str, size: Pt) -> ParagraphStyle:
    """Set the font for every script: a heading's theme font would win otherwise."""
    style = _style(document, name)
    style.font.name, style.font.size = FONT, size
    style.font.color.rgb = None
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), FONT)
    return style


def _add(document: WordDocument, block: Block) -> None:
    if isinstance(block, Heading):
        document.add_heading(text(block.text), block.level)
    elif isinstance(block, Paragraph):
        paragraph = document.add_paragraph(style="Body Text")
        paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
        _fill(paragraph, block.text)
    elif block.rows:
        _table(document, block)
    else:
        document.add_paragraph("Không có.", style="Body Text")


def _table(document: WordDocument, block: Table) -> None:
    table = document.add_table(rows=1 + len(block.rows), cols=len(block.head), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    whole = sum(block.widths)
    widths = [int(_TEXT_WIDTH * share / whole) for share in block.widths]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width / Cm(1))
    for position, (row, contents) in enumerate(
        zip(table.rows, (block.head, *block.rows), strict=True)
    ):
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if position == 0:
            properties.append(OxmlElement("w:tblHeader"))
        for cell, content, width in zip(row.cells, contents, widths, strict=True):
            cell.width = Cm(width / Cm(1))
            _put(cell, content, head=position == 0)
    document.add_paragraph(style=_CELL)


def _put(cell: WordCell, content: Cell, *, head: bool) -> None:
    parts = content.parts if isinstance(content, Mixed) else (content,)
    for position, part in enumerate(parts):
        paragraph = cell.paragraphs[0] if position == 0 else cell.add_paragraph()
        paragraph._p.style = _CELL_ID  # by its id: to look a style up takes 4 ms each time
        if head:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _fill(paragraph, part, bold=head)


def _fill(paragraph: WordParagraph, content: Cell, *, bold: bool = False) -> None:
    run = paragraph.add_run(text(content))
    run.bold = bold or None
    run.italic = True if isinstance(content, Gap) else None

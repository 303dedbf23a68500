"""Saving a workbook (XLSX) with the same bytes for the same content."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from openpyxl import Workbook
from openpyxl.packaging.core import DocumentProperties

from govctl.reports.zipped import fixed


def saved(
    book: Workbook, moment: datetime, *, title: str, creator: str, language: str | None = None
) -> bytes:
    """The file; `moment` stands for the time of writing, which openpyxl puts in by itself."""
    target = io.BytesIO()
    book.save(target)
    when = moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    own = DocumentProperties(
        creator=creator, title=title, language=language, created=when, modified=when
    )
    parts = {"docProps/core.xml": ET.tostring(own.to_tree(), encoding="utf-8")}
    return fixed(target.getvalue(), moment, parts)

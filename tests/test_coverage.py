"""The published tables of who answers the requirements are those of this version."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SPEC = importlib.util.spec_from_file_location(
    "requirement_tables", ROOT / "script" / "requirement_tables.py"
)
assert SPEC
assert SPEC.loader
tables = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(tables)


@pytest.mark.parametrize(("name", "kind"), list(tables.FILES.items()))
def test_published_numbers_are_todays(name: str, kind: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert text.count("<!-- requirements -->") == 1
    assert tables.written(text, kind) == text, "run script/requirement_tables.py"
    assert tables.written(text.replace("| 197 |", "| 198 |"), kind) == text

"""Compile the gettext catalogues and what is known of checks, for wheels and editable installs."""

import sys
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "govctl" / "locale"


def compile_catalogues(folder: Path = LOCALE) -> list[Path]:
    """Write a `.mo` beside each `.po`; return what was written."""
    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        with source.open("rb") as read, target.open("wb") as write:
            write_mo(write, read_po(read, abort_invalid=True))
        written.append(target)
    return written


def compile_checks() -> list[Path]:
    """Write the shipped checks and what families need beside them; return what was written."""
    sys.path.insert(0, str(ROOT))  # what is being built is not installed yet
    from policies import compiled, judged_by  # noqa: PLC0415

    folder = ROOT / "policies" / "checks"
    rows = folder / compiled.NAME
    rows.write_bytes(compiled.compiled(folder))
    judged_by.FILE.write_bytes(judged_by.compiled())
    return [rows, judged_by.FILE]


class CatalogueHook(BuildHookInterface[Any]):
    """Hatch calls this before it collects the package's files."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        compile_catalogues()
        compile_checks()


if __name__ == "__main__":
    for path in [*compile_catalogues(), *compile_checks()]:
        print(path)

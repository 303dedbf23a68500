"""Compile the gettext catalogues and the rows of checks, for wheels and editable installs alike."""

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


def compile_rows() -> Path:
    """Write the shipped checks beside their files; return what was written."""
    sys.path.insert(0, str(ROOT))  # what is being built is not installed yet
    from policies.compiled import NAME, compiled  # noqa: PLC0415

    folder = ROOT / "policies" / "checks"
    target = folder / NAME
    target.write_bytes(compiled(folder))
    return target


class CatalogueHook(BuildHookInterface[Any]):
    """Hatch calls this before it collects the package's files."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        compile_catalogues()
        compile_rows()


if __name__ == "__main__":
    for path in [*compile_catalogues(), compile_rows()]:
        print(path)

"""Bring the Vietnamese catalogue up to date with the texts in the source, or check that it is.

catalogues.py            write govctl.po: source texts, with the translations of the catalogue
                         and of the fragments beside it (parts/*.po)
catalogues.py --check    change nothing; exit 1 if a text lacks Vietnamese, has other
                         placeholders there, or is no longer in the source
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("govctl", "policies", "scanners", "stacks")
MESSAGES = ROOT / "govctl" / "locale" / "vi" / "LC_MESSAGES"
# `msg` and `Message` mark texts that are kept, `_` those that are shown at once.
KEYWORDS = {"_": None, "msg": None, "Message": None}
TASK = re.compile(r"^ *- name: (.+)$", re.MULTILINE)
"""What a task of Ansible is called is shown while it runs; no name of ours has holes or quotes."""
PLACEHOLDER = re.compile(r"\{\w+\}")
HEADER = """\
# Vietnamese texts of govctl. The English text in the source is the message id.
# The list is kept by script/catalogues.py; the translations are edited here.
msgid ""
msgstr ""
"Language: vi\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
"""Written by hand: Babel's own carries the time, and the same texts shall give the same bytes."""


def texts_of_source(root: Path = ROOT) -> dict[str, list[str]]:
    """Every text in the source, with the files it stands in."""
    found: dict[str, set[str]] = {}
    for path in _sources(root):
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        content = io.BytesIO(path.read_bytes())
        texts = [text for _line, text, _comments, _context in extract(method, content, KEYWORDS)]
        if path.suffix == ".py":
            texts += _docstrings(content.getvalue())
        for text in texts:
            if isinstance(text, str) and text:
                found.setdefault(text, set()).add(str(path.relative_to(root)))
    for path in sorted(root.glob("playbooks/*.yml")):
        for name in TASK.findall(path.read_text(encoding="utf-8")):
            found.setdefault(name, set()).add(str(path.relative_to(root)))
    return {text: sorted(found[text]) for text in sorted(found)}


def _docstrings(source: bytes) -> Iterator[str]:
    """The docstrings that people read: of commands, by paragraph; of families, the first line."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef):
            continue
        calls = (place.func for place in node.decorator_list if isinstance(place, ast.Call))
        names = {call.id for call in calls if isinstance(call, ast.Name)}
        documentation = ast.get_docstring(node) or ""
        if "command" in names:
            yield from (" ".join(part.split()) for part in documentation.split("\n\n"))
        elif "family" in names:
            yield documentation.split("\n")[0]


def _sources(root: Path) -> Iterator[Path]:
    for room in ROOMS:
        for pattern in ("*.py", "*.html.j2"):
            yield from sorted((root / room).rglob(pattern))


def translations(folder: Path = MESSAGES) -> tuple[dict[str, str], list[str]]:
    """The Vietnamese of each message id, and the ids that two fragments translate differently.

    A fragment is newer than the catalogue and counts before it.
    """
    found = _read(folder / "govctl.po")
    placed: dict[str, Path] = {}
    conflicts = []
    for path in sorted(folder.glob("parts/*.po")):
        for text, vietnamese in _read(path).items():
            if text in placed and found[text] != vietnamese:
                conflicts.append(
                    f"{path.name}: {text!r} is {vietnamese!r} here"
                    f" and {found[text]!r} in {placed[text].name}"
                )
                continue
            found[text] = vietnamese
            placed[text] = path
    return found, conflicts


def _read(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        catalogue = read_po(file, locale="vi", abort_invalid=True)
    return {str(m.id): str(m.string) for m in catalogue if m.id and m.string and not m.fuzzy}


def problems(source: dict[str, list[str]], vietnamese: dict[str, str]) -> list[str]:
    """What is wrong, one line each; empty if every text stands in both languages."""
    lines = []
    for text, files in source.items():
        if text not in vietnamese:
            lines.append(f"{files[0]}: no Vietnamese for {text!r}")
        elif sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(vietnamese[text])):
            lines.append(f"{files[0]}: other placeholders in {vietnamese[text]!r} than in {text!r}")
    lines += [f"no longer in the source: {text!r}" for text in vietnamese if text not in source]
    return lines


def write(source: dict[str, list[str]], vietnamese: dict[str, str], target: Path) -> None:
    """Write the catalogue; the same texts give the same bytes."""
    catalogue = Catalog(locale="vi")
    for text, files in source.items():
        catalogue.add(text, vietnamese.get(text, ""), locations=[(file, 0) for file in files])
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        file.write(HEADER.encode())
        write_po(file, catalogue, 98, omit_header=True, include_lineno=False, sort_output=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing, report problems")
    options = parser.parse_args()
    source = texts_of_source()
    vietnamese, conflicts = translations()
    found = conflicts + problems(source, vietnamese)
    if options.check:
        for line in found:
            print(line, file=sys.stderr)
        return 1 if found else 0
    for line in conflicts:
        print(line, file=sys.stderr)
    write(source, vietnamese, MESSAGES / "govctl.po")
    print(f"{len(source)} texts, {sum(text in vietnamese for text in source)} in Vietnamese")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What `govctl validate` does, without the parser of its words: the plain line needs none."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from govctl.cli import console
from govctl.errors import InputError
from govctl.texts import _, counted, msg

if TYPE_CHECKING:
    from govctl.estate.model import Estate


def plain_path(word: str) -> Path | None:
    """The estate of `validate ESTATE`; None if the parser must say what is wrong with the word."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return None
    path = Path(word)
    return path if os.access(path, os.R_OK) else None


def validate_estate(path: Path, output: Path | None = None, *, as_json: bool = False) -> int:
    """Check an estate and say what was found; the exit code. InputError unless it is JSON."""
    try:
        loaded = _checked(path)
    except InputError as error:
        if not as_json:
            raise
        console.write_json(_problems(error), output)
        return error.exit_code
    if as_json:
        document = {"schema": 1, "valid": True, "estate": loaded.id, "digest": loaded.digest}
        console.write_json(document, output)
    else:
        _say(loaded, _folder(path), output)
    return 0


def _checked(path: Path) -> Estate:
    """The estate; InputError with what is wrong in its folder, in any of its files."""
    from govctl.estate import load  # noqa: PLC0415 - start-up pays only for what it runs
    from govctl.estate.requirements import own_tables  # noqa: PLC0415
    from govctl.pipeline.decided import check_decisions  # noqa: PLC0415
    from govctl.pipeline.harden.contradictions import check_components, check_signed  # noqa: PLC0415
    from govctl.pipeline.settings import check_values  # noqa: PLC0415

    folder = _folder(path)
    if own_tables(folder) or (folder / "checks").is_dir():
        from govctl.pipeline.own_checks import use_checks_of  # noqa: PLC0415 - few have any

        use_checks_of(folder)
    loaded = load(path)
    check_values(loaded, path)
    check_components(loaded, path)
    check_signed(loaded, path)
    check_decisions(loaded, path)
    return loaded


def _say(loaded: Estate, folder: Path, output: Path | None) -> None:
    from govctl.cli.remembering import keep  # noqa: PLC0415
    from govctl.pipeline.decided import FILES  # noqa: PLC0415
    from govctl.reports.visible import visible  # noqa: PLC0415

    parts = (
        counted(len(loaded.units), msg("1 unit"), msg("{count} units")),
        counted(len(loaded.sites), msg("1 site"), msg("{count} sites")),
        counted(len(loaded.machines), msg("1 machine"), msg("{count} machines")),
        counted(len(loaded.flows), msg("1 flow"), msg("{count} flows")),
    )
    said = visible(_("{estate} is valid: {parts}", estate=loaded.id, parts=", ".join(parts)))
    console.write_exactly(said, output)
    # With these the answer hangs on more than files: decisions end, and a site's own code may do
    # anything.
    if not any((folder / name).exists() for name in (*FILES, "checks")):
        keep(str(folder), said)


def _problems(error: InputError) -> dict[str, object]:
    problems = [
        {
            "file": str(problem.file),
            "line": problem.line,
            "column": problem.column,
            "message": problem.message,
            "expected": problem.expected,
            "hint": problem.hint,
        }
        for problem in error.problems
    ]
    return {"schema": 1, "valid": False, "problems": problems}


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent

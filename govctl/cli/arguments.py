"""Arguments and options that several commands share, so that they mean the same everywhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from govctl.texts import _


class Format(StrEnum):
    """How a result is written."""

    TEXT = "text"
    JSON = "json"


EstateFolder = Annotated[
    Path,
    typer.Argument(
        metavar="ESTATE",
        help=_("The estate's folder, or its estate.yaml."),
        envvar="GOVCTL_ESTATE",
    ),
]
FormatOption = Annotated[
    Format, typer.Option("--format", help=_("text for people, json for programs."))
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", help=_("Write to this file instead of standard output.")),
]
YesOption = Annotated[
    bool, typer.Option("--yes", "-y", help=_("Do not ask; for scripts and pipelines."))
]
UnitOption = Annotated[
    list[str] | None,
    typer.Option(
        "--unit", help=_("Only this unit and those below it, by name or code; repeatable.")
    ),
]
LimitOption = Annotated[
    list[str] | None,
    typer.Option(
        "--limit",
        help=_(
            "Only machines with tier=, unit=, site=, zone=, role=, system= or machine=; repeatable."
        ),
    ),
]
ChecksOption = Annotated[
    str | None,
    typer.Option(
        "--checks",
        help=_("Only these checks, comma-separated: ids, globs, ssg:…, cis:…, tcvn14423-2026:…"),
    ),
]

"""Arguments and options that several commands share, so that they mean the same everywhere."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from govctl.cli import completion
from govctl.cli.bundles import Bundle
from govctl.cli.usage import not_one_of
from govctl.errors import UsageError
from govctl.texts import _

if TYPE_CHECKING:
    from govctl.estate.model import Estate, Machine


class Format(StrEnum):
    """How a result is written."""

    TEXT = "text"
    JSON = "json"


def _format(given: str) -> Format:
    if given not in tuple(Format):
        raise not_one_of("--format", given, tuple(Format))
    return Format(given)


def _use_checks_from(folders: list[Path] | None) -> list[Path] | None:
    """Done while the line is read, so that whatever names checks afterwards knows them."""
    if folders:
        from govctl.pipeline.own_checks import use_checks_from  # noqa: PLC0415

        use_checks_from(folders)
    return folders


EstateFolder = Annotated[
    Path,
    typer.Argument(
        metavar=_("ESTATE"),
        help=_("The estate's folder, or its estate.yaml; else $GOVCTL_ESTATE."),
        envvar="GOVCTL_ESTATE",
    ),
]
TargetsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar=_("TARGET …"),
        help=_("An estate's folder (else $GOVCTL_ESTATE); or hosts: localhost, ssh://user@host."),
    ),
]
FormatOption = Annotated[
    Format,
    typer.Option(
        "--format",
        metavar="text|json",
        parser=_format,
        autocompletion=lambda: list(Format),
        help=_("text for people (default), json for programs."),
    ),
]
StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help=_("postgresql+psycopg://…; else $GOVCTL_EVIDENCE, else the estate's own file."),
    ),
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar=_("FILE"),
        help=_("Write to this file instead of standard output."),
    ),
]
YesOption = Annotated[
    bool, typer.Option("--yes", "-y", help=_("Do not ask; for scripts and pipelines."))
]
UnitOption = Annotated[
    list[str] | None,
    typer.Option(
        "--unit",
        metavar=_("UNIT"),
        autocompletion=completion.units,
        help=_("Only this unit and those below it, by name or code; repeatable."),
    ),
]
LimitOption = Annotated[
    list[str] | None,
    typer.Option(
        "--limit",
        metavar=_("KEY=VALUE"),
        autocompletion=completion.limits,
        help=_(
            "Only machines with tier=, unit=, site=, zone=, role=, system= or machine=; repeatable."
        ),
    ),
]
RebuildOption = Annotated[
    list[str] | None,
    typer.Option(
        "--rebuild",
        metavar=_("KEY=VALUE"),
        autocompletion=completion.limits,
        help=_(
            "Make these machines anew, from today's image; what they hold is lost. "
            "Keys as of --limit; repeatable."
        ),
    ),
]
WavesOption = Annotated[
    str | None,
    typer.Option(
        "--waves",
        metavar="1,5%,100%",
        help=_("First so many machines, then up to such a part of all; else as the estate says."),
    ),
]
BudgetOption = Annotated[
    str | None,
    typer.Option(
        "--budget",
        metavar="N|N%",
        help=_("So many machines may fail before the run stops; else as the estate says, or none."),
    ),
]
ChecksOption = Annotated[
    str | None,
    typer.Option(
        "--checks",
        metavar=_("CHECKS"),
        autocompletion=completion.checks,
        help=_("Only these checks, comma-separated: ids, globs, ssg:…, cis:…, tcvn14423-2026:…"),
    ),
]
ChecksFromOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--checks-from",
        metavar=_("FOLDER"),
        callback=_use_checks_from,
        is_eager=True,
        help=_("A folder of your own checks: rows, families, facts, testinfra; repeatable."),
    ),
]
RootOption = Annotated[
    list[str] | None,
    typer.Option(
        "--root",
        metavar=_("FOLDER"),
        help=_("A tree of files instead: an image, a backup; repeatable."),
    ),
]
BaselineOption = Annotated[
    list[str] | None,
    typer.Option(
        "--baseline",
        metavar=_("NAME"),
        autocompletion=completion.baselines,
        help=_(
            "Judge by it: cis-debian12:l1-server, anssi-bp28:enhanced, tcvn14423-2026:3;"
            " repeatable, or comma-separated."
        ),
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar=_("NAME=VALUE"),
        help=_("A value for this run, by our name or a public rule's variable; repeatable."),
    ),
]


@dataclass(frozen=True)
class Within(Bundle):
    """Which part of an estate is meant."""

    unit: UnitOption = None
    limit: LimitOption = None

    def __bool__(self) -> bool:
        return bool(self.unit or self.limit)

    def refuse(self) -> None:
        """Raise UsageError if a part is named where no estate is meant."""
        if self:
            raise UsageError(_("--unit and --limit are for an estate"))

    def machines(self, estate: Estate) -> tuple[Machine, ...]:
        """The machines of that part; all of them if none is named."""
        from govctl.pipeline.limits import chosen_machines  # noqa: PLC0415

        return chosen_machines(estate, self.unit or (), self.limit or ())


@dataclass(frozen=True)
class JudgedBy(Bundle):
    """Which checks judge, by which values."""

    baseline: BaselineOption = None
    checks: ChecksOption = None
    checks_from: ChecksFromOption = None
    values: SetOption = None

    @property
    def baselines(self) -> tuple[str, ...]:
        """Names as given."""
        return words_of(self.baseline)

    @property
    def patterns(self) -> tuple[str, ...]:
        """Ids, globs and references of checks."""
        return words_of([self.checks or ""])

    @property
    def overrides(self) -> dict[str, str]:
        """Values by their own names. Raises UsageError for a name that is none."""
        from policies.overrides import overrides  # noqa: PLC0415

        return overrides(self.values or ())


def words_of(given: Sequence[str] | None) -> tuple[str, ...]:
    """The words of options that repeat or hold several between commas."""
    return tuple(word.strip() for one in given or () for word in one.split(",") if word.strip())


def estate_of(given: Sequence[str], *, trees: bool = False) -> Path:
    """The one estate that is meant; `trees`: the command would have taken --root instead."""
    words = list(given) or [word for word in [os.environ.get("GOVCTL_ESTATE")] if word]
    if not words:
        raise UsageError(
            _("which machines? Give an estate's folder, hosts (ssh://…, localhost), or --root")
            if trees
            else _("which machines? Give an estate's folder, or hosts (ssh://…, localhost)")
        )
    if len(words) > 1:
        raise UsageError(
            _("{word} is no host, and one estate is scanned at a time", word=words[1]),
            hint=_("write ssh://user@host, or localhost"),
        )
    estate = Path(words[0])
    if given and "/" not in words[0] and not estate.exists():
        raise UsageError(
            f"{words[0]}: {_('there is no such file')}",
            hint=_("write ssh://user@host, or localhost"),
        )
    return estate

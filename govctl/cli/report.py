"""The command that shows a kept run again, in any format."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Annotated

import typer

from govctl.cli import completion
from govctl.cli.app import command
from govctl.cli.arguments import OutputOption, StoreOption
from govctl.cli.formats import wanted
from govctl.cli.forms import FORMS, OwnerOption, SystemOption, Wishes, YearOption, fill
from govctl.cli.usage import not_one_of
from govctl.errors import UsageError
from govctl.reports.formats import FORMATS
from govctl.texts import _

EXAMPLE = """\
govctl report estate/ --format xlsx --lang vi -o findings.xlsx
govctl report 20261122T044212.345Z-3f9a1c -o page.html
govctl report estate/ --format mau-08 -o mau08.xlsx
govctl report estate/ --format dossier --system portal -o dossier.docx"""
LAST = "last"
"""The newest run, where an id is asked for."""
_NAMES = (*FORMATS, *FORMS)


def _format(given: str) -> str:
    if given not in _NAMES:
        raise not_one_of("--format", given, _NAMES)
    return given


@command(EXAMPLE)
def report(
    estate: Annotated[
        str | None,
        typer.Argument(
            metavar=_("ESTATE|RUN"),
            help=_(
                "The estate's folder; or a run of the estate that is $GOVCTL_ESTATE or this folder."
            ),
        ),
    ] = None,
    run: Annotated[
        str | None,
        typer.Option(
            "--run",
            metavar=_("RUN"),
            autocompletion=completion.runs,
            help=_("A run's id; else the newest."),
        ),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar=_("FORMAT"),
            parser=_format,
            autocompletion=lambda: list(_NAMES),
            help=_("{formats}; else by the name of FILE.", formats=", ".join(_NAMES)),
        ),
    ] = None,
    year: YearOption = None,
    owner: OwnerOption = None,
    system: SystemOption = None,
    store: StoreOption = None,
    output: OutputOption = None,
) -> int:
    """Show a kept run again, or fill one of the law's forms.

    In any format; the same run gives the same bytes. mau-08 is the yearly report on all systems,
    dossier the tables of a system's level dossier: what nobody knows is marked, never made up.
    Exit code 0 whatever the run found; 1 if a form contradicts itself.
    """
    from govctl.cli import outcome  # noqa: PLC0415
    from govctl.evidence.store import Store  # noqa: PLC0415
    from govctl.pipeline import job as jobs  # noqa: PLC0415

    place, chosen = meant(estate, run)
    form = format if format in FORMS else None
    wishes = Wishes(year, owner, system)
    wishes.refuse(form)
    if form is not None and output is None:
        raise UsageError(_("where to? Give -o FILE"))
    wished = wanted(None if form else format, output)
    job = jobs.open_job(place, store=store)
    runs = Store(job.workspace.runs, store)
    kept = runs.load(chosen) if chosen and chosen != LAST else runs.latest()
    if form is not None and output is not None:
        return fill(form, job, kept, wishes, output)
    if kept is None:
        raise UsageError(
            _("no run is kept yet"), hint=_("govctl scan {estate}", estate=shlex.quote(str(place)))
        )
    outcome.show_scan(job, kept, wished, output)
    return 0


def meant(word: str | None, run: str | None) -> tuple[Path, str | None]:
    """The estate, and the run if one is named. UsageError if there is no estate, or two runs.

    A word that is a path is the estate; any other is a run of the estate at hand.
    """
    if word and (Path(word).exists() or os.sep in word):
        return Path(word), run
    if word and run:
        raise UsageError(
            _("{word} is no estate's folder, and a run is named already", word=word),
        )
    return _at_hand(word), word or run


def _at_hand(word: str | None) -> Path:
    given = os.environ.get("GOVCTL_ESTATE")
    if given:
        return Path(given)
    if Path("estate.yaml").is_file():
        return Path()
    if word:
        raise UsageError(
            _("{word} is no folder, and there is no estate here to have such a run", word=word),
            hint=_("go to the estate's folder, or say GOVCTL_ESTATE"),
        )
    name = "govctl report"
    raise UsageError(
        _("{command} needs {what}", command=name, what=_("ESTATE")),
        hint=_("see: {command} -h", command=name),
    )

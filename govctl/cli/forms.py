"""Commands that fill the law's forms: form mau-08, form dossier."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from govctl.cli import completion, console
from govctl.cli.app import app, command, group
from govctl.cli.arguments import EstateFolder
from govctl.cli.help import Group
from govctl.cli.wording import counted, hanging
from govctl.errors import UsageError
from govctl.texts import Message, _, current_language, msg

if TYPE_CHECKING:
    from govctl.evidence.model import Run
    from govctl.pipeline.forms import Filled
    from govctl.pipeline.job import Job
    from govctl.reports.forms.cells import Gap, Lack

form_app = group(Group, _("Fill the law's forms from the estate and a run: mau-08, dossier."))
app.add_typer(form_app, name="form")

_WAITING: Mapping[Lack, tuple[Message, Message]] = {
    "scan": (msg("1 cell waits for a scan"), msg("{count} cells wait for a scan")),
    "person": (
        msg("1 cell waits for a person's attestation"),
        msg("{count} cells wait for a person's attestation"),
    ),
    "baseline": (
        msg("1 criterion has no requirement in the baselines"),
        msg("{count} criteria have no requirement in the baselines"),
    ),
}

FileOption = Annotated[
    Path, typer.Option("--output", "-o", metavar=_("FILE"), help=_("The file to write."))
]
RunOption = Annotated[
    str | None,
    typer.Option(
        "--run",
        metavar=_("RUN"),
        autocompletion=completion.runs,
        help=_("A run's id; else the newest."),
    ),
]


def _year(given: str) -> int:
    """The decree is of 2026: no report is older."""
    if not (given.isascii() and given.isdigit() and 2026 <= int(given[:5]) <= 9999):
        raise UsageError(
            _('--year does not take "{given}"', given=given), hint=_("a year from 2026 on")
        )
    return int(given)


@command("govctl form mau-08 estate/ -o mau08.xlsx", name="mau-08", into=form_app)
def mau08(
    estate: EstateFolder,
    output: FileOption,
    year: Annotated[
        int | None,
        typer.Option("--year", metavar=_("YEAR"), parser=_year, help=_("Else this year's report.")),
    ] = None,
    owner: Annotated[
        str | None,
        typer.Option(
            "--owner",
            metavar=_("UNIT"),
            autocompletion=completion.units,
            help=_("Whose systems; needed if the estate has several owners."),
        ),
    ] = None,
    run: RunOption = None,
) -> int:
    """Fill form 08, the yearly report on all systems (XLSX).

    What nobody knows is marked, never made up. Exit code 1 if the form contradicts itself.
    """
    from datetime import date  # noqa: PLC0415

    from govctl.pipeline import forms  # noqa: PLC0415
    from govctl.pipeline import job as jobs  # noqa: PLC0415
    from govctl.reports.forms.period import year_of  # noqa: PLC0415

    job = jobs.open_job(estate)
    wanted = year or year_of(date.today())
    filled = forms.mau08(job, _kept(job, run), wanted, owner, current_language())
    return _finish(filled, output)


@command("govctl form dossier estate/ --system portal -o dossier.docx", into=form_app)
def dossier(
    estate: EstateFolder,
    system: Annotated[
        str,
        typer.Option(
            "--system",
            metavar=_("SYSTEM"),
            autocompletion=completion.systems,
            help=_("Whose dossier, by id."),
        ),
    ],
    output: FileOption,
    run: RunOption = None,
) -> int:
    """Fill the tables of a system's level dossier (DOCX).

    Every requirement of the system's level, and how it is met; what is missing is marked.
    """
    from govctl.pipeline import forms  # noqa: PLC0415
    from govctl.pipeline import job as jobs  # noqa: PLC0415

    job = jobs.open_job(estate)
    return _finish(forms.level_dossier(job, _kept(job, run), system), output)


def _kept(job: Job, run: str | None) -> Run | None:
    """The run that is meant; none is an answer too."""
    from govctl.evidence.store import Store  # noqa: PLC0415

    store = Store(job.workspace.runs)
    return store.load(run) if run else store.latest()


def _finish(filled: Filled, output: Path) -> int:
    """Write the file, then say what it lacks and where it contradicts itself."""
    from govctl.files import PRIVATE, write_bytes_whole  # noqa: PLC0415

    if output.is_dir():
        raise UsageError(_("{path} is a folder, not a file", path=output))
    with console.writing(output):
        write_bytes_whole(output, filled.content, PRIVATE)
    console.say(str(output))
    for remark in filled.remarks:
        console.warn(_("note: {text}", text=remark.render()))
    broken = [outcome for outcome in filled.outcomes if not outcome.holds]
    for outcome in broken:
        where = ", ".join(outcome.offenders)
        told = _("contradiction: {rule}: {where}", rule=outcome.rule.text.render(), where=where)
        console.say(hanging(told, 4))
    _say_gaps(filled.gaps)
    return 1 if broken else 0


def _say_gaps(gaps: Sequence[Gap]) -> None:
    """Gaps of the estate by field, and how many wait for a scan or for a person."""
    owners: dict[str, list[str]] = {}
    for gap in gaps:
        if gap.lack == "estate":
            owner, _bracket, field = gap.where.partition("].")
            owners.setdefault(field, []).append(owner.rpartition("[")[2])
    for field, names in owners.items():
        listed = _("no data: {field} of {names}", field=field, names=", ".join(names))
        console.say(hanging(listed, 4))
    lacks = Counter(gap.lack for gap in gaps)
    for lack, (one, many) in _WAITING.items():
        if lacks[lack]:
            console.say(counted(lacks[lack], one, many))

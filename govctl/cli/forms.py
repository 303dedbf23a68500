"""The law's forms among the formats of `report`: form 08 (XLSX) and the level dossier (DOCX)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from govctl.cli import completion, console
from govctl.errors import UsageError
from govctl.texts import Message, _, counted, current_language, msg

if TYPE_CHECKING:
    from govctl.evidence.model import Run
    from govctl.pipeline.forms import Filled
    from govctl.pipeline.job import Job
    from govctl.reports.forms.cells import Gap, Lack

FORMS = ("mau-08", "dossier")

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


def _year(given: str) -> int:
    """The decree is of 2026: no report is older."""
    if not (given.isascii() and given.isdigit() and 2026 <= int(given[:5]) <= 9999):
        raise UsageError(
            _('--year does not take "{given}"', given=given), hint=_("a year from 2026 on")
        )
    return int(given)


YearOption = Annotated[
    int | None,
    typer.Option(
        "--year",
        metavar=_("YEAR"),
        parser=_year,
        help=_("With mau-08: the year; else this year."),
    ),
]
OwnerOption = Annotated[
    str | None,
    typer.Option(
        "--owner",
        metavar=_("UNIT"),
        autocompletion=completion.units,
        help=_("With mau-08: whose systems; needed if the estate has several owners."),
    ),
]
SystemOption = Annotated[
    str | None,
    typer.Option(
        "--system",
        metavar=_("SYSTEM"),
        autocompletion=completion.systems,
        help=_("With dossier: the system's id."),
    ),
]


@dataclass(frozen=True)
class Wishes:
    """What a form is about, as far as it was said."""

    year: int | None
    owner: str | None
    system: str | None

    def refuse(self, form: str | None) -> None:
        """UsageError for what does not belong to the form, or lacks."""
        given = {"--year": self.year, "--owner": self.owner, "--system": self.system}
        fitting = {"mau-08": {"--year", "--owner"}, "dossier": {"--system"}}.get(form or "", set())
        for option, value in given.items():
            if value is not None and option not in fitting:
                raise UsageError(_("{option} is for another format", option=option))
        if form == "dossier" and self.system is None:
            raise UsageError(_("whose dossier? Say --system SYSTEM"))


def fill(form: str, job: Job, run: Run | None, wishes: Wishes, output: Path) -> int:
    """Fill one of `FORMS`, write it, and say what it lacks: 1 if it contradicts itself."""
    from datetime import date  # noqa: PLC0415

    from govctl.pipeline import forms  # noqa: PLC0415
    from govctl.reports.forms.period import year_of  # noqa: PLC0415

    if form == "mau-08":
        year = wishes.year or year_of(date.today())
        return _finish(forms.mau08(job, run, year, wishes.owner, current_language()), output)
    return _finish(forms.level_dossier(job, run, wishes.system or ""), output)


def _finish(filled: Filled, output: Path) -> int:
    """Write the file, then say what it lacks and where it contradicts itself."""
    from govctl.cli.wording import hanging  # noqa: PLC0415
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
    from govctl.cli.wording import hanging  # noqa: PLC0415

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

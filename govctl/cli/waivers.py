"""Commands about what persons decide: waive, attest, waivers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from govctl.cli import completion, console
from govctl.cli.app import command
from govctl.cli.arguments import EstateFolder, Format, FormatOption, OutputOption
from govctl.errors import UsageError
from govctl.texts import _

if TYPE_CHECKING:
    from govctl.estate.model import Span
    from govctl.pipeline.deciding import Decided

AtOption = Annotated[
    list[str],
    typer.Option(
        "--at",
        metavar=_("KEY=VALUE"),
        autocompletion=completion.limits,
        help=_(
            "Where: estate, or tier=, unit=, site=, zone=, role=, system=, machine=; of several"
            " keys all must hold."
        ),
    ),
]
UntilOption = Annotated[
    str,
    typer.Option(
        "--until",
        metavar=_("MOMENT"),
        help=_("2027-03-01T00:00+07:00 or '2027-03-01 +07:00': its end, with a time zone."),
    ),
]
IdOption = Annotated[
    str | None,
    typer.Option("--id", metavar=_("ID"), help=_("Its id; else the next free one of the year.")),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help=_("Only show what would be written."))
]
PERSON = _("NAME, UNIT")
TEXT = _("TEXT")


@command(
    "govctl waive estate/ sshd-max-auth-tries --at machine=portal-web-1 \\\n"
    "    --owner 'Nguyễn Văn An, so-khcn' --approver 'Trần Thị Bình, 25' \\\n"
    "    --reason 'The old client needs four' --measure 'Only from zone admin' \\\n"
    "    --until 2027-03-01T00:00+07:00"
)
def waive(
    estate: EstateFolder,
    what: Annotated[
        list[str],
        typer.Argument(
            metavar=_("WHAT …"),
            help=_("Checks, by id or glob; or requirements: tcvn14423-2026:5.6.2.3, acc.inactive."),
        ),
    ],
    at: AtOption,
    owner: Annotated[str, typer.Option("--owner", metavar=PERSON, help=_("Who carries the risk."))],
    approver: Annotated[
        str,
        typer.Option(
            "--approver",
            metavar=PERSON,
            help=_("Who accepts it: of a unit above, or of approvers in estate.yaml."),
        ),
    ],
    reason: Annotated[str, typer.Option("--reason", metavar=TEXT, help=_("Why it is accepted."))],
    measure: Annotated[
        str,
        typer.Option("--measure", metavar=TEXT, help=_("What lessens the risk until then.")),
    ],
    until: UntilOption,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar=_("MOMENT"), help=_("When it begins; else now.")),
    ] = None,
    id: IdOption = None,
    dry_run: DryRunOption = False,
) -> int:
    """Accept a risk for a time: add a waiver to waivers.yaml.

    What fails still fails and is shown as an accepted risk, never as met. It no longer makes the
    exit code of a scan 1, and harden leaves it alone. A requirement is waived only where every
    requirement that a failing check answers is named. The file is for review and version control.
    """
    from govctl.pipeline.deciding import add_waiver  # noqa: PLC0415

    texts = {"reason": reason, "measure": measure, "from": start or _now(), "until": until}
    if id:
        texts["id"] = id
    people = {"owner": owner, "approver": approver}
    done = add_waiver(estate, what, at, people, texts, datetime.now(UTC), write=not dry_run)
    return _told(done, dry_run)


@command(
    "govctl attest estate/ 'tcvn14423-2026:5.1.2.1 a' --at system=portal \\\n"
    "    --by 'Trần Thị Bình, so-khcn' --document estate/documents/risk.pdf \\\n"
    "    --until '2027-10-31 +07:00' --statement 'Issued by decision 12/QĐ-SKHCN'"
)
def attest(
    estate: EstateFolder,
    requirements: Annotated[
        list[str],
        typer.Argument(
            metavar=_("REQUIREMENT …"),
            help=_("By clause or key: tcvn14423-2026:5.6.2.3, acc.inactive."),
        ),
    ],
    at: AtOption,
    by: Annotated[str, typer.Option("--by", metavar=PERSON, help=_("Who states it."))],
    document: Annotated[
        Path,
        typer.Option(
            "--document",
            metavar=_("FILE"),
            help=_("What proves it; inside the estate's folder it is compared at every scan."),
        ),
    ],
    until: UntilOption,
    statement: Annotated[str, typer.Option("--statement", metavar=TEXT, help=_("What is stated."))],
    title: Annotated[
        str | None,
        typer.Option("--title", metavar=TEXT, help=_("The document's name; else its file's.")),
    ] = None,
    date: Annotated[
        str | None,
        typer.Option("--date", metavar=_("MOMENT"), help=_("When it was stated; else now.")),
    ] = None,
    id: IdOption = None,
    dry_run: DryRunOption = False,
) -> int:
    """State that a requirement is met: add to attestations.yaml.

    It counts where no machine can answer, or as the rest that checks leave to a person; never
    against a check. A document that was changed since ends it.
    """
    from govctl.pipeline.deciding import add_attestation  # noqa: PLC0415

    texts = {"date": date or _now(), "until": until, "statement": statement}
    texts |= {key: text for key, text in (("id", id), ("title", title)) if text}
    done = add_attestation(
        estate, requirements, at, by, document, texts, datetime.now(UTC), write=not dry_run
    )
    return _told(done, dry_run)


@command("govctl waivers estate/ --expiring 30d")
def waivers(
    estate: EstateFolder,
    expiring: Annotated[
        str | None,
        typer.Option(
            "--expiring",
            metavar=_("SPAN"),
            help=_("Only what ends within it, or has ended: 30d, 2 weeks, 6 months."),
        ),
    ] = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """List waivers and attestations by their ends.

    Each is coming, holding, expiring (within 30 days, or --expiring) or expired; an attestation
    whose document is another one now does not hold either.
    """
    from govctl.cli import waivers_text  # noqa: PLC0415
    from govctl.estate import load  # noqa: PLC0415
    from govctl.pipeline.decided import of_folder  # noqa: PLC0415
    from govctl.pipeline.own_checks import use_checks_of  # noqa: PLC0415

    soon = _span(expiring) if expiring else None
    now = datetime.now(UTC)
    use_checks_of(estate)
    folder = estate if estate.is_dir() else estate.parent
    decisions = of_folder(load(estate), folder, now)
    if format is Format.JSON:
        console.write_json(waivers_text.document(decisions, now, soon), output)
    else:
        console.show(waivers_text.listing(decisions, now, soon), output)
    return 0


def _told(done: Decided, dry_run: bool) -> int:
    from govctl.cli import waivers_text  # noqa: PLC0415

    if dry_run:
        console.say(done.added.text.rstrip())
    console.say(waivers_text.summary(done, dry_run=dry_run))
    return 0


def _now() -> str:
    """This minute, in the zone of this machine."""
    return datetime.now().astimezone().isoformat(timespec="minutes")


def _span(given: str) -> Span:
    from pydantic_core import PydanticCustomError  # noqa: PLC0415

    from govctl.estate.moments import span  # noqa: PLC0415

    try:
        return span(given)
    except PydanticCustomError as error:
        raise UsageError(
            _('--expiring does not take "{given}"', given=given),
            hint=_("such as 30d, 2 weeks, 6 months"),
        ) from error

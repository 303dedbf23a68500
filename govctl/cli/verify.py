"""Commands that verify: harden, report, inventory, check list and show."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from govctl.cli import completion, console
from govctl.cli.app import app, command, group
from govctl.cli.arguments import (
    ChecksOption,
    EstateFolder,
    Format,
    FormatOption,
    LimitOption,
    OutputOption,
    UnitOption,
)
from govctl.cli.help import Group
from govctl.errors import UsageError
from govctl.texts import _, current_language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from govctl.estate.model import Estate
    from policies.model import Check

check_app = group(Group, _("Show what is checked, why, and how: list, show."))
app.add_typer(check_app, name="check")


@command("govctl harden estate/ --plan")
def harden(
    estate: EstateFolder,
    unit: UnitOption = None,
    limit: LimitOption = None,
    checks: ChecksOption = None,
    plan: Annotated[
        bool, typer.Option("--plan", help=_("Only say what would change; changes nothing."))
    ] = False,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """Scan, close what fails and can be fixed, and scan again."""
    from govctl.cli import outcome  # noqa: PLC0415
    from govctl.pipeline import job as jobs  # noqa: PLC0415
    from govctl.pipeline.limits import chosen_machines  # noqa: PLC0415
    from govctl.pipeline.main_job import harden_and_verify  # noqa: PLC0415

    with console.watching() as watcher:
        job = jobs.open_job(estate, watcher)
        rows = _selected(checks, job.estate)
        machines = chosen_machines(job.estate, unit or (), limit or ())
        with jobs.alone(job, "harden"):
            result = harden_and_verify(job, machines, rows, command=sys.argv[1:], check=plan)
    return outcome.show_hardening(job, result, format, output, planned=plan)


@command("govctl report estate/ --format json --output scan.json")
def report(
    estate: EstateFolder,
    run: Annotated[
        str | None,
        typer.Option(
            "--run",
            metavar=_("RUN"),
            autocompletion=completion.runs,
            help=_("A run's id; else the newest."),
        ),
    ] = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """Show a kept run again; -o FILE.html writes its page."""
    from govctl.cli import outcome  # noqa: PLC0415
    from govctl.evidence.store import Store  # noqa: PLC0415
    from govctl.pipeline import job as jobs  # noqa: PLC0415
    from govctl.pipeline.verify import page_of  # noqa: PLC0415

    job = jobs.open_job(estate)
    store = Store(job.workspace.runs)
    kept = store.load(run) if run else store.latest()
    if kept is None:
        raise UsageError(_("no run is kept yet"), hint=_("govctl scan {estate}", estate=estate))
    if output is not None and output.suffix == ".html":
        console.write_exactly(page_of(job, store, kept), output)
        return 0
    outcome.show_scan(job, kept, format, output)
    return 0


@command("govctl inventory estate/ -o inventory.json")
def inventory(estate: EstateFolder, output: OutputOption = None) -> int:
    """Print the estate's inventory for plain ansible-playbook."""
    from govctl.pipeline import job as jobs  # noqa: PLC0415
    from govctl.pipeline.main_job import whole_inventory  # noqa: PLC0415

    job = jobs.open_job(estate)
    console.write_json(whole_inventory(job), output)
    return 0


@command("govctl check list --checks 'sshd-*'", "list", check_app)
def check_list(
    checks: ChecksOption = None, format: FormatOption = Format.TEXT, output: OutputOption = None
) -> int:
    """List the checks."""
    rows = _selected(checks)
    if format is Format.JSON:
        document = {"checks": [_document(check) for check in rows]}
        console.write_json(document, output)
        return 0
    from govctl.reports.console import check_table  # noqa: PLC0415

    console.show(check_table(rows), output)
    return 0


@command("govctl check show sshd-root-login", "show", check_app)
def check_show(
    check: Annotated[
        str,
        typer.Argument(
            metavar=_("CHECK"),
            autocompletion=completion.checks,
            help=_("A check's id, or a reference such as ssg:…"),
        ),
    ],
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """Show what a check means, how it is judged and fixed.

    And which requirements and public references it answers.
    """
    rows = _selected(check)
    if format is Format.JSON:
        console.write_json({"checks": [_document(row) for row in rows]}, output)
    else:
        from govctl.cli.wording import hanging  # noqa: PLC0415

        described = ("\n".join(hanging(line, 4) for line in _described(row)) for row in rows)
        console.write_output("\n\n".join(described), output)
    return 0


def _described(check: Check) -> Iterator[str]:
    from govctl.reports.words import SEVERITY_WORDS  # noqa: PLC0415
    from policies.families import families  # noqa: PLC0415
    from policies.values import defaults  # noqa: PLC0415

    yield f"{check.id} ({SEVERITY_WORDS[check.severity].render()})"
    yield f"  {check.text[current_language()]}"
    purpose = _(families()[check.family].purpose)
    yield _("  judged by {family}: {purpose}", family=check.family, purpose=purpose)
    if check.args:
        arguments = ", ".join(f"{name}={value}" for name, value in defaults(check.args).items())
        yield _("  with {arguments}", arguments=arguments)
    if check.fix:
        yield _("  fixed by the role {role}", role=check.fix)
    else:
        yield _("  a person has to fix it")
    yield _("  answers {keys}", keys=", ".join(check.answers))
    for scheme, ids in check.references.items():
        yield f"  {scheme}: {', '.join(ids)}"


def _selected(patterns: str | None, estate: Estate | None = None) -> tuple[Check, ...]:
    """The checks that the patterns name; without any, those that are the estate's own, or all."""
    from govctl.pipeline.due import due_checks  # noqa: PLC0415
    from policies.catalogue import checks  # noqa: PLC0415
    from policies.selection import select  # noqa: PLC0415

    words = [word.strip() for word in (patterns or "").split(",") if word.strip()]
    if estate is not None and not words:
        return due_checks(estate)
    return select(checks(), words)


def _document(check: Check) -> dict[str, object]:
    from policies.values import defaults  # noqa: PLC0415

    return {
        "id": check.id,
        "severity": check.severity,
        "family": check.family,
        "arguments": defaults(check.args),
        "text": dict(check.text),
        "answers": list(check.answers),
        "references": {scheme: list(ids) for scheme, ids in check.references.items()},
        "fix": check.fix,
    }

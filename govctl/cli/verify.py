"""Commands that verify: scan, harden, report, inventory, check list and show, doctor."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from govctl.cli import console
from govctl.cli.app import app
from govctl.cli.arguments import (
    ChecksOption,
    EstateFolder,
    Format,
    FormatOption,
    LimitOption,
    OutputOption,
    UnitOption,
)
from govctl.errors import UsageError
from govctl.texts import _, current_language

if TYPE_CHECKING:
    from govctl.doctor import State
    from policies.model import Check

check_app = typer.Typer(help=_("What is checked, why, and how."), no_args_is_help=True)
app.add_typer(check_app, name="check")


@app.command(epilog=_("Example: govctl scan estate/ --unit 'Xã Hy Cương' --checks 'sshd-*'"))
def scan(
    estate: Annotated[
        Path | None,
        typer.Argument(metavar="ESTATE", help=_("The estate's folder."), envvar="GOVCTL_ESTATE"),
    ] = None,
    root: Annotated[
        list[Path] | None,
        typer.Option("--root", help=_("A tree of files instead: an image, a backup; repeatable.")),
    ] = None,
    unit: UnitOption = None,
    limit: LimitOption = None,
    checks: ChecksOption = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """Take facts from machines in one visit each, and judge them."""
    from govctl.cli import outcome  # noqa: PLC0415
    from govctl.pipeline import job as jobs  # noqa: PLC0415
    from govctl.pipeline.limits import chosen_machines  # noqa: PLC0415
    from govctl.pipeline.probes import ask_services  # noqa: PLC0415
    from govctl.pipeline.verify import verify  # noqa: PLC0415

    rows = _selected(checks)
    if root:
        return _scan_trees(root, rows, format, output)
    if estate is None:
        raise UsageError(_("scan what? Give an estate's folder, or --root"))
    with console.watching() as watcher:
        job = jobs.open_job(estate, watcher)
        machines = chosen_machines(job.estate, unit or (), limit or ())
        whole = not (unit or limit or checks)
        run = verify(
            job,
            machines,
            rows,
            command=sys.argv[1:],
            probe=ask_services if whole else None,
        ).run
    return outcome.show_scan(job, run, format, output)


@app.command(epilog=_("Example: govctl harden estate/ --plan"))
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

    rows = _selected(checks)
    with console.watching() as watcher:
        job = jobs.open_job(estate, watcher)
        machines = chosen_machines(job.estate, unit or (), limit or ())
        with jobs.alone(job, "harden"):
            result = harden_and_verify(job, machines, rows, command=sys.argv[1:], check=plan)
    return outcome.show_hardening(job, result, format, output, planned=plan)


@app.command(epilog=_("Example: govctl report estate/ --format json --output scan.json"))
def report(
    estate: EstateFolder,
    run: Annotated[
        str | None, typer.Option("--run", help=_("A run's id; else the newest."))
    ] = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """Show a kept run again, and where its page is; text, JSON, or an HTML page by -o FILE.html."""
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
        console.write_output(page_of(job, store, kept), output)
        return 0
    outcome.show_scan(job, kept, format, output)
    return 0


@app.command()
def inventory(estate: EstateFolder, output: OutputOption = None) -> int:
    """Print Ansible's inventory of the estate, for plain ansible-playbook."""
    from govctl.pipeline import job as jobs  # noqa: PLC0415
    from govctl.pipeline.main_job import whole_inventory  # noqa: PLC0415

    job = jobs.open_job(estate)
    console.write_output(json.dumps(whole_inventory(job), ensure_ascii=False, indent=1), output)
    return 0


@check_app.command("list")
def check_list(
    checks: ChecksOption = None, format: FormatOption = Format.TEXT, output: OutputOption = None
) -> int:
    """List the checks."""
    rows = _selected(checks)
    if format is Format.JSON:
        document = {"checks": [_document(check) for check in rows]}
        console.write_output(json.dumps(document, ensure_ascii=False, indent=1), output)
        return 0
    language = current_language()
    width = max(len(check.id) for check in rows)
    lines = [f"{c.id:<{width}}  {c.severity:<8}  {c.text[language]}" for c in rows]
    console.write_output("\n".join(lines), output)
    return 0


@check_app.command("show")
def check_show(
    check: Annotated[str, typer.Argument(help=_("A check's id, or a reference such as ssg:…"))],
    format: FormatOption = Format.TEXT,
) -> int:
    """Show what a check means, how it is judged, how it is fixed, and what it answers."""
    from policies.families import families  # noqa: PLC0415

    for row in _selected(check):
        if format is Format.JSON:
            console.say(json.dumps(_document(row), ensure_ascii=False, indent=1))
            continue
        arguments = ", ".join(f"{name}={value}" for name, value in row.args.items())
        console.say(f"{row.id} ({row.severity})")
        console.say(f"  {row.text[current_language()]}")
        console.say(
            _(
                "  judged by {family}: {purpose}",
                family=row.family,
                purpose=families()[row.family].purpose,
            )
        )
        console.say(_("  with {arguments}", arguments=arguments or "–"))
        console.say(
            _("  fixed by the role {role}", role=row.fix)
            if row.fix
            else _("  a person has to fix it")
        )
        console.say(_("  answers {keys}", keys=", ".join(row.answers)))
        for scheme, ids in row.references.items():
            console.say(f"  {scheme}: {', '.join(ids)}")
    return 0


@app.command()
def doctor(
    fix: Annotated[bool, typer.Option("--fix", help=_("Get what is missing."))] = False,
    format: FormatOption = Format.TEXT,
) -> int:
    """List what this machine needs, its state, and how to get what is missing."""
    from govctl import doctor as prerequisites  # noqa: PLC0415

    states = prerequisites.check()
    if fix and not all(state.stands for state in states):
        states = prerequisites.fix(states, lambda text: console.note(text.render()))
    if format is Format.JSON:
        document = [
            {
                "id": state.id,
                "state": state.condition,
                "found": state.found.render("en"),
                "remedy": state.remedy.render("en") if state.remedy else None,
            }
            for state in states
        ]
        console.say(json.dumps({"schema": 1, "prerequisites": document}, indent=1))
    else:
        _show_prerequisites(states)
    return 0 if all(state.stands for state in states) else 3


def _show_prerequisites(states: list[State]) -> None:
    words = {
        "ok": _("✓ ok"),
        "missing": _("✗ missing"),
        "wrong": _("✗ wrong"),
        "information": _("· note"),
    }
    for state in states:
        word = words[state.condition]
        console.say(f"{word:<10} {state.name.render()}: {state.found.render()}")
        if not state.stands and state.remedy:
            console.say(f"{'':<10} → {state.remedy.render()}")
    if any(not state.stands and state.fixable for state in states):
        console.say(_("get it all: govctl doctor --fix"))


def _selected(patterns: str | None) -> tuple[Check, ...]:
    from policies.catalogue import checks  # noqa: PLC0415
    from policies.selection import select  # noqa: PLC0415

    return select(checks(), [p.strip() for p in (patterns or "").split(",") if p.strip()])


def _document(check: Check) -> dict[str, object]:
    return {
        "id": check.id,
        "severity": check.severity,
        "family": check.family,
        "arguments": dict(check.args),
        "text": dict(check.text),
        "answers": list(check.answers),
        "references": {scheme: list(ids) for scheme, ids in check.references.items()},
        "fix": check.fix,
    }


def _scan_trees(
    roots: list[Path], rows: tuple[Check, ...], format: Format, output: Path | None
) -> int:
    from govctl.cli import outcome  # noqa: PLC0415
    from govctl.pipeline.trees import scan_roots  # noqa: PLC0415

    return outcome.show_trees(scan_roots(roots, rows, command=sys.argv[1:]), format, output)

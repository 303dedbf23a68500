"""What a finished command shows: what stands, what does not, and the next command to type."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from govctl.cli import console
from govctl.cli.arguments import Format
from govctl.reports.console import scan_summary, status_table
from govctl.reports.json_report import render_json, scan_document
from govctl.reports.standing import STATE_WORDS, Standing
from govctl.reports.words import STATUS_WORDS
from govctl.texts import _

if TYPE_CHECKING:
    from govctl.evidence.model import Probe, Run
    from govctl.pipeline.hardening import HardenResult
    from govctl.pipeline.job import Job
    from govctl.pipeline.main_job import HardenedResult, UpResult
    from govctl.pipeline.provision import Drift


def show_up(job: Job, result: UpResult, format: Format, output: Path | None) -> int:
    """The end of `up`: 0 if everything holds, 1 with findings, 4 if a machine was not reached."""
    run = result.verified.run
    if format is Format.JSON:
        document = {
            "schema": 1,
            "changed": result.made.changed,
            "hardened": _hardened(result.hardened),
            "scan": scan_document(run),
        }
        console.write_output(json.dumps(document, ensure_ascii=False, indent=1), output)
        return exit_code(run)
    if result.made.changed:
        console.say(_("{count} objects changed", count=result.made.changed))
    else:
        console.say(_("nothing to change, nothing changed"))
    changed = sum(bool(done.changed) for done in result.hardened.values())
    if result.hardened:
        console.say(_("{count} machines hardened", count=changed))
    _say_failed(result.hardened)
    show_run(job, run)
    return 4 if not all(done.ok for done in result.hardened.values()) else exit_code(run)


def show_scan(job: Job, run: Run, format: Format, output: Path | None) -> int:
    """The end of `scan` and `report`."""
    if format is Format.JSON:
        console.write_output(render_json(run), output)
    else:
        show_run(job, run)
    return exit_code(run)


def show_hardening(
    job: Job, result: HardenedResult, format: Format, output: Path | None, *, planned: bool
) -> int:
    """The end of `harden`: what each machine's tasks changed, or would change."""
    run = result.verified.run
    if format is Format.JSON:
        document = {"schema": 1, "hardened": _hardened(result.hardened), "scan": scan_document(run)}
        console.write_output(json.dumps(document, ensure_ascii=False, indent=1), output)
    else:
        for name, done in result.hardened.items():
            tasks = ", ".join(done.changed) or _("nothing")
            if planned:
                console.say(_("{machine} would change: {tasks}", machine=name, tasks=tasks))
            else:
                console.say(_("{machine} changed: {tasks}", machine=name, tasks=tasks))
        if not result.hardened:
            console.say(_("nothing to harden"))
        _say_failed(result.hardened)
        show_run(job, run)
    if not all(done.ok for done in result.hardened.values()):
        return 4
    return exit_code(run)


def show_trees(run: Run, format: Format, output: Path | None) -> int:
    """The end of a scan of trees of files."""
    from policies.catalogue import checks  # noqa: PLC0415

    if format is Format.JSON:
        console.write_output(render_json(run), output)
    else:
        console.show(scan_summary(run, None, {check.id: check for check in checks()}))
    return exit_code(run)


def _hardened(results: Mapping[str, HardenResult]) -> dict[str, object]:
    return {
        name: {"changed": done.changed, "failed": done.failed, "unreachable": done.unreachable}
        for name, done in results.items()
    }


def _say_failed(results: Mapping[str, HardenResult]) -> None:
    for done in results.values():
        if not done.ok:
            reason = done.unreachable or "; ".join(done.failed)
            text = _("hardening of {machine} failed: {reason}", machine=done.target, reason=reason)
            console.say(text)


def show_run(job: Job, run: Run) -> None:
    """A run for a person: services first, then verdicts, then where the page is."""
    from policies.catalogue import checks  # noqa: PLC0415

    known = {check.id: check for check in checks()}
    report = job.workspace.runs / run.id / "report.html"
    console.show(
        Group(
            *_services(run.probes),
            scan_summary(run, job.estate, known),
            Text(),
            Text(_("report: {path}", path=report)),
        )
    )


def _services(probes: Sequence[Probe]) -> list[Text]:
    if not probes:
        return []
    failing = [probe for probe in probes if probe.status != "pass"]
    lines = [
        Text(
            _(
                "services: {good} of {all} probes answered as they should",
                good=len(probes) - len(failing),
                all=len(probes),
            )
        )
    ]
    for probe in failing:
        word = STATUS_WORDS[probe.status]
        text = f"  {word.symbol} {probe.target}: {probe.question.render()}: {probe.reason.render()}"
        lines.append(Text(text, style="red"))
    return [*lines, Text()]


def exit_code(run: Run) -> int:
    """4 if something was not reached, 1 if something fails, 0 otherwise."""
    statuses = {finding.status for finding in run.findings}
    statuses |= {probe.status for probe in run.probes}
    if "unreachable" in statuses:
        return 4
    return 1 if "fail" in statuses else 0


def show_status(job: Job, rows: Sequence[Standing], format: Format, output: Path | None) -> int:
    """What stands: 0 if all of it does, else 1."""
    good = all(row.state == "stands" for row in rows)
    if format is Format.JSON:
        document = {
            "schema": 1,
            "estate": job.estate.id,
            "objects": [{"kind": row.kind, "id": row.id, "state": row.state} for row in rows],
        }
        console.write_output(json.dumps(document, ensure_ascii=False, indent=1), output)
    else:
        following = None if good else f"govctl up {job.workspace.estate}"
        console.show(status_table(rows, following))
        counts = {
            state: count
            for state in STATE_WORDS
            if (count := sum(row.state == state for row in rows))
        }
        words = [f"{n} {STATE_WORDS[s].text.render()}" for s, n in counts.items()]
        console.say(" · ".join(words))
    return 0 if good else 1


def show_drift(job: Job, found: Drift, format: Format, output: Path | None) -> int:
    """What differs: 0 if nothing does, else 1."""
    if format is Format.JSON:
        document = {
            "schema": 1,
            "estate": job.estate.id,
            "drift": [
                {"type": c.type, "name": c.name, "operation": c.operation, "fields": list(c.fields)}
                for c in found.changes
            ],
            "orphans": [{"kind": orphan.kind, "name": orphan.name} for orphan in found.orphans],
        }
        console.write_output(json.dumps(document, ensure_ascii=False, indent=1), output)
        return 1 if found.any else 0
    for change in found.changes:
        fields = ", ".join(change.fields)
        word = _("is gone") if change.operation == "delete" else _("differs: {what}", what=fields)
        console.say(f"{change.kind.lower()} {change.name} {word}")
    for orphan in found.orphans:
        console.say(_("{kind} {name} belongs to no stack", kind=orphan.kind, name=orphan.name))
    if found.any:
        console.say(_("put it right: govctl up {estate}", estate=job.workspace.estate))
        return 1
    console.say(_("no drift: everything is as it was made"))
    return 0

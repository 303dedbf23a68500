"""What a finished command shows: what stands, what does not, and the next command to type."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from govctl.cli import console, formats
from govctl.cli.arguments import Format
from govctl.cli.exit_codes import exit_code
from govctl.cli.waves_text import order_document, order_view, waves_document, waves_view
from govctl.pipeline.rollout.unfinished import some
from govctl.reports.console import scan_summary
from govctl.reports.console_parts import next_step
from govctl.reports.hardening import SCHEMA_ID, after_of, hardening_document, hardening_view
from govctl.reports.json_report import scan_document
from govctl.reports.visible import visible
from govctl.reports.words import STATUS_WORDS
from govctl.texts import Message, _, counted, msg

UNDO = msg("undo: {command}")

if TYPE_CHECKING:
    from govctl.evidence.model import Probe, Run
    from govctl.pipeline.harden.harden_places import HardenedPlaces
    from govctl.pipeline.harden.hardening import HardenResult
    from govctl.pipeline.job import Job
    from govctl.pipeline.main_job import HardenedResult, UpResult
    from govctl.pipeline.rollout.waves import WavesResult
    from govctl.reports.formats import ReportFormat


def show_up(job: Job, result: UpResult, format: Format, output: Path | None) -> int:
    """The end of `up`: 0 if everything holds, 1 with findings, 4 if a machine was not reached."""
    run = result.verified.run
    if format is Format.JSON:
        document = {
            "schema": 1,
            "changed": result.made.changed,
            "hardened": _hardened(result.hardened, run),
            **waves_document(result.waves),
            "scan": scan_document(run),
        }
        console.write_json(document, output)
        return _code(result.hardened, result.waves, run)
    made = result.made.changed
    lines = [counted(made, msg("1 object changed"), msg("{count} objects changed"))]
    if not made:
        lines = [_("nothing to change, nothing changed")]
    changed = sum(bool(done.changed) for done in result.hardened.values())
    if result.hardened:
        lines.append(counted(changed, msg("1 machine hardened"), msg("{count} machines hardened")))
    lines += _failed(result.hardened)
    first = [*(Text(visible(line)) for line in lines), *waves_view(result.waves)]
    _show_run(job, run, output, first)
    return _code(result.hardened, result.waves, run)


def show_scan(
    job: Job, run: Run, format: ReportFormat, output: Path | None, code: int | None = None
) -> int:
    """The end of `scan` and `report`; `code` is the exit code if it is not the run's own."""
    from govctl.pipeline.reporting import context_of_job  # noqa: PLC0415

    code = exit_code(run) if code is None else code
    if format.renderer:
        formats.write(format, run, context_of_job(job, run, code), output)
    else:
        _show_run(job, run, output, following=_hardening(job, run))
    return code


def show_hardening(
    job: Job, result: HardenedResult, format: Format, output: Path | None, *, planned: bool
) -> int:
    """The end of `harden`: what each machine's tasks changed, or would change."""
    run = result.verified.run
    if format is Format.JSON:
        waves = order_document(result.order) if planned else waves_document(result.waves)
        _write_hardening(result.hardened, run, output, planned, waves)
    else:
        first = _changes(result.hardened, run, planned)
        first += order_view(result.order) if planned else waves_view(result.waves)
        goes_on = (planned and result.hardened) or (result.waves and not result.waves.ok)
        again = carry_on(run.command) if goes_on and _closable(run) else None
        undo = ["govctl", "harden", str(job.workspace.estate), "--rollback", run.id]
        back = None if planned else _undo(result.hardened, undo)
        _show_run(job, run, output, first, again, back)
    return _code(result.hardened, result.waves, run)


def show_hardened_places(
    result: HardenedPlaces, format: Format, output: Path | None, *, planned: bool
) -> int:
    """The same of hosts outside any estate."""
    from policies.catalogue import checks  # noqa: PLC0415

    run = result.run
    if format is Format.JSON:
        _write_hardening(result.hardened, run, output, planned)
    else:
        known = {check.id: check for check in checks()}
        first = _changes(result.hardened, run, planned)
        again = carry_on(run.command) if planned and result.hardened else None
        undo = ["govctl", *run.command, "--rollback", result.before.id]
        back = [] if planned else next_step(_undo(result.hardened, undo), UNDO)
        console.show(Group(*first, Text(), scan_summary(run, None, known, again), *back), output)
    return 4 if not all(done.ok for done in result.hardened.values()) else exit_code(run)


def _hardened(results: Mapping[str, HardenResult], run: Run | None) -> dict[str, object]:
    """`run` is the scan of what was hardened; None if nothing was changed."""
    after = after_of(run.findings) if run else None
    return hardening_document([done.kept for done in results.values()], after)


def _write_hardening(
    results: Mapping[str, HardenResult],
    run: Run,
    output: Path | None,
    planned: bool,
    waves: Mapping[str, object] | None = None,
) -> None:
    hardened = _hardened(results, None if planned else run)
    document = {"schema": SCHEMA_ID, "planned": planned, "hardened": hardened, **(waves or {})}
    console.write_json({**document, "scan": scan_document(run)}, output)


def _code(
    results: Mapping[str, HardenResult], waves: WavesResult[HardenResult] | None, run: Run
) -> int:
    """4 if something was not done, or was done and broke what worked; else what the run says."""
    if (waves and not waves.ok) or not all(done.ok for done in results.values()):
        return 4
    return exit_code(run)


def _changes(results: Mapping[str, HardenResult], run: Run, planned: bool) -> list[RenderableType]:
    """A line a machine; the diffs too, if they are a plan or if everything is to be shown."""
    if not results:
        return [Text(visible(_idle(run)))]
    if not planned and not console.is_verbose():
        lines = list(_tasks(results))
        lines += [*_fights(results, run), *_failed(results)]
        return [Text(visible(line)) for line in lines]
    from policies.catalogue import checks  # noqa: PLC0415

    known = {check.id: check for check in checks()}
    hosts = [done.kept for done in results.values()]
    if planned:
        return [hardening_view(hosts, known, None)]
    fights = [Text(visible(line)) for line in _fights(results, run)]
    return [hardening_view(hosts, known, after_of(run.findings)), *fights]


def _idle(run: Run) -> str:
    """Why nothing was hardened. Of a machine that was not reached nobody knows."""
    missing = sorted({one.target for one in run.findings if one.status == "unreachable"})
    if missing:
        return _("nothing was hardened; not reached: {names}", names=some(missing))
    if any(finding.is_open for finding in run.findings):
        return _("nothing to harden: no role closes what fails")
    return _("nothing to harden")


def _tasks(results: Mapping[str, HardenResult]) -> Iterator[str]:
    """A line for all machines of which the same is to be said."""
    together: dict[str, list[str]] = {}
    for name, done in results.items():
        # Names of tasks have commas.
        tasks = " · ".join(Message(task).render() for task in done.changed) or _("nothing")
        together.setdefault(tasks, []).append(name)
    for tasks, names in together.items():
        yield _("{machine} changed: {tasks}", machine=some(names), tasks=tasks)


def _fights(results: Mapping[str, HardenResult], run: Run) -> list[str]:
    """What a role was to close and fails all the same: the next boot takes it up, or somebody else
    says otherwise."""
    from policies.waiting import AT_NEXT_BOOT  # noqa: PLC0415

    failing = {(one.target, one.check): one for one in run.findings if one.status == "fail"}
    lines = []
    for name, done in results.items():
        if not done.ok:
            continue
        left = [due.check for due in done.due if (name, due.check) in failing]
        waiting = [check for check in left if failing[name, check].reason.template in AT_NEXT_BOOT]
        fought = [check for check in left if check not in waiting]
        if waiting:
            lines.append(_("{machine} has to be restarted before this holds: {checks}",
                           machine=name, checks=", ".join(waiting)))  # fmt: skip
        if fought:
            lines.append(_(
                "{machine} still fails: {checks}; does another program write it, or a file that is"
                " read later?",
                machine=name, checks=", ".join(fought),
            ))  # fmt: skip
    return lines


def _failed(results: Mapping[str, HardenResult]) -> list[str]:
    return [
        _(
            "hardening of {machine} failed: {reason}",
            machine=done.target,
            reason=done.unreachable or "; ".join(done.failed),
        )
        for done in results.values()
        if not done.ok
    ]


def _show_run(
    job: Job,
    run: Run,
    output: Path | None,
    first: Sequence[RenderableType] = (),
    following: str | None = None,
    undo: str | None = None,
) -> None:
    """What was done first, then services, verdicts, where the page is, and what to type next."""
    from policies.catalogue import checks  # noqa: PLC0415

    known = {check.id: check for check in checks()}
    report = job.workspace.runs / run.id / "report.html"
    parts: list[RenderableType] = list(first)
    if first:
        parts.append(Text())
    parts += [*_services(run.probes), scan_summary(run, job.estate, known, following)]
    parts += [*next_step(undo, UNDO), Text()]
    console.show(Group(*parts, Text(_("report: {path}", path=report))), output)


def _hardening(job: Job, run: Run) -> str | None:
    """`harden`, if it can close anything that fails."""
    return shlex.join(["govctl", "harden", str(job.workspace.estate)]) if _closable(run) else None


def _closable(run: Run) -> bool:
    from policies.catalogue import checks  # noqa: PLC0415

    fixable = {check.id for check in checks() if check.fix}
    return any(finding.is_open and finding.check in fixable for finding in run.findings)


def carry_on(command: Sequence[str]) -> str:
    """The same command for real, with the waves and limits that were given; the file that the plan
    was written to stays."""
    words, rest = ["govctl"], iter(command)
    for word in rest:
        if word in ("-o", "--output"):
            next(rest, None)
        elif word != "--plan" and not word.startswith(("--output=", "-o")):
            words.append(word)
    return shlex.join(words)


def _undo(results: Mapping[str, HardenResult], command: Sequence[str]) -> str | None:
    """How to put back what was changed, if anything was."""
    return shlex.join(command) if any(done.changed for done in results.values()) else None


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
        lines.append(Text(visible(text), style="red"))
        lines += [Text(visible(f"      {line}")) for line in probe.observed]
    return [*lines, Text()]

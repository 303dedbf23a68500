"""Options that say when a scan fails a pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from govctl.cli import completion, console
from govctl.cli.bundles import Bundle
from govctl.cli.usage import not_one_of
from govctl.errors import UsageError
from govctl.texts import _

if TYPE_CHECKING:
    from govctl.evidence.model import Run
    from govctl.evidence.store import Store
    from govctl.pipeline.gate import Failing, Gate

_SEVERITIES = ("low", "medium", "high", "critical")


def _severity(given: str) -> str:
    if given not in _SEVERITIES:
        raise not_one_of("--fail-on", given, _SEVERITIES)
    return given


def _percent(given: str) -> float:
    try:
        percent = float(given.removesuffix("%"))
    except ValueError:
        percent = -1
    if not 0 <= percent <= 100:
        raise UsageError(
            _('{option} does not take "{given}"', option="--min-coverage", given=given),
            hint=_("a percentage from 0 to 100"),
        )
    return percent


FailOnOption = Annotated[
    str | None,
    typer.Option(
        "--fail-on",
        metavar="low|medium|high|critical",
        parser=_severity,
        autocompletion=lambda: list(_SEVERITIES),
        help=_("Exit with 1 only for findings of this severity or worse."),
    ),
]
NewOnlyOption = Annotated[
    bool,
    typer.Option(
        "--new-only", help=_("Exit with 1 only for what did not fail in the run of --against.")
    ),
]
AgainstOption = Annotated[
    str | None,
    typer.Option(
        "--against",
        metavar=_("RUN"),
        autocompletion=completion.runs,
        help=_("With --new-only: a kept run's id, last, or a file of --format json."),
    ),
]
MinCoverageOption = Annotated[
    float | None,
    typer.Option(
        "--min-coverage",
        metavar=_("PERCENT"),
        parser=_percent,
        help=_("Exit with 1 if fewer results than this say anything; no measure of compliance."),
    ),
]


@dataclass(frozen=True)
class Gating(Bundle):
    """What the command line says about failing a pipeline."""

    fail_on: FailOnOption = None
    new_only: NewOnlyOption = False
    against: AgainstOption = None
    min_coverage: MinCoverageOption = None

    def gate(self, store: Store | None = None) -> Gate:
        """What the options ask for; `store` has the runs to compare with, None outside an estate.

        It is made before anything is scanned: `last` is the newest run that is kept by then.
        """
        from govctl.pipeline.gate import Gate  # noqa: PLC0415

        if self.against and not self.new_only:
            raise UsageError(_("--against needs --new-only"))
        before = _before(self.against, store) if self.new_only else None
        least = self.fail_on or "low"
        return Gate(least, before, self.min_coverage)  # type: ignore[arg-type] # by `_severity`


def exit_code(run: Run, gate: Gate) -> int:
    """The exit code that the gate gives, and why, on standard error; without one the run's own."""
    from govctl.cli.exit_codes import exit_code as usual  # noqa: PLC0415
    from govctl.pipeline.gate import judge  # noqa: PLC0415

    if gate.is_plain:
        return usual(run)
    outcome = judge(run, gate)
    for reason in outcome.reasons:
        console.note(_("gate: {reason}", reason=reason.render()))
    return outcome.exit_code


def _before(against: str | None, store: Store | None) -> Failing:
    from govctl.pipeline.gate import failing, failing_in  # noqa: PLC0415

    if against and (against.endswith(".json") or Path(against).is_file()):
        return failing_in(Path(against))
    if store is None:
        raise UsageError(
            _("no run is kept outside an estate: compare with a file"),
            hint="--against scan.json",
        )
    if against and against != "last":
        return failing(store.load(against).findings)
    latest = store.latest()
    if latest is None:
        console.note(_("no run is kept yet: everything counts as new"))
        return frozenset()
    return failing(latest.findings)

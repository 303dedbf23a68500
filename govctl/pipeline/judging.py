"""What a target outside any estate is judged by, and the run that comes of it."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from govctl.evidence.model import Run, new_run_id
from govctl.texts import Message, current_language
from policies import requirements
from policies.model import Check, Finding
from policies.profiles import choose
from policies.target import TargetContext

if TYPE_CHECKING:  # what judges comes with all facts and families: hosts are visited meanwhile
    from policies.judge import Answer
    from policies.question import Question
    from scanners.host.model import HostFacts

DEFAULT = "tcvn14423-2026"
"""Judged by this if neither a baseline nor checks are named."""


@dataclass(frozen=True)
class Judging:
    """Checks, and the values and requirements they are judged with."""

    checks: tuple[Check, ...]
    context: TargetContext

    def prepare(self) -> None:
        """Work out all that does not hang on facts: it is there when they arrive."""
        from govctl.pipeline import versions  # noqa: F401, PLC0415 - loaded for `run_of`
        from policies import judge  # noqa: F401, PLC0415 - loaded for `verdicts`

        for question in self._questions:
            with suppress(Exception):  # what cannot be used is said when the question is put
                _ = question.requirements, question.not_due or question.args

    def findings(self, facts: HostFacts) -> list[Finding]:
        """A finding for each check."""
        return self.recorded(facts.target, self.verdicts(facts))

    def verdicts(self, facts: HostFacts) -> list[Answer]:
        """What the facts say, without what is known of the checks anyway."""
        from policies.judge import answers  # noqa: PLC0415

        return answers(facts, self._questions)

    def recorded(self, target: str, verdicts: Iterable[Answer]) -> list[Finding]:
        """Findings made of such verdicts."""
        from policies.judge import record  # noqa: PLC0415

        return record(target, self._questions, verdicts)

    @cached_property
    def _questions(self) -> tuple[Question, ...]:
        from policies.question import questions  # noqa: PLC0415

        return questions(self.checks, self.context)

    def unreached(self, target: str, reason: str) -> list[Finding]:
        """The same where there are no facts; the reason is in words already."""
        from policies.judge import unreachable  # noqa: PLC0415

        said = Message("{reason}", {"reason": reason})
        return unreachable(target, self.checks, said, self.context)


def judging(
    baselines: Sequence[str], patterns: Sequence[str], values: Mapping[str, str]
) -> Judging:
    """What `--baseline`, `--checks` and `--set` mean. Raises UsageError for what is unknown."""
    named = list(baselines) if baselines or patterns else [DEFAULT]
    chosen = choose(named, patterns)
    return Judging(chosen.checks, chosen.context(values))


def names_of(context: TargetContext) -> tuple[str, ...]:
    """Ids of the baselines and profiles that a target is judged by.

    Requirements that an estate adds itself are no table: the estate's digest stands for them.
    """
    known = requirements.names()
    baselines = tuple(one.id for one in context.baselines if one.id in known)
    return (*baselines, *(profile.id for profile in context.profiles))


def run_of(
    findings: Sequence[Finding],
    targets: Sequence[str],
    started: datetime,
    command: Sequence[str],
    judged_by: Iterable[Judging],
) -> Run:
    """A run that no estate keeps."""
    from govctl.pipeline.versions import versions  # noqa: PLC0415

    names = dict.fromkeys(name for one in judged_by for name in names_of(one.context))
    return Run(
        id=new_run_id(started),
        estate=None,
        estate_digest=None,
        started=started,
        finished=datetime.now(UTC),
        versions=versions(names),
        who=f"{_account()}@{os.uname().nodename}",
        command=tuple(command),
        language=current_language(),
        targets=tuple(dict.fromkeys(targets)),
        findings=findings,
    )


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number without a name
        return str(os.getuid())

"""Every error that govctl raises on purpose, and the exit code each one means.

    GovctlError                 1  (never raised bare)
    ├── UsageError              2  the command's words are wrong
    ├── InputError              2  a file a person wrote is wrong: carries every Problem found
    ├── MissingPrerequisite     3  the machine lacks something; says how to get it
    ├── LockedError             3  somebody else holds the estate: who, since when, how to release
    ├── TargetError             4  a machine or an API refused or did not answer
    ├── ProvisionError          4  the engine stopped before everything stood
    ├── RefusedPlan             1  a plan policy said no
    └── StalePlan               2  the estate changed after the plan was made

Exit codes are the same for every command: 0 done and nothing over the threshold; 1 findings, drift
or a refused plan; 2 wrong usage or invalid input; 3 the machine lacks something, or another run
is at work on the estate; 4 finished only in part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from govctl.texts import _


class GovctlError(Exception):
    """The root of the tree: a one-line message, and perhaps a hint what to do next."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if hint:
            self.add_note(hint)


class UsageError(GovctlError):
    """The words of the command do not fit together."""

    exit_code = 2


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong in a file a person wrote; lines and columns count from 1."""

    file: Path
    line: int
    column: int
    message: str
    expected: str | None = None
    hint: str | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else f"{self.file}"
        text = f"{place}: {self.message}"
        if self.hint:
            text += f"; {self.hint}"
        if self.expected:
            text = _("{text} (expected {expected})", text=text, expected=self.expected)
        return text


class InputError(GovctlError):
    """A file a person wrote is wrong; all its problems are here, not only the first."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in sorted(problems)))
        self.problems = tuple(sorted(problems))


class MissingPrerequisite(GovctlError):
    """The machine lacks something that govctl needs."""

    exit_code = 3


class LockedError(GovctlError):
    """Somebody else is at work on this estate."""

    exit_code = 3


class TargetError(GovctlError):
    """A machine, or the API of a place to provision, refused or did not answer."""

    exit_code = 4


class ProvisionError(GovctlError):
    """The engine stopped before everything stood; the next run carries on."""

    exit_code = 4


class RefusedPlan(GovctlError):
    """A plan policy refused what the plan would do."""

    exit_code = 1


class StalePlan(GovctlError):
    """The estate was edited after the plan was made."""

    exit_code = 2

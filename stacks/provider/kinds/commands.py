"""Commands in machines that have to succeed."""

from __future__ import annotations

from collections.abc import Sequence

from govctl.errors import TargetError
from govctl.texts import _
from stacks.provider.targets.target import Target

_LINES = 3


def must_run(
    target: Target, machine: str, command: Sequence[str], *, what: str, timeout: int
) -> str:
    """What a command prints; TargetError with `what` and its last lines if it fails."""
    outcome = target.run(machine, command, timeout)
    if outcome.status != 0:
        said = (outcome.stderr or outcome.stdout).strip().splitlines()[-_LINES:]
        raise TargetError(
            _("`{what}` failed on {machine} with status {status}: {said}", what=what,
              machine=machine, status=outcome.status, said=" / ".join(said))
        )  # fmt: skip
    return outcome.stdout

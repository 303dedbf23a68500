from __future__ import annotations

import pytest
from pulumi.automation import CommandResult
from pulumi.automation.errors import CommandError, create_command_error

from govctl.errors import MissingPrerequisite, ProvisionError, UsageError
from stacks.failures import explained, joined, reading

# As Pulumi 3.259.0 wrote them.
FULL = (
    'error: write ".pulumi/meta.yaml": blob (key ".pulumi/meta.yaml") (code=Unknown): '
    "write /e/.govctl/state/.pulumi/meta.yaml.18ea4b.tmp: no space left on device"
)
PASSPHRASE = "error: getting secrets manager: passphrase must be set: incorrect passphrase"
CUT_SHORT = "error: place 1: unexpected end of JSON input"
CAUSE = "edge: 1 error occurred:\n\t* /var/lib/lxd/unix.socket refused /1.0/instances/e-edge/files"
CONSEQUENCE = (
    "edge/host: govctl:pki:Certificate resource 'edge/host': "
    "property instance value output<string>{} has a problem: Field required"
)


def failure(stderr: str = "") -> CommandError:
    return create_command_error(CommandResult(stderr=stderr, stdout="", code=1))


def test_causes_are_told_and_their_consequences_are_not() -> None:
    error = explained("core", failure(), [CAUSE, CONSEQUENCE, "update failed"])
    assert isinstance(error, ProvisionError)
    assert error.message == f"stack core stands in part:\n  {CAUSE}"
    assert error.hint


def test_a_failure_without_a_reason_says_what_the_program_said() -> None:
    error = explained("core", failure("error: no such host"), [])
    assert error.message == "stack core stands in part:\n  no such host"


@pytest.mark.parametrize(
    ("said", "kind"),
    [(FULL, MissingPrerequisite), (PASSPHRASE, UsageError), (CUT_SHORT, ProvisionError)],
)
def test_what_has_one_cause_is_said_the_same_while_reading_and_while_making(
    said: str, kind: type[Exception]
) -> None:
    made = [explained(stack, failure(said), ()) for stack in ("core", "sites-1")]
    with pytest.raises(kind) as caught, reading():
        raise failure(said)
    assert {type(error) for error in made} == {kind}
    assert {error.message for error in made} == {str(caught.value)}
    assert joined(made).message == str(caught.value), "once, and not once a stack"


def test_failures_of_several_stacks_are_told_together() -> None:
    error = joined([explained(stack, failure(), [CAUSE]) for stack in ("core", "sites-1")])
    assert error.message.count(CAUSE) == 2
    assert "core" in error.message and "sites-1" in error.message

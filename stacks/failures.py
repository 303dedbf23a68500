"""What Pulumi's programs complain of, turned into the errors that people can act on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pulumi.automation.errors import CommandError

from govctl.errors import GovctlError, MissingPrerequisite, ProvisionError, UsageError
from govctl.texts import _

_CONSEQUENCES = ("update failed", "property instance value output<")
"""What the engine adds to a failure: that there was one, and which inputs are missing for it."""


@contextmanager
def reading() -> Iterator[None]:
    """Errors while the state is only read: nothing was changed by then."""
    try:
        yield
    except CommandError as error:
        text = str(error)
        raise _known(text) or ProvisionError(
            _("the state cannot be read: {reason}", reason=_said(text))
        ) from error


def explained(stack: str, error: CommandError, reasons: Sequence[str]) -> GovctlError:
    """The failure of one stack's run, with the reasons that its resources gave."""
    if known := _known("\n".join((str(error), *reasons))):
        return known
    causes = [r for r in reasons if not any(word in r for word in _CONSEQUENCES)]
    return ProvisionError(
        _("stack {stack} stands in part:", stack=stack)
        + "\n  "
        + "\n  ".join(causes or reasons or [_said(str(error))]),
        hint=_("run the same command again: it carries on where this one stopped"),
    )


def joined(failures: Sequence[BaseException]) -> GovctlError:
    """One error of several stacks; what they have in common is said once."""
    errors = [failure for failure in failures if isinstance(failure, GovctlError)]
    first = errors[0]
    messages = dict.fromkeys(error.message for error in errors)
    return type(first)("\n".join(messages), hint=first.hint)


def _known(text: str) -> GovctlError | None:
    """What has one cause, whichever stack or resource meets it first."""
    if "incorrect passphrase" in text:
        return UsageError(
            _("the passphrase does not open the estate's state"),
            hint=_("give the estate's own passphrase: GOVCTL_PASSPHRASE or .govctl/passphrase"),
        )
    if "unexpected end of JSON input" in text or "invalid character" in text:
        return ProvisionError(
            _("the estate's state is damaged: {reason}", reason=_said(text)),
            hint=_(
                "restore it from a backup; in .govctl/state the engine keeps each stack's state "
                "of the run before as .json.bak"
            ),
        )
    if "no space left on device" in text.lower():
        return MissingPrerequisite(
            _("the disk is full: the estate's folder cannot be written"),
            hint=_("free some space, then run the same command again"),
        )
    return None


def _said(text: str) -> str:
    """What a program wrote to its standard error, without the frame around it."""
    said = text.rpartition("stderr:")[2].strip().removeprefix("error: ")
    return said or text.strip()

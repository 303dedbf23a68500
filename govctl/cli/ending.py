"""How a command ends: errors become messages and exit codes here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

from govctl.cli import console
from govctl.errors import GovctlError, InputError, MissingPrerequisite
from govctl.texts import _


def exit_code_of(work: Callable[[], int]) -> int:
    """The exit code of what is run; what went wrong is told on standard error."""
    try:
        return work()
    except InputError as error:
        console.complain_about_input(error)
        return error.exit_code
    except GovctlError as error:
        console.complain(error)
        return error.exit_code
    except PermissionError as error:
        from govctl.files import not_permitted  # noqa: PLC0415 - start-up pays only for what it runs

        console.complain(not_permitted(error))
        return MissingPrerequisite.exit_code
    except KeyboardInterrupt:
        console.warn(_("stopped; run the same command again to carry on"))
        return 4

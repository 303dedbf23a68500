"""A Pulumi workspace that asks the engine for no more than govctl needs.

To read a stack's outputs the Automation API runs Pulumi's command twice, the second time to see
what is secret; for that it derives the key from the passphrase, on purpose slowly. With the
history, which `show_secrets=False` keeps from doing the same, it was a second of every update.
"""

from __future__ import annotations

import json

from pulumi import automation
from typing_extensions import override

_SECRET = "[secret]"  # noqa: S105 - what Pulumi shows in place of one


class LeanWorkspace(automation.LocalWorkspace):
    """A workspace from which only outputs that are no secrets can be read."""

    @override
    def stack_outputs(self, stack_name: str) -> automation.OutputMap:
        """The outputs of the last update; secret ones are left out."""
        shown = self._run_pulumi_cmd_sync(["stack", "output", "--json", "--stack", stack_name])
        return {
            name: automation.OutputValue(value=value, secret=False)
            for name, value in json.loads(shown.stdout).items()
            if value != _SECRET
        }

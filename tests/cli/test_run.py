"""Which modules a command line imports: start-up pays for the command that is asked for alone."""

from __future__ import annotations

import subprocess
import sys

import pytest

from govctl.cli import app as tree
from govctl.cli import run

HEAVY = "pydantic yaml rich sqlalchemy openpyxl docx paramiko pulumi jinja2 cryptography orjson"


def test_every_command_is_in_the_module_that_is_imported_for_it() -> None:
    run.run(["--help"])
    commands = {
        str(info.name or getattr(info.callback, "__name__", "")): info.callback
        for info in tree.app.registered_commands
    }
    found = {name: str(getattr(one, "__module__", "")) for name, one in commands.items()}
    for group in tree.app.registered_groups:
        inside = group.typer_instance.registered_commands if group.typer_instance else []
        modules = {str(getattr(one.callback, "__module__", "")) for one in inside}
        assert len(modules) == 1
        found[str(group.name)] = modules.pop()
    listed = {name: module for module, names in run.MODULES.items() for name in names.split()}
    assert {name: f"govctl.cli.{module}" for name, module in listed.items()} == found


@pytest.mark.parametrize("module", run.MODULES)
def test_the_commands_import_nothing_that_takes_time(module: str) -> None:
    code = f"import sys, govctl.cli.{module}; print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(HEAVY.split()) & set(said.stdout.split())

"""Harden a tree of files, an image in the making, with the same playbook as a running machine.

Ansible runs as a program beside the tree, over its `local` connection; the Python that runs its
modules is a wrapper that changes its root to the tree. So every path of a module is one of the
tree, and no service of the machine that builds is touched.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from govctl.errors import MissingPrerequisite, ProvisionError
from govctl.texts import _
from stacks.images.build import HardenResult
from stacks.images.sealed import run, sealed

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Role → rows `{"id": …, **arguments}`."""
HARDEN_SECONDS = 600
_RECAP = re.compile(r"^tree\s*: ok=(\d+)\s+changed=(\d+)", re.MULTILINE)


def harden_tree(tree: Path, rows: Rows, playbook: Path | None = None) -> HardenResult:
    """Run the playbook's roles that have rows on `tree`; needs root.

    The playbook gets `govctl_checks` (the rows) and `govctl_offline: true`: no service runs, so
    none is to be restarted. Raises `ProvisionError` with Ansible's own words if a task fails, and
    `MissingPrerequisite` without Ansible. Without any row nothing is run.
    """
    if not any(rows.values()):
        return HardenResult(0, 0, 0.0)
    begun = time.monotonic()
    program = ansible_playbook()
    with tempfile.TemporaryDirectory(prefix="govctl-harden-") as folder:
        scratch = Path(folder)
        command = [
            str(program),
            *("--inventory", str(_inventory(scratch, tree, rows))),
            str(playbook or _playbook()),
        ]
        # Modules and their files are handed over in the scratch folder, so it has one path on both
        # sides of the change of root.
        line = sealed(tree, command, {scratch: folder})
        output = run(line, timeout=HARDEN_SECONDS, env=_environment(scratch, program))
    ok, changed = parse_recap(output)
    return HardenResult(ok, changed, round(time.monotonic() - begun, 1))


def parse_recap(output: str) -> tuple[int, int]:
    """How many tasks ended well and how many of them changed something, from Ansible's last lines.

    Raises `ProvisionError` where there is no such line: then nothing ran.
    """
    found = _RECAP.search(output)
    if not found:
        raise ProvisionError(_("Ansible did not say what it did"), hint=output[-2000:])
    return int(found[1]), int(found[2])


def ansible_playbook() -> Path:
    """The program beside our own Python, else on PATH."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    found = shutil.which("ansible-playbook", path=path)
    if found is None:
        raise MissingPrerequisite(
            _("Ansible is not installed"), hint="pip install 'govctl[harden]'"
        )
    return Path(found)


def _playbook() -> Path:
    return Path(str(files("playbooks").joinpath("harden.yml")))


def _inventory(scratch: Path, tree: Path, rows: Rows) -> Path:
    """One host, `tree`, whose Python runs inside it."""
    python = scratch / "python"
    python.write_text(f'#!/bin/sh\nexec chroot {tree} /usr/bin/python3 "$@"\n')
    python.chmod(0o755)
    host = {
        "ansible_connection": "local",
        "ansible_python_interpreter": str(python),
        "ansible_become": False,
        # As a text: Ansible looks at every value of a mapping each time that it is used.
        "govctl_checks": json.dumps({role: list(found) for role, found in rows.items()}),
        "govctl_offline": True,
    }
    path = scratch / "inventory.json"
    path.write_text(json.dumps({"all": {"hosts": {"tree": host}}}))
    return path


def _environment(scratch: Path, program: Path) -> dict[str, str]:
    return {
        "PATH": f"{program.parent}:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(scratch),
        "ANSIBLE_PIPELINING": "true",
        "ANSIBLE_GATHERING": "explicit",
        "ANSIBLE_LOCAL_TEMP": str(scratch / "local"),
        "ANSIBLE_REMOTE_TEMP": str(scratch / "remote"),
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_STDOUT_CALLBACK": "default",
        "ANSIBLE_DEPRECATION_WARNINGS": "false",
        "ANSIBLE_RETRY_FILES_ENABLED": "false",
    }

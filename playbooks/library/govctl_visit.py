#!/usr/bin/python
"""Run a program of Python on the host: `program`, its text, and `request`, its standard input.

Ansible's own modules are packed with what they import, for each run anew, and unpacked on the host;
this one needs nothing, and Ansible writes its arguments into the text (its "jsonargs" modules). The
first line must end in `python`: only then is it replaced by `ansible_python_interpreter`, which for
an image changes its root first.
"""

from __future__ import annotations

import json
import subprocess
import sys


def _told(answered: str) -> str:
    """What the themes of a visit changed, or would change, for `ansible-playbook --diff`."""
    try:
        themes = json.loads(answered)["themes"]
    except (ValueError, KeyError):
        return ""
    lines = (line for said in themes.values() for line in said["said"].splitlines())
    shown = (line.removeprefix("changed: ").removeprefix("| ") for line in lines)
    return "".join("".join(char for char in line if char.isprintable() or char == "\t") + "\n"
                   for line in shown)  # fmt: skip


arguments = json.loads(r"""<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>""")
done = subprocess.run(
    [sys.executable, "-I", "-c", arguments["program"]],  # nothing of the folder it is in
    input=arguments["request"],
    capture_output=True,
    encoding="utf-8",
    errors="backslashreplace",
    check=False,
)
answer = {"rc": done.returncode, "stdout": done.stdout, "stderr": done.stderr}
if arguments.get("_ansible_diff"):
    answer["diff"] = {"prepared": _told(done.stdout)}
sys.stdout.write(json.dumps({**answer, "changed": "changed: " in done.stdout}) + "\n")

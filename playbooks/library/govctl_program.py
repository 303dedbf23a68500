#!/usr/bin/python
"""Run a program in Python on the host: `program`, its text, and `request`, its standard input. It
prints what hosts/visit.py does: a theme that says `changed: …` has changed something.

Ansible's own modules are packed with what they import, for each run anew, and unpacked on the host;
this one needs nothing, and Ansible writes its arguments into the text (its "jsonargs" modules). The
first line must end in `python`: only then is it replaced by `ansible_python_interpreter`, which for
an image changes its root first.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys


def _told(answered: str) -> str:
    """What themes changed, or would change, for `ansible-playbook --diff`."""
    try:
        themes = json.loads(answered)["themes"]
        lines = [line for said in themes.values() for line in said["said"].split("\n")]
    except (ValueError, KeyError, TypeError):
        return ""
    shown = (line.removeprefix("changed: ").removeprefix("| ")
             for line in lines if line.startswith(("changed: ", "| ")))  # fmt: skip
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
    env={**os.environ, "LC_ALL": "C.UTF-8"},  # programs say what they do in the words we know
)
answer = {"rc": done.returncode, "stdout": done.stdout, "stderr": done.stderr}
if done.returncode != 0:
    answer["msg"] = f"status {done.returncode}"
if arguments.get("_ansible_diff"):
    answer["diff"] = {"prepared": _told(done.stdout)}
sys.stdout.write(json.dumps({**answer, "changed": "changed: " in done.stdout}) + "\n")

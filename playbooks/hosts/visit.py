"""One visit of a hardening: keep what is there, run themes, note what was changed.

It is asked `{"keep": {"program": {name: text}, "rows": […], "words": […], "note": […]} or null,
"themes": [{"theme": …, "module": …, "rows": […]}], "dry": bool, "offline": bool}`; `words` and
`note` are options of undo/commands.py for the begin and the end.

Each part runs in a process of its own, a copy of this one, so that none sees what another has
looked up or set, and one that fails leaves the others alone. Standard output is one line of JSON:
the name of the `run`, of each theme what it `said` and, if it `failed`, its complaints, and what
was `noted` (`finish` of undo/commands.py). Status 1 if something could not be kept or noted.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import NamedTuple

from playbooks.hosts.rights import Row, carry_out

_BASE = "/var/lib/govctl/hardening"


class Part(NamedTuple):
    """What a part said, and how it ended."""

    status: int
    said: str
    complaints: str


class _Broken(Exception):
    """Nothing may follow."""


def main(request: Row) -> None:
    """Do what is asked; SystemExit with a reason if a part that others rely on failed."""
    keep = request["keep"]
    answer: Row = {"run": "", "themes": {}, "noted": None}
    broken = ""
    folder = tempfile.mkdtemp(prefix="govctl-", dir="/run") if keep else ""
    try:
        if keep:  # or nothing may follow: what is not kept is not changed
            answer["run"] = _kept(keep, folder)["run"]
        with _at_work(answer["run"]):
            for theme in request["themes"]:
                answer["themes"][theme["theme"]] = _closed(theme, request)
        if keep:
            answer["noted"] = _undo(["finish", answer["run"], *keep["note"]])
    except _Broken as error:
        broken = str(error)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(json.dumps(answer) + "\n")
    if broken:
        sys.stdout.flush()
        sys.exit(broken)


@contextmanager
def _at_work(run: str) -> Iterator[None]:
    """Hold a lock of the run: a visit whose controller is gone goes on, and nobody may note what
    it changed before it has ended."""
    folder = os.path.join(_BASE, run)
    if not run or not os.path.isdir(folder):
        yield
        return
    with open(os.path.join(folder, "work"), "a", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def apart(work: Callable[[], object]) -> Part:
    """Run something in a process of its own. What it says is held in memory: a disk may be full,
    and what it leaves running must not be waited for."""
    streams = [os.memfd_create(name) for name in ("said", "complaints")]
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        for number, stream in enumerate(streams, 1):
            os.dup2(stream, number)
        os._exit(_status(work))
    status = os.waitpid(child, 0)[1]
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
    return Part(code, *map(_text, streams))


def _text(stream: int) -> str:
    with os.fdopen(stream, "rb") as file:
        file.seek(0)
        return file.read().decode("utf-8", "backslashreplace")


def _status(work: Callable[[], object]) -> int:
    """As Python itself would end: with its complaints on standard error."""
    code: object = 0
    try:
        work()
    except SystemExit as error:
        code = error.code
    except BaseException:
        traceback.print_exc()
        code = 1
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
        code = 1
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = code or 1
    return code if isinstance(code, int) else 0


def _closed(theme: Row, request: Row) -> Row:
    given = {
        "all": theme["rows"],
        "rows": [row for row in theme["rows"] if row.get("open", True)],
        "dry": request["dry"],
        "offline": request["offline"],
    }
    module = sys.modules[f"playbooks.hosts.{theme['module']}"]
    done = apart(lambda: carry_out(module.main, given))
    failed = done.complaints.strip() or f"status {done.status}"
    return {"said": done.said, "failed": failed if done.status else None}


def _kept(asked: Row, folder: str) -> Row:
    """Everything that is watched, with the program that puts it back."""
    os.mkdir(os.path.join(folder, "undo"))
    for name, text in asked["program"].items():
        with open(os.path.join(folder, "undo", name), "w", encoding="utf-8") as file:
            file.write(text)
    rows = os.path.join(folder, "rows")
    with open(rows, "w", encoding="utf-8") as file:
        json.dump(asked["rows"], file)
    sys.path.insert(0, folder)
    return _undo(["begin", *asked["words"], "--rows", rows])


def _undo(words: list[str]) -> Row:
    program = import_module("undo.commands")  # once, for every part that is a copy of this process
    done = apart(lambda: sys.exit(program.main(words)))
    if done.status != 0:
        raise _Broken(done.complaints.strip() or done.said.strip() or f"status {done.status}")
    answer: Row = json.loads(done.said)
    return answer

"""The files of a machine: written before its first start, compared and rewritten later.

What was written, and which commands make a running machine take it, is recorded on the instance
(tag `files`), so that a run killed between writing and applying is carried on by the next.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from pydantic import Field

from govctl.errors import TargetError
from stacks.provider.codec import Plain, Secret
from stacks.provider.kind import Inputs
from stacks.provider.kinds.commands import must_run
from stacks.provider.targets.target import File, Target

RECORD = "files"
_APPLY_TIMEOUT = 120
_WORLD_READABLE = 0o004
_DEFAULTS = {"mode": 0o644, "uid": 0, "gid": 0}


class FileInputs(Inputs):
    """A file as the engine sends it."""

    path: str = Field(pattern=r"^/.*[^/]$")
    content: str = Field(repr=False)
    mode: int = Field(default=0o644, ge=0, le=0o777)
    """Permission bits only: LXD 5.0 makes 0223 of 4755."""
    uid: int = Field(default=0, ge=0)
    gid: int = Field(default=0, ge=0)
    apply: tuple[str, ...] = ()
    """Shell commands for a running machine after the file changed."""
    followed: str = ""
    """A shell command that fails when a running machine does not follow the file."""

    @property
    def file(self) -> File:
        """What stands on the disk."""
        return File(self.content.encode(), self.mode, self.uid, self.gid)

    @property
    def digest(self) -> str:
        """SHA-256 over content and ownership."""
        return sha256(f"{self.mode:o} {self.uid} {self.gid}\n{self.content}".encode()).hexdigest()


def record(files: Iterable[FileInputs]) -> str:
    """The tag that says what a machine was given."""
    notes = {
        file.path: {"digest": file.digest, "apply": file.apply}
        | ({"followed": file.followed} if file.followed else {})
        for file in files
    }
    return json.dumps(notes, separators=(",", ":"))


def recorded(tag: str | None) -> Mapping[str, str]:
    """Digests by path from the tag; empty if there is none, or if it was tampered with."""
    return {path: note["digest"] for path, note in _notes(tag).items()}


def write(target: Target, machine: str, files: Iterable[FileInputs]) -> None:
    """Write all files into a new machine, in place of what its image has there.

    A file of the image goes first: LXD leaves the mode and the owner of one that is there already.
    """
    for file in files:
        target.delete_file(machine, file.path)
        target.write_file(machine, file.path, file.file)


def sync(
    target: Target,
    machine: str,
    files: Sequence[FileInputs],
    before: Mapping[str, str],
    *,
    running: bool,
) -> list[FileInputs]:
    """Bring a machine's files to these; gives those that were not as they are recorded to be, and
    those that the running machine does not follow."""
    for path in before.keys() - {file.path for file in files}:
        target.delete_file(machine, path)
    changed = []
    for file in files:
        live = target.read_file(machine, file.path)
        if live and (live.mode, live.uid, live.gid) != (file.mode, file.uid, file.gid):
            target.delete_file(machine, file.path)
        if live != file.file:
            target.write_file(machine, file.path, file.file)
        as_recorded = live == file.file and before.get(file.path) == file.digest
        if not as_recorded or (running and not _follows(target, machine, file.followed)):
            changed.append(file)
    return changed


def apply(target: Target, machine: str, changed: Iterable[FileInputs]) -> None:
    """Run the commands of changed files once each, in order; TargetError if one fails."""
    for command in dict.fromkeys(command for file in changed for command in file.apply):
        must_run(target, machine, ["sh", "-c", command], what=command, timeout=_APPLY_TIMEOUT)


def _follows(target: Target, machine: str, command: str) -> bool:
    """False also if the machine does not answer: nobody knows then what it does."""
    if not command:
        return True
    try:
        return target.run(machine, ["sh", "-c", command], _APPLY_TIMEOUT).status == 0
    except TargetError:
        return False


def live_inputs(
    target: Target,
    machine: str,
    wanted: Sequence[Mapping[str, Plain]],
    tag: str | None,
    *,
    running: bool,
) -> list[Plain]:
    """The inputs as the live files have them: same order, same secrecy; missing files left out, and
    of a file that the running machine does not follow the command that says so.

    Without inputs (an import) the record says which files there are; those that not everybody may
    read come back as secrets.
    """
    entries = wanted or [
        {"path": path, **{name: note[name] for name in ("apply", "followed") if name in note}}
        for path, note in _notes(tag).items()
    ]
    is_import = not wanted
    found: list[Plain] = []
    for entry in entries:
        file = target.read_file(machine, str(entry["path"]))
        if file is None:
            continue
        text = file.content.decode(errors="replace")
        if "content" in entry:
            hidden = isinstance(entry["content"], Secret)
        else:
            hidden = not file.mode & _WORLD_READABLE
        live = {
            name: getattr(file, name)
            for name, default in _DEFAULTS.items()
            if is_import or name in entry or getattr(file, name) != default
        }
        told: dict[str, Plain] = {**entry, **live, "content": Secret(text) if hidden else text}
        if running and not _follows(target, machine, str(entry.get("followed") or "")):
            del told["followed"]
        found.append(told)
    return found


def _notes(tag: str | None) -> dict[str, dict[str, str]]:
    try:
        return dict(json.loads(tag)) if tag else {}
    except ValueError:
        return {}

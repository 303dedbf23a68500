"""`govctl:secret:Seed`: the random bytes that an estate's passwords are derived from.

The original is a file of the controller, made once and atomically; the state has an encrypted copy.
So a run that is killed before it saved its state finds the same seed again, and a lost file is
written anew from the state. Both must be lost before passwords change.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from pydantic import Field
from typing_extensions import override

from govctl.errors import TargetError
from govctl.texts import _
from stacks.provider.codec import Plain, Secret, reveal
from stacks.provider.kind import WORK, Before, Context, Inputs, Kind, Live, Made, Properties


class SeedInputs(Inputs):
    """Where the file is, and how many bytes it has.

    A path without a slash at its start begins in the engine's folder of this run: the state says
    nothing of where an estate lies, so that it may be moved and worked on from several checkouts.
    """

    path: str = Field(min_length=1)
    bytes: int = Field(default=32, ge=16, le=1024)


class SeedKind(Kind[SeedInputs]):
    """Never changes once it is made."""

    token = "govctl:secret:Seed"  # noqa: S105 - a resource type
    inputs = SeedInputs
    replaces = frozenset({"bytes"})
    computed = frozenset({"value"})

    @override
    def create(self, context: Context, new: SeedInputs) -> Made:
        seed = _keep(_place(new.path), os.urandom(new.bytes))
        if len(seed) != new.bytes:
            raise TargetError(
                _("{path} holds {found} bytes, not a seed of {wanted}",
                  path=new.path, found=len(seed), wanted=new.bytes)
            )  # fmt: skip
        return Made(sha256(seed).hexdigest()[:16], _outputs(seed))

    @override
    def read(self, context: Context, before: Before) -> Live | None:
        if before.is_import:
            seed = _load(Path(before.id))
            if seed is None:
                return None
            inputs: Properties = {"path": before.id, "bytes": len(seed)}
            return Live(sha256(seed).hexdigest()[:16], inputs, _outputs(seed))
        is_there = _load(_place(str(before.inputs["path"]))) == _remembered(before)
        # An empty path differs from the program's: the next update writes the file again.
        return Live(
            before.id, {**before.inputs, **({} if is_there else {"path": ""})}, before.outputs
        )

    @override
    def update(self, context: Context, before: Before, new: SeedInputs) -> Properties:
        seed = _remembered(before)
        if _keep(_place(new.path), seed) != seed:
            raise TargetError(
                _("{path} holds another seed than the state; move it away", path=new.path)
            )
        return _outputs(seed)

    @override
    def delete(self, context: Context, before: Before) -> None:
        path = str(before.inputs["path"])
        if path and _load(_place(path)) == _remembered(before):
            _place(path).unlink()


def _place(path: str) -> Path:
    return Path(os.environ.get(WORK, "")) / path


def _keep(path: Path, seed: bytes) -> bytes:
    """The seed in the file; this one if there was none. Of two writers at once, the first wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (found := _load(path)) is not None:
        return found
    with NamedTemporaryFile(dir=path.parent, prefix=".seed-") as draft:  # mode 0600
        draft.write(seed)
        draft.flush()
        os.fsync(draft.fileno())
        with suppress(FileExistsError):
            os.link(draft.name, path)
    return path.read_bytes()


def _load(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _remembered(before: Before) -> bytes:
    return b64decode(str(reveal(before.outputs["value"])))


def _outputs(seed: bytes) -> dict[str, Plain]:
    return {"value": Secret(b64encode(seed).decode())}

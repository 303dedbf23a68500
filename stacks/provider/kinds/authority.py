"""`govctl:pki:Authority`: the root certificate that a machine of the estate made by itself."""

from __future__ import annotations

import time

from typing_extensions import override

from govctl.errors import TargetError
from govctl.texts import _
from stacks.provider.kind import Before, Context, Inputs, Kind, Live, Made, Properties
from stacks.provider.kinds import pki

_TIMEOUT = 180


class AuthorityInputs(Inputs):
    """Which machine is the authority, and where it keeps its root certificate."""

    instance: str
    path: str = pki.ROOT


class AuthorityKind(Kind[AuthorityInputs]):
    """Only looked at: the machine itself makes the key, which never leaves it."""

    token = "govctl:pki:Authority"  # noqa: S105 - a resource type
    inputs = AuthorityInputs
    replaces = frozenset({"instance"})
    echoes = frozenset({"instance"})
    computed = frozenset({"certificate", "fingerprint", "not_after"})

    @override
    def create(self, context: Context, new: AuthorityInputs) -> Made:
        deadline = time.monotonic() + _TIMEOUT
        while (pem := _certificate(context, new)) is None:
            if time.monotonic() > deadline:
                raise TargetError(
                    _("{machine} did not make {path} within {timeout} seconds",
                      machine=new.instance, path=new.path, timeout=_TIMEOUT)
                )  # fmt: skip
            time.sleep(0.5)
        return Made(new.instance, _outputs(new, pem))

    @override
    def read(self, context: Context, before: Before) -> Live | None:
        inputs = before.inputs or {"instance": before.id, "path": pki.ROOT}
        old = self.parse(inputs)
        pem = _certificate(context, old)
        return Live(before.id, inputs, _outputs(old, pem)) if pem else None

    @override
    def update(self, context: Context, before: Before, new: AuthorityInputs) -> Properties:
        return self.create(context, new).outputs

    @override
    def delete(self, context: Context, before: Before) -> None:
        """The root goes with its machine."""


def _certificate(context: Context, inputs: AuthorityInputs) -> bytes | None:
    if context.target.instance(inputs.instance) is None:
        return None
    file = context.target.read_file(inputs.instance, inputs.path)
    return file.content if file and b"-----END CERTIFICATE-----" in file.content else None


def _outputs(inputs: AuthorityInputs, pem: bytes) -> Properties:
    fingerprint, end = pki.describe(pem)
    return {
        "instance": inputs.instance,
        "certificate": pem.decode(),
        "fingerprint": fingerprint,
        "not_after": end.isoformat(),
    }

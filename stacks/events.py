"""Listens to Pulumi's engine: keeps what changed and what was refused, and tells the observer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pulumi.automation.events import EngineEvent, StepEventMetadata

from stacks.changes import (
    OPERATIONS,
    Change,
    Observer,
    Operation,
    Progress,
    Refusal,
    StackResult,
    is_engines,
    split_urn,
)

_QUIET = frozenset({"same", "read"})


class Events:
    """One run of one stack, as the engine reports it."""

    def __init__(self, stack: str, observer: Observer) -> None:
        self._stack = stack
        self._observer = observer
        self._changes: dict[str, Change] = {}
        self._unchanged: set[str] = set()
        self.refusals: list[Refusal] = []
        self.errors: list[str] = []

    def __call__(self, event: EngineEvent) -> None:
        """Take one event; Pulumi calls this from its own thread."""
        if event.resource_pre_event:
            self._started(event.resource_pre_event.metadata)
        elif event.res_outputs_event:
            self._finished(event.res_outputs_event.metadata)
        elif event.res_op_failed_event:
            self._tell(event.res_op_failed_event.metadata, "failed")
        elif event.policy_event:
            policy = event.policy_event
            reason = policy.message.strip().splitlines()[-1]
            resource = split_urn(policy.resource_urn or "")[1]
            self.refusals.append(Refusal(policy.policy_name, self._stack, resource, reason))
        elif event.diagnostic_event and event.diagnostic_event.severity == "error":
            text = event.diagnostic_event.message.strip()
            name = split_urn(event.diagnostic_event.urn or "")[1]
            self.errors.append(f"{name}: {text}" if name else text)

    def result(self, outputs: Mapping[str, object]) -> StackResult:
        """What the run came to."""
        return StackResult(
            self._stack,
            tuple(sorted(self._changes.values())),
            len(self._unchanged - self._changes.keys()),
            outputs,
            tuple(sorted(self.refusals)),
        )

    def _started(self, metadata: StepEventMetadata) -> None:
        if _operation(metadata) in _QUIET:
            # With a refresh the engine looks at each twice.
            if not is_engines(split_urn(metadata.urn)[0]):
                self._unchanged.add(metadata.urn)
            return
        self._record(metadata)
        self._tell(metadata, "started")

    def _finished(self, metadata: StepEventMetadata) -> None:
        if _operation(metadata) not in _QUIET:
            self._record(metadata)
            self._tell(metadata, "done")

    def _record(self, metadata: StepEventMetadata) -> None:
        kind, name = split_urn(metadata.urn)
        operation = _operation(metadata)
        diffs = metadata.diffs or ()
        fields = tuple(sorted({field.split(".")[0].split("[")[0] for field in diffs}))
        known = self._changes.get(metadata.urn)
        if known is not None and known.operation == "replace":
            operation = "replace"
        self._changes[metadata.urn] = Change(self._stack, kind, name, operation, fields)

    def _tell(
        self, metadata: StepEventMetadata, state: Literal["started", "done", "failed"]
    ) -> None:
        kind, name = split_urn(metadata.urn)
        if is_engines(kind):
            return
        self._observer(Progress(self._stack, kind, name, _operation(metadata), state))


def _operation(metadata: StepEventMetadata) -> Operation:
    return OPERATIONS.get(str(metadata.op.value), "same")

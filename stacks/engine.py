"""Pulumi's engine, driven through the Automation API with inline programs.

State lives in several stacks so that none grows past a few hundred resources (the file backend
writes the whole state at each step); stacks of one wave do not depend on each other.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pulumi import automation
from pulumi.automation.errors import CommandError, ConcurrentUpdateError, StackNotFoundError

from govctl.errors import GovctlError, LockedError
from govctl.texts import _
from stacks.changes import Observer, StackResult, ignore, stack_of
from stacks.events import Events
from stacks.failures import explained, joined, reading
from stacks.lean import LeanWorkspace
from stacks.locks import lock_holders
from stacks.provider.kind import WORK

Program = Callable[[], None]

PARALLEL = 16
"""Resources at once per stack: a machine's start is mostly waiting, also on two cores."""
AT_ONCE = 2
"""Stacks at once: each has an engine and a provider of its own, and two cores bear two of them."""


@dataclass(frozen=True)
class StackProgram:
    """A stack's name, its program, and when it runs: waves go one after the other."""

    name: str
    wave: int
    program: Program


@dataclass(frozen=True)
class Settings:
    """Where the engine finds what it needs."""

    project: str
    work: Path
    """A folder of the estate's own; each stack has a folder in it."""
    backend: str
    """`file://…`, `s3://…`, `postgres://…`: any Pulumi backend."""
    passphrase_file: Path
    pulumi_root: Path
    """`<root>/bin/pulumi`."""
    tools: Path
    """The folder that holds pulumi-resource-govctl and govctl-plan-policies."""
    patience: float = 30
    """Seconds to wait for another engine process to finish before it is called a lock."""


@dataclass(frozen=True)
class Held:
    """What the state of one stack holds."""

    urns: frozenset[str]
    outputs: frozenset[str]
    """Names of the outputs; none before an update has ended well."""


class Engine:
    """Previews, updates, refreshes and destroys the stacks of one estate."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._command = automation.PulumiCommand(root=str(settings.pulumi_root))

    def preview(
        self,
        stacks: Sequence[StackProgram],
        *,
        refresh: bool = False,
        replace: Collection[str] = (),
        observer: Observer = ignore,
    ) -> tuple[StackResult, ...]:
        """What an update would do, judged by the plan policies; changes nothing.

        `replace` has the URNs of resources to make anew although nothing asks for it.
        """

        def run(stack: automation.Stack, events: Events) -> Mapping[str, object]:
            try:
                stack.preview(
                    parallel=PARALLEL,
                    on_event=events,
                    refresh=refresh,
                    replace=_of(stack, replace),
                    policy_packs=[str(self._settings.tools / "govctl-plan-policies")],
                )
            except CommandError:
                if not events.refusals:
                    raise
            return {}

        return self._each(stacks, run, observer)

    def up(
        self,
        stacks: Sequence[StackProgram],
        *,
        refresh: bool = False,
        replace: Collection[str] = (),
        observer: Observer = ignore,
    ) -> tuple[StackResult, ...]:
        """Make what the programs say; raises ProvisionError if not everything stands."""

        def run(stack: automation.Stack, events: Events) -> Mapping[str, object]:
            result = stack.up(
                parallel=PARALLEL,
                on_event=events,
                refresh=refresh,
                replace=_of(stack, replace),
                continue_on_error=True,
                show_secrets=False,
            )
            return {name: output.value for name, output in result.outputs.items()}

        results: list[StackResult] = []
        for wave in sorted({stack.wave for stack in stacks}):
            members = [stack for stack in stacks if stack.wave == wave]
            results += self._each(members, run, observer)
        return tuple(results)

    def drift(
        self, stacks: Sequence[StackProgram], *, observer: Observer = ignore
    ) -> tuple[StackResult, ...]:
        """Where the machines differ from what was made; changes nothing."""

        def run(stack: automation.Stack, events: Events) -> Mapping[str, object]:
            stack.refresh(preview_only=True, parallel=PARALLEL, on_event=events, show_secrets=False)
            return {}

        return self._each(stacks, run, observer)

    def destroy(
        self, stacks: Sequence[StackProgram], *, observer: Observer = ignore
    ) -> tuple[StackResult, ...]:
        """Delete everything the stacks hold, later waves first, and then the stacks."""

        def run(stack: automation.Stack, events: Events) -> Mapping[str, object]:
            stack.destroy(
                parallel=PARALLEL, on_event=events, continue_on_error=True, show_secrets=False
            )
            stack.workspace.remove_stack(stack.name, force=False)
            return {}

        results: list[StackResult] = []
        for wave in sorted({stack.wave for stack in stacks}, reverse=True):
            members = [stack for stack in stacks if stack.wave == wave]
            results += self._each(members, run, observer)
        return tuple(results)

    def names(self) -> tuple[str, ...]:
        """The stacks that the backend knows of this estate."""
        options = self._options("list")
        workspace = automation.LocalWorkspace(
            work_dir=options.work_dir,
            pulumi_home=options.pulumi_home,
            pulumi_command=options.pulumi_command,
            project_settings=options.project_settings,
            env_vars=options.env_vars,
        )
        with reading():
            return tuple(sorted(stack.name for stack in workspace.list_stacks()))

    def held(self, name: str) -> Held:
        """What a stack's state holds; nothing if there is no such stack."""
        with reading():
            try:
                stack = automation.select_stack(
                    name,
                    project_name=self._settings.project,
                    program=_nothing,
                    opts=self._options(name),
                )
            except StackNotFoundError:
                return Held(frozenset(), frozenset())
            resources = (stack.export_stack().deployment or {}).get("resources") or ()
        return Held(
            frozenset(str(item["urn"]) for item in resources),
            frozenset(
                output
                for item in resources
                if item["type"] == "pulumi:pulumi:Stack"
                for output in item.get("outputs") or ()
            ),
        )

    def outputs(self, name: str) -> Mapping[str, object]:
        """A stack's outputs as its last update left them."""
        with reading():
            stack = self._open(StackProgram(name, 0, _nothing))
            return {key: output.value for key, output in stack.outputs().items()}

    def _each(
        self,
        stacks: Sequence[StackProgram],
        run: Callable[[automation.Stack, Events], Mapping[str, object]],
        observer: Observer,
    ) -> tuple[StackResult, ...]:
        if not stacks:
            return ()
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            futures = [pool.submit(self._one, stack, run, observer) for stack in stacks]
            failures = [failure for future in futures if (failure := future.exception())]
            for failure in failures:
                if not isinstance(failure, GovctlError):
                    raise failure
            if failures:
                raise joined(failures)
            return tuple(future.result() for future in futures)

    def _one(
        self,
        stack: StackProgram,
        run: Callable[[automation.Stack, Events], Mapping[str, object]],
        observer: Observer,
    ) -> StackResult:
        deadline = time.monotonic() + self._settings.patience
        while True:
            events = Events(stack.name, observer)
            try:
                opened = self._open(stack)
                outputs = run(opened, events)
            except ConcurrentUpdateError as error:
                self._wait_or_release(stack, deadline, str(error))
                continue
            except CommandError as error:
                raise explained(stack.name, error, events.errors) from error
            return events.result(outputs)

    def _open(self, stack: StackProgram) -> automation.Stack:
        options = self._options(stack.name)
        options.program = stack.program
        workspace = LeanWorkspace(**vars(options))
        return automation.Stack.create_or_select(stack.name, workspace)

    def _wait_or_release(self, stack: StackProgram, deadline: float, said: str) -> None:
        """Release the lock of an engine that is dead; wait for one that is alive.

        The locks of Pulumi's self-managed backends have no lease: a killed run leaves its own.
        """
        holders = lock_holders(said)
        if holders and not any(holder.alive for holder in holders):
            self._release(stack.name)
            return
        if time.monotonic() >= deadline:
            who = ", ".join(map(str, holders)) or "?"
            raise LockedError(
                _("stack {stack} is locked by {holder}", stack=stack.name, holder=who),
                hint=_("if that run is gone, release it with: govctl unlock"),
            )
        time.sleep(1)

    def release(self, names: Sequence[str]) -> None:
        """Release the locks of these stacks, whoever holds them."""
        for name in names:
            self._release(name)

    def _release(self, name: str) -> None:
        """Release a stack, also one that was about to be made when its run was killed.

        What does not exist cannot be released, and what is locked cannot be made; but another
        stack, which is empty, may take its name.
        """
        workspace = LeanWorkspace(**vars(self._options(name)))
        try:
            stack = automation.Stack.select(name, workspace)
        except StackNotFoundError:
            stack = automation.Stack.create(f"unlock-{os.getpid()}", workspace)
            stack.rename(name)
        stack.cancel()

    def _options(self, name: str) -> automation.LocalWorkspaceOptions:
        settings = self._settings
        folder = settings.work / "stacks" / name
        home = settings.work / "home"
        for needed in (folder, home):
            needed.mkdir(parents=True, exist_ok=True, mode=0o700)
        return automation.LocalWorkspaceOptions(
            work_dir=str(folder),
            pulumi_home=str(home),
            pulumi_command=self._command,
            secrets_provider="passphrase",
            project_settings=automation.ProjectSettings(
                name=settings.project,
                runtime="python",
                backend=automation.ProjectBackend(settings.backend),
            ),
            env_vars={
                "PATH": f"{settings.tools}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
                WORK: str(settings.work),
                "PULUMI_CONFIG_PASSPHRASE_FILE": str(settings.passphrase_file),
                # Seconds; without it a server that is silent is waited for without end.
                "PGCONNECT_TIMEOUT": os.environ.get("PGCONNECT_TIMEOUT", "15"),
                "PULUMI_SKIP_UPDATE_CHECK": "true",
                "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
                "PULUMI_SKIP_CHECKPOINTS": "true",
                "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
            },
        )


def _of(stack: automation.Stack, urns: Collection[str]) -> list[str] | None:
    """Those of a stack: the engine refuses any other."""
    return [urn for urn in urns if stack_of(urn) == stack.name] or None


def _nothing() -> None:
    """A program for calls that run none."""

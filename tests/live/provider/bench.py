"""A Pulumi project for one test: real engine, real provider, state in a temporary folder."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi import automation

from govctl.doctor.pulumi import pulumi_command
from stacks.lean import LeanWorkspace


@dataclass
class Bench:
    """One stack; `up`, `preview`, `refresh` and `destroy` as govctl's own engine does them."""

    folder: Path
    project: str
    program: Callable[[], None]
    _opened: automation.Stack | None = None

    def stack(self, program: Callable[[], None] | None = None) -> automation.Stack:
        """The stack, opened once: each opening costs a second."""
        if self._opened is None:
            self._opened = self._open()
        self._opened.workspace.program = program or self.program
        return self._opened

    def _open(self) -> automation.Stack:
        state = self.folder / "state"
        state.mkdir(parents=True, exist_ok=True)
        options = automation.LocalWorkspaceOptions(
            program=self.program,
            work_dir=str(self._made("work")),
            pulumi_home=str(self._made("home")),
            pulumi_command=automation.PulumiCommand(root=str(pulumi_command())),
            project_settings=automation.ProjectSettings(
                name=self.project,
                runtime="python",
                backend=automation.ProjectBackend(f"file://{state}"),
            ),
            secrets_provider="passphrase",
            env_vars={
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                "PULUMI_CONFIG_PASSPHRASE": "a test",
                "PULUMI_SKIP_UPDATE_CHECK": "true",
                "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
                "PULUMI_SKIP_CHECKPOINTS": "true",
            },
        )
        return automation.Stack.create_or_select("one", LeanWorkspace(**vars(options)))

    def up(
        self,
        program: Callable[[], None] | None = None,
        *,
        refresh: bool = False,
        replace: list[str] | None = None,
        parallel: int = 16,
    ) -> dict[str, int]:
        """Operations by kind, e.g. `{"create": 2, "same": 1}`."""
        result = self.stack(program).up(
            refresh=refresh, replace=replace, parallel=parallel, show_secrets=False
        )
        changes = result.summary.resource_changes or {}
        return {automation.OpType(kind).value: count for kind, count in changes.items()}

    def outputs(self) -> dict[str, Any]:
        """Secret ones too."""
        workspace = self.stack().workspace
        assert isinstance(workspace, LeanWorkspace)
        whole = automation.LocalWorkspace.stack_outputs(workspace, "one")
        return {name: output.value for name, output in whole.items()}

    def changed_properties(self, program: Callable[[], None] | None = None) -> dict[str, list[str]]:
        """What a preview would change: operation and property paths by resource name."""
        found: dict[str, list[str]] = {}

        def note(event: automation.EngineEvent) -> None:
            metadata = event.resource_pre_event and event.resource_pre_event.metadata
            if metadata and metadata.op != automation.OpType.SAME:
                name = metadata.urn.rsplit("::", 1)[-1]
                paths = sorted(metadata.detailed_diff or {})
                found.setdefault(name, [automation.OpType(metadata.op).value, *paths])

        self.stack(program).preview(on_event=note)
        return found

    def drift(self) -> dict[str, list[str]]:
        """Property paths that a refresh finds changed, by resource name; changes nothing."""
        found: dict[str, list[str]] = {}

        def note(event: automation.EngineEvent) -> None:
            metadata = event.res_outputs_event and event.res_outputs_event.metadata
            if metadata and metadata.op not in (automation.OpType.SAME, automation.OpType.REFRESH):
                name = metadata.urn.rsplit("::", 1)[-1]
                paths = sorted(metadata.detailed_diff or {})
                found[name] = [automation.OpType(metadata.op).value, *paths]

        self.stack().refresh(preview_only=True, on_event=note, show_secrets=False)
        return found

    def state_text(self) -> str:
        """Everything that the backend holds, as text."""
        files = (self.folder / "state").rglob("*")
        return "\n".join(path.read_text() for path in files if path.is_file())

    def lose_state(self) -> None:
        """What a killed run leaves, at worst: objects on the target and nothing in the state."""
        shutil.rmtree(self.folder / "state")
        shutil.rmtree(self.folder / "work")
        self._opened = None

    def resources(self) -> list[dict[str, Any]]:
        deployment = self.stack().export_stack().deployment or {}
        return list(json.loads(json.dumps(deployment.get("resources", []))))

    def _made(self, name: str) -> Path:
        (self.folder / name).mkdir(parents=True, exist_ok=True)
        return self.folder / name

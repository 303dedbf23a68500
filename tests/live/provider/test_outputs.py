"""What the engine tells of a stack's outputs."""

from __future__ import annotations

import sys
from pathlib import Path

import pulumi
import pytest

from govctl.doctor import pulumi_command
from stacks.engine import Engine, Settings, StackProgram

pytestmark = pytest.mark.live


def test_public_outputs_are_told_and_secret_ones_are_not(tmp_path: Path) -> None:
    def program() -> None:
        pulumi.export("keys", {"web": "ssh-ed25519 AAAA"})
        pulumi.export("seed", pulumi.Output.secret("a secret"))

    engine = _engine(tmp_path)
    stack = StackProgram("one", 0, program)
    (result,) = engine.up([stack])
    assert result.outputs == {"keys": {"web": "ssh-ed25519 AAAA"}}
    assert engine.outputs("one") == result.outputs
    assert engine.held("one").outputs == {"keys", "seed"}


def _engine(folder: Path) -> Engine:
    state, passphrase = folder / "state", folder / "passphrase"
    state.mkdir()
    passphrase.write_text("a test")
    return Engine(
        Settings(
            project="govctl-outputs",
            work=folder / "work",
            backend=f"file://{state}",
            passphrase_file=passphrase,
            pulumi_root=pulumi_command(),
            tools=Path(sys.executable).parent,
        )
    )

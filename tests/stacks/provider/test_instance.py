"""A machine whose files the target loses sight of: a fault that no test can provoke in a real LXD.

The target is a double, which fails as LXD 5.0 does now and then. Everything else about instances is
tested against the real one (tests/live/provider).
"""

from __future__ import annotations

from unittest.mock import Mock, create_autospec

import pytest

from stacks.provider.kind import Context, Incomplete
from stacks.provider.kinds.instance import InstanceInputs, InstanceKind
from stacks.provider.ownership import Owner
from stacks.provider.targets.target import File, Image, NoFileAccess, Target

INPUTS = InstanceInputs.model_validate_json(
    """{"name": "web-1", "image": "web", "pool": "p",
        "limits": {"memory": 1, "cpu": 1, "disk": 1, "processes": 1},
        "files": [{"path": "/etc/motd", "content": "hello"}]}"""
)


def target(*failures: bool) -> Mock:
    """Writing fails as often as told, then succeeds; the key is there at once."""
    double: Mock = create_autospec(Target, instance=True)
    double.image.return_value = Image("f" * 64, (), {})
    lost = NoFileAccess("web-1 gives no access to its files")
    double.write_file.side_effect = [lost if fails else None for fails in failures]
    double.read_file.return_value = File(b"ssh-ed25519 AAAA\n", 0o644, 0, 0)
    return double


def created(double: Mock) -> list[str]:
    return [call[0] for call in double.method_calls if call[0].endswith(("_instance", "start"))]


def test_it_is_made_anew() -> None:
    double = target(True, True, False)
    made = InstanceKind().create(Context(Owner("e", "urn"), lambda: double), INPUTS)
    assert made.outputs["host_key"] == "ssh-ed25519 AAAA"
    again = ["delete_instance", "create_instance"]
    assert created(double) == ["create_instance", *again, *again, "start"]


def test_it_is_not_made_for_ever() -> None:
    double = target(True, True, True)
    with pytest.raises(Incomplete, match="no access to its files"):
        InstanceKind().create(Context(Owner("e", "urn"), lambda: double), INPUTS)
    assert created(double).count("create_instance") == 3
    assert created(double)[-1] == "create_instance"

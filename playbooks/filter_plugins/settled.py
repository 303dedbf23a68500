"""`settled` of `playbooks/hosts` for templates, which are written on the controller."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any


def _settled() -> Callable[..., Any]:
    """Found beside this file: whoever runs plain Ansible need not have govctl's packages."""
    place = Path(__file__).resolve().parents[1] / "hosts" / "settled.py"
    spec = spec_from_file_location("govctl_settled", place)
    assert spec is not None  # noqa: S101 - a file that ends in .py has one
    assert spec.loader is not None  # noqa: S101
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[..., Any] = module.settled
    return found


class FilterModule:
    """What Ansible asks a file of filters for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By the name that templates use."""
        return {"settled": _settled()}

"""A visit of the playbook to a host: one task of Ansible that runs several themes.

Its output is a line of JSON (playbooks/hosts/visit.py), which is told apart here into what each of
the themes would have been as a task of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

VISIT = "Keep what is there, close what fails, and note what was changed"
"""The playbook's task of this kind."""


def is_visit(data: Mapping[str, Any]) -> bool:
    """True for an event's data that is of such a task."""
    return data.get("task") == VISIT


def themes_of(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The data of each theme, in their order, as if it had been a task; `failed` in its result if
    it did. Nothing where the host did not answer."""
    try:
        answer = json.loads(str((data.get("res") or {}).get("stdout") or "{}"))
        said = {str(theme): (str(one["said"]), one["failed"])
                for theme, one in answer.get("themes", {}).items()}  # fmt: skip
    except (ValueError, TypeError, KeyError, AttributeError):
        return
    for theme, (text, failed) in said.items():
        if theme in _names():
            outcome = {"stdout": text, "changed": "changed:" in text}
            if failed:
                outcome |= {"failed": True, "stderr": str(failed)}
            yield {**data, "role": theme, "task": _names()[theme], "res": outcome}


def is_broken(data: Mapping[str, Any]) -> bool:
    """True if more than a theme failed: nothing was kept or noted, or the host did not answer."""
    return bool((data.get("res") or {}).get("rc", 1) != 0)


@cache
def _names() -> Mapping[str, str]:
    """What the task of each theme is called."""
    import yaml  # noqa: PLC0415 - a plan of an estate may need none of it

    text = files("playbooks").joinpath("themes.yml").read_text(encoding="utf-8")
    return {one["theme"]: one["name"] for one in yaml.safe_load(text)["govctl_themes"]}

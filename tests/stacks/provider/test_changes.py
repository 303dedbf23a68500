"""Differences between two sets of inputs, at property paths."""

from __future__ import annotations

import pytest

from stacks.provider.changes import changes
from stacks.provider.codec import UNKNOWN, Plain, Secret

HOSTS: dict[str, Plain] = {"path": "/etc/hosts", "content": "a", "mode": 420}
NOTE: dict[str, Plain] = {"path": "/etc/note", "content": "b", "mode": 420}


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ({"name": "a"}, {"name": "a"}, []),
        ({"name": "a"}, {"name": "b"}, ["update name"]),
        ({}, {"name": "b"}, ["add name"]),
        ({"name": "a"}, {}, ["delete name"]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, ["update a.c"]),
        ({"a": "x"}, {"a": Secret("x")}, []),
        ({"a": Secret("x")}, {"a": Secret("y")}, ["update a"]),
        ({"a": "x"}, {"a": UNKNOWN}, ["update a"]),
        ({"files": [HOSTS]}, {"files": [NOTE, HOSTS]}, ["add files[0]"]),
        ({"files": [NOTE, HOSTS]}, {"files": [HOSTS]}, ["delete files[0]"]),
        ({"files": [NOTE, HOSTS]}, {"files": [HOSTS, NOTE]}, []),
        (
            {"files": [HOSTS, NOTE]},
            {"files": [HOSTS, {**NOTE, "content": "c"}]},
            ["update files[1].content"],
        ),
        ({"dns": ["a"]}, {"dns": ["a", "b"]}, ["update dns"]),
        ({"nics": [{"name": "eth0"}]}, {"nics": []}, ["delete nics[0]"]),
        ({"files": [HOSTS, HOSTS]}, {"files": [HOSTS]}, ["update files"]),
        (
            {"files": Secret([HOSTS])},
            {"files": Secret([NOTE])},
            ["delete files[0]", "add files[0]"],
        ),
    ],
)
def test_changes(old: dict[str, Plain], new: dict[str, Plain], found: list[str]) -> None:
    assert [f"{change.kind} {change.path}" for change in changes(old, new)] == found


@pytest.mark.parametrize(
    ("path", "top"), [("name", "name"), ("files[2].content", "files"), ("limits.cpu", "limits")]
)
def test_the_property_of_a_path(path: str, top: str) -> None:
    from stacks.provider.changes import Change

    assert Change(path, "update").property == top

"""One visit on the host: parts that do not touch each other, and what stands after a failure."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

from playbooks.filter_plugins.visits import failures, visit
from tests.playbooks.test_playbook import ROOM

BY_HOST = [{"theme": theme, "modules": ["rights", "texts", "named"]} for theme in "abc"]


def asked(rows: dict[str, Any], **more: Any) -> str:
    plain = {"keep": None, "dry": False, "offline": True}
    return visit(rows, list(rows), BY_HOST, plain | more)


def sent(packed: str) -> subprocess.CompletedProcess[str]:
    """As the playbook does it, with Python's own library alone."""
    program = (ROOM / "hosts" / "load.py").read_text()
    return subprocess.run(
        [sys.executable, "-I", "-c", program],
        input=packed, capture_output=True, text=True, timeout=60, check=False, cwd="/",
    )  # fmt: skip


def row(path: Path, mode: str = "0640") -> dict[str, Any]:
    path.touch()
    path.chmod(0o666)
    return {"family": "files.permissions", "paths": [str(path)], "mode": mode}


def test_each_theme_says_what_it_changed_and_one_that_fails_keeps_no_other(tmp_path: Path) -> None:
    rows = {name: [row(tmp_path / name, "x" if name == "b" else "0640")] for name in "abc"}
    done = sent(asked(rows))
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    said = {theme: (one["said"], bool(one["failed"])) for theme, one in answer["themes"].items()}
    assert said == {
        "a": (f"changed: {tmp_path / 'a'} 0666 -> 0640\n", False),
        "b": ("", True),
        "c": (f"changed: {tmp_path / 'c'} 0666 -> 0640\n", False),
    }
    assert [line.partition(":")[::2] for line in failures({"rc": 0, "stdout": done.stdout})] == [
        ("b", " ValueError: invalid literal for int() with base 8: 'x'")
    ]


def test_a_theme_that_is_refused_a_file_fails_with_its_name_and_no_other_does(
    tmp_path: Path,
) -> None:
    rows = {"a": [row(tmp_path / "a")], "b": [row(tmp_path / "b")]}
    request = json.loads(zlib.decompress(base64.b64decode(asked(rows))))
    request["sources"].insert(1, ["refusing", _REFUSING])
    request["themes"][0]["module"] = "refusing"
    done = sent(json.dumps(request))
    assert done.returncode == 0, done.stderr
    assert failures({"rc": 0, "stdout": done.stdout}) == ["a: /etc/a: Read-only file system"]
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o640


_REFUSING = """\
from playbooks.hosts.rights import refuse
def main(request):
    refuse("/etc/a", OSError(30, "Read-only file system"))
"""


def test_a_plan_changes_nothing_and_rows_that_hold_are_not_touched(tmp_path: Path) -> None:
    held = row(tmp_path / "held") | {"open": False}
    sent(asked({"a": [row(tmp_path / "a")]}, dry=True))
    sent(asked({"a": [held]}))
    modes = {(tmp_path / name).stat().st_mode & 0o777 for name in ("a", "held")}
    assert modes == {0o666}


@pytest.mark.skipif(os.geteuid() != 0, reason="the host's own folder /run is root's")
def test_nothing_is_changed_where_nothing_could_be_kept(tmp_path: Path) -> None:
    packed = asked({"a": [row(tmp_path / "a")]}, keep={"words": ["r1"], "note": []})
    request = json.loads(zlib.decompress(base64.b64decode(packed)))
    request["keep"]["program"]["commands.py"] = "def main(words): raise SystemExit('no room')"
    done = sent(json.dumps(request))
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert (answer["run"], answer["themes"], answer["noted"]) == ("", {}, None)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o666
    found = {"rc": 1, "stdout": done.stdout, "stderr": done.stderr}
    assert failures(found) == ["no room"]


def test_of_an_end_by_a_signal_and_of_no_answer_something_is_said() -> None:
    assert failures({"msg": "Timeout\n"}) == ["Timeout"]
    assert failures({"rc": 137, "stdout": "no JSON", "stderr": ""}) == ["?"]
    assert failures({"skipped": True, "rc": 0}) == []


def test_rows_may_come_as_a_text() -> None:
    rows = {"a": [{"id": "x"}]}
    texts = [zlib.decompress(base64.b64decode(visit(given, ["a"], BY_HOST, {"keep": None})))
             for given in (rows, json.dumps(rows))]  # fmt: skip
    assert texts[0] == texts[1]

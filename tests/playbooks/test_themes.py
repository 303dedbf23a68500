"""One theme that fails keeps no other from being closed, and the host has failed all the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.playbooks.test_playbook import ROOM, _ansible

THEMES = ("sysctl", "mounts", "permissions")


def checks(folder: Path, fails: str) -> dict[str, list[dict[str, object]]]:
    """A row for each theme: each narrows a file, or wants something else."""
    found: dict[str, list[dict[str, object]]] = {}
    for theme in THEMES:
        (folder / f"of-{theme}").touch(0o666)
        (folder / f"of-{theme}").chmod(0o666)
        row: dict[str, object] = {"id": theme, "family": "files.permissions"}
        row |= {"paths": [str(folder / f"of-{theme}")], "mode": "0640"}
        found[theme] = [row | {"mode": "none"} if theme == fails else row]
    return found


def play(folder: Path, fails: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """The real playbook with small themes, for hosts by name, each with the theme that fails."""
    room = folder / "playbooks"
    for part in ("hosts", "library", "filter_plugins"):
        shutil.copytree(ROOM / part, room / part)
    themes = [{"theme": one, "modules": ["rights", "texts", "named"]} for one in THEMES]
    (room / "themes.yml").write_text(json.dumps({"govctl_themes": themes}))
    shutil.copy(ROOM / "harden.yml", room)
    hosts: dict[str, dict[str, object]] = {}
    for host, theme in fails.items():
        (folder / host).mkdir()
        hosts[host] = {
            "ansible_connection": "local", "ansible_python_interpreter": sys.executable,
            "govctl_offline": True, "govctl_checks": checks(folder / host, theme),
        }  # fmt: skip
        if host == "gone":
            hosts[host] |= {"ansible_connection": "ssh", "ansible_host": "127.0.0.1",
                            "ansible_port": 1}  # fmt: skip
    (folder / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}))
    return subprocess.run(
        [_ansible(), "-i", folder / "hosts.json", *words, room / "harden.yml"],
        capture_output=True, text=True, timeout=120, check=False, cwd=folder,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
    )  # fmt: skip


def narrowed(folder: Path) -> set[str]:
    return {path.name.removeprefix("of-") for path in folder.glob("of-*")
            if path.stat().st_mode & 0o777 == 0o640}  # fmt: skip


def test_a_theme_that_fails_keeps_no_other_theme_and_no_host(tmp_path: Path) -> None:
    fails = {"first": "sysctl", "middle": "mounts", "last": "permissions"}
    done = play(tmp_path, {**fails, "good": "none", "gone": ""})
    assert narrowed(tmp_path / "good") == set(THEMES), done.stdout
    for host, theme in fails.items():
        assert narrowed(tmp_path / host) == set(THEMES) - {theme}
    assert done.returncode != 0
    recap = dict(line.split(" : ", 1) for line in done.stdout.splitlines() if " : ok=" in line)
    failed = {name.strip() for name, counts in recap.items() if "failed=0" not in counts}
    assert failed == fails.keys()
    said = done.stdout.partition("Say which themes failed")[2].partition("PLAY RECAP")[0]
    assert all(f"{theme}: ValueError: " in said for theme in fails.values())
    assert "skipping: [good]" in said
    assert done.stdout.count("UNREACHABLE") == 1 and "gone" not in said


def test_what_runs_on_hosts_is_run_by_the_interpreter_that_is_named(tmp_path: Path) -> None:
    """For an image that is one which changes its root: any other would change this machine."""
    play(tmp_path, {"one": "none"}, "--check")
    python, seen = tmp_path / "python", tmp_path / "seen"
    python.write_text(f'#!/bin/sh\necho >>{seen}\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    hosts = json.loads((tmp_path / "hosts.json").read_text())
    one = hosts["all"]["hosts"]["one"]
    one |= {"ansible_python_interpreter": str(python)}
    (tmp_path / "hosts.json").write_text(json.dumps(hosts))
    book = tmp_path / "playbooks" / "harden.yml"
    again: list[str | Path] = [_ansible(), "-i", tmp_path / "hosts.json", book]
    subprocess.run(again, check=True, capture_output=True, timeout=120, cwd=tmp_path)
    assert seen.exists() and narrowed(tmp_path / "one") == set(THEMES)


def test_rows_may_come_as_a_text(tmp_path: Path) -> None:
    play(tmp_path, {"one": "none"}, "--check")
    hosts = json.loads((tmp_path / "hosts.json").read_text())
    one = hosts["all"]["hosts"]["one"]
    one["govctl_checks"] = json.dumps(one["govctl_checks"])
    (tmp_path / "hosts.json").write_text(json.dumps(hosts))
    book = tmp_path / "playbooks" / "harden.yml"
    again: list[str | Path] = [_ansible(), "-i", tmp_path / "hosts.json", book]
    subprocess.run(again, check=True, capture_output=True, timeout=120, cwd=tmp_path)
    assert narrowed(tmp_path / "one") == set(THEMES)


def test_a_plan_goes_on_too_and_changes_nothing(tmp_path: Path) -> None:
    done = play(tmp_path, {"bad": "sysctl"}, "--check", "--diff")
    assert "of-permissions 0666 -> 0640" in done.stdout
    assert narrowed(tmp_path / "bad") == set()

"""One theme that fails keeps no other from being closed, and the host has failed all the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from govctl.pipeline.harden.ansible_following import SUMMARY
from govctl.pipeline.harden.ansible_visits import VISIT
from tests.playbooks.test_roles import PLAYBOOK, ROOM, _ansible

WRITES = """\
- name: Write
  ansible.builtin.copy: {content: "", dest: "{{ folder }}/{{ theme }}"}
  notify: Take it up
- name: Ask
  ansible.builtin.command: "test {{ theme }} != {{ fails }}"
  changed_when: false
- name: Write more
  ansible.builtin.copy: {content: "", dest: "{{ folder }}/{{ theme }}-more"}
"""
TAKES_UP = """\
- name: Take it up
  ansible.builtin.copy: {content: "", dest: "{{ folder }}/taken-up"}
"""
THEMES = ("apt", "audit", "banners")
BY_HOST = ("sysctl", "mounts", "permissions")
"""Before, between and behind those."""


def checks(folder: Path, fails: str) -> dict[str, list[dict[str, object]]]:
    """A row for each theme; those that Python closes narrow a file, or want something else."""
    found: dict[str, list[dict[str, object]]] = {one: [{"id": one}] for one in THEMES}
    for theme in BY_HOST:
        (folder / f"of-{theme}").touch(0o666)
        (folder / f"of-{theme}").chmod(0o666)
        row: dict[str, object] = {"id": theme, "family": "files.permissions"}
        row |= {"paths": [str(folder / f"of-{theme}")], "mode": "0640"}
        found[theme] = [row | {"mode": "none"} if theme == fails else row]
    return found


def play(folder: Path, fails: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """The real playbook with small roles, for hosts by name, each with the theme that fails."""
    room = folder / "playbooks"
    for part in ("tasks", "hosts", "library", "filter_plugins"):
        shutil.copytree(ROOM / part, room / part)
    by_host = [{"theme": one, "modules": ["rights", "texts", "named"]} for one in BY_HOST]
    (room / "themes.yml").write_text(json.dumps({"govctl_by_host": by_host}))
    shutil.copy(ROOM / "harden.yml", room)
    for theme in THEMES:
        for name, text in (("tasks", WRITES), ("handlers", TAKES_UP)):
            (room / "roles" / theme / name).mkdir(parents=True)
            (room / "roles" / theme / name / "main.yml").write_text(text)
    hosts: dict[str, dict[str, object]] = {}
    for host, theme in fails.items():
        (folder / host).mkdir()
        hosts[host] = {
            "ansible_connection": "local", "ansible_python_interpreter": sys.executable,
            "govctl_offline": True, "govctl_checks": checks(folder / host, theme),
            "folder": str(folder / host), "fails": theme,
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


def written(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith("of-")}


def narrowed(folder: Path) -> set[str]:
    return {path.name.removeprefix("of-") for path in folder.glob("of-*")
            if path.stat().st_mode & 0o777 == 0o640}  # fmt: skip


def test_other_themes_and_hosts_are_closed_and_handlers_run(tmp_path: Path) -> None:
    done = play(tmp_path, {"first": "apt", "last": "banners", "good": "none", "gone": ""})
    every = {*THEMES, *(f"{theme}-more" for theme in THEMES), "taken-up"}
    assert written(tmp_path / "good") == every, done.stdout
    assert written(tmp_path / "first") == every - {"apt-more"}
    assert written(tmp_path / "last") == every - {"banners-more"}
    assert done.returncode != 0
    recap = dict(line.split(" : ", 1) for line in done.stdout.splitlines() if " : ok=" in line)
    failed = {name.strip() for name, counts in recap.items() if "failed=0" not in counts}
    assert failed == {"first", "last"}
    said = done.stdout.partition("Say which themes failed")[2].partition("PLAY RECAP")[0]
    assert "apt: non-zero return code" in said and "banners: non-zero" in said
    assert "skipping: [good]" in said
    assert done.stdout.count("UNREACHABLE") == 1 and "gone" not in said


@pytest.mark.parametrize("fails", BY_HOST)
def test_of_those_that_python_closes_one_that_fails_keeps_no_other(
    fails: str, tmp_path: Path
) -> None:
    done = play(tmp_path, {"bad": fails, "good": "none"})
    assert narrowed(tmp_path / "good") == set(BY_HOST), done.stdout
    assert narrowed(tmp_path / "bad") == set(BY_HOST) - {fails}
    assert written(tmp_path / "bad") == written(tmp_path / "good")
    said = done.stdout.partition("Say which themes failed")[2].partition("PLAY RECAP")[0]
    assert f"{fails}: ValueError: " in said and "skipping: [good]" in said
    assert done.returncode != 0


def test_what_python_closes_is_run_by_the_interpreter_that_is_named(tmp_path: Path) -> None:
    """For an image that is one which changes its root: any other would change this machine."""
    play(tmp_path, {"one": "none"}, "--check")
    python, seen = tmp_path / "python", tmp_path / "seen"
    python.write_text(f'#!/bin/sh\necho >>{seen}\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    hosts = json.loads((tmp_path / "hosts.json").read_text())
    one = hosts["all"]["hosts"]["one"]
    one |= {"ansible_python_interpreter": str(python)}
    one["govctl_checks"] = {theme: one["govctl_checks"][theme] for theme in BY_HOST}
    (tmp_path / "hosts.json").write_text(json.dumps(hosts))
    book = tmp_path / "playbooks" / "harden.yml"
    again: list[str | Path] = [_ansible(), "-i", tmp_path / "hosts.json", book]
    subprocess.run(again, check=True, capture_output=True, timeout=120, cwd=tmp_path)
    assert seen.exists() and narrowed(tmp_path / "one") == set(BY_HOST)


def test_rows_may_come_as_a_text(tmp_path: Path) -> None:
    play(tmp_path, {"one": "none"}, "--check")
    hosts = json.loads((tmp_path / "hosts.json").read_text())
    one = hosts["all"]["hosts"]["one"]
    one["govctl_checks"] = json.dumps(one["govctl_checks"])
    (tmp_path / "hosts.json").write_text(json.dumps(hosts))
    book = tmp_path / "playbooks" / "harden.yml"
    again: list[str | Path] = [_ansible(), "-i", tmp_path / "hosts.json", book]
    subprocess.run(again, check=True, capture_output=True, timeout=120, cwd=tmp_path)
    assert narrowed(tmp_path / "one") == set(BY_HOST)


def test_a_plan_goes_on_too(tmp_path: Path) -> None:
    done = play(tmp_path, {"bad": "apt"}, "--check")
    assert "TASK [banners : Write more]" in done.stdout
    assert written(tmp_path / "bad") == narrowed(tmp_path / "bad") == set()


def test_the_task_that_runs_several_themes_is_known_by_its_name() -> None:
    (visit,) = yaml.safe_load((ROOM / "tasks" / "visit.yml").read_text())
    assert visit["block"][0]["name"] == VISIT


def test_the_task_that_only_sums_up_is_known_by_its_name() -> None:
    assert SUMMARY in {task["name"] for task in PLAYBOOK[0]["tasks"]}

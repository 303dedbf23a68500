"""One theme that fails keeps no other from being closed, and the host has failed all the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from govctl.pipeline.harden.ansible_following import SUMMARY
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
THEMES = ("packages", "sshd", "integrity")


def play(folder: Path, fails: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """The real playbook with small roles, for hosts by name, each with the theme that fails."""
    room = folder / "playbooks"
    shutil.copytree(ROOM / "tasks", room / "tasks")
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
            "govctl_offline": True, "govctl_checks": {one: [{"id": one}] for one in THEMES},
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
    return {path.name for path in folder.iterdir()}


def test_other_themes_and_hosts_are_closed_and_handlers_run(tmp_path: Path) -> None:
    done = play(tmp_path, {"first": "packages", "last": "integrity", "good": "none", "gone": ""})
    every = {*THEMES, *(f"{theme}-more" for theme in THEMES), "taken-up"}
    assert written(tmp_path / "good") == every, done.stdout
    assert written(tmp_path / "first") == every - {"packages-more"}
    assert written(tmp_path / "last") == every - {"integrity-more"}
    assert done.returncode != 0
    recap = dict(line.split(" : ", 1) for line in done.stdout.splitlines() if " : ok=" in line)
    failed = {name.strip() for name, counts in recap.items() if "failed=0" not in counts}
    assert failed == {"first", "last"}
    said = done.stdout.partition("Say which themes failed")[2].partition("PLAY RECAP")[0]
    assert "packages: non-zero return code" in said and "integrity: non-zero" in said
    assert "skipping: [good]" in said
    assert done.stdout.count("UNREACHABLE") == 1 and "gone" not in said


def test_a_plan_goes_on_too(tmp_path: Path) -> None:
    done = play(tmp_path, {"bad": "packages"}, "--check")
    assert "TASK [integrity : Write more]" in done.stdout
    assert written(tmp_path / "bad") == set()


def test_the_task_that_only_sums_up_is_known_by_its_name() -> None:
    assert SUMMARY in {task["name"] for task in PLAYBOOK[0]["tasks"]}

"""The playbook without govctl's driver, as somebody types it: a theme, a plan, a pipe."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.playbooks.test_playbook import ROOM, _ansible

THEMES = ("banners", "cron", "settings")


def checks(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """A row for each theme, about a file that is called as it is."""
    paths = {theme: str(folder / theme) for theme in THEMES}
    listed = {"family": "files.allow-list", "allow": paths["cron"], "deny": f"{paths['cron']}.deny"}
    return {
        "banners": [{"id": "b", "path": paths["banners"]}],
        "cron": [{"id": "c", **listed, "names": ["root"]}],
        "settings": [{"id": "s", "paths": [paths["settings"]], "section": "Main", "key": "Value",
                      "equals": "1"}],
    }  # fmt: skip


def inventory(rows: dict[str, list[dict[str, Any]]]) -> str:
    host = {
        "ansible_connection": "local",
        "ansible_become": False,
        "ansible_python_interpreter": sys.executable,
        "govctl_offline": True,
        "govctl_checks": rows,
    }
    return json.dumps({"all": {"hosts": {"here": host}}})


def played(command: str, folder: Path, rows: dict[str, list[dict[str, Any]]] | None = None) -> str:
    """What bash and Ansible print; nothing is changed by `--check`."""
    (folder / "inventory.json").write_text(inventory(rows or checks(folder)))
    said = subprocess.run(
        ["bash", "-c", command.replace("PLAY", f"{_ansible()} --check --diff {ROOM}/harden.yml")],
        capture_output=True, text=True, timeout=120, check=False, cwd=folder,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
    )  # fmt: skip
    return said.stdout + said.stderr


def themes(said: str, folder: Path) -> set[str]:
    """Themes of which a change is shown."""
    return {theme for theme in THEMES if str(folder / theme) in said.splitlines()}


@pytest.mark.parametrize(
    ("options", "run"),
    [
        ("", set(THEMES)),
        ("--skip-tags banners,cron", {"settings"}),
        ("--tags sshd", set()),
    ],
)
def test_tags_choose_the_themes(options: str, run: set[str], tmp_path: Path) -> None:
    said = played(f"PLAY -i inventory.json {options}", tmp_path)
    assert themes(said, tmp_path) == run, said


def test_the_inventory_may_come_by_a_pipe(tmp_path: Path) -> None:
    said = played("PLAY -i <(cat inventory.json) --tags banners,cron", tmp_path)
    assert themes(said, tmp_path) == {"banners", "cron"}, said


def test_a_visit_shows_its_diff_without_more_words(tmp_path: Path) -> None:
    row = {"id": "x", "family": "coredump.setting", "key": "Storage", "value": "a\x1b[31mb"}
    said = played("PLAY -i inventory.json --tags crashes", tmp_path, {"crashes": [row]})
    lines = said.splitlines()
    assert "/etc/systemd/coredump.conf.d/zz-govctl.conf" in lines, said
    assert "+Storage=a[31mb" in lines, said
    assert "\x1b" not in said


def test_a_diff_is_shown_whole_and_the_file_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "some.conf"
    path.write_text("[Main]\nKeep=yes\n\nValue=1\n")
    row = {"id": "x", "family": "ini.setting", "section": "Main", "key": "Value",
           "equals": "a\x1b[31mb", "paths": [str(path)]}  # fmt: skip
    said = played("PLAY -i inventory.json --tags settings", tmp_path, {"settings": [row]})
    expected = [str(path), "@@ -1,4 +1,4 @@", " [Main]", " Keep=yes", " ", "-Value=1",
                "+Value=a[31mb"]  # fmt: skip
    lines = said.splitlines()
    assert str(path) in lines, said
    at = lines.index(str(path))
    assert lines[at : at + len(expected)] == expected, said
    assert path.read_text().endswith("\nValue=1\n")

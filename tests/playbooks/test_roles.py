"""Every fix has a role, every role is wanted, and the roles use nothing but ansible-core."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import playbooks
from policies.catalogue import checks

ROOM = Path(playbooks.__file__).parent
ROLES = {path.name for path in (ROOM / "roles").iterdir()}
PLAYBOOK: list[dict[str, Any]] = yaml.safe_load((ROOM / "harden.yml").read_text())
BY_HOST: dict[str, list[str]] = {
    one["theme"]: one["modules"]
    for one in yaml.safe_load((ROOM / "themes.yml").read_text())["govctl_by_host"]
}
THEMES: list[str] = PLAYBOOK[0]["vars"]["govctl_themes"]


def _tasks() -> list[tuple[str, dict[str, Any]]]:
    files = sorted(ROOM.glob("roles/*/[th]a*/main.yml"))
    return [(file.parent.parent.name, task) for file in files
            for task in yaml.safe_load(file.read_text())]  # fmt: skip


def test_every_check_with_a_fix_names_a_theme_and_every_theme_is_some_checks_fix() -> None:
    fixed = {check.fix for check in checks() if check.fix}
    assert fixed == ROLES | BY_HOST.keys() == set(THEMES)
    assert not ROLES & BY_HOST.keys()


def test_tasks_use_builtin_modules_and_our_one_and_have_names() -> None:
    words = {"name", "when", "register", "changed_when", "check_mode", "failed_when",
             "loop", "loop_control", "notify", "vars"}  # fmt: skip
    for role, task in _tasks():
        modules = task.keys() - words
        assert len(modules) == 1, (role, task)
        module = modules.pop()
        assert module == "govctl_program" or module.startswith("ansible.builtin."), role
        assert task["name"], role


def test_handlers_do_nothing_in_a_tree_of_files() -> None:
    for file in ROOM.glob("roles/*/handlers/main.yml"):
        for handler in yaml.safe_load(file.read_text()):
            assert "govctl_offline" in handler["when"], file


def _ansible() -> str:
    beside = Path(sys.executable).parent / "ansible-playbook"
    found = str(beside) if beside.exists() else shutil.which("ansible-playbook")
    assert found is not None, "ansible-playbook is not installed"
    return found


def test_the_playbook_is_good_ansible(tmp_path: Path) -> None:
    said = subprocess.run(
        [_ansible(), "--syntax-check", "-i", "localhost,", str(ROOM / "harden.yml")],
        capture_output=True, text=True, timeout=120, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr


HOSTS = sorted((ROOM / "hosts").glob("*.py"))


@pytest.mark.parametrize("path", HOSTS, ids=lambda path: path.stem)
def test_what_runs_on_hosts_suits_their_python_and_imports_nothing_else(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import)
             for alias in node.names}  # fmt: skip
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name for name in names if name.partition(".")[0] not in sys.stdlib_module_names} <= {
        "playbooks.hosts", *(f"playbooks.hosts.{one.stem}" for one in HOSTS)
    }  # fmt: skip


def test_a_theme_sends_every_module_that_its_own_needs() -> None:
    every = [(role, task.get("vars", {}).get("modules", [])) for role, task in _tasks()]
    for role, sent in [*every, *BY_HOST.items()]:
        for place, name in enumerate(sent):
            text = (ROOM / "hosts" / f"{name}.py").read_text(encoding="utf-8")
            asked = set(re.findall(r"^from playbooks\.hosts\.(\w+) import", text, re.MULTILINE))
            asked |= set(re.findall(r"^from playbooks\.hosts import (\w+)$", text, re.MULTILINE))
            assert asked <= set(sent[:place]), (role, name)

"""Every fix has a theme, every theme is wanted, and what is sent to hosts needs nothing there."""

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
from govctl.pipeline.harden.ansible_following import SUMMARY
from govctl.pipeline.harden.ansible_visits import VISIT
from policies.catalogue import checks

ROOM = Path(playbooks.__file__).parent
PLAYBOOK: list[dict[str, Any]] = yaml.safe_load((ROOM / "harden.yml").read_text())
THEMES: dict[str, list[str]] = {
    one["theme"]: one["modules"]
    for one in yaml.safe_load((ROOM / "themes.yml").read_text())["govctl_themes"]
}


def test_every_check_with_a_fix_names_a_theme_and_every_theme_is_some_checks_fix() -> None:
    assert {check.fix for check in checks() if check.fix} == THEMES.keys()


def test_the_visit_and_what_sums_up_are_known_by_their_names() -> None:
    (play,) = PLAYBOOK
    visit, summary = play["tasks"]
    assert visit["block"][0]["name"] == VISIT
    assert summary["name"] == SUMMARY


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


@pytest.mark.parametrize("theme", THEMES)
def test_a_theme_sends_every_module_that_its_own_needs(theme: str) -> None:
    sent = THEMES[theme]
    for place, name in enumerate(sent):
        text = (ROOM / "hosts" / f"{name}.py").read_text(encoding="utf-8")
        asked = set(re.findall(r"^from playbooks\.hosts\.(\w+) import", text, re.MULTILINE))
        for names in re.findall(r"^from playbooks\.hosts import (.+)$", text, re.MULTILINE):
            asked |= {word.split()[0] for word in names.split(",")}
        assert asked <= set(sent[:place]), name

"""What ARCHITECTURE.md shows is run as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from policies import Chosen, choose, findings, use, wishes
from policies.sources import read_from
from scanners import LocalHost, place_of, scan_tree
from tests.site import forgotten

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^```(?:python|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _blocks() -> list[str]:
    return FENCE.findall((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "image"
    (root / "etc/ssh").mkdir(parents=True)
    (root / "etc/ssh/sshd_config").write_text("MaxAuthTries 4\n")
    (root / "usr/sbin").mkdir(parents=True)
    (root / "usr/sbin/sshd").touch()
    return root


def test_the_library_is_used_in_ten_lines(tree: Path) -> None:
    (example,) = [block for block in _blocks() if "/mnt/image" in block]
    assert len([line for line in example.splitlines() if line]) <= 10
    done = subprocess.run(
        [sys.executable, "-c", example.replace("/mnt/image", str(tree))],
        capture_output=True, text=True, check=True, cwd=ROOT, timeout=120,
    )  # fmt: skip
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert set(lines) == {check.id for check in choose(["cis-debian12:l1-server"]).checks}
    assert lines["sshd-max-auth-tries"].startswith("sshd-max-auth-tries fail ")
    assert lines["sshd-max-auth-tries"].endswith("maximum 3 (set ssh_max_auth_tries)")


def test_a_fact_a_family_and_a_check_take_a_file_each(tmp_path: Path, tree: Path) -> None:
    files = [block for block in _blocks() if block.startswith("# own/")]
    assert len(files) == 3
    for text in files:
        path = tmp_path / text.splitlines()[0].removeprefix("# ")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    with forgotten():
        (check,) = use(tmp_path / "own")
        assert read_from(check) == ()  # a link is looked at, nothing is read
        chosen = choose([], [check.id])
        assert _said(tree, chosen) == ("fail", "the time zone is UTC")
        (tree / "etc/localtime").symlink_to("/usr/share/zoneinfo/Asia/Ho_Chi_Minh")
        assert _said(tree, chosen) == ("pass", "the time zone is Asia/Ho_Chi_Minh")


def _said(tree: Path, chosen: Chosen) -> tuple[str, str]:
    (finding,) = findings(scan_tree(tree, **wishes(chosen.checks)), chosen)
    return finding.status, finding.reason.render("en")


@pytest.mark.parametrize("package", ["policies", "scanners"])
def test_every_public_name_is_there_and_loaded_when_it_is_used(package: str) -> None:
    module = __import__(package)
    assert set(module.__all__) == set(module._PLACES)
    for name in module.__all__:
        assert getattr(module, name) is not None
    with pytest.raises(AttributeError):
        module.nothing_like_it  # noqa: B018
    code = f"import sys, {package}; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0


def test_a_place_is_what_the_command_line_means_by_it() -> None:
    assert isinstance(place_of("localhost"), LocalHost)
    assert str(place_of("ssh://admin@192.0.2.10:2222")) == "admin@192.0.2.10:2222"

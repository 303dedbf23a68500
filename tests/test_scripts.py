"""The scripts: plain shell that any Debian runs, and one way in."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = [
    *sorted(path for path in (ROOT / "script").iterdir() if path.suffix in ("", ".sh")),
    ROOT / ".ci" / "run",
]
names = [path.name for path in SCRIPTS]


def first_line(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n")[0]


def is_shell(path: Path) -> bool:
    return path.is_file() and (path.suffix == ".sh" or first_line(path) == "#!/bin/sh")


def test_the_scripts_that_people_are_told_of_are_there() -> None:
    assert {"setup", "demo", "test", "lint", "bench", "clean", "lock", "run"} <= set(names)
    assert all(is_shell(path) for path in SCRIPTS if path.is_file())


@pytest.mark.parametrize("path", [path for path in SCRIPTS if is_shell(path)], ids=lambda p: p.name)
def test_a_script_is_valid_for_the_plainest_shell(path: Path) -> None:
    shell = shutil.which("dash") or "sh"
    subprocess.run([shell, "-n", path], check=True)


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
@pytest.mark.parametrize("path", [path for path in SCRIPTS if is_shell(path)], ids=lambda p: p.name)
def test_shellcheck_finds_nothing(path: Path) -> None:
    done = subprocess.run(
        ["shellcheck", "-x", path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "path", [path for path in SCRIPTS if is_shell(path) and not path.suffix], ids=lambda p: p.name
)
def test_a_script_stops_at_its_first_failure_and_may_be_run(path: Path) -> None:
    assert path.stat().st_mode & 0o111
    text = path.read_text(encoding="utf-8")
    assert "\nset -eu\n" in text or re.search(r"^exec ", text, re.MULTILINE)


def test_make_only_forwards() -> None:
    recipes = [
        line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith("\t")
    ]
    assert recipes == ["\t@./script/$@"]


@pytest.mark.parametrize(
    ("lock", "least"), [("requirements.lock", 30), ("tests/live/state/swift.lock", 10)]
)
def test_a_lock_pins_by_hash_and_names_no_server(lock: str, least: int) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    pins = re.findall(r"^[A-Za-z0-9._-]+==\S+ \\\n    --hash=sha256:", text, re.MULTILINE)
    assert len(pins) == len(re.findall(r"^[A-Za-z0-9]", text, re.MULTILINE)) > least


PYTEST = """\
#!/bin/sh
echo "pytest $*, CI=${CI:-}"
case " $*" in
    *" tests/live "*) exit "$MACHINES" ;;
    *--ignore-glob=*) exit "$OTHERS" ;;
    *) exit "$MACHINES" ;;
esac
"""
BOTH = [
    "pytest --ignore-glob=tests/live/test_*.py, CI=yes",
    "pytest tests/live --ignore=tests/live/provider --ignore=tests/live/state, CI=yes",
]


@pytest.mark.skipif(os.geteuid() != 0, reason="the script asks sudo")
@pytest.mark.parametrize(
    ("options", "machines", "others", "status", "run"),
    [
        ([], 0, 0, 0, BOTH),
        ([], 0, 1, 1, BOTH),
        ([], 1, 0, 1, BOTH),
        ([], 2, 1, 2, BOTH),
        (["tests/cli", "-k", "a"], 0, 1, 0, ["pytest tests/cli -k a, CI=yes"]),
        (["tests/cli"], 5, 0, 5, ["pytest tests/cli, CI=yes"]),
    ],
)
def test_without_options_all_tests_run_in_two_halves_and_either_may_fail(
    tmp_path: Path, options: list[str], machines: int, others: int, status: int, run: list[str]
) -> None:
    (tmp_path / "script").mkdir()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for name in ("test", "lib.sh"):
        shutil.copy(ROOT / "script" / name, tmp_path / "script")
    for name, text in (("setup", "#!/bin/sh\n"), ("lint", "#!/bin/sh\n"), ("pytest", PYTEST)):
        place = tmp_path / (".venv/bin" if name == "pytest" else "script") / name
        place.write_text(text)
        place.chmod(0o755)
    done = subprocess.run(
        ["script/test", *options], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "CI": "yes", "MACHINES": str(machines), "OTHERS": str(others)},
    )  # fmt: skip
    assert sorted(done.stdout.splitlines()) == run
    assert done.returncode == status, done.stderr


def test_the_two_halves_are_all_live_tests_and_none_is_in_both() -> None:
    text = (ROOT / "script" / "test").read_text(encoding="utf-8")
    calls = re.findall(r"^ +\.venv/bin/pytest (.*?)(?: >.*| \|\|.*)$", text, re.MULTILINE)
    one, other = (collected([*shlex.split(words), "tests/live"]) for words in calls)
    live = ROOT.glob("tests/live/**/test_*.py")
    assert not one & other
    assert one | other == {str(path.relative_to(ROOT)) for path in live}


def collected(words: list[str]) -> set[str]:
    """The files whose tests would be run."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-qq", "-p", "no:cacheprovider", *words],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    return {line.partition(":")[0] for line in done.stdout.splitlines() if line}

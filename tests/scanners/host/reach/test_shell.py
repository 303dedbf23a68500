"""A shell through sudo, on this machine: a real child process and a stand-in for sudo.

The stand-in asks, reads and refuses as sudo 1.9 does with -S; what it saw it writes down.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from scanners.host.reach.address import LocalHost
from scanners.host.reach.local import Child, run_here
from scanners.host.reach.shell import Execution, SudoRefused, converse, login

SECRET = "Pa ss$w\"o'rd"
SUDO = r"""#!/bin/sh
echo "$@" >>"$NOTES/line"
ask=no prompt= reads=no
while :; do
  case $1 in
  -n) reads=never ;;
  -S) reads=yes ;;
  -k) ;;
  -p) prompt=$2; shift ;;
  *) break ;;
  esac
  shift
done
case $MANNER in
free) exec "$@" ;;
denied) echo "an is not in the sudoers file." >&2; exit 1 ;;
silent) sleep 60 ;;
flood) yes lecture | head -c 200000 >&2; sleep 60 ;;
esac
if [ $reads = never ]; then echo "sudo: a password is required" >&2; exit 1; fi
[ "$MANNER" != lecture ] || printf 'We trust you have received the usual lecture.\n\n' >&2
[ "$MANNER" != token ] || prompt='One-time code: '
for try in 1 2 3; do
  printf '%s' "$prompt" >&2
  IFS= read -r given || { echo "sudo: no password was provided" >&2; exit 1; }
  echo "$given" >>"$NOTES/given"
  if [ "$given" = "$SECRET" ]; then exec "$@"; fi
  echo "Sorry, try again." >&2
done
exit 1
"""
Talk = Callable[..., Execution]


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def talk(notes: Path, monkeypatch: pytest.MonkeyPatch) -> Talk:
    """Run a script through the stand-in."""
    folder = notes / "bin"
    folder.mkdir()
    (folder / "sudo").write_text(SUDO)
    (folder / "sudo").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("NOTES", str(notes))
    monkeypatch.setenv("SECRET", SECRET)

    def run(
        manner: str, script: str, password: str | None = SECRET, **settings: float
    ) -> Execution:
        monkeypatch.setenv("MANNER", manner)
        place = LocalHost(True, password, **{"auth_timeout": 10, **settings})
        shell = login(place, is_root=False)
        child = Child(shell.line)
        try:
            return converse(child, place, shell, script.encode(), 1 << 20)
        finally:
            child.close()

    return run


@pytest.mark.parametrize("manner", ["asks", "lecture"])
def test_a_sudo_that_asks_is_answered_once(talk: Talk, notes: Path, manner: str) -> None:
    done = talk(manner, "echo out; echo err >&2; exit 7\n")
    assert (done.status, done.complete) == (7, True)
    assert done.stdout.endswith(b"-ready\nout\n")
    assert done.stderr.endswith(b"err\n")
    assert (notes / "given").read_text() == f"{SECRET}\n"


def test_a_sudo_that_does_not_ask_never_sees_the_password(talk: Talk, notes: Path) -> None:
    done = talk("free", "echo out\n")
    assert done.stdout.endswith(b"-ready\nout\n")
    assert not (notes / "given").exists()


def test_the_password_stands_on_no_command_line(talk: Talk, notes: Path) -> None:
    seen = talk("asks", "cat /proc/[0-9]*/cmdline /proc/$$/environ 2>/dev/null | tr '\\0' ' '\n")
    assert SECRET not in (notes / "line").read_text()
    shown = seen.stdout.replace(f"SECRET={SECRET}".encode(), b"")  # what the stand-in compares with
    assert SECRET.encode() not in shown


def test_a_wrong_password_costs_one_attempt(talk: Talk, notes: Path) -> None:
    with pytest.raises(SudoRefused, match="does not accept the password"):
        talk("asks", "echo reached\n", password="wrong")
    assert (notes / "given").read_text() == "wrong\n"


@pytest.mark.parametrize(
    ("manner", "password", "said"),
    [
        ("denied", SECRET, "not in the sudoers file"),
        ("token", SECRET, "One-time code"),
        ("silent", SECRET, "no shell within 1 s"),
        ("flood", SECRET, "no shell"),
    ],
)
def test_a_sudo_that_gives_no_shell(talk: Talk, manner: str, password: str, said: str) -> None:
    started = time.monotonic()
    with pytest.raises(SudoRefused, match=said):
        talk(manner, "echo reached\n", password=password, auth_timeout=1)
    assert time.monotonic() - started < 20


def test_without_a_password_sudo_may_not_ask(talk: Talk) -> None:
    done = talk("asks", "echo reached\n", password=None)
    assert (done.stdout, done.status) == (b"", 1)
    assert done.stderr == b"sudo: a password is required\n"


def test_a_script_that_hangs_ends_at_its_time_out_and_leaves_nothing(
    talk: Talk, notes: Path
) -> None:
    started = time.monotonic()
    done = talk("asks", f"echo $$ >{notes}/pid; trap '' TERM; sleep 60\n", command_timeout=1.5)
    assert not done.complete
    assert time.monotonic() - started < 30
    assert not Path(f"/proc/{int((notes / 'pid').read_text())}").exists()


def test_endless_output_ends_at_the_limit(talk: Talk) -> None:
    done = talk("free", "yes & yes >&2\n")
    assert not done.complete
    assert len(done.stdout) < 2 << 20
    assert len(done.stderr) <= 1 << 16


def test_a_script_longer_than_a_pipe_holds(talk: Talk) -> None:
    done = talk("asks", f": {'x' * 300_000}\necho end\n")
    assert done.stdout.endswith(b"end\n")


def test_this_machine_without_sudo() -> None:
    done = run_here(LocalHost(), b"echo hi; exit 3\n", 1000)
    assert (done.stdout, done.status, done.complete) == (b"hi\n", 3, True)


def test_who_is_told_to_hang_up_does() -> None:
    started = time.monotonic()
    done = run_here(LocalHost(), b"sleep 60\n", 1000, lambda: time.monotonic() - started > 0.5)
    assert not done.complete
    assert time.monotonic() - started < 40


def test_the_command_that_login_shells_are_given() -> None:
    place = LocalHost(True, "s")
    assert login(place, is_root=True).line == "sh"
    assert login(LocalHost(False), is_root=False).line == "sh"
    assert login(LocalHost(True), is_root=False).line == "sudo -n sh"
    for terminal in (False, True):
        line = login(place, is_root=False, terminal=terminal).line
        # fish and csh read these otherwise than sh does
        assert not set(line) & set('!"\\$`?*[]{}()')

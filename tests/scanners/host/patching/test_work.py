"""The installation's own script with the real apt and dpkg, and what is read of a job."""

from __future__ import annotations

import fcntl
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scanners.host.patching import work
from scanners.host.patching.work import Work, install_script, work_of
from tests.scanners.host.patching.mirror import Deb, System, publish
from tests.scanners.host.raws import output

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can patch")


def run(script: str) -> Work:
    """What the host's systemd would run, run here."""
    done = subprocess.run(
        ["sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=120, check=False,
    )  # fmt: skip
    return work_of(output(done.stdout))


def test_packages_come_to_the_version_that_was_chosen(system: System) -> None:
    done = run(install_script([("hello", "1.1"), ("newer", "1.2")]))
    assert [(step.step, step.status) for step in done.steps] == [
        ("lock", 0), ("lists", 0), ("install", 0),
    ], done.log  # fmt: skip
    assert system.versions() == {
        "extra": "1.0", "hello": "1.1", "newer": "1.2",
        "tool": "1.0", "other": "1.0", "pinned": "1.0", "heldone": "1.0",
    }  # fmt: skip


def test_what_dpkg_was_interrupted_in_is_finished_first(system: System) -> None:
    system.install("hello 1.0 install ok unpacked", "tool 1.0 install ok half-configured")
    done = run(install_script([("hello", "1.1")]))
    assert [step.step for step in done.steps] == ["lock", "configure", "repair", "lists", "install"]
    assert all(step.ok for step in done.steps), done.log
    assert (system.versions()["tool"], system.versions()["hello"]) == ("1.0", "1.1")


def test_an_interrupted_dpkg_is_finished_even_if_nothing_is_to_be_installed(
    system: System,
) -> None:
    system.install("tool 1.0 install ok unpacked")
    done = run(install_script([]))
    assert [step.step for step in done.steps] == ["lock", "configure", "repair"]
    assert system.versions() == {"tool": "1.0"}


def test_an_update_that_would_remove_a_package_is_not_made(system: System, tmp_path: Path) -> None:
    debs = [Deb("hello", "1.5", conflicts="tool")]
    system.sources([publish(tmp_path / "harsh", "Debian-Security", "x-security", debs)])
    before = system.versions()
    last = run(install_script([("hello", "1.5")])).steps[-1]
    assert (last.step, last.ok) == ("hello=1.5", False)
    assert "remove" in last.said
    assert system.versions() == before


def test_a_package_that_apt_refuses_is_named_and_the_others_come(
    system: System, tmp_path: Path
) -> None:
    debs = [Deb("hello", "1.5~rc1", depends="nowhere"), Deb("newer", "1.3~rc1"), Deb("tool", "2")]
    system.sources([publish(tmp_path / "torn", "Debian-Security", "x-security", debs)])
    chosen = [("hello", "1.5~rc1"), ("newer", "1.3~rc1"), ("tool", "2")]
    done = run(install_script(chosen))
    refused, last = done.steps[-2:]
    assert (refused.step, refused.ok) == ("hello=1.5~rc1", False)
    assert refused.said.startswith("hello : Depends: nowhere")
    assert (last.step, last.ok) == ("install", True), done.log
    after = system.versions()
    assert (after["hello"], after["newer"], after["tool"]) == ("1.0", "1.3~rc1", "2")


def test_a_version_that_is_gone_is_named(system: System) -> None:
    last = run(install_script([("hello", "1.0.5")])).steps[-1]
    assert not last.ok
    assert "1.0.5" in last.said


def test_a_changed_configuration_file_stays_as_it_is(system: System, tmp_path: Path) -> None:
    def deb(version: str) -> Deb:
        files = {"/etc/daemon.conf": (f"from {version}\n", 0o644)}
        return Deb("daemon", version, files=files, conffiles=["/etc/daemon.conf"])

    system.sources([publish(tmp_path / "one", "Debian-Security", "x-security", [deb("1.0")])])
    system.install("daemon 0.9")
    run(install_script([("daemon", "1.0")]))
    conf = system.root / "etc/daemon.conf"
    assert conf.read_text() == "from 1.0\n"
    conf.write_text("by hand\n")
    system.sources([publish(tmp_path / "two", "Debian-Security", "x-security", [deb("2.0")])])
    done = run(install_script([("daemon", "2.0")]))
    assert system.versions() == {"daemon": "2.0"}, done.log
    assert conf.read_text() == "by hand\n"


@contextmanager
def held(lock: Path) -> Iterator[None]:
    """Another program that holds the lock, for a second."""
    program = (
        "import fcntl, sys, time; file = open(sys.argv[1], 'a');"
        " fcntl.lockf(file, fcntl.LOCK_EX); print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(lock)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout and process.stdout.readline() == "held\n"
        try:
            yield
        finally:
            process.kill()


def test_a_lock_is_waited_for_and_its_holder_named(
    system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "lock-frontend"
    lock.touch()
    monkeypatch.setattr(work, "LOCK_SECONDS", 1)
    script = install_script([("hello", "1.1")]).replace("/var/lib/dpkg/lock-frontend", str(lock))
    with held(lock):
        (step,) = run(script).steps
    assert (step.step, step.status) == ("lock", 75)
    assert "python" in step.said
    assert "process" in step.said
    assert system.versions()["hello"] == "1.0"
    with lock.open("a") as free:  # nobody holds it any more: the same script does its work
        fcntl.lockf(free, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert run(script).steps[-1].ok


def test_a_job_is_a_script_that_any_shell_reads(tmp_path: Path) -> None:
    for command in (
        work.install([("hello", "1:1.0-1+b1~x")]),
        work.restart([("a\\x2db@c.service", "restart"), ("ssh.service", "reload")]),
    ):
        done = subprocess.run(
            ["sh", "-n", "-c", command.line], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        job = next(word for word in shlex.split(command.line) if "step()" in word)
        done = subprocess.run(["sh", "-n", "-c", job], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unit", ["a.service; reboot", "$(x).service", "a", "", "a b.service"])
def test_nothing_but_names_of_units_reaches_a_shell(unit: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        work.restart([(unit, "restart")])


def test_what_a_unit_says_is_the_reason_and_escapes_are_gone() -> None:
    done = work_of(
        output("\n@step a.service 0\nE: b is \x1b[31mfailed\x07\n\n@step b.service 1\n\n@end\n")
    )
    assert [(step.step, step.ok, step.said) for step in done.steps] == [
        ("a.service", True, ""),
        ("b.service", False, "b is [31mfailed"),
    ]
    assert done.failure is None


@pytest.mark.parametrize(
    ("status", "word"), [(77, "root"), (3, "systemd"), (124, "did not end"), (1, "status 1")]
)
def test_a_job_that_did_not_run_says_why(status: int, word: str) -> None:
    done = work_of(output("", status))
    assert done.failure is not None
    assert word in done.failure.render()


def test_a_job_that_did_not_come_to_its_end_has_not_ended_well() -> None:
    assert work_of(output("")).failure is not None
    assert work_of(output("\n@step lock 0\n")).failure is not None
    assert work_of(output("\n@step lock 0\n\n@end\n")).failure is None
    assert work_of(None).failure is not None

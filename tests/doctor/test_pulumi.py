"""The Pulumi command line: found, installed, or built by a Go that can."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

import pytest

from govctl.doctor import go as golang
from govctl.doctor import pulumi
from govctl.doctor.host import Host
from govctl.doctor.versions import Version, parse_version
from govctl.errors import MissingPrerequisite
from govctl.texts import Message
from tests.doctor.hosts import HERE


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v3.259.0\n", (3, 259, 0)),
        ("go1.26.8", (1, 26, 8)),
        ("go version go1.19 linux/amd64", (1, 19, 0)),
        ("3.260.0-alpha.1", (3, 260, 0)),
        ("nonsense", None),
    ],
)
def test_versions_are_read_from_what_programs_say(
    text: str, version: tuple[int, int, int] | None
) -> None:
    assert parse_version(text) == version


@pytest.mark.parametrize(
    ("version", "good"),
    [((3, 255, 0), True), ((3, 254, 9), False), ((4, 0, 0), False), (None, False)],
)
def test_versions_that_the_engine_can_use(version: Version | None, good: bool) -> None:
    assert pulumi.suitable(version) is good


def test_the_pinned_version_comes_from_the_modules_that_are_built() -> None:
    text = (pulumi.MODULES / "go.mod").read_text()
    assert pulumi.suitable(parse_version(pulumi.pinned_version(text)))
    with pytest.raises(ValueError, match="does not require"):
        pulumi.pinned_version("module x\n")


def fake_pulumi(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True)
    program = folder / "pulumi"
    program.write_text(f"#!/bin/sh\necho v{version}\n")
    program.chmod(0o755)
    return program


def test_a_suitable_program_on_path_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    fake_pulumi(tmp_path / "opt" / "bin", "3.260.1")
    monkeypatch.setenv("PATH", f"{tmp_path}/opt/bin:{os.environ['PATH']}")
    assert pulumi.pulumi_command() == tmp_path / "opt"


def test_a_program_outside_a_bin_folder_is_reached_by_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    program = fake_pulumi(tmp_path / "tools", "3.260.1")
    monkeypatch.setenv("PATH", f"{tmp_path}/tools:{os.environ['PATH']}")
    assert (pulumi.pulumi_command() / "bin" / "pulumi").resolve() == program


def test_an_old_program_on_path_gives_way_to_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    fake_pulumi(tmp_path / "opt" / "bin", "3.100.0")
    monkeypatch.setenv("PATH", f"{tmp_path}/opt/bin:/usr/bin:/bin")
    state = pulumi.Pulumi().look(HERE)
    assert (state.condition, state.fixable) == ("wrong", True)
    with pytest.raises(MissingPrerequisite):
        pulumi.pulumi_command()
    fake_pulumi(pulumi.cache_root() / "bin", "3.259.0")
    assert pulumi.pulumi_command() == pulumi.cache_root()


def test_an_unreachable_installer_gives_a_reason_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A proxy that nobody is behind: the connection is refused on this machine.
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    said: list[str] = []
    reason = pulumi.install(HERE, tmp_path / "3.259.0", lambda step: said.append(step.render("en")))
    assert reason is not None
    assert "refused" in reason.render("en")
    assert said == ["downloading the Pulumi command line 3.259.0"]


ELSEWHERE = Host("fedora", 41, (), systemd=True, root=True)


def fake_go(folder: Path, script: str) -> Path:
    go = folder / "go"
    go.write_text(f"#!/bin/sh\n{script}")
    go.chmod(0o755)
    return go


def test_without_go_and_without_apt_the_build_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(golang, "go_program", lambda: None)
    reason = pulumi.build(ELSEWHERE, tmp_path / "3.259.0", lambda _: None)
    assert reason is not None
    assert reason.render("en") == "there is no Go to build it with"


def test_an_old_go_downloads_the_toolchain_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toolchain = tmp_path / "toolchain"
    for program in ("bin/go", "pkg/tool/linux_amd64/compile"):
        path = toolchain / program
        path.parent.mkdir(parents=True)
        path.touch(mode=0o444)
    answers = f"""
        case "$*" in
        "env GOVERSION") echo go1.19.8 ;;
        "env GOOS GOARCH") echo linux; echo amd64 ;;
        "mod download -json golang.org/toolchain@v0.0.1-go1.25.11.linux-amd64")
            echo '{{"Dir": "{toolchain}"}}' ;;
        *) exit 1 ;;
        esac
    """
    go = fake_go(tmp_path, answers)
    monkeypatch.setattr(golang, "go_program", lambda: go)
    said: list[str] = []
    found = golang.go_for(HERE, "1.25.11", lambda step: said.append(step.render("en")))
    assert found == toolchain / "bin" / "go"
    assert all(
        os.access(toolchain / name, os.X_OK) and (toolchain / name).stat().st_mode & 0o111 == 0o111
        for name in ("bin/go", "pkg/tool/linux_amd64/compile")
    )
    assert said == [f"downloading Go 1.25.11: {go} is 1.19.8"]


def test_a_toolchain_that_cannot_be_downloaded_is_named_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = fake_go(tmp_path, '[ "$1" = env ] && exec echo go1.19.8\necho no network >&2\nexit 1\n')
    monkeypatch.setattr(golang, "go_program", lambda: go)
    found = golang.go_for(HERE, "1.25.11", lambda _: None)
    assert isinstance(found, Message)
    assert found.render("en") == "Go 1.25.11 cannot be downloaded: no network"


def test_a_go_that_fetches_toolchains_by_itself_is_used_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = fake_go(tmp_path, "echo go1.21.0\n")
    monkeypatch.setattr(golang, "go_program", lambda: go)
    assert golang.go_for(HERE, "1.25.11", lambda _: None) == go


def test_the_version_of_go_comes_from_the_modules_that_are_built() -> None:
    asked = parse_version(golang.asked_version((pulumi.MODULES / "go.mod").read_text()))
    assert asked is not None
    assert asked >= golang.FETCHES_TOOLCHAINS
    with pytest.raises(ValueError, match="names no version"):
        golang.asked_version("module x\n")


def test_a_build_that_fails_leaves_no_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = fake_go(tmp_path, '[ "$1" = env ] && exec echo go1.26.0\necho broken module >&2\nexit 1\n')
    monkeypatch.setattr(golang, "go_program", lambda: go)
    root = tmp_path / "3.259.0"
    reason = pulumi.build(HERE, root, lambda _: None)
    assert reason is not None
    assert "broken module" in reason.render("en")
    assert list((root / "bin").iterdir()) == []
    assert [path.name for path in root.iterdir()] == ["bin"]


def test_a_build_that_takes_too_long_leaves_no_compiler_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compilers = tmp_path / "compilers"
    script = f"""
        [ "$1" = env ] && exec echo go1.26.0
        for name in one two; do
            sh -c 'sleep 300 & echo $! $$ >>{compilers}; wait' &
        done
        wait
    """
    go = fake_go(tmp_path, script)
    monkeypatch.setattr(golang, "go_program", lambda: go)
    monkeypatch.setattr(pulumi, "BUILD_SECONDS", 2)
    reason = pulumi.build(HERE, tmp_path / "3.259.0", lambda _: None)
    assert reason is not None
    assert reason.render("en").endswith("no answer in 2 s")
    started = compilers.read_text().split()
    assert len(started) == 4
    assert _ended(started)


def _ended(numbers: list[str]) -> bool:
    """True once all of these processes are gone, or dead and not yet waited for."""
    for _attempt in range(100):
        states = []
        for number in numbers:
            with suppress(FileNotFoundError, ProcessLookupError):
                stat = Path(f"/proc/{number}/stat").read_text()
                states.append(stat.rpartition(")")[2].split()[0])
        if set(states) <= {"Z"}:
            return True
        time.sleep(0.05)
    return False

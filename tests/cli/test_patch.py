"""`govctl patch`, as a person runs it, with the real apt on a system of the test's own."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.cli.conftest import Govctl
from tests.scanners.host.patching.mirror import Deb, System, publish

SCHEMA = json.loads(Path("govctl/reports/schema/patch-1.json").read_text(encoding="utf-8"))
root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can patch")
Here = Callable[..., System]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    """What apt on this machine works on: packages that are there, and what the archive has."""

    def make(installed: tuple[str, ...], *offered: Deb) -> System:
        line = publish(tmp_path / "mirror", "Debian-Security", "stable-security", offered)
        system = System(tmp_path / "system", [line])
        system.install(*installed)
        for name, value in system.environment.items():
            monkeypatch.setenv(name, value)
        return system

    return make


def only(document: Any) -> Any:
    jsonschema.validate(document, SCHEMA)
    (machine,) = document["machines"]
    return machine


@root
def test_a_plan_says_what_would_come_in_and_along(here: Here, govctl: Govctl) -> None:
    here(("hello 1.0",), Deb("hello", "1.1", depends="extra"), Deb("extra", "1"))
    said = govctl("patch", "localhost", "--plan", "--format", "json")
    machine = only(json.loads(said.out))
    assert [(one["package"], one["from"], one["to"]) for one in machine["updates"]] == [
        ("hello", "1.0", "1.1")
    ]
    assert machine["along"] == [{"package": "extra", "from": None, "to": "1"}]
    assert said.code == 1
    text = govctl("patch", "localhost", "--plan").out
    assert "hello 1.0 → 1.1" in text
    assert "extra 1" in text


@root
def test_without_a_package_source_nothing_is_evaluated(here: Here, govctl: Govctl) -> None:
    system = here(("hello 1.0",))
    system.sources(["deb http://127.0.0.1:9/debian-security x-security main"])
    said = govctl("patch", "localhost", "--plan")
    assert said.code == 4
    assert "not evaluated" in said.out
    assert "no package source reachable: http://127.0.0.1:9/debian-security x-security" in (
        " ".join(said.out.split())
    )


@root
def test_a_machine_without_systemd_is_not_patched_and_says_so(here: Here, govctl: Govctl) -> None:
    if Path("/run/systemd/system").exists():
        pytest.skip("systemd would do the work, on this very machine")
    system = here(("hello 1.0",), Deb("hello", "1.1"))
    said = govctl("patch", "localhost", "--apply", "--format", "json")
    machine = only(json.loads(said.out))
    assert said.code == 4
    assert machine["patched"]["ok"] is False
    assert "systemd" in machine["patched"]["failures"][0]
    assert system.versions() == {"hello": "1.0"}


@root
def test_a_plan_goes_to_a_file(here: Here, govctl: Govctl, tmp_path: Path) -> None:
    here(("hello 1.0",), Deb("hello", "1.1"))
    target = tmp_path / "plan.txt"
    said = govctl("patch", "localhost", "--plan", "--output", target)
    assert (said.code, said.out) == (1, "")
    text = target.read_text(encoding="utf-8")
    assert "hello 1.0 → 1.1" in text
    assert "next: govctl " in text and text.endswith(" --apply\n")


def test_a_host_that_does_not_answer_is_unreachable(govctl: Govctl, tmp_path: Path) -> None:
    (tmp_path / "known").write_text("")
    said = govctl(
        "patch", "ssh://nobody@127.0.0.1:9", "--plan", "--sudo",
        "--known-hosts", tmp_path / "known", "--format", "json",
    )  # fmt: skip
    assert said.code == 4
    assert only(json.loads(said.out))["status"] == "unreachable"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["localhost"], "say --plan or --apply"),
        (["localhost", "--plan", "--apply"], "say --plan or --apply"),
        (["localhost", "--plan", "--waves", "1,100%"], "--waves: only for an estate"),
        (["localhost", "--plan", "--limit", "role=x"], "--limit: only for an estate"),
        (["--plan"], "which machines?"),
        (["ssh://nobody@127.0.0.1:9", "--plan"], "only root can patch"),
    ],
)
def test_words_that_do_not_fit_are_refused(
    words: list[str], complaint: str, govctl: Govctl
) -> None:
    said = govctl("patch", *words)
    assert said.code == 2
    assert complaint in said.err


@pytest.mark.parametrize("mode", ["--plan", "--apply"])
def test_waves_are_read_before_anything_is_done(estate: Path, govctl: Govctl, mode: str) -> None:
    said = govctl("patch", estate, mode, "--waves", "5%,1%,100%")
    assert said.code == 2
    assert "do not rise" in said.err


def test_options_for_hosts_are_refused_for_an_estate(estate: Path, govctl: Govctl) -> None:
    said = govctl("patch", estate, "--plan", "--sudo")
    assert said.code == 2
    assert "--sudo: only for hosts" in said.err

"""Pending updates, with the real apt on a system and mirrors of the test's own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.host.formats import apt_policy, apt_simulation
from scanners.host.model import Missing
from scanners.host.patching.updates import Updates, complaint, parse, pinned_words
from tests.scanners.host.patching.conftest import Look
from tests.scanners.host.patching.mirror import Deb, System, publish
from tests.scanners.host.raws import output, raw

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can patch")


def found(answer: Updates | Missing) -> Updates:
    assert isinstance(answer, Updates), answer
    return answer


def test_each_update_says_whether_it_is_of_security_and_whether_it_is_kept_back(
    system: System, look: Look
) -> None:
    rows = {
        (one.package, one.installed, one.version, one.security, one.kept)
        for one in found(look()).updates
    }
    assert rows == {
        ("hello", "1.0", "1.1", True, None),
        # The security archive has 1.1, and apt takes 1.2 of the other: it closes the hole too.
        ("newer", "1.0", "1.2", True, None),
        ("heldone", "1.0", "1.1", True, "held"),
        ("pinned", "1.0", "1.1", True, "pinned"),
        ("other", "1.0", "1.1", False, None),
    }


def test_looking_changes_nothing(system: System, look: Look, tmp_path: Path) -> None:
    def everything() -> dict[Path, tuple[float, int]]:
        return {
            path: (path.stat().st_mtime, path.stat().st_size)
            for path in system.root.rglob("*")
            if not path.is_dir()
        }

    (system.root / "hook").write_text("")
    with (system.root / "apt.conf").open("a") as file:
        file.write(f'APT::Update::Post-Invoke {{ "echo called >>{system.root}/hook"; }};\n')
    before = everything()
    look(("hello", "1.1"))
    assert everything() == before
    assert not list(Path("/var/tmp").glob(f"govctl-patch.*/lists/*{tmp_path.parent.name}*"))


def test_lists_are_fetched_anew(system: System, look: Look, tmp_path: Path) -> None:
    found(look())
    line = publish(tmp_path / "late", "Debian-Security", "stable-security", [Deb("tool", "2.0")])
    system.sources([line])
    assert [one.package for one in found(look()).updates] == ["tool"]


def test_apt_says_what_comes_along(system: System, look: Look) -> None:
    simulation = found(look(("hello", "1.1"))).simulation
    assert isinstance(simulation, apt_simulation.Simulation)
    assert [(one.package, one.before, one.after) for one in simulation.installs] == [
        ("extra", None, "1.0"),
        ("hello", "1.0", "1.1"),
    ]
    assert simulation.installs[0].archive == "Debian-Security:12/stable-security"


def test_what_apt_refuses_is_no_simulation(system: System, look: Look, tmp_path: Path) -> None:
    debs = [Deb("hello", "1.5", conflicts="tool")]
    system.sources([publish(tmp_path / "harsh", "Debian-Security", "x-security", debs)])
    simulation = found(look(("hello", "1.5"))).simulation
    assert isinstance(simulation, Missing)
    assert "remove" in simulation.reason.render()


@pytest.mark.parametrize(
    ("added", "silent"),
    [
        ("deb [trusted=yes] file:/nowhere ./", "file:/nowhere ./"),
        (
            "deb http://127.0.0.1:9/debian-security x-security main",
            "http://127.0.0.1:9/debian-security x-security",
        ),
    ],
)
def test_a_source_that_gives_no_list_is_named(
    system: System, mirrors: dict[str, str], look: Look, added: str, silent: str
) -> None:
    system.sources([mirrors["security"], added])
    updates = found(look())
    assert (updates.silent, updates.answered) == ((silent,), True)
    system.sources([added])
    updates = found(look())
    assert (updates.silent, updates.answered) == ((silent,), False)


def test_without_sources_there_are_no_archives(system: System, look: Look) -> None:
    system.sources([])
    updates = found(look())
    assert (updates.archives, updates.silent, updates.updates) == ((), (), ())


def test_packages_that_dpkg_was_interrupted_in_are_named(system: System, look: Look) -> None:
    system.install("hello 1.0 install ok unpacked", "tool 1.0 install ok half-configured",
                   "gone 1.0 deinstall ok config-files", "other 1.0")  # fmt: skip
    assert found(look()).installed.unfinished == ("hello", "tool")


def test_settings_that_apt_cannot_read_are_no_lack_of_updates(
    system: System, mirrors: dict[str, str], look: Look
) -> None:
    system.sources([mirrors["security"], "deb nonsense"])
    answer = look()
    assert isinstance(answer, Missing)
    assert "Malformed" in answer.reason.render()


@pytest.mark.parametrize(
    "chosen", [("hello; reboot", "1.0"), ("hello", "1.0 && x"), ("-o", "1"), ("hello", "")]
)
def test_nothing_but_names_and_versions_reaches_a_shell(chosen: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="="):
        pinned_words([chosen])


def test_who_is_not_root_is_told_so() -> None:
    answer = parse(raw(outputs={"updates": output(status=77)}))
    assert isinstance(answer, Missing)
    assert "root" in answer.reason.render()


@given(st.text(alphabet="@statusupdeinrcfol \n01:*[]()~./-", max_size=200))
def test_garbage_is_no_answer(text: str) -> None:
    whole = f"\n@update\n{text}\n@status 0\n\n@sources\n{text}"
    assert isinstance(parse(raw(outputs={"updates": whole})), Missing)
    list(apt_policy.offers(text))
    apt_policy.archives(text)
    apt_simulation.parse(text)


UBUNTU = """\
Package files:
 100 /var/lib/dpkg/status
     release a=now
 500 http://archive.ubuntu.com/ubuntu jammy-security/main amd64 Packages
     release v=22.04,o=Ubuntu,a=jammy-security,n=jammy,l=Ubuntu,c=main,b=amd64
     origin archive.ubuntu.com
 500 http://archive.ubuntu.com/ubuntu jammy/main amd64 Packages
     release v=22.04,o=Ubuntu,a=jammy,n=jammy,l=Ubuntu,c=main,b=amd64
     origin archive.ubuntu.com
Pinned packages:
"""


def test_archives_are_told_apart_by_what_their_release_says() -> None:
    security, plain = apt_policy.archives(UBUNTU).values()
    assert (str(security), security.is_security) == ("Ubuntu:jammy-security", True)
    assert (str(plain), plain.is_security) == ("Ubuntu:jammy", False)


@pytest.mark.parametrize(
    ("version", "release", "same"),
    [("12", "12", True), ("12.5", "12", True), ("11", "12", False), ("1", "12", False),
     ("", "12", True), ("12", "", True), ("22.04", "22.04", True), ("22.10", "22.04", False)],
)  # fmt: skip
def test_an_archive_of_another_release_is_known(version: str, release: str, same: bool) -> None:
    assert apt_policy.Archive("x", "l", "s", version).is_of(release) is same


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a\nE: first\nE: second", "first"),
        ("dpkg: error: frontend lock\nmore", "dpkg: error: frontend lock"),
        (
            "dpkg: error processing package x (--configure):\n script failed\n",
            "dpkg: error processing package x (--configure): script failed",
        ),
        (
            "The following packages have unmet dependencies:\n x : Depends: y but it is not there\n"
            "E: Unable to correct problems, you have held broken packages.",
            "x : Depends: y but it is not there",
        ),
        ("one\nlast", "last"),
        ("", "-"),
    ],
)
def test_the_reason_is_the_first_error(text: str, reason: str) -> None:
    assert complaint(text) == reason

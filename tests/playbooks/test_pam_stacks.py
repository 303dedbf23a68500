"""Stacks are built by pam-auth-update, here a small one; a plan touches only copies."""

from __future__ import annotations

from pathlib import Path

import pytest

from playbooks.hosts import pam, pam_stacks
from playbooks.hosts.pam_stacks import Change, build

PROGRAM = """\
#!/bin/sh
echo "$*" >> {log}
[ "$DEBIAN_FRONTEND" = noninteractive ] || exit 3
if [ "$1" = {option} ]; then root=$2; shift 2; [ -f "$DEBCONF_SYSTEMRC" ] || exit 4; fi
[ "$1" = --enable ] || exit 0
shift
{{ cat $root{stacks}/common-auth; printf '%s\\n' $*; }} > $root{stacks}/new
mv $root{stacks}/new $root{stacks}/common-auth
"""


class Host:
    """Folders as pam-auth-update knows them."""

    def __init__(self, folder: Path, option: str) -> None:
        self.stacks, self.profiles, self.log = folder / "pam.d", folder / "profiles", folder / "log"
        for path in (self.stacks, self.profiles, folder / "saved", folder / "debconf"):
            path.mkdir()
        for name in ("config", "templates"):
            (folder / "debconf" / f"{name}.dat").touch()
        self.real = folder / "common-auth"
        self.real.write_text("auth\n")
        (self.stacks / "common-auth").symlink_to(self.real)
        (self.stacks / "common-session").write_text("bad good\n")
        program = folder / "pam-auth-update"
        program.write_text(PROGRAM.format(option=option, stacks=self.stacks, log=self.log))
        program.chmod(0o755)
        self.folder = folder

    def texts(self) -> dict[str, str]:
        paths = (*self.stacks.iterdir(), *self.profiles.iterdir())
        return {path.name: path.read_text() for path in paths}

    def asked(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def option() -> str:
    return "--root"


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str) -> Host:
    found = Host(tmp_path, option)
    places = {"_STACKS": found.stacks, "_PROFILES": found.profiles,
              "_SAVED": tmp_path / "saved", "_DEBCONF": tmp_path / "debconf"}  # fmt: skip
    for name, path in places.items():
        monkeypatch.setattr(pam_stacks, name, str(path))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return found


CHANGES = [
    Change("common-*", lambda text: text.replace("bad ", "")),
    Change("common-auth", lambda text: text.replace("auth\n", "auth more\n")),
]


def _build(*, dry: bool) -> None:
    build({"ours": "Name: ours\n"}, ["ours", "absent"], CHANGES, dry=dry)


def test_profiles_are_enabled_and_what_is_changed_by_hand_is_kept(
    host: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    _build(dry=False)
    assert host.texts() == {"ours": "Name: ours\n", "common-auth": "auth more\nours\n",
                            "common-session": "good\n"}  # fmt: skip
    assert host.asked() == ["--enable ours", "--package"]
    assert not (host.stacks / "common-auth").is_symlink()
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("changed: ")]
    assert said == [f"changed: {path}" for path in (
        host.profiles / "ours", host.stacks / "common-auth", host.stacks / "common-session"
    )]  # fmt: skip


def test_a_plan_tells_the_same_and_changes_nothing_also_behind_a_link(
    host: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    before = host.texts()
    _build(dry=True)
    planned = capsys.readouterr().out
    assert (host.texts(), (host.stacks / "common-auth").is_symlink()) == (before, True)
    assert all(line.startswith("--root /") for line in host.asked()) and len(host.asked()) == 2
    _build(dry=False)
    assert capsys.readouterr().out == planned


@pytest.mark.parametrize("option", ["--other"])
def test_a_plan_without_copies_says_only_that_they_are_built(
    host: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    before = host.texts()
    build({}, [], [], dry=True)
    assert capsys.readouterr().out == ""
    build({}, ["ours"], [], dry=True)
    said = f"changed: {host.stacks}/common-*: built anew by pam-auth-update\n"
    assert capsys.readouterr().out == said
    assert (host.texts(), host.asked()) == (before, [])


def test_nothing_is_built_where_nothing_is_asked_or_there(host: Host) -> None:
    build({}, ["absent"], [CHANGES[0]._replace(stack="common-auth")], dry=False)
    assert host.asked() == []
    for path in host.stacks.iterdir():
        path.unlink()
    with pytest.raises(SystemExit, match=r"common-\*: there is none"):
        _build(dry=False)
    assert list(host.profiles.iterdir()) == []


def test_what_the_program_says_when_it_fails_is_told(host: Host) -> None:
    (host.folder / "pam-auth-update").write_text("#!/bin/sh\necho why >&2\nexit 9\n")
    with pytest.raises(SystemExit, match="pam-auth-update: why"):
        _build(dry=False)


def test_stacks_keep_their_options_where_the_files_of_modules_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built: list[object] = []
    monkeypatch.setattr(pam, "build", lambda *_words, **_more: built.append(1))
    monkeypatch.setattr(pam, "refused", ["/etc/security/faillock.conf: no"])
    pam.main({"all": [], "rows": [], "dry": True, "offline": True})
    assert built == []
    monkeypatch.setattr(pam, "refused", [])
    pam.main({"all": [], "rows": [], "dry": True, "offline": True})
    assert built == [1]

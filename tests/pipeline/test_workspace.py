from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from govctl.errors import LockedError, UsageError
from govctl.pipeline.lock import exclusive
from govctl.pipeline.workspace import Workspace

HOLD = """
import sys
from pathlib import Path
from govctl.pipeline.lock import exclusive
with exclusive(Path(sys.argv[1]), "up"):
    print("held", flush=True)
    sys.stdin.readline()
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_everything_in_the_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.pin({"10.25.0.1": "ssh-ed25519 AAAA"}, {"10.25.0.1"})
    assert mode(workspace.folder) == 0o700
    for path in (workspace.passphrase_file(), workspace.ssh_key(), workspace.known_hosts):
        assert mode(path) == 0o600


def test_keys_are_made_once(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    first = workspace.ssh_key().read_bytes(), workspace.passphrase_file().read_bytes()
    assert (workspace.ssh_key().read_bytes(), workspace.passphrase_file().read_bytes()) == first
    assert workspace.ssh_public_key().startswith("ssh-ed25519 ")


def test_a_given_passphrase_never_replaces_the_estates_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path)
    own = workspace.passphrase_file().read_text()
    monkeypatch.setenv("GOVCTL_PASSPHRASE", "another")
    assert workspace.passphrase_file().read_text() == "another"
    monkeypatch.delenv("GOVCTL_PASSPHRASE")
    assert workspace.passphrase_file().read_text() == own


def test_pins_are_added_and_replaced_by_address(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    current = {"10.25.0.1", "10.25.0.2"}
    workspace.pin({"10.25.0.1": "ssh-ed25519 A", "10.25.0.2": "ssh-ed25519 B"}, current)
    workspace.pin({"10.25.0.2": "ssh-ed25519 C"}, current)
    assert workspace.pinned() == {"10.25.0.1": "ssh-ed25519 A", "10.25.0.2": "ssh-ed25519 C"}


def test_a_folder_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not an estate's folder"):
        _ = Workspace(tmp_path / "nowhere").folder


def test_a_second_run_is_told_who_holds_the_estate_and_a_killed_one_holds_nothing(
    tmp_path: Path,
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(LockedError, match=rf"process {holder.pid}, `up` since "),
            exclusive(tmp_path, "plan"),
        ):
            pass
        holder.kill()
        holder.wait(timeout=60)
    with exclusive(tmp_path, "plan"):
        pass


def test_a_lost_passphrase_is_not_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path)
    path = workspace.passphrase_file()
    (workspace.work / "stacks").mkdir(parents=True)
    path.unlink()
    with pytest.raises(UsageError, match="passphrase is not there"):
        workspace.passphrase_file()
    assert not path.exists()
    monkeypatch.setenv("GOVCTL_PASSPHRASE", "from the safe")
    assert workspace.passphrase_file().read_text() == "from the safe"


def test_a_passphrase_that_others_can_read_is_refused(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    path = workspace.passphrase_file()
    path.chmod(0o640)
    with pytest.raises(UsageError, match="others can read") as told:
        workspace.passphrase_file()
    assert told.value.hint == f"chmod 600 {path}"

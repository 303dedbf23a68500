from __future__ import annotations

import getpass
import subprocess
import sys
from pathlib import Path

import pytest

from govctl.errors import UsageError
from scanners.host.reach.address import HostAddress, LocalHost
from scanners.host.reach.ssh_config import Ways
from scanners.host.reach.targets import target_of


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    return tmp_path


def reached(home: Path, text: str, word: str, **ways: object) -> HostAddress:
    file = home / ".ssh/config"
    file.write_text(text)
    place = Ways(config=(file,), **ways).place(target_of(word))  # type: ignore[arg-type]
    assert isinstance(place, HostAddress)
    return place


def test_without_a_configuration(home: Path) -> None:
    (home / ".ssh/id_ed25519").touch()
    place = Ways(config=(home / "none",)).place(target_of("ssh://web"))
    assert isinstance(place, HostAddress)
    assert (place.host, place.user, place.port) == ("web", getpass.getuser(), 22)
    assert place.keys == (home / ".ssh/id_ed25519",)
    assert place.known_hosts[0] == home / ".ssh/known_hosts"
    assert Path("/etc/ssh/ssh_known_hosts") in place.known_hosts
    assert (place.agent, place.sudo, place.jump) == ("all", False, None)


def test_this_machine_needs_no_configuration(home: Path) -> None:
    place = Ways(sudo=True, sudo_password="s").place(target_of("localhost"))
    assert isinstance(place, LocalHost)
    assert place.sudo
    assert "password" not in repr(place)


TEXT = """
Host web
  HostName 192.0.2.7
  User admin
  Port 2200
  IdentityFile ~/.ssh/web
  IdentitiesOnly yes
  HostKeyAlias web.example
  UserKnownHostsFile ~/.ssh/webs /srv/known
  GlobalKnownHostsFile none
  ConnectTimeout 3
Host *
  User other
  Port 1
"""


def test_what_the_configuration_says(home: Path) -> None:
    place = reached(home, TEXT, "ssh://web")
    assert (place.host, place.user, place.port) == ("192.0.2.7", "admin", 2200)
    assert place.keys == (home / ".ssh/web",)
    assert place.agent == "named"
    assert place.known_as == "web.example"
    assert place.known_hosts == (home / ".ssh/webs", Path("/srv/known"))
    assert place.connect_timeout == 3


def test_the_command_line_comes_first(home: Path) -> None:
    place = reached(
        home,
        TEXT,
        "ssh://root@web:22",
        keys=(Path("/k"),),
        known_hosts=(Path("/known"),),
        connect_timeout=1.5,
        sudo=True,
        sudo_password="geheim",
    )
    assert (place.user, place.port, place.connect_timeout) == ("root", 22, 1.5)
    assert place.keys == (Path("/k"), home / ".ssh/web")
    assert place.known_hosts == (Path("/known"),)
    assert place.sudo_password == "geheim"
    assert "geheim" not in repr(place)


def test_a_chain_of_jumps(home: Path) -> None:
    text = """
Host inner
  ProxyJump outer,ops@[2001:db8::2]:24
Host outer
  HostName outer.example
  ProxyJump gate
Host gate
  User guard
"""
    place = reached(home, text, "ssh://inner", sudo=True, sudo_password="s")
    second = place.jump
    assert second is not None
    assert (second.user, second.host, second.port) == ("ops", "2001:db8::2", 24)
    first = second.jump
    assert first is not None
    assert first.host == "outer.example"
    gate = first.jump
    assert gate is not None
    assert (gate.user, gate.host, gate.jump) == ("guard", "gate", None)
    assert [one.sudo_password for one in (second, first, gate)] == [None, None, None]


def test_included_files_count_where_they_stand(home: Path) -> None:
    (home / ".ssh/conf.d").mkdir()
    (home / ".ssh/conf.d/a.conf").write_text("Host web\n  Port 2201\nHost other\n  User x\n")
    text = "Host web\n  User one\n  Include conf.d/*.conf\n  HostName h.example\n"
    place = reached(home, text, "ssh://web")
    assert (place.host, place.user, place.port) == ("h.example", "one", 2201)
    assert reached(home, text, "ssh://other").host == "other"


@pytest.mark.parametrize(
    "text",
    [
        "Host web\n  ProxyCommand nc %h %p\n",
        "Host web\n  Port many\n",
        "Host web\n  ProxyJump web\n",
        "Host web\n  ProxyJump a:b:c\n",
        "Include config\n",
        "nonsense\n",
    ],
)
def test_what_cannot_be_followed_is_said(home: Path, text: str) -> None:
    with pytest.raises(UsageError):
        reached(home, text, "ssh://web")


@pytest.mark.parametrize(
    ("command", "user"), [("true", "them"), ("test %h = web", "them"), ("false", "me")]
)
def test_a_configuration_may_ask_a_command(home: Path, command: str, user: str) -> None:
    """In a process of its own: paramiko is loaded without what runs commands."""
    file = home / "config"
    file.write_text(f'Match host web exec "{command}"\n  User them\nHost web\n  User me\n')
    program = (
        "import sys; from pathlib import Path\n"
        "from scanners.host.reach.ssh_config import Ways\n"
        "from scanners.host.reach.targets import target_of\n"
        f"user = Ways(config=(Path({str(file)!r}),)).place(target_of('ssh://web')).user\n"
        "print(user, 'invoke' in sys.modules)"
    )
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == [user, "True"]
    file.write_text("Host web\n  User me\n")
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["me", "False"]


def test_a_switch_to_accept_any_key_is_not_followed(home: Path) -> None:
    text = "Host *\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n"
    place = reached(home, text, "ssh://web")
    assert place.host_key is None
    assert place.known_hosts[0] == Path("/dev/null")

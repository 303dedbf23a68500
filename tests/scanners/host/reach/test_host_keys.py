from __future__ import annotations

import base64
import hmac
import subprocess
from pathlib import Path

import pytest

from govctl.errors import TargetError
from scanners.host.reach.address import HostAddress
from scanners.host.reach.host_keys import HostKeyChanged, HostKeyUnknown, fingerprint, trusted
from tests.scanners.host.sshd import new_key

ONE, TWO = base64.b64encode(b"one").decode(), base64.b64encode(b"two").decode()


def known(
    path: Path, host: str = "web.example", port: int = 22, alias: str | None = None
) -> object:
    address = HostAddress(host, "an", port=port, known_hosts=(path,), known_as=alias)
    return [blob for _kind, blob in trusted(address).keys]


@pytest.mark.parametrize(
    ("names", "host", "port", "alias", "found"),
    [
        ("web.example", "web.example", 22, None, True),
        ("web.example", "WEB.example", 22, None, True),
        ("web.example", "web.example", 2222, None, False),
        ("[web.example]:2222", "web.example", 2222, None, True),
        ("[web.example]:2222", "web.example", 22, None, False),
        ("[2001:db8::1]:2222", "2001:db8::1", 2222, None, True),
        ("a,web.example,b", "web.example", 22, None, True),
        ("*.example", "web.example", 22, None, True),
        ("*.example,!web.example", "web.example", 22, None, False),
        ("!*.example,web.example", "web.example", 22, None, False),
        ("we?.example", "web.example", 22, None, True),
        ("web", "192.0.2.1", 2222, "web", True),
        ("web.example.org", "web.example", 22, None, False),
    ],
)
def test_which_lines_are_about_a_host(
    tmp_path: Path, names: str, host: str, port: int, alias: str | None, found: bool
) -> None:
    file = tmp_path / "known"
    file.write_text(f"# {names} ssh-rsa {TWO}\n{names} ssh-ed25519 {ONE} a comment\n")
    assert known(file, host, port, alias) == ([b"one"] if found else [])


def test_hashed_names(tmp_path: Path) -> None:
    salt = b"x" * 20
    name = base64.b64encode(hmac.digest(salt, b"[web.example]:2222", "sha1")).decode()
    line = f"|1|{base64.b64encode(salt).decode()}|{name} ssh-ed25519 {ONE}\n"
    (tmp_path / "known").write_text(f"|1|??|x ssh-rsa {TWO}\n|1|garbage\n{line}")
    assert known(tmp_path / "known", port=2222) == [b"one"]
    assert known(tmp_path / "known", port=22) == []


def test_the_same_as_ssh_keygen(tmp_path: Path) -> None:
    public = new_key(tmp_path / "k")
    blob = base64.b64decode(public.split()[1])
    said = subprocess.run(
        ["ssh-keygen", "-lf", tmp_path / "k.pub"], capture_output=True, text=True, check=True
    ).stdout
    assert fingerprint(blob) == said.split()[1]
    file = tmp_path / "known"
    file.write_text(f"web.example {public}\n")
    subprocess.run(["ssh-keygen", "-qHf", file], check=True, capture_output=True)
    assert file.read_text().startswith("|1|")
    assert known(file) == [blob]


def test_a_revoked_key_is_refused_although_it_is_known(tmp_path: Path) -> None:
    file = tmp_path / "known"
    file.write_text(f"web ssh-ed25519 {ONE}\n@revoked * ssh-ed25519 {ONE}\n")
    address = HostAddress("web", "an", known_hosts=(file,))
    with pytest.raises(TargetError, match="revoked"):
        trusted(address).require(address, ("ssh-ed25519", b"one"))


def test_a_certificate_authority_is_no_host_key(tmp_path: Path) -> None:
    (tmp_path / "known").write_text(f"@cert-authority *.example ssh-ed25519 {ONE}\n")
    assert known(tmp_path / "known") == []


def test_a_key_that_nobody_knows_comes_with_its_fingerprint_and_what_to_do(tmp_path: Path) -> None:
    address = HostAddress("web", "an", port=2222, known_hosts=(tmp_path / "none",))
    with pytest.raises(HostKeyUnknown) as unknown:
        trusted(address).require(address, ("ssh-ed25519", b"one"))
    assert fingerprint(b"one") in unknown.value.message
    assert "ssh-keyscan -p 2222 web" in (unknown.value.hint or "")


def test_another_key_than_the_known_one(tmp_path: Path) -> None:
    (tmp_path / "known").write_text(f"web ssh-ed25519 {ONE}\nweb ssh-rsa {TWO}\n")
    address = HostAddress("web", "an", known_hosts=(tmp_path / "known",))
    found = trusted(address)
    assert found.kinds == ("ssh-ed25519", "ssh-rsa")
    found.require(address, ("ssh-rsa", b"two"))
    with pytest.raises(HostKeyChanged):
        found.require(address, ("ssh-ed25519", b"three"))


def test_a_file_is_read_again_after_a_change(tmp_path: Path) -> None:
    file = tmp_path / "known"
    assert known(file) == []
    file.write_text(f"web.example ssh-ed25519 {ONE}\n")
    assert known(file) == [b"one"]
    file.write_text(f"web.example ssh-ed25519 {TWO}\n# longer\n")
    assert known(file) == [b"two"]

"""The authority's own scripts, run with real openssl in a folder of the test's."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

import stacks.catalogue.infrastructure
from stacks.templating import Safe, fill

_ENTRY = Path(stacks.catalogue.infrastructure.__file__).parent
_SIGN, _INIT = _ENTRY / "files/govctl-ca-sign", _ENTRY / "files/govctl-ca-init"
NAMES = "DNS:a.phu-tho.internal,IP:10.25.1.1,IP:fd25:25::9"


@dataclass(frozen=True)
class Authority:
    home: Path
    public: Path
    settings: Path

    def run(self, script: Path, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "GOVCTL_CA_SETTINGS": str(self.settings)}
        command = ["python3", str(script), *words]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, umask=0o077
        )

    def request(self, name: str, *key: str) -> None:
        kind = key or ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
        _openssl(
            "req", *kind, "-nodes", "-keyout", str(self.home / "k"), "-subj", "/CN=evil.example",
            "-addext", "subjectAltName=DNS:evil.example", "-addext", "basicConstraints=CA:TRUE",
            "-out", str(self.home / f"requests/{name}.csr"),
        )  # fmt: skip

    def serial(self, name: str) -> str:
        return _openssl("x509", "-in", str(self.home / f"issued/{name}.pem"), "-noout", "-serial")


def _openssl(*words: str) -> str:
    done = subprocess.run(["openssl", *words], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    home, public = tmp_path / "home", tmp_path / "public"
    config = tmp_path / "ca.cnf"
    config.write_text(fill(_ENTRY / "templates", "openssl.cnf.j2", home=Safe(home)))
    made = Authority(home, public, tmp_path / "settings.json")
    settings = {
        "domain": "phu-tho.internal",
        "organisation": "phu-tho",
        "prefixes": ["10.25.0.0/16", "fd25:25::/48"],
        "home": str(home),
        "public": str(public),
        "config": str(config),
        "trust": str(tmp_path / "root.pem"),
        "publish": ["python3", str(_INIT)],
        "root_days": 3650,
        "leaf_days": 825,
        "crl": "http://ca.infrastructure.phu-tho.internal/root.crl",
    }
    made.settings.write_text(json.dumps(settings))
    done = made.run(_INIT)
    assert done.returncode == 0, done.stderr
    return made


def test_the_root_is_made_once_and_kept_close(authority: Authority, tmp_path: Path) -> None:
    root = (authority.home / "root.pem").read_text()
    assert authority.run(_INIT).returncode == 0
    assert (authority.home / "root.pem").read_text() == root
    assert (tmp_path / "root.pem").read_text() == root
    assert (authority.home / "private/root.key").stat().st_mode & 0o777 == 0o600
    assert (authority.public / "root.crl").stat().st_mode & 0o777 == 0o644
    text = _openssl("x509", "-in", str(authority.home / "root.pem"), "-noout", "-text")
    assert "ASN1 OID: secp384r1" in text
    assert "CA:TRUE, pathlen:0" in text
    assert "DNS:phu-tho.internal" in text


def test_of_a_request_only_the_key_counts(authority: Authority) -> None:
    authority.request("edge-host")
    done = authority.run(_SIGN, "edge-host", "--days", "30", "--san", NAMES)
    assert done.returncode == 0, done.stderr
    issued = str(authority.home / "issued/edge-host.pem")
    text = _openssl("x509", "-in", issued, "-noout", "-text")
    assert "evil.example" not in text
    assert "CA:FALSE" in text
    assert "DNS:a.phu-tho.internal, IP Address:10.25.1.1, IP Address:FD25:25:0:0:0:0:0:9" in text
    assert _openssl("verify", "-CAfile", str(authority.home / "root.pem"), issued).endswith("OK\n")


@pytest.mark.parametrize(
    "words",
    [
        ("r", "--san", "DNS:evil.example"),
        ("r", "--san", "DNS:a.phu-tho.internal,DNS:evil.example"),
        ("r", "--san", "DNS:xphu-tho.internal"),
        ("r", "--san", "DNS:*.phu-tho.internal"),
        ("r", "--san", "DNS:a.phu-tho.internal\nDNS:b"),
        ("r", "--san", "DNS:a.phu-tho.internal,IP:192.0.2.1"),
        ("r", "--san", "DNS:a.phu-tho.internal,IP:2001:db8::1"),
        ("r", "--san", "email:a@phu-tho.internal"),
        ("r", "--san", "IP:10.25.1.1"),
        ("r",),
        ("r", "--days", "826", "--san", NAMES),
        ("r", "--days", "0", "--san", NAMES),
        ("../r", "--san", NAMES),
        ("absent", "--san", NAMES),
    ],
)
def test_what_is_outside_the_estate_is_refused(
    authority: Authority, words: tuple[str, ...]
) -> None:
    authority.request("r")
    done = authority.run(_SIGN, *words)
    assert done.returncode == 1
    assert "refused" in done.stderr
    assert not list((authority.home / "issued").iterdir())


def test_a_weak_key_is_refused(authority: Authority) -> None:
    authority.request("weak", "-newkey", "rsa:2048")
    done = authority.run(_SIGN, "weak", "--san", NAMES)
    assert (done.returncode, "too weak" in done.stderr) == (1, True)


def test_asking_again_gives_the_same_and_a_new_name_revokes(authority: Authority) -> None:
    authority.request("r")
    assert authority.run(_SIGN, "r", "--san", NAMES).returncode == 0
    first = authority.serial("r")
    assert authority.run(_SIGN, "r", "--san", NAMES).returncode == 0
    assert authority.serial("r") == first
    assert authority.run(_SIGN, "r", "--san", "DNS:b.phu-tho.internal").returncode == 0
    assert authority.serial("r") != first
    crl = _openssl(
        "crl", "-in", str(authority.public / "root.crl"), "-inform", "DER", "-noout", "-text"
    )
    assert first.strip().partition("=")[2] in crl
    assert "Superseded" in crl

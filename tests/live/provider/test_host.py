"""This machine's own part: its address in a zone, its routes, and the way to a distant target."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pulumi import automation

from govctl.errors import TargetError
from stacks import resources
from stacks.provider.naming import bridge_name
from stacks.provider.targets.lxd import Lxd
from tests.live.provider.case import Case, Lab, Wish

pytestmark = [
    pytest.mark.live,
    # The SDK leaves a coroutine unfinished whenever the engine stops an inline program.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

PREFIXES = ["198.18.64.0/19"]  # of the range for tests of equipment (RFC 2544)


def sh(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=30).stdout


def routed(case: Case, prefixes: list[str], via: str = "198.18.32.1") -> Wish:
    def add(lab: Lab) -> None:
        admin = resources.Network(
            "admin",
            bridge=bridge_name(case.estate, "admin"),
            ipv4_address="198.18.32.254/24",
            ipv6_address="fd7f:7f::fe/64",
            opts=lab.opts,
        )
        resources.Route(
            "controller",
            device=admin.name,
            prefixes4=prefixes,
            via4=via,
            prefixes6=["fd7f:7f:1::/48"],
            via6="fd7f:7f::1",
            opts=lab.opts,
        )

    return Wish(stopped=True, more=add)


def routes(device: str) -> dict[str, str]:
    shown = json.loads(sh("ip", "-j", "route", "show", "dev", device, "proto", "201"))
    return {route["dst"]: route["gateway"] for route in shown}


def test_routes_are_made_followed_and_removed(case: Case) -> None:
    device = bridge_name(case.estate, "admin")
    case.up(routed(case, PREFIXES))
    assert routes(device) == {PREFIXES[0]: "198.18.32.1"}
    shown = sh("ip", "-6", "route", "show", "dev", device, "proto", "201")
    assert shown.startswith("fd7f:7f:1::/48 via fd7f:7f::1")
    assert set(case.up(routed(case, PREFIXES))) == {"same"}

    sh("ip", "route", "del", PREFIXES[0], "proto", "201")
    assert case.bench.drift() == {"controller": ["update", "prefixes4"]}
    case.put_right(routed(case, PREFIXES))
    assert routes(device) == {PREFIXES[0]: "198.18.32.1"}

    other = ["198.18.96.0/20"]
    assert case.up(routed(case, other, "198.18.32.2"))["update"] == 1
    assert routes(device) == {other[0]: "198.18.32.2"}
    assert case.up()["delete"] == 2
    assert sh("ip", "route", "show", "proto", "201", "dev", "lo") == ""


def test_a_route_of_somebody_else_is_not_taken_over(case: Case) -> None:
    sh("ip", "route", "add", "blackhole", PREFIXES[0])
    try:
        with pytest.raises(automation.CommandError, match="not by this estate"):
            case.up(routed(case, PREFIXES))
        assert "blackhole" in sh("ip", "route", "show", PREFIXES[0])
    finally:
        sh("ip", "route", "del", "blackhole", PREFIXES[0])


def test_the_host_answers_no_names_and_announces_itself_as_no_router(case: Case) -> None:
    case.up(routed(case, PREFIXES))
    device = bridge_name(case.estate, "admin")
    listening = sh("ss", "-lnutH")
    assert "198.18.32.254:53" not in listening and "fd7f:7f::fe" not in listening
    raw = json.loads(sh("lxc", "query", f"/1.0/networks/{device}"))["config"]["raw.dnsmasq"]
    assert raw == f"port=0\nra-param={device},0,0"


@pytest.fixture
def distant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """This machine's LXD over HTTPS on the loopback, with a certificate of ours trusted."""
    if sh("lxc", "config", "get", "core.https_address").strip():
        pytest.skip("this LXD listens on the network already, as its owner wants it")
    key, certificate = tmp_path / "client.key", tmp_path / "client.crt"
    sh(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384",
        "-nodes", "-keyout", str(key), "-out", str(certificate), "-days", "1",
        "-subj", "/CN=govctl-test",
    )  # fmt: skip
    server = tmp_path / "server.crt"
    server.write_text(json.loads(sh("lxc", "query", "/1.0"))["environment"]["certificate"])
    sh("lxc", "config", "set", "core.https_address", "127.0.0.1:18443")
    sh("lxc", "config", "trust", "add", str(certificate), "--name", "govctl-test")
    monkeypatch.setenv("GOVCTL_TLS_CERT", str(certificate))
    monkeypatch.setenv("GOVCTL_TLS_KEY", str(key))
    monkeypatch.setenv("GOVCTL_TLS_SERVER_CERT", str(server))
    yield "https://127.0.0.1:18443"
    trusted = json.loads(sh("lxc", "query", "/1.0/certificates?recursion=1"))
    for entry in trusted:
        if entry["name"] == "govctl-test":
            sh("lxc", "config", "trust", "remove", entry["fingerprint"][:12])
    sh("lxc", "config", "unset", "core.https_address")


def test_a_distant_target_is_reached_over_mutual_tls(distant: str, tmp_path: Path) -> None:
    assert Lxd(distant).image("no-such-image") is None


def test_a_server_with_another_certificate_is_not_trusted(
    distant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVCTL_TLS_SERVER_CERT", os.environ["GOVCTL_TLS_CERT"])
    with pytest.raises(TargetError, match="certificate verify failed"):
        Lxd(distant)

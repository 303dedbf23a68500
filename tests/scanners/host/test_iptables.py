from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.host.facts.iptables import SOURCE, Iptables
from scanners.host.facts.ufw import SOURCE as UFW_SOURCE
from scanners.host.facts.ufw import Ufw
from scanners.host.formats.iptables_save import read
from scanners.host.model import Missing
from tests.scanners.host.raws import file, output, raw


def _match(left: dict[str, Any], right: Any, op: str = "==") -> dict[str, Any]:
    return {"match": {"op": op, "left": left, "right": right}}


PORT = {"payload": {"protocol": "tcp", "field": "dport"}}
UNKNOWN = {"match": {"option": "--icmp-type"}}
RULES = {
    "-A INPUT -i lo -j ACCEPT": [_match({"meta": {"key": "iifname"}}, "lo"), {"accept": None}],
    "[5:300] -A INPUT -j DROP": [{"drop": None}],
    "-A INPUT ! -i lo -j DROP": [_match({"meta": {"key": "iifname"}}, "lo", "!="), {"drop": None}],
    "-A INPUT -s 127.0.0.0/8 -j DROP": [
        _match({"payload": {"protocol": "ip", "field": "saddr"}},
               {"prefix": {"addr": "127.0.0.0", "len": 8}}), {"drop": None}],
    "-A INPUT -s 10.0.0.1 -j REJECT --reject-with icmp-port-unreachable": [
        _match({"payload": {"protocol": "ip", "field": "saddr"}}, "10.0.0.1"), {"reject": None}],
    "-A INPUT -p tcp -m tcp --dport 22 -m comment --comment \"a -j b\" -j ACCEPT": [
        _match({"meta": {"key": "l4proto"}}, "tcp"), _match(PORT, 22), {"accept": None}],
    "-A INPUT -p tcp -m multiport --dports 80,8000:8010 -j web": [
        _match({"meta": {"key": "l4proto"}}, "tcp"),
        _match(PORT, {"set": [80, {"range": [8000, 8010]}]}), {"jump": {"target": "web"}}],
    "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -g next": [
        _match({"ct": {"key": "state"}}, ["related", "established"]), {"goto": {"target": "next"}}],
    "-A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT": [
        _match({"meta": {"key": "l4proto"}}, "icmp"), UNKNOWN, {"accept": None}],
    "-A INPUT -j LOG --log-prefix \"[x] \" --log-level 4": [{"log": None}],
    "-I INPUT -j RETURN": [{"return": None}],
}  # fmt: skip


@pytest.mark.parametrize("line", RULES)
def test_a_rule_reads_like_one_of_nft(line: str) -> None:
    found = read(f"*filter\n:INPUT DROP [0:0]\n{line}\nCOMMIT\n", "ip")
    assert found is not None
    assert found.rules["INPUT"] == ({"expr": RULES[line]},)


def test_only_the_table_filter_is_read_with_its_policies() -> None:
    text = (
        "# x\n*nat\n:INPUT ACCEPT [0:0]\nCOMMIT\n*filter\n:INPUT DROP [1:2]\n:own - [0:0]\nCOMMIT\n"
    )
    found = read(text, "ip")
    assert found is not None
    assert found.policies == {"INPUT": "drop"}
    assert set(found.rules) == {"INPUT", "own"}
    assert read("*nat\n:INPUT ACCEPT\nCOMMIT\n", "ip") is None


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=":*-AjGfilterINPUT \n\"'![]0123456789,/.", max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    read("*filter\n" + text, "ip6")


def test_the_command_asks_both_programs_and_needs_neither(tmp_path: Path) -> None:
    (command,) = SOURCE.commands
    tools = tmp_path / "iptables-save"
    tools.write_text("#!/bin/sh\necho '*filter'; echo ':INPUT DROP [0:0]'; echo COMMIT\n")
    tools.chmod(0o755)
    for path, families in ((f"{tmp_path}:/bin", {"ip"}), ("/nonexistent", set())):
        done = subprocess.run(
            ["/bin/sh", "-c", command.line], capture_output=True, check=True,
            env={"PATH": path},
        )  # fmt: skip
        fact = SOURCE.parse(raw({}, {"iptables": done.stdout}))
        assert isinstance(fact, Iptables)
        assert set(fact.running or ()) == families


@pytest.mark.parametrize(
    "said", [b"", b"@family \n", b"@family \n@family 6\n", b"\xff\x00", output(b"", 124)]
)
def test_an_answer_that_was_cut_is_no_fact(said: object) -> None:
    assert isinstance(SOURCE.parse(raw({}, {"iptables": said})), Missing)  # type: ignore[dict-item]


def test_what_cannot_be_read_is_no_fact() -> None:
    path = "/etc/iptables/rules.v4"
    assert isinstance(SOURCE.parse(raw({path: file(path, None)})), Missing)


@pytest.mark.parametrize(
    ("conf", "defaults", "expected"),
    [
        (None, None, Ufw(False)),
        ("ENABLED=no\nLOGLEVEL=low\n", None, Ufw(True, False, {})),
        (
            "# x\nENABLED=yes # on\n",
            'IPV6=yes\nDEFAULT_INPUT_POLICY="DROP"\nDEFAULT_OUTPUT_POLICY=\'ACCEPT\'\n#DEFAULT_FORWARD_POLICY="DROP"\n',
            Ufw(True, True, {"input": "drop", "output": "accept"}),
        ),
        ("ENABLED=yes\nENABLED=no\n", "DEFAULT_INPUT_POLICY='x\n", Ufw(True, False, {})),
    ],
)
def test_ufw_reads_shell_assignments(conf: str | None, defaults: str | None, expected: Ufw) -> None:
    texts = {"/etc/ufw/ufw.conf": conf, "/etc/default/ufw": defaults}
    there = {path: text for path, text in texts.items() if text is not None}
    assert UFW_SOURCE.parse(raw(there)) == expected

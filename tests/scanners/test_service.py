from __future__ import annotations

import dataclasses
import json
import os
import socket
from pathlib import Path

import pytest

from govctl.texts import msg
from scanners.conference import Registration, Registrations, registrations
from scanners.host.model import Missing, Output
from scanners.service import ATTEMPT_STATUSES, Attempt, Probe, attempt_of, probe_machines
from tests.scanners.host.sshd import SSHD, serving

WEB = Probe("answers", "curl", 5)


@pytest.mark.parametrize(
    ("output", "status", "text"),
    [
        (Output("c", b"fine\x1b[2J\n", b"", 0, 0.1), "ok", "fine[2J"),
        (Output("c", b"", b"\nrefused\x07\n", 7, 0.1), "failed", "refused"),
        (Output("c", b"half", b"", 124, 5.0), "timeout", "half"),
        (Output("c", b"", b"sh: curl: not found", 127, 0.1), "missing", ""),
        (Output("c", b"x", b"", 0, 0.1, True), "failed", "x"),
        (None, "unreachable", ""),
    ],
)
def test_an_output_is_one_of_the_closed_set(output: Output | None, status: str, text: str) -> None:
    attempt = attempt_of("web-1", WEB, output)
    assert (attempt.status, attempt.output) == (status, text)
    assert attempt.status in ATTEMPT_STATUSES
    assert attempt.reason.render("en")


@pytest.mark.skipif(SSHD is None or os.geteuid() != 0, reason="needs the OpenSSH server and root")
def test_probes_on_machines_over_ssh(tmp_path: Path) -> None:
    with serving(tmp_path) as server, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        dead = dataclasses.replace(server.address(), port=free.getsockname()[1])
        seen: list[Attempt] = []
        attempts = probe_machines(
            {"a": server.address(), "dead": dead, "idle": dead},
            {"a": [Probe("yes", "echo hi"), Probe("no", "exit 1"), Probe("slow", "sleep 9", 1)],
             "dead": [WEB], "unknown": [WEB]},
            on_done=seen.append,
        )  # fmt: skip
    assert [(one.machine, one.probe, one.status) for one in attempts] == [
        ("a", "yes", "ok"), ("a", "no", "failed"), ("a", "slow", "timeout"),
        ("dead", "answers", "unreachable"), ("unknown", "answers", "unreachable"),
    ]  # fmt: skip
    assert sorted(seen, key=str) == sorted(attempts, key=str)


def attempt(output: object, status: str = "ok") -> Attempt:
    text = output if isinstance(output, str) else json.dumps(output)
    return Attempt("sip-1", "registered", status, msg("why"), text)  # type: ignore[arg-type]


ANSWER = {
    "expected": 2,
    "missing": ["xa-b"],
    "contacts": {
        "xa-a": {"source": "sip:10.25.3.2:5061;transport=tls", "tls": True, "expires": "300"},
        "xa-b": None,
    },
}


def test_registrations_also_while_somebody_is_missing() -> None:
    there = Registration("xa-a", "sip:10.25.3.2:5061;transport=tls", True)
    for status in ("ok", "failed"):
        assert registrations(attempt(ANSWER, status)) == Registrations((there,), ("xa-b",))


@pytest.mark.parametrize("output", ["", "garbage", "[]", '{"contacts": 1}', "[" * 9999])
def test_no_table_is_no_fact(output: str) -> None:
    assert isinstance(registrations(attempt(output)), Missing)
    assert registrations(attempt(output, "failed")) == Missing(msg("why"))
    assert registrations(attempt(json.dumps(ANSWER), "timeout")) == Missing(msg("why"))

"""Waves and patching that are kept with a run: back as they were, told, and harmless on a page."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from govctl.evidence.model import Probe
from govctl.evidence.patching import Moved, PatchedMachine, patched_in
from govctl.evidence.waves import KeptWave, KeptWaves, document_of, read
from govctl.reports.html import render_html
from govctl.reports.rollout import patched_lines, wave_lines
from govctl.texts import msg
from tests.reports.test_html import ESTATE, EVIL, material

WEB, DB = ESTATE.machines[0].id, ESTATE.machines[1].id
GOOD = Probe("portal.web", WEB, msg("{name} is answered", name="portal"), "pass", msg("answered"))
BAD = replace(GOOD, status="fail", reason=msg("no answer: {what}", what=EVIL), observed=("x",))
KEPT = KeptWaves(
    "harden",
    3,
    (
        KeptWave("2026-11-22T04:00:00.000+00:00", "2026-11-22T04:01:00.000+00:00",
                 (WEB,), (), (), (GOOD,)),
        KeptWave("2026-11-22T04:01:00.000+00:00", "2026-11-22T04:02:00.000+00:00",
                 (DB,), (DB,), (f"portal: {EVIL}",), (GOOD, BAD)),
    ),
    ("third",),
    msg("what worked before no longer does: {what}", what="portal"),
)  # fmt: skip
UPDATE = {"package": "openssl", "from": "3.0.1", "to": "3.0.2", "security": True, "archives": []}
DONE = {
    "ok": False, "installed": [{"package": "openssl", "from": "3.0.1", "to": "3.0.2"}],
    "configured": [], "restarted": ["ssh.service"], "failures": [EVIL],
    "after": {"reboot": "a newer kernel"}, "log": f"Setting up {EVIL}",
}  # fmt: skip


def test_waves_come_back_as_they_were() -> None:
    assert read(json.loads(json.dumps(document_of(KEPT)))) == KEPT
    assert read(document_of(replace(KEPT, stopped=None))) == replace(KEPT, stopped=None)


def test_waves_say_who_went_when_what_answered_and_why_it_stopped() -> None:
    lines = list(wave_lines(KEPT))
    assert lines[0].startswith("wave 1 of 3 (2026-11-22T04:00") and lines[0].endswith(WEB)
    assert "wave 1: services: 1 of 1 probes answered as they should" in lines
    assert f"wave 2: failed: {DB}" in lines
    assert any("portal is answered: no answer" in line for line in lines)
    assert lines[-2:] == [
        "not begun: third",
        "stopped: what worked before no longer does: portal",
    ]


def test_a_wave_after_which_nothing_was_asked_says_so() -> None:
    wave = replace(KEPT.waves[0], answers=())
    lines = list(wave_lines(replace(KEPT, waves=(wave,), left=(), stopped=None)))
    assert lines[1] == "wave 1: no service was asked"


@pytest.mark.parametrize(
    ("row", "lines"),
    [
        (
            {"patched": DONE},
            ["web: installed openssl 3.0.1 → 3.0.2", "web: restarted ssh.service",
             f"web: failed: {EVIL}", "web: has to be booted: a newer kernel"],
        ),
        (
            {"patched": {**DONE, "installed": [], "configured": ["openssl"], "restarted": [],
                         "failures": [], "after": None}},
            ["web: finished what dpkg was interrupted in: openssl"],
        ),
        ({"patched": None}, ["web: not begun: openssl 3.0.1 → 3.0.2"]),
        (
            {"patched": None, "began": "2026", "now": None},
            ["web: begun, and nobody knows what came of it: openssl 3.0.1 → 3.0.2"],
        ),
        (
            {"patched": None, "began": "2026", "now": {"openssl": "3.0.2"}},
            ["web: begun: openssl 3.0.1 → 3.0.2; found now: openssl 3.0.2"],
        ),
    ],
)  # fmt: skip
def test_a_patched_machine_says_what_is_known_of_it(
    row: dict[str, object], lines: list[str]
) -> None:
    (machine,) = patched_in({"machines": [{"machine": "web", "updates": [UPDATE], **row}]}).values()
    assert list(patched_lines(machine)) == lines


def test_a_machine_with_nothing_to_do_is_not_listed() -> None:
    assert patched_in({"machines": [{"machine": "a", "updates": [], "patched": None}]}) == {}


def test_the_page_shows_both_and_obeys_nothing_in_them() -> None:
    patched = PatchedMachine(WEB, (), True, True, (Moved("openssl", None, "3"),),
                             ("ssh.service",), (EVIL,), None, EVIL)  # fmt: skip
    text = render_html(replace(material(), waves=KEPT, patched={WEB: patched}))
    assert "<script>alert" not in text and "\x1b" not in text
    for words in ("changed in waves before this scan: 2 of 3", "not begun: third",
                  "openssl – → 3", "restarted: ssh.service"):  # fmt: skip
        assert words in text, words
    plain = render_html(material())
    assert "changed in waves" not in plain and "patched before" not in plain

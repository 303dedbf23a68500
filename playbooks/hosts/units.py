"""Units of systemd: how they stand, and what is made of them. Changes are told as they are made."""

from __future__ import annotations

import subprocess

from playbooks.hosts.rights import refuse, say

NOT_HERE = ("", "not-found")
"""States of a unit that there is none of."""
_OFF = ("disabled", "enabled-runtime", "linked", "linked-runtime")
"""States in which a boot does not start it, though it can be enabled."""
_MAKES = {"enable": "enabled", "disable": "disabled", "mask": "masked", "unmask": "unmasked"}
_SECONDS = 300


def state(unit: str) -> str:
    """What systemctl(1) calls it: enabled, disabled, masked …; one of NOT_HERE if there is none."""
    return _systemctl("is-enabled", unit).stdout.strip()


def turn(verb: str, unit: str, *, dry: bool) -> bool:
    """Let the next boot treat a unit otherwise; what refuses is noted, and False."""
    before = state(unit)
    why = "" if dry else _done("-q", verb, unit)
    if why:
        refuse(unit, why)
        return False
    say(f"{unit}:", f"{before} → {_MAKES[verb]}")
    return True


def enable(unit: str, *, dry: bool) -> bool:
    """Let a boot start a unit; False if there is none.

    One that was masked may be enabled below that, which only shows when it no longer is masked.
    """
    now = state(unit)
    if now.startswith("masked") and turn("unmask", unit, dry=dry) and not dry:
        now = state(unit)
    if now in _OFF:
        turn("enable", unit, dry=dry)
    return now not in NOT_HERE


def stop(unit: str, *, dry: bool) -> None:
    """Stop a unit that runs; what refuses is noted."""
    if not _is_active(unit):
        return
    why = "" if dry else _done("stop", unit)
    if why and _is_active(unit):
        refuse(unit, why)
    else:
        say(f"{unit}:", "running → stopped")


def start(unit: str, *, dry: bool) -> str:
    """Start a unit that does not run; why that failed, or empty."""
    if _is_active(unit):
        return ""
    why = "" if dry else _done("start", unit)
    if not why:
        say(f"{unit}:", "stopped → running")
    return why


def take_up(verb: str, unit: str) -> None:
    """Have a unit read its files again (`restart`, `try-restart`); what refuses is noted."""
    why = _done(verb, unit)
    if why:
        refuse(unit, why)


def _is_active(unit: str) -> bool:
    return _systemctl("-q", "is-active", unit).returncode == 0


def _done(*words: str) -> str:
    """Empty if it went well, else what systemctl says."""
    done = _systemctl(*words)
    return (" ".join(done.stderr.split()) or f"status {done.returncode}") if done.returncode else ""


def _systemctl(*words: str) -> subprocess.CompletedProcess[str]:
    """One that does not answer, or is not here, has failed."""
    line = ["systemctl", *words]
    try:
        return subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=_SECONDS, check=False)  # fmt: skip
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(line, 1, "", str(error))

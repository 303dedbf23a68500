"""AppArmor as the running kernel has it: profiles, their modes, and processes outside of theirs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from govctl.texts import msg
from scanners.host.model import Command, Missing, Raw, Source
from scanners.host.reading import output_of


@dataclass(frozen=True)
class AppArmor:
    """What securityfs and /proc say."""

    enabled: bool
    """/sys/module/apparmor/parameters/enabled."""
    profiles: Mapping[str, str]
    """Loaded profile → enforce, complain, kill, unconfined …"""
    unconfined: tuple[str, ...]
    """Programs that run unconfined although a profile has their name (as aa-status counts)."""


# One `find` and one `grep` for all processes: a loop over /proc would start two programs for each.
_COMMAND = """\
echo "enabled $(cat /sys/module/apparmor/parameters/enabled)"
if [ -r /sys/kernel/security/apparmor/profiles ]; then
  echo readable
  sed 's/^/profile /' /sys/kernel/security/apparmor/profiles
  find /proc -maxdepth 2 -path '/proc/[0-9]*/exe' -printf 'exe %h %l\\n'
  grep -sH '' /proc/[0-9]*/attr/current | sed 's/^/label /'
fi
true
"""
_PROFILE = re.compile(r"profile (.+) \((\w+)\)", re.ASCII)
_LABEL = re.compile(r"label (/proc/\d+)/attr/current:unconfined$", re.ASCII)


def parse(raw: Raw) -> AppArmor | Missing:
    """The list of profiles is for root alone: without it nothing is known of them."""
    said = output_of(raw, "apparmor")
    if isinstance(said, Missing):
        return said
    lines = said.splitlines()
    if not lines or not lines[0].startswith("enabled"):
        return Missing(msg("{command} says nothing that can be read", command="apparmor"))
    enabled = lines[0] == "enabled Y"
    if enabled and "readable" not in lines:
        return Missing(
            msg("{path} could not be read", path="/sys/kernel/security/apparmor/profiles")
        )
    matches = (_PROFILE.fullmatch(line) for line in lines)
    profiles = {match[1]: match[2] for match in matches if match}
    programs = {}
    for line in lines:
        words = line.split(" ", 2)
        if words[0] == "exe" and len(words) == 3:
            programs[words[1]] = words[2]
    loose = {programs.get(match[1], "") for match in map(_LABEL.fullmatch, lines) if match}
    return AppArmor(enabled, profiles, tuple(sorted(loose & profiles.keys())))


SOURCE = Source(AppArmor, parse, commands=(Command("apparmor", _COMMAND, timeout=20),))

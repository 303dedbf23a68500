"""The controls that every rival sets: of our own checks, those that each of them has words for."""

from __future__ import annotations

import shlex
from dataclasses import asdict, dataclass
from typing import Any, Literal

from policies.catalogue import checks
from policies.target import TargetContext
from policies.values import resolve

Kind = Literal["sshd", "sysctl", "mode"]
_OPPOSITE = {"yes": "no", "no": "yes"}
_NEEDED = {"sshd-pam", "sshd-public-key"}
"""Without these nobody logs in any more."""
_PATHS = (
    "/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow", "/etc/shells", "/etc/crontab",
    "/etc/ssh/sshd_config", "/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly",
    "/etc/cron.monthly", "/etc/cron.d", "/etc/issue", "/etc/issue.net", "/etc/motd",
    "/etc/sysctl.d",
)  # fmt: skip
"""On every Debian, with one mode that satisfies the check. Not those of sudo, which all go through:
it refuses to work while they are open."""
DROP_INS = ("/etc/ssh/sshd_config.d/00-", "/etc/sysctl.d/zz-")
"""Where all rivals write: files of these names, each with a name of its own."""


@dataclass(frozen=True)
class Control:
    """A thing and the value that it has to have."""

    check: str
    kind: Kind
    name: str
    wanted: str
    weak: str


def controls() -> tuple[Control, ...]:
    """Options of sshd, settings of the network's own kernel part, owners and modes of files."""
    found: list[Control] = []
    for check in checks():
        if check.part_of:
            continue
        args, _whose = resolve(check, TargetContext())
        if check.fix == "sshd" and args.get("equals") in _OPPOSITE and check.id not in _NEEDED:
            weak = _OPPOSITE[args["equals"]]
            found.append(Control(check.id, "sshd", args["option"], args["equals"], weak))
        elif check.fix == "sysctl" and _of_network(args):
            wanted = args["values"][0]
            weak = "1" if wanted == "0" else "0"
            found.append(Control(check.id, "sysctl", args["key"], wanted, weak))
        elif check.family == "files.permissions" and check.fix and "mode" in args:
            mode = str(args["mode"]).removeprefix("0")
            weak = f"{int(mode, 8) | 0o002:o}"
            found += [Control(check.id, "mode", path, mode, weak) for path in args["paths"]
                      if path in _PATHS]  # fmt: skip
    return tuple(found)


def _of_network(args: dict[str, Any]) -> bool:
    return str(args.get("key", "")).startswith(("net.ipv4.conf.", "net.ipv4.tcp_syn"))


def as_data(some: tuple[Control, ...]) -> dict[str, list[dict[str, str]]]:
    """For rivals: kind → rows."""
    kinds: tuple[Kind, ...] = ("sshd", "sysctl", "mode")
    return {kind: [asdict(one) for one in some if one.kind == kind] for kind in kinds}


def weaken(some: tuple[Control, ...], *, whole: bool) -> str:
    """A script that breaks these controls; `whole` takes the drop-ins of all rivals away too."""
    lines = ["set -eu"]
    if whole:
        lines += [f"rm -f {place}*.conf" for place in DROP_INS]
        weak = "\n".join(f"{one.name} {one.weak}" for one in some if one.kind == "sshd")
        lines.append(f"printf '%s\\n' {shlex.quote(weak)} > /etc/ssh/sshd_config.d/50-weak.conf")
    for one in some:
        if one.kind == "mode":
            lines.append(f"chmod {one.weak} {one.name}")
        elif one.kind == "sysctl":
            lines.append(f"sysctl -qw {one.name}={one.weak}")
        elif not whole:
            lines.append(f"sed -i '/^{one.name} /Id' {DROP_INS[0]}*.conf")
    return "\n".join([*lines, "systemctl reload ssh"])


def witness(some: tuple[Control, ...]) -> str:
    """A script that prints every control that does not hold, asked of the programs themselves."""
    lines = ["set -eu", "sshd -T > /run/sshd-now"]
    for one in some:
        if one.kind == "sshd":
            lines.append(f"grep -qix '{one.name} {one.wanted}' /run/sshd-now || echo {one.check}")
        elif one.kind == "sysctl":
            lines.append(f'[ "$(sysctl -n {one.name})" = {one.wanted} ] || echo {one.check}')
        else:
            lines.append(
                f"[ $((0$(stat -c %a {one.name}) & ~0{one.wanted})) = 0 ] || echo {one.check}"
            )
    return "\n".join(lines)

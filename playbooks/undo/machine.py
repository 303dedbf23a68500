"""What a host has besides files: packages, units, kernel settings, mounts, modules, chains."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from . import packets
from .packages import automatic, halves, installed
from .running import said, tried

UNIT_TYPES = "--type=service,socket,timer,path"
_TYPES = (".service", ".socket", ".timer", ".path")
_UNIT_FILES = tuple(
    Path(one, "systemd/system") for one in ("/etc", "/usr/lib", "/lib", "/usr/local/lib")
)
_PASSING = re.compile(r"^(user@|user-runtime-dir@|session-|ssh@|sshd@|systemd-|govctl-|run-)")
"""Units that come and go by themselves; `systemd-…` belong to the system."""
_OURS = re.compile(r"^systemd-(timesyncd|coredump|journal-\w+)")
FLUSHES = ("nftables.service",)
"""Units whose stop takes more away than their start brought: the rules of everybody."""
_REDIRECTS = "net/ipv4/conf/all/accept_redirects"
"""The kernel sets this anew where forwarding begins or ends (inet_forward_change, Linux)."""
_ALL = re.compile(r"^(net/ipv[46]/conf/)(all|default)/")


def look(settings: Iterable[str]) -> dict[str, Any]:
    """The machine as it is; parts that it lacks (no dpkg, no systemd) are empty.

    `settings`: of the kernel, as sysctl(8) writes them.
    """
    return {
        "packages": installed(),
        "halves": halves(),
        "auto": automatic(),
        "active": _units("list-units", "--state=active", "--plain"),
        "units": _unit_files(),
        "sysctl": _sysctl(settings),
        "mounts": _mounts(),
        "modules": _modules(),
        "packets": packets.look(),
    }


def changes(
    before: dict[str, Any], after: dict[str, Any], turned: Collection[str] = ()
) -> dict[str, Any]:
    """What a run changed, each part with what undoing it needs; empty parts are left out.

    `turned`: units that the run enabled or unmasked. What runs now, was there before and is neither
    of these nor off comes and goes by itself.
    """
    had, has = before["packages"], after["packages"]
    active, now_active = set(before["active"]), set(after["active"])
    known = before["units"] if "units" in before else before["off"]  # of a release before
    fresh = sorted(set(filter(_lasting, now_active - active)) & set(known))
    found: dict[str, Any] = {
        "removed": {name: had[name] for name in sorted(had.keys() - has.keys())},
        "auto": sorted(n for n in had.keys() - has.keys() if n.partition(":")[0] in before["auto"]),
        "added": sorted({*has, *after["halves"]} - {*had, *before.get("halves", ())}),
        "upgraded": sorted(n for n in had.keys() & has.keys() if had[n] != has[n]),
        "stopped": sorted(filter(_lasting, active - now_active)),
        "started": [name for name in fresh if name in turned or _is_off(name)],
        "enabled": sorted(filter(_lasting, set(turned) - active - now_active)),
        "sysctl": _pairs(before["sysctl"], after["sysctl"]),
        "mounts": _pairs(before["mounts"], after["mounts"]),
        "unloaded": sorted(set(before["modules"]) - set(after["modules"])),
        "packets": sorted(set(after["packets"]) - set(before.get("packets", after["packets"]))),
    }
    return {name: part for name, part in found.items() if part}


def conflicts(changed: dict[str, Any]) -> list[str]:
    """What somebody set to a third value since: kernel settings."""
    settings = changed.get("sysctl", {}).items()
    return [f"sysctl {key}" for key, pair in settings if _read(_file(key)) not in (*pair, None)]


def put_settings_back(changed: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Kernel settings, mount options and modules, in this order."""
    done: list[str] = []
    problems: list[str] = []
    for key, (value, _after) in changed.get("sysctl", {}).items():
        if value is None or _read(_file(key)) == value:
            continue
        redirects = _read(_file(_REDIRECTS))
        try:
            _file(key).write_text(value + "\n", encoding="utf-8")
            if key != _REDIRECTS and redirects not in (None, _read(_file(_REDIRECTS))):
                _file(_REDIRECTS).write_text(f"{redirects}\n", encoding="utf-8")
            done.append(f"set {key} = {value}")
        except OSError as error:
            now = _read(_file(key))
            problems.append(
                f"{key}: {error.strerror}" if now is None
                else f"{key} stays {now} until the next start: {error.strerror}"
            )  # fmt: skip
    mounted = _mounts()
    for point, (options, _after) in changed.get("mounts", {}).items():
        if options is None:
            if point in mounted:
                problems.append(f"{point} stays mounted until the next start")
        elif point in mounted and mounted[point] != options:
            line = ["mount", "-o", f"remount,bind,{_explicit(options)}", point]
            if not tried(line, point, problems):
                done.append(f"remounted {point}")
    missing = sorted(set(changed.get("unloaded", ())) - set(_modules()))
    done += [f"loaded {name}" for name in missing
             if not tried(["modprobe", name], f"module {name}", problems)]  # fmt: skip
    return done, problems


def put_units_back(changed: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Start what a run stopped, stop what it started or a start of the machine since then did.

    Their files have to be back by now. `FLUSHES` go on, which is a problem.
    """
    done: list[str] = []
    active = set(_units("list-units", "--state=active", "--plain"))
    ours = active & {*changed.get("started", ()), *changed.get("enabled", ())}
    problems = [f"{unit} stays on until the next start: its stop would take away all rules"
                for unit in FLUSHES if unit in ours]  # fmt: skip
    for verb, units in (
        ("stop", sorted(ours.difference(FLUSHES))),
        ("start", sorted(set(changed.get("stopped", ())) - active)),
    ):
        done += [f"{verb} {unit}" for unit in units
                 if not tried(["systemctl", verb, unit], unit, problems)]  # fmt: skip
    return done, problems


def has_systemd() -> bool:
    """True if systemd is what runs this machine (sd_booted(3))."""
    return Path("/run/systemd/system").is_dir()


def _units(verb: str, *options: str) -> list[str]:
    if not has_systemd():
        return []
    line = ["systemctl", verb, UNIT_TYPES, *options, "--no-legend", "--no-pager", "--full"]
    rows = (row.split() for row in said(line).stdout.splitlines())
    return sorted(row[0] for row in rows if row)


def _unit_files() -> list[str]:
    """Names alone: to ask which of them are off takes systemd's first process a second."""
    folders = filter(Path.is_dir, _UNIT_FILES)
    return sorted({one.name for folder in folders for one in folder.iterdir()
                   if one.name.endswith(_TYPES)})  # fmt: skip


def _is_off(unit: str) -> bool:
    return said(["systemctl", "is-enabled", unit]).stdout.strip() in ("disabled", "masked")


def _lasting(unit: str) -> bool:
    return not _PASSING.match(unit) or bool(_OURS.match(unit))


def _sysctl(keys: Iterable[str]) -> dict[str, str]:
    """Settings by their path under /proc/sys. One for all interfaces sets each of them too."""
    found = {}
    for key in keys:
        for path in Path("/proc/sys").glob(_ALL.sub(r"\1*/", key.replace(".", "/"))):
            value = _read(path)
            if value is not None:
                found[str(path.relative_to("/proc/sys"))] = value
    return found


def _file(key: str) -> Path:
    return Path("/proc/sys", key)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace").rstrip("\n")
    except OSError:
        return None


def _mounts() -> dict[str, str]:
    """Mount point → its own options (proc(5), mountinfo)."""
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    rows = (line.split() for line in lines)
    return {row[4]: row[5] for row in rows if not row[4].startswith(("/run/", "/proc/", "/sys/"))}


def _explicit(options: str) -> str:
    """Options that take others away: `remount` alone only adds."""
    given = options.split(",")
    return ",".join(
        [*given, *(word for word in ("suid", "dev", "exec") if f"no{word}" not in given)]
    )


def _modules() -> list[str]:
    try:
        lines = Path("/proc/modules").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    return [line.split()[0] for line in lines]


def _pairs(before: dict[str, str], after: dict[str, str]) -> dict[str, list[str | None]]:
    keys = sorted(before.keys() | after.keys())
    return {key: [before.get(key), after.get(key)] for key in keys
            if before.get(key) != after.get(key)}  # fmt: skip

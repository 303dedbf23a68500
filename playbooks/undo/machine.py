"""What a host has besides files: packages, units, kernel settings, mounts, modules."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

UNIT_TYPES = "--type=service,socket,timer,path"
_TYPES = (".service", ".socket", ".timer", ".path")
_UNIT_FILES = tuple(
    Path(one, "systemd/system") for one in ("/etc", "/usr/lib", "/lib", "/usr/local/lib")
)
_PASSING = re.compile(r"^(user@|user-runtime-dir@|session-|ssh@|sshd@|systemd-|govctl-|run-)")
"""Units that come and go by themselves; `systemd-…` belong to the system."""
_OURS = re.compile(r"^systemd-(timesyncd|coredump|journal-\w+)")
_ALL = re.compile(r"^(net/ipv[46]/conf/)(all|default)/")
SECONDS = 900
"""For one run of apt; everything else answers at once."""
FETCH_SECONDS = 120


def look(settings: Iterable[str]) -> dict[str, Any]:
    """The machine as it is; parts that it lacks (no dpkg, no systemd) are empty.

    `settings`: of the kernel, as sysctl(8) writes them.
    """
    return {
        "packages": _packages(),
        "auto": _auto(),
        "active": _units("list-units", "--state=active", "--plain"),
        "units": _unit_files(),
        "sysctl": _sysctl(settings),
        "mounts": _mounts(),
        "modules": _modules(),
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
        "added": sorted(has.keys() - had.keys()),
        "upgraded": sorted(n for n in had.keys() & has.keys() if had[n] != has[n]),
        "stopped": sorted(filter(_lasting, active - now_active)),
        "started": [name for name in fresh if name in turned or _is_off(name)],
        "sysctl": _pairs(before["sysctl"], after["sysctl"]),
        "mounts": _pairs(before["mounts"], after["mounts"]),
        "unloaded": sorted(set(before["modules"]) - set(after["modules"])),
    }
    return {name: part for name, part in found.items() if part}


def conflicts(changed: dict[str, Any]) -> list[str]:
    """What somebody set to a third value since: kernel settings."""
    settings = changed.get("sysctl", {}).items()
    return [f"sysctl {key}" for key, pair in settings if _read(_file(key)) not in (*pair, None)]


def put_packages_back(changed: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Install what a run removed, purge what it added: what was done, and what could not be."""
    now = _packages()
    done: list[str] = []
    problems: list[str] = []
    wanted = {n: v for n, v in changed.get("removed", {}).items() if n not in now}
    surplus = [name for name in changed.get("added", ()) if name in now]
    if surplus and not _tried(_apt("purge", *surplus), "packages cannot be removed", problems):
        done += [f"removed {name}" for name in surplus]
    if wanted:
        besides = _laid_beside()
        _install(wanted, problems)
        for path in _laid_beside() - besides:
            path.unlink()
        now = _packages()
        done += [f"installed {name}" if now[name] == version
                 else f"installed {name} {now[name]} ({version} was there)"
                 for name, version in wanted.items() if name in now]  # fmt: skip
        automatic = [name for name in changed.get("auto", ()) if name in wanted]
        if automatic:
            _tried(["apt-mark", "auto", *automatic], "marks of packages", problems)
    return done, problems


def _install(wanted: dict[str, str], problems: list[str]) -> None:
    """At the version that was there, else at any; together, else one at a time."""
    exact = [f"{name}={version}" for name, version in wanted.items()]
    trial: list[str] = []
    if not _tried(_apt("install", *exact), "", trial):
        return
    # The lists may be older than the archive, or there are none: an image has none.
    said(["apt-get", "-qq", "-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=15",
          "-o", "Acquire::https::Timeout=15", "update"], FETCH_SECONDS)  # fmt: skip
    if not _tried(_apt("install", *exact), "", trial):
        return
    if not _tried(_apt("install", *wanted), "", trial):
        return
    for name, version in wanted.items():
        if _tried(_apt("install", f"{name}={version}"), "", trial):
            _tried(_apt("install", name), f"{name} cannot be installed", problems)


def _laid_beside() -> set[Path]:
    """New versions of files that dpkg left as they were: the files themselves come back whole."""
    return set(Path("/etc").rglob("*.dpkg-dist"))


def put_settings_back(changed: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Kernel settings, mount options and modules, in this order."""
    done: list[str] = []
    problems: list[str] = []
    for key, (value, _after) in changed.get("sysctl", {}).items():
        if value is None or _read(_file(key)) == value:
            continue
        try:
            _file(key).write_text(value + "\n", encoding="utf-8")
            done.append(f"set {key} = {value}")
        except OSError as error:
            problems.append(f"{key}: {error.strerror}")
    mounted = _mounts()
    for point, (options, _after) in changed.get("mounts", {}).items():
        if options is None:
            if point in mounted:
                problems.append(f"{point} stays mounted until the next start")
        elif point in mounted and mounted[point] != options:
            line = ["mount", "-o", f"remount,bind,{_explicit(options)}", point]
            if not _tried(line, point, problems):
                done.append(f"remounted {point}")
    missing = sorted(set(changed.get("unloaded", ())) - set(_modules()))
    done += [f"loaded {name}" for name in missing
             if not _tried(["modprobe", name], f"module {name}", problems)]  # fmt: skip
    return done, problems


def put_units_back(changed: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Start what a run stopped, stop what it started; their files have to be back by now."""
    done: list[str] = []
    problems: list[str] = []
    active = set(_units("list-units", "--state=active", "--plain"))
    for verb, units in (
        ("stop", sorted(active & set(changed.get("started", ())))),
        ("start", sorted(set(changed.get("stopped", ())) - active)),
    ):
        done += [f"{verb} {unit}" for unit in units
                 if not _tried(["systemctl", verb, unit], unit, problems)]  # fmt: skip
    return done, problems


def said(line: list[str], seconds: int = 60) -> subprocess.CompletedProcess[str]:
    """Run a program with nothing to read; one that is not there ends with 127."""
    try:
        return subprocess.run(
            line, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            timeout=seconds, check=False,
            env={**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
        )  # fmt: skip
    except FileNotFoundError:
        return subprocess.CompletedProcess(line, 127, "", f"{line[0]} is not here")
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(line, 124, "", f"{line[0]} took over {seconds} s")


def has_systemd() -> bool:
    """True if systemd is what runs this machine (sd_booted(3))."""
    return Path("/run/systemd/system").is_dir()


def _tried(line: list[str], what: str, problems: list[str]) -> bool:
    """True if it failed, and then `problems` has the reason."""
    done = said(line, SECONDS)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        problems.append(f"{what}: {lines[-1] if lines else done.returncode}")
    return done.returncode != 0


def _apt(verb: str, *names: str) -> list[str]:
    options = ("-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Options::=--force-confold")
    few = ("--allow-downgrades", "--no-install-recommends")
    return ["apt-get", "-qq", "-y", *options, *few, verb, *names]


def _packages() -> dict[str, str]:
    listed = said(["dpkg-query", "-W", "-f", "${db:Status-Status} ${binary:Package} ${Version}\n"])
    rows = (line.split(" ") for line in listed.stdout.splitlines())
    return {row[1]: row[2] for row in rows if len(row) == 3 and row[0] == "installed"}


def _auto() -> list[str]:
    """Packages that are there for others alone: what `apt-mark showauto` says, without its time."""
    try:
        text = Path("/var/lib/apt/extended_states").read_text(encoding="utf-8")
    except OSError:
        return []
    blocks = (dict(re.findall(r"^([\w-]+): (.*)$", block, re.M)) for block in text.split("\n\n"))
    return sorted(one["Package"] for one in blocks if one.get("Auto-Installed") == "1")


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

"""Owners and modes: of named paths, and of what one walk of the file system found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from govctl.texts import msg
from scanners.host.model import Command, Missing, Raw, Source
from scanners.host.reading import failure_of, file_text, glob_matches
from scanners.host.reductions import accounts_file


@dataclass(frozen=True)
class Path:
    """One path, the last symbolic link not followed."""

    path: str
    kind: str
    mode: int
    owner: str
    """Name, or the number where it has none."""
    group: str


@dataclass(frozen=True)
class Paths:
    """The named paths that checks ask for; one that is not here does not exist."""

    paths: Mapping[str, Path]
    asked: tuple[str, ...] = ()
    """Globs that were looked for; of other paths nothing is known."""

    def asked_for(self, path: str) -> bool:
        """True if this path's absence means that it does not exist."""
        return any(glob_matches(glob, path) for glob in self.asked)


@dataclass(frozen=True)
class Walk:
    """What one walk of the local file systems found (`find / -xdev`)."""

    world_writable_files: tuple[str, ...]
    world_writable_directories: tuple[str, ...]
    """Those without the sticky bit."""
    unowned: tuple[str, ...]
    """Owner or group without a name."""
    setuid: tuple[str, ...]
    setgid: tuple[str, ...]
    """Files; setgid on a directory only hands its group down."""
    complete: bool
    """False if the walk was cut short; then only a finding can be believed, never its absence."""


LOCAL_TYPES = "ext2 ext3 ext4 xfs btrfs zfs f2fs jfs reiserfs overlay"
"""File systems that are walked; the first mount of each device."""
PRUNED = (
    "/proc",
    "/sys",
    "/dev",
    "/var/lib/lxd",
    "/var/lib/incus",
    "/var/lib/docker/overlay2",
    "/var/lib/containers/storage",
    "/var/lib/machines",
    "/snap",
)
"""Not walked: the kernel's own, and other machines' files, whose owners mean nothing here."""

_PRUNE = " -o ".join(f"-path {path}" for path in PRUNED)
_WALK = f"""\
starts=$(awk -v types=' {LOCAL_TYPES} ' '{{
  for (i = 7; $i != "-"; i++) if (i > NF) next
  if (index(types, " " $(i + 1) " ") && !seen[$3]++ && $5 !~ /\\\\/) print $5
}}' /proc/self/mountinfo | grep -vx /) || true
IFS='
'
set -f
find / $starts -xdev -ignore_readdir_race \\( {_PRUNE} \\) -prune -o \\( -type f -o -type d \\) \\
  \\( \\( ! -uid 0 -nouser -o ! -gid 0 -nogroup \\) -printf 'u %y %m %p\\0' , \\
  \\( -perm -0002 -o -perm /6000 \\) -printf 'p %y %m %p\\0' \\)
"""


def parse_paths(raw: Raw) -> Paths | Missing:
    """Everything that was looked at, with the names of owners from the host's own files."""
    users, groups = names(raw, "/etc/passwd"), names(raw, "/etc/group")
    if isinstance(users, Missing):
        return users
    if isinstance(groups, Missing):
        return groups
    paths = {
        path: Path(
            path, file.kind, file.mode,
            users.get(file.uid, str(file.uid)), groups.get(file.gid, str(file.gid)),
        )
        for path, file in raw.files.items()
    }  # fmt: skip
    return Paths(paths, raw.asked)


def names(raw: Raw, path: str) -> dict[int, str] | Missing:
    """Number → name of passwd(5) or group(5), the first line of a number counts."""
    file = raw.files.get(path)
    text = file_text(file) if file else ""
    if isinstance(text, Missing):
        return text
    found: dict[int, str] = {}
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) > 2 and fields[2].isascii() and fields[2].isdigit() and len(fields[2]) < 11:
            found.setdefault(int(fields[2]), fields[0])
    return found


def parse_walk(raw: Raw) -> Walk | Missing:
    """Records `u` (unowned) and `p` (permissions) of the walk, each ended by a NUL byte."""
    output = raw.outputs.get("walk")
    if output is None or output.status == 127 or (output.status != 0 and not output.stdout):
        return Missing(failure_of(output) or _NO_WALK if output else _NO_WALK)
    records = output.stdout.split(b"\0")
    rest = records.pop()
    found: dict[str, list[str]] = {"w": [], "d": [], "n": [], "s": [], "g": []}
    garbled = bool(rest)
    for record in records:
        parts = record.decode("utf-8", "replace").split(" ", 3)
        if len(parts) != 4 or not _sort(parts[0], parts[1], parts[2], parts[3], found):
            garbled = True
    whole = not garbled and not output.truncated and _ended_well(output.status, output.stderr)
    if not whole and not any(found.values()):
        return Missing(failure_of(output) or _NO_WALK)
    files, folders, unowned, setuid, setgid = (tuple(sorted(found[key])) for key in "wdnsg")
    return Walk(files, folders, unowned, setuid, setgid, complete=whole)


def _sort(record: str, kind: str, mode: str, path: str, found: dict[str, list[str]]) -> bool:
    if record not in "up" or kind not in "fd" or not path.startswith("/") or len(mode) > 6:
        return False
    try:
        bits = int(mode, 8)
    except ValueError:
        return False
    if record == "u":
        found["n"].append(path)
        return True
    if bits & 0o002 and kind == "f":
        found["w"].append(path)
    if bits & 0o002 and kind == "d" and not bits & 0o1000:
        found["d"].append(path)
    if bits & 0o4000 and kind == "f":
        found["s"].append(path)
    if bits & 0o2000 and kind == "f":
        found["g"].append(path)
    return True


def _ended_well(status: int, stderr: bytes) -> bool:
    """find(1) says 1 for a file that vanished under it, which is no gap."""
    lines = [line for line in stderr.splitlines() if line.strip()]
    vanished = all(line.endswith(b"No such file or directory") for line in lines)
    return status == 0 or (status == 1 and bool(lines) and vanished)


_NO_WALK = msg("the file system was not walked")


STATS = (
    *(
        f"/etc/{name}{dash}"
        for name in ("passwd", "group", "shadow", "gshadow")
        for dash in ("", "-")
    ),
    "/etc/ssh/sshd_config",
    "/etc/ssh/sshd_config.d/*",
    "/etc/ssh/ssh_host_*_key",
    "/etc/ssh/ssh_host_*_key.pub",
    "/etc/crontab",
    "/etc/cron.hourly",
    "/etc/cron.daily",
    "/etc/cron.weekly",
    "/etc/cron.monthly",
    "/etc/cron.d",
    "/etc/cron.allow",
    "/etc/cron.deny",
    "/etc/at.allow",
    "/etc/at.deny",
    "/etc/issue",
    "/etc/issue.net",
    "/etc/motd",
    "/etc/shells",
    "/etc/security/opasswd",
    "/etc/security/opasswd.old",
    "/etc/sudoers",
    "/etc/sudoers.d",
    "/etc/sudoers.d/*",
    "/etc/ssl/govctl/*",
    "/boot/grub/grub.cfg",
    "/root",
    "/home",
    "/home/*",
    "/tmp",  # noqa: S108 - looked at, not written to
    "/var/tmp",  # noqa: S108
    "/dev/shm",  # noqa: S108
    "/var/log",
    "/var/log/*",
)
PATHS = Source(
    Paths,
    parse_paths,
    stats=STATS,
    reduced=tuple(map(accounts_file, ("/etc/passwd", "/etc/group"))),
)
WALK = Source(Walk, parse_walk, commands=(Command("walk", _WALK, timeout=300, limit=1 << 23),))

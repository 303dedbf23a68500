"""What one walk of the local file systems found: everything judged by where it lies, not by name.

The walk prints only what may be wrong. A record is `letter kind mode uid gid path`, ended by a NUL
byte: `u` without an owner's name, `q` without a group's; `w` file and `d` directory that everybody
may write (of directories those without the sticky bit or not root's); `s` setuid, `g` setgid; `c`
in the directories of commands and libraries; `l` in /var/log; `o`, `r`, `m` in a person's home, of
another owner, of another group, or wider than 0750. `H` is a home that was walked, `a` a mount that
was not, `n letter count` how many there are of a letter of which not all are shown, and `e status`
how find(1) ended.
`tree_walk.py` says the same of a tree of files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from govctl.texts import msg
from scanners.host.model import Command, Missing, Raw, Source
from scanners.host.reading import failure_of
from scanners.host.reductions import accounts_file


class Entry(NamedTuple):
    """A file or directory whose owner, group or mode may be wrong."""

    path: str
    kind: str
    """`f` or `d`."""
    mode: int
    uid: int
    gid: int


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
    """False if the walk was cut short or passed something by; then only a finding can be believed,
    never its absence."""
    foreign_directories: tuple[str, ...] = ()
    """Directories that everybody may write and that are not root's."""
    system: tuple[Entry, ...] = ()
    """Under SYSTEM: not root's, not of root's group, or writable for group or others."""
    logs: tuple[Entry, ...] = ()
    """Files under /var/log: not root's, not of root's group, or wider than 0640."""
    foreign_in_homes: tuple[Entry, ...] = ()
    regrouped_in_homes: tuple[Entry, ...] = ()
    open_in_homes: tuple[Entry, ...] = ()
    """In homes of people: of another owner, of another group, wider than 0750."""
    without_user: tuple[str, ...] = ()
    without_group: tuple[str, ...] = ()
    """The two halves of `unowned`."""
    homes: frozenset[str] = frozenset()
    """Homes that were walked."""
    away: frozenset[str] = frozenset()
    """Mounts that were not walked: other machines' disks, memory, devices seen elsewhere."""
    left_off: Mapping[str, int] = field(default_factory=dict)
    """Letter → how many were found, where that is more than are shown."""

    def went_into(self, folder: str) -> bool:
        """True if no part of this directory lies on a mount that was not walked."""
        return not any(
            f"{mount}/".startswith(f"{folder}/") or f"{folder}/".startswith(f"{mount}/")
            for mount in self.away
        )

    def all_of(self, letters: str) -> bool:
        """True if everything that belongs to these letters is here."""
        return self.complete and not any(letter in self.left_off for letter in letters)


SHOWN = 2000
"""Records of one letter that come back; of more only their number."""
LOCAL_TYPES = "ext2 ext3 ext4 xfs btrfs zfs f2fs jfs reiserfs overlay"
"""File systems that are walked; the first mount of each device, of btrfs each subvolume."""
PRUNED = (
    "/proc",
    "/sys",
    "/dev",
    "/run/containerd",
    "/var/lib/lxd",
    "/var/snap/lxd/common/lxd",
    "/var/lib/incus",
    "/var/lib/docker/overlay2",
    "/var/lib/containerd",
    "/var/lib/containers/storage",
    "/var/lib/machines",
    "/var/lib/portables",
    "/snap",
)
"""Not walked: the kernel's own, and other machines' files, whose owners mean nothing here."""
COMMANDS = ("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin",
            "/usr/libexec")  # fmt: skip
LIBRARIES = (
    *("/lib", "/lib32", "/lib64", "/libx32"),
    *("/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32"),
)
SYSTEM = (*COMMANDS, *LIBRARIES)
SHELLS_WITHOUT_LOGIN = ("nologin", "false", "sync", "halt", "shutdown")
FIRST_PERSON, NOBODY = 1000, 65534

_PRUNE = " -o ".join(f"-path {path}" for path in PRUNED)
_SYSTEM = " -o ".join(f"-path {path} -o -path '{path}/*'" for path in SYSTEM)
_RECORD = "%y %m %U %G %p\\0"
_PEOPLE = f"""\
function person(line, f, home) {{
  if (split(line, f, ":") < 7 || f[3] !~ /^[0-9]+$/ || f[3] < {FIRST_PERSON}) return ""
  if (f[3] == {NOBODY} || f[7] ~ /(^|\\/)({"|".join(SHELLS_WITHOUT_LOGIN)})$/) return ""
  home = f[6]
  sub(/\\/+$/, "", home)
  if (home !~ /^\\// || home ~ /[*?[\\\\]/) return ""
  uid = f[3]; gid = f[4]
  return home
}}
"""
_WALK = f"""\
starts=$(awk -v types=' {LOCAL_TYPES} ' -v pruned='{" ".join(PRUNED)}' '
BEGIN {{ count = split(pruned, prunes, " ") }}
{{
  for (i = 7; $i != "-"; i++) if (i > NF) next
  type = $(i + 1)
  if (!index(types, " " type " ") || seen[$3 (type == "btrfs" ? $4 : "")]++ || $5 ~ /\\\\/) next
  for (p = 1; p <= count; p++) if (index($5 "/", prunes[p] "/") == 1) next
  print $5
}}' /proc/self/mountinfo | grep -vx /) || true
export starts
IFS='
'
set -f
set -- -false
for parent in $(awk '{_PEOPLE}{{
  home = person($0)
  sub(/\\/[^\\/]*$/, "", home)
  if (home != "" || person($0) != "") if (!seen[home]++) print home "/*"
}}' /etc/passwd | head -n 50); do
  set -- "$@" -o -path "$parent"
done
{{
  find / $starts -xdev -ignore_readdir_race \\( {_PRUNE} \\) -prune -o \\
    \\( -type f -o -type d \\) \\( \\
    -type d -inum 256 -printf 'b %D %p\\0' , \\
    ! -uid 0 -nouser -printf 'u {_RECORD}' , ! -gid 0 -nogroup -printf 'q {_RECORD}' , \\
    -perm -0002 \\( -type f -printf 'w {_RECORD}' -o \\
      -type d \\( ! -perm -1000 -o ! -uid 0 \\) -printf 'd {_RECORD}' \\) , \\
    -type f -perm -4000 -printf 's {_RECORD}' , -type f -perm -2000 -printf 'g {_RECORD}' , \\
    \\( ! -uid 0 -o ! -gid 0 -o -perm /022 \\) \\( {_SYSTEM} \\) -printf 'c {_RECORD}' , \\
    -type f -path '/var/log/*' \\( ! -uid 0 -o ! -gid 0 -o -perm /7137 \\) \\
      -printf 'l {_RECORD}' , \\
    \\( "$@" \\) -printf 'h {_RECORD}' \\)
  printf 'e %s\\0' $?
}} | tr '\\n\\000' '\\001\\n' | awk -v shown={SHOWN} -v types=' {LOCAL_TYPES} ' '
{_PEOPLE}
function say(letter, rest) {{ if (++count[letter] <= shown) print letter " " rest }}
BEGIN {{
  while ((getline line < "/etc/passwd") > 0) {{
    home = person(line)
    if (home != "" && !(home in owner)) {{ owner[home] = uid; group[home] = gid }}
  }}
  while ((getline line < "/proc/self/mountinfo") > 0) {{
    last = split(line, f, " ")
    for (i = 7; i < last && f[i] != "-"; i++) {{ }}
    mounts++
    point[mounts] = f[5]; device[mounts] = f[3]; type[mounts] = f[i + 1]
    mounted[f[3]] = 1
    if (f[5] == "/") roots = f[3]
    if (index("\\n/\\n" ENVIRON["starts"] "\\n", "\\n" f[5] "\\n")) walked[f[3]] = 1
  }}
  for (i = 1; i <= mounts; i++) {{
    same = device[i] == roots && type[i] != "btrfs"
    away[point[i]] = !(same || index("\\n/\\n" ENVIRON["starts"] "\\n", "\\n" point[i] "\\n"))
  }}
  for (i = 1; i <= mounts; i++)
    if (point[i] ~ /\\\\/ && index(types, " " type[i] " ") && !walked[device[i]])
      print "b " point[i]
  for (path in away) if (away[path] && path !~ /^\\/(proc|sys|dev|run)(\\/|$)/) print "a " path
}}
/^[uqwdsgcl] / {{ say(substr($0, 1, 1), substr($0, 3)) }}
/^e / {{ print }}
/^b / {{
  path = $0
  sub(/^b [^ ]* /, "", path)
  number = int($2 / 256) % 4096 ":" ($2 % 256 + int($2 / 1048576) * 256)
  if (!(number in mounted) && !(path in away)) print "b " path
}}
/^h / {{
  path = $0
  sub(/^h [^ ]* [^ ]* [^ ]* [^ ]* /, "", path)
  last = split(path, part, "/")
  at = home = ""
  for (i = 2; i <= last; i++) {{ at = at "/" part[i]; if (at in owner) home = at }}
  if (home == "") next
  if (path == home) {{ if (!away[home]) print "H " path; next }}
  rest = substr($0, 3)
  if ($4 != owner[home]) say("o", rest)
  if ($5 != group[home]) say("r", rest)
  others = $3 % 10; members = int($3 / 10) % 10
  if (others || members % 4 >= 2 || ($2 == "f" && $3 >= 1000)) say("m", rest)
}}
END {{ for (letter in count) if (count[letter] > shown) print "n " letter " " count[letter] }}
' | tr '\\001\\n' '\\n\\000'
"""
_RECORDS = re.compile(
    r"([uqwdsgclorm]) ([fd]) ([0-7]{1,4}) ([0-9]{1,10}) ([0-9]{1,10}) (/.*)", re.DOTALL | re.ASCII
)
_NO_WALK = msg("the file system was not walked")


def parse_walk(raw: Raw) -> Walk | Missing:
    """Records as above; without a whole `e` record the walk was cut short."""
    output = raw.outputs.get("walk")
    if output is None:
        return Missing(_NO_WALK)
    *records, rest = output.stdout.decode("utf-8", "replace").split("\0")
    found: dict[str, list[Entry]] = {}
    homes: set[str] = set()
    away: set[str] = set()
    left_off: dict[str, int] = {}
    status, garbled, passed_by = None, bool(rest), False
    for text in records:
        match = _RECORDS.fullmatch(text)
        if match:
            entry = Entry(match[6], match[2], int(match[3], 8), int(match[4]), int(match[5]))
            found.setdefault(match[1], []).append(entry)
        elif text.startswith("H /"):
            homes.add(text[2:])
        elif text.startswith("a /"):
            away.add(text[2:])
        elif text.startswith("b /"):
            passed_by = True
        elif count := re.fullmatch(r"n ([a-z]) ([0-9]{1,12})", text, re.ASCII):
            left_off[count[1]] = int(count[2])
        elif ended := re.fullmatch(r"e ([0-9]{1,3})", text, re.ASCII):
            status = int(ended[1])
        else:
            garbled = True
    whole = (
        not garbled
        and not output.truncated
        and output.status == 0
        and _ended_well(status, output.stderr)
    )
    if not whole and not found:
        return Missing(failure_of(output) or _NO_WALK)
    return _walk(found, homes, away, left_off, whole and not passed_by)


def _walk(
    found: Mapping[str, list[Entry]],
    homes: set[str],
    away: set[str],
    left_off: dict[str, int],
    whole: bool,
) -> Walk:
    shared = found.get("d", [])
    without_user, without_group = _paths(found.get("u", [])), _paths(found.get("q", []))
    return Walk(
        world_writable_files=_paths(found.get("w", [])),
        world_writable_directories=_paths([one for one in shared if not one.mode & 0o1000]),
        unowned=tuple(sorted({*without_user, *without_group})),
        setuid=_paths(found.get("s", [])),
        setgid=_paths(found.get("g", [])),
        complete=whole,
        foreign_directories=_paths([one for one in shared if one.uid != 0]),
        system=tuple(found.get("c", ())),
        logs=tuple(found.get("l", ())),
        foreign_in_homes=tuple(found.get("o", ())),
        regrouped_in_homes=tuple(found.get("r", ())),
        open_in_homes=tuple(found.get("m", ())),
        homes=frozenset(homes),
        away=frozenset(away),
        left_off=left_off,
        without_user=without_user,
        without_group=without_group,
    )


def _paths(entries: list[Entry]) -> tuple[str, ...]:
    return tuple(sorted(entry.path for entry in entries))


def _ended_well(status: int | None, stderr: bytes) -> bool:
    """find(1) says 1 for a file that vanished under it, which is no gap."""
    lines = [line for line in stderr.splitlines() if line.strip()]
    vanished = all(line.endswith(b"No such file or directory") for line in lines)
    return status == 0 or (status == 1 and bool(lines) and vanished)


WALK = Source(
    Walk,
    parse_walk,
    commands=(Command("walk", _WALK, timeout=300, limit=1 << 23),),
    reduced=tuple(
        replace(accounts_file(path), live=False) for path in ("/etc/passwd", "/etc/group")
    ),
)

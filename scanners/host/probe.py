"""The script that collects everything from a running host in one visit.

It is POSIX shell, goes in over standard input (nothing of it stands on a command line) and comes
back as one stream, which `stream.py` reads.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from importlib.resources import files

from scanners.host.collecting import Wanted
from scanners.host.model import CONTENT_LIMIT, FRAME_LIMIT, REDUCED_LIMIT, Follow, Reduced
from scanners.host.reductions import CREDENTIALS_SED, FORBIDDEN

FILES_LIMIT = 1 << 25
"""Bytes of all contents together."""
_FILES_SECONDS = 60
_SAFE = re.compile(r"[A-Za-z0-9_/.:@%+=,*?\[\]-]")

_STATS = r"""command -v find >/dev/null || exit 127
[ $# -gt 0 ] || exit 0
find "$@" -prune -printf '%y %m %U %G %s %p\0%l\0'
find -L "$@" -prune -xtype l ! -type l -printf '@%y %m %U %G %s %p\0\0' 2>/dev/null"""
_LISTS = r"""import os, sys
for path in map(os.fsencode, sys.argv[1:]):
    try:
        names = [one for one in os.listxattr(path) if one.startswith("system.posix_acl_")]
        kept = b""
        if "system.posix_acl_access" in names:
            kept = os.getxattr(path, "system.posix_acl_access")
    except OSError:
        continue
    if names:
        print("acl", kept.hex() or "-", path.hex())"""
"""Where acl's programs are not installed, as on a new Debian, whose journal has access lists."""
_ACLS = rf"""[ $# -gt 0 ] || exit 0
if command -v getfacl >/dev/null; then exec getfacl -snp -- "$@"; fi
ls -d --time-style=+@ --quoting-style=literal / >/dev/null || exit 3
ls -ldnL --time-style=+@ --quoting-style=literal -- "$@" | grep '^..........+' || exit 1
command -v python3 >/dev/null || exit 0
exec python3 -IS -c '{_LISTS}' "$@"
"""
_CONTENTS = rf"""command -v find >/dev/null && command -v tar >/dev/null || exit 127
IFS=' '
[ $# -eq 0 ] || find -L "$@" -prune -type f -size -{CONTENT_LIMIT + 1}c $never -print0 |
  tar -c -f - -P -h --hard-dereference --no-recursion --numeric-owner --null -T -"""
_REDUCED = r"""command -v sed >/dev/null && command -v tr >/dev/null || exit 127
for word; do
  case $word in +*) program=${word#+}; continue ;; esac
  [ -f "$word" ] || continue
  printf '%s\0' "$word"
  sed -E "$program" "$word" | tr -d '\0'
  printf '\0'
done"""


def script(wanted: Wanted, token: str) -> str:
    """The script; `token` is fresh random hex of at least 32 digits, known to nobody else."""
    if not re.fullmatch(r"[0-9a-f]{32,64}", token):
        raise ValueError("the token must be 32 to 64 hex digits")
    lines = [f"token={token}", (files(__package__) / "probe.sh").read_text().rstrip()]
    lines += [
        "  exec 2>/dev/null",
        "  renice -n 10 -p $$ >/dev/null; ionice -c 3 -p $$",
        f"  files=$(exists {_globs(wanted.files)})$IFS",
        f"  stats=$(exists {_globs([*wanted.stats, *(one.path for one in wanted.reduced)])})$IFS",
        f"  for path in {' '.join(FORBIDDEN)}; do",
        '    [ ! -e "$path" ] || never="$never ! -samefile $path"',
        "  done",
        "  export never",
        *(_follow(follow) for follow in wanted.follows),
        "  set -f",
        _run("asked", 5, FRAME_LIMIT, """printf '%s\\n' "$@" """, "$asked"),
        _run("stats", _FILES_SECONDS, FRAME_LIMIT, _STATS, "$files $stats"),
        _run("acls", _FILES_SECONDS, FRAME_LIMIT, _ACLS, "$files $stats"),
        _run("contents", _FILES_SECONDS, FILES_LIMIT, _CONTENTS, "$files"),
        "  set +f",
        *_reduced(wanted.reduced),
    ]
    for command in wanted.commands:
        lines.append(_run(f"command:{command.name}", command.timeout, command.limit, command.line))
    return "\n".join([*lines, "  printf '\\n@%s bye\\n' \"$token\"", "}", _MAIN]) + "\n"


# The whole script is read before anything runs, so that nothing can eat it from standard input.
_MAIN = """\
main() {
  if command -v gzip >/dev/null; then
    printf '\\n@%s hello gzip %s\\n' "$token" "$(id -u)"
    collect | gzip -c -3
  else
    printf '\\n@%s hello plain %s\\n' "$token" "$(id -u)"
    collect
  fi
}
main </dev/null; exit"""


def _run(name: str, seconds: int, limit: int, line: str, arguments: str = "") -> str:
    # One byte more than the limit comes back, and shows that there was more.
    quoted = shlex.quote(line)
    return f"  run {shlex.quote(name)} {seconds} {limit + 1} {quoted} {arguments}".rstrip()


def _follow(follow: Follow) -> str:
    kind = ("reduced" if follow.reduced else "contents") if follow.contents else "stats"
    program = shlex.quote(follow.sed)
    places = f"{shlex.quote(follow.base)} {shlex.quote(follow.suffix)}"
    return f"  follow {kind} {places} {program} {_globs(follow.within)}"


def _reduced(every: Iterable[Reduced]) -> list[str]:
    """Each program, marked by a plus, before its files: paths begin with a slash."""
    programs: dict[str, list[str]] = {}
    for one in every:
        programs.setdefault(one.sed, []).append(one.path)
    if not programs:
        return []
    words = " ".join(
        f"{shlex.quote('+' + program)} {_globs(paths)}" for program, paths in programs.items()
    )
    followed = f"{shlex.quote('+' + CREDENTIALS_SED)} $reduced"
    return [_run("reduced", _FILES_SECONDS, REDUCED_LIMIT, _REDUCED, f"{followed} {words}")]


def _globs(patterns: Iterable[str]) -> str:
    return " ".join(_shell_glob(pattern) for pattern in patterns)


def _shell_glob(pattern: str) -> str:
    """The pattern for the shell: wildcards work, everything else is literal."""
    if "\n" in pattern or "\0" in pattern or not pattern.startswith("/"):
        raise ValueError(f"not an absolute path of one line: {pattern!r}")
    return "".join(char if _SAFE.match(char) else f"\\{char}" for char in pattern)

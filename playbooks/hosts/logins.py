"""How sessions start and end: login.defs, umasks, idle shells and sessions, root's search path."""

from __future__ import annotations

import glob
import os
import re

from playbooks.hosts import passwords
from playbooks.hosts.rights import Row, Wanted, settle
from playbooks.hosts.systemd_drop_ins import ours, unopposed
from playbooks.hosts.texts import HEADER, read, replace, settle_text, tell, with_key, with_line

_DEFS, _USERADD = "/etc/login.defs", "/etc/default/useradd"
_LOGIND, _IDLE = "logind.conf", "StopIdleSessionSec"
_PROFILE, _BASHRC = "/etc/profile.d/govctl.sh", "/etc/bash.bashrc"
_SHELL_FILES = ("/etc/profile", "/etc/profile.d/*.sh", _BASHRC)
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")
_LIMIT = re.compile(
    r"((?:^|[;&|({)]|\b(?:then|else|do)\b)[ \t]*(?:[\w-]+[ \t]+)*TMOUT=)([\"']?)([^\s;&|\"'#]*)\2"
)
_NO_LIMIT = re.compile(r"(\bunset[ \t]+(?:[\w-]+[ \t]+)*?)TMOUT\b[ \t]*")


def main(request: Row) -> None:
    """Settle accounts first, then the settings that sessions start with."""
    passwords.main(request)
    ways = {
        "accounts.definition": _definition, "accounts.umask": _definition,
        "accounts.inactive-default": _inactive, "accounts.shell-umask": _umask,
        "accounts.listed-shells": _shells, "accounts.no-terminals": _terminals,
        "accounts.idle-session": _idle, "files.shell-timeout": _timeout, "root.path": _path,
        "directory.name-sources": _sources,
    }  # fmt: skip
    for row in request["rows"]:
        if row["family"] in ways:
            ways[row["family"]](row, request["dry"])


def _definition(row: Row, dry: bool) -> None:
    """The first line of the key gets the value, the others become comments: some readers take the
    first and some the last."""
    key = row.get("key", "UMASK")
    words = row.get("one_of") or [row.get("maximum", row.get("minimum"))]
    value = row.get("mask") or row.get("equals") or words[0]
    settle_text(_DEFS, lambda text: _with_setting(text, key, " ", str(value)), dry=dry)


def _inactive(row: Row, dry: bool) -> None:
    value = str(row["maximum"])
    settle_text(_USERADD, lambda text: _with_setting(text, "INACTIVE", "=", value), dry=dry)


def _with_setting(text: str, key: str, sign: str, value: str) -> str:
    lines, placed = [], False
    for line in text.splitlines():
        if re.match(rf"[ \t]*{key}[ \t=]", line):
            lines.append(f"# {line.strip()}" if placed else f"{key}{sign}{value}")
            placed = True
        else:
            lines.append(line)
    return "\n".join(lines if placed else [*lines, f"{key}{sign}{value}"]) + "\n"


_MASK = re.compile(
    r"((?:^|[;&|({]|\b(?:then|else|do))[ \t]*umask[ \t]+(?:-[Sp][ \t]+)*)"
    r"([^\s;&|)}#-][^\s;&|)}#]*)",
    re.MULTILINE,
)


def _umask(row: Row, dry: bool) -> None:
    """Weak masks lose bits; where a shell sets none, it takes those away that its session left."""
    mask = int(row["mask"], 8)
    paths = [path for pattern in row["files"] for path in sorted(glob.glob(pattern))]
    found = False
    for path in paths:
        found |= any(_MASK.search(line.split("#")[0]) for line in read(path).splitlines())
        settle_text(path, lambda text: _closed(text, mask), dry=dry)
    if found or row.get("may_inherit"):
        return
    line = f"[ $((0$(umask) & 0{mask:o})) -eq $((0{mask:o})) ] || umask 0{mask:o} # govctl"
    path = _BASHRC if _BASHRC in row["files"] else _PROFILE
    settle_text(path, lambda text: with_line(text or _header(path), line), dry=dry)


def _closed(text: str, mask: int) -> str:
    def change(match: re.Match[str]) -> str:
        now = _bits(match[2].strip("\"'"))
        weak = now is not None and now & mask != mask
        return f"{match[1]}0{(now or 0) | mask:o}" if weak else match[0]

    lines = [
        _MASK.sub(change, line) if "#" not in line else _MASK.sub(change, line.partition("#")[0])
        + line[line.index("#") :]
        for line in text.split("\n")
    ]  # fmt: skip
    return "\n".join(lines)


def _bits(text: str) -> int | None:
    """Octal, or `u=rwx,g=rx,o=`; None for what only a shell can compute."""
    if re.fullmatch(r"[0-7]{1,4}", text):
        return int(text, 8)
    mask, said = 0o777, set()
    for part in text.split(","):
        match = re.fullmatch(r"([ugoa]*)=([rwx]*)", part)
        if not match:
            return None
        for who in (match[1] or "a").replace("a", "ugo"):
            shift = {"u": 6, "g": 3, "o": 0}[who]
            bits = sum({"r": 4, "w": 2, "x": 1}[char] for char in set(match[2]))
            mask = mask & ~(7 << shift) | ((7 & ~bits) << shift)
            said.add(who)
    return mask if len(said) == 3 else None


def _header(path: str) -> str:
    return HEADER if path == _PROFILE else ""


def _timeout(row: Row, dry: bool) -> None:
    """Longer limits are shortened; one is set where there is none."""
    most, found = row["maximum"], False

    def change(text: str) -> str:
        return "\n".join(_shortened(line, most) for line in text.split("\n"))

    for path in (one for pattern in _SHELL_FILES for one in sorted(glob.glob(pattern))):
        found |= any(_LIMIT.search(_COMMENT.sub("", line)) for line in read(path).split("\n"))
        settle_text(path, change, dry=dry)
    if not found:
        lines = f"TMOUT={most}\nexport TMOUT\n"
        settle_text(_PROFILE, lambda text: (text or HEADER) + lines, dry=dry)


def _shortened(line: str, most: int) -> str:
    """A line of a shell's file in which an idle shell stays no longer than so many seconds."""

    def shorten(match: re.Match[str]) -> str:
        good = match[3].isdigit() and 0 < int(match[3]) <= most
        return match[0] if good else f"{match[1]}{most}"

    comment = _COMMENT.search(line)
    end = comment.start() if comment else len(line)
    code = _NO_LIMIT.sub(r"\1", line[:end])
    return _LIMIT.sub(shorten, code) + line[end:]


def _shells(row: Row, dry: bool) -> None:
    def change(text: str) -> str:
        return "".join(line for line in text.splitlines(keepends=True)
                       if line.split("#")[0].strip().rsplit("/", 1)[-1]
                       not in row["forbidden"])  # fmt: skip

    settle_text("/etc/shells", change, dry=dry)


def _terminals(row: Row, dry: bool) -> None:
    """The file must be there, and may hold comments alone."""
    path = row["path"]
    text = "".join(f"{line}\n" for line in read(path).splitlines() if line.startswith("#"))
    if read(path) != text or not os.path.exists(path):
        before = read(path)
        if not dry:
            replace(path, text, 0o600)
        tell(path, before, text)


def _idle(row: Row, dry: bool) -> None:
    value = f"{row['maximum']}s"
    settle_text(
        ours(_LOGIND), lambda text: with_key(text or HEADER, "Login", _IDLE, value), dry=dry
    )
    unopposed(_LOGIND, "Login", {_IDLE: value}, dry=dry)


def _sources(row: Row, dry: bool) -> None:
    """Sources of nsswitch.conf(5), and what is done after each: `nis [NOTFOUND=return]`."""
    names = "|".join(map(re.escape, row["sources"]))
    asked = re.compile(rf"(?<=\s)(?:{names})(?=\s|$)(?:[ \t]*\[[^\]\n]*\])?[ \t]*")

    def change(text: str) -> str:
        return "\n".join(line if line.lstrip().startswith("#") else asked.sub("", line)
                         for line in text.split("\n"))  # fmt: skip

    settle_text("/etc/nsswitch.conf", change, dry=dry)


_USUAL = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_PATH_FILES = ("/etc/login.defs", "/etc/environment", "/etc/profile", "/etc/profile.d/*.sh",
               "/root/.bash_profile", "/root/.bash_login", "/root/.profile", "/etc/bash.bashrc",
               "/root/.bashrc")  # fmt: skip


def _path(row: Row, dry: bool) -> None:
    """Directories of root's search path belong to root and are closed to writers."""
    places = dict.fromkeys(_USUAL)
    for path in (one for pattern in _PATH_FILES for one in sorted(glob.glob(pattern))):
        for value in re.findall(r"PATH=([^\s;&|]+)", read(path)):
            words = value.strip("\"'").replace("$HOME", "/root").split(":")
            places.update(dict.fromkeys(word for word in words if word.startswith("/")))
    wanted = {"owner": Wanted(uid=0), "mode": Wanted(widest=0o7755, known=("root",))}
    for place in places:
        if not os.path.islink(place.rstrip("/")) and os.path.isdir(place):
            settle(place.rstrip("/"), wanted[row["what"]], dry=dry)

"""Kernel settings: the running ones, and those that the next boot would set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from govctl.texts import msg
from scanners.host.facts.software import STATUS, tree_has
from scanners.host.facts.ufw import assignments
from scanners.host.formats import sysctl_d
from scanners.host.model import Command, File, Missing, Raw, Source
from scanners.host.reading import (
    drop_ins,
    file_text,
    is_null,
    is_part,
    matching,
    output_of,
    text_of,
)
from scanners.host.reductions import kept_lines


@dataclass(frozen=True)
class Persistent:
    """What sysctl.d(5) precedence leaves for one key."""

    value: str
    file: str


@dataclass(frozen=True)
class Sysctl:
    """Both values of each key; blanks inside a value are single spaces."""

    running: Mapping[str, str] | None
    """`sysctl -a`; None for a tree of files."""
    persistent: Mapping[str, Persistent]
    """Key with dots → the value that systemd-sysctl would write last. Globs stand expanded: over
    the running keys, and in a tree over the interfaces `all` and `default`."""

    @cached_property
    def of_interfaces(self) -> Mapping[tuple[str, str], tuple[tuple[str, str], ...]]:
        """Protocol and name → (interface, running value) for each, sorted, with all and default."""
        return _of_interfaces(self.running or {})

    @cached_property
    def kept_of_interfaces(self) -> Mapping[tuple[str, str], tuple[tuple[str, str], ...]]:
        """The same of what files set for the next boot."""
        return _of_interfaces({key: one.value for key, one in self.persistent.items()})

    @cached_property
    def has_ipv6(self) -> bool:
        """True if any running key is one of IPv6."""
        return any(key.startswith("net.ipv6.") for key in self.running or ())


def _of_interfaces(
    values: Mapping[str, str],
) -> Mapping[tuple[str, str], tuple[tuple[str, str], ...]]:
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for key in sorted(key for key in values if key.startswith(_INTERFACES)):
        interface, _dot, name = key[_LENGTH:].rpartition(".")
        if interface and name:
            found.setdefault((key[4:8], name), []).append((interface, values[key]))
    return {name: tuple(values) for name, values in found.items()}


@dataclass(frozen=True)
class Modules:
    """Kernel modules: what modprobe(8) would do, and what is loaded."""

    loaded: frozenset[str] | None
    disabled: frozenset[str]
    """Modules whose `install` line is /bin/true or /bin/false."""
    blacklisted: frozenset[str]
    install: Mapping[str, str] = field(default_factory=dict)
    """Module, or a pattern of several (fnmatch(3)) → the command that `install` runs instead of
    loading it, in the order in which they are read: the first that matches counts."""
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Module → the words of its `options` lines."""
    available: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Installed kernel → those of `watched` that it has as modules; empty if nothing is known."""
    built_in: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Installed kernel → those of `watched` that are part of it."""
    watched: frozenset[str] = frozenset()


SYSCTL_DIRECTORIES = (
    "/etc/sysctl.d",
    "/run/sysctl.d",
    "/usr/local/lib/sysctl.d",
    "/usr/lib/sysctl.d",
)
MODPROBE_DIRECTORIES = (
    "/etc/modprobe.d",
    "/run/modprobe.d",
    "/usr/local/lib/modprobe.d",
    "/usr/lib/modprobe.d",
)
_MODPROBE_FILES = (".conf", ".alias")  # libkmod reads both
WATCHED = (
    "cramfs", "freevxfs", "hfs", "hfsplus", "jffs2", "squashfs", "udf", "overlay", "usb_storage",
    "dccp", "sctp", "rds", "tipc", "can", "atm", "firewire_core", "bluetooth", "uvcvideo", "ipv6",
)  # fmt: skip
"""Modules of which it is looked up whether an installed kernel has them."""
_OBJECTS = rf"^[^:]*/({'|'.join(name.replace('_', '[-_]') for name in WATCHED)})\.ko"
_OBJECT = re.compile(_OBJECTS)
_INTERFACES = ("net.ipv4.conf.", "net.ipv6.conf.")
_LENGTH = len(_INTERFACES[0])
_RUNNING = re.compile(r"([a-z][\w./:+@-]*) = ?(.*)", re.ASCII)


def parse_sysctl(raw: Raw) -> Sysctl | Missing:
    """`sysctl -a` refuses some keys to everybody: its exit status and errors say nothing."""
    running = None
    if raw.live:
        said = output_of(raw, "sysctl", ok=None)
        if isinstance(said, Missing):
            return said
        pairs = (_RUNNING.fullmatch(line) for line in said.splitlines())
        running = {m[1]: sysctl_d.normal_value(m[2]) for m in pairs if m}
        if not running:
            return Missing(msg("{command} printed no key", command="sysctl -a"))
    persistent = _persistent(raw, running or {})
    return persistent if isinstance(persistent, Missing) else Sysctl(running, persistent)


def _persistent(raw: Raw, running: Mapping[str, str]) -> dict[str, Persistent] | Missing:
    lines: list[sysctl_d.Assignment] = []
    excluded: set[str] = set()
    for file in [*_boot_files(raw), *_ufw_files(raw)]:
        text = file_text(file)
        if isinstance(text, Missing):
            if _dangles(raw, file):
                continue
            return text
        found, without = sysctl_d.assignments(text, file.path)
        lines += found
        excluded |= without
    known = [*running]
    known += [key for line in lines for key in _for_interface(line.key)]
    chosen = sysctl_d.effective(lines, excluded, known)
    return {
        key: Persistent(sysctl_d.kernel_value(line.value), line.file)
        for key, line in chosen.items()
    }


def _boot_files(raw: Raw) -> list[File]:
    """What is read at boot, in order.

    With systemd that is what systemd-sysctl reads (nothing if it is masked): /etc/sysctl.conf only
    by the link that its package makes up to Debian 12, and no longer in Debian 13. Without, procps'
    `sysctl --system` reads that file last. A part of a tree is judged as if the link were there.
    """
    if any(path in raw.files and is_null(raw.files[path]) for path in _MASKS):
        return []
    files = drop_ins(raw, SYSCTL_DIRECTORIES)
    main = raw.files.get("/etc/sysctl.conf")
    linked = any(_base(file.target) == "sysctl.conf" for file in files if file.target)
    if main is None or linked or any(path in raw.files for path in _APPLIER):
        return files
    if not is_part(raw):
        return [*files, main]
    return sorted([*files, main], key=lambda file: "99-sysctl.conf" if file is main
                  else _base(file.path))  # fmt: skip


def _ufw_files(raw: Raw) -> list[File]:
    """What ufw applies as it starts, if it does: after the kernel's own settings (ufw(8))."""
    texts = (text_of(raw, path) for path in ("/etc/default/ufw", _UFW))
    said = assignments("\n".join(text for text in texts if isinstance(text, str)))
    enabled = said.get("ENABLED", "no").lower() == "yes"
    path = said.get("IPT_SYSCTL", _UFW_SYSCTL)
    if not enabled or path not in raw.files or (not raw.live and tree_has(raw, "ufw") is False):
        return []
    return [raw.files[path]]


def _base(path: str) -> str:
    return path.rpartition("/")[2]


_APPLIER = ("/usr/lib/systemd/systemd-sysctl", "/lib/systemd/systemd-sysctl")
_MASKS = ("/etc/systemd/system/systemd-sysctl.service",)
_UFW, _UFW_SYSCTL = "/etc/ufw/ufw.conf", "/etc/ufw/sysctl.conf"


def _for_interface(key: str) -> tuple[str, ...]:
    if "conf.*." not in key and "neigh.*." not in key:
        return ()
    return key.replace(".*.", ".all."), key.replace(".*.", ".default.")


def _dangles(raw: Raw, file: File) -> bool:
    """Debian's 99-sysctl.conf may lead to a sysctl.conf that somebody removed."""
    return file.kind == "link" and (file.target or "").endswith("sysctl.conf") and (
        "/etc/sysctl.conf" not in raw.files
    )  # fmt: skip


def parse_modules(raw: Raw) -> Modules | Missing:
    """modprobe.d(5): of several `install` lines for a module the first counts."""
    loaded = None
    if raw.live:
        said = output_of(raw, "modules")
        if isinstance(said, Missing):
            return said
        loaded = frozenset(_name(line.split()[0]) for line in said.splitlines() if line.split())
    install: dict[str, str] = {}
    options: dict[str, tuple[str, ...]] = {}
    blacklisted: set[str] = set()
    for file in drop_ins(raw, MODPROBE_DIRECTORIES, _MODPROBE_FILES):
        text = file_text(file)
        if isinstance(text, Missing):
            return text
        for line in text.replace("\\\n", " ").split("\n"):  # comments go on too
            words = line.split(None, 2) or [""]
            if words[0] == "blacklist" and len(words) > 1:
                blacklisted.add(_name(words[1]))
            elif words[0] == "install" and len(words) > 2:
                install.setdefault(_name(words[1]), words[2].strip())
            elif words[0] == "options" and len(words) > 2:
                name = _name(words[1])
                options[name] = (*options.get(name, ()), *words[2].split())
    disabled = frozenset(name for name, command in install.items() if _does_nothing(command))
    available, built_in = _installed(raw, "modules.dep"), _installed(raw, "modules.builtin")
    return Modules(loaded, disabled, frozenset(blacklisted), install, options,
                   available, built_in, frozenset(WATCHED))  # fmt: skip


def _installed(raw: Raw, name: str) -> dict[str, frozenset[str]]:
    """Kernel → the watched modules that its list names; a list that cannot be read is left out."""
    found = {}
    for file in matching(raw, f"/lib/modules/*/{name}"):
        lines = (file.content or b"").decode("utf-8", "replace").splitlines()
        if file.content is not None and file.size:
            names = (match for match in map(_OBJECT.match, lines) if match)
            found[file.path.split("/")[3]] = frozenset(_name(match[1]) for match in names)
    return found


def _name(word: str) -> str:
    """Dashes are underscores, but in a pattern's brackets (libkmod's underscores())."""
    return _DASH.sub(lambda one: one[0] if one[0] != "-" else "_", word)


_DASH = re.compile(r"\[[^\]]*\]|-")


def _does_nothing(command: str) -> bool:
    """The shell runs the whole line: `/bin/true; modprobe …` does something."""
    words = command.split(" #", maxsplit=1)[0].split()
    return words[:1] != [] and words[0] in _NOTHING and not _SHELL & set(" ".join(words))


_NOTHING = frozenset(
    {"/bin/true", "/bin/false", "/usr/bin/true", "/usr/bin/false", "true", "false", ":"}
)
_SHELL = frozenset(";&|`$()<>\n")


SYSCTL = Source(
    Sysctl,
    parse_sysctl,
    files=(
        *(f"{directory}/*.conf" for directory in SYSCTL_DIRECTORIES),
        "/etc/sysctl.conf",
        "/etc/default/ufw",
        _UFW,
        _UFW_SYSCTL,
    ),
    stats=(*_APPLIER, *_MASKS),
    tree_files=STATUS,
    commands=(Command("sysctl", "sysctl -a", timeout=20),),
)
MODULES = Source(
    Modules,
    parse_modules,
    files=tuple(f"{folder}/*{end}" for folder in MODPROBE_DIRECTORIES for end in _MODPROBE_FILES),
    reduced=tuple(
        kept_lines(f"/lib/modules/*/{name}", _OBJECTS)
        for name in ("modules.dep", "modules.builtin")
    ),
    # A kernel without loadable modules has no such file: nothing is loaded.
    commands=(Command("modules", "[ ! -e /proc/modules ] || cat /proc/modules", timeout=10),),
)

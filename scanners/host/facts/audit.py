"""The audit system: the rules that the next boot loads, the rules that run, and the daemon."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from posixpath import dirname, join, normpath

from govctl.texts import Message, msg
from scanners.host.facts.software import STATUS, tree_has
from scanners.host.formats import auditd_conf
from scanners.host.formats.audit_fields import canonical
from scanners.host.formats.audit_rules import read
from scanners.host.formats.augenrules import Loaded, RuleSet, joined, lines_of, load
from scanners.host.model import Command, File, Missing, Raw, Source
from scanners.host.reading import drop_ins, file_text, glob_matches, matching, output_of, text_of


@dataclass(frozen=True)
class AuditRules:
    """What the kernel is told to record."""

    installed: bool
    """True if auditctl is there; nothing else of Debian loads rules. In a tree dpkg may say so, and
    in a part of a machine its configuration does."""
    machine: str
    """`uname -m`; of a tree, by its dynamic loader or dpkg, else x86_64; empty if unknown."""
    stored: RuleSet
    """What the next start of auditd loads."""
    running: RuleSet | Message | None
    """What runs, or why it could not be asked; None for a tree of files."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Programs that are symbolic links → the path they lead to, as on a merged system."""
    selinux: bool = False
    """True if SELinux is configured; without it the kernel never matches a filter on labels."""
    is_part: bool = False
    """True for a tree without dpkg's database and without programs, such as a copy of /etc."""


@dataclass(frozen=True)
class Auditd:
    """auditd.conf(5)."""

    settings: Mapping[str, str]
    """Lower-case keyword → value in effect, compiled defaults included."""
    errors: tuple[str, ...] = ()
    """Lines for which auditd refuses to start."""
    plugins: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """File name of plugins.d → its settings, for those that are active and whose program exists."""


_RULES_D = "/etc/audit/rules.d"
_RULES = "/etc/audit/audit.rules"
_CONF = "/etc/audit/auditd.conf"
_PLUGINS = "/etc/audit/plugins.d"
_UNITS = ("auditd.service", "audit-rules.service")
_UNIT_FOLDERS = ("/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system",
                 "/usr/lib/systemd/system", "/lib/systemd/system")  # fmt: skip
_PROGRAMS = ("/usr/bin/*", "/usr/sbin/*", "/bin/*", "/sbin/*")
_AUDITCTL = ("/usr/sbin/auditctl", "/sbin/auditctl")
_GAWK = ("/usr/bin/gawk", "/bin/gawk")
_VERSION = re.compile(
    rb"(?:\tauditd\t|(?:^|\n)Package: auditd\n(?:[^\n]+\n){0,20}?Version: )"
    rb"(?:[0-9]:)?([0-9]{1,3})\."
)
_ARCHITECTURE = re.compile(rb"(?m)^Architecture: (?!all$)([a-z0-9-]+)$")
_MACHINES = {b"amd64": "x86_64", b"arm64": "aarch64", b"i386": "i686"}
_SELINUX = "/etc/selinux/config"
_LOADERS = {
    "/lib64/ld-linux-x86-64.so.2": "x86_64",
    "/usr/lib64/ld-linux-x86-64.so.2": "x86_64",
    "/lib/ld-linux-aarch64.so.1": "aarch64",
    "/usr/lib/ld-linux-aarch64.so.1": "aarch64",
    "/lib/ld-linux.so.2": "i686",
}
"""The first that is there; a 64-bit system may hold the 32-bit loader too."""
_OTHER_LOADERS = ("/lib/ld*.so.*", "/usr/lib/ld*.so.*", "/lib64/ld*.so.*", "/usr/lib64/ld*.so.*")


def parse_rules(raw: Raw) -> AuditRules | Missing:
    """Rule files as the unit of auditd loads them; `auditctl` where there is a kernel to ask."""
    machine = _machine(raw)
    installed = _is_installed(raw)
    if isinstance(installed, Missing):
        return installed
    stored = _stored(raw, machine) if installed else RuleSet((), None)
    if isinstance(stored, Missing):
        return stored
    running = _running(raw, machine) if raw.live and installed else None
    return AuditRules(installed, machine, stored, running, _links(raw), _SELINUX in raw.files,
                      _is_part(raw))  # fmt: skip


def _is_installed(raw: Raw) -> bool | Missing:
    known = None if raw.live else tree_has(raw, "auditd")
    if any(path in raw.files for path in _AUDITCTL) or known:
        return True
    if not _is_part(raw):
        return False
    if _RULES_D in raw.files or _RULES in raw.files or matching(raw, f"{_RULES_D}/*.rules"):
        return True
    return Missing(msg("this tree has no {path}, and nothing says whether {package} is installed",
                       path="/etc/audit", package="auditd"))  # fmt: skip


def _is_part(raw: Raw) -> bool:
    programs = any(path in raw.files for path in (*_LOADERS, *_AUDITCTL))
    return not raw.live and not programs and tree_has(raw, "auditd") is None


def _machine(raw: Raw) -> str:
    if raw.live:
        said = output_of(raw, "machine")
        return said.strip()[:40] if isinstance(said, str) else ""
    found = next((machine for path, machine in _LOADERS.items() if path in raw.files), "")
    said_by_dpkg = _ARCHITECTURE.search(_status(raw))
    if found or said_by_dpkg:
        return found or _MACHINES.get(said_by_dpkg[1] if said_by_dpkg else b"", "")
    return "" if any(matching(raw, glob) for glob in _OTHER_LOADERS) else "x86_64"


def _status(raw: Raw) -> bytes:
    file = raw.files.get("/var/lib/dpkg/status")
    return (file.content or b"") if file else b""


def _is_old(raw: Raw) -> bool:
    """True if auditctl is of a version before 4, as Debian 12's is; what a host's dpkg does not
    know is taken for new."""
    if _is_part(raw):
        return True
    said = raw.outputs.get("dpkg")
    version = _VERSION.search(said.stdout if said else _status(raw))
    return version is not None and int(version[1]) < 4


def _stored(raw: Raw, machine: str) -> RuleSet | Missing:
    loads, old = _loads(raw), _is_old(raw)
    if isinstance(loads, Missing):
        return loads
    if loads == "augenrules" and _RULES_D in raw.files:
        texts = [(file.path, file_text(file)) for file in matching(raw, f"{_RULES_D}/*.rules")
                 if file.kind != "directory"]  # fmt: skip
        found = [(path, text) for path, text in texts if isinstance(text, str)]
        if len(found) < len(texts):
            return next(text for _, text in texts if isinstance(text, Missing))
        gawk = any(path in raw.files for path in _GAWK)
        return load(joined(found, gawk=gawk), machine, old=old)
    if loads not in ("", "augenrules", _RULES):
        return Missing(msg("{path} could not be read", path=loads))
    text = text_of(raw, _RULES) if loads else None
    return (
        text if isinstance(text, Missing) else load(lines_of(_RULES, text or ""), machine, old=old)
    )


def _loads(raw: Raw) -> str | Missing:
    """`augenrules`, the file that `auditctl -R` reads instead, or nothing if no unit loads any."""
    commands: list[str] = []
    found = False
    for unit in _UNITS:
        files = [raw.files[path] for folder in _UNIT_FOLDERS
                 if (path := f"{folder}/{unit}") in raw.files][:1]  # fmt: skip
        found = found or bool(files)
        files += drop_ins(raw, tuple(f"{folder}/{unit}.d" for folder in _UNIT_FOLDERS))
        lines = _commands(files)
        if isinstance(lines, Missing):
            return lines
        commands += lines
    for command in commands:
        words = command.lstrip("-@:+!").split()
        program = words[0].rsplit("/", 1)[-1] if words else ""
        if program == "augenrules" and "--load" in words:
            return "augenrules"
        if program == "auditctl" and "-R" in words[:-1]:
            return words[words.index("-R") + 1]
    return "" if found else "augenrules"


def _commands(files: list[File]) -> list[str] | Missing:
    """ExecStart= and its kin in their order; an empty one takes back what stood before."""
    commands: dict[str, list[str]] = {}
    for file in files:
        text = file_text(file)
        if isinstance(text, Missing):
            return text
        for key, value in re.findall(r"(?m)^(ExecStart(?:Pre|Post)?)[ \t]*=[ \t]*(.*)$", text):
            held = commands.setdefault(key, [])
            if value.strip():
                held.append(value.strip())
            else:
                held.clear()
    return [line for lines in commands.values() for line in lines]


def _running(raw: Raw, machine: str) -> RuleSet | Message:
    status, listed = output_of(raw, "audit-status"), output_of(raw, "audit-rules")
    if isinstance(status, Missing):
        return status.reason
    if isinstance(listed, Missing):
        return listed.reason
    enabled = re.search(r"(?m)^(?:AUDIT_STATUS: )?enabled[ =]([0-2])\b", status)
    lines = [line for line in listed.splitlines() if line.strip()]
    rules = []
    for line in lines if lines != ["No rules"] else []:
        asked = read(line, machine)
        if asked is not None and asked.error:
            asked = read(line, "")  # the kernel may know calls that no table here has
        if asked is None or asked.add is None:
            return msg("{command} says nothing that can be read", command="auditctl -l")
        rules.append(Loaded(asked.add, line.strip(), ""))
    if not enabled or not lines:
        return msg("{command} says nothing that can be read", command="auditctl -s")
    return RuleSet(tuple(rules), int(enabled[1]))


def _links(raw: Raw) -> dict[str, str]:
    return {
        canonical(path): canonical(normpath(join(dirname(path), file.target)))
        for path, file in raw.files.items()
        if file.kind == "link" and file.target
        and any(glob_matches(glob, path) for glob in _PROGRAMS)
    }  # fmt: skip


def parse_auditd(raw: Raw) -> Auditd | Missing:
    """auditd.conf with its defaults, and the plugins that would run."""
    text = text_of(raw, _CONF)
    if isinstance(text, Missing):
        return text
    if text is None and _is_part(raw):
        return Missing(msg("there is no {path}", path=_CONF))
    settings, errors = auditd_conf.read(text or "")
    plugins = {}
    for file in matching(raw, f"{_PLUGINS}/*.conf"):
        content = file_text(file)
        if isinstance(content, Missing):
            return content
        values, wrong = auditd_conf.pairs(content)
        if not wrong and values.get("active", "no").lower() == "yes":
            plugins[file.path.rsplit("/", 1)[-1]] = values
    if _is_part(raw):
        return Auditd(settings, errors, plugins)
    there = {name: values for name, values in plugins.items()
             if canonical(values.get("path", "/")) in _canonical_files(raw)}  # fmt: skip
    return Auditd(settings, errors, there)


def _canonical_files(raw: Raw) -> frozenset[str]:
    return frozenset(canonical(path) for path in raw.files if "/audisp" in path)


RULES = Source(
    AuditRules,
    parse_rules,
    files=(
        f"{_RULES_D}/*.rules",
        _RULES,
        *(f"{folder}/{unit}" for folder in _UNIT_FOLDERS for unit in _UNITS),
        *(f"{folder}/{unit}.d/*.conf" for folder in _UNIT_FOLDERS for unit in _UNITS),
    ),
    stats=(_RULES_D, *_AUDITCTL, *_GAWK, _SELINUX, *_LOADERS, *_OTHER_LOADERS),
    commands=(
        Command("machine", "uname -m", timeout=10, limit=256),
        Command("audit-status", "auditctl -s", timeout=10, limit=1 << 14),
        Command("audit-rules", "auditctl -l", timeout=20),
    ),
    tree_files=STATUS,
)
AUDITD = Source(
    Auditd,
    parse_auditd,
    files=(_CONF, f"{_PLUGINS}/*.conf"),
    stats=("/usr/sbin/audisp-*", "/sbin/audisp-*", *_LOADERS, *_AUDITCTL),
    tree_files=STATUS,
)

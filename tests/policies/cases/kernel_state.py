"""AppArmor, SELinux, memory dumps, hardware."""

from __future__ import annotations

from typing import Any

from scanners.host.facts import apparmor, coredump, hardware, selinux
from scanners.host.facts.boot import Boot
from scanners.host.facts.kernel import Modules, Sysctl
from tests.policies.cases.boot import machine
from tests.policies.cases.model import Case, Cases
from tests.policies.cases.pam_stacks import host as pam_host
from tests.policies.hosts import Facts, files, packages, sysctl
from tests.scanners.host.raws import raw

_PROFILES = {"/usr/sbin/chronyd": "enforce", "lsb_release": "enforce", "/usr/bin/man": "enforce"}


def _apparmor(enabled: str = "Y", labels: str = "", **modes: str) -> Facts:
    profiles = _PROFILES | {name.replace("__", "/"): mode for name, mode in modes.items()}
    lines = [f"enabled {enabled}"]
    if enabled == "Y":
        lines += ["readable", *(f"profile {name} ({mode})" for name, mode in profiles.items())]
        lines += ["exe /proc/1 /usr/lib/systemd/systemd", "exe /proc/2 "]
        lines += ["exe /proc/812 /usr/sbin/chronyd", "label /proc/1/attr/current:unconfined"]
        lines += [labels or "label /proc/812/attr/current:/usr/sbin/chronyd (enforce)"]
    return (apparmor.SOURCE.parse(raw({}, {"apparmor": "\n".join(lines) + "\n"})),)


_LOOSE = "label /proc/812/attr/current:unconfined"
_EMPTY = (apparmor.SOURCE.parse(raw({}, {"apparmor": "enabled Y\nreadable\n"})),)


def _selinux(running: str | None, config: str | None) -> Facts:
    found: dict[str, Any] = {} if config is None else {"/etc/selinux/config": config}
    outputs = None if running is None else {"selinux": running}
    return (
        packages("selinux-policy-default"),
        selinux.SOURCE.parse(raw({"/var/lib/dpkg/status": "", **found}, outputs)),
    )


_CONFIG = "# enforcing - SELinux security policy is enforced.\nSELINUX={}\nSELINUXTYPE={}\n"
_SYSTEMD = "/etc/systemd/coredump.conf"


def _coredump(main: str, **more: str) -> Facts:
    found: dict[str, Any] = {_SYSTEMD: f"[Coredump]\n#Storage=none\n#ProcessSizeMax=0\n{main}\n"}
    for name, text in more.items():
        found[f"{_SYSTEMD}.d/{name}.conf"] = f"[Coredump]\n{text}\n"
    found["/usr/lib/systemd/coredump.conf.d/50-vendor.conf"] = "[Coredump]\nCompress=yes\n"
    return (packages("systemd-coredump"), coredump.SOURCE.parse(raw(found)))


def _limits(main: str, **more: str) -> Facts:
    texts = {"/etc/security/limits.conf": f"#* hard core 0\n{main}\n# End of file\n"}
    texts |= {f"/etc/security/limits.d/{name}.conf": text for name, text in more.items()}
    return (files(texts),)


def _hardware(*lines: str, architecture: str = "amd64") -> Facts:
    said = "\n".join([f"architecture {architecture}", *lines])
    return (hardware.SOURCE.parse(raw({}, {"hardware": said})),)


_DPKG = "Package: {}\nStatus: install ok installed\nArchitecture: {}\nVersion: 1\n\n"


def _tree(architecture: str) -> Facts:
    status = _DPKG.format("bash", "all") + _DPKG.format("dpkg", architecture)
    return (hardware.SOURCE.parse(raw({"/var/lib/dpkg/status": status})),)


_V4 = {"net.ipv4.ip_forward": "0"}
_V6 = _V4 | {"net.ipv6.conf.all.disable_ipv6": "0"}
_OPTION = Modules(frozenset(), frozenset(), frozenset(), options={"ipv6": ("disable=1",)})
_BUILT_IN = Modules(frozenset(), frozenset(), frozenset(), options={"ipv6": ("disable=1",)},
                    built_in={"6.1.0": frozenset({"ipv6"})})  # fmt: skip
_ON = machine("ipv6.disable=1", "ipv6.disable=1")
_PLAIN = machine("quiet", "quiet")


def _ipv6(boot: Boot, running: dict[str, str], modules: Modules) -> Facts:
    settings: Sysctl = sysctl(running, {})
    return (boot, settings, modules)


_NO_OPTION = Modules(frozenset(), frozenset(), frozenset())

CASES: Cases = {
    "apparmor-confined": Case(
        (_apparmor(), _apparmor(__usr__bin__x="complain"), _apparmor(x="kill")),
        (
            _apparmor("N"), _apparmor(""), _EMPTY, _apparmor(labels=_LOOSE),
            _apparmor(chrome="unconfined"),
        ),
    ),
    "apparmor-enforced": Case(
        (_apparmor(), _apparmor(x="kill")),
        (_apparmor("N"), _EMPTY, _apparmor(labels=_LOOSE), _apparmor(x="complain")),
    ),
    "selinux-not-disabled": Case(
        (
            _selinux("0", _CONFIG.format("permissive", "default")),
            _selinux(None, _CONFIG.format("enforcing", "default")),
        ),
        (
            _selinux("", _CONFIG.format("permissive", "default")),
            _selinux("1", _CONFIG.format("disabled", "default")),
            _selinux(None, None),
        ),
    ),
    "selinux-state": Case(
        (_selinux("1", _CONFIG.format("enforcing", "default")),),
        (
            _selinux("0", _CONFIG.format("enforcing", "default")),
            _selinux("1", _CONFIG.format("permissive", "default")),
            _selinux("1", "SELINUX=enforcing\nSELINUX=permissive\n"),
        ),
    ),
    "selinux-policy": Case(
        (_selinux("1", _CONFIG.format("enforcing", "default")),),
        (_selinux("1", _CONFIG.format("enforcing", "minimum")), _selinux("1", None)),
    ),
    "coredump-storage": Case(
        (_coredump("Storage=none"), _coredump("", z="Storage=none"),
         _coredump("Storage=external", z="Storage=none")),
        (_coredump(""), _coredump("Storage=none", z="Storage=journal"),
         _coredump("Storage=none", z="Storage="), _coredump("[Other]\nStorage=none")),
    ),
    "coredump-backtraces": Case(
        (_coredump("ProcessSizeMax=0"), _coredump("ProcessSizeMax=0K")),
        (_coredump(""), _coredump("ProcessSizeMax=0", z="ProcessSizeMax=2G")),
    ),
    "coredump-users": Case(
        (
            _limits("* hard core 0"),
            (*_limits("* hard core 0"),
             pam_host({"sshd": "session required pam_limits.so\n@include common-session\n"})),
            _limits("*\t-\tcore\t0"),
            _limits("", **{"10-x": "* hard core 0 # none\n"}),
            _limits("* hard core unlimited", **{"10-x": "* hard core 0\n"}),
            _limits("* hard core 0\n@dev hard core 0\nan soft core 0\n* hard nproc 100"),
        ),
        (
            _limits(""),
            _limits("* soft core 0"),
            _limits("* hard core 0", **{"99-x": "* hard core unlimited\n"}),
            _limits("* hard core 0\nan hard core unlimited"),
            (*_limits("* hard core 0"), pam_host({"login": "session required pam_unix.so\n"})),
            _limits("* hard core 0\n@dev - core -1"),
            _limits("* hard core 0\nan -"),
            _limits("root hard core 0"),
            _limits("* hard core 1000"),
        ),
    ),
    "hardware-wireless": Case(
        (_hardware(), _hardware("radio wlan0 0x1002 -10,"), _hardware("radio wlp3s0 0x1003 -01,")),
        (_hardware("radio wlan0 0x1003 -00,"), _hardware("radio wlan0 0x1002 -"),
         _hardware("radio wlan0 0x1002 -10,00,")),
    ),
    "hardware-64bit": Case(
        (_hardware("lm 1"), _tree("amd64"), _hardware(architecture="arm64")),
        (_hardware("lm 1", architecture="i386"),),
    ),
    "hardware-disk-entropy": Case(
        (_hardware("disk sda 1 1", "disk nvme0n1 0 0"), _hardware()),
        (_hardware("disk sda 1 1", "disk nvme0n1 0 1"),),
    ),
    "module-ipv6-option": Case(
        (_ipv6(_ON, _V4, _NO_OPTION), _ipv6(_PLAIN, _V4, _OPTION),
         (machine(None, "ipv6.disable=1"),)),
        (
            _ipv6(_ON, _V6, _OPTION),
            _ipv6(_PLAIN, _V4, _NO_OPTION),
            _ipv6(_PLAIN, _V4, _BUILT_IN),  # a built-in module reads no modprobe.d
        ),
    ),
}  # fmt: skip

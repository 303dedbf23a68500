"""What the kernel is started with: now, from the boot loader's menu, and from its defaults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from scanners.host.formats import grub
from scanners.host.formats.grub import Entry, Menu
from scanners.host.model import Command, Missing, Raw, Source
from scanners.host.reading import file_text, matching, output_of, text_of
from scanners.host.reductions import CREDENTIALS_SED, kept_lines


@dataclass(frozen=True)
class Boot:
    """The running command line, and those of the next boot."""

    running: tuple[str, ...] | None
    """/proc/cmdline, up to `--`; None for a tree of files."""
    machine: str | None
    """`uname -m`; in a tree as far as the installed kernels' names tell it."""
    menu: Menu | None
    """grub.cfg; in a tree without one the access rules that update-grub would write; None if
    there is neither."""
    entries: tuple[Entry, ...]
    """Of grub.cfg and of the Boot Loader Specification's files; in a tree without any, those that
    update-grub would write."""
    defaults: Mapping[str, str | None]
    """GRUB_* of /etc/default/grub and grub.d; None where only a shell could tell the value."""
    files: tuple[str, ...] = ()
    """Where the entries stand."""

    @property
    def next_generated(self) -> tuple[str, ...] | None:
        """The arguments that the next update-grub gives normal entries; None if nobody can tell."""
        return _given(self.defaults, "GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT")

    @property
    def next_recovery(self) -> tuple[str, ...] | None:
        """The same for the recovery entries; None too if it will write none."""
        if self.defaults.get("GRUB_DISABLE_RECOVERY") == "true":
            return None
        return _given(self.defaults, "GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_RECOVERY")


def _given(defaults: Mapping[str, str | None], *names: str) -> tuple[str, ...] | None:
    if not defaults:
        return None
    values = [defaults.get(name, "") for name in names]
    if None in values:
        return None
    return arguments(" ".join(value or "" for value in values))


MENUS = ("/boot/grub/grub.cfg", "/boot/grub/custom.cfg")
"""The second is read by the first where it exists (grub.d/41_custom)."""
_END = "### BEGIN ###\n"
_SCRIPTS = "/etc/grub.d/*"
"""grub-mkconfig(8) runs those that may be executed; what they print becomes the menu."""
_DEFAULTS = ("/etc/default/grub", "/etc/default/grub.d/*.cfg")
_LOADER = ("/boot/loader/entries/*.conf", "/boot/efi/loader/entries/*.conf",
           "/efi/loader/entries/*.conf")  # fmt: skip
_ARCHITECTURES = {
    "amd64": "x86_64", "arm64": "aarch64", "686": "i686", "686-pae": "i686", "armmp": "armv7l",
    "ppc64el": "ppc64le", "powerpc64le": "ppc64le", "s390x": "s390x", "riscv64": "riscv64",
}  # fmt: skip
_KEPT = (
    r"^([^ ]{3} BEGIN |[ \t]*(menuentry|submenu|linux|linux16|linuxefi|linux_efi|module|module2|"
    r"password|password_pbkdf2|export|set[ \t]+superusers=|superusers=))"
)
_NO_PASSWORDS = (
    (r"(password(_pbkdf2)?[ \t]+(\"[^\"]*\"|'[^']*'|[^ \t;\"']+))[ \t].*", r"\1 ***"),
    (r"((pass|passwd|password|pwd|secret|token|key)=)[^ \t]*", r"\1***"),
)


def parse(raw: Raw) -> Boot | Missing:
    """/proc/cmdline, grub.cfg, /etc/default/grub and the entries of systemd-boot."""
    running = machine = None
    if raw.live:
        said = output_of(raw, "boot")
        if isinstance(said, Missing):
            return said
        machine, _, line = said.partition("\n")
        machine, running = machine.strip() or None, arguments(line)
    files: list[str] = []
    texts: list[str] = []
    for path in MENUS:
        text = text_of(raw, path)
        if isinstance(text, Missing):
            return text
        if text is None:
            break
        texts.append(f"{_END}{text}")
        files.append(path)
    menu = grub.menu("\n".join(texts)) if texts else None
    entries = list(menu.entries) if menu else []
    for glob in _LOADER:
        for file in matching(raw, glob):
            text = file_text(file)
            if isinstance(text, Missing):
                return text
            entries.append(_loader_entry(text))
            files.append(file.path)
    defaults = _defaults(raw)
    if isinstance(defaults, Missing):
        return defaults
    boot = Boot(running, machine or _named_machine(raw), menu, tuple(entries), defaults,
                tuple(files))  # fmt: skip
    return boot if raw.live or entries else _coming(raw, boot)


def _coming(raw: Raw, boot: Boot) -> Boot:
    """With what update-grub would write where there is no menu yet."""
    normal, recovery = boot.next_generated, boot.next_recovery
    if normal is None:
        return boot
    entries = [Entry("update-grub", "vmlinuz", normal)]
    if recovery is not None:
        entries.append(Entry("update-grub (recovery mode)", "vmlinuz", ("single", *recovery)))
    texts = [file_text(file) for file in matching(raw, _SCRIPTS)
             if file.mode & 0o111 and not file.path.endswith("~")]  # fmt: skip
    rules = grub.menu("\n".join(text for text in texts if isinstance(text, str)))
    has_submenu = boot.defaults.get("GRUB_DISABLE_SUBMENU") not in ("true", "y")
    menu = boot.menu or replace(rules, entries=(), has_submenu=has_submenu)
    return replace(boot, entries=tuple(entries), menu=menu)


def arguments(line: str) -> tuple[str, ...]:
    """Words at blanks outside of double quotes; what follows `--` is for init, not the kernel."""
    words = re.findall(r'(?:[^\s"]|"[^"]*"?)+', line)
    if "--" in words:
        words = words[: words.index("--")]
    return tuple(word.replace('"', "") for word in words)


def _defaults(raw: Raw) -> dict[str, str | None] | Missing:
    values: dict[str, str | None] = {}
    for glob in _DEFAULTS:
        for file in matching(raw, glob):
            text = file_text(file)
            if isinstance(text, Missing):
                return text
            values = grub.assignments(text, values)
    if _DEFAULTS[0] in raw.files:
        values.setdefault("GRUB_CMDLINE_LINUX", "")
    return {name: value for name, value in values.items() if name.startswith("GRUB_")}


def _loader_entry(text: str) -> Entry:
    """Boot Loader Specification, type 1: several `options` lines are one."""
    pairs = [line.strip().split(None, 1) for line in text.splitlines()]
    values = {pair[0]: pair[1] for pair in pairs if len(pair) == 2}
    options = " ".join(pair[1] for pair in pairs if len(pair) == 2 and pair[0] == "options")
    return Entry(values.get("title", ""), values.get("linux", values.get("efi", "")),
                 arguments(options), False)  # fmt: skip


def _named_machine(raw: Raw) -> str | None:
    for file in matching(raw, "/boot/vmlinu?-*"):
        for suffix, machine in _ARCHITECTURES.items():
            if file.path.endswith(f"-{suffix}"):
                return machine
    return None


SOURCE = Source(
    Boot,
    parse,
    files=(*_DEFAULTS, *_LOADER),
    stats=("/boot/vmlinu?-*",),
    commands=(
        Command(
            "boot",
            f"uname -m; cat /proc/cmdline | sed -E '{CREDENTIALS_SED}'",
            timeout=10,
            limit=1 << 16,
        ),
    ),
    reduced=(
        *(kept_lines(path, _KEPT, _NO_PASSWORDS) for path in MENUS),
        replace(kept_lines(_SCRIPTS, _KEPT, _NO_PASSWORDS), live=False),
    ),
)

"""Command lines and menus of GRUB as grub-mkconfig of Debian writes them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from policies.catalogue import checks
from policies.values import defaults
from scanners.host.facts.apparmor import AppArmor
from scanners.host.facts.boot import SOURCE, Boot
from tests.policies.cases.model import Case, Cases
from tests.policies.hosts import Facts
from tests.scanners.host.raws import file, raw

MENU = """\
### BEGIN /etc/grub.d/00_header ###
{header}
### END /etc/grub.d/00_header ###
### BEGIN /etc/grub.d/10_linux ###
menuentry 'Debian GNU/Linux' --class debian --class os $menuentry_id_option 'gnulinux-simple-1' {{
\tlinux\t/boot/vmlinuz-6.1.0-18-amd64 root=UUID=11-22 ro {normal}
\tinitrd\t/boot/initrd.img-6.1.0-18-amd64
}}
{submenu}
### END /etc/grub.d/10_linux ###
### BEGIN /etc/grub.d/30_os-prober ###
menuentry 'Another Linux (on /dev/sdb1)' {{
\tlinux /boot/vmlinuz-5.10.0-1-amd64 root=/dev/sdb1 nosmap nosmep systemd.debug_shell
}}
### END /etc/grub.d/30_os-prober ###
### BEGIN /etc/grub.d/20_memtest86+ ###
menuentry 'Memory test (memtest86+x64.efi)' {{
\tlinux /boot/memtest86+x64.efi
}}
### END /etc/grub.d/20_memtest86+ ###
"""
SUBMENU = """\
submenu 'Advanced options for Debian GNU/Linux' $menuentry_id_option 'gnulinux-advanced-1' {{
\tmenuentry 'Debian GNU/Linux, with Linux 6.1.0-17-amd64' --class debian {{
\t\tlinux\t/boot/vmlinuz-6.1.0-17-amd64 root=UUID=11-22 ro {old}
\t}}
\tmenuentry 'Debian GNU/Linux, with Linux 6.1.0-17-amd64 (recovery mode)' --class debian {{
\t\tlinux\t/boot/vmlinuz-6.1.0-17-amd64 root=UUID=11-22 ro single {rescue}
\t}}
}}
"""


def machine(
    running: str | None,
    normal: str,
    *,
    old: str | None = None,
    rescue: str | None = None,
    header: str = "",
    default: str | None = None,
    more: str | None = None,
    uname: str = "x86_64",
    submenu: bool = True,
) -> Boot:
    inner = SUBMENU.format(
        old=normal if old is None else old, rescue=normal if rescue is None else rescue
    )
    inner = inner if submenu else ""
    menu = MENU.format(header=header, normal=normal, submenu=inner)
    text = f"GRUB_DEFAULT=0\nGRUB_DISTRIBUTOR=`lsb_release -i -s`\n{default or ''}\n"
    files: dict[str, Any] = {"/boot/grub/grub.cfg": SOURCE.reduced[0].reduce(menu.encode())}
    if default is not None:
        files["/etc/default/grub"] = text
    if more is not None:
        files["/etc/default/grub.d/99-x.cfg"] = more
    line = f"BOOT_IMAGE=/boot/vmlinuz-6.1.0-18-amd64 root=UUID=11-22 ro {running}\n"
    found = SOURCE.parse(raw(files, {"boot": f"{uname}\n{line}"} if running is not None else None))
    assert isinstance(found, Boot)
    return found


def no_menu(text: str, *, more: str = "", script: str = "") -> Boot:
    """A tree where update-grub has not run: /etc/default/grub, grub.d and 40_custom."""
    files: dict[str, Any] = {"/etc/default/grub": f"GRUB_DEFAULT=0\n{text}\n"}
    if more:
        files["/etc/default/grub.d/99-x.cfg"] = more
    if script:
        kept = SOURCE.reduced[2].reduce(f"#!/bin/sh\nexec tail -n +3 $0\n{script}\n".encode())
        files["/etc/grub.d/40_custom"] = file("/etc/grub.d/40_custom", kept, mode=0o755)
    found = SOURCE.parse(raw(files))
    assert isinstance(found, Boot)
    return found


def _argument(args: dict[str, Any]) -> Case:
    name, value = args["name"], args.get("value")
    word = name if value is None else f"{name}={value}"
    other = {"number": f"{name}=64", "boolean": f"{name}=0", "letters": f"{name}=-",
             "flag": f"{name}d", "elements": f"{name}=pt"}.get(args.get("style", ""),
                                                             f"{name}=auto")  # fmt: skip
    keep = f'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX="{word}"'
    good = [
        machine(f"{word} quiet", word, default=keep),
        machine(f"quiet {word}", f"{other} {word}", default=keep),
        machine(word, word, default=f'GRUB_CMDLINE_LINUX="{other} {word}"'),
        machine(word, word, default="GRUB_CMDLINE_LINUX=quiet",
                more=f'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX {word}"\n'),
        machine(word, word, default='GRUB_CMDLINE_LINUX="$(cat /etc/kernel/cmdline)"'),
        machine(word, word),
        machine(None, word, default=keep),
        replace(machine(word, word), machine=None),
        no_menu(f'GRUB_CMDLINE_LINUX="{word}"'),
        no_menu('GRUB_CMDLINE_LINUX=""', more=f'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX {word}"\n'),
        no_menu(f'GRUB_CMDLINE_LINUX_DEFAULT="{word}"\nGRUB_DISABLE_RECOVERY=true'),
    ]  # fmt: skip
    bad = [
        machine("quiet", word, default=keep),  # only the next boot
        machine(word, "quiet", default=keep),  # only this boot
        machine(word, word, old="quiet", default=keep),  # an older kernel's entry
        machine(word, word, default='GRUB_CMDLINE_LINUX=""'),  # until the next update-grub
        machine(word, word, default=keep, more='GRUB_CMDLINE_LINUX="quiet"\n'),
        machine(f"-- {word}", word, default=keep),  # an argument of init
        machine(f"x{word}", word, default=keep),
        machine(None, "quiet"),
        machine(word, word, rescue="", default=keep),
        machine(word, word, submenu=False, default=f'GRUB_CMDLINE_LINUX_DEFAULT="{word}"'),
        no_menu('GRUB_CMDLINE_LINUX=""'),
        no_menu(f'#GRUB_CMDLINE_LINUX="{word}"'),
        no_menu(f'GRUB_CMDLINE_LINUX="{word}"', more='GRUB_CMDLINE_LINUX="quiet"\n'),
        no_menu(f'GRUB_CMDLINE_LINUX_DEFAULT="{word}"'),  # the recovery entries lack it
    ]
    if value is not None:
        bad.append(machine(other, other, default=keep.replace(word, other)))
        if args.get("style") != "elements":
            bad.append(machine(f"{word} {other}", word, default=keep))
    for stronger in args.get("stronger", ()):
        text = f"{name}={stronger}"
        good.append(machine(text, text, default=keep.replace(word, text)))
    for alias in args.get("aliases", ()):
        text = word.replace(name, alias, 1)
        good.append(machine(text, text, default=keep.replace(word, text)))
    bad += [machine(f"{word} {undo}", word, default=keep) for undo in args.get("against", ())]
    bad += [machine(word, f"{undo} {word}", default=keep) for undo in args.get("against", ())]
    return Case(tuple((one,) for one in good), tuple((one,) for one in bad))


def _absent(names: list[str], off: list[str]) -> Case:
    word = names[0]
    good = [machine("quiet", "quiet", default=""), machine(None, "quiet"),
            machine(f"x{word}", "quiet"), no_menu('GRUB_CMDLINE_LINUX="quiet"')]  # fmt: skip
    good += [machine(f"{word}={value}", "quiet") for value in off]
    bad: list[Boot] = []
    for name in names:
        bad += [
            machine(name, "quiet"),
            machine("quiet", name),
            machine("quiet", "quiet", rescue=name),
            machine("quiet", "quiet", default=f'GRUB_CMDLINE_LINUX_DEFAULT="quiet {name}"'),
            machine(name.replace("_", "-"), "quiet"),
            no_menu(f'GRUB_CMDLINE_LINUX_DEFAULT="quiet {name}"'),
        ]
    return Case(tuple((one,) for one in good), tuple((one,) for one in bad))


_HASH = "grub.pbkdf2.sha512.10000.AA.BB"
_ADMIN = f'set superusers="root"\nexport superusers\npassword_pbkdf2 root {_HASH}'


def _access(header: str, *, submenu: bool = True) -> Facts:
    return (machine("quiet", "quiet", header=header, submenu=submenu),)


_ON = AppArmor(True, {"/usr/sbin/chronyd": "enforce"}, ())
_SEEN = "apparmor=1 security=apparmor"
_STACK = "lsm=landlock,lockdown,yama,integrity,apparmor,bpf"

CASES: Cases = {
    "boot-password": Case(
        (
            _access(_ADMIN),
            _access(f"set superusers='root'\npassword_pbkdf2 root {_HASH}", submenu=False),
            _access(f'set superusers="an, binh"; export superusers\npassword_pbkdf2 binh {_HASH}'),
            _access('set superusers=""\nexport superusers'),
            (no_menu("", script=_ADMIN),),
        ),
        (
            _access(""),
            (no_menu(""),),
            (no_menu("", script=_ADMIN.replace("_pbkdf2", "")),),
            _access(f"password_pbkdf2 root {_HASH}"),
            _access('set superusers="root"\nexport superusers'),
            _access(f'set superusers="root"\nexport superusers\npassword_pbkdf2 an {_HASH}'),
            _access('set superusers="root"\nexport superusers\npassword root geheim'),
            _access(f'set superusers="root"\npassword_pbkdf2 root {_HASH}'),  # open submenus
            _access(f'#set superusers="root"\n#password_pbkdf2 root {_HASH}'),
        ),
    ),
    "boot-recovery": Case(
        (
            (machine("", "", submenu=False, default='GRUB_DISABLE_RECOVERY="true"'),),
            (no_menu("GRUB_DISABLE_RECOVERY=true"),),
        ),
        (
            (no_menu('#GRUB_DISABLE_RECOVERY="true"'),),
            (machine("", "", default='GRUB_DISABLE_RECOVERY="true"'),),
            (machine("", "", submenu=False, default='#GRUB_DISABLE_RECOVERY="true"'),),
            (machine("", "", submenu=False),),
        ),
    ),
    "boot-apparmor": Case(
        (
            (machine(_SEEN, _SEEN), _ON),
            (machine("quiet", "quiet"), _ON),  # Debian's kernel starts it unasked
            (machine(_STACK, _STACK), _ON),
            (machine(None, _SEEN),),
        ),
        (
            (machine("quiet", "quiet"), AppArmor(False, {}, ())),
            (machine(_SEEN, "apparmor=0"), _ON),
            (machine(_SEEN, "security=selinux"), _ON),
            (machine(_SEEN, "apparmor=1 lsm=yama,selinux"), _ON),
            (machine(_SEEN, _SEEN, old="security=tomoyo"), _ON),
            (machine(_SEEN, "quiet"), _ON),  # it only runs because this boot was told so
            (machine(None, "quiet"),),
            (machine(None, _SEEN, default='GRUB_CMDLINE_LINUX="apparmor=0"'),),
            (no_menu('GRUB_CMDLINE_LINUX="apparmor=0"'),),
        ),
    ),
}
for _check in checks():
    _args = defaults(_check.args)
    if _check.family == "boot.argument":
        CASES[_check.id] = _argument(_args)
    elif _check.family == "boot.argument-absent":
        CASES[_check.id] = _absent(_args["names"], _args.get("off", []))

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
from tests.scanners.host.raws import raw

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
    rescue: str = "",
    header: str = "",
    default: str | None = None,
    more: str | None = None,
    uname: str = "x86_64",
    submenu: bool = True,
) -> Boot:
    inner = SUBMENU.format(old=normal if old is None else old, rescue=rescue) if submenu else ""
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
            machine(f"x{word}", "quiet")]  # fmt: skip
    good += [machine(f"{word}={value}", "quiet") for value in off]
    bad: list[Boot] = []
    for name in names:
        bad += [
            machine(name, "quiet"),
            machine("quiet", name),
            machine("quiet", "quiet", rescue=name),
            machine("quiet", "quiet", default=f'GRUB_CMDLINE_LINUX_DEFAULT="quiet {name}"'),
            machine(name.replace("_", "-"), "quiet"),
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
        ),
        (
            _access(""),
            _access(f"password_pbkdf2 root {_HASH}"),
            _access('set superusers="root"\nexport superusers'),
            _access(f'set superusers="root"\nexport superusers\npassword_pbkdf2 an {_HASH}'),
            _access('set superusers="root"\nexport superusers\npassword root geheim'),
            _access(f'set superusers="root"\npassword_pbkdf2 root {_HASH}'),  # open submenus
            _access(f'#set superusers="root"\n#password_pbkdf2 root {_HASH}'),
        ),
    ),
    "boot-recovery": Case(
        ((machine("", "", submenu=False, default='GRUB_DISABLE_RECOVERY="true"'),),),
        (
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
        ),
    ),
}
for _check in checks():
    _args = defaults(_check.args)
    if _check.family == "boot.argument":
        CASES[_check.id] = _argument(_args)
    elif _check.family == "boot.argument-absent":
        CASES[_check.id] = _absent(_args["names"], _args.get("off", []))

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.host.facts.boot import SOURCE, Boot, arguments
from scanners.host.formats import grub
from scanners.host.model import Missing
from tests.scanners.host.raws import file, output, raw

MENU = """\
### BEGIN /etc/grub.d/00_header ###
set superusers="root"
export superusers
password_pbkdf2 root grub.pbkdf2.sha512.10000.CAFE.BEEF
### END /etc/grub.d/00_header ###
### BEGIN /etc/grub.d/10_linux ###
function gfxmode { set gfxpayload="${1}"; }
menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple' {
\tload_video
\techo\t'Loading Linux 6.1.0-18-amd64 ...'
\tlinux\t/vmlinuz-6.1.0-18-amd64 root=/dev/mapper/vg-root ro quiet dyndbg=\\"file a +p\\" $vt
\tinitrd\t/initrd.img-6.1.0-18-amd64
}
submenu 'Advanced options' $menuentry_id_option 'gnulinux-advanced' {
\tmenuentry "Debian, with Linux 6.1.0-18-amd64 (recovery mode)" {
\t\tlinux\t/vmlinuz-6.1.0-18-amd64 root=/dev/mapper/vg-root ro single
\t}
}
### END /etc/grub.d/10_linux ###
### BEGIN /etc/grub.d/20_linux_xen ###
menuentry 'Debian GNU/Linux, with Xen hypervisor' {
\tmultiboot2\t/xen-4.17-amd64.gz placeholder
\tmodule2\t/vmlinuz-6.1.0-18-amd64 placeholder root=/dev/mapper/vg-root ro audit=1
\tmodule2\t--nounzip /initrd.img-6.1.0-18-amd64
}
### END /etc/grub.d/20_linux_xen ###
### BEGIN /etc/grub.d/30_os-prober ###
menuentry 'Ubuntu 22.04 (on /dev/sda5)' { linux /boot/vmlinuz root=/dev/sda5
linux /boot/vmlinuz root=/dev/sda5
}
### END /etc/grub.d/30_os-prober ###
### BEGIN /etc/grub.d/40_custom ###
menuentry 'Mine' {
  linuxefi /vmlinuz-old root=/dev/sda1
}
menuentry 'iPXE' {
  linux16 /ipxe.lkrn
}
### END /etc/grub.d/40_custom ###
"""
REDUCE = SOURCE.reduced[0].reduce


def boot(files: dict[str, object], said: str | None = None) -> Boot:
    found = SOURCE.parse(raw(files, None if said is None else {"boot": said}))  # type: ignore[arg-type]
    assert isinstance(found, Boot)
    return found


def test_a_menu_of_grub_is_read_as_it_starts_kernels_of_this_system() -> None:
    found = boot({"/boot/grub/grub.cfg": REDUCE(MENU.encode())})
    assert [(one.title, one.is_recovery, one.generated) for one in found.entries] == [
        ("Debian GNU/Linux", False, True),
        ("Debian, with Linux 6.1.0-18-amd64 (recovery mode)", True, True),
        ("Debian GNU/Linux, with Xen hypervisor", False, True),
        ("Mine", False, False),
    ]
    assert found.entries[0].arguments[:3] == ("root=/dev/mapper/vg-root", "ro", "quiet")
    assert found.menu is not None
    assert found.menu.superusers == frozenset({"root"})
    assert found.menu.hashed == {"root"}
    assert (found.menu.exported, found.menu.has_submenu, found.running) == (True, True, None)


def test_custom_cfg_is_part_of_the_menu_that_reads_it() -> None:
    custom = REDUCE(b'set superusers="an"\nmenuentry x {\nlinux /vmlinuz ro nosmap\n}\n')
    found = boot({"/boot/grub/grub.cfg": REDUCE(MENU.encode()), "/boot/grub/custom.cfg": custom})
    assert found.menu is not None
    assert found.menu.superusers == frozenset({"an"})
    assert (found.entries[-1].title, found.entries[-1].generated) == ("x", False)
    assert boot({"/boot/grub/custom.cfg": custom}).menu is None


@pytest.mark.parametrize(
    "line",
    [
        "password_pbkdf2 root grub.pbkdf2.sha512.10000.SECRET.SECRET",
        '  password  "the boss"   SECRET',
        "password root 'a SECRET'",
        "password root SECRET # why",
        "if true; then password_pbkdf2 root SECRET; fi",
        'set superusers="root"; password_pbkdf2 root SECRET',
        "linux /vmlinuz root=/dev/sda1 rescue_password=SECRET token=SECRET",
        "password_pbkdf2 root \\\nSECRET",
        "# SECRET",
    ],
)
def test_no_password_leaves_the_host(line: str) -> None:
    assert b"SECRET" not in REDUCE(f"a\n{line}\n".encode())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('X="a b"', "a b"),
        ("X='a $Y'", "a $Y"),
        ("export X=a", "a"),
        ("X=a b", None),  # a command `b`, for which alone it holds
        ("X=a\nX=b true", "a"),
        ("export X=a Y", "a"),
        ("X=a # b", "a"),
        ("X=a Y=b", "a"),
        ("X=a\nunset Y X", ""),
        ("X=a # why", "a"),
        ('X="a"\nX="$X b"', "a b"),
        ('X="a"\nX="${X} b"', "a b"),
        ('X="a"\nX+=" b"', "a b"),
        ('X="a \\\n b"', "a  b"),
        ('X="a\nb"', "a\nb"),
        ('X="a \\"b\\" \\$c"', 'a "b" $c'),
        ("#X=a\nX=", ""),
        ("X=$Z", ""),
        ("X=a\"b\"'c'", "abc"),
        ("X=`uname`", None),
        ('X="$(cat x)"', None),
        ('X="${Y:-z}"', None),
        ('Y=$(x)\nX="$Y b"', None),
        ("X=a;X=b", "b"),
        ("X=a\nif [ -e y ]; then\n  X=b\nfi", None),
        ("if [ -e y ]; then\n  Y=b\nfi\nX=a", "a"),
        ("if [ -e y ]; then Y=b; fi\nX=a", "a"),
    ],
)
def test_defaults_are_what_a_shell_would_make_of_them(text: str, value: str | None) -> None:
    assert grub.assignments(text, {}).get("X") == value


def test_drop_ins_come_after_the_main_file_and_see_its_values() -> None:
    found = boot({
        "/etc/default/grub": "GRUB_CMDLINE_LINUX=audit=1\nGRUB_CMDLINE_LINUX_DEFAULT=quiet\n",
        "/etc/default/grub.d/10-x.cfg": 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX pti=on"\n',
        "/etc/default/grub.d/20-x.cfg.dpkg-old": "GRUB_CMDLINE_LINUX=\n",
    })  # fmt: skip
    assert found.next_generated == ("audit=1", "pti=on", "quiet")


def test_entries_of_systemd_boot_join_their_options() -> None:
    text = "title Debian\nlinux /x/linux\noptions root=UUID=1 ro\noptions audit=1\n"
    found = boot({"/boot/efi/loader/entries/debian.conf": text})
    assert found.entries[0].arguments == ("root=UUID=1", "ro", "audit=1")
    assert found.menu is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("BOOT_IMAGE=/x ro  quiet\n", ("BOOT_IMAGE=/x", "ro", "quiet")),
        ('a="b c" d', ("a=b c", "d")),
        ("a -- b", ("a",)),
        ("", ()),
        ('a="b', ("a=b",)),
    ],
)
def test_the_kernel_cuts_its_command_line_at_blanks(line: str, words: tuple[str, ...]) -> None:
    assert arguments(line) == words


def test_a_menu_that_cannot_be_read_and_a_silent_host_leave_no_fact() -> None:
    hidden = file("/boot/grub/grub.cfg", None, mode=0o400)
    assert isinstance(SOURCE.parse(raw({hidden.path: hidden}, {"boot": "x86_64\nro\n"})), Missing)
    assert isinstance(SOURCE.parse(raw({}, {"boot": output(b"", 124)})), Missing)


@pytest.mark.parametrize(
    ("name", "machine"),
    [("6.1.0-18-amd64", "x86_64"), ("6.1.0-18-arm64", "aarch64"), ("6.1.0-18-686-pae", "i686"),
     ("6.8.0-31-generic", None)],
)  # fmt: skip
def test_a_tree_s_machine_is_its_kernels(name: str, machine: str | None) -> None:
    assert boot({f"/boot/vmlinuz-{name}": file(f"/boot/vmlinuz-{name}", None)}).machine == machine


WORDS = st.sampled_from([
    "menuentry 'x' {", "submenu", "linux /vmlinuz", "a=b", "'", '"', "\\", "\n", ";", "$", "${",
    "`", "set superusers=", "export superusers", "password_pbkdf2 u", "X=", "+=", "### BEGIN",
    "module2", "\x00", "é",
])  # fmt: skip


@given(st.lists(WORDS | st.text(max_size=5), max_size=30).map("".join))
def test_readers_are_total(text: str) -> None:
    grub.menu(text)
    grub.assignments(text, {"X": None, "Y": "z"})
    arguments(text)

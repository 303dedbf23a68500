"""System calls that checks ask about, and their numbers on the machines that Debian runs on."""

from __future__ import annotations

_NUMBERS: dict[str, tuple[int | None, int | None, int | None]] = {
    # name: x86_64, i386, aarch64 (asm/unistd.h); None where the machine has no such call
    "adjtimex": (159, 124, 171),
    "chmod": (90, 15, None),
    "chown": (92, 182, None),
    "clock_settime": (227, 264, 112),
    "creat": (85, 8, None),
    "create_module": (174, 127, None),
    "delete_module": (176, 129, 106),
    "execve": (59, 11, 221),
    "execveat": (322, 358, 281),
    "fchmod": (91, 94, 52),
    "fchmodat": (268, 306, 53),
    "fchmodat2": (452, 452, 452),
    "fchown": (93, 95, 55),
    "fchownat": (260, 298, 54),
    "finit_module": (313, 350, 273),
    "fremovexattr": (199, 237, 16),
    "fsetxattr": (190, 228, 7),
    "ftruncate": (77, 93, 46),
    "init_module": (175, 128, 105),
    "lchown": (94, 16, None),
    "lremovexattr": (198, 236, 15),
    "lsetxattr": (189, 227, 6),
    "mount": (165, 21, 40),
    "open": (2, 5, None),
    "open_by_handle_at": (304, 342, 265),
    "openat": (257, 295, 56),
    "query_module": (178, 167, None),
    "removexattr": (197, 235, 14),
    "rename": (82, 38, None),
    "renameat": (264, 302, 38),
    "renameat2": (316, 353, 276),
    "rmdir": (84, 40, None),
    "setdomainname": (171, 121, 162),
    "sethostname": (170, 74, 161),
    "settimeofday": (164, 79, 170),
    "setxattr": (188, 226, 5),
    "stime": (None, 25, None),
    "truncate": (76, 92, 45),
    "umount": (None, 22, None),
    "umount2": (166, 52, 39),
    "unlink": (87, 10, None),
    "unlinkat": (263, 301, 35),
}
_COLUMNS = {
    ("x86_64", "b64"): 0,
    ("x86_64", "b32"): 1,
    ("i686", "b32"): 1,
    ("aarch64", "b64"): 2,
}
_NAMES = {
    column: {numbers[column]: name for name, numbers in _NUMBERS.items()} for column in range(3)
}


def arches(machine: str) -> tuple[str, ...]:
    """What `-F arch=` can say of programs on a machine (`uname -m`), its own first.

    32-bit ARM programs on aarch64 are left out: few such processors still run them.
    """
    if machine == "x86_64":
        return ("b64", "b32")
    return ("b32",) if machine in ("i386", "i486", "i586", "i686") else ("b64",)


def exists(name: str, machine: str, arch: str = "") -> bool | None:
    """True if programs of this kind (the machine's own if not given) have the call; None if nobody
    here knows the call or the machine."""
    column = _column(machine, arch)
    if column is None or name not in _NUMBERS:
        return None
    return _NUMBERS[name][column] is not None


def named(number: str, machine: str, arch: str = "") -> str:
    """The name of a call's number; the number itself where no name is known."""
    column = _column(machine, arch)
    return _NAMES[column].get(int(number[:6]), number) if column is not None else number


def _column(machine: str, arch: str) -> int | None:
    family = "i686" if machine.startswith("i") else machine
    return _COLUMNS.get((family, arch or arches(machine)[0]))

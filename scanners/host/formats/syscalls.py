"""System calls and their numbers on the machines that Debian runs on."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

_COLUMNS = {
    ("x86_64", "b64"): 0,
    ("x86_64", "b32"): 1,
    ("i686", "b32"): 1,
    ("aarch64", "b64"): 2,
}
_FIRST_NEW = 451
"""The first call that auditctl 3 does not know by name (Linux 6.5)."""


def arches(machine: str) -> tuple[str, ...]:
    """What `-F arch=` can say of programs on a machine (`uname -m`), its own first.

    32-bit ARM programs on aarch64 are left out: few such processors still run them.
    """
    if machine == "x86_64":
        return ("b64", "b32")
    return ("b32",) if machine in ("i386", "i486", "i586", "i686") else ("b64",)


def exists(name: str, machine: str, arch: str = "") -> bool | None:
    """True if programs of this kind (the machine's own if not given) have the call; None if nobody
    here knows the machine."""
    column = _column(machine, arch)
    return None if column is None else name in _numbers(column)


def named(number: str, machine: str, arch: str = "") -> str:
    """The name of a call's number; the number itself where no name is known."""
    column = _column(machine, arch)
    return number if column is None else _names(column).get(int(number[:6]), number)


def number_of(call: str, machine: str, arch: str = "") -> int | None:
    """The number of a call that is named or already a number; None where it is not known."""
    if call.isdigit():
        return int(call[:6])
    column = _column(machine, arch)
    return None if column is None else _numbers(column).get(call)


def is_known(machine: str, arch: str = "") -> bool:
    """True if the calls of programs of this kind are known here."""
    return _column(machine, arch) is not None


def is_new(name: str) -> bool:
    """True for a call that auditctl 3 knows by its number alone."""
    return any(_numbers(column).get(name, 0) >= _FIRST_NEW for column in range(3))


def _column(machine: str, arch: str) -> int | None:
    family = "i686" if machine.startswith("i") else machine
    return _COLUMNS.get((family, arch or arches(machine)[0]))


@cache
def _numbers(column: int) -> dict[str, int]:
    text = (files(__package__) / "syscalls.txt").read_text(encoding="ascii")
    rows = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return {row[0]: int(row[column + 1]) for row in rows if row[column + 1] != "-"}


@cache
def _names(column: int) -> dict[int, str]:
    found: dict[int, str] = {}
    for name, number in _numbers(column).items():
        found.setdefault(number, name)
    return found

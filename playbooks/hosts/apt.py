"""apt's options: a drop-in, and a line at the end of apt.conf, which apt reads after all drop-ins,
for each that is set otherwise there or in between.

apt itself is asked what it makes of all files before any of them is put in place.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from typing import Iterator

from playbooks.hosts.others import overrule
from playbooks.hosts.rights import Row, refuse
from playbooks.hosts.texts import read, settle_text

_MAIN, _DROPPED = "/etc/apt/apt.conf", "/etc/apt/apt.conf.d"
_OURS = f"{_DROPPED}/zz-govctl"
_HEAD = "// Written by govctl from the checks that it names; changes here are lost.\n"
_TOLD = re.compile(r'(\S+) "(.*)";')
_BOOLEANS = (
    {"1", "yes", "true", "with", "on", "enable"},
    {"0", "no", "false", "without", "off", "disable"},
)


def main(request: Row) -> None:
    """Write the drop-in, and what it takes that it counts."""
    dry = request["dry"]
    text = _HEAD + "".join(
        f"// {row['id']}\n" + "".join(f'{option} "{value}";\n' for option, value in _asked(row))
        for row in request["all"]
    )
    last = read(_MAIN)
    wanted = {option: value for row in request["rows"] for option, value in _asked(row)}
    for option, value in _otherwise(wanted, text, last):
        last = _with_end(last, option, value)
    for option, _value in _otherwise(wanted, text, last):
        refuse(_MAIN, f"{option} is still set otherwise")
    settle_text(_OURS, lambda _text: text, dry=dry)
    overrule(_MAIN, lambda _text: last, dry=dry)


def _asked(row: Row) -> list[tuple[str, str]]:
    if row["family"] == "apt.setting":
        return [(row["option"], row["value"])]
    return [(option, "false") for option in row["options"]]


def _otherwise(wanted: dict[str, str], text: str, last: str) -> list[tuple[str, str]]:
    """What apt would not have as wanted with these texts of the drop-in and of apt.conf."""
    found = dict(_settings(text, last))
    return [(option, value) for option, value in wanted.items()
            if not _same(found.get(option.lower(), ""), value)]  # fmt: skip


def _same(found: str, value: str) -> bool:
    return found == value or any({found.lower(), value.lower()} <= words for words in _BOOLEANS)


def _with_end(text: str, option: str, value: str) -> str:
    lines = f'#clear {option};\n{option} "{value}"; // Written by govctl, since others set it too\n'
    kept = text.replace(lines, "")
    return f"{kept}{'' if not kept or kept.endswith(chr(10)) else chr(10)}{lines}"


def _settings(text: str, last: str) -> Iterator[tuple[str, str]]:
    """Option in lower case, value, as apt would read them; a list's last counts."""
    folder = tempfile.mkdtemp(prefix="govctl-", dir="/run" if os.path.isdir("/run") else None)
    try:
        said = _dumped(folder, text, last)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for option, value in _TOLD.findall(said):
        if value or not option.endswith("::"):
            yield re.sub("::$", "", option.lower()), value


def _dumped(folder: str, text: str, last: str) -> str:
    dropped = os.path.join(folder, "apt.conf.d")
    os.mkdir(dropped)
    for name in os.listdir(_DROPPED) if os.path.isdir(_DROPPED) else ():
        if os.path.isfile(os.path.join(_DROPPED, name)):
            shutil.copyfile(os.path.join(_DROPPED, name), os.path.join(dropped, name))
    _write(os.path.join(dropped, os.path.basename(_OURS)), text)
    _write(os.path.join(folder, "apt.conf"), last)
    _write(os.path.join(folder, "first"),
           f'Dir::Etc::parts "{dropped}"; Dir::Etc::main "{folder}/apt.conf";\n')  # fmt: skip
    done = subprocess.run(
        ["apt-config", "dump"], stdin=subprocess.DEVNULL, capture_output=True, check=False,
        encoding="utf-8", errors="surrogateescape", timeout=60,
        env={**os.environ, "APT_CONFIG": os.path.join(folder, "first")},
    )  # fmt: skip
    if done.returncode != 0:
        sys.exit(f"apt-config: {done.stderr.strip().replace(folder, '/etc/apt')}")
    return done.stdout


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        file.write(text)

"""What the kernel says of the machine: architecture, disks, radios."""

from __future__ import annotations

import re
from dataclasses import dataclass

from govctl.texts import msg
from scanners.host.model import Command, Missing, Raw, Source
from scanners.host.reading import output_of, text_of


@dataclass(frozen=True)
class Disk:
    """A block device."""

    name: str
    rotational: bool
    feeds_entropy: bool
    """queue/add_random."""


@dataclass(frozen=True)
class Radio:
    """A wireless network interface."""

    name: str
    is_up: bool
    is_blocked: bool
    """True if rfkill blocks every switch of its device."""


@dataclass(frozen=True)
class Hardware:
    """Facts of sysfs, /proc/cpuinfo and dpkg."""

    architecture: str
    """`dpkg --print-architecture`: amd64, i386, arm64 …"""
    can_64bit: bool | None
    """The processor's flag `lm`; None for a tree of files and for what is no x86."""
    disks: tuple[Disk, ...] | None
    """None for a tree of files."""
    radios: tuple[Radio, ...] | None


_STATUS = "/var/lib/dpkg/status"
# `read` is part of the shell: machines with many disks would start two programs for each.
_COMMAND = """\
echo "architecture $(dpkg --print-architecture)"
case " $(sed -n '/^flags/{s/^[^:]*: //p;q;}' /proc/cpuinfo) " in
  '  ') ;; *' lm '*) echo 'lm 1' ;; *) echo 'lm 0' ;;
esac
for queue in /sys/block/*/queue; do
  [ -r "$queue/rotational" ] || continue
  feeds=0
  read -r turns <"$queue/rotational"
  [ ! -r "$queue/add_random" ] || read -r feeds <"$queue/add_random"
  name=${queue#/sys/block/}
  echo "disk ${name%/queue} $turns $feeds"
done
for net in /sys/class/net/*; do
  [ -e "$net/wireless" ] || [ -e "$net/phy80211" ] || continue
  blocked=-
  for switch in "$net"/phy80211/rfkill* "$net"/device/rfkill/rfkill*; do
    [ -r "$switch/soft" ] && [ -r "$switch/hard" ] || continue
    read -r soft <"$switch/soft"
    read -r hard <"$switch/hard"
    blocked="$blocked$soft$hard,"
  done
  read -r flags <"$net/flags"
  echo "radio ${net##*/} $flags $blocked"
done
true
"""


def parse(raw: Raw) -> Hardware | Missing:
    """On a running host one command's lines; in a tree dpkg's own architecture."""
    if not raw.live:
        return _tree(raw)
    said = output_of(raw, "hardware")
    if isinstance(said, Missing):
        return said
    architecture, can_64bit = "", None
    disks, radios = [], []
    for words in map(str.split, said.splitlines()):
        if words[:1] == ["architecture"] and len(words) == 2:
            architecture = words[1]
        elif words[:1] == ["lm"] and len(words) == 2:
            can_64bit = words[1] == "1"
        elif words[:1] == ["disk"] and len(words) == 4:
            disks.append(Disk(words[1], words[2] != "0", words[3] != "0"))
        elif words[:1] == ["radio"] and len(words) == 4:
            radios.append(_radio(*words[1:]))
    if not architecture:
        return Missing(msg("{command} says nothing that can be read", command="dpkg"))
    return Hardware(architecture, can_64bit, tuple(disks), tuple(radios))


def _radio(name: str, flags: str, blocked: str) -> Radio:
    """IFF_UP is the first bit; each switch is its soft and its hard block."""
    is_up = not re.fullmatch(r"0x[0-9a-f]*[02468ace]", flags)
    switches = [part for part in blocked.removeprefix("-").split(",") if part]
    return Radio(name, is_up, bool(switches) and all("1" in part for part in switches))


def _tree(raw: Raw) -> Hardware | Missing:
    text = text_of(raw, _STATUS)
    if isinstance(text, Missing):
        return text
    match = re.search(r"(?m)^Package: dpkg\n(?:[^\n]+\n)*?Architecture: (\S+)$", text or "")
    if match is None:
        return Missing(msg("dpkg knows no installed package"))
    return Hardware(match[1], None, None, None)


SOURCE = Source(
    Hardware,
    parse,
    commands=(Command("hardware", _COMMAND, timeout=15, limit=1 << 16),),
    tree_files=(_STATUS,),
)

"""`addresses.yaml`, the committed record of every prefix and host number that was given."""

from __future__ import annotations

import ipaddress
from collections.abc import Container
from pathlib import Path
from typing import Any

from govctl.estate.addresses import Ledger, SiteNumbers
from govctl.estate.layout import Block
from govctl.estate.places import Place, Problems
from govctl.estate.yamlfile import Document, Way, read_document
from govctl.files import write_whole
from govctl.texts import _

FILE = "addresses.yaml"
HEADER = """\
# Addresses that were given, so that they stay: govctl writes this file, people commit it.
# An entry whose name is gone keeps its address from being given to another.
"""


def read_ledger(file: Path) -> Ledger:
    """The ledger of a file; an empty one if there is no file. InputError if it is damaged."""
    if not file.exists():
        return Ledger()
    document = read_document(file)
    problems = Problems()
    data = document.data if isinstance(document.data, dict) else {}
    ledger = Ledger()
    for key in data:
        if key not in ("wan", "sites", "hosts"):
            problems.unknown(document.at_key((key,)), _('unknown key "{key}"', key=key), key,
                             ("wan", "sites", "hosts"))  # fmt: skip
    reader = _Reader(document, problems)
    if "wan" in data:
        ledger.wan4 = reader.block(data["wan"], ("wan",), "ipv4")
        ledger.wan6 = reader.block(data["wan"], ("wan",), "ipv6")
    for name, entry in reader.mapping(data, "sites"):
        numbers = reader.site(name, entry)
        if numbers:
            ledger.sites[name] = numbers
    for zone, entry in reader.mapping(data, "hosts"):
        ledger.hosts[zone] = reader.hosts(zone, entry)
    problems.check()
    return ledger


def place_in(folder: Path, *way: str) -> Place:
    """Where an estate's ledger says something."""
    return read_document(folder / FILE).at(way)


def write_ledger(file: Path, ledger: Ledger) -> bool:
    """Write the ledger in one step; False if the file says the same already."""
    text = ledger_text(ledger)
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return False
    write_whole(file, text)
    return True


def ledger_text(ledger: Ledger) -> str:
    """The file's text: one line per site and per zone, in sorted order."""
    lines = [HEADER.rstrip()]
    if ledger.wan4 and ledger.wan6:
        both = f'ipv4: {prefix4(ledger.wan4)}, ipv6: "{prefix6(ledger.wan6)}"'
        lines.append(f"wan: {{{both}}}")
    if ledger.sites:
        lines.append("sites:")
    for name, site in sorted(ledger.sites.items()):
        both = f'ipv4: {prefix4(site.ipv4)}, ipv6: "{prefix6(site.ipv6)}"'
        lines.append(f'  "{name}": {{{both}, wan: {site.wan}}}')
    hosts = {zone: numbers for zone, numbers in ledger.hosts.items() if numbers}
    if hosts:
        lines.append("hosts:")
    for zone, numbers in sorted(hosts.items()):
        listed = ", ".join(f'"{name}": {number}' for name, number in sorted(numbers.items()))
        lines.append(f'  "{zone}": {{{listed}}}')
    return "\n".join(lines) + "\n"


def prune(ledger: Ledger, sites: Container[str], machines: Container[str]) -> Ledger:
    """The ledger without names that are gone; their addresses may then be given again."""
    hosts = {
        zone: {name: number for name, number in numbers.items() if name in machines}
        for zone, numbers in ledger.hosts.items()
    }
    kept = {name: numbers for name, numbers in ledger.sites.items() if name in sites}
    return Ledger(ledger.wan4, ledger.wan6, kept, {z: n for z, n in hosts.items() if n})


def prefix4(block: Block) -> str:
    """`10.25.0.0/20`."""
    return f"{ipaddress.IPv4Address(block.base)}/{block.length}"


def prefix6(block: Block) -> str:
    """`fd25:25::/60`."""
    return f"{ipaddress.IPv6Address(block.base)}/{block.length}"


class _Reader:
    """Reads entries of the ledger, and notes those that are damaged."""

    def __init__(self, document: Document, problems: Problems) -> None:
        self.document = document
        self.problems = problems

    def mapping(self, data: dict[str, Any], key: str) -> list[tuple[str, Any]]:
        value = data.get(key) or {}
        if isinstance(value, dict):
            return list(value.items())
        self.problems.add(self.document.at((key,)), _("this is not a mapping of keys to values"))
        return []

    def block(self, entry: Any, way: Way, version: str) -> Block | None:
        text = entry.get(version) if isinstance(entry, dict) else None
        kind = ipaddress.IPv4Network if version == "ipv4" else ipaddress.IPv6Network
        try:
            if not isinstance(text, str):
                raise ValueError
            network = kind(text)
        except ValueError:
            self.damaged((*way, version))
            return None
        return Block(int(network.network_address), network.prefixlen)

    def site(self, name: str, entry: Any) -> SiteNumbers | None:
        way: Way = ("sites", name)
        ipv4, ipv6 = self.block(entry, way, "ipv4"), self.block(entry, way, "ipv6")
        wan = entry.get("wan") if isinstance(entry, dict) else None
        if type(wan) is not int or wan < 1:
            self.damaged((*way, "wan"))
        elif ipv4 and ipv6:
            return SiteNumbers(ipv4, ipv6, wan)
        return None

    def hosts(self, zone: str, entry: Any) -> dict[str, int]:
        numbers = {}
        for name, number in entry.items() if isinstance(entry, dict) else ():
            if type(number) is int and number > 0:
                numbers[str(name)] = number
            else:
                self.damaged(("hosts", zone, str(name)))
        return numbers

    def damaged(self, way: Way) -> None:
        message = _("the record of addresses is damaged here")
        hint = _("take the file from version control again")
        self.problems.add(self.document.at(way), message, hint=hint)

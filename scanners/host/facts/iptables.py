"""The rules of iptables and ip6tables: those in force, and those that the next boot loads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from govctl.texts import msg
from scanners.host.formats.iptables_save import Filter, read
from scanners.host.model import Command, Missing, Raw, Source
from scanners.host.reading import output_of, text_of


@dataclass(frozen=True)
class Iptables:
    """The table `filter` by address family (ip, ip6); a family without one is not here."""

    running: Mapping[str, Filter] | None
    """None for a tree of files."""
    stored: Mapping[str, Filter]
    """What netfilter-persistent(8) loads: /etc/iptables/rules.v4 and rules.v6."""
    ufw: Mapping[str, Filter]
    """What ufw loads, its chains put in order as ufw-init does."""


_STORED = {"ip": "/etc/iptables/rules.v4", "ip6": "/etc/iptables/rules.v6"}
_UFW = {
    "ip": ("ufw", ("before", "user", "after")),
    "ip6": ("ufw6", ("before6", "user6", "after6")),
}
_UFW_EMPTY = (
    *(f"{when}-{way}" for when in ("user", "before-logging", "after-logging", "user-logging")
      for way in ("input", "output", "forward")),
    "logging-deny", "logging-allow", "user-limit", "user-limit-accept",
)  # fmt: skip
"""Chains that ufw-init makes, which no file need mention."""
_FILES = tuple(f"/etc/ufw/{name}.rules" for _, names in _UFW.values() for name in names)
# Named tables would make iptables-legacy-save load their modules; without a name it lists those
# that exist.
_COMMAND = """\
for family in '' 6; do
  echo "@family $family"
  ! command -v "ip${family}tables-save" >/dev/null || "ip${family}tables-save" 2>/dev/null
done
echo '@end'
"""


def parse(raw: Raw) -> Iptables | Missing:
    """iptables-save(8) on a running host, and the files of both kinds of loader."""
    stored: dict[str, Filter] = {}
    for family, path in _STORED.items():
        text = text_of(raw, path)
        if isinstance(text, Missing):
            return text
        found = read(text, family) if text is not None else None
        if found is not None:
            stored[family] = found
    ufw = _ufw(raw)
    if isinstance(ufw, Missing):
        return ufw
    if not raw.live:
        return Iptables(None, stored, ufw)
    said = output_of(raw, "iptables")
    if isinstance(said, Missing):
        return said
    running = _running(said)
    return running if isinstance(running, Missing) else Iptables(running, stored, ufw)


def _running(said: str) -> dict[str, Filter] | Missing:
    first, mark, rest = said.partition("@family 6\n")
    if not mark or not first.startswith("@family") or not rest.rstrip().endswith("@end"):
        return Missing(msg("{command} says nothing that can be read", command="iptables-save"))
    found = {"ip": read(first, "ip"), "ip6": read(rest, "ip6")}
    return {family: table for family, table in found.items() if table is not None}


def _ufw(raw: Raw) -> dict[str, Filter] | Missing:
    tables: dict[str, Filter] = {}
    for family, (prefix, names) in _UFW.items():
        texts = [text_of(raw, f"/etc/ufw/{name}.rules") for name in names]
        unreadable = [text for text in texts if isinstance(text, Missing)]
        if unreadable:
            return unreadable[0]
        whole = "\n".join(text for text in texts if isinstance(text, str))
        table = read(whole, family)
        if table is None:
            continue
        rules = {f"{prefix}-{name}": () for name in _UFW_EMPTY} | dict(table.rules)
        for way in ("input", "output", "forward"):
            before = f"{prefix}-before-{way}"
            user = {"expr": [{"jump": {"target": f"{prefix}-user-{way}"}}]}
            rules[before] = (*rules.get(before, ()), user)
            chains = (before, f"{prefix}-after-{way}")
            rules[way.upper()] = tuple({"expr": [{"jump": {"target": name}}]} for name in chains)
        tables[family] = Filter({}, rules)
    return tables


SOURCE = Source(
    Iptables,
    parse,
    files=(*_STORED.values(), *_FILES),
    commands=(Command("iptables", _COMMAND, timeout=10, limit=1 << 21),),
)

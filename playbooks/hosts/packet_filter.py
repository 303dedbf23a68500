"""nftables: base chains that close no port, and rules that are loaded at boot.

What may come in is a person's, or the estate's, to say.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from typing import NamedTuple, Tuple

from playbooks.hosts import units
from playbooks.hosts.others import overrule
from playbooks.hosts.rights import Row, refuse, refused, say
from playbooks.hosts.texts import read

_FILE, _LOADER = "/etc/nftables.conf", "nftables.service"
_SHUTS = (f"{_FILE} closes ports and does not run: see that it lets you in, "
          "then systemctl enable --now nftables")  # fmt: skip
_NEW = "#!/usr/sbin/nft -f\nflush ruleset\n"
_BEGIN, _END = "# BEGIN govctl", "# END govctl"
_ESTATES = re.compile(r"^# Written by govctl from the estate's flows", re.MULTILINE)
_CLOSING = re.compile(r"\b(?:drop|reject|include)\b", re.ASCII)
_OWN_ADDRESSES = {"ip": "ip saddr 127.0.0.0/8", "ip6": "ip6 saddr ::1"}


class Chains(NamedTuple):
    """Base chains of one table, which accept what nothing else drops."""

    family: str
    table: str
    hooks: Tuple[str, ...]
    loopback: bool
    """True if the machine's own addresses come in by `lo` alone."""


def main(request: Row) -> None:
    """Write what is due and add it to what runs; SystemExit if nft refuses it, or if what would be
    loaded at boot might shut somebody out."""
    dry, live = request["dry"], not request["offline"]
    if not shutil.which("nft"):
        return
    if _ESTATES.search(read(_FILE)):  # of its rules only the estate changes a line
        _load(dry)
        return
    chains = asked(request["all"])
    if chains.hooks:
        _write(chains, dry)
        if live and not refused:
            _add(chains, dry)
    if refused or units.state(_LOADER) in (*units.NOT_HERE, "enabled"):
        return
    if closes(read(_FILE)) and not (live and _runs()):
        sys.exit(_SHUTS)
    _load(dry)


def asked(rows: list[Row]) -> Chains:
    """What all rows need together: those that hold may do so by what is written anew."""
    hooks = {hook for row in rows for hook in row.get("hooks", ())}
    loopback = any(row["family"] == "filter.loopback" for row in rows)
    if loopback:
        hooks.add("input")
    return Chains(_first(rows, "address_family", "inet"), _first(rows, "table", "govctl_base"),
                  tuple(sorted(hooks)), loopback)  # fmt: skip


def _first(rows: list[Row], key: str, usual: str) -> str:
    return next((str(row[key]) for row in rows if row.get(key)), usual)


def ruled(chains: Chains) -> str:
    """The text of the table."""
    lines = [f"table {chains.family} {chains.table} {{"]
    for hook in chains.hooks:
        lines += [f"\tchain {_name(hook)} {{",
                  f"\t\ttype filter hook {hook} priority -5; policy accept;"]  # fmt: skip
        if hook == "input" and chains.loopback:
            lines.append('\t\tiifname "lo" accept')
            lines += [f"\t\t{source} drop" for family, source in _OWN_ADDRESSES.items()
                      if chains.family in (family, "inet")]  # fmt: skip
        lines.append("\t}")
    return "\n".join([*lines, "}", ""])


def _name(hook: str) -> str:
    return f"govctl_{hook}"


def with_ours(text: str, ours: str) -> str:
    """A file with our part at its end, and once."""
    others = without_ours(text)
    end = "" if not others or others.endswith("\n") else "\n"
    return f"{others}{end}{_BEGIN}\n{ours}{_END}\n"


def without_ours(text: str) -> str:
    """What others wrote there."""
    kept, inside = [], False
    for line in text.split("\n"):
        if inside:
            inside = line != _END
        elif line == _BEGIN:
            inside = True
        else:
            kept.append(line)
    return "\n".join(kept)


def closes(text: str) -> bool:
    """True if rules of others might refuse something."""
    lines = without_ours(text).split("\n")
    return any(_CLOSING.search(line.partition("#")[0]) for line in lines)


def _write(chains: Chains, dry: bool) -> None:
    now = read(_FILE) if os.path.isfile(_FILE) else _NEW
    text = with_ours(now, ruled(chains))
    _nft(["-c"], text)
    overrule(_FILE, lambda _text: text, home=os.path.dirname(_FILE), dry=dry, mode=0o755)


def _add(chains: Chains, dry: bool) -> None:
    """Have the kernel know them now; what others loaded stays."""
    table = [chains.family, chains.table]
    asked_for = [["table", *table], *(["chain", *table, _name(hook)] for hook in chains.hooks)]
    if all(_run(["nft", "list", *words]).returncode == 0 for words in asked_for):
        return
    if not dry:
        _nft([], ruled(chains))
    say("running rules:", "chains added")


def _nft(options: list[str], text: str) -> None:
    """Have nft read a text; SystemExit with the first of what it objects to."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
        file.flush()
        done = _run(["nft", *options, "-f", file.name])
    if done.returncode != 0:
        said = done.stderr.strip().replace(file.name, _FILE) or f"nft: status {done.returncode}"
        sys.exit(said.split("\n")[0])


def _runs() -> bool:
    """True if exactly what would be loaded runs; False where that cannot be tried."""
    would = _run(["sh", "-c", f"unshare -n sh -c 'nft -f {_FILE} && nft -s list ruleset'"])
    return would.returncode == 0 and would.stdout == _run(["nft", "-s", "list", "ruleset"]).stdout


def _load(dry: bool) -> None:
    if not units.enable(_LOADER, dry=dry):
        refuse(_LOADER, "there is no such unit")


def _run(line: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors="replace", timeout=60, check=False)  # fmt: skip

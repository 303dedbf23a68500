"""Pending updates, as apt itself sees them with lists that are fetched anew.

The lists are fetched into a folder that is gone when the command ends: looking changes nothing on
the host, takes no lock of it, and does not believe lists that are weeks old.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from govctl.texts import msg
from scanners.host.formats import apt_policy, apt_simulation
from scanners.host.formats.apt_policy import Archive, Offer
from scanners.host.formats.apt_simulation import Simulation
from scanners.host.model import Command, Missing, Raw, Source
from scanners.host.reading import failure_of, first_line, output_of

SECONDS = 300
_LIMIT = 1 << 24
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]*(?::[a-z0-9-]+)?", re.ASCII)
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+:~-]*", re.ASCII)
_PART = re.compile(r"^@([a-z]+)\n(.*?)\n@status ([0-9]{1,3})$", re.DOTALL | re.MULTILINE)
_FETCHED = re.compile(r"^(Err|Hit|Get):[0-9]+ (\S+) (\S+)", re.MULTILINE)
NOT_ROOT = 77
_UNFINISHED = re.compile(r"half-installed|unpacked|half-configured|triggers-(?:awaited|pending)")

_UNMET = "The following packages have unmet dependencies:"

Kept = Literal["held", "pinned"]
"""Why apt keeps an update back: a person's hold (apt-mark), or a preference (apt_preferences)."""


@dataclass(frozen=True)
class Update:
    """A newer version of an installed package."""

    package: str
    installed: str
    version: str
    """What apt would install; of a kept one what it does not."""
    archives: tuple[str, ...]
    """Who offers that version."""
    security: bool
    """True if a version above the installed one comes from an archive of security updates."""
    kept: Kept | None = None


@dataclass(frozen=True)
class Installed:
    """dpkg's packages at this moment."""

    versions: Mapping[str, str]
    """By name, with the architecture if that is a foreign one."""
    unfinished: tuple[str, ...]
    """Those that dpkg has not finished with, after an interruption."""


@dataclass(frozen=True)
class Updates:
    """What apt knows at this moment."""

    updates: tuple[Update, ...]
    installed: Installed
    archives: tuple[Archive, ...]
    """Every list that apt reads, also one that is old because its source is silent."""
    silent: tuple[str, ...]
    """Package sources that gave no current list: `http://… bookworm-security`."""
    answered: bool
    """True if any source did."""
    simulation: Simulation | Missing | None
    """What apt would do with the chosen packages; None if none were chosen."""


_INSTALLED = r"""[ "$(id -u)" = 0 ] || exit 77
command -v apt-get >/dev/null && command -v dpkg-query >/dev/null || exit 127
native=$(dpkg --print-architecture)
installed() {
  dpkg-query -W -f='${db:Status-Want} ${db:Status-Status} ${Package} ${Architecture} ${Version}\n' |
    awk -v native="$native" 'NF == 5 {
      print $1, $2, ($4 == native || $4 == "all") ? $3 : $3 ":" $4, $5 }'
}
"""
_LOOK = (
    _INSTALLED
    + r"""umask 022
work=$(mktemp -d /var/tmp/govctl-patch.XXXXXXXX) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 143' HUP INT TERM
eval "$(apt-config shell lists Dir::State::lists/d)"
chmod 755 "$work" && mkdir -p "$work/cache/archives/partial" || exit 1
cp -a "${lists%/}" "$work/lists" && mkdir -p "$work/lists/partial" || exit 1
for hook in Pre-Invoke Post-Invoke Post-Invoke-Success; do
  echo "#clear APT::Update::$hook;"
done >"$work/apt.conf"
own="-c=$work/apt.conf -o=Dir::State::lists=$work/lists -o=Dir::Cache=$work/cache -o=Dir::Log=$work"
part() {
  printf '\n@%s\n' "$1"; shift
  "$@" 2>&1
  printf '\n@status %s\n' $?
}
offers() {
  installed | awk '$2 != "config-files" && $2 != "not-installed" { print $3 }' |
    xargs apt-cache $own policy
}
part update apt-get $own -q -o=APT::Update::Error-Mode=any \
  -o=Acquire::Retries=0 -o=Acquire::Languages=none \
  -o=Acquire::http::Timeout=15 -o=Acquire::https::Timeout=15 update
part sources apt-cache $own policy
part installed installed
part offers offers
"""
)
_SIMULATE = """part chosen apt-get $own -q -s -y --no-remove --only-upgrade install {chosen}
"""


def updates_source(chosen: Iterable[tuple[str, str]] = ()) -> Source[Updates]:
    """The source of this fact; `chosen` packages at versions are what apt is to play through.

    Raises ValueError for what is no name or no version: they go into a shell.
    """
    words = pinned_words(chosen)
    line = _LOOK + (_SIMULATE.format(chosen=words) if words else "")
    return Source(Updates, parse, commands=(Command("updates", line, SECONDS, _LIMIT),))


def pinned_words(chosen: Iterable[tuple[str, str]]) -> str:
    """`name=version` for a shell, one for each. Raises ValueError."""
    words = []
    for package, version in chosen:
        if not (_PACKAGE.fullmatch(package) and _VERSION.fullmatch(version)):
            raise ValueError(f"{package}={version}")
        words.append(shlex.quote(f"{package}={version}"))
    return " ".join(words)


def parse(raw: Raw) -> Updates | Missing:
    """Missing where nothing can be said; that a source is silent is part of the fact."""
    said = answer_of(raw, "updates", "apt-get update")
    if isinstance(said, Missing):
        return said
    parts = {match[1]: (match[2], int(match[3])) for match in _PART.finditer(said)}
    for name in ("update", "sources", "installed", "offers"):
        if name not in parts:
            return Missing(msg("apt's answer breaks off"))
        if name != "update" and parts[name][1] != 0:
            return Missing(msg("apt refuses: {reason}", reason=complaint(parts[name][0])))
    states = _states(parts["installed"][0])
    if not states:
        return Missing(msg("dpkg knows no installed package"))
    known = apt_policy.archives(parts["sources"][0])
    held = {package for package, (want, _state, _version) in states.items() if want == "hold"}
    found = [
        update
        for offer in apt_policy.offers(parts["offers"][0])
        if offer.package in states and (update := _update(offer, known, held))
    ]
    if any(not _VERSION.fullmatch(one.version) for one in found):
        return Missing(msg("apt's answer breaks off"))
    return Updates(
        updates=tuple(sorted(found, key=lambda one: (not one.security, one.package))),
        installed=_installed(states),
        archives=tuple(known.values()),
        silent=_silent(*parts["update"]),
        answered=_answered(parts["update"][0]),
        simulation=_simulation(*parts["chosen"]) if "chosen" in parts else None,
    )


def parse_installed(raw: Raw) -> Installed | Missing:
    """The same rows alone."""
    said = answer_of(raw, "installed", "dpkg-query")
    return said if isinstance(said, Missing) else _installed(_states(said))


def _installed(states: Mapping[str, tuple[str, str, str]]) -> Installed:
    unfinished = [name for name, one in states.items() if _UNFINISHED.fullmatch(one[1])]
    return Installed({name: one[2] for name, one in states.items()}, tuple(unfinished))


def answer_of(raw: Raw, name: str, shown: str) -> str | Missing:
    """What a command of many lines printed, or why there is nothing; `shown` is what it is about.

    Its first line exits with 77 unless root runs it.
    """
    output = raw.outputs.get(name)
    if output is None:
        return output_of(raw, name)
    if output.status == NOT_ROOT:
        return Missing(msg("only root can patch"))
    reason = failure_of(replace(output, line=shown))
    return Missing(reason) if reason else output.stdout.decode("utf-8", "replace")


def complaint(text: str) -> str:
    """What apt or dpkg gives as its reason: the first dependency that is not met, else the first
    error, else its last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if _UNMET in lines[:-1]:
        return first_line(lines[lines.index(_UNMET) + 1].encode())
    errors = [n for n, line in enumerate(lines) if line.startswith(("E: ", "dpkg: error"))]
    place = errors[0] if errors else len(lines) - 1
    if not lines:
        return "-"
    end = place + (2 if lines[place].endswith(":") else 1)
    said = " ".join(lines[place:end])
    return first_line(said.removeprefix("E: ").encode()) or "-"


def _states(text: str) -> dict[str, tuple[str, str, str]]:
    """Package → what is wanted, what is the case, and the version; only what is there."""
    rows = (line.split(" ") for line in text.splitlines())
    return {
        row[2]: (row[0], row[1], row[3])
        for row in rows
        if len(row) == 4 and row[1] not in ("config-files", "not-installed")
        and _PACKAGE.fullmatch(row[2])
    }  # fmt: skip


def _update(offer: Offer, known: Mapping[str, Archive], held: Iterable[str]) -> Update | None:
    if offer.installed is None or not offer.newer:
        return None
    versions = [one.version for one in offer.newer]
    fixes = [
        place
        for place, one in enumerate(offer.newer)
        if any(file in known and known[file].is_security for file in one.files)
    ]
    # A candidate below the newest security version would leave the hole open.
    place = versions.index(offer.candidate) if offer.candidate in versions else len(versions)
    kept: Kept | None = None
    if place > (fixes[0] if fixes else len(versions) - 1):
        place, kept = (fixes or [0])[0], "pinned"
    elif offer.package in held:
        kept = "held"
    chosen = offer.newer[place]
    names = tuple(dict.fromkeys(str(known[file]) for file in chosen.files if file in known))
    return Update(offer.package, offer.installed, chosen.version, names, bool(fixes), kept)


def _silent(text: str, status: int) -> tuple[str, ...]:
    """Sources that failed; `?` if apt failed without naming one."""
    named = dict.fromkeys(f"{m[2]} {m[3]}" for m in _FETCHED.finditer(text) if m[1] == "Err")
    return tuple(named) or (("?",) if status != 0 else ())


def _answered(text: str) -> bool:
    # A source is asked for several files, and apt says Get before it knows that one is not there.
    fetched = [(m[1], f"{m[2]} {m[3]}") for m in _FETCHED.finditer(text)]
    failed = {source for word, source in fetched if word == "Err"}
    return any(source not in failed for _word, source in fetched)


def _simulation(text: str, status: int) -> Simulation | Missing:
    if status != 0:
        return Missing(msg("apt refuses: {reason}", reason=complaint(text)))
    return apt_simulation.parse(text)


INSTALLED = Source(
    Installed,
    parse_installed,
    commands=(Command("installed", f"{_INSTALLED}installed", limit=_LIMIT),),
)

"""Logging: rsyslog, journald, logrotate; and time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_

from govctl.texts import msg
from scanners.host.following import include_directories, includes, rsyslog_includes
from scanners.host.formats import chrony_conf, ini, rsyslog_conf
from scanners.host.model import Command, Missing, Raw, Source
from scanners.host.reading import (
    drop_ins,
    file_text,
    is_part,
    logical_lines,
    matching,
    output_of,
    text_of,
)
from scanners.host.reductions import settings_file


@dataclass(frozen=True)
class Forward:
    """Where rsyslog sends messages."""

    host: str
    port: int
    protocol: str
    """tcp, udp, relp."""
    tls: bool
    verified: bool
    """True if the server's certificate is checked against a name or a fingerprint."""


@dataclass(frozen=True)
class Input:
    """Where rsyslog takes messages from other machines."""

    module: str
    """imtcp, imptcp, imudp, imrelp, imgssapi."""
    port: str
    address: str
    """Empty for every address."""
    loaded: bool
    """False if the module is not loaded, so that nothing listens."""


@dataclass(frozen=True)
class Logging:
    """rsyslog, journald, logrotate."""

    forwards: tuple[Forward, ...]
    file_mode: int | None
    """rsyslog's effective $FileCreateMode: the weakest in effect at any action that writes a file.
    None without rsyslog."""
    journald: Mapping[str, str]
    """Lower-case key of [Journal] → effective value after drop-ins, compiled defaults included."""
    logrotate: Mapping[str, str]
    """Global directives of logrotate.conf: `rotate`, `weekly` …; flags have the value ``"1"``."""
    inputs: tuple[Input, ...] = ()
    configured: bool = True
    """True if there is an rsyslog.conf."""
    streams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """`mode` and `authentication` of every action that sends by a stream driver (without one: what
    the directives give the next), `driver` (the default) and `authorities` (its CA file)."""
    journal_folder: bool | None = None
    """True if there is /var/log/journal, which makes `Storage=auto` persistent; None if nobody
    knows."""
    unread: tuple[str, ...] = ()
    """What rsyslog includes and nobody has read: paths and patterns."""


@dataclass(frozen=True)
class TimeSync:
    """chrony or systemd-timesyncd."""

    daemon: str | None
    """`chrony`, `systemd-timesyncd`, or None."""
    sources: tuple[str, ...]
    """Configured servers and pools."""
    synchronised: bool | None
    """True if the clock follows one of the sources; a chronyd that only serves its own clock
    (`local`) does not. None where it was not asked (a tree)."""
    user: str | None = None
    """The user chronyd runs as, by its configuration."""
    offset: float | None = None
    """Seconds that chrony sees between the clock and its sources; None where it does not say."""
    pools: tuple[str, ...] = ()
    """Sources that chrony resolves to several servers."""
    installed: bool = True
    """False if a part of a tree has its configuration alone."""


JOURNALD_DEFAULTS = {
    "storage": "auto", "compress": "yes", "seal": "yes", "forwardtosyslog": "yes",
    "forwardtowall": "yes", "maxfilesec": "1month", "maxlevelstore": "debug",
}  # fmt: skip
"""Compiled into Debian 12's systemd 252."""
_RSYSLOG = "/etc/rsyslog.conf"
_PARTS = "/etc/rsyslog.d/*.conf"
_LOGROTATE = "/etc/logrotate.conf"
_JOURNALD = "/etc/systemd/journald.conf"
_JOURNAL = "/var/log/journal"
_CHRONY = "/etc/chrony/chrony.conf"
_CHRONY_DEFAULTS = "/etc/default/chrony"
_TIMESYNCD = "/etc/systemd/timesyncd.conf"
_SYSTEMD = ("/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd")
_NO_SOURCE = frozenset({"", "00000000", "7F7F0101"})
"""chronyd follows nothing, or itself."""
_LEAP_GOOD = frozenset({"Normal", "Insert second", "Delete second"})


def parse_logging(raw: Raw) -> Logging | Missing:
    """The files, read in the daemons' own order."""
    rsyslog, rotate = text_of(raw, _RSYSLOG), text_of(raw, _LOGROTATE)
    journald = _systemd(raw, _JOURNALD)
    for text in (rsyslog, rotate, *_unreadable(raw, _PARTS)):
        if isinstance(text, Missing):
            return text
    if isinstance(journald, Missing):
        return journald
    state = rsyslog_conf.read(str(rsyslog or ""), lambda pattern: _included(raw, pattern))
    forwards = tuple(Forward(f.host, f.port, f.protocol, f.tls, f.verified) for f in state.forwards)
    mode = reduce(or_, state.file_modes) if state.file_modes else state.last_mode
    return Logging(
        forwards,
        mode if rsyslog else None,
        {**JOURNALD_DEFAULTS, **ini.of_systemd(journald, "Journal")},
        _global_directives(str(rotate or "")),
        tuple(Input(i.module, i.port, i.address, i.module in state.modules) for i in state.inputs),
        rsyslog is not None,
        _streams(state),
        _has_folder(raw),
        tuple(dict.fromkeys(state.unread)),
    )


def _included(raw: Raw, pattern: str) -> Iterator[str | None]:
    found = matching(raw, pattern)
    asked = pattern == _PARTS or pattern in raw.asked or any(f.path == pattern for f in found)
    if not asked or (not found and is_part(raw) and not pattern.startswith("/etc/")):
        yield None
    for file in found:
        text = file_text(file)
        yield text if isinstance(text, str) else None


def _has_folder(raw: Raw) -> bool | None:
    folder = raw.files.get(_JOURNAL)
    if folder is None:  # older facts did not look there; a part of a tree need not hold /var
        return None if is_part(raw) or _JOURNAL not in raw.asked else False
    end = folder.leads_to if folder.kind == "link" else folder
    return end is not None and end.kind == "directory"


def _streams(state: rsyslog_conf.State) -> dict[str, tuple[str, ...]]:
    def named(name: str) -> str:
        return state.directives.get(name, "").strip("\"'")

    own = [one.stream for one in state.forwards if one.stream is not None]
    stream = own or [
        (named("actionsendstreamdrivermode"), named("actionsendstreamdriverauthmode").lower())
    ]
    found = {
        "mode": tuple(mode for mode, _ in stream),
        "authentication": tuple(authentication for _, authentication in stream),
        "driver": (named("defaultnetstreamdriver").lower(),),
        "authorities": (named("defaultnetstreamdrivercafile"),),
    }
    return {name: values for name, values in found.items() if any(values)}


def _texts(raw: Raw, pattern: str) -> list[str]:
    texts = (text_of(raw, file.path) for file in matching(raw, pattern))
    return [text for text in texts if isinstance(text, str)]


def _unreadable(raw: Raw, pattern: str) -> list[Missing]:
    texts = [text_of(raw, file.path) for file in matching(raw, pattern)]
    return [text for text in texts if isinstance(text, Missing)]


def _systemd(raw: Raw, path: str) -> list[str] | Missing:
    """A main file of systemd, then its drop-ins by name."""
    name = path.rsplit("/", 1)[-1]
    main = raw.files.get(path)
    texts = []
    for file in ([main] if main else []) + drop_ins(raw, tuple(f"{d}/{name}.d" for d in _SYSTEMD)):
        text = file_text(file)
        if isinstance(text, Missing):
            return text
        texts.append(text)
    return texts


def _global_directives(text: str) -> dict[str, str]:
    """What stands outside of braces; of several values the last counts."""
    outside = re.sub(r"(?m)^[^\n{}]*\{[^{}]*\}", "", text)
    values: dict[str, str] = {}
    for _, line in logical_lines(outside):
        words = line.split(None, 1)
        if re.fullmatch(r"[a-z]+", words[0], re.ASCII) and words[0] != "include":
            values[words[0]] = words[1].strip() if len(words) > 1 else "1"
    return values


def parse_time(raw: Raw) -> TimeSync | Missing:
    """chrony if it is installed, else systemd-timesyncd if that is.

    In a part of a tree the configuration that is there is taken for that of the daemon in use.
    """
    if "/usr/sbin/chronyd" in raw.files:
        return _chrony(raw)
    if "/usr/lib/systemd/systemd-timesyncd" in raw.files:
        return _timesyncd(raw)
    if not is_part(raw):
        return TimeSync(None, (), None)
    if any(path.startswith("/etc/chrony/") for path in raw.files):
        found = _chrony(raw)
    elif any("/timesyncd.conf" in path for path in raw.files):
        found = _timesyncd(raw)
    else:
        return Missing(msg("there is no {path}", path="/var/lib/dpkg/status"))
    return replace(found, installed=False) if isinstance(found, TimeSync) else found


def _timesyncd(raw: Raw) -> TimeSync | Missing:
    texts = _systemd(raw, _TIMESYNCD)
    if isinstance(texts, Missing):
        return texts
    fallback = ini.words(texts, "Time", "fallbackntp")
    fallback = _fallback(raw) if fallback is None else fallback
    sources = tuple(ini.words(texts, "Time", "ntp") or fallback)
    synchronised = None
    if raw.live:
        said = output_of(raw, "timedate")
        if isinstance(said, Missing):
            return said
        synchronised = said.strip() == "yes"
    return TimeSync("systemd-timesyncd", sources, synchronised, "systemd-timesync")


def _fallback(raw: Raw) -> list[str]:
    """Compiled into systemd by each distribution."""
    release = text_of(raw, "/etc/os-release")
    if isinstance(release, str) and re.search(r"(?m)^ID=\"?ubuntu\"?$", release):
        return ["ntp.ubuntu.com"]
    return [f"{n}.debian.pool.ntp.org" for n in range(4)]


def _chrony(raw: Raw) -> TimeSync | Missing:
    text = text_of(raw, _CHRONY)
    if isinstance(text, Missing):
        return text
    config = chrony_conf.read(text or "", lambda pattern: _texts(raw, pattern))
    synchronised, offset = None, None
    if raw.live:
        # Status 1 is chrony's own way to say that chronyd does not answer.
        said = output_of(raw, "chrony", ok=frozenset({0, 1}))
        if isinstance(said, Missing):
            return said
        tracking = dict(re.findall(r"(?m)^([A-Z][\w ().]*?) *: (.*)$", said))
        leap = tracking.get("Leap status", "").strip()
        reference = tracking.get("Reference ID", "").partition(" ")[0]
        synchronised = leap in _LEAP_GOOD and reference not in _NO_SOURCE
        found = re.match(r"([0-9.]{1,20}) seconds", tracking.get("System time", ""), re.ASCII)
        offset = chrony_conf.seconds(found[1]) if found and synchronised else None
    user = _chrony_option(raw) or config.user
    return TimeSync("chrony", config.sources, synchronised, user, offset, config.pools)


def _chrony_option(raw: Raw) -> str | None:
    """`-u USER` of DAEMON_OPTS, which chrony.service gives to chronyd, wins over the file."""
    text = text_of(raw, _CHRONY_DEFAULTS)
    found = re.findall(r"(?m)^[ \t]*DAEMON_OPTS=[\"']?([^\"'\n]*)", text or "") if isinstance(
        text, str) else []  # fmt: skip
    options = re.findall(r"(?:^|\s)-u\s*(\S+)", found[-1]) if found else []
    return options[-1] if options else None


LOGGING = Source(
    Logging,
    parse_logging,
    files=(
        _JOURNALD,
        *(f"{directory}/journald.conf.d/*.conf" for directory in _SYSTEMD),
        _LOGROTATE,
    ),
    stats=(_JOURNAL, "/var/lib/dpkg/status"),
    reduced=(settings_file(_RSYSLOG), settings_file(_PARTS)),
    follows=(rsyslog_includes((_RSYSLOG, _PARTS)),),
)
_CHRONY_FILES = (_CHRONY, "/etc/chrony/conf.d/*.conf", "/etc/chrony/sources.d/*.sources",
                 "/run/chrony-dhcp/*.sources")  # fmt: skip
TIME_SYNC = Source(
    TimeSync,
    parse_time,
    files=(
        *_CHRONY_FILES,
        _CHRONY_DEFAULTS,
        _TIMESYNCD,
        "/etc/os-release",
        *(f"{directory}/timesyncd.conf.d/*.conf" for directory in _SYSTEMD),
    ),
    stats=("/usr/sbin/chronyd", "/usr/lib/systemd/systemd-timesyncd"),
    follows=(
        includes((_CHRONY,), ("include",), "/etc/chrony"),
        include_directories((_CHRONY,), ("confdir", "sourcedir"), "/etc/chrony"),
    ),
    commands=(
        Command("chrony", "chronyc -n tracking", timeout=10, limit=1 << 14),
        Command("timedate", "timedatectl show -p NTPSynchronized --value", timeout=10, limit=256),
    ),
)

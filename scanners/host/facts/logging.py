"""Logging and time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


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
class Logging:
    """rsyslog, journald, logrotate."""

    forwards: tuple[Forward, ...]
    file_mode: int | None
    """rsyslog's effective $FileCreateMode."""
    journald: Mapping[str, str]
    """Lower-case key of [Journal] → effective value after drop-ins."""
    logrotate: Mapping[str, str]
    """Global directives of logrotate.conf: `rotate`, `weekly` …; flags have the value ``"1"``."""


@dataclass(frozen=True)
class TimeSync:
    """chrony or systemd-timesyncd."""

    daemon: str | None
    """`chrony`, `systemd-timesyncd`, or None."""
    sources: tuple[str, ...]
    """Configured servers and pools."""
    synchronised: bool | None
    """None where it was not asked (a tree)."""
    user: str | None = None
    """The user chronyd runs as, by its configuration."""

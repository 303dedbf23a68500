"""Rules of tmpfiles.d and logrotate on a log server."""

from __future__ import annotations

from scanners.host.facts.logging import Input, Logging
from tests.policies.cases.model import Case, Cases
from tests.policies.hosts import Facts, files

SERVER = Logging((), 0o640, {}, {}, (Input("imtcp", "6514", "", True),))
OWN = "/etc/tmpfiles.d/govctl-log.conf"


def rules(*lines: str) -> Facts:
    """A server whose own file has these lines."""
    return (files({OWN: "".join(f"{line}\n" for line in lines)}), SERVER)


CASES: Cases = {
    "log-server-retention": Case(
        (
            rules("# a comment", "d /var/log/hosts 0750 root adm 365d"),
            rules('d "/var/log/hosts" 0750 root adm 30d'),
            rules("e /var/log/hosts - - - cm:5w"),
            rules("d /var/log/hosts 0750 root adm 365d", "q /var/log/journal - - - 1d"),
        ),
        (
            rules("d /var/log/hosts 0750 root adm 29d"),
            rules("d /var/log/hosts 0750 root adm 4w1d23h"),
            rules("d /var/log/hosts 0750 root adm 365d", "e /var/log/hosts/* - - - 10d"),
            rules("d /var/log/hosts 0750 root adm 365d", "d /var/log 0755 root root 10d"),
            rules("D /var/log/hosts 0750 root adm 365d"),
            rules("d /var/log/hosts 0750 root adm 365d", "R! /var/log/hosts/*"),
            rules("d /var/log/hosts 0750 root adm 0"),
        ),
    ),
}

"""What journald and rsyslog do with messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fixes.theme import Theme

_WRONG = {"Storage": "volatile", "Compress": "no"}


def _journal(args: Mapping[str, Any]) -> str:
    words = args.get("one_of", ())
    value = _WRONG.get(args["key"], "yes" if "no" in words else "no")
    return (
        "mkdir -p /etc/systemd/journald.conf.d; "
        f"printf '[Journal]\\n{args['key']}={value}\\n' "
        f"> /etc/systemd/journald.conf.d/{args['key']}.conf\n"
        f"cp /etc/systemd/journald.conf.d/{args['key']}.conf "
        f"/etc/systemd/journald.conf.d/zz-odd-{args['key']}.conf\n"
        "mkdir -p /usr/lib/systemd/journald.conf.d\n"
        f"cp /etc/systemd/journald.conf.d/{args['key']}.conf "
        f"/usr/lib/systemd/journald.conf.d/zz-vendor-{args['key']}.conf"
    )


_INPUTS = r"""cat > /etc/rsyslog.d/odd.conf <<'END'
module(load="imtcp")
input(type="imtcp"
      port="514")
$ModLoad imudp
$UDPServerRun 514
$IncludeConfig /etc/rsyslog.more/
END
mkdir /etc/rsyslog.more
echo '$InputTCPServerRun 514' > /etc/rsyslog.more/inputs"""
_MODES = r"""sed -i 's/^\$FileCreateMode.*/$FileCreateMode 0644/' /etc/rsyslog.conf
cat > /etc/rsyslog.d/modes.conf <<'END'
$FileCreateMode 0666 # for all
user.*  /var/log/odd.log
action(type="omfile" file="/var/log/odder.log"
       FileCreateMode="0664")
include(file="/etc/rsyslog.modes")
END
printf '$FileCreateMode 0666\n*.* /var/log/more\n' > /etc/rsyslog.modes"""
_KEPT = frozenset({"journal-forward-off", "journald-disable-forward-to-syslog"})

THEMES = (
    Theme("logs",
          {"logging.journald": _journal, "logging.no-inputs": _INPUTS,
           "logging.file-mode": _MODES}, without=_KEPT,
          against=_KEPT | {"logging-input-tcp", "logging-input-udp"}),
    Theme("logs-kept", {"logging.journald": _journal}, only=_KEPT,
          setup="dpkg --purge --force-depends rsyslog >/dev/null 2>&1",
          against=frozenset({"journal-forward", "journald-forward-to-syslog"})),
)  # fmt: skip

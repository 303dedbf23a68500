"""Hosts with audit rules, made of files and outputs as they are and read by the real parsers."""

from __future__ import annotations

from collections.abc import Mapping

from scanners.host.facts.audit import AUDITD, RULES, Auditd, AuditRules
from scanners.host.model import File, Output
from tests.scanners.host.raws import file, output, raw

STATUS = """\
enabled {enabled}
failure 1
pid 561
rate_limit 0
backlog_limit 8192
lost 0
backlog 0
backlog_wait_time 60000
backlog_wait_time_actual 0
loginuid_immutable 0 unlocked
"""
UNIT = """\
[Service]
Type=forking
ExecStart=/sbin/auditd
## To not use augenrules, copy this file and comment the next line
ExecStartPost=-/sbin/augenrules --load
#ExecStartPost=-/sbin/auditctl -R /etc/audit/audit.rules
"""
HEAD = "-D\n-b 8192\n-f 1\n--backlog_wait_time 60000\n"
CONF = """\
#
# This file controls the configuration of the audit daemon
#

local_events = yes
write_logs = yes
log_file = /var/log/audit/audit.log
log_group = adm
log_format = ENRICHED
flush = INCREMENTAL_ASYNC
freq = 50
max_log_file = 8
num_logs = 5
priority_boost = 4
name_format = NONE
##name = mydomain
max_log_file_action = ROTATE
space_left = 75
space_left_action = SYSLOG
verify_email = yes
action_mail_acct = root
admin_space_left = 50
admin_space_left_action = SUSPEND
disk_full_action = SUSPEND
disk_error_action = SUSPEND
use_libwrap = yes
##tcp_listen_port = 60
distribute_network = no
q_depth = 2000
overflow_action = SYSLOG
max_restarts = 10
plugin_dir = /etc/audit/plugins.d
end_of_event_timeout = 2
"""
"""What Debian 12 installs."""
LOADER = {"x86_64": "/lib64/ld-linux-x86-64.so.2", "aarch64": "/lib/ld-linux-aarch64.so.1",
          "riscv64": "/lib/ld-linux-riscv64-lp64d.so.1"}  # fmt: skip


def rules(
    stored: str,
    running: str | None = None,
    *,
    enabled: int = 1,
    machine: str = "x86_64",
    others: dict[str, File | str] | None = None,
) -> AuditRules:
    """A tree with these rules, or a host that runs `running` (as `auditctl -l` prints it)."""
    files: dict[str, File | str | bytes] = {
        "/usr/sbin/auditctl": file("/usr/sbin/auditctl", None),
        "/etc/audit/rules.d": file("/etc/audit/rules.d", None, kind="directory"),
        "/etc/audit/rules.d/audit.rules": HEAD,
        "/etc/audit/rules.d/50-own.rules": stored,
        "/usr/lib/systemd/system/auditd.service": UNIT,
    }
    outputs: dict[str, str | bytes | Output] = {}
    if running is not None:
        outputs = {"machine": f"{machine}\n", "audit-status": STATUS.format(enabled=enabled),
                   "audit-rules": running or "No rules\n"}  # fmt: skip
    elif machine in LOADER:
        files[LOADER[machine]] = file(LOADER[machine], None)
    files |= others or {}
    fact = RULES.parse(raw(files, outputs))
    assert isinstance(fact, AuditRules), fact
    return fact


def unasked(stored: str, stderr: str = "You must be root to run this program.") -> AuditRules:
    """A host of which the running rules could not be read."""
    files = {
        "/sbin/auditctl": file("/sbin/auditctl", None),
        "/etc/audit/audit.rules": file("/etc/audit/audit.rules", stored),
    }
    said = output("", status=4, stderr=stderr)
    fact = RULES.parse(raw(files, {"machine": "x86_64\n", "audit-status": said,
                                   "audit-rules": said}))  # fmt: skip
    assert isinstance(fact, AuditRules)
    return fact


def auditd(
    settings: Mapping[str, str | None] | None = None, plugins: Mapping[str, str] | None = None
) -> Auditd:
    """Debian's configuration with some lines replaced, or left out (None)."""
    lines, settings = [], settings or {}
    for line in CONF.splitlines():
        key = line.split(" ")[0]
        if key not in settings:
            lines.append(line)
    lines += [f"{key} = {value}" for key, value in settings.items() if value is not None]
    files: dict[str, File | str | bytes] = {
        "/etc/audit/auditd.conf": "\n".join(lines) + "\n",
        "/sbin/audisp-syslog": file("/sbin/audisp-syslog", None),
    }
    files |= {f"/etc/audit/plugins.d/{name}": text for name, text in (plugins or {}).items()}
    fact = AUDITD.parse(raw(files))
    assert isinstance(fact, Auditd), fact
    return fact

"""auditd.conf(5) and the files of plugins.d: `keyword = value`, blanks around the sign."""

from __future__ import annotations

DEFAULTS = {
    "local_events": "yes", "write_logs": "yes", "log_file": "/var/log/audit/audit.log",
    "log_format": "raw", "log_group": "root", "flush": "none", "freq": "0", "num_logs": "0",
    "max_log_file": "0", "max_log_file_action": "ignore", "space_left": "0",
    "space_left_action": "ignore", "action_mail_acct": "root", "admin_space_left": "0",
    "admin_space_left_action": "ignore", "disk_full_action": "ignore",
    "disk_error_action": "syslog", "overflow_action": "syslog",
}  # fmt: skip
"""What auditd 3 starts from, before it reads its file."""
_KEYWORDS = frozenset(DEFAULTS) | frozenset({
    "disp_qos", "dispatcher", "distribute_network", "enable_krb5", "end_of_event_timeout",
    "krb5_key_file", "krb5_principal", "max_restarts", "name", "name_format", "plugin_dir",
    "priority_boost", "q_depth", "report_interval", "tcp_client_max_idle", "tcp_client_ports",
    "tcp_listen_port", "tcp_listen_queue", "tcp_max_per_addr", "transport", "use_libwrap",
    "verify_email",
})  # fmt: skip
_ACTIONS = frozenset(["ignore", "syslog", "rotate", "email", "exec", "suspend", "single", "halt"])
_YES_NO = frozenset({"yes", "no"})
_WORDS = {
    "local_events": _YES_NO,
    "write_logs": _YES_NO,
    "log_format": frozenset({"raw", "nolog", "enriched"}),
    "flush": frozenset({"none", "incremental", "incremental_async", "data", "sync"}),
    "max_log_file_action": frozenset({"ignore", "syslog", "suspend", "rotate", "keep_logs"}),
    "space_left_action": _ACTIONS,
    "admin_space_left_action": _ACTIONS,
    "disk_full_action": _ACTIONS - {"email"},
    "disk_error_action": _ACTIONS - {"email", "rotate"},
    "overflow_action": frozenset({"ignore", "syslog", "suspend", "single", "halt"}),
}
_WITH_MORE = frozenset({
    "space_left_action", "admin_space_left_action", "disk_full_action", "disk_error_action",
})  # fmt: skip
_NUMBERS = frozenset({"freq", "num_logs", "max_log_file"})
_LONGEST = 158
"""Characters of a line; auditd skips a longer one."""


def read(text: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Values in effect, and the lines for which auditd does not start."""
    found, errors = pairs(text, _WITH_MORE)
    for keyword, value in found.items():
        allowed = _WORDS.get(keyword, frozenset({value.lower()}))
        number = value.isascii() and value.isdigit()
        known = keyword in _KEYWORDS and value.lower() in allowed
        if not known or (keyword in _NUMBERS and not number):
            errors.append(f"{keyword} = {value}")
    settings = DEFAULTS | found
    if settings["log_format"].lower() == "nolog":
        settings["write_logs"] = "no"
    return settings, tuple(errors)


def pairs(
    text: str, with_more: frozenset[str] = frozenset({"args"})
) -> tuple[dict[str, str], list[str]]:
    """Lower-case keyword → its last value, and the lines that are no assignment.

    `with_more`: keywords whose value may be followed by other words. There are no comments behind
    a value.
    """
    found: dict[str, str] = {}
    errors = []
    for line in text.split("\n"):
        words = [word for word in line.split(" ") if word]
        if not words or words[0].startswith("#") or len(line) > _LONGEST:
            continue
        too_many = len(words) > 3 and words[0].lower() not in with_more
        if len(words) < 3 or words[1] != "=" or too_many:
            errors.append(line.strip())
        else:
            found[words[0].lower()] = words[2]
    return found, errors

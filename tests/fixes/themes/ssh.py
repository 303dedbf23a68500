"""The SSH server's options and the client's algorithms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fixes.theme import Break, Theme

_BAD = "/etc/ssh/sshd_config.d/10-odd.conf"
_WORDS = {
    "yes": "no", "no": "yes", "/etc/issue.net": "none", "/etc/issue": "none", "VERBOSE": "QUIET",
}  # fmt: skip
_WEAK = {"ciphers": "aes128-cbc", "macs": "hmac-sha1",
         "kexalgorithms": "diffie-hellman-group14-sha1"}  # fmt: skip


def _option(args: Mapping[str, Any], file: str = _BAD) -> str:
    if "subset" in args:
        value = _WEAK[args["option"]]
    elif "equals" in args:
        value = _WORDS[args["equals"]]
    elif "one_of" in args:
        value = {"permitrootlogin": "yes", "loglevel": "QUIET"}[args["option"]]
    else:
        value = str(args["maximum"] + 100)
    return f"echo '{args['option']} {value}' >> {file}"


def _server(file: str) -> Mapping[str, Break]:
    return {
        "sshd.option": lambda args: _option(args, file),
        "sshd.startups": f"echo 'MaxStartups 200:10:900' >> {file}",
        "sshd.keepalive": f"echo 'ClientAliveInterval 7200' >> {file}",
        "sshd.rekey": f"echo 'RekeyLimit 8G 2d' >> {file}",
        "sshd.no-tcp-forwarding": f"echo 'AllowTcpForwarding yes' >> {file}",
    }


_CLIENT = (
    "printf 'Host *\\n  Ciphers aes128-cbc\\n  MACs hmac-sha1\\n"
    "  KexAlgorithms diffie-hellman-group14-sha1\\n' > /etc/ssh/ssh_config.d/"
)
_AGAINST = frozenset({"sshd-x11-forwarding-on", "sshd-public-key-off", "sshd-gssapi-on"})
_MATCH = """\
cat > /etc/ssh/sshd_config.d/50-odd.conf <<'EOF'
Match Address 10.0.0.0/8
  PermitRootLogin yes # only there
  "PermitEmptyPasswords" = yes
  MaxAuthTries 100
  ClientAliveInterval 2h
  RekeyLimit 8G 2d
  AllowTcpForwarding yes
Match User an
  MaxAuthTries 2
  X11Forwarding no
EOF"""
_MATCHED = frozenset({"sshd-root-login", "sshd-empty-passwords", "sshd-max-auth-tries"})

THEMES = (
    Theme(
        "ssh",
        {**_server(_BAD), "ssh.client-algorithms": f"{_CLIENT}10-odd.conf"},
        without=frozenset({"sshd-banner-issue"}),
        against=_AGAINST,
    ),
    Theme(  # drop-ins that are read before ours
        "ssh-won",
        {
            **_server("/etc/ssh/sshd_config.d/00-a.conf"),
            "ssh.client-algorithms": f"{_CLIENT}00-a.conf",
        },
        without=frozenset({"sshd-banner-issue"}),
        against=_AGAINST,
    ),
    Theme(
        "ssh-match",
        dict.fromkeys(("sshd.option", "sshd.keepalive", "sshd.rekey"), _MATCH),
        only=_MATCHED | {"sshd-keepalive", "sshd-rekey-limit"},
        against=_AGAINST,
    ),
    Theme(
        "ssh-start",
        {"sshd-root-login": "echo 'SSHD_OPTS=\"-4 -o PermitRootLogin=yes\"' > /etc/default/ssh"},
    ),
    Theme("ssh-issue", {"sshd-banner-issue": _option}),
    Theme(  # settings that stand before the drop-ins, and no drop-in at all
        "ssh-late",
        {"sshd-root-login": "sed -i '1i PermitRootLogin yes' /etc/ssh/sshd_config",
         "ssh.client-algorithms": "sed -i '1i Ciphers aes128-cbc' /etc/ssh/ssh_config"},
    ),
)  # fmt: skip

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


def _option(args: Mapping[str, Any]) -> str:
    if "subset" in args:
        value = _WEAK[args["option"]]
    elif "equals" in args:
        value = _WORDS[args["equals"]]
    elif "one_of" in args:
        value = {"permitrootlogin": "yes", "loglevel": "QUIET"}[args["option"]]
    else:
        value = str(args["maximum"] + 100)
    return f"echo '{args['option']} {value}' >> {_BAD}"


_SERVER: Mapping[str, Break] = {
    "sshd.option": _option,
    "sshd.startups": f"echo 'MaxStartups 200:10:900' >> {_BAD}",
    "sshd.keepalive": f"echo 'ClientAliveInterval 7200' >> {_BAD}",
    "sshd.rekey": f"echo 'RekeyLimit 8G 2d' >> {_BAD}",
    "sshd.no-tcp-forwarding": f"echo 'AllowTcpForwarding yes' >> {_BAD}",
}

THEMES = (
    Theme(
        "ssh",
        {
            **_SERVER,
            "ssh.client-algorithms": "printf 'Host *\\n  Ciphers aes128-cbc\\n  MACs hmac-sha1\\n"
            "  KexAlgorithms diffie-hellman-group14-sha1\\n' > /etc/ssh/ssh_config.d/10-odd.conf",
        },
        without=frozenset({"sshd-banner-issue"}),
        against=frozenset({"sshd-x11-forwarding-on", "sshd-public-key-off", "sshd-gssapi-on"}),
    ),
    Theme("ssh-issue", {"sshd-banner-issue": _option}),
    Theme(  # settings that stand before the drop-ins, and no drop-in at all
        "ssh-late",
        {"sshd-root-login": "sed -i '1i PermitRootLogin yes' /etc/ssh/sshd_config",
         "ssh.client-algorithms": "sed -i '1i Ciphers aes128-cbc' /etc/ssh/ssh_config"},
    ),
)  # fmt: skip

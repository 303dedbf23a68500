"""What `sshd -T` prints (OpenSSH 9.2p1 of Debian 12, and machines that others hardened)."""

from __future__ import annotations

from dataclasses import replace

from tests.policies.cases.model import Case, Cases, one
from tests.policies.hosts import sshd

STRONG = {
    "ciphers": "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes256-ctr",
    "macs": "hmac-sha2-512-etm@openssh.com,hmac-sha2-256",
    "kexalgorithms": "sntrup761x25519-sha512@openssh.com,curve25519-sha256",
}
WEAK = {
    "ciphers": ("aes256-ctr,3des-cbc", "aes128-cbc"),
    "macs": ("umac-64-etm@openssh.com,hmac-sha2-256", "hmac-sha1"),
    "kexalgorithms": (
        "curve25519-sha256,diffie-hellman-group1-sha1",
        "diffie-hellman-group14-sha1",
    ),
}
OPTIONS = {  # check → option, good values, bad values
    "sshd-root-login": (
        "permitrootlogin",
        ["no"],
        ["yes", "without-password", "prohibit-password"],
    ),
    "sshd-empty-passwords": ("permitemptypasswords", ["no"], ["yes"]),
    "sshd-password-login": ("passwordauthentication", ["no"], ["yes"]),
    "sshd-keyboard-interactive": ("kbdinteractiveauthentication", ["no"], ["yes"]),
    "sshd-host-based-login": ("hostbasedauthentication", ["no"], ["yes"]),
    "sshd-rhosts": ("ignorerhosts", ["yes"], ["no", "shosts-only"]),
    "sshd-user-environment": ("permituserenvironment", ["no"], ["yes", "LANG,LC_*"]),
    "sshd-pam": ("usepam", ["yes"], ["no"]),
    "sshd-strict-modes": ("strictmodes", ["yes"], ["no"]),
    "sshd-x11-forwarding": ("x11forwarding", ["no"], ["yes"]),
    "sshd-forwarding": ("disableforwarding", ["yes"], ["no"]),
    "sshd-gssapi": ("gssapiauthentication", ["no"], ["yes"]),
    "sshd-login-grace-time": ("logingracetime", ["60", "1m", "30s"], ["120", "0", "2m", "x"]),
    "sshd-max-auth-tries": ("maxauthtries", ["4", "1"], ["6", "0", "-1"]),
    "sshd-max-sessions": ("maxsessions", ["10", "2"], ["11", "0"]),
    "sshd-log-level": ("loglevel", ["INFO", "VERBOSE", "info"], ["QUIET", "ERROR", "DEBUG3"]),
    "sshd-log-keys": ("loglevel", ["VERBOSE", "verbose"], ["INFO", "DEBUG", "QUIET"]),
    "sshd-banner": ("banner", ["/etc/issue.net"], ["none", "/etc/motd"]),
}
CASES: Cases = {
    name: Case(
        tuple((sshd(**{option: value}),) for value in good),
        tuple((sshd(**{option: value}),) for value in bad),
    )
    for name, (option, good, bad) in OPTIONS.items()
}
CASES |= {
    f"sshd-{name}": Case(
        ((sshd(**{option: STRONG[option]}),),),
        tuple((sshd(**{option: weak}),) for weak in (*WEAK[option], "")),
    )
    for name, option in {
        "ciphers": "ciphers",
        "macs": "macs",
        "key-exchange": "kexalgorithms",
    }.items()
}
CASES["sshd-root-login"] = Case(
    CASES["sshd-root-login"].good,
    (
        *CASES["sshd-root-login"].bad,
        (sshd(),),  # not set: OpenSSH lets root in with a key
        (
            replace(
                sshd(permitrootlogin="no"),
                matches=("Address 10.0.0.0/8",),
                match_options={"permitrootlogin": ("yes",)},
            ),
        ),
    ),
)
CASES["sshd-max-startups"] = Case(
    tuple((sshd(maxstartups=value),) for value in ("10:30:60", "5:50:20", "8")),
    (
        *((sshd(maxstartups=value),) for value in ("10:30:100", "20:30:60", "10:10:60", "100")),
        (replace(sshd(), options={"maxstartups": ("10:30:60", "200:10:900")}),),
    ),
)
CASES["sshd-keepalive"] = one(
    sshd(clientaliveinterval="300", clientalivecountmax="3"),
    sshd(clientaliveinterval="0", clientalivecountmax="3"),
    sshd(clientaliveinterval="300", clientalivecountmax="0"),
    sshd(clientaliveinterval="15m", clientalivecountmax="3"),
    sshd(),
    replace(
        sshd(clientaliveinterval="300", clientalivecountmax="3"),
        match_options={"clientaliveinterval": ("0",)},
    ),
)

"""More options of `sshd -T`, and what OpenSSH dropped."""

from __future__ import annotations

from dataclasses import replace

from scanners.host.facts.software import Packages
from tests.policies.cases.model import Case, Cases, one
from tests.policies.hosts import Facts, sshd

OPTIONS = {  # check → option, good values, bad values
    "sshd-compression": ("compression", ["no"], ["yes"]),
    "sshd-kerberos": ("kerberosauthentication", ["no"], ["yes"]),
    "sshd-public-key-off": ("pubkeyauthentication", ["no"], ["yes"]),
    "sshd-public-key": ("pubkeyauthentication", ["yes"], ["no"]),
    "sshd-root-password": (
        "permitrootlogin",
        ["no", "without-password", "prohibit-password", "forced-commands-only"],
        ["yes"],
    ),
    "sshd-known-hosts": ("ignoreuserknownhosts", ["yes"], ["no"]),
    "sshd-gssapi-on": ("gssapiauthentication", ["yes"], ["no"]),
    "sshd-banner-issue": ("banner", ["/etc/issue"], ["none", "/etc/issue.net"]),
    "sshd-x11-forwarding-on": ("x11forwarding", ["yes"], ["no"]),
    "sshd-last-log": ("printlastlog", ["yes"], ["no"]),
    "sshd-idle-timeout": ("clientaliveinterval", ["300", "15", "5m"], ["0", "301", "1h", "x"]),
    "sshd-alive-count": ("clientalivecountmax", ["3", "1"], ["0", "4"]),
    "sshd-alive-count-zero": ("clientalivecountmax", ["0"], ["1", "3"]),
    "sshd-log-level-verbose": ("loglevel", ["VERBOSE", "verbose"], ["INFO", "QUIET", "DEBUG"]),
    "sshd-rekey-limit": (
        "rekeylimit",
        ["536870912 3600", "512M 1h", "1048576 60", "256m 30m"],
        ["0 0", "default none", "512M 0", "536870912 0", "1G 1h", "512M 2h", "512M none"],
    ),
}


def _loosened(option: str, value: str, **options: str) -> Facts:
    matched = replace(sshd(**options), matches=("User backup",), match_options={option: (value,)})
    return (matched,)


def _version(text: str, **options: str) -> Facts:
    return (sshd(**options), Packages({"openssh-server": text}, {}))


CASES: Cases = {
    name: Case(
        tuple((sshd(**{option: value}),) for value in good),
        tuple((sshd(**{option: value}),) for value in bad),
    )
    for name, (option, good, bad) in OPTIONS.items()
}
CASES["sshd-rekey-limit"] = Case(
    CASES["sshd-rekey-limit"].good,
    (*CASES["sshd-rekey-limit"].bad, (sshd(),), _loosened("rekeylimit", "0 0", rekeylimit="1M 60")),
)
CASES["sshd-tcp-forwarding"] = Case(
    (
        (sshd(allowtcpforwarding="no"),),
        (sshd(allowtcpforwarding="yes", disableforwarding="yes"),),
    ),
    (
        (sshd(),),
        (sshd(allowtcpforwarding="yes", disableforwarding="no"),),
        (sshd(allowtcpforwarding="local"),),
        _loosened("allowtcpforwarding", "yes", allowtcpforwarding="no"),
        _loosened("disableforwarding", "no", allowtcpforwarding="yes", disableforwarding="yes"),
    ),
)
CASES["sshd-access"] = one(
    sshd(allowgroups=("admins", "operators")),
    sshd(),
    sshd(allowusers="*"),
    sshd(allowusers="an *@*"),
    replace(sshd(allowgroups="ssh"), match_options={"allowgroups": ("*",)}),
    sshd(allowgroups=("admins", "*")),
)
CASES["sshd-access"] = Case(
    (*CASES["sshd-access"].good, (sshd(denyusers="guest"),), (sshd(allowusers="an@10.0.0.0/8"),)),
    CASES["sshd-access"].bad,
)
NOW, OLD = "1:9.2p1-2+deb12u3", "1:6.7p1-5+deb8u8"
CASES["sshd-protocol"] = Case(
    (_version(NOW), _version(NOW, protocol="1"), _version(OLD, protocol="2"),
     _version("1:7.4p1-10+deb9u7")),
    (_version(OLD), _version(OLD, protocol="2,1"), _version("1:7.3p1-1", protocol="1")),
)  # fmt: skip
CASES["sshd-rhosts-rsa"] = Case(
    (_version(NOW), _version(OLD), _version(OLD, rhostsrsaauthentication="no")),
    (_version(OLD, rhostsrsaauthentication="yes"),),
)
CASES["sshd-privilege-separation"] = Case(
    (_version(NOW), _version(NOW, useprivilegeseparation="no"), _version(OLD),
     _version("1:7.4p1-10+deb9u7", useprivilegeseparation="yes")),
    (_version("1:7.4p1-10+deb9u7", useprivilegeseparation="no"),),
)  # fmt: skip

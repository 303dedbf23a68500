"""Packages that must be there, and those that must not."""

from __future__ import annotations

from policies.catalogue import shipped
from tests.fixes.theme import Theme, installed
from tests.fixes.themes._repository import forgotten, repository

APART = frozenset({"package-rsyslog-tls", "package-pam-modules", "package-pam-runtime"})
"""Of no use without another package, or nothing else can be moved without them."""
WANTED = sorted(str(check.args["packages"][0]) for check in shipped()
                if check.family == "packages.present" and check.fix)  # fmt: skip

THEME = Theme(
    "packages",
    {
        "packages.present": lambda args: forgotten(*args["packages"]),
        "packages.absent": lambda args: installed(*args["packages"]),
    },
    setup="\n".join(
        [repository([*WANTED, "aide-common"]), forgotten("nftables", "rsyslog-openssl", "rsyslog")]
    ),
    without=APART,
)

"""What PAM demands of new passwords, and how it keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fixes.theme import Theme

_STACK = "/etc/pam.d/common-password"


def _quality(args: Mapping[str, Any], file: str = "/etc/security/pwquality.conf") -> str:
    if args["option"] == "enforce_for_root":
        return "sed -i '/enforce_for_root/d' /etc/security/pwquality.conf"
    value = 0
    if "maximum" in args:
        value = args["maximum"] + 6
    elif "minimum" in args:
        value = max(args["minimum"] - 1, 6)
    return f"echo '{args['option']} = {value}' >> {file}"


THEMES = (
    Theme(
        "passwords",
        {
            "pam.quality": _quality,
            "pam-password-judged": "pam-auth-update --remove pwquality",
            "pam.history": "",
            "pam.reuse": "",
            "pam.takes-over": f"sed -i 's/ use_authtok//' {_STACK}",
            "pam.without-argument": lambda args: (
                f"sed -i '/{args['module']}/ s/$/ {args['argument']}=3/' /etc/pam.d/common-*"
            ),
            "pam.hash-method": f"sed -i 's/ yescrypt/ md5/' {_STACK}",
            "pam.hash-rounds": f"sed -i '/pam_unix/ s/$/ rounds=1/' {_STACK}",
        },
        setup="DEBIAN_FRONTEND=noninteractive pam-auth-update --package",
    ),
    Theme(  # a file that is read after ours
        "passwords-won",
        {"pam.quality": lambda args: _quality(args, "/etc/security/pwquality.conf.d/zz-odd.conf")},
        setup="DEBIAN_FRONTEND=noninteractive pam-auth-update --package; "
        "mkdir -p /etc/security/pwquality.conf.d",
    ),
    Theme(
        "password-work",
        {"pam.hash-rounds": f"sed -i 's/ yescrypt/ sha512 rounds=1000/' {_STACK}"},
    ),
)

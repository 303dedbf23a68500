"""Postfix, as far as its files say."""

from __future__ import annotations

from tests.fixes.theme import Theme, installed

THEME = Theme(
    "mail",
    {
        "mail.interfaces": "printf 'inet_interfaces = all,\\n  localhost\\nmydomain = x\\n' > "
        "/etc/postfix/main.cf",
        "mail.alias": "printf 'postmaster: /dev/null\\nroot: an\\n' > /etc/aliases",
    },
    setup="\n".join(
        [
            installed("postfix"),
            "mkdir -p /etc/postfix; echo 'inet_interfaces = localhost' > /etc/postfix/main.cf",
        ]
    ),
)

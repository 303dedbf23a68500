"""sudo's defaults and its program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fixes.theme import Theme

_BAD = "/etc/sudoers.d/odd"


def _default(args: Mapping[str, Any]) -> str:
    value = f"={args['maximum'] + 45}" if "maximum" in args else ""
    return f"echo 'Defaults {'' if value else '!'}{args['option']}{value}' >> {_BAD}"


THEME = Theme(
    "sudo",
    {
        "sudo.default": _default,
        "sudo.logged": f"echo 'Defaults !logfile' >> {_BAD}",
        "sudo.umask": f"echo 'Defaults umask=0000' >> {_BAD}",
        "sudo.program": "chgrp 4242 /usr/bin/sudo; chmod 4755 /usr/bin/sudo",
    },
    setup=f"touch {_BAD}; chmod 0440 {_BAD}",
)

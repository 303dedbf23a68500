"""sudo's defaults and its program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fixes.theme import Break, Theme

_BAD, _LATER = "/etc/sudoers.d/odd", "/etc/sudoers.d/zz-zz"


def _default(args: Mapping[str, Any]) -> str:
    value = f"={args['maximum'] + 45}" if "maximum" in args else ""
    return _wrong(f"{'' if value else '!'}{args['option']}{value}")


def _wrong(setting: str) -> str:
    """Before ours, after it, behind the folder of drop-ins, and for somebody alone."""
    return "\n".join(
        [f"echo 'Defaults {setting}' >> {_BAD}",
         f"printf 'Defaults insults, \\\\\\n  {setting} # why\\n' >> {_LATER}",
         f"echo 'Defaults {setting}' >> /etc/sudoers",
         f"echo 'Defaults:games {setting}, !lecture' >> {_BAD}"]
    )  # fmt: skip


_FILES = f"touch {_BAD} {_LATER}; chmod 0440 {_BAD} {_LATER}"
_SETTINGS: dict[str, Break] = {
    "sudo.default": _default,
    "sudo.logged": _wrong("!logfile"),
    "sudo.umask": _wrong("umask=0000"),
}
THEMES = (
    Theme(
        "sudo",
        {**_SETTINGS, "sudo.program": "chgrp 4242 /usr/bin/sudo; chmod 4755 /usr/bin/sudo"},
        setup=_FILES,
    ),
    Theme("sudo-alone", _SETTINGS, setup=f"{_FILES}; sed -i '/^@includedir/d' /etc/sudoers"),
)

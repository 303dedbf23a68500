"""Settings of files with sections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fixes.theme import Theme, installed


def _setting(args: Mapping[str, Any]) -> str:
    path = args["paths"][0]
    wrong = "false" if args.get("equals", "yes") in ("yes", "security") else "true"
    if "false" in args.get("one_of", ()):
        wrong = "true"
    elif "one_of" in args:
        wrong = "no"
    return (
        f"mkdir -p $(dirname {path}); touch {path}\n"
        f"printf '[odd]\\nother=1\\n[{args['section']}]\\n{args['key']} = {wrong}\\nlast=2\\n"
        f"[odd]\\n[{args['section']}]\\n{args['key'].upper()}={wrong}\\n' >> {path}"
    )


THEME = Theme(
    "settings",
    {"settings.ini": _setting},
    setup=installed("gdm3", "avahi-daemon", "dnf-automatic"),
)

"""Small files: who may schedule, what is shown at login, what apt checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fixes.theme import Theme, installed

_PARTS = {
    "allow": "rm -f {allow}",
    "deny": "touch {deny}",
    "names": "printf 'root\\nan\\n' > {allow}",
}


def _listed(args: Mapping[str, Any]) -> str:
    parts = args.get("parts", ("deny", "names"))
    return "\n".join(_PARTS[part].format(**args) for part in parts)


_UNSIGNED = """cat > /etc/apt/apt.conf.d/zz-odd <<'END'
APT { Get { AllowUnauthenticated "yes"; }; };
END
echo 'Acquire::AllowInsecureRepositories "true";' >> /etc/apt/apt.conf"""


def _setting(args: Mapping[str, Any]) -> str:
    return (
        f"echo '{args['option']} \"wrong\";' > /etc/apt/apt.conf.d/50odd\n"
        f"echo '#clear {args['option']};' >> /etc/apt/apt.conf"
    )


THEME = Theme(
    "files",
    {
        "files.allow-list": _listed,
        "files.banner": lambda args: f"rm -f {args['path']}; echo 'Debian \\s' > {args['path']}",
        "apt.setting": _setting,
        "apt.verified": _UNSIGNED,
    },
    setup=installed("cron", "at"),
)

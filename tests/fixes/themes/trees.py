"""What lies anywhere in the file systems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fixes.theme import Theme
from tests.fixes.themes.permissions import wrong

_PLACES = {"commands": "/usr/local/bin", "libraries": "/usr/lib/odd"}
_ALL = ("owner", "group", "mode")


def _system(args: Mapping[str, Any]) -> str:
    place, aspects = _PLACES[args["part"]], args.get("aspects", _ALL)
    name = f"{place}/{args['kind']}"
    if args["kind"] == "directory":
        return wrong(f"{name}.d", aspects)
    return f"mkdir -p {place}; cp /bin/true {name}\n" + wrong(name, aspects)


def _logs(args: Mapping[str, Any]) -> str:
    return wrong("/var/log/odd/odd.log", args.get("aspects", _ALL))


_STREWN = {
    "world_writable_files": "touch /opt/open; chmod 0666 /opt/open",
    "world_writable_directories": "mkdir -p /opt/shared; chmod 0777 /opt/shared",
    "foreign_directories": "mkdir -p /opt/drop; chmod 1777 /opt/drop; chown www-data /opt/drop",
    "unowned": "touch '/opt/of\tnobody'; chown 4242:4242 '/opt/of\tnobody'",
    "without_user": "touch /opt/lost; chown 4242 /opt/lost",
    "without_group": "touch /opt/lost; chgrp 4242 /opt/lost",
}

THEME = Theme(
    "trees",
    {
        "trees.system": _system,
        "trees.logs": _logs,
        "files.walk": lambda args: _STREWN[args["what"]],
    },
)

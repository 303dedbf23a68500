"""Settings of the kernel as files say them; a running kernel's are seen on a machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.fixes.theme import Theme, installed


def _value(args: Mapping[str, Any]) -> str:
    return f"echo '{args['key']} = 77' >> /etc/sysctl.d/99-zz-odd.conf"


def _interfaces(args: Mapping[str, Any]) -> str:
    keys = (f"net.{args['protocol']}.conf.{scope}.{args['name']} = 77" for scope in ("all", "eth0"))
    return "\n".join(f"echo '{key}' >> /etc/sysctl.d/99-zz-odd.conf" for key in keys)


_SCOPES = ("all", "default", "eth0", "*")


def _later(file: str, *, slashes: bool = False) -> Callable[[Mapping[str, Any]], str]:
    """Values of a file that is read after ours, of each interface too."""

    def lines(args: Mapping[str, Any]) -> str:
        keys = [args["key"]] if "key" in args else [
            f"net.{args['protocol']}.conf.{scope}.{args['name']}" for scope in _SCOPES
        ]  # fmt: skip
        said = (f"-{key.replace('.', '/')}" if slashes else key for key in keys)
        return "\n".join(f"echo '{key} = 77' >> {file}" for key in said)

    return lines


_FIRST = """\
echo 'install cram* /sbin/modprobe --ignore-install cramfs' > /etc/modprobe.d/00-odd.conf
printf '# by hand\\ninstall tipc /sbin/modprobe -i tipc\\nblacklist tipc' > /etc/modprobe.d/a.alias
mkdir -p /usr/lib/modprobe.d
printf 'install usb-storage \\\\\\n /sbin/modprobe -i x\\n' > /usr/lib/modprobe.d/aa.conf"""
_UFW = "/etc/ufw/sysctl.conf"

THEMES = (
    Theme(
        "kernel",
        {
            "sysctl.value": _value,
            "sysctl.interfaces": _interfaces,
            "modules.disabled": "rm -f /etc/modprobe.d/*.conf",
        },
    ),
    Theme(  # what others' files set after ours, or before where the first counts
        "kernel-won",
        {
            "sysctl.value": _later("/etc/sysctl.d/zzz-odd.conf"),
            "sysctl.interfaces": _later("/etc/sysctl.d/zzz-odd.conf"),
            "modules.disabled": _FIRST,
        },
    ),
    Theme(  # a package's file
        "kernel-won-vendor",
        {"sysctl.value": _later("/usr/lib/sysctl.d/zzzz-odd.conf", slashes=True)},
        setup="mkdir -p /usr/lib/sysctl.d",
    ),
    Theme(
        "kernel-won-ufw",
        {"sysctl.value": _later(_UFW), "sysctl.interfaces": _later(_UFW)},
        setup=f"{installed('ufw')}\nmkdir -p /etc/ufw; echo ENABLED=yes > /etc/ufw/ufw.conf; "
        f": > {_UFW}; echo 'IPT_SYSCTL={_UFW}' > /etc/default/ufw",
    ),
)

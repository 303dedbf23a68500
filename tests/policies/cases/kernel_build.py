"""Kernel configurations as Debian installs them."""

from __future__ import annotations

from typing import Any

from policies.catalogue import checks
from policies.values import defaults
from scanners.host.facts.kernel_build import SOURCE
from tests.policies.cases.model import Case, Cases
from tests.policies.hosts import Facts
from tests.scanners.host.raws import raw

_HEAD = """\
#
# Automatically generated file; DO NOT EDIT.
# Linux/{family} 6.1.{patch} Kernel Configuration
#
CONFIG_CC_VERSION_TEXT="gcc-12 (Debian 12.2.0-14) 12.2.0"
CONFIG_{arch}=y
"""
_NEW, _OLD = "6.1.0-18-amd64", "6.1.0-17-amd64"


def _config(*lines: str, arch: str = "X86_64", family: str = "x86", patch: int = 76) -> str:
    head = _HEAD.format(family=family, arch=arch, patch=patch)
    return head + "\n".join(lines) + "\n# end of it\n"


def _host(new: str, old: str | None = None, *, running: str | None = _NEW) -> Facts:
    files: dict[str, Any] = {f"/boot/config-{_NEW}": new}
    if old is not None:
        files[f"/boot/config-{_OLD}"] = old
    outputs = {"build": f"{running}\n"} if running else None
    return (SOURCE.parse(raw(files, outputs)),)


def _case(args: dict[str, Any]) -> Case:
    option, value = f"CONFIG_{args['option']}", args["value"]
    arch = args.get("architectures", ["x86_64"])[0].upper()
    off = f"# {option} is not set"
    text = value if value in ("y", "n") or value.isdecimal() else f'"{value}"'
    on = off if value == "n" else f"{option}={text}"
    wrong = {"y": off, "n": f"{option}=y"}.get(value, f"{option}=7")
    if args.get("wide"):
        wrong = f"{option}={int(value) // 2}"
    good, bad = _config(on, arch=arch), _config(wrong, arch=arch)
    goods = [_host(good), _host(good, good), _host(good, running=None),
             _host(good + "CONFIG_OTHER_" + args["option"] + "=m\n")]  # fmt: skip
    bads = [_host(bad), _host(good, bad), _host(bad, good), _host(bad, running=None)]
    if value == "n":
        goods.append(_host(_config(arch=arch)))  # the option does not exist
        bads.append(_host(_config(f"{option}=m", arch=arch)))
    elif not args.get("until"):
        bads.append(_host(_config(f"# {on}", arch=arch)))
        bads.append(_host(_config(arch=arch)))
    goods += [_host(_config(f"CONFIG_{other}=y", arch=arch))
              for other in args.get("alternatives", ())]  # fmt: skip
    return Case(tuple(goods), tuple(bads))


CASES: Cases = {
    check.id: _case(defaults(check.args)) for check in checks() if check.family == "kernel.build"
}

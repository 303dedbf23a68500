"""Owners and modes, the walk, and small texts."""

from __future__ import annotations

from typing import Any

from policies.catalogue import checks
from scanners.host.facts.walk import Walk
from tests.policies.cases.model import Case, Cases, one
from tests.policies.hosts import files, path, paths

_EMPTY: dict[str, Any] = {
    "world_writable_files": (), "world_writable_directories": (), "unowned": (),
    "setuid": ("/usr/bin/sudo", "/usr/bin/su"), "setgid": ("/usr/bin/chage",),
}  # fmt: skip


def _walk(complete: bool = True, **found: Any) -> Walk:
    return Walk(**(_EMPTY | found), complete=complete)


def _permissions(globs: list[str], mode: int, owners: list[str], groups: list[str]) -> Case:
    name = globs[0].replace("*", "x")
    return Case(
        ((paths(path(name, mode, owners[0], groups[-1])),), (paths(path(name, mode & 0o700)),)),
        (
            (paths(path(name, mode | 0o002)),),
            (paths(path(name, mode | 0o2000)),),
            (paths(path(name, mode, "games")),),
            (paths(path(name, mode, "root", "games")),),
            (paths(path(name, mode, "1234")),),
        ),
    )


CASES: Cases = {}
for _check in checks():
    _args = _check.args
    if _check.family == "files.permissions":
        CASES[_check.id] = _permissions(
            _args["paths"], int(_args["mode"], 8), _args.get("owners", ["root"]),
            _args.get("groups", ["root"]),
        )  # fmt: skip
    elif _check.family == "files.walk":
        CASES[_check.id] = one(
            _walk(),
            _walk(True, **{_args["what"]: ("/opt/x",)}),
            _walk(False, **{_args["what"]: ("/opt/x",)}),
        )
    elif _check.family == "files.banner":
        _path, _required = _args["path"], _args.get("required", True)
        _bad = [
            (files({_path: "Debian GNU/Linux 12 \\n \\l\n"}),),
            (files({_path: "Kernel \\r on an \\m"}),),
            (files({_path: "Welcome to Ubuntu"}),),
        ]
        CASES[_check.id] = Case(
            ((files({_path: "Authorised access only.\n"}),),),
            (*_bad, (files({_path: " \n"}),), (files({}),)) if _required else tuple(_bad),
        )
    elif _check.family == "files.allow-list":
        _allow, _deny = _args["allow"], _args["deny"]
        CASES[_check.id] = Case(
            ((files({_allow: "root\n"}),), (files({_allow: "# nobody\n"}),)),
            (
                (files({}),),
                (files({_allow: "root\nan\n"}),),
                (files({_allow: "root\n", _deny: ""}),),
            ),
        )

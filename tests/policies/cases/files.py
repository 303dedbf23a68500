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


def _permissions(
    globs: list[str], mode: int, owners: list[str], groups: list[str], aspects: list[str]
) -> Case:
    """What is asked decides; what another rule asks does not."""
    name = globs[0].replace("*", "x")
    wrong = {
        "mode": [path(name, mode | 0o002), path(name, mode | 0o2000)],
        "owner": [path(name, mode, "games"), path(name, mode, "1234")],
        "group": [path(name, mode, "root", "games")],
    }
    others = [one for aspect, some in wrong.items() if aspect not in aspects for one in some]
    good = [path(name, mode, owners[0], groups[-1]), path(name, mode & 0o700), *others]
    bad = [one for aspect in aspects for one in wrong[aspect]]
    return Case(tuple((paths(one),) for one in good), tuple((paths(one),) for one in bad))


CASES: Cases = {}
for _check in checks():
    _args = _check.args
    if _check.family == "files.permissions":
        CASES[_check.id] = _permissions(
            _args["paths"], int(_args.get("mode", "600"), 8), _args.get("owners", ["root"]),
            _args.get("groups", ["root"]), _args.get("aspects", ["owner", "group", "mode"]),
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
        _parts = _args.get("parts", ["allow", "deny", "names"])
        _lists = {
            "allow": [files({}), files({_deny: ""})],
            "deny": [files({_deny: ""}), files({_allow: "root\n", _deny: "an\n"})],
            "names": [files({_allow: "root\nan\n"})],
        }
        _fine = [files({_allow: "root\n"}), files({_allow: "# nobody\n"})]
        _fine += [files({})] if _parts == ["deny"] else []
        _fine += [files({_allow: "", _deny: ""})] if _parts == ["allow"] else []
        CASES[_check.id] = Case(
            tuple((one,) for one in _fine),
            tuple((one,) for part in _parts for one in _lists[part]),
        )

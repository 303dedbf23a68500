"""`sysctl -a`, sysctl.d and modprobe.d."""

from __future__ import annotations

from dataclasses import replace

from policies.catalogue import checks
from policies.values import defaults
from scanners.host.facts.kernel import Modules
from tests.policies.cases.model import Case, Cases, one
from tests.policies.hosts import METAL, sysctl


def _value(key: str, values: list[str]) -> Case:
    wrong = "7"
    return Case(
        (
            *((sysctl({key: value}, {key: value}),) for value in values),
            (sysctl(None, {key: values[0]}),),
        ),
        (
            (sysctl({key: wrong}, {key: values[0]}),),  # only the next boot is right
            (sysctl({key: values[0]}, {key: wrong}),),  # only this boot is right
            (sysctl({key: values[0]}, {}),),
            (sysctl({}, {key: values[0]}),),
            (sysctl(None, {}),),
        ),
    )


def _interfaces(
    protocol: str, name: str, value: str, combine: str, scopes: tuple[str, ...]
) -> Case:
    both = {f"net.{protocol}.conf.{scope}.{name}": value for scope in ("all", "default")}
    eth0 = f"net.{protocol}.conf.eth0.{name}"
    other = "0" if value == "1" else "1"
    loose = {"max": "2" if value == "0" else None, "or": other if value == "0" else None,
             "own": other, "and": None}[combine]  # fmt: skip
    first = next(iter(both))
    bad = [(sysctl({**both, first: "9"}, both),), (sysctl(both, {}),), (sysctl(None, {}),)]
    if loose:
        bad.append((sysctl({**both, eth0: loose}, both),))
    kept = {key: found for key, found in both.items() if key.split(".")[3] in scopes}
    good = [(sysctl({**both, eth0: value}, kept),), (sysctl(None, kept),)]
    if combine == "and":
        good.append((sysctl({**both, eth0: other}, both),))  # `all` off switches every one off
    return Case(tuple(good), tuple(bad))


CASES: Cases = {}
for _check in checks():
    _args = defaults(_check.args)
    if _check.family == "sysctl.value":
        CASES[_check.id] = _value(_args["key"], _args["values"])
    elif _check.family == "sysctl.interfaces":
        CASES[_check.id] = _interfaces(
            _args["protocol"], _args["name"], _args["values"][0], _args["combine"],
            _args.get("scopes", ("all", "default")),
        )  # fmt: skip
    elif _check.family == "modules.disabled":
        _name = _args["module"]
        _plain = _name.replace("-", "_")
        _loaded, _load = frozenset({_plain}), "/sbin/modprobe -i x"
        _on = Modules(frozenset(), frozenset(), frozenset())
        _off = replace(_on, disabled=frozenset({_plain}), install={_plain: "/bin/false"})
        _some = replace(_on, disabled=frozenset({f"{_plain}*"}), install={f"{_plain}*": "false"})
        CASES[_check.id] = one(
            _off,
            _on,
            replace(_on, blacklisted=frozenset({_name})),
            replace(_off, loaded=_loaded),
            # the first that matches counts, whether it names one or several
            replace(_some, install={_plain: _load, **_some.install}),
            replace(_off, install={f"{_plain[:2]}*": _load, **_off.install}),
            replace(_off, built_in={"6.1.0": _loaded}, watched=_loaded),
            replace(_on, available={"6.1.0": _loaded}, watched=_loaded),
            # another kernel lacks it, but nothing is known of the running one
            replace(_on, available={"5.10.0": frozenset()}, watched=_loaded),
        )
        _none = replace(_on, available={METAL.kernel or "": frozenset()}, watched=_loaded)
        _before = replace(_some, install={**_some.install, _plain: _load})
        CASES[_check.id] = replace(
            CASES[_check.id], good=(*CASES[_check.id].good, (_none,), (_some,), (_before,))
        )

_reverse = CASES["sysctl-ipv4-reverse-path"]
_strict = {f"net.ipv4.conf.{scope}.rp_filter": "1" for scope in ("all", "default")}
_mixed = {**_strict, "net.ipv4.conf.eth0.rp_filter": "2"}  # systemd's 50-default.conf
_loose = dict.fromkeys(_strict, "2")
CASES["sysctl-ipv4-reverse-path"] = Case(
    (*_reverse.good, (sysctl(_mixed, _strict),)),
    (*_reverse.bad, (sysctl(_loose, _loose),), (sysctl(_strict, _loose),)),
)

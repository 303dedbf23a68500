"""Units: what a boot starts, by states and links as real machines have them."""

from __future__ import annotations

from typing import Any

import pytest

from policies.model import Status
from scanners.host.facts.software import UNITS, Packages, Units
from scanners.host.model import File
from tests.policies.hosts import ask
from tests.scanners.host.raws import file, raw

ETC, LIB, RUN = "/etc/systemd/system", "/usr/lib/systemd/system", "/run/systemd"
CHRONY = "[Service]\n[Install]\nWantedBy=multi-user.target\nAlias=chronyd.service\n"
JOURNAL = "[Unit]\nRequires=systemd-journald.socket\n[Service]\n"
PLAIN = "[Service]\nExecStart=/bin/true\n"
VENDOR = {
    f"{LIB}/chrony.service": CHRONY,
    f"{LIB}/systemd-journald.service": JOURNAL,
    f"{LIB}/multi-user.target": "[Unit]\nRequires=basic.target\n",
}
Files = dict[str, str | bytes | File]


def link(path: str, target: str) -> Files:
    return {path: file(path, None, kind="link", target=target)}


def wants(parent: str, name: str, root: str = ETC, target: str = "") -> Files:
    return link(f"{root}/{parent}.wants/{name}", target or f"{LIB}/{name}")


SYSINIT = wants("sysinit.target", "systemd-journald.service", LIB)
STARTED = wants("multi-user.target", "chrony.service")
ALIAS = link(f"{ETC}/chronyd.service", f"{LIB}/chrony.service")
TREES: dict[str, tuple[Files, Status]] = {
    "wanted by a target": (STARTED, "pass"),
    "wanted by the vendor's own link": (wants("multi-user.target", "chrony.service", LIB), "pass"),
    "required": (link(f"{ETC}/basic.target.requires/chrony.service", "x"), "pass"),
    "nothing": ({}, "fail"),
    "another name alone": (ALIAS, "fail"),
    "wanted by another name that it has": (
        ALIAS | wants("multi-user.target", "chronyd.service"), "pass"
    ),
    "wanted by a name that nothing has": (
        wants("multi-user.target", "chronyd.service", target=f"{LIB}/chrony.service"), "fail"
    ),
    "wanted where no boot comes": (wants("rescue.target", "chrony.service"), "fail"),
    "wanted by a target that nobody wants": (wants("lab.target", "chrony.service"), "fail"),
    "wanted by a target that is wanted": (
        wants("lab.target", "chrony.service") | wants("multi-user.target", "lab.target"), "pass"
    ),
    "the vendor's link hidden": (
        wants("multi-user.target", "chrony.service", LIB)
        | wants("multi-user.target", "chrony.service", target="/dev/null"),
        "fail",
    ),
    "masked": (STARTED | link(f"{ETC}/chrony.service", "/dev/null"), "fail"),
    "masked by an empty file": (STARTED | {f"{ETC}/chrony.service": ""}, "fail"),
    "only until the next boot": (
        wants("multi-user.target", "chrony.service", f"{RUN}/system"), "fail"
    ),
    "by a generator": (wants("multi-user.target", "chrony.service", f"{RUN}/generator"), "pass"),
    "pulled in by a unit's own text": (
        {f"{LIB}/multi-user.target": "[Unit]\nWants=chrony.service other.service\n"}, "pass"
    ),
    "pulled in by a drop-in": (
        {f"{ETC}/multi-user.target.d/time.conf": "[Unit]\nWants=chrony.service\n"}, "pass"
    ),
    "the machine boots to rescue": (
        STARTED | link(f"{ETC}/default.target", f"{LIB}/rescue.target"), "fail"
    ),
    "linked from elsewhere and not enabled": (
        link(f"{ETC}/chrony.service", "/opt/chrony/chrony.service"), "fail"
    ),
    "started by its timer alone": (
        {f"{LIB}/chrony.timer": CHRONY} | wants("timers.target", "chrony.timer"), "fail"
    ),
}  # fmt: skip


def units_of(files: Files, **outputs: str) -> Units:
    fact = UNITS.parse(raw(files, dict(outputs.items()) or None))
    assert isinstance(fact, Units)
    return fact


@pytest.mark.parametrize(("files", "status"), TREES.values(), ids=TREES)
def test_a_tree_starts_what_its_default_target_pulls_in(files: Files, status: Status) -> None:
    args = {"units": ["chrony.service"]}
    finding = ask("units.enabled", args, units_of({**VENDOR, **SYSINIT, **files}))
    assert finding.status == status, finding.reason.render("en")


def live(state: str, active: str, files: Files) -> Units:
    listed = f"chrony.service {state} enabled\nssh.service enabled enabled\n"
    running = f"chrony.service loaded {active} x chrony\nssh.service loaded active running ssh\n"
    return units_of(files, **{"unit-files": listed, "units": running})


LIVE: dict[str, tuple[str, str, Files, Status]] = {
    "enabled and running": ("enabled", "active", SYSINIT | STARTED, "pass"),
    "enabled and dead": ("enabled", "failed", SYSINIT | STARTED, "fail"),
    "links not looked at": ("enabled", "active", {}, "pass"),
    "another name alone, running": ("enabled", "active", SYSINIT | ALIAS, "fail"),
    "enabled until the next boot": ("enabled-runtime", "active", SYSINIT, "fail"),
    "linked and running": ("linked", "active", {}, "fail"),
    "indirect and running": ("indirect", "active", {}, "fail"),
    "disabled and running": ("disabled", "active", {}, "fail"),
    "masked after it was enabled": ("masked", "active", SYSINIT | STARTED, "fail"),
    "an init script without links": ("generated", "active", SYSINIT, "fail"),
    "an init script with links": (
        "generated", "active",
        SYSINIT | wants("multi-user.target", "chrony.service", f"{RUN}/generator.late"), "pass",
    ),
    "static and running": ("static", "active", SYSINIT, "pass"),
}  # fmt: skip


@pytest.mark.parametrize(("state", "active", "files", "status"), LIVE.values(), ids=LIVE)
def test_a_host_says_its_states_and_its_links_decide(
    state: str, active: str, files: Files, status: Status
) -> None:
    finding = ask("units.enabled", {"units": ["chrony.service"]}, live(state, active, files))
    assert finding.status == status, finding.reason.render("en")


HERE, GONE = Packages({"chrony": "4.3"}, {}), Packages({"bash": "5.2"}, {})
OFF: dict[str, tuple[Packages, Units, Status]] = {
    "not installed": (GONE, live("disabled", "inactive", {}), "pass"),
    "not installed and brought by hand": (
        GONE, live("enabled", "active", SYSINIT | STARTED), "fail"
    ),
    "removed, and its script is left": (GONE, live("generated", "inactive", {}), "pass"),
    "installed and disabled": (HERE, live("disabled", "inactive", {}), "pass"),
    "disabled, but the vendor's link starts it": (
        HERE,
        live("disabled", "inactive", wants("multi-user.target", "chrony.service", LIB)), "fail",
    ),
    "disabled, but its socket waits": (
        HERE,
        live("disabled", "inactive", SYSINIT | wants("sockets.target", "chrony.socket")), "fail",
    ),
    "masked": (HERE, live("masked", "inactive", SYSINIT | STARTED), "pass"),
    "masked until the next boot": (
        HERE, live("masked-runtime", "inactive", SYSINIT | STARTED), "fail"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("found", "units", "status"), OFF.values(), ids=OFF)
def test_a_service_is_unused_if_no_boot_and_no_socket_starts_it(
    found: Packages, units: Units, status: Status
) -> None:
    args: dict[str, Any] = {"packages": ["chrony"], "units": ["chrony.service"]}
    finding = ask("services.unused", args, units, found)
    assert finding.status == status, finding.reason.render("en")

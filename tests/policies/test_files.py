"""Owners, modes and trees: what the cases of single checks do not show."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from policies.catalogue import checks
from policies.judge import judge
from policies.model import Status
from policies.selection import select
from scanners.host.facts.accounts import Account, Accounts
from scanners.host.facts.audit_log import AuditLog
from scanners.host.facts.log_files import LogFiles
from scanners.host.facts.paths import Path, Paths
from scanners.host.facts.root_path import RootPath, Word
from scanners.host.facts.walk import Entry, Walk
from tests.policies.hosts import ROOT, account, ask, host, path, paths

SECRET = {"paths": ["/etc/shadow"], "mode": "0640", "groups": ["shadow", "root"]}
PUBLIC = {"paths": ["/etc/motd"], "mode": "0644"}


def _link(name: str, end: Path | None) -> Path:
    return replace(path(name, 0o777, kind="link"), leads_to=end)


def _to(name: str, target: str) -> Path:
    return replace(path(name, 0o777, kind="link"), target=target)


def _listed(name: str, mode: int, *entries: str) -> Path:
    return replace(path(name, mode), acl=entries)


PERMISSIONS: dict[str, tuple[dict[str, Any], Path | None, Status]] = {
    "a link to a file that is open": (
        PUBLIC, _link("/etc/motd", path("/etc/motd", 0o666)), "fail"
    ),
    "a link to a file that is right": (
        PUBLIC, _link("/etc/motd", path("/etc/motd", 0o644)), "pass"
    ),
    "a link to somebody's file": (
        PUBLIC, _link("/etc/motd", path("/etc/motd", 0o644, "an", "an")), "fail"
    ),
    "a link that leads nowhere": (PUBLIC, _link("/etc/motd", None), "not-applicable"),
    "a mask": (PUBLIC, _link("/etc/motd", path("/etc/motd", 0o666, kind="other")), "pass"),
    "a list for a stranger": (SECRET, _listed("/etc/shadow", 0o640, "user:an:r--"), "fail"),
    "a list for the group": (SECRET, _listed("/etc/shadow", 0o640, "group:shadow:r--"), "pass"),
    "a list that gives the group too much": (
        SECRET, _listed("/etc/shadow", 0o660, "group:shadow:rw-"), "fail"
    ),
    "a list that gives nothing": (SECRET, _listed("/etc/shadow", 0o600, "user:an:---"), "pass"),
    "a list that gives what all have": (PUBLIC, _listed("/etc/motd", 0o644, "user:an:r--"), "pass"),
    "a list that lets a stranger write": (
        PUBLIC, _listed("/etc/motd", 0o664, "user:an:rw-"), "fail"
    ),
    "a list that nobody read": (SECRET, _listed("/etc/shadow", 0o640, "?"), "not-evaluated"),
    "the same where all may read": (PUBLIC, _listed("/etc/motd", 0o644, "?"), "pass"),
    "the same where the mask is empty": (SECRET, _listed("/etc/shadow", 0o600, "?"), "pass"),
    "nothing there": (PUBLIC, None, "not-applicable"),
}  # fmt: skip


@pytest.mark.parametrize(("args", "there", "status"), PERMISSIONS.values(), ids=PERMISSIONS)
def test_links_and_access_lists(args: dict[str, Any], there: Path | None, status: Status) -> None:
    found = paths(there) if there else paths()
    assert ask("files.permissions", args, found).status == status


def test_what_was_not_looked_at_is_not_judged() -> None:
    found = paths(path("/etc/x", 0o644), asked=("/etc/x",))
    args = {"paths": ["/etc/x", "/opt/x"], "mode": "0644"}
    assert ask("files.permissions", args, found).status == "not-evaluated"


AN = account()
PEOPLE = Accounts((ROOT, AN), ())
NOBODY = Accounts((ROOT, account("ftp", 1001, shell="/usr/sbin/nologin")), ())
HOME = path("/home/an", 0o750, "an", "1000", "directory")
ASKED = ("/home/an", "/home/an/.[!.]*", "/etc/hosts.equiv")
CLEAN = Walk((), (), (), (), (), complete=True, homes=frozenset({"/home/an"}))
OPEN = Entry("/home/an/x", "f", 0o644, 1000, 1000)
LOG = Entry("/var/log/x", "f", 0o644, 0, 0)

Answer = tuple[str, dict[str, Any], tuple[object, ...], Status]
DOTS = ("homes.dot-files", {"own": "user"})
TREE = ("homes.tree", {"what": "mode"})
TRUST = ("homes.trust", {"paths": ["/etc/hosts.equiv"], "names": [".rhosts"]})
LOGS = ("trees.logs", {"mode": "0640", "owners": ["root"], "groups": ["root"]})
SYSTEM = ("trees.system", {"part": "commands", "kind": "file"})
RSYSLOG = ("files.rsyslog", {"mode": "0640", "owners": ["root"], "groups": ["root"]})
AUDIT = ("files.audit-log", {"what": "files", "mode": "0640", "groups": ["root"]})
SHARED = ("files.walk", {"what": "foreign_directories"})
ANSWERS: dict[str, Answer] = {
    "nobody lives here": (*DOTS, (NOBODY, paths()), "pass"),
    "nobody's tree": (*TREE, (NOBODY, paths(), CLEAN), "pass"),
    "a home that does not exist": (*DOTS, (PEOPLE, paths(asked=ASKED)), "not-applicable"),
    "a home that nobody looked for": (*DOTS, (PEOPLE, paths(asked=())), "not-evaluated"),
    "a home whose files were too many": (
        *DOTS, (PEOPLE, paths(HOME, asked=ASKED[:1])), "not-evaluated"
    ),
    "a group of a home that nobody saw": (
        "homes.group", {}, (PEOPLE, paths(asked=())), "not-evaluated"
    ),
    "a home elsewhere": (
        *TREE, (PEOPLE, paths(HOME, asked=ASKED), replace(CLEAN, homes=frozenset())),
        "not-evaluated",
    ),
    "a walk that was cut": (
        *TREE, (PEOPLE, paths(HOME, asked=ASKED), replace(CLEAN, complete=False)), "not-evaluated"
    ),
    "a walk that was cut after a find": (
        *TREE, (PEOPLE, paths(HOME, asked=ASKED), replace(CLEAN, complete=False,
                                                          open_in_homes=(OPEN,))), "fail",
    ),
    "a trust file beside a home unseen": (
        *TRUST, (PEOPLE, paths(path("/etc/hosts.equiv", 0o644), asked=ASKED[2:])), "fail"
    ),
    "no trust file, a home unseen": (*TRUST, (PEOPLE, paths(asked=ASKED[2:])), "not-evaluated"),
    "logs in memory": (
        *LOGS, (PEOPLE, paths(), replace(CLEAN, away=frozenset({"/var/log"}))), "not-evaluated"
    ),
    "a wrong log, the others in memory": (
        *LOGS, (PEOPLE, paths(), replace(CLEAN, away=frozenset({"/var/log/app"}), logs=(LOG,))),
        "fail",
    ),
    "a disk elsewhere beside the logs": (
        *LOGS, (PEOPLE, paths(), replace(CLEAN, away=frozenset({"/var/lib/x"}))), "pass"
    ),
    "too many logs to show": (
        *LOGS, (PEOPLE, paths(), replace(CLEAN, left_off={"l": 9000})), "not-evaluated"
    ),
    "a wish that the walk cannot answer": (
        LOGS[0], {**LOGS[1], "mode": "0600"}, (PEOPLE, paths(), CLEAN), "not-evaluated"
    ),
    "commands on a disk elsewhere": (
        *SYSTEM, (PEOPLE, paths(), replace(CLEAN, away=frozenset({"/usr"}))), "not-evaluated"
    ),
    "logs behind a link to elsewhere": (
        *LOGS, (PEOPLE, paths(_to("/var/log", "../data/log")), CLEAN), "not-evaluated"
    ),
    "everything behind a link": (
        *LOGS, (PEOPLE, paths(_to("/var", "/data/var")), CLEAN), "not-evaluated"
    ),
    "commands behind the usual links": (
        *SYSTEM, (PEOPLE, paths(_to("/bin", "usr/bin"), _to("/usr/sbin", "bin")), CLEAN), "pass"
    ),
    "commands behind a link to elsewhere": (
        *SYSTEM, (PEOPLE, paths(_to("/usr/local/bin", "/opt/bin")), CLEAN), "not-evaluated"
    ),
    "a disk elsewhere that is none of it": (
        *SYSTEM, (PEOPLE, paths(), replace(CLEAN, away=frozenset({"/srv"}), left_off={"l": 9000})),
        "pass",
    ),
    "shared directories with too many": (
        *SHARED, (replace(CLEAN, left_off={"d": 9000}),), "not-evaluated"
    ),
    "a log whose name comes with the message": (
        *RSYSLOG, (LogFiles((), ("?perhost",)), paths()), "not-evaluated"
    ),
    "a log that nobody looked for": (
        *RSYSLOG, (LogFiles(("/srv/x",)), paths(asked=())), "not-evaluated"
    ),
    "a log that is not there yet": (*RSYSLOG, (LogFiles(("/srv/x",)), paths()), "not-applicable"),
    "no audit log yet": (*AUDIT, (AuditLog("/var/log/a.log", "root"), paths()), "not-applicable"),
    "an audit log elsewhere": (
        *AUDIT, (AuditLog("/srv/a.log", "root"), paths(asked=())), "not-evaluated"
    ),
    "a search path that is not known": (
        "root.path", {"what": "words"}, (RootPath((), ("x: $Y",)), paths()), "not-evaluated"
    ),
    "a bad word beside one that is not known": (
        "root.path", {"what": "words"},
        (RootPath((Word(".", "x", True),), ("x: $Y",)), paths()), "fail",
    ),
    "a place that nobody looked at": (
        "root.path", {"what": "owner"},
        (RootPath((Word("/opt", "x", True),)), paths(asked=())), "not-evaluated",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("family", "args", "facts", "status"), ANSWERS.values(), ids=ANSWERS)
def test_nothing_passes_that_nobody_saw(
    family: str, args: dict[str, Any], facts: tuple[object, ...], status: Status
) -> None:
    finding = ask(family, args, *facts)
    assert finding.status == status, finding.reason.render("en")


def test_hundreds_of_homes_are_judged_at_once() -> None:
    people = [account(f"u{n}", 1000 + n, home=f"/home/u{n}") for n in range(800)]
    homes: list[Path] = []
    for one in people:
        homes.append(path(one.home, 0o750, one.name, str(one.gid), "directory"))
        homes += [path(f"{one.home}/.f{n}", 0o600, one.name, str(one.gid)) for n in range(10)]
    asked = [glob for one in people for glob in (one.home, f"{one.home}/.[!.]*")]
    found: Paths = paths(*homes, asked=tuple(asked))
    known: tuple[Account, ...] = (ROOT, *people)
    assert ask("homes.dot-files", {"own": "user"}, Accounts(known, ()), found).status == "pass"


@pytest.mark.parametrize(
    ("entry", "status"),
    [
        ("group:adm:r--", "pass"),  # systemd's own tmpfiles.d gives Debian's adm this
        ("group:an:r--", "fail"),
    ],
)
def test_the_journal_may_be_read_by_the_group_that_reads_logs(entry: str, status: Status) -> None:
    name = "/var/log/journal/60ad590c2b4e40a8/system.journal"
    file = replace(path(name, 0o640, "root", "systemd-journal"), acl=(entry,))
    (check,) = select(checks(), ["log-journal"])
    assert (
        judge(host(paths(file, asked=("/var/log/journal/*/*.journal*",))), [check])[0].status
        == status
    )

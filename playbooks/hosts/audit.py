"""The audit system: its daemon, the rules that it loads, what they watch, and what runs."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from playbooks.hosts import audit_files, auditd, packages
from playbooks.hosts.audit_asked import FAMILIES, asked_rules, said
from playbooks.hosts.rights import Row, refuse, say
from playbooks.hosts.texts import read, settle_text

_DAEMON = {"family": "packages.present", "packages": ["auditd"]}
_TMPFILES = "/etc/tmpfiles.d/govctl-audit.conf"
_HEAD = "# Written by govctl: the kernel refuses audit rules for directories that are not there.\n"


def main(request: Row) -> None:
    """All rules that are asked for, open or not: they stand in one file."""
    dry, offline = request["dry"], request["offline"]
    packages.main({"rows": [_DAEMON], "dry": dry})
    recorded = [row for row in request["all"] if row["family"] in FAMILIES]
    asked = asked_rules(recorded)
    locks = any(row["family"] == "audit.immutable" for row in request["rows"])
    if asked or locks:
        audit_files.settle(asked, locks=locks, dry=dry)
    _make(watched_folders(recorded), dry, offline)
    if not dry and not offline:
        _load()
    auditd.settle_daemon(request)


def watched_folders(rows: Sequence[Row]) -> list[str]:
    """Folders that rows want watched, by the names that they have on every system."""
    named = [path for key in ("paths", "faillock") for row in rows for path in row.get(key, ())]
    found = (re.sub("^/var/run/", "/run/", path[:-1]) for path in named if path.endswith("/"))
    return list(dict.fromkeys(found))


def _make(folders: Sequence[str], dry: bool, offline: bool) -> None:
    """Now, and at each boot, since those below /run are gone then; one that is there stays as it
    is."""
    if not folders:
        return
    text = _HEAD + "".join(f"d {path} - - - -\n" for path in folders)
    settle_text(_TMPFILES, lambda _text: text, dry=dry)
    for path in folders:
        if os.path.isdir(path) or (offline and path.startswith("/run/")):
            continue
        try:
            if not dry:
                os.makedirs(path)
                os.chmod(path, 0o755)  # noqa: S103 - as at a boot, whatever the umask is
        except OSError as error:
            refuse(path, error)
        else:
            say(path, "absent → there")


def _load() -> None:
    """Load what is stored where the kernel has something else, or is to be locked; what it
    refuses, the scan that follows says."""
    if _switch() not in (["enabled 0"], ["enabled 1"]):  # no kernel of ours, or locked already
        return
    stored = [line for line in read(audit_files.OURS).split("\n") if line.startswith("-a")]
    before = _running()
    loaded = [line for line in before if "key=govctl" in line]
    to_lock = any(line.startswith("-e 2") for line in read(audit_files.LOCK).split("\n"))
    is_newest = any("No change" in line for line in said("augenrules", "--check").split("\n"))
    if len(stored) == len(loaded) and not to_lock and is_newest:
        return
    said("augenrules", "--load")
    if _running() != before:
        say("audit rules:", "loaded")


def _running() -> list[str]:
    return said("auditctl", "-l").split("\n") + _switch()


def _switch() -> list[str]:
    return [line for line in said("auditctl", "-s").split("\n") if line.startswith("enabled ")]

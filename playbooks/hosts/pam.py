"""PAM: how good passwords are, who is locked out, and what logins and su ask for."""

from __future__ import annotations

from playbooks.hosts import packages
from playbooks.hosts.pam_login import (
    Asked,
    delay_of,
    settle_login,
    settle_own_folders,
    settle_terminals,
)
from playbooks.hosts.pam_now import told_now
from playbooks.hosts.pam_profiles import changes, profiles
from playbooks.hosts.pam_settings import (
    lockout_options,
    settle_lockout,
    settle_logins,
    settle_quality,
)
from playbooks.hosts.pam_stacks import build
from playbooks.hosts.pam_su import prove, settle_su
from playbooks.hosts.rights import Row, refused

_NEEDED = ("libpam-pwquality", "cracklib-runtime")
"""The module that judges new passwords, and its dictionary."""


def main(request: Row) -> None:
    """Files of the modules first, then the stacks that use them, unless one refuses. Rows that hold
    count too: each file is written whole. SystemExit if root does not come through afterwards."""
    rows, dry = request["all"], request["dry"]
    quality = _of(rows, "pam.quality")
    judged = [*quality, *_of(rows, "pam.takes-over")]
    if judged:
        needed = [{"family": "packages.present", "packages": [name]} for name in _NEEDED]
        packages.main({"rows": needed, "dry": dry})
    now = told_now()
    if quality:
        settle_quality(quality, now.pwquality, dry=dry)
    lockout = lockout_options(rows, now.faillock)
    settle_lockout(lockout, now.faillock, dry=dry)
    logins = _of(rows, "pam.max-logins")
    if logins:
        settle_logins(logins, now.limits, dry=dry)
    if refused:  # the stacks would lose options that no file has instead
        return
    written = profiles(rows, now.pwhistory)
    build(written, [*written, *(["pwquality"] if judged else [])], changes(rows, lockout), dry=dry)
    own = _of(rows, "pam.polyinstantiated")
    settle_own_folders(own, dry=dry)
    # Where root has no password this holds whatever login says, and login is left as it is.
    terminals = _of(request["rows"], "pam.root-terminals")
    asked = [row["module"] for row in _of(rows, "pam.module")]
    settle_login(
        Asked(
            delay=delay_of(_of(rows, "pam.fail-delay"), now.faildelay),
            shown="pam_lastlog.so" in asked,
            terminals=bool(terminals),
            namespace=bool(own) or "pam_namespace.so" in asked,
        ),
        dry=dry,
    )
    if terminals:
        settle_terminals(terminals, dry=dry)
    settle_su(_of(rows, "pam.wheel", "pam.wheel-group", "pam.wheel-group-empty"), dry=dry)
    if not request["offline"]:
        prove()


def _of(rows: list[Row], *families: str) -> list[Row]:
    return [row for row in rows if row["family"] in families]

"""dconf's profiles, keyfiles and locks, and AIDE's configuration, read by the real parsers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from scanners.host.facts import aide, dconf
from scanners.host.facts.aide import Aide
from scanners.host.facts.dconf import Dconf
from scanners.host.facts.software import Unit, Units
from scanners.host.facts.text_files import TextFiles
from scanners.host.model import File
from tests.policies.cases.model import Case, Cases
from tests.policies.hosts import Facts, packages
from tests.scanners.host.raws import file, raw

USER = "user-db:user\nsystem-db:local\nsystem-db:site\n"
GDM = "user-db:user\nfile-db:/var/lib/gdm3/greeter-dconf-defaults\n"
LOGIN = "org/gnome/login-screen"
MEDIA = "org/gnome/desktop/media-handling"


def _dconf(
    profile: str | None = USER, compiled: bool = True, whole: bool = True, **files: str
) -> Facts:
    """`local__00`: a keyfile; `local__locks__00`: its locks; `greeter`: Debian's own file."""
    there: dict[str, str | File] = {"/usr/share/dconf/profile/gdm": GDM}
    if whole:
        there["/var/lib/dpkg/status"] = ""
    if profile is not None:
        there["/etc/dconf/profile/user"] = profile
    for name, text in files.items():
        if name == "greeter":
            there["/etc/gdm3/greeter.dconf-defaults"] = text
            continue
        database, _, rest = name.partition("__")
        there[f"/etc/dconf/db/{database}.d/{rest.replace('__', '/')}"] = text
        if compiled:
            there[f"/etc/dconf/db/{database}"] = file(f"/etc/dconf/db/{database}", None)
    fact = dconf.parse(raw(there))
    assert isinstance(fact, Dconf)
    return (fact, packages("gdm3"))


def _keyfile(key: str, value: str) -> str:
    path, _, name = key.rpartition("/")
    return f"# set by hand\n[{path}]\n{name}={value}\n"


def _user(key: str, good: list[str], bad: list[str], default_is_good: bool = False) -> Case:
    """A key for everybody: right and locked, or one of many ways to be neither."""
    lock, right, wrong = f"/{key}\n", _keyfile(key, good[0]), _keyfile(key, bad[0])
    folder = f"/{key.rpartition('/')[0]}/\n"
    passing = [_dconf(local__00=_keyfile(key, value), local__locks__00=lock) for value in good]
    passing += [
        _dconf(local__00=right, local__locks__00=folder),
        _dconf(local__00=wrong, local__10=right, local__locks__00=lock),
        # A lock in a later database makes that database count.
        _dconf(local__00=wrong, site__00=right, site__locks__00=lock),
        _dconf("system-db:local\nuser-db:user\n", local__00=right, local__locks__00=lock),
    ]
    # A backup of /etc may lack what `dconf update` made.
    passing.append(_dconf(compiled=False, whole=False, local__00=right, local__locks__00=lock))
    if default_is_good:
        passing.append(_dconf(local__locks__00=lock))
    failing = [_dconf(local__00=_keyfile(key, value), local__locks__00=lock) for value in bad]
    failing += [
        _dconf(),
        _dconf(None, local__00=right, local__locks__00=lock),
        _dconf(local__00=right),
        _dconf(local__00=right, local__locks__00=f"# {lock}"),
        _dconf(compiled=False, local__00=right, local__locks__00=lock),
        _dconf("user-db:user\n", local__00=right, local__locks__00=lock),
        _dconf(local__00=right, site__00=wrong, site__locks__00=lock),
        _dconf(local__00=wrong, site__00=right, local__locks__00=lock),
    ]
    return Case(tuple(passing), tuple(failing))


def _gdm(key: str, good: str, *bad: str) -> Case:
    profile = "user-db:user\nsystem-db:gdm\nfile-db:/usr/share/gdm/greeter-dconf-defaults\n"
    right = _keyfile(key, good)
    by_site = aside({"/etc/dconf/profile/gdm": profile}, gdm__01=right)
    return Case(
        (_dconf(greeter=right), by_site),
        (
            _dconf(),
            _dconf(greeter=right.replace(f"\n{key.rpartition('/')[2]}", "\n# x")),
            aside({"/etc/dconf/profile/gdm": "user-db:user\n"}, gdm__01=right),
            *(_dconf(greeter=_keyfile(key, value)) for value in bad),
        ),
    )


def aside(more: dict[str, str], **files: str) -> Facts:
    """A host whose administrator wrote a profile for the login screen."""
    there: dict[str, str | File] = {"/usr/share/dconf/profile/gdm": GDM, **more}
    for name, text in files.items():
        database, _, rest = name.partition("__")
        there[f"/etc/dconf/db/{database}.d/{rest}"] = text
        there[f"/etc/dconf/db/{database}"] = file(f"/etc/dconf/db/{database}", None)
    fact = dconf.parse(raw(there))
    assert isinstance(fact, Dconf)
    return (fact, packages("gdm3"))


def _xdmcp(**texts: str) -> Facts:
    paths = tuple(f"/etc/gdm3/{name}.conf" for name in ("daemon", "custom"))
    found = {f"/etc/gdm3/{name}.conf": text for name, text in texts.items()}
    return (TextFiles(found, frozenset(), paths), packages("gdm3"))


DEBIAN_AIDE = """\
@@define DBDIR /var/lib/aide
@@define LOGDIR /var/log/aide
database_in=file:@@{DBDIR}/aide.db
database_out=file:@@{DBDIR}/aide.db.new
Checksums = sha256+sha512
OwnerMode = p+u+g+ftype
Size = s+b
InodeData = OwnerMode+n+i+Size+l+X
StaticFile = m+c+Checksums
Full = InodeData+StaticFile
VarTime = InodeData+Checksums
@@ifdef MISSING
/srv p
@@endif
!/run
!/var/lib/aide/.*
=/home$ d Full
/ 0 Full
@@x_include /etc/aide/aide.conf.d ^[a-zA-Z0-9_-]+$
"""
TOOLS = ("auditctl", "auditd", "ausearch", "aureport", "autrace", "augenrules")


def _tools(folder: str, attributes: str = "p+i+n+u+g+s+b+acl+xattrs+sha512") -> str:
    return "".join(f"{folder}/{name} {attributes}\n" for name in TOOLS)


def _aide(
    text: str | None,
    *,
    database: bool = True,
    merged: bool = True,
    cron: Mapping[str, str | File] | None = None,
    timer: str = "",
    defaults: str = "",
    mailer: str = "bsd-mailx",
    **parts: str,
) -> Facts:
    there: dict[str, str | File] = {} if text is None else {"/etc/aide/aide.conf": text}
    there |= {f"/etc/aide/aide.conf.d/{name}": part for name, part in parts.items()}
    there |= {"/var/lib/dpkg/status": "", **(cron or {})}
    kind, target = ("link", "usr/sbin") if merged else ("directory", None)
    there["/sbin"] = file("/sbin", None, kind=kind, target=target)
    if database:
        there["/var/lib/aide/aide.db"] = replace(
            file("/var/lib/aide/aide.db", None, mode=0o600), size=4096
        )
    if defaults:
        there["/etc/default/aide"] = defaults
    fact = aide.parse(raw(there))
    assert isinstance(fact, Aide)
    name = "dailyaidecheck.timer"
    state, _blank, active = timer.partition(" ")
    units = Units({name: Unit(name, state, active or None)} if timer else {})
    return (fact, units, packages("aide", mailer))


def _database(head: str) -> tuple[object, ...]:
    """A running host whose database begins so."""
    path = "/var/lib/aide/aide.db"
    there = replace(file(path, None, mode=0o600), size=4096)
    found = raw({"/etc/aide/aide.conf": AIDE, path: there},
                {"aide-database": f"\0{path}\n{head}"})  # fmt: skip
    return aide.parse(found), packages("aide")


CRONTAB: dict[str, str | File] = {
    "/etc/crontab": "SHELL=/bin/sh\n0 5 * * * root aide --config /etc/aide/aide.conf --check\n"
}
DAILY = "/etc/cron.daily/dailyaidecheck"
DEBIAN_CRON: dict[str, str | File] = {DAILY: file(DAILY, None, mode=0o755)}
AIDE = DEBIAN_AIDE + _tools("/usr/sbin")

CASES: Cases = {
    "desktop-automount": _user(f"{MEDIA}/automount", ["false"], ["true"]),
    "desktop-automount-open": _user(f"{MEDIA}/automount-open", ["false"], ["true"]),
    "desktop-autorun": _user(f"{MEDIA}/autorun-never", ["true"], ["false"]),
    "desktop-idle-delay": _user(
        "org/gnome/desktop/session/idle-delay",
        ["uint32 900", "300"],
        ["uint32 0", "uint32 901", "x"],
    ),
    "desktop-lock-delay": _user(
        "org/gnome/desktop/screensaver/lock-delay", ["uint32 5", "uint32 0"], ["uint32 6", "''"]
    ),
    "desktop-lock": _user("org/gnome/desktop/screensaver/lock-enabled", ["true"], ["false"], True),
    "desktop-banner": _gdm(f"{LOGIN}/banner-message-enable", "true", "false", "'true"),
    "desktop-banner-text": _gdm(f"{LOGIN}/banner-message-text", "'Only for staff'", "''", "' '"),
    "desktop-user-list": _gdm(f"{LOGIN}/disable-user-list", "true", "false"),
    "desktop-xdmcp": Case(
        (
            _xdmcp(),
            _xdmcp(daemon="[daemon]\n[xdmcp]\n#Enable=true\n"),
            _xdmcp(custom="[xdmcp]\nEnable=false\n"),
        ),
        (
            _xdmcp(daemon="[xdmcp]\nEnable=true\n"),
            _xdmcp(daemon="[xdmcp]\n", custom="[xdmcp]\nEnable = true\n"),
        ),
    ),
    "aide-database": Case(
        (
            _aide(AIDE),
            _aide("database=file:///var/lib/aide/aide.db.gz\n".replace(".gz", "")),
            _database("@@begin_db\n# This file was generated by Aide, version 0.18.3\n"),
        ),
        (
            _database("not a database\n"),
            _aide(AIDE, database=False),
            _aide(None),
            _aide("database_in=file:/var/lib/aide/aide.db.new\n"),
        ),
    ),
    "aide-schedule": Case(
        (
            _aide(AIDE, timer="enabled active"),
            _aide(AIDE, timer="enabled"),
            _aide(AIDE, cron=CRONTAB),
            _aide(AIDE, cron=DEBIAN_CRON),
            _aide(AIDE, cron={"/etc/crontab": "0 5 * * sun root aide --check\n"}),
            _aide(AIDE, cron={"/etc/crontab": "@weekly root aide --check\n"}),
        ),
        (
            _aide(AIDE),
            _aide(AIDE, timer="disabled inactive"),
            _aide(AIDE, timer="masked inactive"),
            _aide(AIDE, timer="disabled inactive", cron=DEBIAN_CRON),
            _aide(AIDE, cron={"/etc/crontab": "# 0 5 * * * root aide --check\n"}),
            _aide(AIDE, cron={"/etc/crontab": "@monthly root aide --check\n"}),
            _aide(AIDE, cron={"/etc/cron.d/aide": "0 5 1 * * root aide --check\n"}),
            _aide(None, cron=CRONTAB),
        ),
    ),
    "aide-reports": Case(
        (
            _aide(AIDE, timer="enabled active"),
            _aide(AIDE, timer="enabled active", defaults='MAILTO="soc@example"\n'),
            _aide(
                AIDE, cron={"/etc/cron.d/aide": "0 5 * * * root aide --check | mail -s aide root\n"}
            ),
        ),
        (
            _aide(AIDE),
            _aide(AIDE, timer="enabled active", defaults="MAILTO=\n"),
            _aide(AIDE, timer="enabled active", mailer="vim"),
            _aide(AIDE, timer="disabled inactive"),
        ),
    ),
    "aide-audit-tools": Case(
        (
            _aide(AIDE),
            _aide(DEBIAN_AIDE, x=_tools("/usr/sbin")),
            _aide("Full = p+i+n+u+g+s+b+acl+xattrs+sha512+m\n/usr/sbin Full\n"),
            _aide(DEBIAN_AIDE + _tools("/sbin"), merged=False),
        ),
        (
            _aide(None),
            _aide("/usr/sbin p+u+g\n"),
            _aide(DEBIAN_AIDE + _tools("/usr/sbin", "p+i+sha512")),
            _aide("/ R\n" + _tools("/sbin")),  # nothing is found below a link
            _aide(AIDE + "!/usr/sbin/au.*\n"),
            _aide("=/usr/sbin$ R+sha512+b\n"),
        ),
    ),
    "aide-acl": Case(
        (_aide(AIDE), _aide("/ p+acl\n!/proc\n")),
        (_aide(AIDE + "/srv p+u+g\n"), _aide(None), _aide("N = R-acl\n/ N\n")),
    ),
    "aide-xattrs": Case(
        (_aide(AIDE), _aide("/etc R\n")),
        (_aide(AIDE, x="/opt/x f p+sha512\n"), _aide("/etc E+p\n")),
    ),
}

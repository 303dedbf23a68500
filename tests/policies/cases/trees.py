"""Homes, whole trees, log files and the search path of root, made of files and records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from scanners.host.facts.accounts import ACCOUNTS
from scanners.host.facts.audit_log import SOURCE as AUDIT_LOG
from scanners.host.facts.log_files import SOURCE as LOG_FILES
from scanners.host.facts.paths import PATHS
from scanners.host.facts.root_path import SOURCE as ROOT_PATH
from scanners.host.facts.walk import WALK
from scanners.host.model import File, Missing, Raw, Standing
from tests.policies.cases.model import Case, Cases
from tests.policies.hosts import Facts, packages
from tests.scanners.host.raws import file, output

PASSWD = (
    "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/usr/sbin:/usr/sbin/nologin\n"
    "www-data:x:33:33::/var/www:/usr/sbin/nologin\npostgres:x:110:117::/var/lib/pg:/bin/bash\n"
    "an:x:1000:1000:Nguyễn An,,,:/home/an/:/bin/bash\nbinh:x:1001:1001::/data/binh:/bin/sh\n"
    "gone:x:1002:1002::/home/gone:/bin/bash\nnobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n"
)
GROUP = "root:x:0:\nadm:x:4:\nshadow:x:42:\nstaff:x:50:\nan:x:1000:\nbinh:x:1001:\n"
ASKED = (
    *("/etc/*", "/*", "/*/*", "/*/*/*", "/home/an", "/data/binh", "/home/gone"),
    "/etc/rsyslog.d/*.conf",
    *("/home/an/.[!.]*", "/data/binh/.[!.]*", "/home/gone/.[!.]*"),
    *(
        "/var/log/audit",
        "/var/log/audit/audit.log*",
        "/root/.rhosts",
        "/root/.netrc",
        "/root/.forward",
        "/var/log/remote/*",
    ),
)


def _raw(*files: File, walk: Iterable[str] = (), **texts: str) -> Raw:
    people = [
        file("/etc/passwd", PASSWD),
        file("/etc/group", GROUP),
        file("/home/an", None, kind="directory", mode=0o750, uid=1000, gid=1000),
        replace(
            file("/data/binh", None, kind="link", mode=0o777, target="/srv/binh"),
            leads_to=Standing("directory", 0o700, 1001, 1001),
        ),
    ]
    records = "".join(f"{one}\0" for one in (*walk, "e 0"))
    there = {one.path: one for one in (*people, *files)}
    there |= {path: file(path, text) for path, text in texts.items()}
    return Raw(there, {"walk": output(records)}, True, ASKED)


def _facts(raw: Raw) -> Facts:
    sources = (PATHS, ACCOUNTS, WALK, AUDIT_LOG, LOG_FILES, ROOT_PATH)
    facts = [source.parse(raw) for source in sources]
    assert not [fact for fact in facts if isinstance(fact, Missing)]
    return (packages("auditd", "rsyslog"), *facts)


def _walked(*walk: str) -> Facts:
    return _facts(_raw(walk=("H /home/an", "H /data/binh", *walk)))


def _with(*files: File, **texts: str) -> Facts:
    return _facts(_raw(*files, **texts))


def _all(good: Iterable[Facts], bad: Iterable[Facts]) -> Case:
    return Case(tuple(good), tuple(bad))


def _an(name: str, mode: int = 0o600, uid: int = 1000, gid: int = 1000) -> File:
    return file(f"/home/an/{name}", None, mode=mode, uid=uid, gid=gid)


def _binh(name: str, mode: int = 0o600) -> File:
    return file(f"/data/binh/{name}", None, mode=mode, uid=1001, gid=1001)


def _link(path: str, end: Standing | None) -> File:
    return replace(file(path, None, kind="link", mode=0o777, target="x"), leads_to=end)


NULL = Standing("other", 0o666, 0, 0)
OWN = [_with(_an(".profile", 0o640)), _with(_link("/home/an/.bash_history", NULL)), _with()]

HOMES: Cases = {
    "home-group": _all(
        [_with()],
        [_with(file("/home/an", None, kind="directory", mode=0o750, uid=1000, gid=50)),
         _with(file("/home/an", None, kind="directory", mode=0o750, uid=1000, gid=4242))],
    ),
    "home-dot-files-owner": _all(
        [*OWN, _with(file("/home/an/note", None, uid=0)), _with(_link("/home/an/.dead", None))],
        [_with(_an(".bashrc", uid=0)), _with(_an(".x", uid=4242)),
         _with(_link("/home/an/.vimrc", Standing("file", 0o600, 0, 0)))],
    ),
    "home-dot-files-group": _all(
        [*OWN, _with(_an(".bashrc", uid=0))],
        [_with(_an(".bashrc", gid=50)),
         _with(_link("/home/an/.vimrc", Standing("file", 0o600, 0, 0)))],
    ),
    "home-dot-files-mode": _all(
        [*OWN, _with(_an(".bashrc", 0o740)), _with(_an(".config.json", 0o644)),
         _with(file("/home/an/.config", None, kind="directory", mode=0o755, uid=1000, gid=1000))],
        [_with(_an(".bashrc", 0o644)), _with(_binh(".profile", 0o660)), _with(_an(".x", 0o4700)),
         _with(replace(_an(".profile", 0o640), acl=("user:33:r--",)))],
    ),
    "home-shell-history": _all(
        [*OWN, _with(_an(".bash_history")), _with(_an(".bash_history", 0o400))],
        [_with(_an(".bash_history", 0o640)), _with(_binh(".bash_history", 0o604))],
    ),
    "home-no-forward": _all(OWN, [_with(_an(".forward")), _with(_binh(".forward"))]),
    "home-no-netrc": _all(
        OWN,
        [_with(_an(".netrc")), _with(_link("/home/an/.netrc", None)),
         _with(file("/root/.netrc", "machine x login y password z"))],
    ),
    "home-no-trust": _all(
        [_with(), _with(_an(".rhosts.old"))],
        [_with(_an(".rhosts")), _with(file("/etc/hosts.equiv", "")),
         _with(file("/root/.rhosts", "+ +"))],
    ),
    "home-files-owner": _all(
        [_walked(), _walked("m f 644 1000 1000 /home/an/x")],
        [_walked("o f 644 0 0 /home/an/x"), _walked("o d 700 4242 1001 /data/binh/y")],
    ),
    "home-files-group": _all(
        [_walked()], [_walked("r f 644 1000 50 /home/an/x")]
    ),
    "home-files-mode": _all(
        [_walked()], [_walked("m f 644 1000 1000 /home/an/x"), _walked("m d 775 0 0 /home/an/y")]
    ),
}  # fmt: skip

SYSTEM: Cases = {
    "system-command-directories": _all(
        [_walked(), _walked("c f 775 0 0 /usr/bin/x"), _walked("c d 775 0 0 /usr/lib/x")],
        [_walked("c d 2775 0 50 /usr/local/bin"), _walked("c d 755 33 0 /usr/sbin/x"),
         _walked("c d 777 0 0 /usr/bin")],
    ),
    "system-commands": _all(
        [_walked(), _walked("c f 2755 0 42 /usr/bin/chage"),
         _walked("c f 4754 0 30 /usr/sbin/pppd"), _walked("c d 775 0 0 /usr/bin")],
        [_walked("c f 755 33 33 /usr/bin/x"), _walked("c f 775 0 0 /usr/local/bin/x"),
         _walked("c f 755 0 50 /usr/bin/x"), _walked("c f 2755 0 1000 /usr/bin/x"),
         _walked("c f 757 0 0 /sbin/x")],
    ),
    "system-library-directories": _all(
        [_walked(), _walked("c d 2755 0 50 /usr/lib/x"), _walked("c d 777 0 0 /usr/bin")],
        [_walked("c d 775 0 0 /usr/lib/x"), _walked("c d 755 1000 0 /lib/modules"),
         _walked("c d 2775 0 50 /usr/lib")],
    ),
    "system-libraries": _all(
        [_walked(), _walked("c f 2755 0 43 /usr/lib/x86_64-linux-gnu/utempter/utempter")],
        [_walked("c f 664 0 0 /usr/lib/libx.so"), _walked("c f 644 1000 0 /lib64/ld.so")],
    ),
    "log-files": _all(
        [
            _walked(),
            _walked("l f 640 0 4 /var/log/ufw.log"),
            _walked("l f 640 33 4 /var/log/app/access.log"),
            _walked("l f 664 0 43 /var/log/wtmp", "l f 660 0 43 /var/log/btmp.1"),
            _walked("l f 644 0 0 /var/log/apt/history.log"),
            _walked("l f 640 0 999 /var/log/journal/0123/system.journal"),
        ],
        [
            _walked("l f 644 0 0 /var/log/dpkg.log"),
            _walked("l f 640 110 4 /var/log/postgresql/postgresql-15-main.log"),
            _walked("l f 640 1000 4 /var/log/app.log"),
            _walked("l f 640 4242 4 /var/log/app.log"),
            _walked("l f 640 0 1000 /var/log/app.log"),
            _walked("l f 600 0 0 /var/log/x", "l f 4640 0 0 /var/log/y"),
        ],
    ),
}  # fmt: skip

AUDITD = {"/etc/audit/auditd.conf": "log_file = /var/log/audit/audit.log\nlog_group = adm\n"}


def _audit(mode: int, gid: int = 4, uid: int = 0, conf: str | None = None) -> Facts:
    texts = {"/etc/audit/auditd.conf": conf} if conf is not None else AUDITD
    log = file("/var/log/audit/audit.log.1", None, mode=mode, uid=uid, gid=gid)
    return _with(log, **texts)


def _audit_folder(mode: int) -> Facts:
    return _with(file("/var/log/audit", None, kind="directory", mode=mode, gid=4), **AUDITD)


RSYSLOG = """\
module(load="imuxsock") # provides support for local system logging
$FileCreateMode 0640
$IncludeConfig /etc/rsyslog.d/*.conf
auth,authpriv.*\t\t\t/var/log/auth.log
*.*;auth,authpriv.none\t\t-/var/log/syslog
kern.*  -/var/log/kern.log;RSYSLOG_TraditionalFileFormat
*.emerg\t\t\t\t:omusrmsg:*
# cron.* /var/log/cron.log
"""
SCRIPT = """\
if $programname == 'app' then {
  action(type="omfile" file="/var/log/remote/app.log"
         fileCreateMode="0640")
  stop
}
"""


def _written(*files: File, **texts: str) -> Facts:
    return _with(*files, **{"/etc/rsyslog.conf": RSYSLOG, **texts})


def _log(name: str, mode: int = 0o640, uid: int = 0, gid: int = 4) -> File:
    return file(f"/var/log/{name}", None, mode=mode, uid=uid, gid=gid)


LOGS: Cases = {
    "audit-log-directory": _all(
        [_audit_folder(0o750), _audit_folder(0o700)], [_audit_folder(0o755), _audit_folder(0o770)]
    ),
    "audit-log-files": _all(
        [_audit(0o640), _audit(0o600, 0, conf=""), _audit(0o400, 0)],
        [_audit(0o644), _audit(0o660), _audit(0o640, 50), _audit(0o640, uid=1000),
         _audit(0o640, conf="LOG_GROUP = staff\n")],
    ),
    "rsyslog-files": _all(
        [_written(_log("syslog")), _written(_log("auth.log"), _log("cron.log", 0o666)),
         _written(_log("other.log", 0o666), _log("kern.log"))],
        [_written(_log("syslog", 0o644)), _written(_log("kern.log", gid=50)),
         _written(_log("auth.log", uid=1000)),
         _written(_log("remote/app.log", 0o644), **{"/etc/rsyslog.d/a.conf": SCRIPT})],
    ),
}  # fmt: skip

PROFILE = """\
if [ "$(id -u)" -eq 0 ]; then
  PATH="/usr/local/sbin:/usr/sbin:/sbin"
else
  PATH="/usr/local/bin:/usr/games:."
fi
export PATH
"""
PLACES = [
    file(path, None, kind="directory", mode=0o755)
    for path in ("/usr/sbin", "/usr/bin", "/usr/local/sbin", "/bin")
]
MERGED = _link("/sbin", Standing("directory", 0o755, 0, 0))


def _path(*files: File, profile: str = PROFILE, **texts: str) -> Facts:
    return _with(*PLACES, MERGED, *files, **{"/etc/profile": profile, **texts})


def _place(path: str, mode: int = 0o755, uid: int = 0, kind: str = "directory") -> File:
    return file(path, None, kind=kind, mode=mode, uid=uid)


HOME_BIN = {"/root/.profile": '[ -d "$HOME/bin" ] && PATH="$HOME/bin:$PATH"\nmesg n || true\n'}
OPT = {"/etc/environment": 'PATH="/opt/x:/usr/bin"\n'}
ROOT: Cases = {
    "root-path": _all(
        [_path(), _path(**HOME_BIN), _with(*PLACES)],
        [
            _path(**{"/root/.profile": "PATH=$PATH:.\n"}),
            _path(**{"/root/.profile": "export PATH=:$PATH\n"}),
            _path(**{"/root/.profile": "PATH=$PATH:bin\n"}),
            _path(profile="", **{"/etc/login.defs": "ENV_SUPATH\tPATH=/usr/sbin:\n"}),
            _path(**{"/root/.profile": ". ~/.bashrc\n", "/root/.bashrc": "PATH+=:\n"}),
        ],
    ),
    "root-path-directories": _all(
        [_path(), _path(**HOME_BIN), _path(_place("/opt/x"), profile="", **OPT)],
        [_path(profile="", **OPT), _path(_place("/opt/x", kind="file"), profile="", **OPT),
         _path(_link("/opt/x", None), profile="", **OPT)],
    ),
    "root-path-owner": _all(
        [_path(), _path(_place("/opt/x"), profile="", **OPT)],
        [_path(_place("/opt/x", uid=1000), profile="", **OPT), _path(_place("/usr/sbin", uid=33)),
         _path(_place("/root/bin", uid=1000), **HOME_BIN)],
    ),
    "root-path-mode": _all(
        [_path(), _path(_place("/usr/sbin", 0o700))],
        [_path(_place("/usr/sbin", 0o775)), _path(_place("/root/bin", 0o757), **HOME_BIN),
         _path(_link("/sbin", Standing("directory", 0o777, 0, 0))),
         _path(replace(_place("/usr/sbin", 0o755), acl=("user:1000:rwx",)))],
    ),
}  # fmt: skip

CASES: Cases = {**HOMES, **SYSTEM, **LOGS, **ROOT}

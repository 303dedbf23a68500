from __future__ import annotations

from dataclasses import replace

import pytest

from scanners.host.facts.audit_log import SOURCE as AUDIT_LOG
from scanners.host.facts.audit_log import AuditLog
from scanners.host.facts.log_files import SOURCE as LOG_FILES
from scanners.host.facts.log_files import LogFiles
from scanners.host.model import Missing
from tests.scanners.host.raws import file, raw

DEBIAN = """\
module(load="imuxsock") # provides support for local system logging
#module(load="imudp")
$FileOwner root
$IncludeConfig /etc/rsyslog.d/*.conf
*.*;auth,authpriv.none\t\t-/var/log/syslog
auth,authpriv.*\t\t\t/var/log/auth.log
cron.*\t\t\t\t-/var/log/cron.log
kern.*\t\t\t\t-/var/log/kern.log
mail.*\t\t\t\t-/var/log/mail.log
*.emerg\t\t\t\t:omusrmsg:*
"""
UBUNTU = """\
:syslogtag, isequal, "[CLOUDINIT]" /var/log/cloud-init.log
& stop
:msg,contains,"[UFW " -/var/log/ufw.log;RSYSLOG_FileFormat
if $programname == 'x' and $msg contains '/etc/y' then /var/log/x.log
& ~
daemon.*;mail.*\
 |/dev/xconsole
*.* @@10.0.0.1:514
"""
SCRIPT = """\
template(name="perhost" type="string" string="/var/log/%HOSTNAME%.log")
$outchannel rotated,/var/log/big.log,1000,/usr/bin/rotate
input(type="imfile" File="/var/log/nginx/access.log" Tag="n")
if prifilt("local0.*") then {
  action(type="omfile"
         file="/srv/log/l0.log")
  action(type="omfile" dynaFile="perhost")
}
local1.* ?perhost
local2.* :omfile:$rotated
"""
PART = "/etc/rsyslog.d/50-x.conf"


@pytest.mark.parametrize(
    ("text", "paths", "unknown"),
    [
        (DEBIAN, {f"/var/log/{n}.log" for n in ("auth", "cron", "kern", "mail")}
         | {"/var/log/syslog"}, set()),
        (UBUNTU, {"/var/log/cloud-init.log", "/var/log/ufw.log", "/var/log/x.log"}, set()),
        (SCRIPT, {"/srv/log/l0.log", "/var/log/big.log"}, {"?perhost"}),
        ('include(file="/opt/*.conf" mode="optional")', set(), {"/opt/*.conf"}),
        ("", set(), set()),
    ],
)  # fmt: skip
def test_the_files_that_rules_name(text: str, paths: set[str], unknown: set[str]) -> None:
    given = replace(raw({"/etc/rsyslog.conf": text}, live=True), asked=("/etc/rsyslog.d/*.conf",))
    fact = LOG_FILES.parse(given)
    assert isinstance(fact, LogFiles)
    assert (set(fact.paths), set(fact.unknown)) == (paths, unknown)


def test_only_what_is_included_is_read() -> None:
    texts = {"/etc/rsyslog.conf": "$IncludeConfig /etc/rsyslog.d/*.conf\n",
             PART: "$IncludeConfig /etc/rsyslog.conf\nuser.* /var/log/user.log\n"}  # fmt: skip
    fact = LOG_FILES.parse(replace(raw(texts, live=True), asked=("/etc/rsyslog.d/*.conf",)))
    assert isinstance(fact, LogFiles)
    assert fact.paths == ("/var/log/user.log",)
    texts["/etc/rsyslog.conf"] = ""
    assert LOG_FILES.parse(raw(texts, live=True)) == LogFiles(())
    hidden = raw({"/etc/rsyslog.conf": DEBIAN, PART: file(PART, None)}, live=True)
    assert isinstance(LOG_FILES.parse(hidden), Missing)


def test_what_is_followed_is_what_rules_name() -> None:
    names = LOG_FILES.follows[0].names
    assert set(names(DEBIAN.encode())) >= {"/var/log/syslog", "/var/log/mail.log"}
    assert set(names(UBUNTU.encode())) >= {"/var/log/ufw.log", "/var/log/x.log"}
    assert "/srv/log/l0.log" in names(SCRIPT.encode())


@pytest.mark.parametrize(
    ("text", "path", "group"),
    [
        (
            "log_file = /var/log/audit/audit.log\nlog_group = adm\n",
            "/var/log/audit/audit.log",
            "adm",
        ),
        ("LOG_FILE=/srv/a.log\nlog_group=root\n# log_file = /x\n", "/srv/a.log", "root"),
        ("log_file = relative\n", "/var/log/audit/audit.log", "root"),
        ("", "/var/log/audit/audit.log", "root"),
    ],
)
def test_where_auditd_writes(text: str, path: str, group: str) -> None:
    assert AUDIT_LOG.parse(raw({"/etc/audit/auditd.conf": text})) == AuditLog(path, group)
    followed = {follow.glob(name) for follow in AUDIT_LOG.follows for name in
                follow.names(text.encode())}  # fmt: skip
    if path in text:
        assert followed == {f"{path}*", path.rsplit("/", 1)[0]}

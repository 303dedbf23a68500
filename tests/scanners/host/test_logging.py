from __future__ import annotations

from dataclasses import replace

import pytest

from scanners.host.facts.logging import LOGGING, TIME_SYNC, Forward, Logging, TimeSync
from scanners.host.model import Missing
from tests.scanners.host.raws import file, output, raw, recorded

DEBIAN = """module(load="imuxsock") # provides support for local system logging
$FileOwner root
$FileCreateMode 0640
$IncludeConfig /etc/rsyslog.d/*.conf
auth,authpriv.*\t\t\t/var/log/auth.log
*.emerg\t\t\t\t:omusrmsg:*
"""
LEGACY = """$DefaultNetstreamDriver gtls
$ActionSendStreamDriverMode 1
$ActionSendStreamDriverAuthMode x509/name
*.* @@(o)log.example:6514
"""
RAINER = """global(DefaultNetstreamDriverCAFile="/etc/ssl/root.pem")
# action(type="omfwd" target="commented.out")
action(type="omfwd" target="10.25.9.5" port="6514" protocol="tcp"
  StreamDriver="gtls" StreamDriverMode="1" # why
  StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="log")
"""
HOST, OTHER = "10.25.9.5", "log.example"


def logging(**files: str) -> Logging:
    there = {"/etc/rsyslog.conf": DEBIAN}
    there |= {f"/etc/rsyslog.d/{name}.conf": text for name, text in files.items()}
    fact = LOGGING.parse(raw(there))
    assert isinstance(fact, Logging)
    return fact


@pytest.mark.parametrize(
    ("text", "forwards"),
    [
        ("", ()),
        ("*.* @10.25.9.5\n", (Forward(HOST, 514, "udp", False, False),)),
        ("*.* @@10.25.9.5:6514\n", (Forward(HOST, 6514, "tcp", False, False),)),
        ("#*.* @@10.25.9.5:6514\n", ()),
        ("auth.* @[fd00::5]:514\n", (Forward("fd00::5", 514, "udp", False, False),)),
        (LEGACY, (Forward(OTHER, 6514, "tcp", True, True),)),
        (LEGACY.replace("x509/name", "anon"), (Forward(OTHER, 6514, "tcp", True, False),)),
        (LEGACY.replace("gtls", "ptcp"), (Forward(OTHER, 6514, "tcp", False, False),)),
        (RAINER, (Forward(HOST, 6514, "tcp", True, True),)),
        (RAINER.replace('StreamDriverMode="1"', ""), (Forward(HOST, 6514, "tcp", False, False),)),
        ('action(type="omfwd" target="10.25.9.5")', (Forward(HOST, 514, "udp", False, False),)),
        ('*.* action(type="omrelp" target="10.25.9.5" port="2514" tls="on" tls.authMode="name")',
         (Forward(HOST, 2514, "relp", True, True),)),
        (f"/*\n{RAINER}*/\n", ()),
        ("*.* Action(Type=\"omfwd\" Target=\"10.25.9.5\") /* why */\n",
         (Forward(HOST, 514, "udp", False, False),)),
    ],
)  # fmt: skip
def test_forwards(text: str, forwards: tuple[Forward, ...]) -> None:
    assert logging(x=text).forwards == forwards


def test_the_file_mode_is_the_weakest_in_effect_at_a_file() -> None:
    assert logging().file_mode == 0o640
    assert logging(x="$FileCreateMode 0644\n").file_mode == 0o644
    assert (
        logging(x="$FileCreateMode 0644\n*.* /var/log/x\n$FileCreateMode 0600\n").file_mode == 0o644
    )
    assert logging(x='action(type="omfile" file="/x" fileCreateMode="0600")').file_mode == 0o640


def test_without_rsyslog_there_is_no_mode() -> None:
    fact = LOGGING.parse(raw({}))
    assert isinstance(fact, Logging)
    assert fact.file_mode is None


def test_journald_drop_ins_win_over_the_main_file_and_defaults_stand() -> None:
    fact = LOGGING.parse(raw({
        "/etc/systemd/journald.conf": "[Journal]\nStorage=volatile\n#Compress=no\n",
        "/usr/lib/systemd/journald.conf.d/10.conf": "[Journal]\nForwardToSyslog=no\n",
        "/etc/systemd/journald.conf.d/20.conf": "[Journal]\nStorage=persistent\n[Other]\nSeal=no\n",
    }))  # fmt: skip
    assert isinstance(fact, Logging)
    assert fact.journald["storage"] == "persistent"
    assert fact.journald["forwardtosyslog"] == "no"
    assert fact.journald["compress"] == "yes"
    assert fact.journald["seal"] == "yes"


@pytest.mark.parametrize(
    ("text", "storage"),
    [
        ("[Journal]\nSystemMaxUse=1G \\\nStorage=persistent\n", "auto"),
        ("[Journal]\nStorage=\\\n; not this\n  persistent\n", "persistent"),
        ("[Journal]\n# Storage=volatile \\\nStorage=persistent\n", "persistent"),
        ("[Journal]\nCatalog=C:\\\\\nStorage=persistent\n", "persistent"),
        ("[Journal] # ours\nStorage=persistent\n[Journal]\nStorage=persistent\n", "auto"),
        ("[Journal]\nStorage=persistent \\", "persistent"),
        ("[Journal]\n# See:\u2028Storage=persistent\n", "auto"),
    ],
)
def test_journald_reads_lines_as_systemd_does(text: str, storage: str) -> None:
    fact = LOGGING.parse(raw({"/etc/systemd/journald.conf": text}))
    assert isinstance(fact, Logging)
    assert fact.journald["storage"] == storage


def test_logrotate_takes_only_what_stands_outside_of_braces() -> None:
    text = "weekly\nrotate 4\nrotate 12 \n/var/log/x {\n rotate 1\n daily\n}\ninclude /etc/x\n"
    fact = LOGGING.parse(raw({"/etc/logrotate.conf": text}))
    assert isinstance(fact, Logging)
    assert fact.logrotate == {"weekly": "1", "rotate": "12"}


CHRONYD = {"/usr/sbin/chronyd": file("/usr/sbin/chronyd", None)}


def test_chrony_with_its_includes() -> None:
    files = {
        **CHRONYD,
        "/etc/chrony/chrony.conf": file(
            "",
            "confdir /etc/chrony/conf.d\n# server no\nsourcedir /etc/chrony/sources.d\nuser _x\n",
        ),
        "/etc/chrony/conf.d/a.conf": file("/etc/chrony/conf.d/a.conf", "pool 10.1.1.1 iburst\n"),
        "/etc/chrony/sources.d/b.sources": file(
            "/etc/chrony/sources.d/b.sources", "server 10.1.1.2\n"
        ),
    }
    expected = TimeSync("chrony", ("10.1.1.1", "10.1.1.2"), None, "_x", None, ("10.1.1.1",))
    assert TIME_SYNC.parse(raw(files)) == expected
    told = TIME_SYNC.parse(raw(files, {"chrony": recorded("chrony-tracking.txt")}))
    assert told == replace(expected, synchronised=True, offset=0.000001873)


def test_a_daemon_that_does_not_answer_or_has_no_source_is_not_synchronised() -> None:
    silent = output(recorded("chrony-not-running.txt"), 1)
    unset = recorded("chrony-tracking.txt").replace(b"Normal", b"Not synchronised")
    own = recorded("chrony-tracking.txt").replace(b"7F000001 (127.0.0.1)", b"7F7F0101 ()")
    for said in (silent, output(unset), output(own)):
        assert TIME_SYNC.parse(raw(CHRONYD, {"chrony": said})) == TimeSync(
            "chrony", (), False, "_chrony"
        )
    assert isinstance(TIME_SYNC.parse(raw(CHRONYD, {"chrony": output(b"", 127)})), Missing)


def test_timesyncd() -> None:
    path = "/usr/lib/systemd/systemd-timesyncd"
    files = {
        path: file(path, None),
        "/etc/systemd/timesyncd.conf": file(
            "/etc/systemd/timesyncd.conf", "[Time]\nNTP=10.1.1.1 10.1.1.2\n"
        ),
    }
    fact = TIME_SYNC.parse(raw(files, {"timedate": b"yes\n"}))
    assert fact == TimeSync("systemd-timesyncd", ("10.1.1.1", "10.1.1.2"), True, "systemd-timesync")
    whole = raw({"/var/lib/dpkg/status": ""})
    assert TIME_SYNC.parse(whole) == TimeSync(None, (), None)
    assert isinstance(TIME_SYNC.parse(raw({})), Missing)
    part = TIME_SYNC.parse(raw({"/etc/chrony/chrony.conf": "user\npool a.example\n"}))
    assert part == TimeSync(
        "chrony", ("a.example",), None, "", None, ("a.example",), installed=False
    )
    asked = {"/usr/sbin/chronyd": "", "/etc/default/chrony": 'DAEMON_OPTS="-F 1 -u root"\n'}
    found = TIME_SYNC.parse(raw(asked))
    assert isinstance(found, TimeSync) and found.user == "root"


UBUNTU = {"/etc/os-release": 'ID=ubuntu\nVERSION_ID="24.04"\n'}


@pytest.mark.parametrize(
    ("files", "sources"),
    [
        ({}, tuple(f"{n}.debian.pool.ntp.org" for n in range(4))),
        (UBUNTU, ("ntp.ubuntu.com",)),
        ({"/etc/systemd/timesyncd.conf": "[Time]\nFallbackNTP=\n"}, ()),
        ({"/etc/systemd/timesyncd.conf": "[Time]\nNTP=a b\nNTP=c\n"}, ("a", "b", "c")),
        (
            {
                "/etc/systemd/timesyncd.conf": "[Time]\nNTP=a\n",
                "/etc/systemd/timesyncd.conf.d/x.conf": "[Time]\nNTP=b\n",
            },
            ("a", "b"),  # a list grows
        ),
        (
            {
                "/etc/systemd/timesyncd.conf": "[Time]\nNTP=a\n",
                "/etc/systemd/timesyncd.conf.d/x.conf": "[Time]\nNTP=\nNTP=b\n",
            },
            ("b",),  # unless it is emptied
        ),
    ],
)
def test_the_sources_of_timesyncd_are_a_list_that_grows(
    files: dict[str, str], sources: tuple[str, ...]
) -> None:
    program = "/usr/lib/systemd/systemd-timesyncd"
    fact = TIME_SYNC.parse(raw({program: file(program, None), **files}))
    assert isinstance(fact, TimeSync)
    assert fact.sources == sources


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ('module(load="imtcp")\ninput(type="imtcp" port="514")', [("imtcp", "514", "", True)]),
        ('input(type="imudp" port="514" address="::1")', [("imudp", "514", "::1", False)]),
        ("$ModLoad imudp\n$UDPServerAddress 10.0.0.1\n$UDPServerRun 514",
         [("imudp", "514", "10.0.0.1", True)]),
        ("$ModLoad /usr/lib/rsyslog/imrelp.so\n$InputRELPServerRun 20514",
         [("imrelp", "20514", "", True)]),
        ('#input(type="imtcp" port="514")\ninput(type="imfile" File="/x")', []),
        ('input(type="imtcp"\n  port=["1","2"])', [("imtcp", "-", "", False)]),
    ],
)  # fmt: skip
def test_where_rsyslog_listens(text: str, inputs: list[tuple[object, ...]]) -> None:
    fact = LOGGING.parse(raw({"/etc/rsyslog.conf": text}))
    assert isinstance(fact, Logging)
    assert [(one.module, one.port, one.address, one.loaded) for one in fact.inputs] == inputs

"""How long a log server keeps files: read as systemd-tmpfiles and logrotate read their rules."""

from __future__ import annotations

import pytest

from policies.catalogue import checks
from policies.judge import judge
from policies.model import Finding
from policies.requirements import load
from policies.target import TargetContext
from scanners.host.facts.logging import Logging
from scanners.host.facts.text_files import TextFiles
from tests.policies.cases.log_keeping import OWN, SERVER
from tests.policies.hosts import files, host

CHECK = next(check for check in checks() if check.id == "log-server-retention")
LINE = "d /var/log/hosts 0750 root adm 100d\n"


def judged(texts: dict[str, str], context: TargetContext | None = None) -> Finding:
    return judge(host(files(texts), SERVER), [CHECK], context)[0]


@pytest.mark.parametrize(("level", "status"), [(2, "pass"), (3, "pass"), (4, "fail"), (5, "fail")])
def test_the_law_says_how_long(level: int, status: str) -> None:
    found = judged({OWN: LINE}, TargetContext(level=level, baselines=(load("tcvn14423-2026"),)))
    assert found.status == status
    assert found.values
    assert found.evidence == (f"{OWN}:1: {LINE.strip()}",)


@pytest.mark.parametrize(
    "texts",
    [
        {},
        {OWN: "d /var/log/hosts 0750 root adm -\n"},
        {OWN: "d /var/log/hosts 0750 root adm\n"},
        {OWN: "d /var/log/hosts 0750 root adm ever\n"},
        {OWN: "d /var/log/other 0750 root adm 365d\n"},
        {OWN: LINE, "/etc/logrotate.d/hosts": "/var/log/hosts/*/*.log {\n  rotate 4\n}\n"},
        {OWN: LINE, "/etc/logrotate.d/all": '"/var/*/*/*" { rotate 4 }\n'},
        {OWN: LINE, "/etc/logrotate.conf": "include /etc/more\n"},
    ],
)
def test_what_is_not_certain_is_not_evaluated(texts: dict[str, str]) -> None:
    assert judged(texts).status == "not-evaluated"


def test_a_star_of_logrotate_crosses_no_slash() -> None:
    texts = {
        OWN: LINE,
        "/etc/logrotate.d/rsyslog": "/var/log/*.log /var/log/syslog {\n weekly\n}\n",
    }
    assert judged(texts).status == "pass"


@pytest.mark.parametrize(
    ("folder", "status"), [("/usr/lib/tmpfiles.d", "pass"), ("/run/tmpfiles.d", "pass")]
)
def test_of_two_files_of_one_name_the_nearer_counts(folder: str, status: str) -> None:
    other = f"{folder}/govctl-log.conf"
    assert judged({OWN: LINE, other: LINE.replace("100d", "1d")}).status == status
    assert judged({OWN: LINE, f"{folder}/x.conf": LINE.replace("100d", "1d")}).status == "fail"


def test_a_rule_that_could_not_be_read_may_say_anything() -> None:
    texts = TextFiles({OWN: LINE}, frozenset({"/etc/tmpfiles.d/x.conf"}), CHECK.args["paths"])
    assert judge(host(texts, SERVER), [CHECK])[0].status == "not-evaluated"


def test_a_machine_that_takes_no_logs_keeps_none() -> None:
    quiet = Logging((), 0o640, {}, {})
    assert judge(host(files({}), quiet), [CHECK])[0].status == "not-applicable"

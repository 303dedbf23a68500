from __future__ import annotations

import pytest

from scanners.host.facts import directory, logind, served, ssh_client
from scanners.host.facts.directory import Directory
from scanners.host.facts.logind import Logind
from scanners.host.facts.served import Served
from scanners.host.facts.ssh_client import SshClient
from scanners.host.model import Missing, Reduced
from tests.scanners.host.raws import file, raw


def reduced(every: tuple[Reduced, ...], path: str, text: str) -> str:
    (one,) = [one for one in every if one.path == path]
    return one.reduce(text.encode()).decode()


@pytest.mark.parametrize(
    ("path", "text", "left"),
    [
        ("/etc/sssd/sssd.conf", "[sssd]\nservices = nss\n", "[sssd]\nservices = nss\n"),
        ("/etc/sssd/sssd.conf", "ldap_default_authtok = x\n", ""),
        ("/etc/sssd/sssd.conf", "  LDAP_URI=ldap://h\n#services=x\n", "  LDAP_URI=ldap://h\n"),
        ("/etc/sssd/sssd.conf", "servicesx = y\nkrb5_server = z\n", ""),
        ("/etc/nslcd.conf", "uri ldap://h\nbindpw secret\nrootpwmodpw s\n", "uri ldap://h\n"),
        ("/etc/ldap/ldap.conf", "BINDDN x\nTLS_CACERT /x\n", "TLS_CACERT /x\n"),
    ],
)
def test_what_is_left_of_the_clients_files(path: str, text: str, left: str) -> None:
    assert reduced(directory.SOURCE.reduced, path, text) == left


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("rocommunity  public default -V systemonly", "rocommunity=public"),
        ('rwcommunity6 "private"', "rwcommunity6=private"),
        ("rocommunity publicly default", "rocommunity ***"),
        ("rocommunity s3cret # public", "rocommunity ***"),
        ("com2sec -Cn x ro default s3cret", "com2sec ***"),
        ("com2sec6 ro default public", "com2sec6=public"),
        ("createUser an SHA pass AES pass", None),
        ("trapsess -v 2c -c secret host", None),
    ],
)
def test_communities_stay_on_the_host(line: str, left: str | None) -> None:
    want = "" if left is None else f"{left}\n"
    assert reduced(served.SOURCE.reduced, "/etc/snmp/snmpd.conf", f"{line}\n") == want


def test_keys_of_dhcp_stay_on_the_host() -> None:
    text = (
        'key k { secret "aGVsbG8="; };\nkey l { secret x; } option routers 10.0.0.1; # secret y\n'
    )
    assert reduced(served.SOURCE.reduced, "/etc/dhcp/dhcpd.conf", text) == (
        "key l { secret; } option routers 10.0.0.1; \n"
    )


def test_what_the_services_give_away() -> None:
    fact = served.SOURCE.parse(raw({
        "/etc/snmp/snmpd.conf": "rocommunity=public\nincludeFile /x\n",
        "/etc/dhcp/dhcpd.conf": "option a-b code 3 = text;\n{ option routers 1; }\n",
        "/etc/dhcp/dhclient.conf": "also request a,\n b;\nsupersede c;\n",
    }))  # fmt: skip
    assert fact == Served(
        ("rocommunity=public",), frozenset({"routers"}), frozenset({"a", "b"}),
        frozenset({"c"}), frozenset({"snmp"}),
    )  # fmt: skip


def test_the_drop_ins_of_sssd_come_after_its_main_file() -> None:
    fact = directory.SOURCE.parse(raw({
        "/etc/sssd/sssd.conf": "[sssd]\nservices = nss\n[domain/A.vn]\nid_provider = LDAP\n",
        "/etc/sssd/conf.d/a.conf": "[sssd]\nservices = pam\n",
        "/etc/sssd/conf.d/.b.conf": "[sssd]\nservices = no\n",
    }))  # fmt: skip
    assert isinstance(fact, Directory)
    assert fact.sssd == {"sssd": {"services": "pam"}, "domain/a.vn": {"id_provider": "ldap"}}


def test_the_first_main_file_of_logind_and_every_drop_in_by_name() -> None:
    fact = logind.SOURCE.parse(raw({
        "/etc/systemd/logind.conf": "[Login]\nA=1\n",
        "/usr/lib/systemd/logind.conf": "[Login]\nB=1\n",
        "/usr/lib/systemd/logind.conf.d/9.conf": "[Login]\nA=3\n",
        "/etc/systemd/logind.conf.d/1.conf": "[Login]\nA=2\n[Other]\nA=9\n",
    }))  # fmt: skip
    assert fact == Logind({"a": "3"})


@pytest.mark.parametrize("path", ["/etc/sssd/sssd.conf", "/etc/nslcd.conf"])
def test_a_file_that_cannot_be_read_leaves_no_fact(path: str) -> None:
    assert isinstance(directory.SOURCE.parse(raw({path: file(path, None)})), Missing)
    snmp, conf = "/etc/snmp/snmpd.conf", "/etc/systemd/logind.conf"
    assert isinstance(served.SOURCE.parse(raw({snmp: file(snmp, None)})), Missing)
    assert isinstance(logind.SOURCE.parse(raw({conf: file(conf, None)})), Missing)


def test_the_client_of_ssh_takes_the_first_value_for_each_host() -> None:
    fact = ssh_client.SOURCE.parse(raw({
        "/etc/ssh/ssh_config": "Include ssh_config.d/*.conf # x\nCiphers=c # d,e\n"
        "Match final all\nMACs +m\n",
        "/etc/ssh/ssh_config.d/a.conf": "Host a b\n\tCiphers a,b\n\tInclude /x\n",
        "/x": "Host *\nMACs -*\n",
    }))  # fmt: skip
    assert isinstance(fact, SshClient)
    macs = ssh_client.DEFAULTS["macs"]
    assert fact.algorithms == {
        "ciphers": (("a b", ("a", "b")), ("*", ("c",))),
        "macs": (("a b", ()), ("*", (*macs, "m"))),
        "kexalgorithms": (("*", ssh_client.DEFAULTS["kexalgorithms"]),),
    }

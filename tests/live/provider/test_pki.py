"""Certificates: keys stay on their machine, one machine signs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pulumi
import pytest
from cryptography import x509

from stacks import resources
from stacks.files import HostFile
from tests.live.provider.case import POOL, SMALL, Case, Lab, Wish

pytestmark = [
    pytest.mark.live,
    # The SDK leaves a coroutine unfinished whenever the engine stops an inline program.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

# The interface of the catalogue's authority, in the few lines that a machine of busybox can run.
INIT = """#!/bin/sh
trap 'exit 0' PWR TERM INT
mkdir -p /etc/ssl/govctl /var/lib/govctl-ca/requests /var/lib/govctl-ca/issued
cd /var/lib/govctl-ca
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key \\
  -subj /CN=root -days 3650 -addext basicConstraints=critical,CA:TRUE -out root.new
mv root.new /etc/ssl/govctl/root.pem
echo ssh-ed25519 ca > /etc/ssh/ssh_host_ed25519_key.pub
while :; do sleep 3600 & wait $!; done
"""
SIGN = """#!/bin/sh
set -eu
cd /var/lib/govctl-ca
[ "$2 $4" = "--days --san" ]
echo "subjectAltName=$5" > san
openssl x509 -req -in "requests/$1.csr" -CA /etc/ssl/govctl/root.pem -CAkey root.key \\
  -CAcreateserial -days "$3" -extfile san -out "issued/$1.pem"
echo "$1" >> signed
"""


def certified(case: Case, days: int = 397, dns: tuple[str, ...] = ("web.lab",)) -> Wish:
    def add(lab: Lab) -> None:
        authority = resources.Instance(
            "ca",
            machine=f"{case.estate}-ca",
            image=lab.image.fingerprint,
            pool=POOL,
            limits=SMALL,
            interfaces=[],
            files=[
                HostFile("/sbin/init", INIT, 0o755),
                HostFile("/usr/local/sbin/govctl-ca-sign", SIGN, 0o755),
            ],
            opts=lab.opts,
        )
        root = resources.Authority("root", instance=authority.name, opts=lab.opts)
        certificate = resources.Certificate(
            "web",
            authority=root.instance,
            instance=lab.machine.name,
            certificate="web",
            common_name="web.lab",
            dns=dns,
            ips=["10.9.0.1", "fd00::1"],
            days=days,
            opts=lab.opts,
        )
        pulumi.export("root", root.certificate)
        pulumi.export("not_after", certificate.not_after)
        pulumi.export("fingerprint", certificate.fingerprint)

    return Wish(more=add)


def certificate_of(case: Case) -> x509.Certificate:
    return x509.load_pem_x509_certificate((case.text("/etc/ssl/govctl/web.pem") or "").encode())


def names_of(certificate: x509.Certificate) -> list[str]:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in names]


def test_a_certificate_is_signed_by_the_authority_and_its_key_stays_at_home(case: Case) -> None:
    case.up(certified(case))
    outputs = case.bench.outputs()
    root = x509.load_pem_x509_certificate(outputs["root"].encode())
    made = certificate_of(case)
    made.verify_directly_issued_by(root)
    assert names_of(made) == ["web.lab", "10.9.0.1", "fd00::1"]
    assert case.run("stat -c '%a %u' /etc/ssl/govctl/web.key").split() == ["640", "0"]
    assert "PRIVATE KEY" not in case.bench.state_text()
    assert case.target.read_file(f"{case.estate}-ca", "/etc/ssl/govctl/web.key") is None
    assert set(case.up(certified(case))) == {"same"}


def test_another_name_means_another_certificate_for_the_same_key(case: Case) -> None:
    case.up(certified(case))
    key, before = case.text("/etc/ssl/govctl/web.key"), certificate_of(case)
    assert case.up(certified(case, dns=("web.lab", "www.lab")))["update"] == 1
    assert names_of(certificate_of(case))[:2] == ["web.lab", "www.lab"]
    assert certificate_of(case) != before
    assert case.text("/etc/ssl/govctl/web.key") == key


def test_a_certificate_that_ends_soon_is_renewed(case: Case) -> None:
    case.up(certified(case, days=20))
    first = case.bench.outputs()
    assert datetime.fromisoformat(first["not_after"]) < datetime.now(UTC) + timedelta(days=30)
    assert case.bench.changed_properties(case.program(certified(case, days=20))) == {
        "web": ["update", "not_after"]
    }
    case.up(certified(case, days=20))
    assert case.bench.outputs()["fingerprint"] != first["fingerprint"]


def test_a_certificate_that_vanished_is_made_again(case: Case) -> None:
    case.up(certified(case))
    case.run("rm /etc/ssl/govctl/web.pem")
    assert case.bench.drift() == {"web": ["delete"]}
    case.put_right(certified(case))
    assert names_of(certificate_of(case))[0] == "web.lab"


def test_a_new_machine_gets_a_new_certificate(case: Case) -> None:
    case.up(certified(case))
    case.target.stop(case.machine, 0)
    case.target.delete_instance(case.machine)
    case.put_right(certified(case))
    assert names_of(certificate_of(case))[0] == "web.lab"

"""The conference server: Kamailio for the signalling, rtpengine for the media."""

from __future__ import annotations

from pathlib import Path

from govctl.estate.flow import Ports
from govctl.estate.model import Estate, Machine
from stacks.certificates import FOLDER, CertificateSpec, certificate, host_certificate
from stacks.context import Context
from stacks.files import HostFile
from stacks.names import names_of, place_of
from stacks.secrets import from_seed, ha1, sip_password
from stacks.templating import Safe, fill, fqdn, word
from stacks.units import unit_file, waits_for_certificate, wanted_at_boot

_HERE = Path(__file__).parent
CONTROL_PORT = 2223
"""Where rtpengine takes the SIP server's commands (UDP)."""
MEDIA_PORTS = Ports(first=30000, last=39999)
"""Where rtpengine relays (UDP); the same as in entry.yaml, which a test holds."""
_SRTP = Safe("RTP/SAVP")
_RESTART = ("systemctl restart kamailio",)


def files(machine: Machine, estate: Estate, context: Context) -> list[HostFile]:
    """The files of a machine of the role `conference-sip` or `conference-media`."""
    if machine.role == "conference-media":
        return _media(machine)
    return _sip(machine, estate, context)


def certificates(machine: Machine, estate: Estate) -> list[CertificateSpec]:
    """One for logs; Kamailio, which does not run as root, has one that its group may read."""
    own = [host_certificate(machine, estate)]
    if machine.role == "conference-sip":
        restart = ("kamailio.service",)
        own.append(certificate(machine, estate, "sip", group="kamailio", restart=restart))
    return own


def _fill(template: str, /, **values: object) -> str:
    return fill(_HERE / "templates", template, **values)


def _sip(machine: Machine, estate: Estate, context: Context) -> list[HostFile]:
    place = place_of(machine, estate)
    relays = (
        [estate.machine(name) for name in place[0].component("media").machines] if place else []
    )
    relay_list = " ".join(f"udp:{relay.address4}:{CONTROL_PORT}" for relay in relays)
    users = [word(point.user) for point in estate.bridge_points]
    realm = fqdn(estate.domain)
    waiting, watch = waits_for_certificate("kamailio.service", "sip")
    config = _fill(
        "kamailio.cfg.j2",
        domain=realm,
        names=names_of(machine, estate),
        machine=machine,
        relays=Safe(relay_list),
        srtp=_SRTP,
    )
    return [
        *_accounts(users, realm, context),
        HostFile("/etc/kamailio/kamailio.cfg", config, apply=("kamailio -c", *_RESTART)),
        HostFile("/etc/kamailio/tls.cfg", _fill("tls.cfg.j2", folder=Safe(FOLDER)), apply=_RESTART),
        HostFile("/etc/kamailio/bridge-points", "".join(f"{user}\n" for user in users)),
        HostFile("/usr/local/bin/govctl-registrations", _shipped("govctl-registrations"), 0o755),
        *waiting,
        wanted_at_boot(watch),
    ]


def _shipped(name: str) -> str:
    return (_HERE / "files" / name).read_text()


def _accounts(users: list[Safe], realm: Safe, context: Context) -> list[HostFile]:
    """Kamailio's table of digests, root's own; a change is taken in while it runs.

    Kamailio reads a copy: which number its group has is only known on the machine, and a file that
    the machine changes itself would look as if somebody had tampered with it.
    """
    folder, copy = "/etc/kamailio/accounts", "/run/kamailio/accounts"
    hand_over = f"install -D -g kamailio -m 0640 -t {copy} {folder}/version {folder}/ha1"
    return [
        # The unit first: what comes after may restart it.
        unit_file(
            "kamailio.service.d/accounts.conf", f"[Service]\nExecStartPre=+/usr/bin/{hand_over}\n"
        ),
        HostFile(f"{folder}/version", "table_name(string) table_version(int)\nha1:2\n", 0o600),
        HostFile(
            f"{folder}/ha1",
            from_seed(context.seed, lambda seed: digests(seed, users, realm)),
            0o600,
            apply=(hand_over, "kamcmd htable.reload ha1"),
        ),
    ]


def digests(seed: str, users: list[Safe], realm: Safe) -> str:
    """A db_text table: user → HA1 (type 0 is text)."""
    columns = (
        "id(int,auto) key_name(string) key_type(int) value_type(int) key_value(string) expires(int)"
    )
    rows = [
        f"{number}:{user}:0:0:{ha1(user, realm, sip_password(seed, user))}:0"
        for number, user in enumerate(users, 1)
    ]
    return "\n".join([columns, *rows, ""])


def _media(machine: Machine) -> list[HostFile]:
    text = _fill("rtpengine.conf.j2", machine=machine, control=CONTROL_PORT, ports=MEDIA_PORTS)
    restart = ("systemctl restart rtpengine-daemon",)
    return [
        HostFile("/etc/rtpengine/rtpengine.conf", text, apply=restart),
        HostFile(
            "/etc/default/rtpengine-daemon",
            "CONFIG_FILE=/etc/rtpengine/rtpengine.conf\n"
            "PIDFILE=/run/rtpengine/rtpengine-daemon.pid\n"
            "MANAGE_IPTABLES=no\n",
            apply=restart,
        ),
    ]

"""A software bridge point: baresip with one account, SIP over TLS, SRTP or nothing."""

from __future__ import annotations

from pathlib import Path

from govctl.estate.model import BridgePoint, Estate, Machine
from stacks.certificates import ROOT
from stacks.context import Context
from stacks.files import HostFile
from stacks.names import service_name
from stacks.secrets import from_seed, sip_password
from stacks.templating import Safe, fill, fqdn, word
from stacks.units import unit_file, wanted_at_boot

_HERE = Path(__file__).parent
_RESTART = ("systemctl restart baresip",)


def files(machine: Machine, estate: Estate, context: Context) -> list[HostFile]:
    """The files of a machine of the role `bridge-baresip`."""
    point = next(point for point in estate.bridge_points if point.machine == machine.id)
    server = service_name(estate, "conference", "sip")
    unit = _fill("baresip.service.j2", user=word(point.user), server=server)
    return [
        HostFile("/etc/baresip/config", _fill("config.j2", root=Safe(ROOT)), apply=_RESTART),
        HostFile(
            "/etc/baresip/accounts",
            from_seed(context.seed, lambda seed: account(seed, point, estate)),
            0o600,
            apply=_RESTART,
        ),
        HostFile("/usr/local/bin/govctl-call", (_HERE / "files/govctl-call").read_text(), 0o755),
        unit_file("baresip.service", unit, apply=_RESTART),
        wanted_at_boot("baresip.service"),
    ]


def _fill(template: str, /, **values: object) -> str:
    return fill(_HERE / "templates", template, **values)


def account(seed: str, point: BridgePoint, estate: Estate) -> str:
    """baresip's line of one account, the password in it."""
    user, realm = word(point.user), fqdn(estate.domain)
    server = service_name(estate, "conference", "sip")
    parameters = [
        f"auth_user={user}",
        f"auth_pass={sip_password(seed, user)}",
        f'outbound="sip:{server}:5061;transport=tls"',
        "regint=60",
        "answermode=auto",
        "mediaenc=srtp-mand",
        "audio_codecs=opus/48000/2",
    ]
    return f"<sip:{user}@{realm};transport=tls>;" + ";".join(parameters) + "\n"

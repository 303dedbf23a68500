"""The web portal: a static start page in two languages over TLS."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from govctl.estate.frozen import Text
from govctl.estate.model import Estate, Machine, Unit
from stacks.certificates import FOLDER, CertificateSpec, host_certificate
from stacks.context import Context
from stacks.files import HostFile
from stacks.names import names_of
from stacks.templating import Safe, fill
from stacks.units import waits_for_certificate, wanted_at_boot

_HERE = Path(__file__).parent
_SITE = "/srv/portal"
Language = Literal["vi", "en"]
_PATHS: Mapping[Language, str] = {"vi": "/", "en": "/en/"}


def files(machine: Machine, estate: Estate, context: Context) -> list[HostFile]:
    """The files of a machine of the role `portal-web`."""
    names = names_of(machine, estate)
    config = _fill("nginx.conf.j2", names=names, folder=Safe(FOLDER))
    waiting, watch = waits_for_certificate("nginx.service", "host")
    words = _words()
    not_found = _fill("404.html.j2", name=estate.name.vi, vi=words["vi"], en=words["en"])
    reload = ("nginx -t", "systemctl try-reload-or-restart nginx")
    return [
        HostFile("/etc/nginx/nginx.conf", config, apply=reload),
        HostFile(f"{_SITE}/index.html", page(estate, "vi")),
        HostFile(f"{_SITE}/en/index.html", page(estate, "en")),
        HostFile(f"{_SITE}/404.html", not_found),
        HostFile(f"{_SITE}/style.css", (_HERE / "files/style.css").read_text()),
        *waiting,
        wanted_at_boot(watch),
    ]


def certificates(machine: Machine, estate: Estate) -> list[CertificateSpec]:
    """One certificate for logs and web: nginx reads the key as root."""
    return [host_certificate(machine, estate, restart=("nginx.service",))]


def page(estate: Estate, language: Language) -> str:
    """The start page in one language: the units tier by tier, then the conference rooms."""
    other: Language = "en" if language == "vi" else "vi"
    words = _words()
    rooms = [_say(point.name, language) for point in estate.bridge_points]
    return _fill(
        "index.html.j2",
        estate=estate,
        language=language,
        name=_say(estate.name, language),
        text=words[language],
        other={"path": _PATHS[other], "language": other, "text": words[other]["this"]},
        groups=_groups(estate, language),
        rooms=rooms,
    )


def _groups(estate: Estate, language: Language) -> list[dict[str, object]]:
    """The units below the top one, by tier; agencies, which are of no tier, at the end."""
    top = estate.tiers[0] if estate.tiers else None
    headings = _words()[language]["tiers"]
    members: dict[str, list[Unit]] = {tier: [] for tier in (*estate.tiers, "agency")}
    for unit in estate.units:
        if unit.parent is not None or unit.tier != top:
            members.setdefault(unit.tier or "agency", []).append(unit)
    return [
        {
            "tier": tier,
            "heading": headings.get(tier, tier),
            "units": [_say(unit.name, language) for unit in units],
        }
        for tier, units in members.items()
        if units
    ]


def _say(text: Text, language: Language) -> str:
    return text.vi if language == "vi" else text.en


def _fill(template: str, /, **values: object) -> str:
    return fill(_HERE / "templates", template, **values)


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load((_HERE / "texts.yaml").read_text())
    return words

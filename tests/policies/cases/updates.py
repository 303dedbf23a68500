"""apt's periodic settings as `apt-config dump` prints them, and dnf's."""

from __future__ import annotations

from scanners.host.facts.software import Packages, Unit, Units
from scanners.host.facts.text_files import TextFiles
from scanners.host.formats import apt_conf
from tests.policies.cases.model import Case, Cases
from tests.policies.hosts import Facts, packages

ORIGINS = """\
Unattended-Upgrade::Origins-Pattern "";
Unattended-Upgrade::Origins-Pattern:: "origin=Debian,label=Debian";
Unattended-Upgrade::Origins-Pattern:: "origin=Debian,codename=${distro_codename}-security";
"""
UBUNTU = 'Unattended-Upgrade::Allowed-Origins:: "${distro_id}:${distro_codename}-security";\n'
NAMES = ("apt-daily.timer", "apt-daily-upgrade.timer")


def _apt(
    lists: str = "1",
    upgrade: str = "1",
    *,
    more: str = ORIGINS,
    installed: bool = True,
    states: tuple[str, str] = ("enabled active", "enabled active"),
) -> Facts:
    text = f'APT::Periodic::Update-Package-Lists "{lists}";\n'
    text += f'APT::Periodic::Unattended-Upgrade "{upgrade}";\n{more}'
    versions = {"apt": "2.6.1"} | ({"unattended-upgrades": "2.9.1"} if installed else {})
    units = {}
    for name, state in zip(NAMES, states, strict=True):
        enabled, active = state.split()
        units[name] = Unit(name, enabled, None if active == "-" else active)
    return (Packages(versions, apt_conf.parse_dump(text)), Units(units))


def _dnf(text: str | None) -> Facts:
    path = "/etc/dnf/automatic.conf"
    found = {} if text is None else {path: text}
    return (TextFiles(found, frozenset(), (path,)), packages("dnf", "dnf-automatic"))


CASES: Cases = {
    "updates-automatic": Case(
        (
            _apt(),
            _apt("7", "always", more=UBUNTU),
            _apt("1d", "12h"),
            _apt(more=f'{ORIGINS}Unattended-Upgrade::Package-Blacklist:: "libc6$";\n'),
            _apt(states=("enabled -", "enabled -")),
        ),
        (
            _apt(upgrade="0"),
            _apt(lists=""),
            _apt(upgrade="00"),
            _apt(lists="365"),
            _apt(upgrade="10d"),
            _apt(more=f'{ORIGINS}Unattended-Upgrade::Package-Blacklist:: ".*";\n'),
            _apt(upgrade="never"),
            _apt(installed=False),
            _apt(more=""),
            _apt(more=ORIGINS.replace("-security", "-backports")),
            _apt(more=f'APT::Periodic::Enable "0";\n{ORIGINS}'),
            _apt(states=("enabled active", "masked inactive")),
            _apt(states=("disabled -", "enabled -")),
            _apt(states=("enabled inactive", "enabled active")),
        ),
    ),
    "updates-dnf-installed": Case(
        ((packages("dnf", "dnf-automatic"),),), ((packages("dnf"),), (packages("dnf", "dnf-data"),))
    ),
    "updates-dnf-apply": Case(
        (_dnf("[commands]\napply_updates = yes\n"),),
        (_dnf(None), _dnf("[commands]\n# apply_updates = yes\n"), _dnf("apply_updates = yes\n")),
    ),
    "updates-dnf-security": Case(
        (_dnf("[commands]\nupgrade_type=security\n"),), (_dnf("[commands]\n"), _dnf(None))
    ),
}

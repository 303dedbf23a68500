"""Directories of people: how sssd and nslcd reach them, and where names are looked up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from govctl.texts import msg
from policies.families import Args, NoArgs, family
from policies.families._verdicts import failed, none_of, not_applicable, not_evaluated, passed
from policies.model import Verdict
from scanners.host.facts.directory import Directory
from scanners.host.facts.software import Units
from scanners.host.facts.text_files import TextFiles
from scanners.host.model import Missing

_CHECKED = ("demand", "hard")


class ResponderArgs(Args):
    """A responder of sssd."""

    responder: str


@family("directory.sssd-responder", needs=(Directory,), args=ResponderArgs, helps=(Units,))
def responder(args: ResponderArgs, directory: Directory, units: Units | Missing) -> Verdict:
    """sssd answers to PAM, by its list of services or by a socket of systemd."""
    services = directory.sssd.get("sssd", {}).get("services", "")
    if args.responder in [one.strip() for one in services.split(",")]:
        return passed(msg("sssd runs the service {name}", name=args.responder),
                      [f"services = {services}"])  # fmt: skip
    socket = f"sssd-{args.responder}.socket"
    unit = None if isinstance(units, Missing) else units.units.get(socket)
    if unit is not None and unit.enabled == "enabled" and unit.starts_at_boot:
        return passed(msg("sssd runs the service {name}", name=args.responder), [socket])
    return failed(msg("sssd does not run the service {name}", name=args.responder),
                  [f"services = {services}"])  # fmt: skip


def _ldap_domains(directory: Directory) -> dict[str, Mapping[str, str]]:
    """The domains that sssd uses and that are kept in a directory of LDAP's own kind."""
    named = [one.strip() for one in directory.sssd.get("sssd", {}).get("domains", "").split(",")]
    domains = {section.removeprefix("domain/"): values for section, values in
               directory.sssd.items() if section.startswith("domain/")}  # fmt: skip
    return {
        name: values
        for name, values in domains.items()
        if (name in named or not any(named) or values.get("enabled") == "true")
        and values.get("enabled") != "false"
        and "ldap" in (values.get("id_provider"), values.get("auth_provider"))
    }


def _no_ldap() -> Verdict:
    return not_applicable(msg("sssd knows no domain of LDAP"))


@family("directory.sssd-encrypted", needs=(Directory,), args=NoArgs)
def sssd_encrypted(_args: NoArgs, directory: Directory) -> Verdict:
    """sssd speaks to LDAP encrypted."""
    domains = _ldap_domains(directory)
    if not domains:
        return _no_ldap()
    return none_of(
        (name for name, values in domains.items()
         if values.get("ldap_id_use_start_tls") != "true" and not _all_ldaps(
             f"{values.get('ldap_uri', '')},{values.get('ldap_backup_uri', '')}".split(","))),
        msg("sssd speaks to every directory encrypted"),
        msg("sssd speaks to {count} directories in the clear: {names}"),
    )  # fmt: skip


def _all_ldaps(uris: Iterable[str]) -> bool:
    named = [uri.strip().lower() for uri in uris if uri.strip()]
    return bool(named) and all(uri.startswith(("ldaps://", "ldapi://")) for uri in named)


@family("directory.sssd-verified", needs=(Directory,), args=NoArgs)
def sssd_verified(_args: NoArgs, directory: Directory) -> Verdict:
    """sssd checks who answers as the directory."""
    domains = _ldap_domains(directory)
    if not domains:
        return _no_ldap()
    usual = directory.ldap.get("tls_reqcert", "demand")
    found = {name: values.get("ldap_tls_reqcert", usual) for name, values in domains.items()}
    return none_of(
        (f"{name} ({value})" for name, value in found.items() if value.lower() not in _CHECKED),
        msg("sssd checks the certificate of every directory"),
        msg("sssd does not check the certificates of {count} directories: {names}"),
    )


@family("directory.nslcd-encrypted", needs=(Directory,), args=NoArgs)
def nslcd_encrypted(_args: NoArgs, directory: Directory) -> Verdict:
    """nslcd speaks to LDAP encrypted."""
    ssl, uri = directory.nslcd.get("ssl", "off").lower(), directory.nslcd.get("uri", "")
    evidence = [f"uri {uri}", f"ssl {ssl}"]
    if ssl in ("start_tls", "starttls", "on", "yes", "true") or _all_ldaps(uri.split()):
        return passed(msg("nslcd speaks to the directory encrypted"), evidence)
    return failed(msg("nslcd speaks to the directory in the clear"), evidence)


@family("directory.nslcd-trust", needs=(Directory,), args=NoArgs)
def nslcd_trust(_args: NoArgs, directory: Directory) -> Verdict:
    """nslcd knows the authority that certifies the directory, and asks for it."""
    nslcd, ldap = directory.nslcd, directory.ldap
    checked = nslcd.get("tls_reqcert", ldap.get("tls_reqcert", "demand")).lower()
    named = [f"{key} {nslcd[key]}" for key in ("tls_cacertfile", "tls_cacertdir") if key in nslcd]
    named += [f"{key} {ldap[key]}" for key in ("tls_cacert", "tls_cacertdir") if key in ldap]
    evidence = [*named, f"tls_reqcert {checked}"]
    if not named:
        return failed(msg("nslcd is told of no authority to trust"), evidence)
    if checked not in _CHECKED:
        return failed(msg("nslcd does not check the directory's certificate"), evidence)
    return passed(msg("nslcd checks the directory's certificate"), evidence)


class SourceArgs(Args):
    """Sources of names that must not be asked."""

    sources: tuple[str, ...]


_NSSWITCH = "/etc/nsswitch.conf"


@family("directory.name-sources", needs=(TextFiles,), args=SourceArgs)
def name_sources(args: SourceArgs, files: TextFiles) -> Verdict:
    """Names are not looked up in these sources."""
    if _NSSWITCH in files.unreadable or not files.asked_for(_NSSWITCH):
        return not_evaluated(msg("{path} could not be read", path=_NSSWITCH))
    lines = [line.split("#")[0].strip() for line in files.texts.get(_NSSWITCH, "").splitlines()]
    return none_of(
        [line for line in lines if set(args.sources) & set(line.split()[1:])],
        msg("{path} names none of {names}", path=_NSSWITCH, names=", ".join(args.sources)),
        msg("{count} lines of {path} ask forbidden sources: {names}", path=_NSSWITCH),
    )

"""What small network services give away."""

from __future__ import annotations

import re

from govctl.texts import msg
from policies.families import Args, NoArgs, family
from policies.families._verdicts import failed, none_of, not_applicable, not_evaluated, passed
from policies.model import Verdict
from scanners.host.facts.served import Served
from scanners.host.facts.text_files import TextFiles
from scanners.host.reading import glob_matches, logical_lines


def _unread() -> Verdict:
    return not_evaluated(msg("its settings name files that were not read"))


class CommunityArgs(Args):
    """The communities that whoever repairs this sets; any that is not well known is as good."""

    read: str = ""
    write: str = ""


@family("snmp.communities", needs=(Served,), args=CommunityArgs)
def communities(_args: CommunityArgs, served: Served) -> Verdict:
    """SNMP opens to no well-known community."""
    known = [one for one in served.communities if not one.endswith("***")]
    if not known and "snmp" in served.included:
        return _unread()
    return none_of(
        known,
        msg("SNMP opens to no well-known community"),
        msg("{count} lines open SNMP to a well-known community: {names}"),
    )


class OptionsArgs(Args):
    """Options of DHCP."""

    options: tuple[str, ...]


@family("dhcp.served", needs=(Served,), args=OptionsArgs)
def dhcp_served(args: OptionsArgs, served: Served) -> Verdict:
    """The DHCP server sends no more than it must."""
    sent = sorted(served.dhcp_options & set(args.options))
    if not sent and "server" in served.included:
        return _unread()
    return none_of(
        sent,
        msg("the DHCP server sends none of {names}", names=", ".join(args.options)),
        msg("the DHCP server sends {count} options too many: {names}"),
    )


@family("dhcp.taken", needs=(Served,), args=OptionsArgs)
def dhcp_taken(args: OptionsArgs, served: Served) -> Verdict:
    """The DHCP client lets no server say more than it must."""
    if "client" in served.included:
        return _unread()
    if served.dhcp_requested is None:
        return failed(msg("the DHCP client asks for everything that it knows"))
    taken = (served.dhcp_requested & set(args.options)) - served.dhcp_superseded
    return none_of(
        sorted(taken),
        msg("the DHCP client takes none of {names}", names=", ".join(args.options)),
        msg("the DHCP client takes {count} options too many: {names}"),
    )


_EXPORTS = ("/etc/exports", "/etc/exports.d/*.exports")


class ExportArgs(Args):
    """An option that no export may have."""

    option: str


@family("nfs.export-option", needs=(TextFiles,), args=ExportArgs)
def export_option(args: ExportArgs, files: TextFiles) -> Verdict:
    """No directory is exported with this option."""
    hidden = [path for path in files.unreadable if any(glob_matches(g, path) for g in _EXPORTS)]
    if hidden or not files.asked_for(_EXPORTS[0]):
        return not_evaluated(msg("{path} could not be read", path=(hidden or [_EXPORTS[0]])[0]))
    texts = [text for path, text in sorted(files.texts.items())
             if any(glob_matches(glob, path) for glob in _EXPORTS)]  # fmt: skip
    lines = [line for text in texts for _number, line in logical_lines(text)]
    if not lines:
        return not_applicable(msg("no directory is exported"))
    return none_of(
        [line for line in lines if _has(line.split("#")[0], args.option)],
        msg("no directory is exported with {option}", option=args.option),
        msg("{count} directories are exported with {option}: {names}", option=args.option),
    )


def _has(line: str, option: str) -> bool:
    """True if the option holds for one client: its own options come after the line's defaults."""
    defaults = [word for one in re.findall(r"(?:^|\s)-(\S+)", line) for word in one.split(",")]
    groups = re.findall(r"\(([^)]*)\)", line)
    # A client without options of its own has the defaults alone.
    clients = re.sub(r'^\s*(?:"[^"]*"|\S+)', "", re.sub(r"\([^)]*\)", "()", line)).split()
    if not groups or any(not one.endswith(")") and one[0] != "-" for one in clients):
        groups.append("")
    for group in groups:
        words = [*defaults, *(word.strip() for word in group.split(","))]
        last = [word for word in words if word in (option, f"no_{option}")]
        if last and last[-1] == option:
            return True
    return False


_VSFTPD = "/etc/vsftpd.conf"


@family("ftp.users-named", needs=(TextFiles,), args=NoArgs)
def ftp_users(_args: NoArgs, files: TextFiles) -> Verdict:
    """Only those who are named in a list log in with FTP."""
    if _VSFTPD in files.unreadable or not files.asked_for(_VSFTPD):
        return not_evaluated(msg("{path} could not be read", path=_VSFTPD))
    pairs = (line.partition("=") for line in files.texts.get(_VSFTPD, "").splitlines()
             if not line.startswith("#"))  # fmt: skip
    options = {key: value.strip() for key, equals, value in pairs if equals}

    def is_on(key: str, default: str) -> bool:
        return options.get(key, default).upper() in ("YES", "TRUE", "1")

    evidence = [f"{key}={options[key]}" for key in ("local_enable", "userlist_enable",
                                                    "userlist_deny", "userlist_file")
                if key in options]  # fmt: skip
    if not is_on("local_enable", "NO"):
        return passed(msg("nobody has an account with FTP"), evidence)
    if is_on("userlist_enable", "NO") and not is_on("userlist_deny", "YES"):
        return passed(msg("only those in {path} log in with FTP",
                          path=options.get("userlist_file", "/etc/vsftpd.user_list")),
                      evidence)  # fmt: skip
    return failed(msg("every account may log in with FTP"), evidence)

"""Messages that come in from other machines, and the journal that goes out."""

from __future__ import annotations

from govctl.texts import msg
from policies.families import Args, NoArgs, family
from policies.families._verdicts import failed, not_applicable, passed, unless_unread
from policies.model import Verdict
from scanners.host.facts.journal_upload import JournalUpload
from scanners.host.facts.logging import Input, Logging


@family("logging.no-inputs", needs=(Logging,), args=NoArgs)
def no_inputs(_args: NoArgs, logging: Logging) -> Verdict:
    """rsyslog takes no messages from other machines."""
    if not logging.configured:
        return not_applicable(msg("rsyslog is not configured"))
    # A module that is loaded elsewhere would bring an unused input to life: count it.
    found = [_shown(one) for one in logging.inputs if not _is_local(one.address)]
    if found:
        return failed(msg("rsyslog takes messages from others: {names}", names=", ".join(found)),
                      found)  # fmt: skip
    return unless_unread(passed(msg("rsyslog takes no messages from others")), logging.unread)


class InputArgs(Args):
    """Modules of which one must listen."""

    modules: tuple[str, ...]


@family("logging.inputs", needs=(Logging,), args=InputArgs)
def inputs(args: InputArgs, logging: Logging) -> Verdict:
    """rsyslog takes messages from other machines by one of these modules."""
    named = [one for one in logging.inputs if one.module in args.modules]
    evidence = [_shown(one) for one in named]
    if any(one.loaded and not _is_local(one.address) for one in named):
        return passed(msg("rsyslog takes messages from others: {names}",
                          names=", ".join(evidence)), evidence)  # fmt: skip
    reason = msg("rsyslog has no input of {names}", names=", ".join(args.modules))
    if named:
        reason = msg("an input is set, but takes nothing from others: {names}",
                     names=", ".join(evidence))  # fmt: skip
    return unless_unread(failed(reason, evidence), logging.unread, None)


def _shown(one: Input) -> str:
    loaded = "" if one.loaded else " (module not loaded)"
    return f"{one.module} {one.address or '*'}:{one.port}{loaded}"


def _is_local(address: str) -> bool:
    return address.startswith("127.") or address in ("::1", "localhost")


class UploadArgs(Args):
    """The server (empty: any), and whether the way to it must be encrypted and checked."""

    url: str = ""
    tls: bool = False
    key: str = ""
    certificate: str = ""
    trusted: str = ""
    """Files that must be set for the encryption; empty: any."""
    needs_url: bool = True


@family("logging.journal-upload", needs=(JournalUpload,), args=UploadArgs)
def journal_upload(args: UploadArgs, upload: JournalUpload) -> Verdict:
    """The journal is uploaded to a server, encrypted and checked where that is asked."""
    url = upload.settings.get("url", "")
    evidence = [f"{key}={value}" for key, value in upload.settings.items()]
    if not url and args.needs_url:
        return failed(msg("no server is set for the journal"), evidence)
    if args.url and args.url not in (url, url.partition("://")[2]):
        return failed(msg("{option} is {found}, not {wanted}", option="URL", found=url,
                          wanted=args.url), evidence)  # fmt: skip
    return _encrypted(args, upload, url, evidence) if args.tls else passed(
        msg("the journal goes to {found}", found=url), evidence)  # fmt: skip


def _encrypted(args: UploadArgs, upload: JournalUpload, url: str, evidence: list[str]) -> Verdict:
    # systemd-journal-upload(8) takes https where no scheme is written; `-` and `all` check nothing.
    if url.lower().startswith("http://"):
        return failed(msg("the journal goes in the clear to {found}", found=url), evidence)
    if upload.settings.get("trustedcertificatefile", "").lower() in ("-", "all"):
        return failed(msg("nobody checks who receives the journal"), evidence)
    lacking = [name for name in ("ServerKeyFile", "ServerCertificateFile", "TrustedCertificateFile")
               if name.lower() not in upload.settings]  # fmt: skip
    if lacking:
        return failed(msg("not set: {names}", names=", ".join(lacking)), evidence)
    for name, wanted in (("ServerKeyFile", args.key), ("ServerCertificateFile", args.certificate),
                         ("TrustedCertificateFile", args.trusted)):  # fmt: skip
        found = upload.settings[name.lower()]
        if wanted and found != wanted:
            return failed(msg("{option} is {found}, not {wanted}", option=name, found=found,
                              wanted=wanted), evidence)  # fmt: skip
    return passed(msg("the journal goes encrypted to {found}", found=url), evidence)

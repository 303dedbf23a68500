"""The mail system: who may reach it, and where the administrator's mail goes."""

from __future__ import annotations

import re

from govctl.texts import msg
from policies.families import Args, family
from policies.families._verdicts import failed, listed, not_applicable, not_evaluated, passed
from policies.model import Verdict
from scanners.host.facts.postfix import Mail
from scanners.host.facts.software import Listeners

_LOCAL = re.compile(r"127\.[0-9.]+|\[?::1\]?|::ffff:127\.[0-9.]+|localhost|loopback-only")


class PortsArgs(Args):
    """Ports on which mail is taken."""

    ports: tuple[int, ...] = (25, 465, 587)


@family("mail.local-only", needs=(Listeners,), args=PortsArgs)
def local_only(args: PortsArgs, listeners: Listeners) -> Verdict:
    """No mail server answers other machines."""
    names = [f"tcp/{one.port} {one.address} {one.process or '-'}" for one in listeners.sockets
             if one.protocol == "tcp" and one.port in args.ports
             and not _LOCAL.fullmatch(one.address.split("%")[0])]  # fmt: skip
    if names:
        return failed(msg("mail is taken from the network: {names}", names=listed(names)), names)
    return passed(msg("no mail server answers other machines"))


class InterfacesArgs(Args):
    """What inet_interfaces may be besides the loopback interface's names and addresses."""

    interfaces: str = "loopback-only"


def _without_postfix(mail: Mail) -> Verdict:
    if mail.lacking:
        return not_evaluated(msg("there is no {path}", path=mail.lacking[0]))
    return not_applicable(msg("Postfix is not configured"))


@family("mail.interfaces", needs=(Mail,), args=InterfacesArgs)
def interfaces(args: InterfacesArgs, mail: Mail) -> Verdict:
    """Postfix is set to listen on the loopback interface only."""
    if mail.postfix is None:
        return _without_postfix(mail)
    found = mail.postfix.get("inet_interfaces", "all")
    names = [name for name in re.split(r"[\s,]+", found) if name]
    evidence = [f"inet_interfaces = {found}", *(f"master.cf: {host}" for host in mail.hosts)]
    strange = [host for host in mail.hosts if not _LOCAL.fullmatch(host.lower())]
    if strange:
        return failed(msg("master.cf listens on {names}", names=", ".join(strange)), evidence)
    # Without any interface Postfix refuses to start.
    if found == args.interfaces or all(_LOCAL.fullmatch(name.lower()) for name in names):
        return passed(msg("{option} is {found}", option="inet_interfaces", found=found), evidence)
    return failed(msg("{option} is {found}, not {wanted}", option="inet_interfaces", found=found,
                      wanted=args.interfaces), evidence)  # fmt: skip


class AliasArgs(Args):
    """Whose mail must go elsewhere; `address` is where to (empty: anywhere)."""

    name: str
    address: str = ""


@family("mail.alias", needs=(Mail,), args=AliasArgs)
def alias(args: AliasArgs, mail: Mail) -> Verdict:
    """The mail of an account goes to somebody who reads it."""
    found = mail.aliases.get(args.name.lower(), "")
    evidence = [f"{args.name}: {found}"] if found else []
    if "/etc/aliases" in mail.lacking:
        return not_evaluated(msg("there is no {path}", path="/etc/aliases"))
    targets = [target for target in re.split(r"[\s,]+", found) if target]
    if not targets:
        return failed(msg("nobody is named for the mail of {name}", name=args.name))
    if all(target.lower() in (args.name.lower(), "/dev/null") for target in targets):
        return failed(msg("the mail of {name} reaches nobody", name=args.name), evidence)
    if args.address and args.address.lower() not in map(str.lower, targets):
        return failed(msg("the mail of {name} goes to {found}, not {wanted}", name=args.name,
                          found=found, wanted=args.address), evidence)  # fmt: skip
    return passed(msg("the mail of {name} goes to {found}", name=args.name, found=found), evidence)


class RelayArgs(Args):
    """The relay (empty: any)."""

    host: str = ""


@family("mail.relay", needs=(Mail,), args=RelayArgs)
def relay(args: RelayArgs, mail: Mail) -> Verdict:
    """Postfix hands all mail for elsewhere to one relay."""
    if mail.postfix is None:
        return _without_postfix(mail)
    found = mail.postfix.get("relayhost", "")
    evidence = [f"relayhost = {found}"]
    if not found:
        return failed(msg("Postfix has no relay"), evidence)
    bare = re.sub(r"[\[\]]|:\w+$", "", found)
    host = args.host.replace("$mydomain", mail.postfix.get("mydomain", "$mydomain"))
    if host and host.lower() not in (found.lower(), bare.lower()):
        return failed(msg("{option} is {found}, not {wanted}", option="relayhost", found=found,
                          wanted=args.host), evidence)  # fmt: skip
    return passed(msg("{option} is {found}", option="relayhost", found=found), evidence)

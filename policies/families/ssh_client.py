"""What the SSH client offers."""

from __future__ import annotations

from govctl.texts import msg
from policies.families import Args, family
from policies.families._verdicts import none_of
from policies.model import Verdict
from scanners.host.facts.ssh_client import SshClient


class AlgorithmsArgs(Args):
    """The strong algorithms of each kind."""

    ciphers: tuple[str, ...]
    macs: tuple[str, ...]
    kexalgorithms: tuple[str, ...]


@family("ssh.client-algorithms", needs=(SshClient,), args=AlgorithmsArgs)
def client_algorithms(args: AlgorithmsArgs, client: SshClient) -> Verdict:
    """The SSH client offers strong algorithms only, to whatever host."""
    strong = {"ciphers": args.ciphers, "macs": args.macs, "kexalgorithms": args.kexalgorithms}
    weak = [
        f"{option} {name}" + ("" if hosts == "*" else f" ({hosts})")
        for option, allowed in strong.items()
        for hosts, names in client.algorithms[option]
        for name in names
        if name not in allowed
    ]
    return none_of(
        dict.fromkeys(weak),
        msg("the SSH client offers strong algorithms only"),
        msg("the SSH client offers {count} weak algorithms: {names}"),
    )

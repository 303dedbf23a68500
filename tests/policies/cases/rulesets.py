"""Rulesets as `nft -j`, `iptables-save` and ufw's files give them, read by the real parsers."""

from __future__ import annotations

from scanners.host.facts.software import Listener, Unit, Units
from tests.policies.cases.alternatives import UFW_ON
from tests.policies.cases.model import Case, Cases
from tests.policies.hosts import Facts
from tests.policies.rulesets import (
    ACCEPT,
    ADDED,
    BAD_NFT,
    BOTH,
    BOTH_FAMILIES,
    COUNTED,
    DEBIAN,
    EMPTY,
    FILES_ONLY,
    FULL,
    GOOD4,
    GOOD6,
    GOOD_NFT,
    LAST,
    LOCAL,
    NONE,
    NTP,
    OPEN,
    OPENS,
    RANGE,
    RULES4,
    SHUT,
    SIP,
    SSH,
    SSHD,
    SSHD6,
    WEB,
    iptables,
    nft,
    nft_tree,
    of_iptables,
    of_nft,
    of_ufw,
    saved,
    sockets,
    ufw_saved,
    ufw_tree,
)


def _closed(rules: str, policy: str = "DROP") -> Facts:
    return of_iptables(iptables(saved(rules, policy), saved(rules, policy)))


def _unloaded(live: bool) -> Facts:
    """The file is there, and its unit is masked."""
    state = "inactive" if live else None
    masked = Units({"nftables.service": Unit("nftables.service", "masked", state)})
    return (masked, *of_nft(nft() if live else nft_tree(DEBIAN), live=live)[1:])


CASES: Cases = {
    "filter-nftables-table": Case(
        (of_nft(nft()), of_nft(nft(hooks=())), of_nft(nft_tree(DEBIAN), live=False)),
        (of_nft(EMPTY), of_nft(nft_tree("flush ruleset\n# table inet filter {\n"), live=False),
         _unloaded(live=False)),
    ),
    "filter-nftables-chains": Case(
        (of_nft(nft()), of_nft(nft_tree(DEBIAN), live=False)),
        (of_nft(EMPTY), of_nft(nft(hooks=("input", "forward"))), of_nft(nft_tree(""), live=False),
         _unloaded(live=False),
         of_nft(nft(kind="nat")), of_nft(nft(family="ip")), of_nft(nft(family="bridge"))),
    ),
    "filter-nftables-permanent": Case(
        (of_nft(nft()), of_nft(nft(policy="accept", file=DEBIAN)),
         of_nft(nft([SSH, ACCEPT], file=FULL)), of_nft(nft([SSH, ACCEPT], file=ADDED)),
         of_nft(nft_tree(DEBIAN), live=False)),
        (of_nft(nft(file="flush ruleset\n")), of_nft(nft(file=DEBIAN)),
         _unloaded(live=True), _unloaded(live=False),
         of_nft(nft([SSH, ACCEPT])),  # the file has the chain without its rules
         of_nft(nft(file=DEBIAN.replace("inet filter", "inet other"))),
         of_nft(nft_tree("table inet x { chain input { type filter hook input priority 0; } }"),
                live=False)),
    ),
    "filter-nftables-loopback": Case(
        tuple(of_nft(one) for one in GOOD_NFT), tuple(of_nft(one) for one in BAD_NFT)
    ),
    "filter-iptables-loopback": Case(
        (of_iptables(BOTH), of_iptables(COUNTED), of_iptables(FILES_ONLY),
         of_iptables(iptables(saved("-A INPUT -i lo -j ACCEPT"), None))),
        (of_iptables(OPEN), of_iptables(NONE),
         of_iptables(iptables(saved("-A INPUT -s 127.0.0.0/8 -j DROP"), None)),
         of_iptables(iptables(saved("-A INPUT ! -i lo -j ACCEPT\n" + RULES4), None)),
         of_iptables(iptables(saved(f"{OPENS}\n{RULES4}"), None)),
         of_iptables(iptables(saved("-A INPUT -m recent --set -j DROP\n" + RULES4), None)),
         of_iptables(iptables(GOOD4, GOOD6, then=(None, None)))),  # gone after the next boot
    ),
    "filter-ip6tables-loopback": Case(
        (of_iptables(BOTH), of_iptables(FILES_ONLY)),
        (of_iptables(OPEN), of_iptables(iptables(GOOD4, None)),
         of_iptables(iptables(GOOD4, saved("-A INPUT -i lo -j ACCEPT", "ACCEPT")))),
    ),
    "filter-ufw-loopback": Case(
        (of_ufw(ufw_saved()), of_ufw(ufw_tree())),
        (of_ufw(ufw_saved(four="192.0.2.0/24")), of_ufw(ufw_saved(six="2001:db8::/32")),
         of_ufw(ufw_tree(user="*filter\n-A ufw-user-input -p tcp --dport 22 -j ACCEPT\nCOMMIT\n")),
         of_ufw(ufw_tree(before=""))),
    ),
    "filter-ufw-default": Case(
        (of_ufw(ufw_saved()), of_ufw(ufw_tree())),
        (of_ufw(ufw_saved(), UFW_ON), of_ufw(ufw_saved("ACCEPT")), of_ufw(OPEN),
         of_ufw(ufw_tree(), UFW_ON)),
    ),
    "filter-iptables-default": Case(
        (of_iptables(BOTH), of_iptables(FILES_ONLY), of_iptables(iptables(GOOD4, None)),
         of_iptables(iptables(saved(LAST, "ACCEPT"), None))),
        (of_iptables(OPEN), of_iptables(NONE),
         of_iptables(iptables(saved(LAST.replace("-j DROP", "-i x -j DROP"), "ACCEPT"), None)),
         of_iptables(iptables(GOOD4, GOOD6, then=(None, None))),  # gone after the next boot
         of_iptables(iptables(GOOD4, GOOD6, then=(saved(policy="ACCEPT"), GOOD6))),
         of_iptables(iptables(saved(policy="ACCEPT"), GOOD6, then=(GOOD4, GOOD6))),
         of_iptables(iptables(saved("-A INPUT -m comment --comment x -j ACCEPT"), GOOD6)),
         of_iptables(iptables(saved("-A INPUT -s 0.0.0.0/0 -j ACCEPT"), GOOD6)),
         of_iptables(iptables(saved(":all - [0:0]\n-A INPUT -j all\n-A all -j ACCEPT"), GOOD6))),
    ),
    "filter-ip6tables-default": Case(
        (of_iptables(BOTH), of_iptables(FILES_ONLY),
         of_iptables(iptables(GOOD4, saved("-A INPUT -j DROP\n-A INPUT -j ACCEPT")))),
        (of_iptables(OPEN), of_iptables(iptables(GOOD4, None)),
         of_iptables(iptables(GOOD4, saved("-A INPUT -j LOG\n-A INPUT -j ACCEPT")))),
    ),
    "filter-iptables-forward": Case(
        (of_iptables(BOTH),
         of_iptables(iptables(GOOD4.replace(":OUTPUT DROP", ":OUTPUT ACCEPT"), GOOD6))),
        (of_iptables(OPEN),
         of_iptables(iptables(GOOD4.replace(":FORWARD DROP", ":FORWARD ACCEPT"), GOOD6))),
    ),
    "filter-iptables-open-ports": Case(
        (of_iptables(BOTH, sockets(SSHD, LOCAL, NTP, SIP, SSHD6)),
         of_iptables(iptables(saved(RANGE), None), sockets(SSHD)),
         of_iptables(NONE, sockets(LOCAL, Listener("tcp", "::1", 631, "cupsd")))),
        (of_iptables(BOTH, sockets(WEB)), of_iptables(NONE, sockets(SSHD)),
         of_iptables(BOTH, sockets(Listener("udp", "0.0.0.0", 22, None))),
         of_iptables(iptables(saved("-A OUTPUT -p tcp -m tcp --dport 22 -j ACCEPT"), None),
                     sockets(SSHD)),
         of_iptables(iptables(saved("-A INPUT -p tcp ! --dport 22 -j DROP"), None),
                     sockets(SSHD))),
    ),
    "filter-ip6tables-open-ports": Case(
        (of_iptables(BOTH, sockets(SSHD6, BOTH_FAMILIES)),
         of_iptables(iptables(GOOD4, None), sockets(SSHD))),
        (of_iptables(iptables(GOOD4, None), sockets(BOTH_FAMILIES)),
         of_iptables(BOTH, sockets(WEB))),
    ),
    "filter-ufw-open-ports": Case(
        (of_ufw(ufw_saved(), SHUT, sockets(BOTH_FAMILIES, LOCAL)),),
        (of_ufw(ufw_saved(), SHUT, sockets(WEB)), of_ufw(NONE, SHUT, sockets(SSHD))),
    ),
    "filter-iptables-no-ssh": Case(
        (_closed("-A INPUT -i lo -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT"),
         _closed("-A INPUT -p tcp -m tcp --dport 22 -j REJECT --reject-with tcp-reset", "ACCEPT")),
        (_closed(OPENS), _closed(RANGE), _closed("", "ACCEPT"), of_iptables(OPEN),
         _closed("-A INPUT -s 10.0.0.0/8 -j MYCHAIN"), _closed("-A INPUT -j ACCEPT"),
         of_iptables(iptables(saved(), saved(), then=(saved(OPENS), saved())))),
    ),
}  # fmt: skip

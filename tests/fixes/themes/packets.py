"""The base chains of nftables."""

from __future__ import annotations

from tests.fixes.theme import Theme

_BARE = "printf '#!/usr/sbin/nft -f\\nflush ruleset\\n' > /etc/nftables.conf"
_OFF = "systemctl disable nftables.service"

THEMES = (
    Theme("packets", {
        "filter-nftables-table": _BARE, "filter-nftables-chains": _BARE,
        "filter-nftables-loopback": _BARE, "filter-nftables-permanent": _OFF,
        "firewall-service": _OFF,
    }),
    Theme("packets-loader", {"firewall-service": "systemctl mask nftables.service"}),
    Theme("packets-named", {"filter-nftables-table": _BARE, "filter-nftables-chains": _BARE},
          values={"nftables_table": "site", "nftables_family": "inet"}),
)  # fmt: skip

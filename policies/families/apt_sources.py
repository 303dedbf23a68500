"""Where packages come from."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from govctl.texts import msg
from policies.families import Args, family
from policies.families._verdicts import failed, listed, passed
from policies.model import Verdict
from scanners.host.facts.apt_sources import AptSource, AptSources

_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]*):(?://(?:[^/@]*@)?(\[[^\]]*\]|[^/:]*)(?::[0-9]+)?)?(.*)")


class SourcesArgs(Args):
    """Host names that are official (shell globs); a local medium counts as none of them."""

    hosts: tuple[str, ...]


@family("apt.sources", needs=(AptSources,), args=SourcesArgs)
def sources(args: SourcesArgs, apt: AptSources) -> Verdict:
    """apt takes packages only from named hosts, and none without a signature."""
    if not apt.sources:
        return failed(msg("apt has no source of packages"))
    strange = [one for one in apt.sources if one.trusted or not _is_official(one, args.hosts)]
    evidence = [f"{one.path}: {one.uri}{' (trusted)' if one.trusted else ''}" for one in strange]
    if strange:
        names = list(dict.fromkeys(one.uri for one in strange))
        return failed(msg("packages come from elsewhere too: {names}", names=listed(names)),
                      evidence)  # fmt: skip
    return passed(msg("packages come from {names}",
                      names=listed(dict.fromkeys(one.uri for one in apt.sources))))  # fmt: skip


def _is_official(one: AptSource, hosts: tuple[str, ...]) -> bool:
    match = _ADDRESS.fullmatch(one.uri.lower())
    if match is None or match[1] not in ("http", "https", "tor+http", "tor+https"):
        return False
    return any(fnmatchcase(match[2] or "", host) for host in hosts)

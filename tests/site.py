"""Checks of a site's own, for tests: folders, and a way to forget them again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from policies import catalogue, families, overrides, requirements
from policies import site as sites
from scanners.host import facts

ROW = """\
- id: vpn-up
  family: vpn.peers
  args: {minimum: {value: 1, name: vpn_peers}}
  severity: high
  text: {en: The VPN has a peer, vi: Mạng riêng ảo có điểm nối}
  answers: []
  fix: null
"""
FACT = '''\
"""Peers of the site's VPN."""

from dataclasses import dataclass

from scanners.host.model import Raw, Source
from scanners.host.reading import text


@dataclass(frozen=True)
class Vpn:
    peers: tuple[str, ...]


def parse(raw: Raw) -> Vpn:
    file = raw.files.get("/etc/vpn.conf")
    lines = (file.content or b"").decode("utf-8", "replace").splitlines() if file else []
    return Vpn(tuple(line.removeprefix("peer ") for line in lines if line.startswith("peer ")))


SOURCE = Source(Vpn, parse, files=("/etc/vpn.conf",))
'''.replace("from scanners.host.reading import text\n", "")
FAMILY = '''\
"""Questions about the site's VPN."""

from govctl.texts import msg
from policies.families import Args, family
from policies.model import Verdict
from site_facts.vpn import Vpn


class Peers(Args):
    minimum: int


@family("vpn.peers", needs=(Vpn,), args=Peers)
def peers(args: Peers, vpn: Vpn) -> Verdict:
    """Enough peers are configured."""
    status = "pass" if len(vpn.peers) >= args.minimum else "fail"
    return Verdict(status, msg("{count} peers", count=len(vpn.peers)))
'''
TESTS = """\
import pytest


def test_accounts(host):
    '''The table of accounts is there'''
    assert host.file("/etc/passwd").exists


def test_wrong(host):
    assert host.file("/etc/passwd").mode == 0o777


@pytest.mark.parametrize("word", ["a", "b"])
def test_each(host, word):
    assert host.run(f"test {word} != c").rc == 0


def test_broken(host):
    raise RuntimeError("no idea")


def test_skipped(host):
    pytest.skip("not here")
"""


def site(folder: Path, **files: str) -> Path:
    """A folder of checks: `rows` and, by their paths with `__` for a slash, other files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + (".yaml" if name == "rows" else ".py"))
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@contextmanager
def forgotten() -> Iterator[None]:
    """What is added inside is not there afterwards: checks, families, facts, baselines."""
    families.families()
    overrides._users.cache_clear()
    before = (list(catalogue._added), dict(families._registry), list(facts._sources))
    yield
    requirements._own.clear()
    overrides._users.cache_clear()
    sites._used.clear()
    catalogue._added[:] = before[0]
    families._registry.clear()
    families._registry.update(before[1])
    families.families.cache_clear()
    facts._sources[:] = before[2]
    for name in [name for name in sys.modules if name.startswith(("site_facts", "site_families"))]:
        del sys.modules[name]

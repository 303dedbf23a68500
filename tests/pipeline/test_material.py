"""What a report may quote of a host, and what it may not."""

from __future__ import annotations

from govctl.pipeline.material import _observations
from policies.catalogue import checks
from policies.sources import read_from
from scanners.host.model import File, HostFacts, Raw

PEM = b"-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n"
SECRETS = {
    "/etc/shadow": b"root:$y$:20000:0:99999:7:::\n",
    "/etc/gshadow": b"root:*::\n",
    "/etc/ssh/ssh_host_ed25519_key": PEM,
    "/etc/ssl/govctl/host.key": b"secret",
    "/etc/baresip/accounts": b"<sip:a@b>;auth_pass=secret\n",
    "/etc/kamailio/accounts/ha1": b"a:secret\n",
    "/etc/sudoers.d/pasted": PEM,
}
OPEN = {"/etc/sudoers.d/govctl": b"govctl ALL=(ALL) NOPASSWD: ALL\n", "/etc/passwd": b"root:x:0\n"}


def _facts() -> HostFacts:
    files = {
        path: File(path, "file", 0o600, 0, 0, len(content), content=content)
        for path, content in {**SECRETS, **OPEN}.items()
    }
    return HostFacts("box", "2026-11-22T00:00:00Z", {}, Raw(files, {}, True))


def test_no_secret_reaches_a_report() -> None:
    assert _observations(_facts()).keys() == OPEN.keys()


def test_a_file_is_found_by_the_glob_that_its_check_is_read_from() -> None:
    seen = _observations(_facts())["/etc/sudoers.d/govctl"]
    wanted = {name for check in checks() for name in read_from(check)}
    assert set(seen.globs) & wanted == {"/etc/sudoers.d/*"}

"""The SSH server's options and the client's algorithms: drop-ins that are read first.

sshd and ssh take the first value that they meet. What is in effect is asked of the programs
themselves, what is as asked or stricter stays, and they see each file before it is put in place.
"""

from __future__ import annotations

import glob
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

from playbooks.hosts import sshd_others, sshd_text
from playbooks.hosts.rights import Row, Wanted, settle
from playbooks.hosts.texts import read, replace, settle_text, tell

_SERVER, _CLIENT = "/etc/ssh/sshd_config", "/etc/ssh/ssh_config"
_OURS, _GIVEN = "00-govctl.conf", "/etc/default/ssh"
_SSHD = "/usr/sbin/sshd"
_STARTUPS = re.compile(r"(?mi)^[ \t]*MaxStartups\b")
CLIENT_FAMILY = "ssh.client-algorithms"


def main(request: Row) -> None:
    """Write what is due; sshd reads it again if it can, else SystemExit says what it objects to."""
    rows, dry = request["all"], request["dry"]
    client = [row for row in rows if row["family"] == CLIENT_FAMILY]
    server = [row for row in rows if row["family"] != CLIENT_FAMILY]
    folder = tempfile.mkdtemp(prefix="govctl-", dir="/run" if os.path.isdir("/run") else None)
    try:
        if server:
            changed = _serve(server, request["rows"], folder, dry)
            if changed and not dry and not request["offline"]:
                _reload()
            _start(request)
        if client:
            _connect(client, dry)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _serve(rows: list[Row], failing: list[Row], folder: str, dry: bool) -> bool:
    """The server's files; True if one of them changes."""
    # An image has neither host keys nor this folder yet, and sshd wants both.
    os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
    key = os.path.join(folder, "key")
    _must(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key])
    now = sshd_text.options(_said([_SSHD, "-T", "-h", key]))
    known = _known() if any("subset" in row for row in rows) else set()
    seen = [_SSHD, "-t", "-h", key, "-f"]
    text = sshd_text.server(rows, now, known)
    changed = [_drop(_dropped(_SERVER), text, 0o600, seen, dry), _first(_SERVER, seen, dry),
               _loosened(failing, seen, dry)]  # fmt: skip
    if any(row["family"] == "sshd.startups" for row in rows):
        changed += [_retire(path, dry) for path in (_SERVER, *_others(_SERVER))]
    return any(changed)


def _connect(rows: list[Row], dry: bool) -> None:
    """The client's files."""
    now = sshd_text.options(_said(["ssh", "-G", "-F", _CLIENT, "govctl.invalid"]))
    seen = ["ssh", "-G", "localhost", "-F"]
    _drop(_dropped(_CLIENT), sshd_text.client(rows, now, _known()), 0o644, seen, dry)
    _first(_CLIENT, seen, dry)


def _dropped(path: str) -> str:
    return os.path.join(f"{path}.d", _OURS)


def _drop(path: str, text: str, mode: int, seen: list[str], dry: bool) -> bool:
    """Write a drop-in, which gives no more than this mode; True if its text changes."""
    changes = _put(path, text, mode, seen, dry)
    if os.path.exists(path):
        settle(path, Wanted(widest=mode), dry=dry)
    return changes


def _put(path: str, text: str, mode: int, seen: list[str], dry: bool) -> bool:
    before = read(path)
    if before == text:
        return False
    _see(text, seen)
    if not dry:
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        replace(path, text, mode)
    tell(path, before, text)
    return True


def _first(path: str, seen: list[str], dry: bool) -> bool:
    """Let the drop-in stand before other settings; True if it did not."""
    text, ours = read(path), _dropped(path)
    if sshd_text.begins_with(text, ours, [os.path.basename(one) for one in _others(path)]):
        return False
    return _put(path, f"Include {ours}\n{text}", 0o644, seen, dry)


def _others(path: str) -> list[str]:
    """Drop-ins that are not ours."""
    return [one for one in sorted(glob.glob(f"{path}.d/*.conf")) if one != _dropped(path)]


def _loosened(rows: list[Row], seen: list[str], dry: bool) -> bool:
    """What goes before our drop-in wherever it stands: Match blocks, and options of the start."""
    changed = False
    for path in (_SERVER, *_others(_SERVER)):
        lines = read(path).split("\n")
        for number in sshd_others.in_match("\n".join(lines), rows):
            lines[number] = f"# {lines[number]}"
        changed |= os.path.exists(path) and _put(path, "\n".join(lines), 0o644, seen, dry)
    return changed


def _start(request: Row) -> None:
    """Options that ssh.service hands over, which a reload does not take back."""
    rows, dry = request["rows"], request["dry"]
    changed = settle_text(_GIVEN, lambda text: sshd_others.started(text, rows), dry=dry)
    if changed and not dry and not request["offline"]:
        _must([_SSHD, "-t"])
        _must(["systemctl", "try-restart", "ssh.service"])


def _retire(path: str, dry: bool) -> bool:
    """Other limits of unauthenticated connections, of which older servers take the last."""
    text = read(path)
    after = _STARTUPS.sub(r"# \g<0>", text)
    if after == text:
        return False
    if not dry:
        replace(path, after)
    tell(path, text, after)
    return True


def _see(text: str, seen: list[str]) -> None:
    """Have the program read a file before it is put in place."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
        file.flush()
        _must([*seen, file.name])


def _reload() -> None:
    _must([_SSHD, "-t"])
    _must(["systemctl", "try-reload-or-restart", "ssh.service"])


def _known() -> set[str]:
    """Algorithms that this system has."""
    asked = (_said(["ssh", "-Q", kind]) for kind in ("cipher", "mac", "kex"))
    return {word for said in asked for word in said.split()}


def _said(line: list[str]) -> str:
    """What a program prints; nothing where it objects to what it is about to be given anew."""
    return _run(line).stdout


def _must(line: list[str]) -> None:
    done = _run(line)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip() or f"status {done.returncode}"
        sys.exit(f"{' '.join(map(shlex.quote, line))}: {said}")


def _run(line: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors="replace", timeout=60, check=False)  # fmt: skip

"""The estate's own folder `.govctl`: state, keys and runs; readable by its owner alone."""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from govctl.errors import UsageError
from govctl.estate.model import Estate
from govctl.files import write_private
from govctl.texts import _

FOLDER = ".govctl"
PASSPHRASE_VARIABLE = "GOVCTL_PASSPHRASE"  # noqa: S105 - a name, not a secret


@dataclass(frozen=True)
class Workspace:
    """Paths under `<estate folder>/.govctl`; what is missing is made on first use."""

    estate: Path
    store: str | None = None
    """The URL of the database that keeps the runs; None for $GOVCTL_EVIDENCE, else a file here."""

    @property
    def folder(self) -> Path:
        """`.govctl` itself, mode 0700; absolute, for programs that run in folders of their own."""
        path = self.estate.absolute() / FOLDER
        if not path.is_dir():
            if not self.estate.is_dir():
                raise UsageError(_("{path} is not an estate's folder", path=self.estate))
            path.mkdir(mode=0o700, exist_ok=True)
        return path

    @property
    def runs(self) -> Path:
        """Where scans are kept."""
        return self.folder / "runs"

    @property
    def work(self) -> Path:
        """The engine's folder."""
        return self.folder / "pulumi"

    @property
    def state(self) -> Path:
        """The engine's state, unless the estate keeps it elsewhere."""
        return self.folder / "state"

    @property
    def seed(self) -> Path:
        """The estate's seed, from the engine's folder on; the provider makes it."""
        return Path("..") / "seed"

    @property
    def known_hosts(self) -> Path:
        """Pinned host keys in OpenSSH's format."""
        return self.folder / "known_hosts"

    def backend(self, estate: Estate) -> str:
        """Pulumi's backend: the estate's setting, else files in this folder."""
        if estate.target.backend:
            return estate.target.backend
        self.state.mkdir(mode=0o700, exist_ok=True)
        return f"file://{self.state.resolve()}"

    def passphrase_file(self) -> Path:
        """The passphrase of the state's secrets, from GOVCTL_PASSPHRASE or made once.

        UsageError if it is lost, or if others can read it.
        """
        path = self.folder / "passphrase"
        given = os.environ.get(PASSPHRASE_VARIABLE)
        if given:
            if not path.exists() or path.read_text(encoding="utf-8") != given:
                path = self.folder / "passphrase.given"
                write_private(path, given)
            return path
        if not path.exists():
            if (self.work / "stacks").exists():  # with what is made anew the state stays shut
                raise UsageError(
                    _(
                        "{path} is not there, and the estate's state opens with nothing else",
                        path=path,
                    ),
                    hint=_("put it back from a backup, or give it: GOVCTL_PASSPHRASE"),
                )
            write_private(path, secrets.token_urlsafe(32))
        elif path.stat().st_mode & 0o077:
            raise UsageError(_("others can read {path}", path=path), hint=f"chmod 600 {path}")
        return path

    def ssh_key(self) -> Path:
        """The private key that opens every machine for the user `govctl`; made once."""
        path = self.folder / "ssh" / "id_ed25519"
        if not path.exists():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            key = Ed25519PrivateKey.generate()
            public = key.public_key().public_bytes(
                serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
            )
            private = key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.OpenSSH,
                serialization.NoEncryption(),
            )
            write_private(path.with_suffix(".pub"), public.decode() + " govctl\n")
            write_private(path, private.decode())
        return path

    def ssh_public_key(self) -> str:
        """The public half, one line."""
        return self.ssh_key().with_suffix(".pub").read_text(encoding="utf-8").strip()

    def pin(self, keys: Mapping[str, str], current: Collection[str]) -> None:
        """Pin the host keys of these addresses; others stay pinned while they are current."""
        known = self.pinned()
        pinned = {name: key for name, key in {**known, **keys}.items() if name in current}
        if pinned != known:
            lines = [f"{address} {key}\n" for address, key in sorted(pinned.items())]
            write_private(self.known_hosts, "".join(lines))

    def pinned(self) -> dict[str, str]:
        """Address → `type base64` of every pinned key."""
        if not self.known_hosts.exists():
            return {}
        lines = self.known_hosts.read_text(encoding="utf-8").splitlines()
        pairs = (line.split(" ", 1) for line in lines if " " in line)
        return {address: key.strip() for address, key in pairs}

    def clear(self) -> None:
        """Forget the pinned keys: after a destroy nobody answers to them."""
        with suppress(FileNotFoundError):
            self.known_hosts.unlink()

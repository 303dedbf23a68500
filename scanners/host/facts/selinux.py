"""SELinux: what runs, and what its configuration says for the next boot."""

from __future__ import annotations

from dataclasses import dataclass

from govctl.texts import msg
from scanners.host.model import Command, Missing, Raw, Source
from scanners.host.reading import is_part, output_of, text_of


@dataclass(frozen=True)
class Selinux:
    """selinux(8)."""

    running: str | None
    """`enforcing`, `permissive` or `disabled`; None for a tree of files."""
    state: str
    """SELINUX= of /etc/selinux/config, in lower case; empty if nothing says it."""
    policy: str
    """SELINUXTYPE=."""


_CONFIG = "/etc/selinux/config"


def parse(raw: Raw) -> Selinux | Missing:
    """selinux_config(5): the last line of a key counts."""
    running = None
    if raw.live:
        said = output_of(raw, "selinux")
        if isinstance(said, Missing):
            return said
        running = {"1": "enforcing", "0": "permissive"}.get(said.strip(), "disabled")
    text = text_of(raw, _CONFIG)
    if isinstance(text, Missing):
        return text
    if text is None and is_part(raw):
        return Missing(msg("there is no {path}", path=_CONFIG))
    pairs = (line.strip().partition("=") for line in (text or "").splitlines())
    values = {key.strip(): value.strip() for key, equals, value in pairs if equals}
    return Selinux(running, values.get("SELINUX", "").lower(), values.get("SELINUXTYPE", ""))


SOURCE = Source(
    Selinux,
    parse,
    files=(_CONFIG,),
    commands=(
        Command("selinux", "[ ! -e /sys/fs/selinux/enforce ] || cat /sys/fs/selinux/enforce",
                timeout=10, limit=256),
    ),
)  # fmt: skip

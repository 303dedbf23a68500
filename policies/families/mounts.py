"""Mount points: what is mounted now and at the next boot are two facts and one finding."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from govctl.texts import Message, msg
from policies.families import Args, family
from policies.families._verdicts import failed, none_of, not_applicable, not_evaluated, passed
from policies.model import Verdict
from scanners.host.facts.mounts import Mount, Mounts
from scanners.host.facts.system import System
from scanners.host.model import Missing

_SYSTEMD = {"/dev/shm": {"nosuid", "nodev"}, "/run": {"nosuid", "nodev"}}  # noqa: S108 - a key
"""What systemd mounts itself unless fstab says otherwise, with these options (mount-setup)."""
_OWN = frozenset({"zfs"})
"""File systems that keep mount point and options themselves."""
_WITHOUT_INIT = frozenset({"docker", "podman", "rkt", "wsl"})
"""Containers whose manager mounts everything; nothing in them reads fstab."""


class MountArgs(Args):
    """A mount point and the options that it must have."""

    path: str
    options: tuple[str, ...]
    missing: Literal["fail", "not-applicable"] = "fail"
    """What it means if the path is no mount of its own."""

    @model_validator(mode="after")
    def _some(self) -> MountArgs:
        if not self.options:
            raise ValueError("name at least one option")
        return self


@family("mounts.options", needs=(Mounts,), helps=(System,), args=MountArgs)
def mount_options(args: MountArgs, mounts: Mounts, system: System | Missing) -> Verdict:
    """A mount point has these options now, and after the next boot."""
    stored = _at(mounts.stored, args.path)
    live = _now(mounts, args.path)
    if live is None and (args.missing == "fail" or not stored):
        return _absent(args, mounts, stored, system)
    reason = _shortcoming(args, live, stored)
    if (
        reason is None
        and live is not None
        and not stored
        and not _lasts(live, system, args.options)
    ):
        reason = msg("{path} has {options} only until the next boot: no file says so",
                     path=args.path, options=", ".join(args.options))  # fmt: skip
    if reason is not None:
        return failed(reason, _evidence(live, stored))
    return passed(msg("{path} is mounted with {options}", path=args.path,
                      options=", ".join(args.options)), _evidence(live, stored))  # fmt: skip


def _by_systemd(args: MountArgs, system: System | Missing) -> Verdict:
    """What systemd mounts of its own accord, in a tree whose fstab says nothing of it."""
    options = _SYSTEMD.get(args.path)
    if options is None or (isinstance(system, System) and system.is_container):
        return not_evaluated(msg("fstab does not mention {path}", path=args.path))
    lacking = _lacking(args, frozenset(options))
    evidence = [f"{args.path} tmpfs {','.join(sorted(options))}"]
    if lacking:
        return failed(msg("systemd mounts {path} without {options}, and fstab does not mention it",
                          path=args.path, options=lacking), evidence)  # fmt: skip
    return passed(msg("{path} is mounted with {options}", path=args.path,
                      options=", ".join(args.options)), evidence)  # fmt: skip


def _absent(
    args: MountArgs, mounts: Mounts, stored: list[Mount], system: System | Missing
) -> Verdict:
    reason = msg("{path} is no mount of its own", path=args.path)
    if args.missing == "not-applicable":
        return not_applicable(reason)
    if mounts.live is not None:
        return failed(reason)
    if not stored:
        return _by_systemd(args, system)
    short = _shortcoming(args, None, stored)
    if short is not None:
        return failed(short, _evidence(None, stored))
    return passed(msg("{path} is mounted with {options}", path=args.path,
                      options=", ".join(args.options)), _evidence(None, stored))  # fmt: skip


def _shortcoming(args: MountArgs, live: Mount | None, stored: list[Mount]) -> Message | None:
    if live is not None and not live.options.issuperset(args.options):
        return msg("{path} is mounted without {options}", path=args.path,
                   options=_lacking(args, live.options))  # fmt: skip
    short = next((one for one in stored if not one.options.issuperset(args.options)), None)
    if short is None:
        return None
    return msg("fstab mounts {path} without {options} at the next boot", path=args.path,
               options=_lacking(args, short.options))  # fmt: skip


def _lacking(args: MountArgs, options: frozenset[str]) -> str:
    return ", ".join(option for option in args.options if option not in options)


def _at(mounts: tuple[Mount, ...], path: str) -> list[Mount]:
    return [one for one in mounts if one.target == path]


def _now(mounts: Mounts, path: str) -> Mount | None:
    """The mount that is on top; an automount point that nobody has entered yet is as stored."""
    live = next((one for one in reversed(mounts.live or ()) if one.target == path), None)
    if live is not None and live.type == "autofs":
        return next(iter(_at(mounts.stored, path)), live)
    return live


def _evidence(live: Mount | None, stored: list[Mount]) -> list[str]:
    return [f"{one.target} {one.type} {','.join(sorted(one.options))}"
            for one in ([live] if live else []) + stored]  # fmt: skip


def _lasts(live: Mount, system: System | Missing, options: tuple[str, ...]) -> bool:
    """True if the next boot mounts it so although no file of this system says it."""
    virtualisation = None if isinstance(system, Missing) else system.virtualisation
    if virtualisation in _WITHOUT_INIT or live.type in _OWN:
        return True
    if live.target in _SYSTEMD:
        return _SYSTEMD[live.target].issuperset(options)
    return not isinstance(system, Missing) and system.is_container


class SeparateArgs(Args):
    """A directory that must be a mount point of its own."""

    path: str
    noauto: bool = False
    """True if it need not be mounted all the time, like /boot."""


@family("mounts.separate", needs=(Mounts,), helps=(System,), args=SeparateArgs)
def separate(args: SeparateArgs, mounts: Mounts, system: System | Missing) -> Verdict:
    """A directory is a file system of its own, now and after the next boot."""
    stored = [one for one in _at(mounts.stored, args.path)
              if args.noauto or "noauto" not in one.options]  # fmt: skip
    live = _now(mounts, args.path)
    reason = (
        _not_stored(args, mounts, stored)
        if mounts.live is None
        else _not_live(args, mounts, live, stored, system)
    )
    if reason is not None:
        return failed(reason, _evidence(live, stored))
    return passed(msg("{path} is a mount of its own", path=args.path), _evidence(live, stored))


def _not_live(
    args: SeparateArgs,
    mounts: Mounts,
    live: Mount | None,
    stored: list[Mount],
    system: System | Missing,
) -> Message | None:
    """Why the path is no mount of its own on a running host."""
    if live is None:
        on_demand = any("noauto" in one.options for one in stored)
        return None if on_demand else msg("{path} is no mount of its own", path=args.path)
    top = next((one for one in mounts.live or () if one.target == "/"), None)
    if top is not None and _is_part(live, top):
        return msg("{path} is only another view of the file system of /", path=args.path)
    if not stored and not _lasts(live, system, ()):
        return msg("{path} is a mount of its own only until the next boot", path=args.path)
    return None


def _not_stored(args: SeparateArgs, mounts: Mounts, stored: list[Mount]) -> Message | None:
    """Why the next boot will not make it one."""
    if not stored and args.path not in _SYSTEMD:
        return msg("{path} is no mount of its own", path=args.path)
    targets = {one.target for one in mounts.stored} - {"/"}
    if any({"bind", "rbind"} & one.options and one.source not in targets for one in stored):
        return msg("{path} is only another view of the file system of /", path=args.path)
    return None


def _is_part(live: Mount, top: Mount) -> bool:
    """True for a bind mount of the root's file system; a btrfs subvolume is one of its own."""
    return bool(live.device) and live.device == top.device and live.type != "btrfs"


class LocalArgs(Args):
    """Options that every partition but the root's must have."""

    options: tuple[str, ...]


@family("mounts.local", needs=(Mounts,), args=LocalArgs)
def local(args: LocalArgs, mounts: Mounts) -> Verdict:
    """Every partition of this machine but the root's is mounted with these options."""
    wanted = set(args.options)
    loose = [f"{one.target} {one.source} {','.join(sorted(one.options))}"
             for one in (*(mounts.live or ()), *mounts.stored)
             if _is_local(one) and not wanted <= one.options]  # fmt: skip
    return none_of(
        dict.fromkeys(loose),
        msg("every partition but the root's is mounted with {options}",
            options=", ".join(args.options)),
        msg("{count} partitions are mounted without {options}: {names}",
            options=", ".join(args.options)),
    )  # fmt: skip


def _is_local(one: Mount) -> bool:
    return (
        one.source.startswith(("/dev/", "UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=", "ID="))
        and one.target.startswith("/")
        and one.target != "/"
        and one.type not in ("swap", "devtmpfs")
    )

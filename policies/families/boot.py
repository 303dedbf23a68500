"""What the kernel is started with: now and at the next boot are two facts and one finding."""

from __future__ import annotations

from typing import Literal

from govctl.texts import Message, msg
from policies.families import Args, NoArgs, family
from policies.families._cmdline import carries, forbidden
from policies.families._verdicts import (
    failed,
    listed,
    none_of,
    not_applicable,
    not_evaluated,
    passed,
)
from policies.model import Verdict
from policies.waiting import ARGUMENT
from scanners.host.facts.apparmor import AppArmor
from scanners.host.facts.boot import Boot
from scanners.host.facts.kernel_build import Build, KernelBuild
from scanners.host.formats.grub import Entry
from scanners.host.model import Missing


class ArgumentArgs(Args):
    """An argument that the kernel must be started with."""

    name: str
    value: str | None = None
    """None for an argument without a value."""
    style: Literal["word", "boolean", "number", "elements", "letters", "flag"] = "word"
    """How the kernel reads it: the last word; on or off; at least this number; any element of a
    comma-joined list; letters that apply to everything; a bare word."""
    stronger: tuple[str, ...] = ()
    """`word`: values from weakest to strongest; the asked one and those after it will do."""
    aliases: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    """Arguments that take it back: `nopti`, `mitigations=off`."""
    machines: tuple[str, ...] = ()
    """The only machines (`uname -m`) whose kernel knows it; empty for all."""


class ForbiddenArgs(Args):
    """Arguments that the kernel must not be started with: `nosmap`, `clearcpuid=smap`."""

    names: tuple[str, ...]
    off: tuple[str, ...] = ()
    """Values that make such an argument harmless."""


@family("boot.argument", needs=(Boot,), args=ArgumentArgs)
def argument(args: ArgumentArgs, boot: Boot) -> Verdict:
    """The kernel runs with an argument, and the next boot gives it again."""
    if args.machines and boot.machine and boot.machine not in args.machines:
        return not_applicable(
            msg("{argument} is an argument of {machines}; this machine is {found}",
                argument=args.name, machines=", ".join(args.machines), found=boot.machine)
        )  # fmt: skip
    wanted = args.name if args.value is None else f"{args.name}={args.value}"
    lacking = [entry.title or entry.kernel for entry in boot.entries
               if not carries(args, entry.arguments)]  # fmt: skip
    evidence = _evidence(boot, args.name, *args.aliases, *args.against)
    if boot.running is not None and not carries(args, boot.running):
        reason = (
            Message(ARGUMENT, {"argument": wanted})
            if boot.entries and not lacking
            else msg("the kernel runs without {argument}", argument=wanted)
        )  # fmt: skip
        return failed(reason, evidence)
    if not boot.entries:
        return not_evaluated(
            msg("no boot loader's menu was found that says what the next boot gives"), evidence
        )
    if lacking:
        return failed(
            msg("the next boot starts the kernel without {argument}: {names}", argument=wanted,
                names=listed(lacking)),
            evidence,
        )  # fmt: skip
    regenerated = [boot.next_generated, boot.next_recovery]
    if any(entry.generated for entry in boot.entries) and not all(
        carries(args, words) for words in regenerated if words is not None
    ):
        return failed(
            msg("the next update-grub takes {argument} away: /etc/default/grub does not give it",
                argument=wanted),
            evidence,
        )  # fmt: skip
    return passed(msg("the kernel is started with {argument}", argument=wanted), evidence)


@family("boot.argument-absent", needs=(Boot,), args=ForbiddenArgs)
def argument_absent(args: ForbiddenArgs, boot: Boot) -> Verdict:
    """The kernel runs without these arguments, and no menu entry gives them."""
    found = []
    if boot.running is not None:
        found += [f"/proc/cmdline: {word}" for word in forbidden(args, boot.running)]
    for entry in boot.entries:
        found += [f"{entry.title or entry.kernel}: {word}"
                  for word in forbidden(args, entry.arguments)]  # fmt: skip
    found += [f"/etc/default/grub: {word}" for word in forbidden(args, boot.next_generated or ())]
    if not found and not boot.entries:
        return not_evaluated(
            msg("no boot loader's menu was found that says what the next boot gives")
        )
    return none_of(
        found,
        msg("nothing starts the kernel with {arguments}", arguments=", ".join(args.names)),
        msg("the kernel is started with what weakens it: {names}"),
    )


def _evidence(boot: Boot, *names: str) -> list[str]:
    keys = {name.partition("=")[0] for name in names}

    def quoted(words: tuple[str, ...]) -> str:
        return " ".join(word for word in words if word.partition("=")[0] in keys) or "-"

    lines = [] if boot.running is None else [f"/proc/cmdline: {quoted(boot.running)}"]
    lines += [f"{entry.title or entry.kernel}: {quoted(entry.arguments)}"
              for entry in boot.entries]  # fmt: skip
    if boot.next_generated is not None:
        lines.append(f"/etc/default/grub: {quoted(boot.next_generated)}")
    return lines


@family("boot.password", needs=(Boot,), args=NoArgs)
def password(_args: NoArgs, boot: Boot) -> Verdict:
    """Only who knows a password changes what GRUB starts."""
    if boot.menu is None:
        return not_evaluated(msg("there is no menu of GRUB"))
    menu = boot.menu
    if menu.superusers is None:
        return failed(
            msg("anybody at the console may change what is started: GRUB has no superusers")
        )
    evidence = [f"superusers: {', '.join(sorted(menu.superusers)) or '-'}",
                f"password_pbkdf2: {', '.join(sorted(menu.hashed)) or '-'}"]  # fmt: skip
    plain = sorted(menu.superusers & menu.plain)
    if plain:
        return failed(msg("passwords stand in GRUB's menu as plain text: {names}",
                          names=listed(plain)), evidence)  # fmt: skip
    if menu.superusers and not menu.superusers & menu.hashed:
        return failed(msg("none of GRUB's superusers has a password: {names}",
                          names=listed(sorted(menu.superusers))), evidence)  # fmt: skip
    if menu.has_submenu and not menu.exported:
        return failed(msg("GRUB's submenus ask for no password: superusers is not exported"),
                      evidence)  # fmt: skip
    return passed(msg("only GRUB's superusers change what is started"), evidence)


@family("boot.no-recovery", needs=(Boot,), args=NoArgs)
def no_recovery(_args: NoArgs, boot: Boot) -> Verdict:
    """GRUB offers no recovery entry, and the next update-grub adds none."""
    if boot.menu is None:
        return not_evaluated(msg("there is no menu of GRUB"))
    offered = [entry.title for entry in boot.entries if entry.is_recovery]
    if offered:
        return failed(msg("GRUB offers recovery entries: {names}", names=listed(offered)), offered)
    setting = boot.defaults.get("GRUB_DISABLE_RECOVERY", "")
    evidence = [f"GRUB_DISABLE_RECOVERY={setting if setting is not None else '?'}"]
    if setting != "true":
        return failed(msg("the next update-grub adds recovery entries"), evidence)
    return passed(msg("GRUB offers no recovery entry"), evidence)


@family("boot.apparmor", needs=(Boot,), helps=(AppArmor, KernelBuild), args=NoArgs)
def apparmor(
    _args: NoArgs, boot: Boot, state: AppArmor | Missing, kernels: KernelBuild | Missing
) -> Verdict:
    """The kernel runs AppArmor, and the next boot starts it again."""
    running = state.enabled if isinstance(state, AppArmor) else None
    if boot.running is not None and running is None and isinstance(state, Missing):
        return not_evaluated(state.reason)
    if boot.running is not None and not running:
        return failed(msg("AppArmor is not enabled in the running kernel"))
    if not boot.entries:
        return not_evaluated(
            msg("no boot loader's menu was found that says what the next boot gives")
        )
    built_in = running and boot.running is not None and not _asks(boot.running)
    builds = () if isinstance(kernels, Missing) else kernels.builds
    default = bool(built_in) or (bool(builds) and all(map(_is_default, builds)))
    off = [_named(entry) for entry in boot.entries
           if not entry.is_recovery and not _starts(entry.arguments, default=default)]  # fmt: skip
    if off:
        return failed(msg("the next boot starts the kernel without AppArmor: {names}",
                          names=listed(off)), off)  # fmt: skip
    regenerated = boot.next_generated or ()
    if _asks(regenerated) and not _starts(regenerated, default=default):
        return failed(
            msg("the next update-grub takes {argument} away: /etc/default/grub does not give it",
                argument="apparmor=1"),
            map(_named, boot.entries),
        )  # fmt: skip
    return passed(msg("every boot starts AppArmor"), map(_named, boot.entries))


def _named(entry: Entry) -> str:
    words = [word for word in entry.arguments
             if word.partition("=")[0] in ("apparmor", "security", "lsm")]  # fmt: skip
    return f"{entry.title or entry.kernel}: {' '.join(words) or '-'}"


def _asks(words: tuple[str, ...]) -> bool:
    return any(word.partition("=")[0] in ("apparmor", "security", "lsm") for word in words)


def _is_default(build: Build) -> bool:
    """True if this kernel starts AppArmor unless it is told otherwise (security/Kconfig)."""
    modules = build.options.get("LSM", "").split(",")
    return build.options.get("SECURITY_APPARMOR") == "y" and (
        build.options.get("DEFAULT_SECURITY_APPARMOR") == "y"
        or build.options.get("DEFAULT_SECURITY") == "apparmor"
        or (
            "apparmor" in modules
            and not {"selinux", "smack"} & set(modules[: modules.index("apparmor")])
        )
    )


def _starts(words: tuple[str, ...], *, default: bool) -> bool:
    """`lsm=` lists what is started and beats `security=`; `apparmor=` switches it alone."""
    last = dict(word.partition("=")[::2] for word in words)
    if last.get("apparmor") in ("0", "n", "off", "no"):
        return False
    if "lsm" in last:
        return "apparmor" in last["lsm"].split(",")
    if "security" in last:
        return last["security"] == "apparmor"
    return default

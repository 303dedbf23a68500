"""How kernels were built."""

from __future__ import annotations

from govctl.texts import msg
from policies.families import Args, family
from policies.families._verdicts import failed, not_applicable, not_evaluated, passed
from policies.model import Verdict
from scanners.host.facts.kernel_build import Build, KernelBuild


class BuildArgs(Args):
    """An option of a kernel's configuration and what it must be."""

    option: str
    """Without `CONFIG_`."""
    value: str
    """`y`, `n` (also if the kernel has no such option), or what must stand there."""
    alternatives: tuple[str, ...] = ()
    """Other names of the option in other versions, and options that do the same and more."""
    architectures: tuple[str, ...] = ()
    """The only architectures of which it is asked; empty for all."""
    until: str | None = None
    """The first version that no longer has it: what it did is then always so, or gone."""
    requires: str | None = None
    """The option without which it means nothing: MODULES for what modules are checked for."""
    wide: bool = False
    """True if a higher number is as good."""


@family("kernel.build", needs=(KernelBuild,), args=BuildArgs)
def build(args: BuildArgs, kernels: KernelBuild) -> Verdict:
    """Every installed kernel, and the running one, was built with (or without) an option."""
    names = (args.option, *args.alternatives, *((args.requires,) if args.requires else ()))
    unknown = [name for name in names if name not in kernels.asked]
    if unknown:
        return not_evaluated(msg("{option} was not looked for", option=unknown[0]))
    if kernels.running and all(one.release != kernels.running for one in kernels.builds):
        return not_evaluated(
            msg("the running kernel {release} does not say how it was built",
                release=kernels.running)
        )  # fmt: skip
    due = [one for one in kernels.builds if not _lacks(args, one)]
    if not due:
        return _not_due(args, kernels.builds[0])
    evidence = [f"{one.release}: {_quoted(args, one)}" for one in due]
    wrong = [one for one in due if not _holds(args, one)]
    if wrong:
        return failed(
            msg("the kernel {release} was built with {found}, not {wanted}",
                release=wrong[0].release, found=_quoted(args, wrong[0]),
                wanted=f"CONFIG_{args.option}={args.value}"),
            evidence,
        )  # fmt: skip
    return passed(msg("{count} kernels were built with {wanted}", count=len(due),
                      wanted=f"CONFIG_{args.option}={args.value}"), evidence)  # fmt: skip


def _lacks(args: BuildArgs, one: Build) -> bool:
    """True if the option is not asked of this kernel, or it cannot have it."""
    if args.architectures and one.architecture and one.architecture not in args.architectures:
        return True
    if args.option in one.options or args.value == "n":
        return False
    if any(name in one.options for name in args.alternatives):
        return False
    if args.requires and one.options.get(args.requires) == "n":
        return True
    return args.until is not None and one.version >= _version(args.until)


def _not_due(args: BuildArgs, one: Build) -> Verdict:
    evidence = [f"{one.release}: CONFIG_{args.option} -"]
    if args.architectures and one.architecture not in args.architectures:
        return not_applicable(
            msg("CONFIG_{option} is asked of {architectures}; the kernel {release} is for {found}",
                option=args.option, architectures=", ".join(args.architectures),
                release=one.release, found=one.architecture or "-"),
            evidence,
        )  # fmt: skip
    if args.requires and one.options.get(args.requires) == "n":
        return not_applicable(
            msg("the kernel {release} was built without CONFIG_{required}", release=one.release,
                required=args.requires),
            [*evidence, f"{one.release}: # CONFIG_{args.requires} is not set"],
        )  # fmt: skip
    return not_applicable(
        msg("CONFIG_{option} is no option of Linux {version} and later; this is {release}",
            option=args.option, version=args.until or "-", release=one.release),
        evidence,
    )  # fmt: skip


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def _holds(args: BuildArgs, one: Build) -> bool:
    values = [one.options.get(name, "n") for name in (args.option, *args.alternatives)]
    if args.value == "n":
        return all(value == "n" for value in values)
    return any(_equal(value, args.value, wide=args.wide) for value in values)


def _equal(found: str, wanted: str, *, wide: bool) -> bool:
    try:
        number, asked = int(found, 0), int(wanted, 0)
    except ValueError:
        return found == wanted
    return number >= asked if wide else number == asked


def _quoted(args: BuildArgs, one: Build) -> str:
    names = [name for name in (args.option, *args.alternatives) if name in one.options]
    return ", ".join(f"CONFIG_{name}={one.options[name]}" for name in names) or (
        f"CONFIG_{args.option} -"
    )

"""Kernel modules: loaded, loadable, built in."""

from __future__ import annotations

from fnmatch import fnmatchcase

from govctl.texts import msg
from policies.families import Args, NoArgs, family
from policies.families._verdicts import failed, not_evaluated, passed
from policies.model import Verdict
from scanners.host.facts.boot import Boot
from scanners.host.facts.kernel import Modules, Sysctl
from scanners.host.facts.system import System
from scanners.host.model import Missing


class ModuleArgs(Args):
    """A module that must not be loadable."""

    module: str


@family("modules.disabled", needs=(Modules,), helps=(System,), args=ModuleArgs)
def module_disabled(args: ModuleArgs, modules: Modules, system: System | Missing) -> Verdict:
    """A kernel module is not loaded and cannot be."""
    name = args.module.replace("-", "_")
    hidden = {one.replace("-", "_") for one in modules.blacklisted}
    if modules.loaded is not None and name in {one.replace("-", "_") for one in modules.loaded}:
        return failed(msg("the module {module} is loaded", module=args.module), [args.module])
    fixed = sorted(kernel for kernel, names in modules.built_in.items() if name in names)
    if fixed:
        return failed(
            msg("{module} is built into the kernel {release}: modprobe.d cannot switch it off",
                module=args.module, release=fixed[0]),
            fixed,
        )  # fmt: skip
    pattern = next((one for one in modules.install if fnmatchcase(name, one)), None)
    if pattern in modules.disabled:
        return passed(msg("the module {module} cannot be loaded", module=args.module),
                      [f"install {pattern} {modules.install[pattern]}"])  # fmt: skip
    known = modules.available
    running = None if isinstance(system, Missing) else system.kernel
    whole = bool(known) and (modules.loaded is None or running in known)
    if whole and name in modules.watched and not any(name in names for names in known.values()):
        return passed(msg("no installed kernel has the module {module}", module=args.module),
                      [f"/lib/modules/{kernel}" for kernel in known])  # fmt: skip
    reason = (  # a blacklist only stops aliases: modprobe by name, or a dependency, still loads
        msg("the module {module} is only blacklisted: it can be loaded by name",
            module=args.module)
        if name in hidden
        else msg("the module {module} can be loaded", module=args.module)
    )  # fmt: skip
    return failed(reason)


@family("modules.ipv6-disabled", needs=(Boot,), helps=(Sysctl, Modules), args=NoArgs)
def ipv6_disabled(
    _args: NoArgs, boot: Boot, sysctl: Sysctl | Missing, modules: Modules | Missing
) -> Verdict:
    """IPv6 was switched off as the kernel (or its module) started, and will be again."""
    argument = "ipv6.disable=1"
    if boot.running is not None:
        if isinstance(sysctl, Missing):
            return not_evaluated(sysctl.reason)
        if any(key.startswith("net.ipv6.conf.") for key in sysctl.running or ()):
            return failed(msg("the running kernel has IPv6"))
    option = not isinstance(modules, Missing) and (
        "disable=1" in modules.options.get("ipv6", ())
        and not any("ipv6" in names for names in modules.built_in.values())
    )
    normal = [entry for entry in boot.entries if not entry.is_recovery]
    kept = bool(normal) and all(argument in entry.arguments for entry in normal)
    if option or kept:
        return passed(msg("IPv6 is switched off when the kernel starts"),
                      [argument if kept else "options ipv6 disable=1"])  # fmt: skip
    if not normal and boot.running is not None:
        return not_evaluated(
            msg("no boot loader's menu was found that says what the next boot gives")
        )
    return failed(msg("the next boot starts IPv6: {argument} is not given", argument=argument))

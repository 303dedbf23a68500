"""How a check is judged, when it is due and who closes it: lines for people, indented by two."""

from __future__ import annotations

from collections.abc import Iterator

from govctl.texts import Language, current_language, msg
from policies.model import Check
from policies.target import TargetContext
from policies.unfixed import WORDS
from policies.values import resolve


def judged(
    check: Check, context: TargetContext | None = None, language: Language | None = None
) -> Iterator[str]:
    """The question that its family puts and with what; `context` says by whose values."""
    from policies.families import families  # noqa: PLC0415 - with them come all facts

    asked = families().get(check.family)
    if asked is None:  # a test of the site's own is judged by itself
        return
    spoken = language or current_language()
    purpose = msg(asked.purpose).render(spoken)
    head = msg("  judged by {family}: {purpose}", family=check.family, purpose=purpose)
    yield head.render(spoken)
    args, whose = resolve(check, context or TargetContext())
    if args:
        words = ", ".join(f"{name}={value}" for name, value in args.items())
        yield msg("  with {arguments}", arguments=words).render(spoken)
    yield from (f"    {line}" for line in whose)


def due(check: Check, language: Language | None = None) -> Iterator[str]:
    """Where it is due, if not everywhere."""
    words = {name: ", ".join(found) for name, found in check.applies.items()}
    if "package" in words:
        yield msg("  due only with the package {names}", names=words["package"]).render(language)
    if "distribution" in words:
        yield msg("  due only on {names}", names=words["distribution"]).render(language)
    if "only" in words:
        yield msg("  due only where a target is {names}", names=words["only"]).render(language)
    if "unless" in words:
        yield msg("  not due where a target is {names}", names=words["unless"]).render(language)
    if check.kernel:
        text = msg("  due where the kernel is the machine's own: not in a container")
        yield text.render(language)


def fixed(check: Check, language: Language | None = None) -> str:
    """The role that closes it, or that a person has to."""
    if check.fix:
        return msg("  fixed by the role {role}", role=check.fix).render(language)
    if check.no_fix:
        why = WORDS[check.no_fix].render(language)
        return msg("  no role closes it: {why}", why=why).render(language)
    return msg("  a person has to fix it").render(language)

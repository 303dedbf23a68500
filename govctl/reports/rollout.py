"""What is told of waves and of patching that came before a run: a line each, for people."""

from __future__ import annotations

from collections.abc import Iterator

from govctl.evidence.patching import Moved, PatchedMachine
from govctl.evidence.waves import KeptWave, KeptWaves
from govctl.texts import _


def wave_lines(kept: KeptWaves) -> Iterator[str]:
    """Each wave: its machines, when, which failed, and what its services answered; then the end."""
    for number, wave in enumerate(kept.waves, 1):
        yield from _wave(number, kept.planned, wave)
    if kept.left:
        yield _("not begun: {names}", names=", ".join(kept.left))
    if kept.stopped is not None:
        yield _("stopped: {reason}", reason=kept.stopped.render())


def patched_lines(machine: PatchedMachine) -> Iterator[str]:
    """One machine: what was installed and restarted, what failed, and what is left to a boot."""
    name = machine.target
    if not machine.answered:
        yield _unanswered(machine)
    if machine.installed:
        yield _("{machine}: installed {names}", machine=name, names=_moves(machine.installed))
    if machine.configured:
        names = ", ".join(machine.configured)
        yield _("{machine}: finished what dpkg was interrupted in: {names}",
                machine=name, names=names)  # fmt: skip
    if machine.restarted:
        names = ", ".join(machine.restarted)
        yield _("{machine}: restarted {names}", machine=name, names=names)
    for failure in machine.failures:
        yield _("{machine}: failed: {reason}", machine=name, reason=failure)
    if machine.reboot:
        yield _("{machine}: has to be booted: {reason}", machine=name, reason=machine.reboot)
    done = machine.installed or machine.configured or machine.restarted or machine.failures
    if machine.answered and not done:
        yield _("{machine}: nothing was changed", machine=name)


def _wave(number: int, planned: int, wave: KeptWave) -> Iterator[str]:
    yield _("wave {number} of {count} ({began} – {ended}): {names}", number=number, count=planned,
              began=wave.began, ended=wave.ended, names=", ".join(wave.machines))  # fmt: skip
    if wave.failed:
        yield _("wave {number}: failed: {names}", number=number, names=", ".join(wave.failed))
    good = sum(answer.status == "pass" for answer in wave.answers)
    if wave.answers:
        yield _("wave {number}: services: {good} of {all} probes answered as they should",
                  number=number, good=good, all=len(wave.answers))  # fmt: skip
    else:
        yield _("wave {number}: no service was asked", number=number)
    for answer in wave.answers:
        if answer.status != "pass":
            yield _("wave {number}: {machine}: {question}: {reason}", number=number,
                      machine=answer.target, question=answer.question.render(),
                    reason=answer.reason.render())  # fmt: skip
    for line in wave.broken:
        yield _("wave {number}: no longer works: {what}", number=number, what=line)


def _unanswered(machine: PatchedMachine) -> str:
    due = _moves(machine.due)
    if not machine.begun:
        return _("{machine}: not begun: {names}", machine=machine.target, names=due)
    if machine.now is None:
        return _("{machine}: begun, and nobody knows what came of it: {names}",
                   machine=machine.target, names=due)  # fmt: skip
    now = ", ".join(f"{name} {version or '-'}" for name, version in machine.now.items())
    return _("{machine}: begun: {names}; found now: {now}",
               machine=machine.target, names=due, now=now)  # fmt: skip


def _moves(moved: tuple[Moved, ...]) -> str:
    return ", ".join(f"{one.package} {one.before or '-'} → {one.after or '-'}" for one in moved)

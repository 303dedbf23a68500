"""How far a run in waves came: what is done, what failed, what was not begun and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.text import Text

from govctl.pipeline.rollout.unfinished import some
from govctl.reports.visible import visible
from govctl.texts import _

if TYPE_CHECKING:
    from govctl.pipeline.rollout.wave_result import Outcome, WavesResult

Order = Sequence[Sequence[str]]


def order_view(order: Order) -> list[Text]:
    """The waves that a run would have; nothing to say of one."""
    if len(order) < 2:
        return []
    lines = [
        Text(
            _("wave {number} of {count}", number=number, count=len(order)) + f": {some(machines)}",
            overflow="fold",
        )
        for number, machines in enumerate(order, 1)
    ]
    return [Text(), *lines]


def waves_view(result: WavesResult[Outcome] | None) -> list[Text]:
    """Nothing if one wave went well, or if there was none."""
    if result is None or (result.planned < 2 and result.ok):
        return []
    lines = [
        Text(
            _(
                "{begun} of {planned} waves; machines: {done} done, {failed} failed,"
                " {left} not begun",
                begun=len(result.waves),
                planned=result.planned,
                done=sum(len(wave.done) for wave in result.waves),
                failed=len(result.failed),
                left=len(result.left),
            )
        )
    ]
    if result.stopped is not None:
        why = _("stopped: {reason}", reason=result.stopped.render())
        lines.append(Text(visible(why), style="red"))
    else:
        words = (_("no longer works: {what}", what=line) for line in result.broken)
        lines += [Text(visible(line), style="red") for line in words]
    if result.left:
        lines.append(Text(_("not begun: {names}", names=some(result.left))))
    return lines


def order_document(order: Order) -> dict[str, Any]:
    """The same as `waves_document` of a run that is only planned."""
    waves = [_wave(machines, (), (), ()) for machines in order]
    return {"waves": waves, "left": [m for wave in order for m in wave], "stopped": None}


def waves_document(result: WavesResult[Outcome] | None) -> dict[str, Any]:
    """The waves that were begun, the machines that were not, and why; nothing of no run."""
    if result is None:
        return {}
    return {
        "waves": [_wave(w.machines, w.done, w.failed, w.broken) for w in result.waves],
        "left": list(result.left),
        "stopped": result.stopped.render() if result.stopped else None,
    }


def _wave(
    machines: Sequence[str], done: Sequence[str], failed: Sequence[str], broken: Sequence[str]
) -> dict[str, list[str]]:
    return {
        "machines": list(machines),
        "done": list(done),
        "failed": list(failed),
        "broken": list(broken),
    }

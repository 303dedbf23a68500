"""Are machines well after something was changed on them: their services, and the way in."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

from govctl.estate.model import Machine
from govctl.evidence.model import Probe as Answer
from govctl.pipeline.events import Stage, Step, unwatched
from govctl.pipeline.job import Job
from govctl.pipeline.probes import ask_services
from govctl.pipeline.reach import address_of
from govctl.pipeline.rollout import unfinished
from govctl.pipeline.rollout.leaning import leaning_on
from govctl.pipeline.rollout.unfinished import Question
from govctl.texts import Message, msg
from scanners.service import Probe, probe_machines

PAUSES = (2.0, 5.0, 15.0)
"""Seconds before what failed is asked again: a clock that was just restarted needs them."""
_LOGIN = Probe("login", "true", 15)


class Services:
    """The services that machines have a part in, and which of them worked before a change.

    What worked before a run that did not end well counts as working, until a run ends well.
    """

    def __init__(
        self, job: Job, machines: Sequence[Machine], before: Sequence[Answer] | None = None
    ) -> None:
        """`before`: what the services said just now; they are asked if nobody has."""
        self._job = job
        self.answers: tuple[Answer, ...] = ()
        """What was answered when it was last looked what is broken; of several answers the last."""
        answers = ask_services(job, _leaning(job, machines)) if before is None else before
        folder = job.workspace.folder
        good = {_question(answer) for answer in answers if answer.status == "pass"}
        self._good = good | unfinished.expected(folder)
        unfinished.expect(folder, self._good)
        gone = [a for a in answers if a.status != "pass" and _question(a) in self._good]
        for answer in gone:
            what = answer.question.render()
            told = msg("worked before a run that did not end well: {question}", question=what)
            job.tell(Step(answer.target, "failed", told))
        self._gone = {answer.target for answer in gone}

    def broken_by(self, machines: Sequence[Machine]) -> list[str]:
        """What worked before and no longer does, of all that leans on these machines; a line each.

        What did not work before is not counted: the change did not break it.
        """
        self.answers = ()
        failing = self._failing(self._job, _leaning(self._job, machines) | self._gone)
        for pause in PAUSES:
            if not failing:
                break
            self._job.tell(Stage(msg("Asking again in {seconds} s", seconds=f"{pause:.0f}")))
            time.sleep(pause)
            again = self._job.watched_by(unwatched)
            failing = self._failing(again, {answer.target for answer in failing})
        return [_line(answer) for answer in failing]

    def _failing(self, job: Job, machines: Collection[str]) -> list[Answer]:
        answers = ask_services(job, machines)
        asked_again = {_question(answer) for answer in answers}
        before = (one for one in self.answers if _question(one) not in asked_again)
        self.answers = (*before, *answers)
        return [a for a in answers if a.status != "pass" and _question(a) in self._good]


def locked_out(job: Job, machines: Sequence[Machine]) -> dict[str, Message]:
    """Machines that let nobody in by a new connection, and why; each is tried twice."""
    if machines:
        job.tell(Stage(msg("Logging in anew"), len(machines)))
    first = _login(job, machines)
    return _login(job, [machine for machine in machines if machine.id in first])


def _login(job: Job, machines: Sequence[Machine]) -> dict[str, Message]:
    addresses = {machine.id: address_of(job, machine) for machine in machines}
    attempts = probe_machines(addresses, {name: [_LOGIN] for name in addresses})
    return {one.machine: one.reason for one in attempts if one.status != "ok"}


def _leaning(job: Job, machines: Sequence[Machine]) -> frozenset[str]:
    return leaning_on(job.estate, [machine.id for machine in machines])


def _question(answer: Answer) -> Question:
    return answer.service, answer.target, answer.question.render("en")


def _line(answer: Answer) -> str:
    said = answer.observed[0] if answer.observed else answer.reason.render()
    return f"{answer.target}: {answer.question.render()}: {said}"

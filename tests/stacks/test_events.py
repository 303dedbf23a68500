"""What the engine reports, in numbers that a person who wrote the estate can follow."""

from __future__ import annotations

from pulumi.automation.events import EngineEvent

from stacks.changes import Progress
from stacks.events import Events

WEB = "urn:pulumi:core::govctl-t::govctl:estate:Site$govctl:lxd:Instance::web"
PATH = "urn:pulumi:core::govctl-t::govctl:estate:Flow::a → b tcp/1"
STACK = "urn:pulumi:core::govctl-t::pulumi:pulumi:Stack::govctl-t-core"
PROVIDER = "urn:pulumi:core::govctl-t::pulumi:providers:govctl::target"


def reported(*steps: tuple[str, str, str]) -> tuple[Events, list[Progress]]:
    told: list[Progress] = []
    events = Events("core", told.append)
    for what, operation, urn in steps:
        metadata = {"op": operation, "urn": urn, "type": urn.split("::")[2], "provider": ""}
        data = {"sequence": 1, "timestamp": 1, what: {"metadata": metadata}}
        events(EngineEvent.from_json(data))
    return events, told


def test_each_is_counted_once_though_a_refresh_looks_twice() -> None:
    """And what the engine needs for itself is nothing that was described."""
    steps = [
        ("resourcePreEvent", operation, urn)
        for operation in ("refresh", "same")
        for urn in (WEB, PATH, STACK, PROVIDER)
    ]
    events, told = reported(*steps)
    assert (events.result({}).unchanged, events.result({}).changes, told) == (2, (), [])


def test_what_changes_after_a_refresh_is_not_unchanged_too() -> None:
    events, told = reported(
        ("resourcePreEvent", "refresh", WEB),
        ("resourcePreEvent", "update", WEB),
        ("resOutputsEvent", "update", WEB),
    )
    result = events.result({})
    assert (result.unchanged, [change.operation for change in result.changes]) == (0, ["update"])
    assert [(one.name, one.state) for one in told] == [("web", "started"), ("web", "done")]


def test_what_the_engine_makes_for_itself_is_a_change_that_nobody_described() -> None:
    events, told = reported(("resourcePreEvent", "create", PROVIDER))
    result = events.result({})
    assert [change.is_engines for change in result.changes] == [True]
    assert result.changed
    assert told == []

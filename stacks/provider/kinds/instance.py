"""`govctl:lxd:Instance`: a machine with its limits, legs and files."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field
from typing_extensions import override

from govctl.errors import TargetError
from govctl.texts import _
from stacks.provider.codec import Plain, reveal
from stacks.provider.kind import (
    Before,
    Context,
    Incomplete,
    Inputs,
    Kind,
    Live,
    Made,
    Properties,
)
from stacks.provider.kinds import machine_files
from stacks.provider.kinds.machine_files import RECORD, FileInputs
from stacks.provider.ownership import ESTATE
from stacks.provider.targets.target import (
    AlreadyExists,
    Instance,
    Limits,
    Nic,
    NoFileAccess,
    NotFound,
    Target,
)

HOST_KEY = "/etc/ssh/ssh_host_ed25519_key.pub"
_LABEL = "label."
_STOP_TIMEOUT = 10
_MAKINGS = 3


class LimitInputs(Inputs):
    """Bytes of memory and disk, processors, processes."""

    memory: int = Field(gt=0)
    cpu: int = Field(gt=0)
    disk: int = Field(gt=0)
    processes: int = Field(gt=0)


class NicInputs(Inputs):
    """A leg: its name inside, the bridge, and the MAC address."""

    name: str = Field(pattern=r"^[a-zA-Z][a-zA-Z0-9._-]{0,14}$")
    network: str
    mac: str = Field(pattern=r"^[0-9a-f]{2}(:[0-9a-f]{2}){5}$")


class InstanceInputs(Inputs):
    """Everything a machine is."""

    name: str = Field(pattern=r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$")
    image: str
    """Fingerprint or alias; a machine that stands keeps what it was made from."""
    role: str = ""
    """What the machine is for; another role is another machine."""
    pool: str
    limits: LimitInputs
    nics: tuple[NicInputs, ...] = ()
    files: tuple[FileInputs, ...] = ()
    labels: dict[str, str] = Field(default_factory=dict)
    state: Literal["running", "stopped"] = "running"
    wait_for: str = HOST_KEY
    """A file that the machine makes when it is ready, its first line is the output `host_key`;
    empty to wait for nothing."""
    options: dict[str, str] = Field(default_factory=dict)
    """Always empty in a program; a live machine's foreign settings show here as drift."""


class InstanceKind(Kind[InstanceInputs]):
    """An unprivileged container with an id map of its own, cloned by copy-on-write."""

    token = "govctl:lxd:Instance"  # noqa: S105 - a resource type
    inputs = InstanceInputs
    replaces = frozenset({"name", "role", "pool"})
    at_creation = frozenset({"image"})
    echoes = frozenset({"name"})
    computed = frozenset({"host_key"})

    @override
    def create(self, context: Context, new: InstanceInputs) -> Made:
        target = context.target
        wanted = _wanted(context, new)
        try:
            target.create_instance(_with_record(wanted, new))
            is_new = True
        except AlreadyExists:
            target.settle(new.name)
            is_new = False
            live = target.instance(new.name)
            context.owner.require(_what(new.name), live.tags if live else {})
        try:
            if is_new:
                return _filled(context, wanted, new)
            _converge(target, wanted, new)
            return Made(new.name, _outputs(context, new))
        except TargetError as error:
            raise Incomplete(Made(new.name, {"name": new.name}), error) from error

    @override
    def read(self, context: Context, before: Before) -> Live | None:
        live = context.target.instance(before.id)
        if live is None or not before.allows(context.owner, live.tags):
            return None
        inputs = _live_inputs(context.target, live, before)
        outputs: dict[str, Plain] = dict(before.outputs) | {"name": live.name}
        ready = str(before.inputs.get("wait_for") or HOST_KEY)
        if key := context.target.read_file(live.name, ready):
            outputs["host_key"] = _first_line(key.content)
        outputs["imported"] = None if ESTATE in live.tags else True
        return Live(before.id, inputs, outputs)

    @override
    def update(self, context: Context, before: Before, new: InstanceInputs) -> Properties:
        live = context.target.instance(new.name)
        if live is None:
            raise NotFound(_("{what} is gone", what=_what(new.name)))
        if not before.allows(context.owner, live.tags):
            context.owner.require(_what(new.name), live.tags)
        _converge(context.target, _wanted(context, new), new)
        return _outputs(context, new)

    @override
    def delete(self, context: Context, before: Before) -> None:
        context.target.settle(before.id)
        live = context.target.instance(before.id)
        if live is None or not before.allows(context.owner, live.tags):
            return
        context.target.stop(before.id, _STOP_TIMEOUT)
        context.target.delete_instance(before.id)


def _filled(context: Context, wanted: Instance, new: InstanceInputs) -> Made:
    """Give a machine that was just created its files, and start it.

    LXD 5.0 loses its helper for the files of a machine now and then, one in a hundred when many are
    created, and does not find it again as long as the machine is there. Nothing is lost by making
    a new machine once more.
    """
    target = context.target
    for _again in range(_MAKINGS - 1):
        try:
            return _started(context, new)
        except NoFileAccess:
            target.stop(new.name, 0)
            target.delete_instance(new.name)
            target.create_instance(_with_record(wanted, new))
    return _started(context, new)


def _started(context: Context, new: InstanceInputs) -> Made:
    machine_files.write(context.target, new.name, new.files)
    _set_state(context.target, new, is_running=False)
    return Made(new.name, _outputs(context, new))


def _wanted(context: Context, new: InstanceInputs) -> Instance:
    """The machine as the inputs have it; the record of files is not among its tags."""
    image = context.target.image(new.image)
    if image is None:
        raise NotFound(_("no image {image} on the target", image=new.image))
    labels = {_LABEL + name: value for name, value in new.labels.items()}
    return Instance(
        name=new.name,
        image=image.fingerprint,
        pool=new.pool,
        limits=Limits(**new.limits.model_dump()),
        nics=tuple(Nic(**nic.model_dump()) for nic in new.nics),
        tags=labels | context.owner.tags,
    )


def _with_record(wanted: Instance, new: InstanceInputs) -> Instance:
    return replace(wanted, tags={**wanted.tags, RECORD: machine_files.record(new.files)})


def _converge(target: Target, wanted: Instance, new: InstanceInputs) -> None:
    """Bring a live machine of ours to its inputs: settings, files, state, in this order.

    The record of files is written last: a run that is killed before it leaves the old one, and the
    next run applies the files again.
    """
    live = target.instance(wanted.name)
    if live is None:
        raise NotFound(_("{what} is gone", what=_what(wanted.name)))
    old_record = live.tags.get(RECORD)
    kept = {**wanted.tags, **({RECORD: old_record} if old_record else {})}
    if _differs(live, goal := replace(wanted, tags=kept)):
        target.update_instance(goal)
    changed = machine_files.sync(
        target, new.name, new.files, machine_files.recorded(old_record), running=live.running
    )
    if live.running and new.state == "running":
        machine_files.apply(target, new.name, changed)
    _set_state(target, new, live.running)
    if (record := machine_files.record(new.files)) != old_record:
        target.tag_instance(new.name, {RECORD: record})


def _differs(live: Instance, goal: Instance) -> bool:
    """True if settings, devices or tags differ; image and state are dealt with elsewhere."""
    same = replace(live, image=goal.image, running=goal.running, nics=_sorted(live.nics))
    return same != replace(goal, nics=_sorted(goal.nics))


def _sorted(nics: Sequence[Nic]) -> tuple[Nic, ...]:
    return tuple(sorted(nics, key=lambda nic: nic.name))


def _set_state(target: Target, new: InstanceInputs, is_running: bool) -> None:
    if new.state == "running" and not is_running:
        target.start(new.name)
    elif new.state == "stopped" and is_running:
        target.stop(new.name, _STOP_TIMEOUT)


def _outputs(context: Context, new: InstanceInputs) -> Properties:
    outputs: dict[str, Plain] = {"name": new.name}
    if new.wait_for and new.state == "running":
        outputs["host_key"] = _await_file(context, new.name, new.wait_for)
    return outputs


def _await_file(context: Context, machine: str, path: str) -> str:
    """The first line of a file that the machine makes at its first boot."""
    deadline = time.monotonic() + context.patience
    pause = 0.1
    while True:
        file = context.target.read_file(machine, path)
        if file is not None and file.content.endswith(b"\n"):
            return _first_line(file.content)
        if time.monotonic() > deadline:
            raise TargetError(
                _("{machine} did not make {path} within {timeout} seconds after its start",
                  machine=machine, path=path, timeout=round(context.patience)),
                hint=_("look at its boot messages: lxc exec {machine} -- journalctl -b",
                       machine=machine),
            )  # fmt: skip
        time.sleep(pause)
        pause = min(pause * 1.5, 1.0)


def _first_line(content: bytes) -> str:
    return content.decode(errors="replace").split("\n", 1)[0].strip()


def _live_inputs(target: Target, live: Instance, before: Before) -> dict[str, Plain]:
    """Inputs rebuilt from the machine; what it cannot tell (`role`, `wait_for`) is kept."""
    old = before.inputs
    order = [str(nic.get("name")) for nic in _items(old.get("nics"))]
    nics = sorted(live.nics, key=lambda nic: (_rank(order, nic.name), nic.name))
    rebuilt: dict[str, Plain] = {
        "name": live.name,
        "image": old.get("image") or live.image,
        "pool": live.pool,
        "limits": dict(vars(live.limits)),
        "nics": [dict(vars(nic)) for nic in nics],
        "files": machine_files.live_inputs(
            target, live.name, _items(old.get("files")), live.tags.get(RECORD), running=live.running
        ),
        "labels": {
            name.removeprefix(_LABEL): value
            for name, value in live.tags.items()
            if name.startswith(_LABEL)
        },
        "state": "running" if live.running else "stopped",
        "options": dict(live.options),
    }
    if before.is_import:
        return rebuilt | {"role": "", "wait_for": HOST_KEY, "options": rebuilt["options"] or None}
    defaults = InstanceInputs.model_fields
    return {name: old[name] for name in ("role", "wait_for") if name in old} | {
        name: value
        for name, value in rebuilt.items()
        if value not in ([], {}, defaults[name].default) or name in old
    }


def _items(value: Plain) -> Sequence[Mapping[str, Plain]]:
    """A list of structs, of which single values may be secret."""
    items = value if isinstance(value, list) else reveal(value)
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []


def _rank(order: Sequence[str], name: str) -> int:
    return order.index(name) if name in order else len(order)


def _what(name: str) -> str:
    return _("machine {name}", name=name)

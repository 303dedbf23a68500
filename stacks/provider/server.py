"""The engine's gRPC service `ResourceProvider`, answered with our kinds.

Why the protocol itself and not the SDK's experimental provider class: that class does not pass on
which inputs a resource had before an update or a delete, cannot report a resource that was made but
not finished, puts a traceback into every message for people, and refuses integers and unknowns.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import grpc  # type: ignore[import-untyped]  # grpcio ships no types
from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]
from google.protobuf.struct_pb2 import Struct  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2 as wire
from pulumi.runtime.proto.plugin_pb2 import PluginInfo
from pulumi.runtime.proto.provider_pb2_grpc import (
    ResourceProviderServicer,
    add_ResourceProviderServicer_to_server,
)
from pydantic import ValidationError

from govctl.errors import UsageError
from govctl.texts import _
from stacks.provider.changes import Change, changes
from stacks.provider.codec import UNKNOWN, Plain, Secret, decode, encode, is_known, reveal
from stacks.provider.faults import answers
from stacks.provider.kind import Before, Context, Kind, Properties
from stacks.provider.kinds import KINDS
from stacks.provider.naming import urn_type
from stacks.provider.ownership import Owner
from stacks.provider.targets.lxd import Lxd
from stacks.provider.targets.target import Target

VERSION = "0.1.0"
# A thread mostly waits for the target; the engine's own --parallel says how many work at once.
_THREADS = 256
_MESSAGE_BYTES = 256 * 2**20
_DIFF_KINDS = {
    ("add", False): wire.PropertyDiff.ADD,
    ("add", True): wire.PropertyDiff.ADD_REPLACE,
    ("delete", False): wire.PropertyDiff.DELETE,
    ("delete", True): wire.PropertyDiff.DELETE_REPLACE,
    ("update", False): wire.PropertyDiff.UPDATE,
    ("update", True): wire.PropertyDiff.UPDATE_REPLACE,
}


class Provider(ResourceProviderServicer):
    """One provider process: configured once by the engine, then asked from many threads."""

    def __init__(self) -> None:
        self._settings: Properties = {}
        self._target: Target | None = None
        self._lock = Lock()

    @answers
    def GetPluginInfo(self, _request: Empty) -> PluginInfo:  # noqa: N802 - the service's name
        """The version of this program."""
        return PluginInfo(version=VERSION)

    @answers
    def CheckConfig(self, request: wire.CheckRequest) -> wire.CheckResponse:  # noqa: N802
        """Settings are `estate` (required) and `url` (the target; none for the local one)."""
        failures = []
        if not decode(request.news).get("estate"):
            reason = _("the provider's setting `estate` is missing")
            failures.append(wire.CheckFailure(property="estate", reason=reason))
        return wire.CheckResponse(inputs=request.news, failures=failures)

    @answers
    def DiffConfig(self, request: wire.DiffRequest) -> wire.DiffResponse:  # noqa: N802
        """Settings may change; no resource is replaced for it."""
        return _diff_response(
            changes(decode(request.olds), decode(request.news)), frozenset(), False
        )

    @answers
    def Configure(self, request: wire.ConfigureRequest) -> wire.ConfigureResponse:  # noqa: N802
        """Remember the settings; the target is reached when it is first needed."""
        self._settings = decode(request.args)
        return wire.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    @answers
    def Check(self, request: wire.CheckRequest) -> wire.CheckResponse:  # noqa: N802
        """Are the inputs well formed? What a preview does not know yet is not judged."""
        kind, news = _kind(request.urn), decode(request.news)
        failures = [
            wire.CheckFailure(property=path, reason=reason)
            for path, reason in _problems(kind, news)
        ]
        return wire.CheckResponse(inputs=request.news, failures=failures)

    @answers
    def Diff(self, request: wire.DiffRequest) -> wire.DiffResponse:  # noqa: N802
        """What an update would change, and whether it has to replace."""
        kind, before = _kind(request.urn), _before(request, request.olds, request.old_inputs)
        found = changes(before.inputs, decode(request.news))
        ignored = kind.at_creation.union(request.ignoreChanges)
        found = tuple(change for change in found if change.property not in ignored)
        if not found and (due := kind.is_due(before)):
            found = (Change(due, "update"),)
        return _diff_response(found, kind.replaces, kind.delete_first)

    @answers
    def Create(self, request: wire.CreateRequest) -> wire.CreateResponse:  # noqa: N802
        """Make a resource."""
        kind, news = _kind(request.urn), decode(request.properties)
        if request.preview:
            unknown: dict[str, Plain] = dict.fromkeys(kind.computed, UNKNOWN)
            known = {name: news.get(name) for name in kind.echoes}
            return wire.CreateResponse(properties=encode(unknown | known))
        made = kind.create(self._context(request.urn, request.timeout), kind.parse(news))
        return wire.CreateResponse(id=made.id, properties=encode(made.outputs))

    @answers
    def Read(self, request: wire.ReadRequest) -> wire.ReadResponse:  # noqa: N802
        """The live resource, for refresh and import; an empty id if it is gone."""
        kind, before = _kind(request.urn), _before(request, request.properties, request.inputs)
        live = kind.read(self._context(request.urn), before)
        if live is None:
            return wire.ReadResponse()
        return wire.ReadResponse(
            id=live.id,
            properties=encode(live.outputs),
            inputs=encode(_as_secret_as(before.inputs, live.inputs)),
        )

    @answers
    def Update(self, request: wire.UpdateRequest) -> wire.UpdateResponse:  # noqa: N802
        """Change a resource in place."""
        kind, before = _kind(request.urn), _before(request, request.olds, request.old_inputs)
        if request.preview:
            return wire.UpdateResponse(properties=encode(before.outputs))
        context = self._context(request.urn, request.timeout)
        outputs = kind.update(context, before, kind.parse(decode(request.news)))
        return wire.UpdateResponse(properties=encode(outputs))

    @answers
    def Delete(self, request: wire.DeleteRequest) -> Empty:  # noqa: N802
        """Remove a resource."""
        before = _before(request, request.properties, request.old_inputs)
        _kind(request.urn).delete(self._context(request.urn), before)
        return Empty()

    @answers
    def Cancel(self, _request: Empty) -> Empty:  # noqa: N802
        """Every wait is bounded and every step can be done again: nothing to undo."""
        return Empty()

    def _context(self, urn: str, timeout: float = 0) -> Context:
        owner = Owner(str(self._settings["estate"]), urn)
        return Context(owner, self._connect, timeout or Context.patience)

    def _connect(self) -> Target:
        with self._lock:
            if self._target is None:
                url = self._settings.get("url")
                self._target = Lxd(str(url) if url else None)
            return self._target


def serve() -> None:
    """Answer the engine until it ends this process; the port is the first line that is printed."""
    options = [(f"grpc.max_{way}_message_length", _MESSAGE_BYTES) for way in ("send", "receive")]
    server = grpc.server(ThreadPoolExecutor(_THREADS), options=options)
    add_ResourceProviderServicer_to_server(Provider(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


def _kind(urn: str) -> Kind[Any]:
    token = urn_type(urn)
    if token not in KINDS:
        raise UsageError(_("there is no kind of resource called {token}", token=token))
    return KINDS[token]


def _before(request: Any, outputs: Struct, inputs: Struct) -> Before:
    return Before(request.id, decode(inputs), decode(outputs))


def _problems(kind: Kind[Any], news: Properties) -> list[tuple[str, str]]:
    """Property paths and what is wrong there; never the value, which may be secret."""
    try:
        kind.parse(news)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        return [
            (".".join(str(part) for part in item["loc"]), item["msg"])
            for item in found
            if is_known(item["input"])
        ]
    return []


def _as_secret_as(old: Properties, live: Properties) -> dict[str, Plain]:
    """Whole properties that were secret stay so."""
    return {
        name: Secret(reveal(value)) if isinstance(old.get(name), Secret) else value
        for name, value in live.items()
    }


def _diff_response(
    found: tuple[Change, ...], replaces: frozenset[str], delete_first: bool
) -> wire.DiffResponse:
    replaced = sorted({change.property for change in found} & replaces)
    detail = {
        change.path: wire.PropertyDiff(
            kind=_DIFF_KINDS[change.kind, change.property in replaces], inputDiff=True
        )
        for change in found
    }
    return wire.DiffResponse(
        changes=wire.DiffResponse.DIFF_SOME if found else wire.DiffResponse.DIFF_NONE,
        replaces=replaced,
        diffs=sorted({change.property for change in found}),
        deleteBeforeReplace=bool(replaced) and delete_first,
        detailedDiff=detail,
        hasDetailedDiff=True,
    )

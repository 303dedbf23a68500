"""Errors on their way to the engine: a sentence for people, never a traceback."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import grpc  # type: ignore[import-untyped]  # grpcio ships no types
from google.protobuf.any_pb2 import Any as Packed  # type: ignore[import-untyped]
from pulumi.runtime.proto.provider_pb2 import ErrorResourceInitFailed
from pulumi.runtime.proto.status_pb2 import Status

from govctl.errors import GovctlError
from stacks.provider.codec import encode
from stacks.provider.kind import Incomplete

_log = logging.getLogger(__name__)
ServicerT = TypeVar("ServicerT")


class _Answer(grpc.Status):  # type: ignore[misc]  # grpcio ships no types
    """What `abort_with_status` wants."""

    def __init__(self, message: str, details: bytes) -> None:
        self.code = grpc.StatusCode.UNKNOWN
        self.details = message
        self.trailing_metadata = (("grpc-status-details-bin", details),)


def answers(method: Callable[[ServicerT, Any], Any]) -> Callable[[ServicerT, Any, Any], Any]:
    """A service method whose errors become gRPC statuses."""

    @wraps(method)
    def answer(servicer: ServicerT, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(servicer, request)
        except Incomplete as error:
            context.abort_with_status(_not_finished(error))
        except GovctlError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, sentence(error))
        except Exception as error:
            _log.exception("%s failed", method.__name__)
            context.abort(grpc.StatusCode.INTERNAL, f"{type(error).__name__}: {error}")

    return answer


def sentence(error: GovctlError) -> str:
    """The message and its hint in one line."""
    return f"{error.message}; {error.hint}" if error.hint else error.message


def _not_finished(error: Incomplete) -> _Answer:
    """The engine then keeps the id and the outputs, and updates the resource in the next run."""
    packed = Packed()
    packed.Pack(
        ErrorResourceInitFailed(
            id=error.made.id,
            properties=encode(error.made.outputs),
            reasons=[sentence(error)],
        )
    )
    code, _name = grpc.StatusCode.UNKNOWN.value
    status = Status(code=code, message=sentence(error), details=[packed])
    return _Answer(sentence(error), status.SerializeToString())

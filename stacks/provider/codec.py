"""Property values of the engine's protocol as plain Python, and back.

On the wire every number is a float, a secret is a struct with a signature, and a value that a
preview does not know yet is a fixed text. Here they are `int` where whole, `Secret` and `UNKNOWN`.
The constants are those of Pulumi's `sdk/go/common/resource/plugin/rpc.go`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from google.protobuf.struct_pb2 import (  # type: ignore[import-untyped]  # ships no types
    NULL_VALUE,
    ListValue,
    Struct,
    Value,
)

UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a signature, not a password
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"


@dataclass(frozen=True)
class Secret:
    """A value that is encrypted in the state and never shown; its text form hides it."""

    value: Plain

    def __repr__(self) -> str:
        return "Secret(…)"


Plain: TypeAlias = (
    "str | float | bool | Secret | list[Plain] | tuple[Plain, ...] | Mapping[str, Plain] | None"
)


def decode(struct: Struct) -> dict[str, Plain]:
    """A message's properties as plain values."""
    return {key: _decode(value) for key, value in struct.fields.items()}


def encode(values: Mapping[str, Plain]) -> Struct:
    """Plain values as a message's properties; None is left out."""
    return Struct(
        fields={key: _encode(value) for key, value in values.items() if value is not None}
    )


def reveal(value: Plain) -> Plain:
    """The same value with every secret in it opened."""
    if isinstance(value, Secret):
        return reveal(value.value)
    if isinstance(value, list | tuple):
        return [reveal(item) for item in value]
    if isinstance(value, Mapping):
        return {key: reveal(item) for key, item in value.items()}
    return value


def is_known(value: Plain) -> bool:
    """False if a preview does not know the value, or a part of it, yet."""
    if isinstance(value, Secret):
        return is_known(value.value)
    if isinstance(value, list | tuple):
        return all(is_known(item) for item in value)
    if isinstance(value, Mapping):
        return all(is_known(item) for item in value.values())
    return value != UNKNOWN


def _decode(value: Value) -> Plain:
    kind = value.WhichOneof("kind")
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "list_value":
        return [_decode(item) for item in value.list_value.values]
    if kind == "struct_value":
        return _decode_struct(value.struct_value)
    scalar: str | bool | None = None if kind == "null_value" else getattr(value, kind)
    return scalar


def _decode_struct(struct: Struct) -> Plain:
    signature = struct.fields[_SIGNATURE].string_value if _SIGNATURE in struct.fields else ""
    if not signature:
        return decode(struct)
    if signature == _SECRET:
        return Secret(_decode(struct.fields["value"]))
    if signature == _OUTPUT:
        inner = _decode(struct.fields["value"]) if "value" in struct.fields else UNKNOWN
        hidden = "secret" in struct.fields and struct.fields["secret"].bool_value
        return Secret(inner) if hidden else inner
    raise ValueError(f"a property of an unsupported kind (signature {signature})")


def _encode(value: Plain) -> Value:
    if isinstance(value, Secret):
        fields = {_SIGNATURE: _encode(_SECRET), "value": _encode(value.value)}
        return Value(struct_value=Struct(fields=fields))
    if isinstance(value, Mapping):
        return Value(struct_value=encode(value))
    if isinstance(value, list | tuple):
        return Value(list_value=ListValue(values=[_encode(item) for item in value]))
    return _encode_scalar(value)


def _encode_scalar(value: str | float | bool | None) -> Value:
    if value is None:
        return Value(null_value=NULL_VALUE)
    if isinstance(value, bool):
        return Value(bool_value=value)
    return Value(string_value=value) if isinstance(value, str) else Value(number_value=value)

"""Property values: what the engine sends and what it gets."""

from __future__ import annotations

import pytest
from google.protobuf.struct_pb2 import Struct  # type: ignore[import-untyped]  # ships no types
from pulumi.runtime import rpc

from stacks.provider.codec import UNKNOWN, Plain, Secret, decode, encode, is_known, reveal

SECRET = {rpc._special_sig_key: rpc._special_secret_sig}


def struct(values: dict[str, object]) -> Struct:
    made = Struct()
    made.update(values)
    return made


@pytest.mark.parametrize(
    ("sent", "plain"),
    [
        (3, 3),
        (0o640, 0o640),
        (0.5, 0.5),
        (268435456, 268435456),
        (True, True),
        (None, None),
        ("năm", "năm"),
        ([1, ["a"]], [1, ["a"]]),
        ({"a": {"b": 1}}, {"a": {"b": 1}}),
        (rpc.UNKNOWN, UNKNOWN),
        ({**SECRET, "value": "pass"}, Secret("pass")),
        ([{"content": {**SECRET, "value": "pass"}}], [{"content": Secret("pass")}]),
    ],
)
def test_values_are_read_as_they_were_meant(sent: object, plain: Plain) -> None:
    value = decode(struct({"it": sent}))["it"]
    assert value == plain
    assert type(value) is type(plain)


@pytest.mark.parametrize(
    "plain", [3, 0.5, True, "năm", [1, [], {}], {"a": Secret({"b": ["c"]})}, UNKNOWN]
)
def test_values_come_back_from_the_wire(plain: Plain) -> None:
    assert decode(encode({"it": plain})) == {"it": plain}


def test_our_signatures_are_those_of_the_sdk() -> None:
    assert encode({"it": Secret("x")}) == struct({"it": {**SECRET, "value": "x"}})


def test_what_is_none_is_left_out() -> None:
    assert encode({"it": None}) == Struct()


def test_a_value_of_an_unsupported_kind_is_refused() -> None:
    asset = {rpc._special_sig_key: rpc._special_asset_sig}
    with pytest.raises(ValueError, match="unsupported kind"):
        decode(struct({"it": asset}))


def test_the_text_form_of_a_secret_hides_it() -> None:
    assert "pass" not in f"{Secret('pass')} {[Secret('pass')]!r}"


def test_reveal_opens_every_secret() -> None:
    assert reveal(Secret([{"a": Secret("b")}, 1])) == [{"a": "b"}, 1]


@pytest.mark.parametrize(
    ("value", "known"),
    [
        ("a", True),
        (UNKNOWN, False),
        ([{"a": UNKNOWN}], False),
        (Secret(UNKNOWN), False),
        (Secret(["a"]), True),
    ],
)
def test_what_a_preview_does_not_know(value: Plain, known: bool) -> None:
    assert is_known(value) is known

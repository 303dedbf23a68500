from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govctl.errors import InputError
from govctl.texts import msg
from scanners.host.bundle import Bundle, dump, load
from scanners.host.collect import facts_from
from scanners.host.model import File, Output, Raw

RAW = Raw(
    {
        "/etc/x": File("/etc/x", "file", 0o644, 0, 0, 3, None, b"\0\xff\n"),
        "/etc/\udcff": File("/etc/\udcff", "link", 0o777, 1, 2, 0, "/dev/null"),
    },
    {"c": Output("run c", b"\x1b[2J", b"e", 1, 0.25, True)},
    True,
    ("/etc/*",),
    ("/etc/x",),
    msg("cut after {count}", count=3),
)


def test_a_bundle_comes_back_as_it_was() -> None:
    bundle = Bundle("portal-web-1", "2025-10-14T03:00:00Z", RAW)
    assert load(dump(bundle)) == bundle
    assert dump(load(dump(bundle))) == dump(bundle)


def test_facts_of_a_bundle_are_those_of_the_visit() -> None:
    again = load(dump(Bundle("t", "2025-10-14T03:00:00Z", RAW))).raw
    assert facts_from(again, "t", "now").values == facts_from(RAW, "t", "now").values


GOOD = dump(Bundle("t", "2025-10-14T03:00:00Z", RAW))
WRONG = [
    b"",
    GOOD[:-5],
    GOOD[:50],
    GOOD + b"x",
    b"not gzip",
    gzip.compress(b"{}"),
    gzip.compress(b"[" * 100_000),
    gzip.compress(json.dumps({"schema": "govctl-raw/2"}).encode()),
    gzip.compress(gzip.decompress(GOOD).replace(b'"mode":420', b'"mode":"x"')),
    gzip.compress(gzip.decompress(GOOD).replace(b"govctl-raw/1", b"govctl-raw/9")),
]


@pytest.mark.parametrize("data", WRONG, ids=range(len(WRONG)))
def test_damaged_bundles_are_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        load(data)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, len(gzip.decompress(GOOD)) - 1), st.binary(min_size=1, max_size=4))
def test_a_changed_bundle_is_refused_or_read_and_nothing_else(place: int, change: bytes) -> None:
    plain = gzip.decompress(GOOD)
    data = gzip.compress(plain[:place] + change + plain[place + len(change) :])
    try:
        load(data)
    except InputError:
        return

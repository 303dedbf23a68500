"""No value becomes configuration that was not meant to."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from govctl.errors import GovctlError
from govctl.estate.frozen import Text
from govctl.estate.model import Estate
from stacks import templating
from stacks.context import Context
from stacks.render import files_for
from stacks.templating import Safe, UnsafeValueError, fill, fill_line
from tests.stacks.province import CONTEXT, province, text_of

HOSTILE = [
    "", "a b", "a\nb", "a;b", "a{b", 'a"b', "a'b", "$(id)", "`id`", "../a", "a/b", "{{ a }}", "a#b",
    "-a", "é", "a\\b", "a|b", "a&b", "a<b", "a\x00b",
]  # fmt: skip


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    return province(tmp_path_factory.mktemp("estate"))


@pytest.mark.parametrize("name", ["label", "interface", "word", "fqdn"])
@pytest.mark.parametrize("value", HOSTILE)
def test_names_with_anything_odd_are_refused(name: str, value: str) -> None:
    with pytest.raises(UnsafeValueError):
        getattr(templating, name)(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("label", "r-c08515"),
        ("interface", "conference"),
        ("word", "c08515-hall"),
        ("fqdn", "sip.meeting.phu-tho.internal"),
    ],
)
def test_ordinary_names_pass(name: str, value: str) -> None:
    assert getattr(templating, name)(value) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [("label", "A"), ("label", "a" * 64), ("interface", "a" * 16), ("fqdn", "a..b")],
)
def test_names_that_are_too_long_or_malformed_are_refused(name: str, value: str) -> None:
    with pytest.raises(UnsafeValueError):
        getattr(templating, name)(value)


def test_a_plain_string_is_never_printed() -> None:
    with pytest.raises(UnsafeValueError):
        fill_line("server {{ name }};", name="a")
    assert fill_line("server {{ name|label }};", name="a") == "server a;"
    assert fill_line("{{ name }}", name=Safe("a")) == "a"


def test_a_missing_value_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.j2").write_text("{{ missing }}")
    with pytest.raises(UndefinedError):
        fill(tmp_path, "a.j2")


def test_html_is_escaped(estate: Estate) -> None:
    name = Text(vi='<script>alert("x")</script>', en="&lt;")
    hostile = estate.model_copy(update={"name": name, "digest": "hostile"})
    text = text_of(hostile.machine("portal-web-1"), hostile, "/srv/portal/index.html")
    assert "<script" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize("value", [v for v in HOSTILE if v])
def test_a_hostile_domain_reaches_no_file(estate: Estate, value: str) -> None:
    hostile = estate.model_copy(update={"domain": value})
    for machine in hostile.machines:
        with pytest.raises(UnsafeValueError):
            files_for(machine, hostile, CONTEXT)


@pytest.mark.parametrize("value", [v for v in HOSTILE if v])
def test_a_hostile_sip_user_reaches_no_file(estate: Estate, value: str) -> None:
    points = tuple(p.model_copy(update={"user": value}) for p in estate.bridge_points)
    hostile = estate.model_copy(update={"bridge_points": points})
    for machine in ("meeting-sip-1", "bp-c08515-hall"):
        with pytest.raises(UnsafeValueError):
            files_for(hostile.machine(machine), hostile, CONTEXT)


@pytest.mark.parametrize(
    "key",
    ["", "ssh-ed25519", "ssh-ed25519 AAAA\nssh-ed25519 BBBB", 'command="id" ssh-ed25519 AAAA'],
)
def test_a_key_that_is_not_one_public_key_is_refused(estate: Estate, key: str) -> None:
    with pytest.raises(GovctlError, match="public SSH key"):
        files_for(estate.machine("edge"), estate, Context("root", "seed", key))

"""A plan reads like a sentence about units and paths before it reads like a list."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from govctl.cli.planning import as_document, as_text
from govctl.estate import load
from govctl.estate.model import Estate
from govctl.pipeline.provision import Plan
from govctl.texts import Language, use_language
from stacks.changes import Change, Operation, Refusal, StackResult
from stacks.resources import BRIDGE_POINT, CERTIFICATE, FLOW, INSTANCE, NETWORK, SITE

NEW: Sequence[tuple[str, str]] = (
    (SITE, "c08515"),
    (NETWORK, "c08515/internal"),
    (NETWORK, "c08515/conference"),
    (INSTANCE, "r-c08515"),
    (INSTANCE, "bp-c08515-hall"),
    (BRIDGE_POINT, "bp-c08515-hall"),
)
PATHS = tuple((FLOW, f"zone:internal → portal.web tcp/{port}") for port in (80, 443, 8443))


@pytest.fixture
def described(made: Path) -> Estate:
    return load(made)


def planned(
    rows: Sequence[tuple[str, str]],
    operation: Operation = "create",
    refusals: tuple[Refusal, ...] = (),
) -> Plan:
    changes = tuple(Change("core", type_, name, operation) for type_, name in rows)
    results = (StackResult("core", changes, 40, {}, refusals),)
    return Plan("only-described", "0" * 64, results, (), ())


def sentence(plan: Plan, estate: Estate, language: Language = "en") -> str:
    use_language(language)
    return as_text(plan, estate).split("\n\n")[0].replace(" ·\n", " · ")


def test_a_new_commune_is_called_by_its_name(described: Estate) -> None:
    plan = planned([*NEW, *PATHS])
    assert sentence(plan, described) == (
        "1 province unchanged · 2 communes unchanged · 1 commune new: Hy Cương commune"
        " · opens 3 paths, closes none · 9 resources to create"
    )
    assert sentence(plan, described, "vi") == (
        "1 đơn vị cấp tỉnh không đổi · 2 đơn vị cấp xã không đổi · 1 đơn vị cấp xã mới: Xã Hy Cương"
        " · mở 3 luồng kết nối, không đóng luồng nào · 9 tài nguyên sẽ tạo"
    )


@pytest.mark.parametrize(
    ("rows", "operation", "expected"),
    [
        (
            [(INSTANCE, "portal-web-1")],
            "update",
            "1 province changed: Phú Thọ province · 3 communes unchanged"
            " · opens and closes no paths · 1 resource to update",
        ),
        (
            [(CERTIFICATE, "bp-c08515-hall/host")],
            "replace",
            "1 province unchanged · 2 communes unchanged · 1 commune changed: Hy Cương commune"
            " · opens and closes no paths · 1 resource to replace",
        ),
        (
            PATHS[:1],
            "delete",
            "1 province unchanged · 3 communes unchanged"
            " · opens none, closes 1 path · 1 resource to delete",
        ),
        (
            [(SITE, "c00001"), (NETWORK, "c00001/internal")],
            "delete",
            "1 province unchanged · 3 communes unchanged · 1 site removed: c00001"
            " · opens and closes no paths · 2 resources to delete",
        ),
    ],
)
def test_what_changes_where(
    described: Estate, rows: Sequence[tuple[str, str]], operation: Operation, expected: str
) -> None:
    assert sentence(planned(rows, operation), described) == expected


def test_every_line_fits_80_columns(described: Estate) -> None:
    long = [(FLOW, f"zone:internal → {'service.' * 7}web tcp/{port}") for port in range(60)]
    refusal = Refusal("zones-of-level", "core", "x", "system x has no zone db at its site " * 3)
    lines = as_text(planned([*NEW, *long], refusals=(refusal,)), described).splitlines()
    assert max(map(len, lines)) <= 80
    assert "  … and 26 more (--format json has all)" in lines


def test_a_second_run_is_boring(described: Estate) -> None:
    assert as_text(planned([]), described) == ("nothing to change: 40 resources stand as described")


def test_a_refusal_is_said_in_place_of_a_blessing(described: Estate) -> None:
    refusal = Refusal("govctl-flows", "core", "x", "flow x opens a database zone to the outside")
    text = as_text(planned(NEW, refusals=(refusal,)), described)
    assert text.splitlines()[-2:] == [
        "refused by the plan policies:",
        "  ✗ govctl-flows: flow x opens a database zone to the outside",
    ]


def test_the_next_command_is_said_unless_there_is_nothing_to_carry_out(described: Estate) -> None:
    refusal = Refusal("govctl-flows", "core", "x", "no")
    for plan, said in (
        (planned(NEW), True),
        (planned([]), False),
        (planned(NEW, refusals=(refusal,)), False),
    ):
        assert ("next: govctl up e" in as_text(plan, described, "govctl up e")) is said


def test_the_document_has_every_change(described: Estate) -> None:
    document = as_document(planned([*NEW, *PATHS]))
    assert document["paths"] == {"opens": 3, "closes": 0}
    assert isinstance(document["changes"], list)
    assert len(document["changes"]) == 9

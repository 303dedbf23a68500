from __future__ import annotations

import pytest

from govctl.errors import UsageError
from policies.catalogue import checks
from policies.overrides import checked, overrides
from policies.values import Value


def some(kind: type) -> tuple[str, Value]:
    """A value of the catalogue by its default's type, and a public variable's name for it."""
    for check in checks():
        for value in check.args.values():
            if isinstance(value, Value) and type(value.default) is kind and value.variables:
                return value.variables[0], value
    raise AssertionError(kind)


def test_a_value_by_our_name_with_either_stroke_or_a_public_variable() -> None:
    variable, value = some(int)
    assert overrides([f"{value.name}=7"]) == {value.name: "7"}
    assert overrides([f"{value.name.replace('_', '-')} = 7 "]) == {value.name: "7"}
    assert overrides([f"{variable}=7"]) == {variable: "7"}
    assert overrides([f"{value.name}=7", f"{value.name}=7"]) == {value.name: "7"}


def test_a_password_length_by_the_word_that_a_person_types_first() -> None:
    assert overrides(["password-min-length=14"]) == {"password_min_length": "14"}


def test_every_name_of_the_catalogue_takes_its_own_default() -> None:
    for check in checks():
        for value in check.args.values():
            if isinstance(value, Value):
                default = value.default
                text = ",".join(default) if isinstance(default, list | tuple) else str(default)
                for name in (value.name, *value.variables):
                    assert checked(name, text) == (name, text)


@pytest.mark.parametrize("word", ["x", "=1", " =1", ""])
def test_what_is_no_assignment(word: str) -> None:
    with pytest.raises(UsageError, match="--set does not take"):
        overrides([word])


def test_an_unknown_name_comes_with_a_suggestion() -> None:
    _variable, value = some(int)
    with pytest.raises(UsageError) as refused:
        overrides([f"{value.name}x=1"])
    assert value.name in (refused.value.hint or "")


def test_a_value_that_does_not_fit() -> None:
    variable, value = some(int)
    for name in (variable, value.name):
        with pytest.raises(UsageError) as refused:
            overrides([f"{name}=many"])
        assert "many" in refused.value.message
        assert "govctl check show" in (refused.value.hint or "")


def test_one_name_with_two_values() -> None:
    _variable, value = some(int)
    with pytest.raises(UsageError, match="twice"):
        overrides([f"{value.name}=7", f"{value.name}=8"])

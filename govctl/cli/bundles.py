"""Options that several commands share, as one parameter: a frozen dataclass of options.

A command that takes `reaching: Reaching` has every option of `Reaching` on its command line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any, get_type_hints


class Bundle:
    """A base of dataclasses whose fields are annotated as a command's options are."""


def unbundled(function: Callable[..., int]) -> Callable[..., int]:
    """The same command with the options of its bundles in their place, for Typer to read."""
    hints = get_type_hints(function, include_extras=True)
    bundles = {name: hint for name, hint in hints.items() if _is_bundle(hint)}
    if not bundles:
        return function

    @wraps(function)
    def run(**given: Any) -> int:
        for name, bundle in bundles.items():
            given[name] = bundle(**{one.name: given.pop(one.name) for one in fields(bundle)})
        return function(**given)

    parameters = list(_parameters(function, hints))
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    run.__signature__ = Signature(parameters)  # type: ignore[attr-defined] # what inspect asks for
    return run


def _is_bundle(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Bundle)


def _parameters(function: Callable[..., int], hints: dict[str, Any]) -> Iterator[Parameter]:
    for one in signature(function).parameters.values():
        hint = hints[one.name]
        if not _is_bundle(hint):
            yield Parameter(one.name, Parameter.KEYWORD_ONLY, default=one.default, annotation=hint)
            continue
        own = get_type_hints(hint, include_extras=True)
        for option in fields(hint):
            yield Parameter(
                option.name, Parameter.KEYWORD_ONLY,
                default=option.default, annotation=own[option.name],
            )  # fmt: skip

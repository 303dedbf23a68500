"""The keys that a source model understands at a place, for suggestions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

from pydantic import AliasChoices, BaseModel, Tag


def keys_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """The keys of the mapping at pydantic's location `loc`, sorted; empty if any key may stand."""
    reached: list[Any] = [model]
    for step in loc:
        reached = [inner for annotation in reached for inner in _step(annotation, step)]
    names = {
        name
        for annotation in reached
        for branch in _branches(annotation)
        if _is_model(branch)
        for name in fields(branch)
    }
    return sorted(names)


def fields(model: type[BaseModel]) -> dict[str, Any]:
    """A model's annotations by key."""
    found = {}
    for name, info in model.model_fields.items():
        choice = info.validation_alias
        alias = choice.choices[0] if isinstance(choice, AliasChoices) else choice
        found[str(alias or info.alias or name)] = info.annotation
    return found


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _branches(annotation: Any) -> Iterator[Any]:
    """The alternatives of an annotation, without their wrapping."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _branches(get_args(annotation)[0])
    elif origin in (tuple, dict) or not get_args(annotation):
        yield annotation
    else:
        for argument in get_args(annotation):
            yield from _branches(argument)


def _step(annotation: Any, step: int | str) -> Iterator[Any]:
    tagged = [part for part in _tagged(annotation) if part[0] == step]
    if tagged:
        yield tagged[0][1]
        return
    for branch in _branches(annotation):
        if _is_model(branch) and step in fields(branch):
            yield fields(branch)[str(step)]
        elif get_origin(branch) is tuple and isinstance(step, int):
            yield get_args(branch)[0]
        elif get_origin(branch) is dict:
            yield get_args(branch)[1]


def _tagged(annotation: Any) -> Iterator[tuple[str, Any]]:
    """Members of a tagged union, by tag."""
    for argument in get_args(annotation):
        tags = [extra.tag for extra in get_args(argument)[1:] if isinstance(extra, Tag)]
        if tags:
            yield tags[0], get_args(argument)[0]
        else:
            yield from _tagged(argument)

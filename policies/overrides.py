"""Values that a person sets for one run, read strictly: a name that is known, a value that fits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cache

from govctl.errors import UsageError
from govctl.texts import _
from policies.catalogue import checks
from policies.model import Check
from policies.target import TargetContext
from policies.values import Value, resolve


def overrides(words: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE` of `--set`, by the name as checks or public rules write it.

    Raises UsageError for a word of another shape, two values for one name, and what
    `checked` refuses.
    """
    values: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise UsageError(
                _('--set does not take "{given}"', given=word), hint=_("write NAME=VALUE")
            )
        known, value = checked(name.strip(), value.strip())
        if values.setdefault(known, value) != value:
            raise UsageError(_("{name} is set twice", name=known))
    return values


def checked(name: str, value: str) -> tuple[str, str]:
    """A name as checks write it, and its value. Raises UsageError if no check can take them.

    `password-length` is understood as `password_length`.
    """
    from pydantic import ValidationError  # noqa: PLC0415 - families are loaded while hosts work

    from policies.families import families  # noqa: PLC0415

    users = _users()
    known = name if name in users else name.replace("-", "_")
    if known not in users:
        near = get_close_matches(known, users, 1)
        raise UsageError(
            _("no check has a value {name}", name=name),
            hint=_("did you mean {name}?", name=near[0]) if near else None,
        )
    for check in users[known]:
        args, _whose = resolve(check, TargetContext(values={known: value}))
        try:
            families()[check.family].args.model_validate_json(json.dumps(args))
        except ValidationError as error:
            reason = error.errors(include_url=False)[0]["msg"]
            raise UsageError(
                _('{name} cannot be "{value}": {reason}', name=known, value=value, reason=reason),
                hint=_("see: {command}", command=f"govctl check show {check.id}"),
            ) from error
    return known, value


@cache
def _users() -> Mapping[str, tuple[Check, ...]]:
    """Name or public variable → the checks that take it."""
    found: dict[str, tuple[Check, ...]] = {}
    for check in checks():
        for value in check.args.values():
            if isinstance(value, Value):
                for name in {value.name, *value.variables}:
                    found[name] = (*found.get(name, ()), check)
    return found

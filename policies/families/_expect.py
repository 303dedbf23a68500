"""What a value must be: one of the few comparisons that every configuration file needs."""

from __future__ import annotations

import re

from pydantic import model_validator

from policies.families import Args


class Expect(Args):
    """Exactly one of `equals`, `one_of`, `subset`, or the bounds `minimum` and `maximum`."""

    equals: str | None = None
    one_of: tuple[str, ...] | None = None
    subset: tuple[str, ...] | None = None
    """Every element of a comma-joined list must be one of these; the list must not be empty."""
    minimum: int | None = None
    maximum: int | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Expect:
        bounds = self.minimum is not None or self.maximum is not None
        kinds = [self.equals is not None, self.one_of is not None, self.subset is not None, bounds]
        if sum(kinds) != 1:
            raise ValueError("give exactly one of: equals, one_of, subset, minimum/maximum")
        return self

    def holds(self, value: str) -> bool:
        """True if the value is as asked; words compare without case, as the programs do."""
        text = value.strip()
        if self.equals is not None:
            return text.lower() == self.equals.lower()
        if self.one_of is not None:
            return text.lower() in {allowed.lower() for allowed in self.one_of}
        if self.subset is not None:
            elements = [element.strip() for element in text.split(",")]
            return all(element in self.subset for element in elements)
        number = as_number(text)
        return number is not None and self._within(number)

    def _within(self, number: float) -> bool:
        above = self.minimum is None or number >= self.minimum
        below = self.maximum is None or number <= self.maximum
        return above and below

    @property
    def wanted(self) -> str:
        """What was asked, as a person reads it: `no`, `4..10`, `≥ 14`, `yes | no`."""
        if self.equals is not None:
            return self.equals
        if self.one_of is not None:
            return " | ".join(self.one_of)
        if self.subset is not None:
            return "⊆ " + ",".join(self.subset)
        if self.minimum is None:
            return f"≤ {self.maximum}"
        if self.maximum is None:
            return f"≥ {self.minimum}"
        return f"{self.minimum}..{self.maximum}"


_NUMBER = re.compile(r"[+-]?[0-9]{1,300}(?:\.[0-9]{0,300})?", re.ASCII)
_INTEGER = re.compile(r"[+-]?[0-9]{1,300}", re.ASCII)
_C_NUMBER = re.compile(
    r"[ \t]*([+-]?)(?:0[xX]([0-9a-fA-F]{1,16})|(0[0-7]{0,20})|([1-9][0-9]{0,18}))", re.ASCII
)


def as_number(text: str) -> float | None:
    """A number as programs read it, or None for everything else (`1_000`, `1e3`, other digits);
    sudo counts minutes in fractions."""
    return float(text) if _NUMBER.fullmatch(text.strip()) else None


def as_c_number(text: str) -> int | None:
    """A whole number as strtol(3) takes it with base 0: `010` is eight, `0x10` sixteen, and `08` is
    none."""
    match = _C_NUMBER.fullmatch(text)
    if match is None:
        return None
    sign, hexadecimal, octal, decimal = match.groups()
    number = int(hexadecimal, 16) if hexadecimal else int(octal or decimal, 8 if octal else 10)
    return -number if sign == "-" else number


def as_integer(text: str) -> int | None:
    """A decimal number, or None for everything else."""
    return int(text, 10) if _INTEGER.fullmatch(text.strip()) else None

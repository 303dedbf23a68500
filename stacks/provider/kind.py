"""What every kind of resource has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from govctl.errors import TargetError
from stacks.provider.codec import Plain, reveal
from stacks.provider.ownership import ESTATE, Owner
from stacks.provider.targets.target import Tags, Target

Properties = Mapping[str, Plain]
WORK = "GOVCTL_WORK"
"""The variable that tells the provider the engine's folder of this run."""


class Inputs(BaseModel):
    """The inputs of a kind: closed and immutable, secrets opened."""

    model_config = ConfigDict(frozen=True, extra="forbid")


InputsT = TypeVar("InputsT", bound=Inputs)


@dataclass(frozen=True)
class Context:
    """Who a resource is, and where it lives."""

    owner: Owner
    connect: Callable[[], Target]
    patience: float = 180.0
    """Seconds that a machine has to become ready; a program sets it with custom_timeouts."""

    @property
    def target(self) -> Target:
        """The place to provision; MissingPrerequisite if it is absent."""
        return self.connect()


@dataclass(frozen=True)
class Made:
    """A resource after create: the engine's id of it, and its outputs."""

    id: str
    outputs: Properties


@dataclass(frozen=True)
class Live:
    """A resource as it is found: inputs rebuilt from the object, and its outputs."""

    id: str
    inputs: Properties
    outputs: Properties


class Incomplete(TargetError):
    """The object stands but is not finished: the engine keeps its id, the next run carries on."""

    def __init__(self, made: Made, cause: TargetError) -> None:
        super().__init__(cause.message, hint=cause.hint)
        self.made = made


@dataclass(frozen=True)
class Before:
    """What the state remembers of a resource."""

    id: str
    inputs: Properties
    outputs: Properties = field(default_factory=dict)

    @property
    def is_import(self) -> bool:
        """True while the engine imports: it knows the id and nothing else."""
        return not self.inputs

    def allows(self, owner: Owner, tags: Tags) -> bool:
        """True if the object may be read, changed and deleted as this resource.

        It is so if it carries the estate's mark, or no mark at all and a person imported it: the
        mark then comes with the first update, so that an import that is refused leaves no trace.
        """
        imported = self.is_import or self.outputs.get("imported") is True
        return owner.owns(tags) or (imported and ESTATE not in tags)


class Kind(ABC, Generic[InputsT]):
    """A kind of resource: typed inputs, and what to do with an object on a target.

    Every method may be called again after a run that was killed half-way; it finishes the job then.
    """

    token: ClassVar[str]
    """The engine's type, e.g. `govctl:lxd:Network`."""
    inputs: type[InputsT]
    replaces: ClassVar[frozenset[str]] = frozenset()
    """Inputs that cannot change on a live object."""
    at_creation: ClassVar[frozenset[str]] = frozenset()
    """Inputs that count when the object is made, and not after: a change is none."""
    delete_first: ClassVar[bool] = True
    """False if old and new can stand side by side while one replaces the other."""
    computed: ClassVar[frozenset[str]] = frozenset()
    """Outputs that only the live object can tell."""
    echoes: ClassVar[frozenset[str]] = frozenset()
    """Inputs that are outputs too, for others to refer to; the SDK takes none for unknown."""

    @abstractmethod
    def create(self, context: Context, new: InputsT) -> Made:
        """Make the object, or finish the one that this resource began before."""

    @abstractmethod
    def read(self, context: Context, before: Before) -> Live | None:
        """The object as it is; None if it is gone or somebody else's."""

    @abstractmethod
    def update(self, context: Context, before: Before, new: InputsT) -> Properties:
        """Bring the live object to these inputs; gives the outputs."""

    @abstractmethod
    def delete(self, context: Context, before: Before) -> None:
        """Remove the object if it is ours; one that is gone is fine."""

    def is_due(self, before: Before) -> str | None:
        """An output that has to be renewed though no input changed, e.g. a certificate's end."""
        return None

    def parse(self, properties: Properties) -> InputsT:
        """The typed inputs; pydantic's ValidationError if they are wrong."""
        return self.inputs.model_validate(reveal(properties))

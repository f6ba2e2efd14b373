"""What every rule has: its name, what it says, which layers it needs, and thresholds with their reasons."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, TypeVar

from geofences import Kind

Value = TypeVar("Value")


def because(why: str, value: Value) -> Value:
    """A threshold's default, with the reason for it; both are shown by ``droneops rules explain``."""
    threshold: Value = field(default=value, metadata={"why": why})
    return threshold


@dataclass(frozen=True, slots=True)
class Lack:
    """What a rule does where no zone of ``kinds`` is loaded."""

    kinds: frozenset[Kind]
    then: str

    @property
    def named(self) -> str:
        """The layer that is missing, in words."""
        return "any zone" if len(self.kinds) == len(Kind) else " or ".join(sorted(self.kinds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule's settings. ``fires_on`` says in words when it fires, ``lacks`` what it does without a layer.

    Fields that carry a reason are thresholds that a site file may set under ``[[rule]]``.
    """

    id: ClassVar[str]
    version: ClassVar[str] = "1"
    fires_on: ClassVar[str]
    lacks: ClassVar[tuple[Lack, ...]] = ()

    event: str
    severity: str
    labels: frozenset[str]
    enabled: bool = True

    @property
    def all_labels(self) -> frozenset[str]:
        """Every label that the rule looks at: those of all its fields named so."""
        named = [getattr(self, item.name) for item in fields(self) if item.name.endswith("labels")]
        return frozenset().union(*named)

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """What a site file may set, in the order in which it is shown."""
        return tuple(item.name for item in fields(cls))

    @classmethod
    def reasons(cls) -> dict[str, str]:
        """The reason for each threshold that has one."""
        return {item.name: item.metadata["why"] for item in fields(cls) if "why" in item.metadata}

    def values(self) -> dict[str, Any]:
        """What is set, by key; sets as sorted lists."""
        given = {name: getattr(self, name) for name in self.keys()}
        return {key: sorted(v) if isinstance(v, frozenset) else v for key, v in given.items()}

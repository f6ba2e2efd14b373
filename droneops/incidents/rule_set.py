"""The rules of a site: all of them with its own thresholds, and what they lack."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from droneops.errors import ConfigError, UsageError
from droneops.incidents.life import Life
from droneops.incidents.memory_settings import MemorySettings
from droneops.incidents.rule import Lack, Rule
from droneops.incidents.rules import (
    ALL,
    PARKS,
    Camp,
    Convergence,
    Distress,
    MooredBoat,
    Presence,
    StoppedVehicle,
    Timber,
)
from geofences import Kind, ZoneIndex
from geofences.presence import Hysteresis

if TYPE_CHECKING:
    from droneops.config import RuleSection

One = TypeVar("One", bound=Rule)

EXIT_PROBABILITY = 0.2
"""The same certainty for having left as for having come, `geofences.presence`."""

_RIVER = frozenset({Kind.BORDER, Kind.BANK})

_REACHES: Mapping[type[Rule], tuple[frozenset[Kind], tuple[str, ...]]] = {
    Presence: (PARKS | {Kind.BORDER}, ("within_m",)),
    StoppedVehicle: (PARKS, ("edge_m",)),
    MooredBoat: (_RIVER, ("border_within_m",)),
    Convergence: (_RIVER, ("border_within_m", "within_m")),
    Camp: (PARKS, ("within_m",)),
}
"""Which rules look beyond zones, of which kinds, and how far: the sum of these thresholds. Of a boat 2 km
from the border the vehicle stands 150 m further off. R8 and R9 follow things of open incidents anywhere."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One of each rule, in the order of `rules.ALL`."""

    rules: tuple[Rule, ...] = tuple(rule() for rule in ALL)
    life: Life = Life()  # noqa: RUF009 - a frozen value

    @property
    def enabled(self) -> tuple[Rule, ...]:
        """The rules that are switched on."""
        return tuple(rule for rule in self.rules if rule.enabled)

    def of(self, kind: type[One]) -> One:
        """The settings of one rule."""
        return next(rule for rule in self.rules if isinstance(rule, kind))

    def named(self, rule_id: str) -> Rule:
        """The settings of the rule with an id, in whatever case.

        Raises:
            UsageError: there is none.
        """
        known = {rule.id: rule for rule in self.rules}
        found = known.get(rule_id.upper())
        if found is None:
            raise UsageError(f"unknown rule {rule_id!r}", mend=_nearest(rule_id, known))
        return found

    @property
    def labels(self) -> frozenset[str]:
        """All labels that an enabled rule looks at."""
        return frozenset().union(*(rule.all_labels for rule in self.enabled))

    def wants(self, label: str) -> bool:
        """Whether an enabled rule looks for things of that label."""
        return label in self.labels

    @property
    def reach_m(self) -> Mapping[Kind, float]:
        """How far outside zones of each kind an enabled rule still looks because of them.

        A kind that is not there is no reason for any rule to look: it only excuses, or bounds another.
        """
        found: dict[Kind, float] = {}
        for rule in self.enabled:
            kinds, keys = _REACHES.get(type(rule), (frozenset(), ()))
            for kind in kinds:
                found[kind] = max(found.get(kind, 0.0), sum(getattr(rule, key) for key in keys))
        return found

    @property
    def without_zones(self) -> tuple[Rule, ...]:
        """The enabled rules that fire far from every zone, too."""
        return tuple(rule for rule in self.enabled if isinstance(rule, (Timber, Distress)))

    @property
    def memory(self) -> MemorySettings:
        """What the memory must keep: it counts a thing as inside as soon as one of the rules may."""
        camp = self.of(Camp)
        enter = min((r.probability for r in self.enabled if hasattr(r, "probability")), default=0.8)
        return MemorySettings(
            presence=Hysteresis(
                enter_probability=enter,
                exit_probability=min(EXIT_PROBABILITY, enter / 2),
                dwell_s=self.of(Presence).dwell_s,
            ),
            keep_s=max((getattr(rule, "within_s", 0.0) for rule in self.enabled), default=0.0) * 2,
            long_labels=camp.labels if camp.enabled else frozenset(),
            keep_long_s=camp.dwell_s * 2,
        )


def rule_set_of(sections: Iterable[RuleSection]) -> RuleSet:
    """The rules with what a site file changes.

    Raises:
        ConfigError: an id that no rule has, a rule given twice, a key that the rule does not have.
    """
    rules = {rule.id: rule for rule in RuleSet().rules}
    seen: set[str] = set()
    for section in sections:
        rule = rules.get(section.id)
        if rule is None:
            raise ConfigError(
                f"unknown rule {section.id!r}", where="[[rule]]", mend=_nearest(section.id, rules)
            )
        if section.id in seen:
            raise ConfigError(
                f"rule {section.id!r} is given twice", where="[[rule]]", mend="make one of both"
            )
        seen.add(section.id)
        rules[section.id] = _changed(rule, section.model_dump(exclude_unset=True, exclude={"id"}))
    presence = next(rule for rule in rules.values() if isinstance(rule, Presence))
    life = replace(Life(), within_m=presence.within_m, within_s=presence.within_s)
    return RuleSet(tuple(rules.values()), life)


def gaps(rules: RuleSet, zones: ZoneIndex) -> tuple[str, ...]:
    """What the enabled rules do otherwise for want of a layer, one sentence each."""
    layers = (
        f"{rule.id} ({rule.fires_on}) without {lack.named}: {lack.then}"
        for rule in rules.enabled
        for lack in lacking(rule, zones)
    )
    permits = (
        f"permit {zone.id} names no labels: it allows nothing"
        for zone in zones.zones
        if zone.kind is Kind.PERMIT and not zone.labels
    )
    return *layers, *permits


def lacking(rule: Rule, zones: ZoneIndex) -> tuple[Lack, ...]:
    """What a rule lacks among these zones."""
    there = {zone.kind for zone in zones.zones}
    return tuple(lack for lack in rule.lacks if not there & lack.kinds)


def _changed(rule: Rule, given: dict[str, Any]) -> Rule:
    known = rule.keys()
    for key, value in given.items():
        if key not in known:
            mend = f"it has {', '.join(known)}"
            raise ConfigError(f"rule {rule.id} has no key {key!r}", where="[[rule]]", mend=mend)
        if value is None:
            raise ConfigError(f"rule {rule.id}: {key!r} has no value", where="[[rule]]")
    typed: dict[str, Any] = {key: frozenset(v) if isinstance(v, list) else v for key, v in given.items()}
    return replace(rule, **typed)


def _nearest(name: str, known: Iterable[str]) -> str:
    names = list(known)
    nearest = difflib.get_close_matches(name.upper(), names, n=1, cutoff=0.0)
    return f"did you mean {nearest[0]!r}? there are {', '.join(names)}"

"""Tracks and zone hits made for tests."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from droneops.geo.wgs84 import LocalPlane
from droneops.incidents.condition import Condition
from droneops.incidents.finding import Finding
from droneops.incidents.incident import Observation
from droneops.incidents.life import Life
from droneops.incidents.rule_set import RuleSet
from droneops.incidents.rules import Presence
from droneops.types import Track, read_only
from geofences import Zone, ZoneHit, ZoneIndex, load_zones

PLANE = LocalPlane.at(16.44, 104.75)
START_US = 1_795_169_250_000_000


@cache
def park() -> Zone:
    """The shipped stand-in of Phu Pha Thoep."""
    return next(zone for zone in load_zones() if zone.id == "phu-pha-thoep")


def zones() -> ZoneIndex:
    """The stand-in alone."""
    return ZoneIndex((park(),))


def presence_alone(life: Life = Life(), **given) -> RuleSet:  # noqa: B008 - a frozen value
    """R0 and no other rule, so that a test about the life of incidents knows what fires."""
    rules = RuleSet().rules
    alone = [Presence(**given) if rule.id == "R0" else replace(rule, enabled=False) for rule in rules]
    return RuleSet(tuple(alone), life)


def made_track(number: int = 1, east_m: float = 0.0, time_s: float = 0.0, label: str = "person") -> Track:
    """A person who stands still; its name and its place follow from its number."""
    lat_deg, lon_deg = PLANE.lat_lon_deg(east_m, 0.0)
    return Track(
        id=f"d/{number}",
        drone_id="d",
        label=label,
        detector_label=label,
        first_seen_us=START_US + number,
        last_seen_us=START_US + round(time_s * 1e6),
        ordinal=0,
        sightings=5,
        best_score=0.9,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        alt_msl_m=212.0,
        cov_m2=read_only(np.eye(2) * 9),
        cov_common_m2=read_only(np.eye(2) * 4),
        ce90_m=6.4,
        velocity_mps=read_only((0.0, 0.0)),
        velocity_cov_m2ps2=read_only(np.eye(2) * 0.01),
    )


def seen(track: Track, time_s: float, probability: float = 0.97) -> Observation:
    """That track at a time, inside the park with a probability."""
    now = replace(track, last_seen_us=START_US + round(time_s * 1e6))
    return Observation(now, (ZoneHit(park(), probability, -200.0),), None)


def found(
    *things: Observation,
    rule: str = "R0",
    event: str = "intrusion",
    severity: str = "moderate",
    updates: str | None = None,
) -> Finding:
    """A finding that fires, about these things."""
    return Finding(
        rule_id=rule,
        rule_version="1",
        event=event,
        severity=severity,
        things=things,
        zone_ids=frozenset({park().id}),
        drone_id="d",
        since_us=things[0].track.last_seen_us,
        score=0.9,
        conditions=(Condition("presence", True, "p >= 0.8", "p = 0.970"),),
        updates=updates,
    )


def blind(since_s: float, drone_id: str = "d", severity: str = "minor") -> Finding:
    """A finding about a drone that does not see."""
    return Finding(
        rule_id="R11",
        rule_version="1",
        event="drone_blind",
        severity=severity,
        things=(),
        zone_ids=frozenset({park().id}),
        drone_id=drone_id,
        since_us=START_US + round(since_s * 1e6),
        score=1.0,
        conditions=(Condition("blind", True, ">= 10 s", "covered, 12.0 s"),),
    )

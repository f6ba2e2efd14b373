"""All that the rules may look at, at one instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from droneops.coverage.light import Light
from droneops.incidents.incident import Incident, Observation
from droneops.types import FloatArray
from geofences import Kind, NearestZone, ZoneIndex


@dataclass(frozen=True, slots=True)
class Fix:
    """Where a thing was. ``sigma_m`` (1 sigma, worst axis) is the error that its sightings do not share."""

    time_us: int
    lat_deg: float
    lon_deg: float
    sigma_m: float


@dataclass(frozen=True, slots=True)
class Thing:
    """A track as it is now, with what its past tells.

    ``path`` is thinned and bounded, the oldest first, and ends with the latest fix; ``path_rows`` (n, 4) are
    the same as numbers (`path.rows_of`), for rules that ask hundreds at once. ``still_since_us`` is
    since when it has not moved beyond its error, None while it moves. ``inside_since_us`` names the zones
    that count as holding it (two thresholds and a dwell, `geofences.presence_after`), and since when.
    """

    seen: Observation
    path: tuple[Fix, ...]
    path_rows: FloatArray
    still_since_us: int | None
    inside_since_us: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Blindness:
    """A drone that does not see, since when, why, and the zones on the ground that it should be seeing.

    ``reason`` is one of no_frames, frozen, black, covered, defocused, link_lost, no_pose.
    """

    drone_id: str
    since_us: int
    reason: str
    zone_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Friend:
    """A tracker of our own people or of a permitted boat or tractor: where it was at ``time_us``."""

    id: str
    time_us: int
    lat_deg: float
    lon_deg: float
    sigma_m: float


@dataclass(frozen=True, slots=True)
class Answers:
    """What was found out of a scene's things (by track id) already: several rules ask the same."""

    nearest: dict[tuple[str, frozenset[Kind]], NearestZone | None] = field(default_factory=dict)
    light: dict[str, Light] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scene:
    """``things`` are all tracks remembered, by (drone id, first seen, ordinal); ``incidents`` the open ones.

    ``answers`` belong to this instant and these zones; a scene that is a part of another shares them.
    """

    time_us: int
    things: tuple[Thing, ...]
    zones: ZoneIndex
    incidents: tuple[Incident, ...] = ()
    blind: tuple[Blindness, ...] = ()
    friends: tuple[Friend, ...] = ()
    answers: Answers = field(default_factory=Answers, compare=False, repr=False)

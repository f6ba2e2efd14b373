"""All zones, ready to be asked about a point."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from shapely import STRtree
from shapely.geometry import MultiPolygon, Polygon

from geofences.area import Area, make_area
from geofences.batch import BatchZones
from geofences.border import BorderLine, BorderSide, beyond_m, border_line, border_side
from geofences.canonical import zones_sha256
from geofences.catchment import MINIMUM_PROBABILITY, asking_box, catchment
from geofences.covariance import Spread, spread_of, widened
from geofences.local_metres import Array, LocalFrame, local_frame
from geofences.nearest import NearestZone, ZoneEdges, nearest_zone, zone_edges
from geofences.probability import probability_about
from geofences.signed_distance import signed_distance_about_m
from geofences.strip import strip_about
from geofences.zone import Kind, Zone, ZoneError, is_valid_at


@dataclass(frozen=True, slots=True)
class ZoneHit:
    """A zone a point may be in. `distance_m` is to its boundary, negative inside."""

    zone: Zone
    probability_inside: float
    distance_m: float


class ZoneIndex:
    """Immutable once built.

    Points come as WGS 84 degrees with `cov_m2`, (2, 2), east north, m^2: all of the error. Every question
    raises ValueError for a place or covariance that is none, or for a time without a zone.
    """

    __slots__ = (
        "_areas",
        "_borders",
        "_edges",
        "_sha256",
        "_tree",
        "_zones",
        "_zones_with_area",
    )

    def __init__(self, zones: Iterable[Zone]) -> None:
        """Raises ZoneError where two zones share an id or a border has not two sides."""
        self._zones = tuple(zones)
        _refuse_duplicates(self._zones)
        with_area = [(zone, area) for zone in self._zones if (area := _area_of(zone)) is not None]
        self._zones_with_area = tuple(zone for zone, _ in with_area)
        self._areas = tuple(area for _, area in with_area)
        self._tree = STRtree([catchment(area, zone.accuracy_m) for zone, area in with_area])
        self._edges: tuple[ZoneEdges, ...] = tuple(zone_edges(zone) for zone in self._zones)
        self._borders = tuple(border_line(zone) for zone in self._zones if zone.kind is Kind.BORDER)
        self._sha256 = zones_sha256(self._zones)

    @property
    def zones(self) -> tuple[Zone, ...]:
        """All zones, in the order given."""
        return self._zones

    @property
    def placeholders(self) -> tuple[Zone, ...]:
        """The zones that stand in for a boundary nobody has supplied yet."""
        return tuple(zone for zone in self._zones if zone.placeholder)

    @property
    def sha256(self) -> str:
        """Hex digest over what the zones say; the order and the layout of their files do not matter."""
        return self._sha256

    def hits(
        self, *, lat_deg: float, lon_deg: float, cov_m2: Array, at: datetime | None = None
    ) -> tuple[ZoneHit, ...]:
        """Every zone with P(inside) >= 0.001, most probable first, then by id.

        A line or point with `within_m` counts as the strip around it. `at` (aware) leaves out zones not in
        force.
        """
        frame, cov = _asked(lat_deg, lon_deg, cov_m2, at)
        found = [
            self._hit(i, frame, cov)
            for i in self._near(frame, cov)
            if is_valid_at(self._zones_with_area[i], at)
        ]
        return tuple(sorted((hit for hit in found if hit is not None), key=_most_probable_first))

    def border(
        self, *, lat_deg: float, lon_deg: float, cov_m2: Array, at: datetime | None = None
    ) -> BorderSide | None:
        """The side of the nearest border line that covers the point.

        None without a border zone in force or outside the stretch it covers; `border_gap_m` says how far
        outside.
        """
        frame, cov = _asked(lat_deg, lon_deg, cov_m2, at)
        covering = [line for line in self._borders_at(at) if beyond_m(line, frame) == 0.0]
        sides = [border_side(line, frame, cov) for line in covering]
        return min(sides, key=lambda side: abs(side.distance_m), default=None)

    def border_gap_m(self, *, lat_deg: float, lon_deg: float, at: datetime | None = None) -> float | None:
        """Metres from the point to the stretch a border line covers: 0 within it, None without a border."""
        frame = local_frame(lat_deg=lat_deg, lon_deg=lon_deg)
        _refuse_naive(at)
        return min((beyond_m(line, frame) for line in self._borders_at(at)), default=None)

    def nearest_named(
        self, *, lat_deg: float, lon_deg: float, kinds: Collection[Kind], at: datetime | None = None
    ) -> NearestZone | None:
        """The nearest zone of `kinds`, or None without one; a zone that holds the point is 0 m away."""
        frame = local_frame(lat_deg=lat_deg, lon_deg=lon_deg)
        _refuse_naive(at)
        asked = [edges for edges in self._edges if edges.zone.kind in kinds and is_valid_at(edges.zone, at)]
        return nearest_zone(frame, asked)

    def batch(self) -> BatchZones:
        """The same zones made ready for arrays of points. It takes a while; keep what it gives."""
        return BatchZones(self._zones_with_area, self._areas)

    def _near(self, frame: LocalFrame, cov: Spread) -> list[int]:
        return [int(i) for i in np.sort(self._tree.query(asking_box(frame, cov)))]

    def _hit(self, i: int, frame: LocalFrame, cov: Spread) -> ZoneHit | None:
        zone, area = self._zones_with_area[i], self._areas[i]
        probability = probability_about(area, frame, widened(cov, zone.accuracy_m))
        if probability < MINIMUM_PROBABILITY:
            return None
        return ZoneHit(zone, probability, signed_distance_about_m(area, frame))

    def _borders_at(self, at: datetime | None) -> list[BorderLine]:
        return [line for line in self._borders if is_valid_at(line.zone, at)]


def _asked(lat_deg: float, lon_deg: float, cov_m2: Array, at: datetime | None) -> tuple[LocalFrame, Spread]:
    _refuse_naive(at)
    return local_frame(lat_deg=lat_deg, lon_deg=lon_deg), spread_of(cov_m2)


def _refuse_naive(at: datetime | None) -> None:
    if at is not None and at.tzinfo is None:
        raise ValueError(f"at={at.isoformat()} has no time zone; give an aware time, best UTC")


def _refuse_duplicates(zones: tuple[Zone, ...]) -> None:
    seen: set[str] = set()
    for zone in zones:
        if zone.id in seen:
            raise ZoneError.in_feature(
                "zones", f"id '{zone.id}'", "two zones have this id", "give each its own id"
            )
        seen.add(zone.id)


def _area_of(zone: Zone) -> Area | None:
    if isinstance(zone.geometry, Polygon | MultiPolygon):
        return make_area(zone.geometry)
    return None if zone.within_m is None else make_area(strip_about(zone.geometry, zone.within_m))


def _most_probable_first(hit: ZoneHit) -> tuple[float, str]:
    return -hit.probability_inside, hit.zone.id

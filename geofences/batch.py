"""Many points at once: the same answers as one by one, at the speed of arrays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import shapely
from numpy.typing import NDArray

from geofences.area import Area
from geofences.batch_probability import Asked, all_edges, probabilities_inside
from geofences.catchment import MINIMUM_PROBABILITY, SIGMAS, catchment
from geofences.cells import Indices, candidates, make_cells
from geofences.covariance import spread_of, widened
from geofences.edges import edges_between
from geofences.local_metres import Array, local_frame, metres_per_degree
from geofences.normal_mass import REACH
from geofences.probability import probability_about
from geofences.zone import Zone, is_valid_at

_NO_EDGES = edges_between(np.empty((0, 2)), np.empty((0, 2)))


@dataclass(frozen=True, slots=True, eq=False)
class BatchHits:
    """Pairs of a point and a zone, ordered by point, then zone: row `k` is about `point[k]`, `zone[k]`.

    `point` counts in the arrays asked, `zone` in `BatchZones.zones`. All (m,), read-only.
    """

    point: Indices
    zone: Indices
    probability_inside: Array


class BatchZones:
    """The zones with an area of a `ZoneIndex`, made ready for arrays of points. Immutable once built."""

    __slots__ = ("_accuracy_m", "_areas", "_cells", "_edges", "_lines", "_polygons", "_tree", "_zones")

    def __init__(self, zones: tuple[Zone, ...], areas: tuple[Area, ...]) -> None:
        """`areas` goes with `zones`; see `ZoneIndex.batch`."""
        self._zones = zones
        self._areas = areas
        self._accuracy_m = np.array([zone.accuracy_m for zone in zones])
        self._polygons = np.array([area.polygon for area in areas], dtype=object)
        self._lines = shapely.boundary(self._polygons)
        shapely.prepare(self._lines)
        self._tree = shapely.STRtree(
            [catchment(area, zone.accuracy_m) for zone, area in zip(zones, areas, strict=True)]
        )
        self._cells = make_cells(areas) if areas else None
        self._edges = all_edges([area.edges for area in areas] or [_NO_EDGES])

    @property
    def zones(self) -> tuple[Zone, ...]:
        """The zones, as `BatchHits.zone` counts them."""
        return self._zones

    def holding(self, *, lat_deg: Array, lon_deg: Array) -> tuple[Indices, Indices]:
        """Every pair of a point (n,) and a zone that it lies strictly inside of; no error is asked about.

        Indices as in `BatchHits`, ordered by point, then zone. A place that is none is in no zone.
        """
        if self._cells is None:
            return np.empty(0, np.intp), np.empty(0, np.intp)
        lat_deg, lon_deg = np.asarray(lat_deg, np.float64), np.asarray(lon_deg, np.float64)
        point, zone, inside = candidates(self._cells, lat_deg, lon_deg)
        asked = np.flatnonzero(~inside)
        inside = inside.copy()
        inside[asked] = self._inside(point[asked], zone[asked], lat_deg, lon_deg)
        return point[inside], zone[inside]

    def hits_of(
        self, *, lat_deg: Array, lon_deg: Array, cov_m2: Array, at: datetime | None = None
    ) -> BatchHits:
        """As `ZoneIndex.hits` for every point: (n,), (n,) and (n, 2, 2), east north, m^2; without distances.

        The probabilities agree with it to 1e-9. Raises ValueError for a place or covariance that is none, or
        a time without a zone.
        """
        if at is not None and at.tzinfo is None:
            raise ValueError(f"at={at.isoformat()} has no time zone; give an aware time, best UTC")
        lat_deg, lon_deg, cov_m2 = _checked(lat_deg, lon_deg, cov_m2)
        point, zone = self._near(lat_deg, lon_deg, cov_m2)
        in_force = np.array([is_valid_at(zone, at) for zone in self._zones], dtype=np.bool_)
        point, zone = point[in_force[zone]], zone[in_force[zone]]
        probability = self._inside(point, zone, lat_deg, lon_deg).astype(np.float64)
        close = np.flatnonzero(self._is_close(point, zone, lat_deg, lon_deg, cov_m2))
        if len(close):
            probability[close] = self._close(
                point[close], zone[close], probability[close], lat_deg, lon_deg, cov_m2
            )
        return _sorted(point, zone, probability)

    def _inside(self, point: Indices, zone: Indices, lat_deg: Array, lon_deg: Array) -> NDArray[np.bool_]:
        held: NDArray[np.bool_] = shapely.contains_xy(self._polygons[zone], lon_deg[point], lat_deg[point])
        return held

    def _near(self, lat_deg: Array, lon_deg: Array, cov_m2: Array) -> tuple[Indices, Indices]:
        """The pairs worth a closer look, as `catchment` has it."""
        east_m, north_m = metres_per_degree(lat_deg)
        lon_reach = SIGMAS * np.sqrt(cov_m2[:, 0, 0]) / east_m
        lat_reach = SIGMAS * np.sqrt(cov_m2[:, 1, 1]) / north_m
        boxes = shapely.box(
            lon_deg - lon_reach, lat_deg - lat_reach, lon_deg + lon_reach, lat_deg + lat_reach
        )
        point, zone = self._tree.query(boxes)
        return point, zone

    def _is_close(
        self, point: Indices, zone: Indices, lat_deg: Array, lon_deg: Array, cov_m2: Array
    ) -> NDArray[np.bool_]:
        """Whether the line passes within reach of the errors: then inside or not is no longer the answer."""
        largest_m2 = np.trace(cov_m2, axis1=1, axis2=2)[point] + self._accuracy_m[zone] ** 2
        east_m, north_m = metres_per_degree(lat_deg[point])
        reach_deg = REACH * np.sqrt(largest_m2) / np.minimum(east_m, north_m)
        points = shapely.points(lon_deg[point], lat_deg[point])
        close: NDArray[np.bool_] = shapely.dwithin(self._lines[zone], points, reach_deg)
        return close

    def _close(
        self, point: Indices, zone: Indices, inside: Array, lat_deg: Array, lon_deg: Array, cov_m2: Array
    ) -> Array:
        """The probabilities of pairs whose line is within reach of the errors."""
        cov = cov_m2[point] + np.eye(2) * np.square(self._accuracy_m[zone])[:, None, None]
        found = probabilities_inside(self._edges, Asked(zone, inside, lat_deg[point], lon_deg[point], cov))
        for alone in np.flatnonzero(np.isnan(found)):
            found[alone] = self._one(point[alone], zone[alone], lat_deg, lon_deg, cov_m2)
        return found

    def _one(self, point: int, zone: int, lat_deg: Array, lon_deg: Array, cov_m2: Array) -> float:
        frame = local_frame(lat_deg=float(lat_deg[point]), lon_deg=float(lon_deg[point]))
        spread = widened(spread_of(cov_m2[point]), float(self._accuracy_m[zone]))
        return probability_about(self._areas[zone], frame, spread)


def _checked(lat_deg: Array, lon_deg: Array, cov_m2: Array) -> tuple[Array, Array, Array]:
    lat_deg, lon_deg = np.asarray(lat_deg, np.float64), np.asarray(lon_deg, np.float64)
    cov_m2 = np.asarray(cov_m2, np.float64)
    count = len(lat_deg)
    if lat_deg.shape != (count,) or lon_deg.shape != (count,) or cov_m2.shape != (count, 2, 2):
        shapes = f"{lat_deg.shape}, {lon_deg.shape}, {cov_m2.shape}"
        raise ValueError(f"lat_deg, lon_deg, cov_m2 have the shapes {shapes}; give (n,), (n,), (n, 2, 2)")
    on_globe = (np.abs(lat_deg) < 90.0) & (np.abs(lon_deg) <= 180.0)
    east_m2, north_m2, across_m2 = cov_m2[:, 0, 0], cov_m2[:, 1, 1], cov_m2[:, 0, 1]
    trace_m2 = east_m2 + north_m2
    with np.errstate(invalid="ignore"):
        symmetric = np.abs(across_m2 - cov_m2[:, 1, 0]) <= 1e-6 * np.abs(trace_m2)
        positive = east_m2 * north_m2 - across_m2 * cov_m2[:, 1, 0] >= -1e-6 * trace_m2 * trace_m2
        fine = on_globe & symmetric & positive & (east_m2 >= 0.0) & (north_m2 >= 0.0) & np.isfinite(trace_m2)
    if not fine.all():
        bad = int(np.argmin(fine))
        # The scalar checks have the words for what is wrong.
        local_frame(lat_deg=float(lat_deg[bad]), lon_deg=float(lon_deg[bad]))
        spread_of(cov_m2[bad])
        raise ValueError(f"point {bad} is no place with an error")
    return lat_deg, lon_deg, cov_m2


def _sorted(point: Indices, zone: Indices, probability: Array) -> BatchHits:
    kept = probability >= MINIMUM_PROBABILITY
    point, zone, probability = point[kept], zone[kept], probability[kept]
    order = np.lexsort((zone, point))
    hits = BatchHits(point[order], zone[order], probability[order])
    for array in (hits.point, hits.zone, hits.probability_inside):
        array.setflags(write=False)
    return hits

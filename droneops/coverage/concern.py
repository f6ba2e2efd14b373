"""Whether a picture can show anything that the rules ask about: only then is it worth a detector's time.

A picture is passed over only where that is certain enough: the drone's place and the camera's direction are
known, all of the picture is ground that can be located, and that ground, widened by three sigma of its error,
by the rules' distance from such a zone and by three sigma of a zone's own line, is clear of every zone in
force. With a stand-in zone loaded nothing is ever passed over: nobody has said yet where the zones are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, Protocol

import numpy as np
import shapely

from droneops.geo.camera import Camera
from droneops.geo.footprint import outline_px
from droneops.geo.locate import Ground, locate
from droneops.geo.wgs84 import LocalPlane
from droneops.times import to_datetime
from droneops.types import FloatArray, GroundPoint, NoGroundPoint, NoPose, Pose, Reason, Track
from geofences import Kind, Zone
from geofences.zone import is_valid_at

SIGMAS = 3.0
"""The contract's: of a thing at the rim of what is passed over, 1 in 700 lies beyond."""

FASTEST_MPS = 30.0
"""What a car or a boat that flees may cover in a second out of sight."""

_ROUND = 1.02
"""A circle of 32 corners is 0.5 % too small; degrees at the far side of a wide frame differ by less."""


class Concern(Protocol):
    """Says whether a picture may show what matters."""

    def may_matter(
        self,
        pose: Pose | NoPose,
        camera: Camera,
        ground: Ground,
        later: Pose | None,
        wanted: Sequence[Track] = (),
    ) -> bool:
        """False only where it is certain enough that no rule can fire on anything in the picture.

        ``wanted``: things of open incidents, which are followed wherever they go.
        """


class ZoneConcern:
    """What lies in or near a zone matters. Immutable once built.

    ``reach_m`` is how far outside zones of a kind the rules look; outside kinds that it lacks not at all.
    """

    def __init__(self, zones: Iterable[Zone], reach_m: Mapping[Kind, float]) -> None:
        self._zones = tuple(zones)
        self._extra_m = tuple(_extra_m(zone, reach_m.get(zone.kind, 0.0)) for zone in self._zones)
        self._tree = shapely.STRtree([zone.geometry for zone in self._zones])

    def may_matter(
        self,
        pose: Pose | NoPose,
        camera: Camera,
        ground: Ground,
        later: Pose | None,
        wanted: Sequence[Track] = (),
    ) -> bool:
        """See `Concern`."""
        if isinstance(pose, NoPose):
            return True
        outline = outline_px(camera.lens)
        points = [*locate(outline, pose, camera, ground, later), *_furthest(outline, pose, camera, ground)]
        found = [point for point in points if isinstance(point, GroundPoint)]
        # Where the picture reaches the horizon, its ground and its error have no end worth computing.
        if len(found) < len(points):
            return True
        error_m = max(SIGMAS * _sigma_m(point.cov_m2) for point in found)
        if math.isnan(error_m) or _may_show(found, error_m, pose.time_us, wanted):
            return True
        return self._touches(found, error_m, pose.time_us)

    def _touches(self, points: list[GroundPoint], error_m: float, time_us: int) -> bool:
        at = to_datetime(time_us)
        plane = LocalPlane.at(points[0].lat_deg, points[0].lon_deg)
        outline = _hull_m(points, plane)
        widest = _widened(outline, error_m + max(self._extra_m, default=0.0), plane)
        return any(
            shapely.intersects(_widened(outline, error_m + self._extra_m[i], plane), self._zones[i].geometry)
            for i in sorted(self._tree.query(widest).tolist())
            if is_valid_at(self._zones[i], at)
        )


def concern_for(
    infer: Literal["everywhere", "zones"], zones: tuple[Zone, ...], reach_m: Mapping[Kind, float]
) -> ZoneConcern | None:
    """What the site file's ``infer`` means; None: everything matters.

    So it is with a stand-in among the zones, and without any zone, where nothing would ever be looked at.
    """
    if infer == "everywhere" or not zones or any(zone.placeholder for zone in zones):
        return None
    return ZoneConcern(zones, reach_m)


def _extra_m(zone: Zone, reach_m: float) -> float:
    return reach_m + (zone.within_m or 0.0) + SIGMAS * zone.accuracy_m


def _furthest(
    outline: FloatArray, pose: Pose, camera: Camera, ground: Ground
) -> tuple[GroundPoint | NoGroundPoint, ...]:
    """On hills, where the outline would meet level ground at the lowest height there is, and below the drone.

    Between two points of the outline a valley may open that reaches much further than both. No ray comes
    lower than the lowest ground, so all that a picture shows lies between these points.
    """
    if ground.relief is None or ground.relief.spacing_m is None:
        return ()
    lowest_m = ground.relief.bounds_m[0]
    if not math.isfinite(lowest_m):
        return (NoGroundPoint(Reason.BEYOND_RANGE),)
    below = GroundPoint(pose.lat_deg, pose.lon_deg, lowest_m, np.zeros((2, 2)), np.zeros((2, 2)), 0.0)
    return below, *locate(outline, pose, camera, Ground(lowest_m, ground.sigma_m), None)


def _may_show(points: list[GroundPoint], error_m: float, time_us: int, wanted: Sequence[Track]) -> bool:
    """Whether one of the things wanted may be in the picture by now."""
    plane = LocalPlane.at(points[0].lat_deg, points[0].lon_deg)
    outline = _hull_m(points, plane)
    for track in wanted:
        place = shapely.points(plane.east_north_m(track.lat_deg, track.lon_deg))
        unseen_s = abs(time_us - track.last_seen_us) / 1e6
        reach_m = error_m + SIGMAS * _sigma_m(track.cov_m2) + FASTEST_MPS * unseen_s
        if float(shapely.distance(outline, place)) <= reach_m:
            return True
    return False


def _hull_m(points: list[GroundPoint], plane: LocalPlane) -> shapely.Geometry:
    places = [plane.east_north_m(point.lat_deg, point.lon_deg) for point in points]
    return shapely.convex_hull(shapely.multipoints(places))


def _widened(outline: shapely.Geometry, by_m: float, plane: LocalPlane) -> shapely.Geometry:
    wide = shapely.buffer(outline, by_m * _ROUND, quad_segs=8)
    return shapely.transform(wide, lambda points: _degrees(points, plane))


def _degrees(points_m: FloatArray, plane: LocalPlane) -> FloatArray:
    scale = (plane.metres_per_deg_east, plane.metres_per_deg_north)
    degrees: FloatArray = points_m / scale + (plane.lon_deg, plane.lat_deg)
    return degrees


def _sigma_m(cov_m2: FloatArray) -> float:
    """One sigma along the error's longest axis."""
    half = math.hypot((cov_m2[0, 0] - cov_m2[1, 1]) / 2, cov_m2[0, 1])
    return math.sqrt((cov_m2[0, 0] + cov_m2[1, 1]) / 2 + half)

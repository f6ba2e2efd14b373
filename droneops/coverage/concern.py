"""Whether a picture can show anything that the rules ask about: only then is it worth a detector's time.

A picture is passed over only where that is certain enough: the drone's place and the camera's direction are
known, all of the picture is ground that can be located, and that ground, widened by three sigma of its error,
by the rules' distance and by three sigma of a zone's own line, is clear of every zone in force. With a
stand-in zone loaded nothing is ever passed over: nobody has said yet where the zones are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal, Protocol

import shapely

from droneops.geo.camera import Camera
from droneops.geo.footprint import outline_px
from droneops.geo.locate import Ground, locate
from droneops.geo.wgs84 import LocalPlane
from droneops.times import to_datetime
from droneops.types import FloatArray, GroundPoint, NoPose, Pose
from geofences import Zone
from geofences.zone import is_valid_at

SIGMAS = 3.0
"""The contract's: of a thing at the rim of what is passed over, 1 in 700 lies beyond."""

_ROUND = 1.02
"""A circle of 32 corners is 0.5 % too small; degrees at the far side of a wide frame differ by less."""


class Concern(Protocol):
    """Says whether a picture may show what matters."""

    def may_matter(self, pose: Pose | NoPose, camera: Camera, ground: Ground, later: Pose | None) -> bool:
        """False only where it is certain enough that no rule can fire on anything in the picture."""


class ZoneConcern:
    """What lies in or near a zone matters. Immutable once built."""

    def __init__(self, zones: Iterable[Zone], within_m: float) -> None:
        self._zones = tuple(zones)
        self._extra_m = tuple(within_m + (z.within_m or 0.0) + SIGMAS * z.accuracy_m for z in self._zones)
        self._tree = shapely.STRtree([zone.geometry for zone in self._zones])

    def may_matter(self, pose: Pose | NoPose, camera: Camera, ground: Ground, later: Pose | None) -> bool:
        """See `Concern`."""
        if isinstance(pose, NoPose):
            return True
        points = locate(outline_px(camera.lens), pose, camera, ground, later)
        found = [point for point in points if isinstance(point, GroundPoint)]
        # Where the picture reaches the horizon, its ground and its error have no end worth computing.
        if len(found) < len(points):
            return True
        error_m = max(SIGMAS * _sigma_m(point.cov_m2) for point in found)
        return math.isnan(error_m) or self._touches(found, error_m, pose.time_us)

    def _touches(self, points: list[GroundPoint], error_m: float, time_us: int) -> bool:
        at = to_datetime(time_us)
        plane = LocalPlane.at(points[0].lat_deg, points[0].lon_deg)
        outline = shapely.convex_hull(
            shapely.multipoints([plane.east_north_m(point.lat_deg, point.lon_deg) for point in points])
        )
        widest = _widened(outline, error_m + max(self._extra_m, default=0.0), plane)
        return any(
            shapely.intersects(_widened(outline, error_m + self._extra_m[i], plane), self._zones[i].geometry)
            for i in sorted(self._tree.query(widest).tolist())
            if is_valid_at(self._zones[i], at)
        )


def concern_for(
    infer: Literal["everywhere", "zones"], zones: tuple[Zone, ...], within_m: float
) -> ZoneConcern | None:
    """What the site file's ``infer`` means; None: everything matters.

    So it is with a stand-in among the zones, and without any zone, where nothing would ever be looked at.
    """
    if infer == "everywhere" or not zones or any(zone.placeholder for zone in zones):
        return None
    return ZoneConcern(zones, within_m)


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

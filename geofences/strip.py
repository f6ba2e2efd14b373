"""The strip of ground within some metres of a line or point."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon

from geofences.edges import edges_of
from geofences.local_metres import Array, local_frame, to_degrees, to_metres
from geofences.zone import Geometry

# An affine map is 0.05 % wrong at 10 km, so a long line is widened piece by piece.
_PIECE_DEG = 0.1
_SIMPLIFY_SHARE = 0.001
_QUARTER_SEGMENTS = 16


def strip_about(geometry: Geometry, within_m: float) -> Polygon | MultiPolygon:
    """All ground (lon lat degrees) within `within_m` of a line or point, to about 0.3 % of `within_m`."""
    dense = geometry if isinstance(geometry, Point) else shapely.segmentize(geometry, _PIECE_DEG)
    edges = edges_of(dense)
    pieces = [_widened(piece, within_m) for piece in np.stack([edges.start, edges.end], axis=1)]
    whole = shapely.union_all(pieces)
    metres_per_deg = 111_000.0
    # Kept under the other errors: a strip of few vertices answers faster.
    return shapely.simplify(whole, _SIMPLIFY_SHARE * within_m / metres_per_deg)  # type: ignore[return-value]  # a union of polygons is one


def _widened(points: Array, within_m: float) -> shapely.Geometry:
    lon_deg, lat_deg = points.mean(axis=0).tolist()
    frame = local_frame(lat_deg=lat_deg, lon_deg=lon_deg)
    metres = to_metres(frame, points)
    core = Point(metres[0]) if np.array_equal(metres[0], metres[1]) else LineString(metres)
    wide = core.buffer(within_m, quad_segs=_QUARTER_SEGMENTS)
    return shapely.transform(wide, lambda ring: to_degrees(frame, ring))

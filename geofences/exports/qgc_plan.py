"""A QGroundControl `.plan` with a fence and an empty mission ("Plan File Format", QGroundControl's guide).

QGroundControl looks at the keys it knows and passes over others, so each shape carries its zone's properties
under `droneops`, and an import gives the zone back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import shapely
from shapely.geometry import MultiPolygon, Point, Polygon

from geofences.exports.properties import properties_of
from geofences.strip import strip_about
from geofences.zone import Kind, Zone, ZoneError

FenceSense = Literal["inclusion", "exclusion"]

_PX4, _QUADROTOR = 12, 2
# A plan has to name speeds; with no mission they are never flown.
_CRUISE_MPS, _HOVER_MPS = 15, 5


@dataclass(frozen=True, slots=True)
class _Fence:
    polygons: list[dict[str, object]]
    circles: list[dict[str, object]]
    notes: list[str]


def plan_text(zones: Iterable[Zone], sense: FenceSense | None) -> tuple[str, tuple[str, ...]]:
    """The plan, and what it says otherwise than the zones.

    A no_fly zone is an exclusion; of any other `sense` must tell whether the drone stays in or out. Raises
    ZoneError for a zone without a sense or without area.
    """
    fence = _Fence([], [], [])
    home: list[float] = []
    for zone in zones:
        _add(fence, zone, _inclusion(zone, sense))
        home = home or [zone.geometry.representative_point().y, zone.geometry.representative_point().x, 0]
    plan = {
        "fileType": "Plan",
        "version": 1,
        "groundStation": "QGroundControl",
        "geoFence": {"version": 2, "polygons": fence.polygons, "circles": fence.circles},
        "rallyPoints": {"version": 2, "points": []},
        "mission": {
            "version": 2,
            "firmwareType": _PX4,
            "vehicleType": _QUADROTOR,
            "globalPlanAltitudeMode": 1,
            "cruiseSpeed": _CRUISE_MPS,
            "hoverSpeed": _HOVER_MPS,
            "items": [],
            "plannedHomePosition": home,
        },
    }
    return json.dumps(plan, ensure_ascii=False, indent=1) + "\n", tuple(fence.notes)


def _inclusion(zone: Zone, sense: FenceSense | None) -> bool:
    if sense is None and zone.kind is not Kind.NO_FLY:
        what = f"is a {zone.kind}: shall the drone stay in or out?"
        mend = "say it with --fence inclusion or --fence exclusion"
        raise ZoneError.in_feature("export", f"id {zone.id!r:.80}", what, mend)
    return sense == "inclusion"


def _add(fence: _Fence, zone: Zone, inclusion: bool) -> None:
    if isinstance(zone.geometry, Point) and zone.within_m is not None:
        circle = {"center": [zone.geometry.y, zone.geometry.x], "radius": zone.within_m}
        fence.circles.append(_shape(zone, inclusion) | {"circle": circle})
        return
    for part in _parts(fence, zone):
        own = _shape(zone, inclusion)
        fence.polygons.append(own | {"polygon": _lat_lon(part.exterior)})
        if part.interiors and not inclusion:
            fence.notes.append(f"{zone.id}: {len(part.interiors)} holes filled; a fence has none")
        elif part.interiors:
            bare: dict[str, object] = {"version": 1, "inclusion": False}
            fence.polygons.extend(bare | {"polygon": _lat_lon(hole)} for hole in part.interiors)
            fence.notes.append(f"{zone.id}: {len(part.interiors)} holes written as exclusion fences")


def _parts(fence: _Fence, zone: Zone) -> list[Polygon]:
    geometry = zone.geometry
    if not isinstance(geometry, Polygon | MultiPolygon):
        if zone.within_m is None:
            what, mend = "has no area", "leave it out with --id, or give it within_m"
            raise ZoneError.in_feature("export", f"id {zone.id!r:.80}", what, mend)
        fence.notes.append(f"{zone.id}: written as the outline of its strip of {zone.within_m:g} m")
        geometry = strip_about(geometry, zone.within_m)
    return list(geometry.geoms) if isinstance(geometry, MultiPolygon) else [geometry]


def _shape(zone: Zone, inclusion: bool) -> dict[str, object]:
    properties = properties_of(zone)
    if not isinstance(zone.geometry, Point | Polygon | MultiPolygon):
        # The strip itself is what a reader gets.
        properties.pop("within_m", None)
    return {"version": 1, "inclusion": inclusion, "droneops": properties}


def _lat_lon(ring: shapely.Geometry) -> list[list[float]]:
    """A ring's vertices, latitude first; QGroundControl's rings are open."""
    return [[lat, lon] for lon, lat in shapely.get_coordinates(ring)[:-1].tolist()]

"""Since when a thing has not moved.

An anchor is where it was first seen at rest. It is still while it stays near the anchor, as far as its error
lets one tell, and is not surely on its way. What all its sightings share cancels, but for the part that time
and a turning view have changed: the error of a compass turns with the view, and a drone that circles sees a
moored boat go round in a circle, from the other side twice that error away.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from droneops.geo.wgs84 import LocalPlane
from droneops.incidents.scene import Fix
from droneops.incidents.spread import TURNS_RADPS, share_lost, surely_faster, widest_m2
from droneops.tracking.motion import STILL_BELOW_MPS, STILL_SIGMAS
from droneops.types import Track

SWINGS_M = 5.0
"""A boat swings about its rope, a resting man stretches his legs."""

SIGMAS = 3.0
"""What has not moved is further off once in a hundred looks; the allowance for swinging takes that."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a thing came to rest, and the variance of the shared error then, along its longest axis."""

    fix: Fix
    common_m2: float


def anchored(anchor: Anchor | None, track: Track, fix: Fix) -> tuple[Anchor, bool]:
    """The anchor after a further sighting, and whether the thing is still."""
    here = Anchor(fix, widest_m2(track.cov_common_m2))
    if surely_faster(track, STILL_BELOW_MPS, STILL_SIGMAS, TURNS_RADPS**2 * here.common_m2):
        return here, False
    if anchor is None or _distance_m(anchor.fix, fix) > SWINGS_M + SIGMAS * _sigma_m(anchor, here):
        return here, anchor is None
    return anchor, True


def _sigma_m(anchor: Anchor, here: Anchor) -> float:
    apart_s = (here.fix.time_us - anchor.fix.time_us) / 1e6
    lost = max(share_lost(apart_s), 1 - math.cos(min(TURNS_RADPS * apart_s, math.pi)))
    changed_m2 = lost * (anchor.common_m2 + here.common_m2)
    return math.sqrt(anchor.fix.sigma_m**2 + here.fix.sigma_m**2 + changed_m2)


def _distance_m(one: Fix, other: Fix) -> float:
    plane = LocalPlane.at(one.lat_deg, one.lon_deg)
    return math.hypot(*plane.east_north_m(other.lat_deg, other.lon_deg))

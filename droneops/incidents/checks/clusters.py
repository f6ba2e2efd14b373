"""Which things stand together: joined by steps no longer than a limit (single linkage)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from droneops.geo.wgs84 import LocalPlane
from droneops.incidents.scene import Thing
from droneops.types import FloatArray


def places_m(things: Sequence[Thing]) -> FloatArray:
    """East and north (n, 2) of things in metres, from the first."""
    tracks = [thing.seen.track for thing in things]
    if not tracks:
        return np.zeros((0, 2))
    plane = LocalPlane.at(tracks[0].lat_deg, tracks[0].lon_deg)
    return np.array([plane.east_north_m(track.lat_deg, track.lon_deg) for track in tracks])


def clusters(east_north_m: FloatArray, link_m: float) -> list[list[int]]:
    """The indices of the places (n, 2) that hang together, the largest cluster first, each in order."""
    apart = east_north_m[:, None, :] - east_north_m[None, :, :]
    linked = np.einsum("ijk,ijk->ij", apart, apart) <= link_m**2
    left, found = set(range(len(east_north_m))), []
    while left:
        cluster, rim = set[int](), {min(left)}
        while rim:
            cluster |= rim
            rim = set(np.flatnonzero(linked[sorted(rim)].any(axis=0)).tolist()) - cluster
        left -= cluster
        found.append(sorted(cluster))
    return sorted(found, key=lambda cluster: (-len(cluster), cluster))


def width_m(east_north_m: FloatArray) -> float:
    """How far places (n, 2) stray to both sides of the straight line that fits them best."""
    if len(east_north_m) < 3:
        return 0.0
    centred = east_north_m - east_north_m.mean(axis=0)
    across = np.linalg.eigh(centred.T @ centred)[1][:, 0]
    aside = centred @ across
    return float(aside.max() - aside.min())

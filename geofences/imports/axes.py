"""Latitude first: the commonest mistake in a zone file, and here one that cannot hide.

Every place in Thailand and Laos lies east of 97 E, so a swapped pair has a latitude above 90.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from geofences.box import Box
from geofences.imports.raw import RawFeature, RawLayer
from geofences.local_metres import Array
from geofences.zone import ZoneError

HOME = Box(west_deg=97.0, south_deg=5.0, east_deg=108.0, north_deg=23.0)
"""Thailand and Laos, to the next degree."""


def in_lon_lat(layer: RawLayer, *, swap: bool, file: str) -> RawLayer:
    """The layer, its pairs exchanged where `swap`, with every vertex on the globe; says if it is far away.

    Raises ZoneError: latitude first (all of it, or one vertex among others), or in metres.
    """
    features = tuple(_swapped(feature) for feature in layer.features) if swap else layer.features
    _refuse_wrong(features, file, swap)
    notes = [*layer.notes, *(["latitude and longitude exchanged, as asked"] if swap else [])]
    far = [feature for feature in features if not _is_home(feature)]
    if far:
        west, south, *_ = far[0].geometry.bounds
        notes.append(
            f"{len(far)} of {len(features)} features lie outside Thailand and Laos, the first,"
            f" {far[0].label}, at lon {west:.4f}, lat {south:.4f}"
        )
    return RawLayer(features, tuple(notes))


def _swapped(feature: RawFeature) -> RawFeature:
    turned = shapely.transform(feature.geometry, lambda xy: xy[:, ::-1])
    return RawFeature(feature.label, turned, feature.properties)


def _refuse_wrong(features: tuple[RawFeature, ...], file: str, swap: bool) -> None:
    each = [shapely.get_coordinates(feature.geometry) for feature in features]
    whole = np.concatenate(each) if each else np.empty((0, 2))
    if _on_globe(whole).all():
        return
    if _on_globe(whole[:, ::-1]).all():
        first = f"({whole[0, 0]:.5f}, {whole[0, 1]:.5f})"
        mend = "leave out --swap" if swap else "run again with --swap, which exchanges them"
        raise ZoneError.in_file(file, f"its coordinates are latitude, longitude {first}", mend)
    number = next(number for number, points in enumerate(each) if not _on_globe(points).all())
    raise _wrong_vertex(features[number], each[number], file)


def _wrong_vertex(feature: RawFeature, points: Array, file: str) -> ZoneError:
    vertex = int(np.argmin(_on_globe(points)))
    place = f"vertex {vertex} ({points[vertex, 0]:g}, {points[vertex, 1]:g})"
    if _on_globe(points[vertex : vertex + 1, ::-1]).all():
        mend = "exchange the pairs of this part, or redraw it"
        return ZoneError.in_feature(
            file, feature.label, f"{place} is latitude, longitude, others are not", mend
        )
    mend = "give WGS 84 degrees; reproject it if it is in metres"
    return ZoneError.in_feature(file, feature.label, f"{place} is out of range", mend)


def _on_globe(points: Array) -> NDArray[np.bool_]:
    """Which (n, 2) lon lat pairs are places; what is not finite is none."""
    on: NDArray[np.bool_] = (np.abs(points[:, 0]) <= 180.0) & (np.abs(points[:, 1]) <= 90.0)
    return on


def _is_home(feature: RawFeature) -> bool:
    west, south, east, north = feature.geometry.bounds
    return (
        HOME.west_deg <= west
        and east <= HOME.east_deg
        and HOME.south_deg <= south
        and north <= HOME.north_deg
    )

"""Targets that cannot be where targets.csv says, as the drone saw them: a slip of the pen, with its mend."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from droneops.calibration.looks import Look
from droneops.calibration.targets import Target
from droneops.errors import InputError
from droneops.geo.meet import MAX_SLANT_M
from droneops.types import FloatArray

M_PER_FT = 0.3048

NEAR_HOME_M = 15.0
FAR_FROM_HOME_M = 40.0
"""A height that lies further from home's, and in feet would lie as near, is taken for one in feet."""

_EARTH_M = 6_371_000.0
"""The mean radius: a slip of the pen is kilometres, and a sphere is good to 0.5 %."""


@dataclass(frozen=True, slots=True)
class Flown:
    """Where the drone was while it looked: places (n, 2) in degrees, its greatest height, and home's."""

    lat_lon_deg: FloatArray
    highest_msl_m: float
    home_alt_msl_m: float | None


def without_impossible(
    looks: Sequence[Look], targets: Mapping[int, Target], flown: Flown, where: str
) -> tuple[tuple[Look, ...], list[str]]:
    """The looks at targets that can be where the table says, and a line on each doubt.

    Raises:
        InputError: none of the targets that were seen can be there.
    """
    if not looks or not len(flown.lat_lon_deg):
        return tuple(looks), []
    seen = {look.marker for look in looks}
    impossible = {marker: text for marker in sorted(seen) if (text := _impossible(targets[marker], flown))}
    if len(impossible) == len(seen):
        marker, text = next(iter(impossible.items()))
        what = f"no target that was seen can be where it is said to lie: target {marker} {text}"
        raise InputError(what, where=where, mend="correct the table, or give the one of this flight")
    told = [f"target {marker} {text}: left out; correct it in {where}" for marker, text in impossible.items()]
    left = tuple(look for look in looks if look.marker not in impossible)
    unseen = _unseen_far(targets, seen, flown)
    in_feet = _in_feet((targets[marker] for marker in sorted(seen - impossible.keys())), flown)
    return left, [*told, *unseen, *in_feet]


def _impossible(target: Target, flown: Flown) -> str | None:
    """Why a target that was seen cannot lie there, or None."""
    away_m = _away_m(target.lat_deg, target.lon_deg, flown)
    if away_m > MAX_SLANT_M:
        turned_m = _away_m(target.lon_deg, target.lat_deg, flown)
        hint = "; lat and lon seem exchanged" if turned_m <= MAX_SLANT_M else ""
        return f"lies {away_m / 1000:.1f} km from the flight that saw it{hint}"
    above_m = target.alt_msl_m - flown.highest_msl_m
    if above_m >= 0:
        in_feet = target.alt_msl_m * M_PER_FT < flown.highest_msl_m
        hint = "; alt_msl is in metres, not feet" if in_feet else ""
        return f"lies {above_m:.0f} m above the drone that saw it from above{hint}"
    return None


def _unseen_far(targets: Mapping[int, Target], seen: set[int], flown: Flown) -> list[str]:
    far_m = {
        marker: away_m
        for marker, target in sorted(targets.items())
        if marker not in seen and (away_m := _away_m(target.lat_deg, target.lon_deg, flown)) > MAX_SLANT_M
    }
    if not far_m:
        return []
    furthest = max(far_m, key=lambda marker: far_m[marker])
    named = ", ".join(map(str, list(far_m)[:5])) + (", ..." if len(far_m) > 5 else "")
    return [
        f"targets {named} were not seen and lie beyond {MAX_SLANT_M / 1000:g} km from the flight,"
        f" target {furthest} {far_m[furthest] / 1000:.1f} km: check their lat and lon if they should be here"
    ]


def _in_feet(targets: Iterable[Target], flown: Flown) -> list[str]:
    if flown.home_alt_msl_m is None:
        return []
    home_m = flown.home_alt_msl_m
    doubted = [
        target
        for target in targets
        if abs(target.alt_msl_m - home_m) > FAR_FROM_HOME_M
        and abs(target.alt_msl_m * M_PER_FT - home_m) < NEAR_HOME_M
    ]
    if not doubted:
        return []
    first, more = doubted[0], f" (and {len(doubted) - 1} more)" if len(doubted) > 1 else ""
    return [
        f"target {first.marker}{more}: alt_msl {first.alt_msl_m:g} lies {first.alt_msl_m - home_m:+.0f} m"
        f" from home, and as feet {first.alt_msl_m * M_PER_FT - home_m:+.0f} m: alt_msl is in metres"
    ]


def _away_m(lat_deg: float, lon_deg: float, flown: Flown) -> float:
    """The shortest way on a sphere to a place of the flight (haversine); infinite for no place on earth."""
    if not -90 <= lat_deg <= 90:
        return math.inf
    lat, lon = np.radians(flown.lat_lon_deg).T
    here_lat, here_lon = math.radians(lat_deg), math.radians(lon_deg)
    half = (
        np.sin((lat - here_lat) / 2) ** 2
        + np.cos(lat) * math.cos(here_lat) * np.sin((lon - here_lon) / 2) ** 2
    )
    return float(2 * _EARTH_M * np.arcsin(np.sqrt(np.clip(half.min(), 0.0, 1.0))))

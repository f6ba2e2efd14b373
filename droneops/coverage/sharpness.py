"""How large the ground's metre and a person are in the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from droneops.types import FloatArray

LEAST_PERSON_PX = 8.0
"""The root of a person's area in the picture below which the ground counts as looked at too coarsely.

It is the upper end of the smallest class of persons in TinyPerson (Yu et al. 2020, arXiv:1912.10664: 2 to
8 px), where detectors find the fewest. A person of 5 x 8 px, of which nothing may be promised, is 6.3.
"""

PERSON_HEIGHT_M, PERSON_WIDTH_M, PERSON_DEPTH_M = 1.7, 0.5, 0.3
"""An adult who stands: seen from the side as high as wide says, from above as deep."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What a look must give to count. ``needs_light``: the camera sees nothing at night (is not thermal)."""

    least_person_px: float = LEAST_PERSON_PX
    needs_light: bool = True


def ground_sample_m(
    depth_m: FloatArray, slant_m: FloatArray, drop_m: FloatArray, focal_px: float
) -> tuple[FloatArray, FloatArray]:
    """Metres of level ground per pixel, across the line of sight and along it.

    ``depth_m`` is the distance along the camera's axis, ``slant_m`` along the ray, ``drop_m`` how far the
    ground lies below. A pixel covers depth / focal length across the ray; the ground lies aslant by the ray's
    depression, whose sine is drop / slant. Off the axis the product is too large by up to slant / depth, so
    never too fine.
    """
    across_m = depth_m / focal_px
    along_m: FloatArray = across_m * slant_m / drop_m
    return across_m, along_m


def person_px(depth_m: FloatArray, slant_m: FloatArray, drop_m: FloatArray, focal_px: float) -> FloatArray:
    """The root of a standing person's area in the picture, in pixels."""
    down = drop_m / slant_m
    level = np.sqrt(np.maximum(1 - down * down, 0.0))
    high_m = PERSON_HEIGHT_M * level + PERSON_DEPTH_M * down
    size: FloatArray = np.sqrt(PERSON_WIDTH_M * high_m) * focal_px / depth_m
    return size

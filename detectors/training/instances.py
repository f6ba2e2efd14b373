"""What is seen of each labelled object: its box and the share of it that nothing hides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.training.camera import Camera, Floats, project

Numbers = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Instance:
    """A labelled object in a picture. ``xyxy_px`` are the pixel edges around what is seen of it;
    ``visible_fraction`` is that against what would be seen with nothing before it and no picture's edge."""

    label: str
    xyxy_px: tuple[int, int, int, int]
    visible_fraction: float


@dataclass(frozen=True, slots=True, eq=False)
class Extent:
    """Bounds (left, top, right, bottom) of an object's projection, and the share of them in the picture."""

    xyxy_px: tuple[float, float, float, float]
    inside: float


def extent(camera: Camera, points_m: Floats) -> Extent | None:
    """The extent of a body of world points (n, 3); None where nothing of it can be in the picture."""
    pixels, depth = project(camera, points_m)
    before = depth > 0.5
    if not before.any():
        return None
    low, high = pixels[before].min(axis=0), pixels[before].max(axis=0)
    size = np.array([camera.width_px, camera.height_px], float)
    cut_low, cut_high = np.clip(low, 0.0, size), np.clip(high, 0.0, size)
    if (cut_low >= cut_high).any():
        return None
    inside = np.prod(cut_high - cut_low) / max(float(np.prod(high - low)), 1e-9)
    corners = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    return Extent(corners, float(inside) * float(before.mean()))


def layers(extents: Sequence[Extent], most: int) -> list[list[int]]:
    """Indices in groups that do not overlap in the picture, so that each group shows its members whole.

    Not more than ``most`` groups: in a crowd the last one overlaps, and hidden shares come out too small.
    """
    groups: list[list[int]] = []
    for index, each in enumerate(extents):
        for group in groups[: most - 1] if len(groups) >= most else groups:
            if not any(_overlap(each, extents[other]) for other in group):
                group.append(index)
                break
        else:
            if len(groups) < most:
                groups.append([index])
            else:
                groups[-1].append(index)
    return groups


def _overlap(one: Extent, other: Extent) -> bool:
    a, b = one.xyxy_px, other.xyxy_px
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def seen_boxes(numbers: Numbers) -> dict[int, tuple[tuple[int, int, int, int], int]]:
    """For each number above 0 in ``numbers`` (height, width): its pixel edges and its count of pixels."""
    rows, columns = np.nonzero(numbers > 0)
    if len(rows) == 0:
        return {}
    values = numbers[rows, columns]
    order = np.argsort(values, kind="stable")
    values, rows, columns = values[order], rows[order], columns[order]
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    counts = np.diff(np.r_[starts, len(values)])
    left, right = np.minimum.reduceat(columns, starts), np.maximum.reduceat(columns, starts)
    top, bottom = np.minimum.reduceat(rows, starts), np.maximum.reduceat(rows, starts)
    return {
        int(value): ((int(x0), int(y0), int(x1) + 1, int(y1) + 1), int(count))
        for value, x0, y0, x1, y1, count in zip(values[starts], left, top, right, bottom, counts, strict=True)
    }


def with_borne(pixels: Mapping[int, int], parties: Sequence[int]) -> dict[int, int]:
    """``pixels`` seen by number (1 for the first object), those of what it bears added to each bearer's.

    ``parties`` are the objects' parties in their order: the first of a party above 0 bears the others.
    """
    counts, bearers = dict(pixels), dict[int, int]()
    for number, party in enumerate(parties, start=1):
        bearer = bearers.setdefault(party, number) if party > 0 else number
        if bearer != number and bearer in counts:
            counts[bearer] += pixels.get(number, 0)
    return counts

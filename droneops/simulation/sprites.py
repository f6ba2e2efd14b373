"""What never moves, drawn anew only when it is seen from another side: trees have thousands of leaves.

Between, its cutout is put in place by the affine map that fits how its own axes show now and showed then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from droneops.simulation.bodies import Body
from droneops.simulation.draw import Cutout, drawn
from droneops.simulation.eye import Eye, project
from droneops.simulation.light import Light
from droneops.types import FloatArray

# Seen from a degree further round, the leaves of a tree 10 m across have moved against each other by half a
# pixel at 80 m.
_TURN_RAD = np.radians(1.0)
_SCALE = 0.03


@dataclass(frozen=True, slots=True, eq=False)
class _Sprite:
    cutout: Cutout
    anchors_px: FloatArray
    ray: FloatArray
    range_m: float
    whole: bool


@dataclass(slots=True)
class Sprites:
    """Draws what never moves. ``bodies`` are all of it."""

    bodies: Sequence[Body]
    light: Light
    _made: dict[str, _Sprite] = field(default_factory=dict)

    def in_view(self, eye: Eye, shape: tuple[int, ...]) -> list[tuple[float, Cutout]]:
        """Range in metres and cutout of everything in view."""
        if not self.bodies:
            return []
        anchors = np.stack([_anchors_m(each) for each in self.bodies])
        pixels, _ = project(eye, anchors.reshape(-1, 3))
        seen = pixels.reshape(-1, 5, 2)
        made = []
        for each, anchors_px in zip(self.bodies, seen, strict=True):
            if _is_out(anchors_px, shape):
                continue
            cutout = self._cutout(each, anchors_px, eye, shape)
            if cutout is not None:
                made.append((float(np.hypot(*(each.at_enu_m - eye.enu_m)[:2])), cutout))
        return made

    def _cutout(self, each: Body, anchors_px: FloatArray, eye: Eye, shape: tuple[int, ...]) -> Cutout | None:
        known = self._made.get(each.id)
        ray = each.at_enu_m - eye.enu_m
        range_m = float(np.linalg.norm(ray))
        if known is not None and known.whole and _is_alike(known, ray / range_m, range_m):
            return _moved(known, anchors_px, shape)
        cutout = drawn(each, eye, self.light, shape)
        if cutout is not None:
            whole = _is_whole(cutout, shape)
            self._made[each.id] = _Sprite(cutout, anchors_px, ray / range_m, range_m, whole)
        return cutout


def _anchors_m(each: Body) -> FloatArray:
    """(5, 3): the middle of the body's box and points from it along east, north and up, and its foot."""
    low, high = each.vertices_enu_m.min(axis=0), each.vertices_enu_m.max(axis=0)
    half = (high - low) / 2.0
    middle = (low + high) / 2.0
    steps = np.array([[0.0, 0, 0], [half[0], 0, 0], [0, half[1], 0], [0, 0, half[2]], [0, 0, -half[2]]])
    anchors: FloatArray = middle + steps
    return anchors


def _is_alike(known: _Sprite, ray: FloatArray, range_m: float) -> bool:
    turned = float(np.linalg.norm(known.ray - ray))
    return turned < _TURN_RAD and abs(range_m / known.range_m - 1.0) < _SCALE


def _is_out(anchors_px: FloatArray, shape: tuple[int, ...]) -> bool:
    """Whether a body, as wide as twice its anchors are apart, is outside the picture or behind the lens."""
    if not np.isfinite(anchors_px).all():
        return True
    low, high = anchors_px.min(axis=0), anchors_px.max(axis=0)
    low, high = low - (high - low), high + (high - low)
    return bool((high < 0).any() or low[0] > shape[1] or low[1] > shape[0])


def _is_whole(cutout: Cutout, shape: tuple[int, ...]) -> bool:
    """Whether no edge of the picture cuts it: what was cut off cannot be moved in."""
    height, width = cutout.bgra.shape[:2]
    return bool(
        cutout.left > 0
        and cutout.top > 0
        and cutout.left + width < shape[1]
        and cutout.top + height < shape[0]
    )


def _moved(known: _Sprite, anchors_px: FloatArray, shape: tuple[int, ...]) -> Cutout | None:
    """The cutout by the affine map from the anchors as they were to the anchors as they are."""
    import cv2

    before = np.column_stack((known.anchors_px, np.ones(len(anchors_px))))
    now_from_before = np.linalg.lstsq(before, anchors_px, rcond=None)[0].T
    height, width = known.cutout.bgra.shape[:2]
    corner = np.array([known.cutout.left, known.cutout.top, 1.0])
    corners = corner + np.array([[0, 0, 0], [width, 0, 0], [0, height, 0], [width, height, 0]])
    moved = corners @ now_from_before.T
    left, top = np.maximum(np.floor(moved.min(axis=0)).astype(int), 0)
    right, bottom = np.minimum(np.ceil(moved.max(axis=0)).astype(int), [shape[1], shape[0]])
    if right <= left or bottom <= top:
        return None
    matrix = now_from_before.copy()
    matrix[:, 2] += now_from_before[:, :2] @ corner[:2] - np.array([left, top])
    size = (int(right - left), int(bottom - top))
    bgra: npt.NDArray[np.uint8] = np.asarray(
        cv2.warpAffine(known.cutout.bgra, matrix, size, flags=cv2.INTER_LINEAR), np.uint8
    )
    return Cutout(int(left), int(top), bgra)
